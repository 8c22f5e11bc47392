"""Getting past things: white space, code fences, and values that cannot be read."""

from __future__ import annotations

import re

_SPACE = re.compile(r"\s*")
_FENCE = re.compile(r"```[\w+-]*[ \t]*\r?\n?\s*")


def after_space(text: str, pos: int) -> int:
    """The position of the next character that is no white space, or the end."""
    return _SPACE.match(text, pos).end()  # pyright: ignore[reportOptionalMemberAccess]


def after_fence(text: str, pos: int) -> int:
    """Past white space and the opening of a code fence, if there is one."""
    pos = after_space(text, pos)
    fence = _FENCE.match(text, pos)
    return fence.end() if fence else pos


def skip_balanced(text: str, pos: int, depth: int, stop: re.Pattern[str]) -> tuple[int, bool]:
    """Where a value that is `depth` brackets deep at `pos` ends, and whether that many close.

    It ends before what `stop` finds, too. Brackets in strings do not count; a string ends with its
    line. `stop` must be a pattern made by `stopping_at`.
    """
    for match in stop.finditer(text, pos):
        if match.lastgroup == "open":
            depth += len(match[0])
        elif match.lastgroup == "close":
            if len(match[0]) >= depth:
                return match.start() + depth, True
            depth -= len(match[0])
        elif match.lastgroup == "marker":
            return match.start(), False
    return len(text), False


def stopping_at(markers: list[str]) -> re.Pattern[str]:
    """The pattern that `skip_balanced` takes, for these markers."""
    either = "|".join(re.escape(marker) for marker in sorted(markers, key=len, reverse=True))
    marker = rf"(?P<marker>{either})|" if either else ""
    return re.compile(
        marker + r'(?P<string>"(?:[^"\\\n]++|\\.)*+")|(?P<open>[\[{(]+)|(?P<close>[\]})]+)'
    )
