"""Regular expressions as part of a grammar, with an end.

Grammars know less than JSON Schema's expressions. Only what surely means the same is let through,
and what repeats without an end is given one. Where a pattern does not hold on to the start or the
end of a string, other characters may stand there.
"""

from __future__ import annotations

import re
from collections.abc import Callable

MOST_REPEATS = 32
"""How often what a pattern repeats without an end may be repeated."""
MOST_STATES = 500
"""Repeats inside repeats multiply; patterns beyond this are left out."""

KEPT_OUT = r'"\\<\x00-\x1f'
"""What no pattern writes, as part of a class: it means something to the formats around."""

_PIECE = re.compile(
    r"""
    (?P<class>\[\^?(?:[^\[\]\\"<\x00-\x1f^]|\\[dws.\-\]\[/+*?(){}|^$@_])+\])
  | (?P<escape>\\[dDwWsS.\-\]\[/+*?(){}|^$@_])
  | (?P<any>\.)
  | (?P<open>\((?:\?:)?(?!\?))
  | (?P<close>\))
  | (?P<repeat>(?:[*+?]|\{\d{1,4}(?:,\d{0,4})?\})(?![?+]))
  | (?P<start>\^)
  | (?P<end>\$)
  | (?P<or>\|)
  | (?P<literal>[^\[\](){}*+?|^$\\"<.\x00-\x1f])
    """,
    re.VERBOSE,
)
_SETS = {"d": "0-9", "w": "a-zA-Z0-9_", "s": " "}


def in_grammar(pattern: str, rule: Callable[[str], str]) -> str | None:
    """`pattern` as an expression of a grammar, or None where it says more than a grammar knows.

    `rule` makes a rule of an expression and returns its name: what is repeated has one of its own.
    """
    try:
        re.compile(pattern)
    except (re.error, RecursionError, OverflowError):
        return None
    groups: list[list[str]] = [[]]
    weights = [0]  # how many states what the open groups hold may take
    last, at, ended = 0, 0, False
    while at < len(pattern):
        found = _PIECE.match(pattern, at)
        if found is None:
            return None
        kind, text, at = found.lastgroup, found[0], found.end()
        held = groups[-1]
        opens = not held or held[-1] == "|"
        if kind in ("start", "end") and len(groups) > 1:
            return None
        if (kind == "start" and not opens) or (ended and kind != "or"):
            return None
        ended = kind == "end"
        if kind == "open":
            groups.append([])
            weights.append(0)
        elif kind == "close":
            last, inner = weights.pop(), groups.pop()
            weights[-1] += last
            groups[-1].append(f"({' '.join(inner) or _NOTHING})")
        elif kind == "repeat":
            text, times = _ended(text)
            weights[-1] += last * (times - 1)
            held[-1] = f"{rule(held[-1])}{text}"
        elif kind == "or":
            held.append("|")
        elif kind in ("start", "end"):
            held.append(text)
        else:
            last = 1
            weights[-1] += 1
            held.append(_one(text))
        if weights[-1] > MOST_STATES:
            return None
    other = f"{rule(_one('.'))}{{0,{MOST_REPEATS}}}"
    return _surrounded(groups[0], other)


def _surrounded(pieces: list[str], other: str) -> str:
    """The alternatives of a pattern, with `other` characters where they are not held fast."""
    ways: list[list[str]] = [[]]
    for piece in pieces:
        if piece == "|":
            ways.append([])
        else:
            ways[-1].append(piece)
    written: list[str] = []
    for way in ways:
        before = [] if way[:1] == ["^"] else [other]
        after = [] if way[-1:] == ["$"] else [other]
        inner = [piece for piece in way if piece not in ("^", "$")]
        written.append(" ".join((*before, *inner, *after)) or _NOTHING)
    return " | ".join(written)


_NOTHING = '""'


def _one(text: str) -> str:
    """One character's piece of a pattern, as a class of a grammar."""
    if text == ".":
        return f"[^{KEPT_OUT}]"
    if text.startswith("["):
        negated = text[1] == "^"
        inner = re.sub(r"\\([dws])", lambda m: _SETS[m[1]], text[2 if negated else 1 : -1])
        return f"[^{inner}{KEPT_OUT}]" if negated else f"[{inner}]"
    if text.startswith("\\"):
        letter = text[1]
        if letter in _SETS:
            return f"[{_SETS[letter]}]"
        if letter.lower() in _SETS:
            return f"[^{_SETS[letter.lower()]}{KEPT_OUT}]"
        return f'"{letter}"'
    return f'"{text}"'


def _ended(repeat: str) -> tuple[str, int]:
    """A repeat with an end, and how many times it is at most."""
    if repeat == "?":
        return repeat, 1
    if repeat in ("*", "+"):
        return f"{{{int(repeat == '+')},{MOST_REPEATS}}}", MOST_REPEATS
    low, comma, high = repeat[1:-1].partition(",")
    if comma and not high:
        most = int(low) + MOST_REPEATS
        return f"{{{low},{most}}}", most
    return repeat, int(high or low)
