"""Formats that write the name outside the JSON, followed by the arguments alone."""

from __future__ import annotations

from lora_ui.functions.formats.values import Format

FUNCTIONARY = Format(
    id="functionary_v3.1",
    title="Functionary 3.1",
    call="<function={name}>{arguments}</function>",
    separator="",
    example='<function=get_weather>{"city": "Lisbon"}</function>',
    end_of_turn=("<|eot_id|>", "<|eom_id|>", "<|start_header_id|>"),
    functions_as="lines",
    system=(
        "You have access to the following functions:\n\n{functions}\n\n"
        "If you call a function, answer only in this form, the arguments as a JSON object:\n"
        '<function=example_function_name>{"example_name": "example_value"}</function>'
    ),
    result="{result}",
    result_role="ipython",
    peculiarities=("The arguments must be an object: there is no further key around them.",),
)

MISTRAL = Format(
    id="mistral",
    title="Mistral",
    call="[TOOL_CALLS]{name}[ARGS]{arguments}",
    variants=("[TOOL_CALLS]{name}{arguments}", "[TOOL_CALLS]{calls}"),
    separator="",
    call_id="[CALL_ID]",
    example='[TOOL_CALLS]get_weather[ARGS]{"city": "Lisbon"}',
    end_of_turn=("</s>", "[INST]"),
    functions_as="openai_list",
    system="[AVAILABLE_TOOLS]{functions}[/AVAILABLE_TOOLS]",
    result="[TOOL_RESULTS]{result}[/TOOL_RESULTS]",
    result_role="tool",
    stop=("[TOOL_RESULTS]",),
    peculiarities=(
        "Three forms are read: v3 `[TOOL_CALLS] [{…}]`, v11 `[TOOL_CALLS]name{…}` and v13 "
        "`[TOOL_CALLS]name[ARGS]{…}`. v13 is written.",
        "`[CALL_ID]` and an id, which histories hold behind the name, are read and ignored.",
        "Text behind the calls is content.",
    ),
)

_DEEPSEEK_WRAP = ("<｜tool▁calls▁begin｜>", "<｜tool▁calls▁end｜>")
_DEEPSEEK_TURN = ("<｜end▁of▁sentence｜>", "<｜User｜>")
_DEEPSEEK_RESULT = "<｜tool▁output▁begin｜>{result}<｜tool▁output▁end｜>"
_DEEPSEEK_STOP = ("<｜tool▁output▁begin｜>",)

DEEPSEEK_V3 = Format(
    id="deepseek_v3",
    title="DeepSeek V3 and R1",
    call=(
        "<｜tool▁call▁begin｜>function<｜tool▁sep｜>{name}\n"
        "```json\n{arguments}\n```<｜tool▁call▁end｜>"
    ),
    wrap=_DEEPSEEK_WRAP,
    example=(
        "<｜tool▁calls▁begin｜><｜tool▁call▁begin｜>function<｜tool▁sep｜>get_weather\n"
        '```json\n{"city": "Lisbon"}\n```<｜tool▁call▁end｜><｜tool▁calls▁end｜>'
    ),
    end_of_turn=_DEEPSEEK_TURN,
    functions_as="lines",
    system=(
        "## Tools\nYou have access to the following functions, one a line:\n{functions}\n\n"
        "Call them in this form:\n"
        "<｜tool▁calls▁begin｜><｜tool▁call▁begin｜>function<｜tool▁sep｜>function_name\n"
        '```json\n{"argument": "value"}\n```<｜tool▁call▁end｜><｜tool▁calls▁end｜>'
    ),
    result=_DEEPSEEK_RESULT,
    stop=_DEEPSEEK_STOP,
    peculiarities=(
        "The markers hold the full-width bar `｜` and the low block `▁`, which are easily taken "
        "for `|` and `_`.",
        "The arguments stand in a code fence; without one they are read, too.",
    ),
)

DEEPSEEK_V31 = Format(
    id="deepseek_v31",
    title="DeepSeek V3.1",
    call="<｜tool▁call▁begin｜>{name}<｜tool▁sep｜>{arguments}<｜tool▁call▁end｜>",
    wrap=_DEEPSEEK_WRAP,
    separator="",
    example=(
        "<｜tool▁calls▁begin｜><｜tool▁call▁begin｜>get_weather<｜tool▁sep｜>"
        '{"city": "Lisbon"}<｜tool▁call▁end｜><｜tool▁calls▁end｜>'
    ),
    end_of_turn=_DEEPSEEK_TURN,
    functions_as="lines",
    system=(
        "## Tools\nYou have access to the following functions, one a line:\n{functions}\n\n"
        "Call them in this form, the arguments as JSON:\n"
        "<｜tool▁calls▁begin｜><｜tool▁call▁begin｜>function_name<｜tool▁sep｜>"
        '{"argument": "value"}<｜tool▁call▁end｜><｜tool▁calls▁end｜>'
    ),
    result=_DEEPSEEK_RESULT,
    stop=_DEEPSEEK_STOP,
    peculiarities=("As `deepseek_v3`, but without the word “function” and without a fence.",),
)

NAMED = (FUNCTIONARY, MISTRAL, DEEPSEEK_V3, DEEPSEEK_V31)
