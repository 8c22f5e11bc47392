"""Texts that are made to be expensive for a parser, in any size.

Each is one that somebody's grammar is slow at: openers that nothing closes, ends that might be the
last one, nesting, and signs that a regular expression backtracks over.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

DEEP = 10_000
"""Levels of the nested values."""

_DEEPSEEK = "<｜tool▁calls▁begin｜><｜tool▁call▁begin｜>"
_CODER = "<tool_call>\n<function=f>\n<parameter=x>\n"
_GEMMA = "<start_function_call>call:f{x:"

FUNCTIONS: list[dict[str, Any]] = [
    {
        "name": "f",
        "parameters": {"type": "object", "properties": {"x": {}, "s": {"type": "string"}}},
    }
]

OPENERS: dict[str, tuple[str, ...]] = {
    "glaive": (
        "<functioncall> ",
        "<functioncall> {",
        """<functioncall> {"name": "f", "arguments": '""",
        """<functioncall> {"name": "f", "arguments": '{"s": \"""",
    ),
    "hermes": ("<tool_call>", "<tool_call>\n{", '<tool_call>{"name": "f", "arguments": {"s": "'),
    "smollm2": ("<tool_call>[", '<tool_call>[{"name": "f", "arguments": '),
    "llama3_json": ("{", "<|python_tag|>", '{"name": "f", "parameters": ', '{"name": "', "{}; "),
    "functionary_v3.1": ("<function=", "<function=f>", '<function=f>{"s": "'),
    "mistral": (
        "[TOOL_CALLS]",
        "[TOOL_CALLS]f",
        "[TOOL_CALLS] [",
        "[TOOL_CALLS]f[ARGS]{",
        "[TOOL_CALLS]f[CALL_ID]",
    ),
    "pythonic": ("[", "[f(", "[f(x=", "[f(s='", "[f, ", "f(", "[f()", "<|python_start|>"),
    "lfm2": ("<|tool_call_start|>", "<|tool_call_start|>[f(x="),
    "xlam": ("[", "[{", '[{"name": "f", "arguments": ', "```json\n[", "[]"),
    "granite": ("<|tool_call|>", "<|tool_call|>[{", "<tool_call>["),
    "granite-20b-fc": ("<function_call>", '<function_call> {"name": "f", "arguments": {'),
    "deepseek_v3": (
        "<｜tool▁calls▁begin｜>",
        _DEEPSEEK,
        _DEEPSEEK + "function<｜tool▁sep｜>f\n```json\n{",
        "<｜tool▁call▁begin｜>function",
    ),
    "deepseek_v31": (_DEEPSEEK + "f<｜tool▁sep｜>", _DEEPSEEK + 'f<｜tool▁sep｜>{"s": "'),
    "qwen3_coder": (
        "<tool_call>\n<function=f>\n",
        _CODER,
        "<function=f>",
        "<parameter=x>",
        "<function=",
    ),
    "phi4_mini_json": ("functools", "functools[", 'functools[{"name": "f", "arguments": '),
    "functiongemma": (
        "<start_function_call>",
        "<start_function_call>call:f{",
        _GEMMA,
        _GEMMA + "<escape>",
    ),
}
"""For each format, beginnings of a call that nothing ends."""

CALLS: dict[str, tuple[str, str]] = {
    "glaive": ("""<functioncall> {"name": "f", "arguments": '{"x": """, "}'}"),
    "hermes": ('<tool_call>\n{"name": "f", "arguments": {"x": ', "}}\n</tool_call>"),
    "smollm2": ('<tool_call>[{"name": "f", "arguments": {"x": ', "}}]</tool_call>"),
    "llama3_json": ('{"name": "f", "parameters": {"x": ', "}}"),
    "functionary_v3.1": ('<function=f>{"x": ', "}</function>"),
    "mistral": ('[TOOL_CALLS]f[ARGS]{"x": ', "}"),
    "pythonic": ("[f(x=", ")]"),
    "lfm2": ("<|tool_call_start|>[f(x=", ")]<|tool_call_end|>"),
    "xlam": ('[{"name": "f", "arguments": {"x": ', "}}]"),
    "granite": ('<|tool_call|>[{"name": "f", "arguments": {"x": ', "}}]"),
    "granite-20b-fc": ('<function_call> {"name": "f", "arguments": {"x": ', "}}"),
    "deepseek_v3": (
        _DEEPSEEK + 'function<｜tool▁sep｜>f\n```json\n{"x": ',
        "}\n```<｜tool▁call▁end｜><｜tool▁calls▁end｜>",
    ),
    "deepseek_v31": (
        _DEEPSEEK + 'f<｜tool▁sep｜>{"x": ',
        "}<｜tool▁call▁end｜><｜tool▁calls▁end｜>",
    ),
    "qwen3_coder": (_CODER, "\n</parameter>\n</function>\n</tool_call>"),
    "phi4_mini_json": ('functools[{"name": "f", "arguments": {"x": ', "}}]"),
    "functiongemma": (_GEMMA, "}<end_function_call>"),
}
"""For each format, what stands around the value `x` of a call of `f`."""


@dataclass(frozen=True)
class Hostile:
    """A text of a size, and the format that it is made against."""

    name: str
    format: str
    make: Callable[[int], str]
    """About so many characters → the text."""


def _repeated(unit: str, before: str = "", after: str = "") -> Callable[[int], str]:
    return lambda size: before + unit * max(1, size // len(unit)) + after


def _openers() -> list[Hostile]:
    return [
        Hostile(f"{unit.strip()!r} over and over", format, _repeated(unit))
        for format, units in OPENERS.items()
        for unit in units
    ]


def nested(format: str, levels: int, closed: bool = True, objects: bool = False) -> str:
    """A call whose argument is nested so deeply, in the format's own spelling."""
    begin, end = CALLS[format]
    key = "x:" if format == "functiongemma" else '"x":'
    unit = ("{" + key, "}") if objects else ("[", "]")
    inner = unit[0] * levels + ("1" if objects else "") + unit[1] * (levels if closed else 0)
    return begin + inner + (end if closed else "")


def _nestings() -> list[Hostile]:
    return [
        Hostile(
            f"{DEEP:,} {'objects' if objects else 'lists'} deep{'' if closed else ', not closed'}",
            format,
            lambda _, f=format, c=closed, o=objects: nested(f, DEEP, c, o),
        )
        for format in CALLS
        for closed in (True, False)
        for objects in (False, True)
    ]


def _in_a_call() -> list[Hostile]:
    """Signs inside or behind a call, where an end has to be looked for."""
    made = []
    for format, unit in (
        ("glaive", "'}"),
        ("glaive", "'"),
        ("glaive", "\\'"),
        ("hermes", "</tool_call>"),
        ("hermes", '\\"'),
        ("qwen3_coder", "</parameter>"),
        ("qwen3_coder", "</function>"),
        ("qwen3_coder", "</function></tool_call>"),
        ("qwen3_coder", "<parameter=x>"),
        ("qwen3_coder", "</parameter> a "),
        ("qwen3_coder", "</function>\n<"),
        ("functiongemma", "<escape>"),
        ("functiongemma", "<end_function_call>"),
        ("pythonic", "-"),
        ("pythonic", "("),
        ("pythonic", "'a' "),
        ("lfm2", "<|tool_call_end|>"),
        ("deepseek_v3", "```"),
        ("mistral", "[ARGS]"),
    ):
        begin, end = CALLS[format]
        quote = "" if format in ("qwen3_coder", "functiongemma", "pythonic", "lfm2") else '"'
        made += [
            Hostile(f"{unit!r} in a call", format, _repeated(unit, begin + quote, quote + end)),
            Hostile(f"{unit!r} in an open call", format, _repeated(unit, begin + quote)),
            Hostile(f"{unit!r} behind a call", format, _repeated(unit, begin + "1" + end)),
        ]
    return made


def _signs() -> list[Hostile]:
    """Signs that regular expressions backtrack over, as a whole text."""
    signs = (
        " ",
        "\n",
        "`",
        "```",
        "}",
        "{}",
        "]",
        '"',
        "'",
        "\\",
        "<",
        "<a",
        "<|",
        "\x00",
        "9",
        "=",
    )
    more = ("<think>", "</think>", "<think></think>", "<|im_end", "aA ", "a(", "a.b", "\ufeff")
    return [Hostile(f"{unit!r} over and over", "auto", _repeated(unit)) for unit in (*signs, *more)]


def _many_calls() -> list[Hostile]:
    return [
        Hostile("valid calls alone", format, _repeated(f"{begin}1{end}\n"))
        for format, (begin, end) in CALLS.items()
    ]


def hostile() -> list[Hostile]:
    """All of them."""
    return [*_openers(), *_nestings(), *_in_a_call(), *_signs(), *_many_calls()]


def prose(size: int) -> str:
    """Plain text without calls, of so many characters: sentences, lists, some punctuation."""
    unit = (
        "The keeper of the lighthouse climbed the stairs every evening, at six in winter and at "
        "nine in summer (he said it was 217 steps; nobody else had counted). “It's the wind,” he "
        "told the boy, “that you have to mind, not the sea.” Then he lit the lamp.\n\n"
        "- oil: 3.5 litres, at most\n- wicks: two, sometimes three\n- matches, of course\n\n"
    )
    return (unit * (size // len(unit) + 1))[:size]
