"""Bodies that are JSON objects with a name and arguments, alone, in a row or in a list."""

from __future__ import annotations

import re
from collections.abc import Collection

from lora_ui.functions.formats.values import Format
from lora_ui.functions.reading.found import Found, Region, call_from, cut_from
from lora_ui.functions.scanning import (
    Scan,
    after_fence,
    after_space,
    scan_json,
    scan_python,
    skip_balanced,
)

_STRAY = re.compile(r"[\s}\]]*")
_BETWEEN = re.compile(r"[\s}\];,]*")
_FENCE_END = re.compile(r"\s*```(?![\w`])")
_OF_A_CALL = {"name", "arguments", "parameters", "type", "id"}


class ObjectReader:
    """Reads `{call}` and `{calls}` of one format; each takes the other's form, too."""

    def __init__(self, format: Format, end: str, stop: re.Pattern[str]) -> None:
        self.keys = format.arguments_keys
        self.quoted = self.keys if format.quote else ()
        self.stop = stop
        self.end = end
        self.several = bool(end) or ";" in format.separator

    def read(self, text: str, start: int, pos: int) -> Region:
        """The calls behind an opener that stands from `start` to `pos`."""
        begin = after_fence(text, pos)
        if begin >= len(text):
            return Region(start, len(text), [Found("cut", start, len(text))])
        if text[begin] not in "{[":
            return self._no_object(text, start, begin)
        region = Region(start, begin)
        while True:
            if text[begin] == "[":
                begin = self._list(text, begin, region)
            else:
                found, begin = self.one(text, begin)
                region.found.append(found)
            region.end = begin = self._after(text, begin)
            if self.end and text.startswith(self.end, begin):
                region.end = begin + len(self.end)
                return region
            if not (self.several and begin < len(text) and text[begin] in "{["):
                return region

    def one(self, text: str, pos: int) -> tuple[Found, int]:
        """The call whose brace is at `pos`, and where reading goes on."""
        return self.found(text, pos, self.scan(text, pos))

    def scan(self, text: str, pos: int) -> Scan:
        """The object at `pos` as JSON or as Python, whichever reads further."""
        scan = scan_json(text, pos, self.quoted)
        return scan if scan.ok else _further(scan, scan_python(text, pos))

    def found(self, text: str, pos: int, scan: Scan) -> tuple[Found, int]:
        """What `scan` makes of the object at `pos`, and where reading goes on."""
        if scan.ok:
            return call_from(scan, pos, self.keys), scan.end
        if scan.status == "cut":
            return cut_from(scan, pos, len(text), self.keys), len(text)
        end = self.give_up(text, scan)
        return Found("malformed", pos, end, why=scan.why), end

    def give_up(self, text: str, scan: Scan) -> int:
        """Where a value ends that cannot be read.

        A string that is not closed runs on to the next quote, over whatever markers stand between:
        they are looked for from where the last string began.
        """
        marker = self._swallowed(text, scan)
        if marker >= 0:
            return marker
        return skip_balanced(text, scan.end, scan.depth, self.stop)[0]

    def _swallowed(self, text: str, scan: Scan) -> int:
        """Where the first marker stands that the last string of a scan ran over, or -1."""
        if not 0 <= scan.last_string < scan.end:
            return -1
        marker = self.stop.search(text, scan.last_string, scan.end)
        while marker and marker.lastgroup != "marker":
            marker = self.stop.search(text, max(marker.start() + 1, 0), scan.end)
        return marker.start() if marker else -1

    def _list(self, text: str, pos: int, region: Region) -> int:
        """The members of the list whose bracket is at `pos`; returns where it ends."""
        opened, pos, waiting = pos, pos + 1, True
        while True:
            pos = after_space(text, pos)
            char = text[pos : pos + 1]
            if char == "]":
                return pos + 1
            if not char:
                if waiting:
                    region.found.append(Found("cut", opened, len(text)))
                return pos
            if char == ",":
                pos, waiting = pos + 1, True
                continue
            marker = self.stop.match(text, pos)
            if marker and marker.lastgroup == "marker":
                if waiting and not region.found:
                    region.found.append(Found("malformed", opened, pos, why="why_no_object"))
                return pos
            waiting = False
            found, pos = self.one(text, pos) if char == "{" else self._other(text, pos)
            region.found.append(found)

    def _other(self, text: str, pos: int) -> tuple[Found, int]:
        """A member of a list that is no object."""
        scan = _further(scan_json(text, pos), scan_python(text, pos))
        if scan.ok:
            return Found("malformed", pos, scan.end, why="why_no_object"), scan.end
        if scan.status == "cut":
            return Found("cut", pos, len(text)), len(text)
        end, _ = skip_balanced(text, scan.end, scan.depth + 1, self.stop)
        # The bracket that closes the list stays for the list to see.
        end = end - 1 if text[end - 1 : end] in ("]", "}") and end - 1 > pos else end
        return Found("malformed", pos, end, why=scan.why), max(end, pos + 1)

    def _after(self, text: str, pos: int) -> int:
        """Past stray closing braces, the end of a fence, and what may stand between two calls."""
        end = _STRAY.match(text, pos).end()  # pyright: ignore[reportOptionalMemberAccess]
        fence = _FENCE_END.match(text, end)
        end = after_space(text, fence.end()) if fence else end
        if self.several:
            between = _BETWEEN.match(text, end).end()  # pyright: ignore[reportOptionalMemberAccess]
            if text.startswith(("{", "["), between):
                return between
        if self.end and text.startswith(self.end, end):
            return end
        closers = text[pos:end].rstrip()
        return pos + len(closers)

    def _no_object(self, text: str, start: int, pos: int) -> Region:
        """What stands behind an opener and is neither an object nor a list."""
        if self.end and text.startswith(self.end, pos):
            end = pos + len(self.end)
            return Region(start, end, [Found("malformed", start, end, why="why_empty")])
        if len(text) - pos < len(self.end) and self.end.startswith(text[pos:]):
            return Region(start, len(text), [Found("cut", start, len(text))])
        marker = next_marker(text, pos, self.stop)
        if self.end and text.startswith(self.end, marker):
            end = marker + len(self.end)
            return Region(start, end, [Found("malformed", start, marker, why="why_no_json")])
        line = text.find("\n", pos, marker)
        end = marker if line < 0 else line
        return Region(start, end, [Found("malformed", start, end, why="why_no_json")])


class BareReader(ObjectReader):
    """Objects that no marker announces: one counts when it has the form of a call."""

    def read_bare(self, text: str, pos: int, names: Collection[str]) -> tuple[Region | None, int]:
        """The calls at `pos`, or None with where to look further."""
        if text[pos] == "[":
            region = Region(pos, pos)
            end = self._list(text, pos, region)
            if not any(self._is_like(text, found.start, names) for found in region.found):
                return None, max(end, pos + 1)
            region.end = self._after(text, end)
            return region, region.end
        scan = self.scan(text, pos)
        if not self._like(text, scan, names):
            return None, self._past(text, pos, scan)
        found, end = self.found(text, pos, scan)
        region = Region(pos, self._after(text, end), [found])
        return region, region.end

    def _past(self, text: str, pos: int, scan: Scan) -> int:
        """Where to look for a call behind something that is none.

        Not where its brackets close: that is looked for to the end of the text where they don't,
        and a text may hold any number of them.
        """
        if scan.status != "bad":
            return scan.end
        end = max(scan_json(text, pos).end, pos + 1)
        marker = self._swallowed(text, scan)
        return end if marker < 0 else min(end, marker)

    def _is_like(self, text: str, pos: int, names: Collection[str]) -> bool:
        return text.startswith("{", pos) and self._like(text, self.scan(text, pos), names)

    def _like(self, text: str, scan: Scan, names: Collection[str]) -> bool:
        """Whether something bare is meant as a call."""
        value = scan.value if isinstance(scan.value, dict) else {}
        keys = {*value, *([scan.key] if scan.key else [])}
        if not keys <= _OF_A_CALL or "name" not in keys:
            return False
        if any(key in keys for key in self.keys):
            return True
        if scan.ok:
            return False
        name = value.get("name")
        if name is None and scan.last_string >= 0:
            written = text[scan.last_string + 1 : scan.end]
            return any(known.startswith(written) for known in names)
        return isinstance(name, str) and name in names


def next_marker(text: str, pos: int, stop: re.Pattern[str]) -> int:
    """Where the next marker begins, or the end of the text."""
    for match in stop.finditer(text, pos):
        if match.lastgroup == "marker":
            return match.start()
    return len(text)


def _further(one: Scan, other: Scan) -> Scan:
    """The scan that read more: it says best what is wrong, or it is the right one."""
    if other.ok or (not one.ok and other.end > one.end):
        return other
    return one
