"""From a template and its values to what a person types: moods, small talk, sloppy typing."""

from __future__ import annotations

import random
import re

from lora_ui.embedded.tasks.base import Split

from .data import load
from .grammar import Slot
from .values import Drawn

Piece = tuple[str, bool]
"""Some text, and whether it is a value (which must stay as it is)."""

_PHRASES = load("phrases")
_MOODS, _OPENINGS, _ENDINGS = (
    tuple(_PHRASES[key].splitlines()) for key in ("moods", "openings", "endings")
)
_VERBS = frozenset(_PHRASES["verbs"].split())
_NO_STATEMENT = re.compile(
    r"(?i)(can|could|please|meet|call|don't|good|happy|congrats|thanks|where|what|who|how|why|let's|see|excuse|running)\\b"
)
"""Texts that cannot follow "tell them that …"."""


def _for(split: Split, options: tuple[str, ...]) -> tuple[str, ...]:
    """Every eighth option, from the sixth on, is held out."""
    heldout = split == "heldout"
    return tuple(o for number, o in enumerate(options) if (number % 8 == 5) == heldout)


def moods(split: Split) -> tuple[str, ...]:
    """Frames around an imperative."""
    return _for(split, _MOODS)


def render(rng: random.Random, parts: list[str | Slot], said: dict[str, Drawn]) -> list[Piece]:
    """Put the values into an expanded template."""
    pieces: list[Piece] = []
    for part in parts:
        if isinstance(part, str):
            pieces.append((part, False))
            continue
        drawn = said[part.param]
        if pieces and pieces[-1][0].endswith(" that ") and _NO_STATEMENT.match(drawn.text):
            pieces[-1] = (pieces[-1][0].removesuffix(" that ") + ": ", False)
        if part.mode == "@" and drawn.preposition:
            pieces.append((f"{drawn.preposition} ", False))
        if part.mode == '"' and (rng.random() < 0.7 or drawn.text[-1] in ".!?"):
            marks = ['""', '""', "“”"] + (["''"] if "'" not in drawn.text else [])
            left, right = rng.choice(marks)
            pieces += [(left, False), (drawn.text, True), (right, False)]
        else:
            if drawn.text.startswith("the ") and drawn.text == f"the {drawn.value}":
                pieces += [("the ", False), (drawn.text[4:], True)]
                continue
            # words that merely imply a value, such as "keep it private", are not copied
            pieces.append((drawn.text, not part.words))
    return _tidy(pieces)


def _tidy(pieces: list[Piece]) -> list[Piece]:
    """Fix spaces and articles where optional parts and values meet."""
    merged: list[Piece] = []
    for text, fixed in pieces:
        if merged and not fixed and not merged[-1][1]:
            text = merged.pop()[0] + text
        if merged and fixed and not merged[-1][1]:
            before = merged[-1][0]
            if re.search(r"(^|\s)[Aa]n? $", before):
                vowel = bool(re.match(r"(?!uni|euro|one|use)[aeiou]|8|11\b|18\b", text.lower()))
                merged[-1] = (re.sub(r"n? $", "n " if vowel else " ", before), False)
        if text:
            merged.append((text, fixed))
    return [
        (
            text
            if fixed
            else re.sub(r" ([,.?!]|'(?:d|ve|m|ll|re)\b)", r"\1", re.sub(r"  +", " ", text)),
            fixed,
        )
        for text, fixed in merged
    ]


def _typo(rng: random.Random, pieces: list[Piece]) -> list[Piece]:
    """Swap two letters in a word that is no value."""
    spots = [
        i for i, (text, fixed) in enumerate(pieces) if not fixed and re.search(r"[a-z]{5,}", text)
    ]
    if not spots:
        return pieces
    index = rng.choice(spots)
    word = rng.choice(re.findall(r"[a-z]{5,}", pieces[index][0]))
    at = rng.randrange(1, len(word) - 2)
    wrong = word[:at] + word[at + 1] + word[at] + word[at + 2 :]
    return [
        *pieces[:index],
        (pieces[index][0].replace(word, wrong, 1), False),
        *pieces[index + 1 :],
    ]


def is_imperative(pieces: list[Piece]) -> bool:
    """Whether "could you …?" may be put around the wish."""
    first, fixed = pieces[0]
    whole = "".join(text for text, is_value in pieces if not is_value)
    return not fixed and first.split(" ")[0] in _VERBS and not re.search(r"[.?!:](\s|$)", whole)


def speak(rng: random.Random, pieces: list[Piece], split: Split) -> str:
    """The final wish."""
    if is_imperative(pieces) and rng.random() < 0.5:
        left, right = rng.choice(moods(split)).split("{}")
        if pieces[-1][0].endswith("please"):
            right = right.replace("please", "").rstrip(", ")
        pieces = [(left, False), *pieces, (right, False)]
    lower = rng.random() < 0.14
    if rng.random() < 0.01:
        pieces = _typo(rng, pieces)
    if lower:
        text = "".join(text if fixed else text.lower() for text, fixed in pieces)
    else:
        text = "".join(text for text, _ in pieces)
        if not pieces[0][1] or pieces[0][0][0].islower():
            text = text[0].upper() + text[1:] if not pieces[0][1] else text
    text = (
        re.sub(r"  +", " ", text).strip()
        if "  " not in "".join(t for t, fixed in pieces if fixed)
        else text.strip()
    )
    ends = text[-1] in ".?!…"
    if (
        not ends
        and not lower
        and rng.random() < 0.55
        and not re.search(r"(https?:|www\.)\S*$", text)
    ):
        asks = re.match(
            r"(can|could|would|will|do (?!me)|does|is|are|what|who|how|where|should)\b",
            text.lower(),
        )
        text += "?" if asks else "." if rng.random() < 0.9 else "!"
        ends = True
    if rng.random() < 0.12:
        lead = rng.choice(_for(split, _OPENINGS))
        text = f"{lead} {text if lead[-1] in '.!?' else _continue(text, pieces)}"
        text = text[0].lower() + text[1:] if lower else text
    if rng.random() < 0.08 and (ends or lower):
        text += ("" if ends else ".") + " " + rng.choice(_for(split, _ENDINGS))
    return text


def _continue(text: str, pieces: list[Piece]) -> str:
    """Go on in mid-sentence: a lower-case start unless the first word is a value or "I"."""
    if not text or (pieces and pieces[0][1]) or re.match(r"I\b|Dr\b|[A-Z]{2}", text):
        return text
    return text[0].lower() + text[1:]
