"""JSON values and Python literals in one pass, without recursion.

A scan ends in one of three ways: `ok`, `cut` (the text ends before the value does) or `bad` (what
stands at `end` cannot stand there). Also then it holds what was read so far.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any, Literal

from lora_ui.functions.scanning.strings import Stop, json_string, python_string

MAX_DEPTH = 128
"""Values that are nested deeper are refused: what validates and shows them is recursive."""

_MAX_DIGITS = 1000
_JSON_SPACE = re.compile(r"[ \t\n\r]*")
_PYTHON_SPACE = re.compile(r"\s*")
_JSON_ATOM = re.compile(
    r"(?P<number>-?(?:0|[1-9][0-9]*)(?P<float>(?:\.[0-9]+)?(?:[eE][+-]?[0-9]+)?))|true|false|null"
)
_PYTHON_ATOM = re.compile(
    r"(?P<number>[+-]?(?:0|[1-9](?:_?[0-9])*)(?P<float>(?:\.[0-9]*)?(?:[eE][+-]?[0-9]+)?)"
    r"|[+-]?(?P<hex>0[xX][0-9a-fA-F]+|0[oO][0-7]+|0[bB][01]+)"
    r"|[+-]?(?P<point>\.[0-9]+(?:[eE][+-]?[0-9]+)?))|True|False|None"
)
_CONSTANTS = {
    "true": True,
    "false": False,
    "null": None,
    "True": True,
    "False": False,
    "None": None,
}
_STRAY = re.compile(r"[\s}\]]*")
_UNFINISHED = re.compile(r"[\w.+\-]{0,24}\Z")
_CLOSING = {"{": "}", "[": "]", "(": ")"}

Span = tuple[int, int]


@dataclass(slots=True)
class Scan:
    """What one scan found.

    `end` is behind the value, or where reading stopped, `depth` brackets deep, because of `why`.
    `fields` has the places of the outermost object's values by key. `last_string` is where the last
    string before the stop begins. `key` is the key whose value was being read there.
    """

    status: Literal["ok", "cut", "bad"]
    value: Any
    end: int
    why: str = ""
    depth: int = 0
    fields: dict[str, Span] = field(default_factory=dict)
    last_string: int = -1
    key: str | None = None

    @property
    def ok(self) -> bool:
        """Whether the whole value was read."""
        return self.status == "ok"


def scan_json(text: str, pos: int, quoted: tuple[str, ...] = ()) -> Scan:
    """The JSON value at `pos`.

    The outermost object's values under the keys `quoted` may stand inside single quotes, unescaped.
    """
    return _Scanner(text, _JSON_SPACE, _json_scalar, ",", quoted).run(pos)


def scan_python(text: str, pos: int) -> Scan:
    """The Python literal at `pos`: JSON's kinds of values alone, tuples as lists."""
    return _Scanner(text, _PYTHON_SPACE, _python_scalar, ",)", ()).run(pos)


def whole_value(text: str) -> Scan:
    """`text` as one JSON value, or else as one Python literal. Stray closing braces are ignored."""
    for scan in (scan_json, scan_python):
        found = scan(text, len(text) - len(text.lstrip()))
        if found.ok and not text[found.end :].strip(" \t\n\r}]"):
            return found
    return Scan("bad", None, 0, "why_string_value")


def _json_scalar(text: str, pos: int) -> tuple[Any, int]:
    if text.startswith('"', pos):
        return json_string(text, pos)
    atom = _JSON_ATOM.match(text, pos)
    if atom is None:
        raise Stop(pos, "why_value")
    if not atom["number"]:
        return _CONSTANTS[atom[0]], atom.end()
    return _number(atom[0], bool(atom["float"]), pos), atom.end()


def _python_scalar(text: str, pos: int) -> tuple[Any, int]:
    found = python_string(text, pos)
    if found is not None:
        parts, end = [found[0]], found[1]
        while True:  # strings that stand beside each other are one
            begin = _PYTHON_SPACE.match(text, end).end()  # pyright: ignore[reportOptionalMemberAccess]
            more = python_string(text, begin) if text[begin : begin + 1] in ("'", '"') else None
            if more is None:
                return "".join(parts), end
            parts.append(more[0])
            end = more[1]
    atom = _PYTHON_ATOM.match(text, pos)
    if atom is None or text[atom.end() : atom.end() + 1].isidentifier():
        raise Stop(pos, "why_value")
    if not atom["number"]:
        return _CONSTANTS[atom[0]], atom.end()
    if atom["hex"]:
        if len(atom[0]) > _MAX_DIGITS:
            raise Stop(pos, "why_number")
        return int(atom[0], 0), atom.end()
    whole = atom[0].replace("_", "")
    return _number(whole, bool(atom["float"] or atom["point"]), pos), atom.end()


def _number(digits: str, is_float: bool, pos: int) -> int | float:
    if len(digits) > _MAX_DIGITS:
        raise Stop(pos, "why_number")
    if not is_float:
        return int(digits)
    value = float(digits)
    if value in (float("inf"), float("-inf")):
        raise Stop(pos, "why_infinite")
    return value


class _Scanner:
    """One pass over one value. The stack holds the containers that are open."""

    def __init__(
        self,
        text: str,
        space: re.Pattern[str],
        scalar: Callable[[str, int], tuple[Any, int]],
        lenient: str,
        quoted: tuple[str, ...],
    ) -> None:
        self.text, self.space, self.scalar = text, space, scalar
        self.python = lenient != ","
        self.quoted = quoted
        self.stack: list[Any] = []
        self.closers: list[str] = []
        self.keys: list[str | None] = []
        self.starts: list[int] = []
        self.fields: dict[str, Span] = {}
        self.root: Any = None
        self.last_string = -1

    def run(self, pos: int) -> Scan:
        try:
            end = self._value(pos)
            while self.stack:
                end = self._next(end)
        except Stop as stop:
            cut = stop.cut or stop.pos >= len(self.text)
            if not cut and stop.why in ("why_value", "why_comma"):
                cut = _UNFINISHED.match(self.text, stop.pos) is not None
            key = self.keys[0] if self.keys else None
            return Scan(
                "cut" if cut else "bad",
                self.root,
                len(self.text) if cut else stop.pos,
                stop.why,
                len(self.stack),
                self.fields,
                self.last_string,
                key,
            )
        return Scan("ok", self.root, end, fields=self.fields)

    def _space(self, pos: int) -> int:
        return self.space.match(self.text, pos).end()  # pyright: ignore[reportOptionalMemberAccess]

    def _value(self, pos: int) -> int:
        """Reads one scalar, or opens one container."""
        text = self.text
        first = text[pos : pos + 1]
        if first in ("{", "[") or (first == "(" and self.python):
            if len(self.stack) >= MAX_DEPTH:
                raise Stop(pos, "why_deep")
            made: Any = {} if first == "{" else []
            self._put(made, pos, pos)
            self.stack.append(made)
            self.closers.append(_CLOSING[first])
            self.keys.append(None)
            self.starts.append(pos)
            return self._first_of_container(pos + 1)
        if first in ('"', "'"):
            self.last_string = pos
            if first == "'" and len(self.stack) == 1 and self.keys[0] in self.quoted:
                return self._quoted(pos)
        value, end = self.scalar(text, pos)
        self._put(value, pos, end)
        return end

    def _quoted(self, pos: int) -> int:
        """A value inside single quotes that are no part of it."""
        begin = self._space(pos + 1)
        inner = scan_json(self.text, begin)
        if inner.status == "bad":
            python = scan_python(self.text, begin)
            inner = python if python.ok else inner
        if not inner.ok:
            self._put(inner.value, pos, inner.end)
            self.last_string = max(self.last_string, inner.last_string)
            raise Stop(inner.end, inner.why, cut=inner.status == "cut")
        end = inner.end
        while self.text[end : end + 1] in ("}", "]", " ", "\t", "\n", "\r") and end < len(
            self.text
        ):
            end += 1
        self._put(inner.value, pos, end)
        if not self.text.startswith("'", end):
            raise Stop(end, "why_quote")
        self._put(inner.value, pos, end + 1)
        return end + 1

    def _put(self, value: Any, start: int, end: int) -> None:
        if not self.stack:
            self.root = value
            return
        top = self.stack[-1]
        if isinstance(top, dict):
            key = self.keys[-1]
            top[key] = value
            if len(self.stack) == 1 and key is not None:
                self.fields[key] = (start, end)
        else:
            top.append(value)

    def _first_of_container(self, pos: int) -> int:
        """The position behind a first key and its colon, or where the first value or end is."""
        pos = self._space(pos)
        if self.text.startswith(self.closers[-1], pos):
            return pos
        if isinstance(self.stack[-1], dict):
            return self._value(self._key(pos))
        return self._value(pos)

    def _next(self, pos: int) -> int:
        """What follows a value: the end of its container, or a comma and the next value."""
        pos = self._space(pos)
        closer = self.closers[-1]
        char = self.text[pos : pos + 1]
        if char == closer:
            if closer == ")" and len(self.stack[-1]) == 1:
                self._unwrap()
            return self._close(pos + 1)
        if char != ",":
            raise Stop(pos, "why_comma")
        pos = self._space(pos + 1)
        if self.python and self.text.startswith(closer, pos):
            return self._close(pos + 1)
        if isinstance(self.stack[-1], dict):
            pos = self._key(pos)
        return self._value(pos)

    def _unwrap(self) -> None:
        """Makes of the innermost list its one value: parentheses are a tuple by their comma."""
        (value,) = self.stack[-1]
        if len(self.stack) == 1:
            self.root = value
        elif isinstance(holder := self.stack[-2], dict):
            holder[self.keys[-2]] = value
        else:
            holder[-1] = value

    def _close(self, pos: int) -> int:
        self.stack.pop()
        self.closers.pop()
        self.keys.pop()
        start = self.starts.pop()
        if len(self.stack) == 1 and isinstance(self.stack[0], dict) and self.keys[0] is not None:
            self.fields[self.keys[0]] = (start, pos)
        return pos

    def _key(self, pos: int) -> int:
        """Reads a key and its colon."""
        self.last_string = pos
        self.keys[-1] = None
        if self.text[pos : pos + 1] == '"' or (self.python and self.text[pos : pos + 1] == "'"):
            key, end = self.scalar(self.text, pos)
        else:
            raise Stop(pos, "why_key")
        colon = self._space(end)
        if not self.text.startswith(":", colon):
            raise Stop(colon, "why_colon")
        self.keys[-1] = key
        return self._space(colon + 1)
