"""The walk over a text: markers are looked for, what follows them is read by the format's reader.

Prose costs one search of a compiled pattern. Every reader goes forward only, so a text is read in
time that grows with its length, whatever stands in it.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable
from dataclasses import dataclass, field
from functools import lru_cache

from lora_ui.functions.formats.values import Format, Template
from lora_ui.functions.reading.found import Found, Region
from lora_ui.functions.reading.named import ArgumentsReader, EscapedReader, ParametersReader
from lora_ui.functions.reading.objects import BareReader, ObjectReader, next_marker
from lora_ui.functions.reading.python import PythonReader
from lora_ui.functions.scanning import after_fence, after_space
from lora_ui.functions.scanning.skipping import stopping_at

END_OF_TURN = (
    "<|im_end|>",
    "<|im_start|>",
    "<|endoftext|>",
    "<|eot_id|>",
    "<|eom_id|>",
    "<|start_header_id|>",
    "<|end_of_text|>",
    "<｜end▁of▁sentence｜>",
    "<end_of_turn>",
)
"""Markers that end a message whatever the format, beside the format's own."""

_THINKING = {"<think>": "</think>", "[THINK]": "[/THINK]"}
_BARE = {
    "call": (r"\{\s*[\"']", r"\[\s*\{\s*[\"']"),
    "calls": (r"\{\s*[\"']", r"\[\s*\{\s*[\"']"),
    "python": (r"\[\s*[^\W\d][\w.\-]*\s*\(",),
}
_MAX_BROKEN = 1000
"""After so many calls that cannot be read, the rest of a text is one of them: it is no answer."""
_MAX_BARE = 10_000
"""After so many bare values that are no calls, only markers begin one."""
_LEAST_CUT = 4
"""So many characters of an opener at a cut-off end count as the beginning of a call."""


@dataclass(slots=True)
class Reading:
    """All that a walk found. `end` is where the message ends, `format` whose calls they are."""

    end: int
    format: str | None = None
    regions: list[Region] = field(default_factory=list)
    noise: list[tuple[int, int]] = field(default_factory=list)
    separator: str = ""


class _Way:
    """One way in which one format begins a call: a template, or the markers around all calls."""

    def __init__(self, format: Format, template: Template | None, stop: re.Pattern[str]) -> None:
        self.format, self.template, self.stop = format, template, stop
        self.begins = [t.begin for t in format.templates]
        self.bare = _bare_reader(format, template, stop)
        self.reader = _reader(format, template, stop) if template else None

    def fits(self, text: str, pos: int) -> bool:
        """Whether what stands behind the marker is in this way's form."""
        template = self.template
        if template is None:
            return text.startswith(tuple(self.begins), after_space(text, pos))
        begin = after_fence(text, pos)
        if template.body == "call":
            return text.startswith("{", begin)
        if template.body == "calls":
            return text.startswith("[", begin)
        if template.body == "python":
            return True
        assert self.reader is not None
        named = self.reader.name(text, pos)  # pyright: ignore[reportAttributeAccessIssue]
        if named is None:
            return False
        if template.body == "parameters":
            begin = after_space(text, named[2])
            opening = self.format.parameter.partition("{key}")[0].strip()
            return text.startswith((opening, template.end), begin)
        return text.startswith("{", after_fence(text, named[2]))

    def read(self, text: str, start: int, pos: int) -> Region:
        """The region whose opener stands from `start` to `pos`."""
        if self.reader is not None:
            return self.reader.read(text, start, pos)
        begin = after_space(text, pos)
        if text.startswith(tuple(self.begins), begin):
            return Region(start, begin)
        rest = text[begin:]
        if any(opener.startswith(rest) for opener in self.begins):
            return Region(start, len(text), [Found("cut", start, len(text))])
        end = next_marker(text, begin, self.stop)
        if text.startswith(self.format.wrap[1], end):
            end += len(self.format.wrap[1])
        return Region(start, end, [Found("malformed", start, end, why="why_no_call")])


class _Walker:
    """The markers of some formats in one pattern, and who reads what follows each."""

    def __init__(self, formats: tuple[Format, ...]) -> None:
        self.ways: dict[str, list[_Way]] = {}
        self.bare: list[_Way] = []
        for format in formats:
            self._add(format)
        self.alone = len(formats) == 1
        turns = {m for f in formats for m in f.end_of_turn if self.alone or _is_special(m)}
        noise = {m for f in formats for m in (*f.wrap, *(t.end for t in f.templates)) if m}
        self.openers = sorted(self.ways, key=len, reverse=True)
        groups = [
            ("think", [re.escape(m) for m in _THINKING]),
            ("opener", [_opener(m) for m in self.openers]),
            ("turn", sorted(map(re.escape, {*turns, *END_OF_TURN}), key=len, reverse=True)),
            ("noise", [re.escape(m) for m in noise - self.ways.keys()] if self.alone else []),
            (
                "bare",
                [
                    e
                    for b in sorted({w.template.body for w in self.bare if w.template})
                    for e in _BARE[b]
                ],
            ),
        ]
        self._marks = re.compile("|".join(f"(?P<{n}>{'|'.join(e)})" for n, e in groups if e))
        # Without groups, `re` looks for the first characters alone, which is several times faster.
        self._places = re.compile("|".join(e for _, either in groups for e in either))

    def _add(self, format: Format) -> None:
        markers = [m for t in format.templates for m in (t.begin, t.end) if m]
        markers += [m for m in format.wrap if m]
        stop = stopping_at([*dict.fromkeys([*markers, *format.end_of_turn, *END_OF_TURN])])
        for template in format.templates:
            way = _Way(format, template, stop)
            if template.begin:
                self.ways.setdefault(template.begin, []).append(way)
            else:
                self.bare.append(way)
        if format.wrap[0]:
            self.ways.setdefault(format.wrap[0], []).append(_Way(format, None, stop))

    def next(self, text: str, pos: int) -> re.Match[str] | None:
        """The next thing that may matter; its `lastgroup` says what it is."""
        place = self._places.search(text, pos)
        return self._marks.match(text, place.start()) if place else None

    def way(self, marker: str, text: str, pos: int) -> _Way:
        """Who reads what follows `marker`: the first whose form it has, else the first."""
        ways = self.ways[marker]
        return next((way for way in ways if way.fits(text, pos)), ways[0])


def read(text: str, formats: tuple[Format, ...], names: Collection[str], at_limit: bool) -> Reading:
    """The regions of `text`.

    With several formats the first call that shows itself decides for one of them. `names` are those
    of the functions: they tell a call that nothing announces from other text. `at_limit` says that
    the text may end in the middle of a marker.
    """
    walker = _walker(formats)
    reading = Reading(len(text))
    if walker.alone:
        _decide(reading, formats[0])
    pos = broken = others = 0
    while match := walker.next(text, pos):
        kind, pos = match.lastgroup, match.end()
        if kind == "turn":
            reading.end = match.start()
            return reading
        if kind == "think":
            pos = _after_thinking(text, match, reading)
            if pos < 0:
                return reading
        elif kind == "noise":
            reading.noise.append(match.span())
        elif kind != "bare" or others < _MAX_BARE:
            way, region, pos = _region(walker, text, match, names)
            if region is None:
                others += 1
                continue
            reading.regions.append(region)
            broken += sum(found.kind == "malformed" for found in region.found)
            if broken > _MAX_BROKEN:
                rest = Found("malformed", pos, len(text), why="why_many")
                reading.regions.append(Region(pos, len(text), [rest]))
                return reading
            if not walker.alone:
                walker = _walker((way.format,))
                _decide(reading, way.format)
    if at_limit:
        _cut_opener(text, walker.openers, reading)
    return reading


def _region(
    walker: _Walker, text: str, match: re.Match[str], names: Collection[str]
) -> tuple[_Way, Region | None, int]:
    """What stands at an opener, or at something that may be a call, and where to go on."""
    start, pos = match.span()
    if match.lastgroup == "opener":
        # Openers that stand beside each other are one.
        again = pos
        while text.startswith(match[0], again):
            again += len(match[0])
            pos, again = again, after_space(text, again)
        way = walker.way(match[0], text, pos)
        region = way.read(text, start, pos)
        return way, region, max(region.end, pos)
    body = "python" if match[0].endswith("(") else "calls" if match[0][0] == "[" else "call"
    way = _bare_way(walker.bare, body)
    region, pos = way.bare.read_bare(text, start, names)  # pyright: ignore[reportOptionalMemberAccess]
    return way, region, max(pos, start + 1)


def _bare_way(ways: list[_Way], body: str) -> _Way:
    """Whose form a bare value has. Objects and lists of them are read by either's reader."""
    bodies = {way.template.body: way for way in ways if way.template}
    other = {"call": "calls", "calls": "call"}.get(body, body)
    return bodies.get(body) or bodies[other]


def _decide(reading: Reading, format: Format) -> None:
    reading.format, reading.separator = format.id, format.separator.strip()


def _after_thinking(text: str, match: re.Match[str], reading: Reading) -> int:
    """Where the answer goes on after thoughts; -1 where it does not."""
    close = _THINKING[match[0]]
    end = text.find(close, match.end())
    stop = end if end >= 0 else len(text)
    turn = _TURN.search(text, match.end(), stop)
    if turn:
        reading.end = turn.start()
        return -1
    return end + len(close) if end >= 0 else -1


_TURN = re.compile("|".join(map(re.escape, END_OF_TURN)))


def _cut_opener(text: str, openers: Iterable[str], reading: Reading) -> None:
    """A cut-off text may end in the middle of an opener."""
    after = reading.regions[-1].end if reading.regions else 0
    longest = 0
    for opener in openers:
        for length in range(min(len(opener) - 1, len(text) - after), _LEAST_CUT - 1, -1):
            if text.endswith(opener[:length]):
                longest = max(longest, length)
                break
    if longest:
        start = len(text) - longest
        reading.regions.append(Region(start, len(text), [Found("cut", start, len(text))]))


def _opener(marker: str) -> str:
    # A word is no marker by itself: `functools` opens a call only before a bracket.
    return re.escape(marker) + (r"(?=\[)" if marker[-1].isalnum() else "")


def _is_special(marker: str) -> bool:
    """Whether no prose would hold it, so that it may count before the format is known."""
    return "|" in marker or "｜" in marker or "_of_turn" in marker


@lru_cache(maxsize=64)
def _walker(formats: tuple[Format, ...]) -> _Walker:
    return _Walker(formats)


def _reader(
    format: Format, template: Template, stop: re.Pattern[str]
) -> ObjectReader | PythonReader | ArgumentsReader | ParametersReader | EscapedReader:
    match template.body:
        case "call" | "calls":
            return ObjectReader(format, template.end, stop)
        case "python":
            return PythonReader(template.end, stop)
        case "arguments":
            return ArgumentsReader(format, template, stop)
        case "parameters":
            return ParametersReader(format, template, stop)
        case "escaped":
            return EscapedReader(format, template, stop)


def _bare_reader(
    format: Format, template: Template | None, stop: re.Pattern[str]
) -> BareReader | PythonReader | None:
    if template is None or template.begin:
        return None
    if template.body == "python":
        return PythonReader(template.end, stop)
    return BareReader(format, template.end, stop)
