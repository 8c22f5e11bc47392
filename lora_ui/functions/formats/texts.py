"""Formats whose arguments are untyped text, cast by the function's schema."""

from __future__ import annotations

from lora_ui.functions.formats.values import Format

QWEN3_CODER = Format(
    id="qwen3_coder",
    title="Qwen3 Coder",
    call="<function={name}>\n{parameters}\n</function>",
    parameter="<parameter={key}>\n{value}\n</parameter>",
    wrap=("<tool_call>", "</tool_call>"),
    wrap_each=True,
    example=(
        "<tool_call>\n<function=get_weather>\n<parameter=city>\nLisbon\n</parameter>\n"
        "</function>\n</tool_call>"
    ),
    end_of_turn=("<|im_end|>", "<|im_start|>", "<|endoftext|>"),
    functions_as="openai_lines",
    system=(
        "# Tools\n\nYou have access to the following functions:\n\n"
        "<tools>\n{functions}\n</tools>\n\n"
        "If you choose to call a function, only reply in the following format, with no text "
        "behind it:\n\n<tool_call>\n<function=example_function_name>\n"
        "<parameter=example_parameter>\nvalue\n</parameter>\n</function>\n</tool_call>"
    ),
    result="<tool_response>\n{result}\n</tool_response>",
    stop=("<tool_response>",),
    peculiarities=(
        "Values are text without quotes: `02139` is a string where the schema says string, and a "
        "number where it says number. What cannot be cast stays text and breaks the schema.",
        "One line break at each end of a value belongs to the format. A tag inside a value that "
        "begins with one is text, unless it begins its line or another tag follows it.",
        "A parameter that is not closed ends where the next one begins. `<tool_call>` is often "
        "left out, and read without.",
    ),
)

FUNCTIONGEMMA = Format(
    id="functiongemma",
    title="FunctionGemma",
    call="<start_function_call>call:{name}{escaped}<end_function_call>",
    separator="",
    example=(
        "<start_function_call>call:get_weather{city:<escape>Lisbon<escape>}<end_function_call>"
    ),
    end_of_turn=("<end_of_turn>", "<start_of_turn>", "<start_function_response>"),
    functions_as="lines",
    system=(
        "You are a model that can do function calling with the following functions\n{functions}"
    ),
    result=(
        "<start_function_response>response:{name}{result:<escape>{result}<escape>}"
        "<end_function_response>"
    ),
    result_role="tool",
    stop=("<start_function_response>",),
    peculiarities=(
        "Strings stand between two `<escape>` marks, other values as they are; keys have no "
        "quotes. Between the marks everything is data.",
        "Numbers between the marks are cast where the schema says number.",
    ),
)

TEXTS = (QWEN3_CODER, FUNCTIONGEMMA)
