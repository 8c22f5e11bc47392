"""Bodies that begin with the function's name: JSON, parameters or escaped text follow it."""

from __future__ import annotations

import re
from typing import Any

from lora_ui.functions.formats.values import Format, Template
from lora_ui.functions.reading.found import Found, Region
from lora_ui.functions.reading.objects import ObjectReader, next_marker
from lora_ui.functions.scanning import MAX_DEPTH, after_fence, after_space, scan_json, scan_python

_MAX_NAME = 256
_MAX_ID = 64
_MAX_INDENT = 200
_STRAY = re.compile(r"[\s}\]]*")
_FENCE_END = re.compile(r"\s*```(?![\w`])\s*")


class NamedReader:
    """What the readers of this module share: the name, and giving up."""

    def __init__(self, format: Format, template: Template, stop: re.Pattern[str]) -> None:
        self.end, self.stop = template.end.removeprefix("```").strip(), stop
        # A fence between name and body is optional for every format.
        self.between = "" if template.between.startswith("```") else template.between
        first = re.escape(self.between[0]) if self.between else ""
        none = rf"{{}}\[\]<>\"'`\n{first}"
        call_id = re.escape(format.call_id)
        behind = rf"(?:{call_id}\s*[\w\-]{{0,{_MAX_ID}}}\s*)?" if call_id else ""
        self._name = re.compile(rf"\s*([^\s{none}][^{none}]{{0,{_MAX_NAME}}}){behind}")
        self.format = format

    def name(self, text: str, pos: int) -> tuple[str, tuple[int, int], int] | None:
        """The name at `pos`, its place, and where the body begins; None where there is no such."""
        match = self._name.match(text, pos)
        if match is None or not text.startswith(self.between, match.end()):
            return None
        name = match[1].rstrip()
        start = match.start(1)
        return name, (start, start + len(name)), match.end() + len(self.between)

    def no_name(self, text: str, start: int, pos: int) -> Region:
        """Cut off in the name, or something else than a name."""
        match = self._name.match(text, pos)
        begin = match.end() if match else after_space(text, pos)
        rest = text[begin : begin + len(self.between) + len(self.format.call_id) + 1]
        marks = (self.between, self.format.call_id)
        if not rest or any(len(rest) < len(m) and m.startswith(rest) for m in marks):
            return Region(start, len(text), [Found("cut", start, len(text))])
        return self.wrong(text, start, match.end() if match else pos, "why_no_name")

    def wrong(self, text: str, start: int, pos: int, why: str) -> Region:
        """A malformed call that ends at its end marker, its line, or before the next marker."""
        marker = next_marker(text, pos, self.stop)
        if self.end and text.startswith(self.end, marker):
            end = marker + len(self.end)
        else:
            line = text.find("\n", pos, marker)
            end = marker if line < 0 else line
        return Region(start, end, [Found("malformed", start, end, why=why)])


class ArgumentsReader(NamedReader):
    """Reads `{name}` and `{arguments}`: the arguments are one JSON object."""

    def __init__(self, format: Format, template: Template, stop: re.Pattern[str]) -> None:
        super().__init__(format, template, stop)
        self._objects = ObjectReader(format, self.end, stop)

    def read(self, text: str, start: int, pos: int) -> Region:
        """The call behind an opener that stands from `start` to `pos`."""
        named = self.name(text, pos)
        if named is None:
            return self.no_name(text, start, pos)
        name, name_span, body = named
        begin = after_fence(text, body)
        if begin >= len(text):
            return Region(start, len(text), [Found("cut", start, len(text), name=name)])
        if text[begin] != "{":
            if len(text) - begin < 12 and "```json\n".startswith(text[begin:]):
                return Region(start, len(text), [Found("cut", start, len(text), name=name)])
            return self.wrong(text, start, begin, "why_no_json")
        scan = scan_json(text, begin)
        if scan.status == "bad":
            python = scan_python(text, begin)
            scan = python if python.ok or python.end > scan.end else scan
        if scan.status == "cut":
            arguments = scan.value if isinstance(scan.value, dict) else {}
            cut = Found("cut", start, len(text), name=name, arguments=arguments)
            return Region(start, len(text), [cut])
        if not scan.ok:
            end = self._objects.give_up(text, scan)
            found = Found("malformed", start, end, name=name, why=scan.why)
        else:
            end = scan.end
            found = Found("call", name_span[0], end, name, scan.value, name_span, (begin, end))
        return Region(start, self._closed(text, end), [found])

    def _closed(self, text: str, pos: int) -> int:
        """Past stray closing braces, the end of a fence and the end marker."""
        end = _STRAY.match(text, pos).end()  # pyright: ignore[reportOptionalMemberAccess]
        fence = _FENCE_END.match(text, end)
        end = fence.end() if fence else end
        if self.end and text.startswith(self.end, end):
            return end + len(self.end)
        return pos + len(text[pos:end].rstrip())


class ParametersReader(NamedReader):
    """Reads `{name}` and `{parameters}`: each value is text between two markers."""

    def __init__(self, format: Format, template: Template, stop: re.Pattern[str]) -> None:
        super().__init__(format, template, stop)
        before, _, after = format.parameter.partition("{key}")
        middle, _, after = after.partition("{value}")
        self._begin, self._middle, self._close = before.strip(), middle.strip(), after.strip()
        ends = [re.escape(m) for m in (self._close, self._begin, self.end) if m]
        self._ends = re.compile("|".join(ends))
        self._on_lines = "\n{value}\n" in format.parameter
        self._tags = (self._begin, self.end, *format.wrap, template.begin)

    def read(self, text: str, start: int, pos: int) -> Region:
        """The call behind an opener that stands from `start` to `pos`."""
        named = self.name(text, pos)
        if named is None:
            return self.no_name(text, start, pos)
        name, name_span, pos = named
        found = Found("call", start, pos, name, {}, name_span, untyped=True)
        while True:
            pos = after_space(text, pos)
            if text.startswith(self.end, pos):
                found.end = pos + len(self.end)
                return Region(start, found.end, [found])
            if not text.startswith(self._begin, pos):
                rest = text[pos:]
                if len(rest) < 64 and (self.end.startswith(rest) or self._begin.startswith(rest)):
                    return self._cut(text, found)
                return self.wrong(text, start, pos, "why_parameter")
            key_end = text.find(self._middle, pos, pos + len(self._begin) + _MAX_NAME)
            if key_end < 0:
                if len(text) - pos < len(self._begin) + _MAX_NAME and "\n" not in text[pos:]:
                    return self._cut(text, found)
                return self.wrong(text, start, pos + len(self._begin), "why_parameter")
            key = text[pos + len(self._begin) : key_end].strip().strip("\"'")
            begin = key_end + len(self._middle)
            end, skipped = self._value_end(text, begin)
            if end is None:
                found.arguments[key] = text[begin:].removeprefix("\n")
                return self._cut(text, found)
            if skipped and end[0] != self._close:
                return self.wrong(text, start, end.start(), "why_parameter")
            found.arguments[key] = _trimmed(text[begin : end.start()])
            pos = end.end() if end[0] == self._close else end.start()

    def _value_end(self, text: str, begin: int) -> tuple[re.Match[str] | None, bool]:
        """What ends the value at `begin`, and whether a tag that would close it was skipped.

        Values have no quotes. Of one that begins on a line of its own, as the format writes it, a
        tag is part unless it begins its line, too, or what follows it is another tag or the end.
        """
        on_lines = self._on_lines and text.startswith(("\n", "\r\n"), begin)
        skipped = False
        for match in self._ends.finditer(text, begin):
            if not on_lines or _begins_line(text, begin, match.start()):
                return match, skipped
            if match[0] != self._begin and self._tag_follows(text, match.end()):
                return match, skipped
            skipped = skipped or match[0] == self._close
        return None, skipped

    def _tag_follows(self, text: str, pos: int) -> bool:
        """Whether a tag of the format, whole or cut off, or nothing stands at `pos`."""
        pos = after_space(text, pos)
        rest = text[pos : pos + max(map(len, self._tags))]
        return any(tag and (rest.startswith(tag) or tag.startswith(rest)) for tag in self._tags)

    def _cut(self, text: str, found: Found) -> Region:
        end = len(text)
        cut = Found("cut", found.start, end, name=found.name, arguments=found.arguments)
        return Region(found.start, end, [cut])


def _begins_line(text: str, begin: int, pos: int) -> bool:
    """Whether only white space stands before `pos` in its line; looked for only so far."""
    return text[max(begin, pos - _MAX_INDENT) : pos].rstrip(" \t").endswith("\n")


def _trimmed(value: str) -> str:
    """A value without the line break at each end that belongs to the format."""
    value = value.removeprefix("\r\n").removeprefix("\n")
    return value.removesuffix("\n").removesuffix("\r")


_MARK = "<escape>"
_KEY = re.compile(r"\s*([^\s:{}\[\],<][^:{}\[\],<]{0,255}):")
_PLAIN = re.compile(r"[^,{}\[\]<]{0,64}")


class Escaped(str):
    """Text that stood between marks: a string, unless the schema says otherwise."""

    __slots__ = ()


class _Unreadable(Exception):
    def __init__(self, pos: int, cut: bool = False) -> None:
        self.pos, self.cut = pos, cut
        super().__init__(pos)


class EscapedReader(NamedReader):
    """Reads `{name}` and `{escaped}`: FunctionGemma's objects with marked strings."""

    def read(self, text: str, start: int, pos: int) -> Region:
        """The call behind an opener that stands from `start` to `pos`."""
        named = self.name(text, pos)
        if named is None:
            return self.no_name(text, start, pos)
        name, name_span, begin = named
        begin = after_space(text, begin)
        if begin >= len(text):
            return Region(start, len(text), [Found("cut", start, len(text), name=name)])
        if text[begin] != "{":
            return self.wrong(text, start, begin, "why_no_object")
        arguments: dict[str, Any] = {}
        try:
            end = self._object(text, begin + 1, arguments, 1)
        except _Unreadable as error:
            if error.cut:
                cut = Found("cut", start, len(text), name=name, arguments=arguments)
                return Region(start, len(text), [cut])
            return self.wrong(text, start, error.pos, "why_escaped")
        word = name_span[0] - len("call:") if text.startswith("call:", name_span[0] - 5) else start
        found = Found("call", word, end, name, arguments, name_span, (begin, end), untyped=True)
        close = _STRAY.match(text, end).end()  # pyright: ignore[reportOptionalMemberAccess]
        close = close + len(self.end) if text.startswith(self.end, close) else end
        return Region(start, close, [found])

    def _object(self, text: str, pos: int, into: dict[str, Any], depth: int) -> int:
        while True:
            pos = after_space(text, pos)
            if text.startswith("}", pos):
                return pos + 1
            key = _KEY.match(text, pos)
            if key is None:
                raise _Unreadable(pos, cut=_open_end(text, pos))
            into[key[1].strip()], pos = self._value(text, key.end(), depth)
            pos = self._comma(text, pos, "}")

    def _list(self, text: str, pos: int, into: list[Any], depth: int) -> int:
        while True:
            pos = after_space(text, pos)
            if text.startswith("]", pos):
                return pos + 1
            value, pos = self._value(text, pos, depth)
            into.append(value)
            pos = self._comma(text, pos, "]")

    def _comma(self, text: str, pos: int, closer: str) -> int:
        pos = after_space(text, pos)
        if text.startswith(",", pos):
            return pos + 1
        if not text.startswith(closer, pos):
            raise _Unreadable(pos, cut=pos >= len(text))
        return pos

    def _value(self, text: str, pos: int, depth: int) -> tuple[Any, int]:
        pos = after_space(text, pos)
        if text.startswith(_MARK, pos):
            begin = pos + len(_MARK)
            end = text.find(_MARK, begin)
            if end < 0:
                raise _Unreadable(len(text), cut=True)
            return Escaped(text[begin:end]), end + len(_MARK)
        if depth >= MAX_DEPTH:
            raise _Unreadable(pos)
        if text.startswith("{", pos):
            made: dict[str, Any] = {}
            return made, self._object(text, pos + 1, made, depth + 1)
        if text.startswith("[", pos):
            items: list[Any] = []
            return items, self._list(text, pos + 1, items, depth + 1)
        plain = _PLAIN.match(text, pos)
        assert plain is not None
        if plain.end() >= len(text) or (text[plain.end()] == "<" and _open_end(text, plain.end())):
            raise _Unreadable(len(text), cut=True)
        if not plain[0].strip():
            raise _Unreadable(pos)
        return plain[0].strip(), plain.end()


def _open_end(text: str, pos: int) -> bool:
    """Whether what is left may be the beginning of a key or a mark."""
    rest = text[pos : pos + 300]
    return pos + len(rest) >= len(text) and not set(rest) & set(":{}[],>")
