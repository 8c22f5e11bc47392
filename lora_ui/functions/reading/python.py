"""Bodies that are Python calls with keyword arguments: `[f(a=1), g()]`."""

from __future__ import annotations

import re
from collections.abc import Collection

from lora_ui.functions.reading.found import Found, Region
from lora_ui.functions.reading.objects import next_marker
from lora_ui.functions.scanning import after_fence, after_space, scan_python, skip_balanced

_CALL = re.compile(r"([^\W\d][\w.\-]*)\s*\(")
_NAME_AT_END = re.compile(r"[^\W\d][\w.\-]*\s*\Z")
_KEYWORD = re.compile(r"([^\W\d]\w*)\s*=(?!=)")
_KEYWORD_AT_END = re.compile(r"(?:[^\W\d]\w*)?\s*\Z")
_STRAY = re.compile(r"[\s\])]*")


class PythonReader:
    """Reads `{python}`. Values are literals; anything that would have to be evaluated is wrong."""

    def __init__(self, end: str, stop: re.Pattern[str]) -> None:
        self.end, self.stop = end, stop

    def read(self, text: str, start: int, pos: int) -> Region:
        """The calls behind an opener that stands from `start` to `pos`."""
        begin = after_fence(text, pos)
        if begin >= len(text):
            return Region(start, len(text), [Found("cut", start, len(text))])
        region = Region(start, begin)
        if text[begin] == "[" or _CALL.match(text, begin):
            end = self._list(text, begin, region)
        else:
            end = self._nothing(text, start, begin, region)
        return self._closed(text, end, region)

    def read_bare(self, text: str, pos: int, names: Collection[str]) -> tuple[Region | None, int]:
        """The list of calls at `pos`, or None with where to look further."""
        first = after_space(text, pos + 1)
        call = _CALL.match(text, first)
        if call is None:
            return None, pos + 1
        inside = after_space(text, call.end())
        if call[1] not in names and not (
            text.startswith(")", inside) or _KEYWORD.match(text, inside)
        ):
            return None, call.end()
        region = Region(pos, pos)
        region.end = self._list(text, pos, region)
        return region, region.end

    def _list(self, text: str, pos: int, region: Region) -> int:
        bracketed = text[pos] == "["
        opened, pos, waiting = pos, pos + bracketed, True
        while True:
            pos = after_space(text, pos)
            char = text[pos : pos + 1]
            if not char:
                if waiting:
                    region.found.append(Found("cut", opened, len(text)))
                return pos
            if char == "]" and bracketed:
                return pos + 1
            if char in ",;":
                pos, waiting = pos + 1, True
                continue
            if self.end and text.startswith(self.end, pos):
                return pos
            call = _CALL.match(text, pos)
            if call is None:
                return self._no_call(text, pos, region, bracketed)
            waiting = False
            found, pos = self._call(text, call)
            region.found.append(found)
            if not bracketed and not self.end:
                return pos

    def _call(self, text: str, call: re.Match[str]) -> tuple[Found, int]:
        """One call, from its name to its closing parenthesis."""
        start, name, pos = call.start(), call[1], call.end()
        found = Found("call", start, pos, name=name, arguments={}, name_span=call.span(1))
        while True:
            pos = after_space(text, pos)
            if text.startswith(")", pos):
                found.end = pos + 1
                found.arguments_span = (call.end(), pos)
                return found, pos + 1
            keyword = _KEYWORD.match(text, pos)
            if keyword is None:
                if _KEYWORD_AT_END.match(text, pos):
                    return _cut(text, found)
                return self._wrong(text, pos, 1, found, "why_keyword")
            value = scan_python(text, after_space(text, keyword.end()))
            if value.status == "cut":
                return _cut(text, found)
            if not value.ok:
                return self._wrong(text, value.end, value.depth + 1, found, value.why)
            found.arguments[keyword[1]] = value.value
            pos = after_space(text, value.end)
            if text.startswith(",", pos):
                pos += 1
            elif pos >= len(text):
                return _cut(text, found)
            elif not text.startswith(")", pos):
                return self._wrong(text, pos, 1, found, "why_literal")

    def _wrong(self, text: str, pos: int, depth: int, found: Found, why: str) -> tuple[Found, int]:
        end, closed = skip_balanced(text, pos, depth, self.stop)
        if end >= len(text) and not closed:
            line = text.find("\n", pos)
            end = len(text) if line < 0 else line
        return Found("malformed", found.start, end, name=found.name, why=why), end

    def _no_call(self, text: str, pos: int, region: Region, bracketed: bool) -> int:
        if _NAME_AT_END.match(text, pos):
            region.found.append(Found("cut", pos, len(text)))
            return len(text)
        if not bracketed:
            return pos
        end, _ = skip_balanced(text, pos, 1, self.stop)
        region.found.append(Found("malformed", pos, end, why="why_no_call"))
        return end

    def _nothing(self, text: str, start: int, pos: int, region: Region) -> int:
        marker = next_marker(text, pos, self.stop)
        line = text.find("\n", pos, marker)
        closed = bool(self.end) and text.startswith(self.end, marker)
        end = marker if closed or line < 0 else line
        partial = len(text) - pos < len(self.end) and self.end.startswith(text[pos:])
        name = _NAME_AT_END.match(text, pos)
        kind = "cut" if (partial or name) and end == len(text) else "malformed"
        region.found.append(Found(kind, start, end, why="why_no_call"))
        return end

    def _closed(self, text: str, pos: int, region: Region) -> Region:
        """Past stray brackets, the end of a fence and the end marker."""
        region.end = pos
        end = _STRAY.match(text, pos).end()  # pyright: ignore[reportOptionalMemberAccess]
        if text.startswith("```", end):
            end = after_space(text, end + 3)
        if self.end and text.startswith(self.end, end):
            region.end = end + len(self.end)
        return region


def _cut(text: str, found: Found) -> tuple[Found, int]:
    end = len(text)
    return Found("cut", found.start, end, name=found.name, arguments=found.arguments), end
