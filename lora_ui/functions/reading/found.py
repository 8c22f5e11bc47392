"""What a reader finds in a text, before it is held against the functions."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any, Literal

from lora_ui.functions.scanning import Scan, whole_value

Span = tuple[int, int]


@dataclass(slots=True)
class Found:
    """A call that could be read, or the place of one that could not.

    `call`: name and arguments are there. `malformed`: `why` says what is wrong. `cut`: the text
    ended first. `untyped`: the arguments are text, to be cast by the function's schema. `name_span`
    is where the name stands; `scan` is what was read of a call that is cut off, for previews.
    """

    kind: Literal["call", "malformed", "cut"]
    start: int
    end: int
    name: str | None = None
    arguments: Any = None
    name_span: Span | None = None
    arguments_span: Span | None = None
    untyped: bool = False
    why: str = ""


@dataclass(slots=True)
class Region:
    """A stretch of text that belongs to calls, its markers included.

    An empty `found` says: nothing of a call, but no content either (an empty list, say).
    """

    start: int
    end: int
    found: list[Found] = field(default_factory=list)


def call_from(scan: Scan, start: int, keys: tuple[str, ...]) -> Found:
    """The call in an object that was read whole: a name, and arguments under one of `keys`."""
    value, end = scan.value, scan.end
    if not isinstance(value, dict):
        return Found("malformed", start, end, why="why_no_object")
    name = value.get("name")
    if not isinstance(name, str):
        return Found("malformed", start, end, why="why_no_name")
    key = next((key for key in keys if key in value), None)
    if key is None:
        return Found("malformed", start, end, name=name, why="why_no_arguments")
    arguments = value[key]
    if isinstance(arguments, str):
        inner = whole_value(arguments)
        if not inner.ok:
            return Found("malformed", start, end, name=name, why=inner.why)
        arguments = inner.value
    if not isinstance(arguments, dict):
        return Found("malformed", start, end, name=name, why="why_arguments")
    return Found(
        "call",
        start,
        end,
        name=name,
        arguments=arguments,
        name_span=scan.fields.get("name"),
        arguments_span=scan.fields.get(key),
    )


def cut_from(scan: Scan, start: int, end: int, keys: tuple[str, ...]) -> Found:
    """What there is of an object that was cut off."""
    value = scan.value if isinstance(scan.value, dict) else {}
    name = value.get("name")
    arguments = next((value[key] for key in keys if isinstance(value.get(key), dict)), {})
    return Found(
        "cut", start, end, name=name if isinstance(name, str) else None, arguments=arguments
    )
