"""Formats that write each call as one object with a name and arguments."""

from __future__ import annotations

from lora_ui.functions.formats.values import Format

GLAIVE = Format(
    id="glaive",
    title="Glaive",
    call="<functioncall> {call}",
    quote="'",
    example=(
        '<functioncall> {"name": "get_weather", "arguments": \'{"city": "Lisbon"}\'} <|endoftext|>'
    ),
    end_of_turn=("<|endoftext|>", "</s>"),
    functions_as="list",
    system=(
        "You are a helpful assistant with access to the following functions. "
        "Use them if required -\n{functions}"
    ),
    result="FUNCTION RESPONSE: {result}",
    stop=("<|endoftext|>", "FUNCTION RESPONSE:"),
    peculiarities=(
        "The arguments are JSON inside single quotes, and apostrophes in their values stay raw: "
        "the whole is neither JSON nor Python. An object or a JSON string in place of the quotes "
        "is read, too.",
        "`<|endoftext|>` is plain text for many tokenizers. It has to be a stop string, or the "
        "model goes on and invents its own `FUNCTION RESPONSE:`.",
    ),
)

HERMES = Format(
    id="hermes",
    title="Hermes and Qwen2.5",
    call="<tool_call>\n{call}\n</tool_call>",
    example=('<tool_call>\n{"name": "get_weather", "arguments": {"city": "Lisbon"}}\n</tool_call>'),
    end_of_turn=("<|im_end|>", "<|im_start|>", "<|endoftext|>"),
    functions_as="openai_lines",
    system=(
        "# Tools\n\n"
        "You may call one or more functions to assist with the user query.\n\n"
        "You are provided with function signatures within <tools></tools> XML tags:\n"
        "<tools>\n{functions}\n</tools>\n\n"
        "For each function call, return a json object with function name and arguments within "
        "<tool_call></tool_call> XML tags:\n"
        '<tool_call>\n{"name": <function-name>, "arguments": <args-json-object>}\n</tool_call>'
    ),
    result="<tool_response>\n{result}\n</tool_response>",
    stop=("<tool_response>",),
    peculiarities=(
        "Several objects in one block are several calls.",
        "A `</tool_call>` inside a string does not end the block.",
    ),
)

LLAMA3_JSON = Format(
    id="llama3_json",
    title="Llama 3 JSON",
    call="{call}",
    variants=("<|python_tag|>{call}",),
    arguments_keys=("parameters", "arguments"),
    separator="; ",
    example='{"name": "get_weather", "parameters": {"city": "Lisbon"}}',
    end_of_turn=("<|eot_id|>", "<|eom_id|>", "<|start_header_id|>", "<|end_of_text|>"),
    functions_as="openai_lines",
    system=(
        "You can call the functions below. To call one, answer with nothing but a JSON object of "
        'this form: {"name": function name, "parameters": dictionary of argument name and its '
        "value}. Several are joined by “; ”. Do not use variables.\n\n{functions}"
    ),
    result="{result}",
    result_role="ipython",
    stop=("<|eom_id|>",),
    peculiarities=(
        "Nothing marks a call but its own form: an object counts when it has a name, arguments "
        "and no keys besides those and `type` or `id`. Other objects are content.",
        "`<|python_tag|>` may stand in front. What follows it must then be a call.",
    ),
)

GRANITE_20B = Format(
    id="granite-20b-fc",
    title="Granite 20B function calling",
    call="<function_call> {call}",
    example='<function_call> {"name": "get_weather", "arguments": {"city": "Lisbon"}}',
    end_of_turn=("<|endoftext|>",),
    functions_as="lines",
    system=(
        "You are a helpful assistant with access to the following function calls. Your task is to "
        "write the function calls that answer the question, each as <function_call> followed by "
        'an object of the form {"name": …, "arguments": {…}}.\n\n{functions}'
    ),
    result="<function_response> {result}",
    stop=("<function_response>",),
    peculiarities=("Each call has a marker of its own and no end marker.",),
)

OBJECTS = (GLAIVE, HERMES, LLAMA3_JSON, GRANITE_20B)
