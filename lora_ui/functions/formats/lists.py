"""Formats that write all calls as one list."""

from __future__ import annotations

from lora_ui.functions.formats.values import Format

SMOLLM2 = Format(
    id="smollm2",
    title="SmolLM2",
    call="<tool_call>{calls}</tool_call>",
    example='<tool_call>[{"name": "get_weather", "arguments": {"city": "Lisbon"}}]</tool_call>',
    end_of_turn=("<|im_end|>", "<|im_start|>", "<|endoftext|>"),
    functions_as="openai_list",
    system=(
        "You are an expert in composing functions. You are given a question and a set of possible "
        "functions. Based on the question, make one or more function calls. If none of them can "
        "be used, or the question lacks what they need, say so.\n\n"
        "You have access to the following tools:\n<tools>{functions}</tools>\n\n"
        "The output must be a JSON list inside tags, of this form, and an empty list where no "
        'call is needed:\n<tool_call>[\n{"name": "func_name1", "arguments": {"argument1": '
        '"value1"}},\n… (more calls as required)\n]</tool_call>'
    ),
    result="<tool_response>{result}</tool_response>",
    stop=("<tool_response>",),
    peculiarities=(
        "No call is an empty list, and no error.",
        "A single object in place of the list is read, too. vLLM's hermes parser, which knows the "
        "same tags, drops the list.",
    ),
)

XLAM = Format(
    id="xlam",
    title="xLAM",
    call="{calls}",
    separator=", ",
    example='[{"name": "get_weather", "arguments": {"city": "Lisbon"}}]',
    end_of_turn=("<|im_end|>", "<|eot_id|>", "<|EOT|>", "<|endoftext|>"),
    functions_as="list",
    system=(
        "You are given a question and functions. Answer with the calls that are needed, as one "
        'JSON list of the form [{"name": "func_name", "arguments": {"argument1": "value1"}}], '
        "and with nothing else. Where no function helps, answer in plain text.\n\n{functions}"
    ),
    result="{result}",
    result_role="tool",
    peculiarities=(
        "Nothing marks a call but its own form. The list may stand in a code fence, which is then "
        "part of it.",
        "A list counts when one of its members is a call; other lists are content.",
    ),
)

GRANITE = Format(
    id="granite",
    title="Granite 3",
    call="<|tool_call|> {calls}",
    variants=("<tool_call> {calls}",),
    example='<|tool_call|> [{"name": "get_weather", "arguments": {"city": "Lisbon"}}]',
    end_of_turn=("<|end_of_text|>", "<|start_of_role|>"),
    functions_as="list",
    system=(
        "You are a helpful AI assistant with access to the following tools. When a tool is "
        "required to answer the user's query, respond with <|tool_call|> followed by a JSON list "
        'of tools used, each of the form {"name": …, "arguments": {…}}.\n\n{functions}'
    ),
    result="{result}",
    result_role="tool",
    peculiarities=(
        "Version 3.0 writes `<|tool_call|>`, a token of its own, version 3.1 the plain text "
        "`<tool_call>`. The list's bracket is its end.",
    ),
)

PHI4_MINI = Format(
    id="phi4_mini_json",
    title="Phi-4 mini",
    call="functools{calls}",
    example='functools[{"name": "get_weather", "arguments": {"city": "Lisbon"}}]',
    end_of_turn=("<|end|>", "<|user|>", "<|endoftext|>"),
    functions_as="list",
    system=(
        "You are a helpful assistant with some tools. To call them, write functools, directly "
        'followed by a JSON list of the form [{"name": …, "arguments": {…}}].'
        "<|tool|>{functions}<|/tool|>"
    ),
    result="{result}",
    result_role="tool",
    peculiarities=(
        "Only `functools` directly followed by a bracket is a marker.",
        "Lists inside the arguments are read; vLLM's parser loses such a call.",
    ),
)

PYTHONIC = Format(
    id="pythonic",
    title="Pythonic",
    call="{python}",
    variants=("<|python_start|>{python}<|python_end|>",),
    separator=", ",
    example='[get_weather(city="Lisbon"), get_time()]',
    end_of_turn=("<|eot_id|>", "<|eom_id|>", "<|eot|>", "<|im_end|>", "<|end_of_text|>"),
    functions_as="list",
    system=(
        "You can call the functions below. To call them, answer with nothing but a list of the "
        "form [func_name1(params_name1=params_value1, params_name2=params_value2), "
        "func_name2(params)].\n\n{functions}"
    ),
    result="{result}",
    result_role="ipython",
    peculiarities=(
        "Nothing marks a call but its own form: a bracket, a name, a parenthesis. It counts when "
        "the name is one of the functions or the arguments have names.",
        "Llama 4 may put the list between two marks. What follows the first must then be a call.",
        "Values are Python literals. Nothing is evaluated: a sum, a variable or a call in place "
        "of a value is malformed. Tuples become lists.",
        "Names may hold dots, argument names may be Python's keywords.",
    ),
)

LFM2 = Format(
    id="lfm2",
    title="LFM2",
    call="<|tool_call_start|>{python}<|tool_call_end|>",
    separator=", ",
    example='<|tool_call_start|>[get_weather(city="Lisbon")]<|tool_call_end|>',
    end_of_turn=("<|im_end|>", "<|im_start|>", "<|endoftext|>"),
    functions_as="list",
    system="List of tools: <|tool_list_start|>{functions}<|tool_list_end|>",
    result="<|tool_response_start|>{result}<|tool_response_end|>",
    result_role="tool",
    stop=("<|tool_response_start|>",),
    peculiarities=("As `pythonic`, but between markers.",),
)

LISTS = (SMOLLM2, XLAM, GRANITE, PHI4_MINI, PYTHONIC, LFM2)
