"""A word diff between two answers, for reading them side by side."""

from __future__ import annotations

import re
from difflib import SequenceMatcher
from typing import Literal, NamedTuple

LIMIT_WORDS = 2000
"""Words and gaps compared on each side: difflib's worst case grows with their product."""

_PIECES = re.compile(r"\s+|\w+|[^\w\s]")

Kind = Literal["same", "added", "removed"]


class Piece(NamedTuple):
    """A stretch of text: in both answers, only in the new one, or only in the old one."""

    kind: Kind
    text: str


def word_diff(old: str, new: str) -> list[Piece]:
    """What to take away from `old` and add to it to get `new`, word by word.

    The pieces that are not "removed" always make up `new`, those not "added" make up `old`. Beyond
    `LIMIT_WORDS` the rest is not compared: it counts as one replaced stretch.
    """
    old_words, old_rest = _split(old)
    new_words, new_rest = _split(new)
    pieces: list[Piece] = []
    matcher = SequenceMatcher(None, old_words, new_words, autojunk=False)
    for tag, i1, i2, j1, j2 in matcher.get_opcodes():
        if tag == "equal":
            _add(pieces, "same", "".join(new_words[j1:j2]))
            continue
        _add(pieces, "removed", "".join(old_words[i1:i2]))
        _add(pieces, "added", "".join(new_words[j1:j2]))
    if old_rest == new_rest:
        _add(pieces, "same", new_rest)
    else:
        _add(pieces, "removed", old_rest)
        _add(pieces, "added", new_rest)
    return pieces


def _split(text: str) -> tuple[list[str], str]:
    """The first words and gaps of `text`, and what lies beyond the limit."""
    words: list[str] = []
    end = 0
    for match in _PIECES.finditer(text):
        if len(words) == LIMIT_WORDS:
            break
        words.append(match.group())
        end = match.end()
    return words, text[end:]


def _add(pieces: list[Piece], kind: Kind, text: str) -> None:
    """Append `text`, joined to the last piece when that is of the same kind."""
    if not text:
        return
    if pieces and pieces[-1].kind == kind:
        pieces[-1] = Piece(kind, pieces[-1].text + text)
    else:
        pieces.append(Piece(kind, text))
