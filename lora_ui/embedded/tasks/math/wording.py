"""From wordings to problems: a small template language, and the draw of people, things and numbers.

A wording is a sentence pattern:

- `[this|that|]` picks one alternative (they nest);
- `{slot}` is filled from the draw: words as they are, numbers as digits or words;
  `{n#}` stands right before its noun, so it may read "a dozen"; `{p$}` is an amount of money;
- `@have/had` is a verb of the main person, agreeing with them, in the tense of the
  problem (`@have`: always present);
  `@@give/gave` is the same for anybody else, `@@@give/gave` for several.
"""

from __future__ import annotations

import re
import tomllib
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from decimal import Decimal
from functools import cache
from pathlib import Path
from random import Random
from typing import TypeVar

from lora_ui.embedded.tasks.math.calc import Number, show
from lora_ui.embedded.tasks.math.phrases import Phrases
from lora_ui.embedded.tasks.math.words import Lexicon, Noun, Person, plural

T = TypeVar("T")
Steps = tuple[list[str], Number]
"""The reasoning lines and the answer."""

_IRREGULAR = {"have": "has", "do": "does", "go": "goes", "be": "is", "was": "was"}
_SMALL = (
    "zero",
    "one",
    "two",
    "three",
    "four",
    "five",
    "six",
    "seven",
    "eight",
    "nine",
    "ten",
    "eleven",
    "twelve",
    "thirteen",
    "fourteen",
    "fifteen",
    "sixteen",
    "seventeen",
    "eighteen",
    "nineteen",
)
_TENS = (
    "zero",
    "ten",
    "twenty",
    "thirty",
    "forty",
    "fifty",
    "sixty",
    "seventy",
    "eighty",
    "ninety",
)
_DOZENS = {2: "a couple of", 6: "half a dozen", 12: "a dozen", 24: "two dozen", 36: "three dozen"}
_CURRENCIES = ("${}",) * 14 + ("{} dollars",) * 4 + ("€{}", "£{}", "{} euros", "{} pounds")
_CHOICE = re.compile(r"\[([^\[\]]*)\]")
_SLOT = re.compile(r"\{(\w+)([#$]?)\}")
_VERB = re.compile(r"(@{1,3})(\w+)(?:/(\w+))?")
_GAP = re.compile(r"(?<!=) +(?=[.,?!]|$)| (?= )")
_ARTICLE = re.compile(r"\b([Aa]) (?=[$€£]?(?:8\d*|11|18)\b|eight|eleven)")
_START = re.compile(r"(^|[.?!]\s+)([a-z])")


def in_words(n: int) -> str:
    """Spell out an integer below one hundred."""
    if n < 20:
        return _SMALL[n]
    return _TENS[n // 10] + (f"-{_SMALL[n % 10]}" if n % 10 else "")


@cache
def third_person(verb: str) -> str:
    """The form for he, she and it."""
    if verb in _IRREGULAR:
        return _IRREGULAR[verb]
    if verb.endswith("y") and verb[-2] not in "aeiou":
        return verb[:-1] + "ies"
    return verb + ("es" if verb.endswith(("s", "x", "ch", "sh", "z")) else "s")


def expand(rng: Random, wording: str) -> str:
    """Settle every `[…|…]`, innermost first, and close the gaps that empty alternatives leave."""
    while "[" in wording:
        wording = _CHOICE.sub(lambda m: rng.choice(m[1].split("|")), wording)
    return _GAP.sub("", wording)


@dataclass
class Draw(Phrases):
    """One problem in the making: what families take people, things and numbers from."""

    rng: Random
    words: Lexicon
    heldout: bool
    slots: dict[str, object] = field(default_factory=dict)

    def __post_init__(self) -> None:
        rng = self.rng
        self.person = rng.choices((1, 2, 3), (17, 12, 71))[0]
        self.past = rng.random() < 0.55
        self.spelled = rng.choices((0.0, 0.5, 1.0), (80, 12, 8))[0]
        self.currency = rng.choice(_CURRENCIES)
        pool = self.words.roles if rng.random() < 0.1 else self.words.people
        self.main, second, third = (
            rng.choice(pool),
            rng.choice(self.words.people),
            rng.choice(self.words.people),
        )
        while second.pronouns == self.main.pronouns or " " in second.name:
            second = rng.choice(self.words.people)
        while third in (self.main, second) or " " in third.name:
            third = rng.choice(self.words.people)
        self._name_main(self.main)
        self.put(B=second.name, Bs=f"{second.name}'s", C=third.name, Cs=f"{third.name}'s")
        self.put(**dict(zip(("Bhe", "Bhis", "Bhim"), second.pronouns, strict=True)))
        self.put(color=rng.choice(self.words.colors))
        self.noun("collect", "toy")
        self.noun("costly", "item")

    def _name_main(self, main: Person) -> None:
        name, together = main.name, ("they", "their", "them")
        if self.person == 1:
            name, possessive, (he, his, him), together = (
                "I",
                "my",
                ("I", "my", "me"),
                ("we", "our", "us"),
            )
        elif self.person == 2:
            name, possessive, (he, his, him), together = (
                "you",
                "your",
                ("you", "your", "you"),
                ("you", "your", "you"),
            )
        else:
            possessive, (he, his, him) = f"{name}'s", main.pronouns
        self.put(
            A=name, Aobj=name if self.person == 3 else him, As=possessive, he=he, his=his, him=him
        )
        self.put(they=together[0], their=together[1], them=together[2])

    def put(self, **slots: object) -> None:
        """Fill slots."""
        self.slots.update(slots)

    def whole(self, low: int, high: int, step: int = 1) -> int:
        """A number of [low, high], a multiple of `step` above `low`."""
        return self.rng.randrange(low, high + 1, step)

    def pick(self, options: Sequence[T]) -> T:
        """One of `options`."""
        return self.rng.choice(options)

    def size(self, low: int = 3, high: int = 1000) -> int:
        """A count of things: mostly below 100, small ones most often."""
        top = min(high, self.rng.choices((20, 50, 100, 300, 1000), (45, 38, 13, 3, 1))[0])
        n = self.rng.randint(low, max(low, top))
        return n // 10 * 10 if n > 200 and self.rng.random() < 0.6 else n

    def price(self, low: int, high: int, whole: float = 0.72) -> Number:
        """A price: whole, or with cents that people meet in shops."""
        units = self.rng.randint(low, max(low, high))
        if self.rng.random() < whole:
            return units
        cents = self.rng.choice(("50", "50", "50", "50", "25", "75", "20", "40", "10", "80"))
        return Decimal(f"{units}.{cents}")

    def noun(self, kind: str, slot: str = "thing") -> Noun:
        """A noun of a kind, put as `{slot}` and its plural; never one that is in use."""
        while True:
            noun = self.rng.choice(self.words.nouns[kind])
            if noun.many not in self.slots.values():
                return self.name(noun, slot)

    def name(self, noun: Noun, slot: str) -> Noun:
        """Put a noun as `{slot}`, its plural and `{a_slot}`: `{box}`, `{boxes}`, `{a_box}`."""
        self.slots[slot], self.slots[plural(slot)], self.slots["a_" + slot] = (
            noun.one,
            noun.many,
            noun.indefinite,
        )
        return noun

    def box(self, slot: str = "box") -> Noun:
        """A container."""
        return self.name(self.rng.choice(self.words.containers), slot)

    def good(self, slot: str = "good") -> tuple[Noun, Number]:
        """Something to buy and its price; never one that is in use."""
        while True:
            noun, low, high = self.rng.choice(self.words.priced)
            if noun.many not in self.slots.values():
                return self.name(noun, slot), self.price(low, high)

    def fill(self, wording: str) -> str:
        """The finished text of an expanded wording."""
        seen = 0

        def slot(match: re.Match[str]) -> str:
            nonlocal seen
            key, mark = match.groups()
            value = self.slots[key]
            if isinstance(value, (int, Decimal)):
                tight = wording[match.end() : match.end() + 1] in ("%", "-")
                return show(value) if tight else self._number(value, mark)
            text = str(value)
            if key in ("A", "As", "Aobj") and self.person == 3 and self.main.role:
                seen += 1
                text = f"{'the' if seen > 1 else Noun(text, '').indefinite.split()[0]} {text}"
            return text

        def verb(match: re.Match[str]) -> str:
            mark, present, past = match.groups()
            if past and self.past:
                return past
            if mark == "@@@":
                return present
            if mark == "@@" or self.person == 3:
                return third_person(present)
            if present == "be":
                return "am" if self.person == 1 else "are"
            if present == "was":
                return "was" if self.person == 1 else "were"
            return present

        wording = _VERB.sub(verb, wording)
        text = _ARTICLE.sub(r"\1n ", _SLOT.sub(slot, wording))
        return _START.sub(lambda m: m[1] + m[2].upper(), text)

    def _number(self, value: Number, mark: str) -> str:
        if mark == "$":
            whole = value == int(value)
            if not whole and value < 1 and self.rng.random() < 0.6:
                return f"{int(value * 100)} cents"
            exact = self.rng.random() < 0.04
            text = f"{int(value):,}" if whole and not exact else f"{value:.2f}"
            unit = self.currency
            return (
                unit.format(text).removesuffix("s")
                if text == "1" and unit.endswith("s")
                else unit.format(text)
            )
        if (
            isinstance(value, int)
            and 0 < value < 100
            and self.spelled
            and self.rng.random() < self.spelled
        ):
            if mark == "#" and value in _DOZENS and self.rng.random() < 0.4:
                return _DOZENS[value]
            return in_words(value)
        if (
            isinstance(value, int)
            and mark == "#"
            and value in _DOZENS
            and value != 2
            and self.rng.random() < 0.06
        ):
            return _DOZENS[value]
        return (
            f"{value:,}"
            if isinstance(value, int) and value >= 1000 and self.rng.random() < 0.5
            else show(value)
        )


@dataclass(frozen=True)
class Family:
    """A kind of problem: its wordings by split, and the function that draws it and solves it.

    `solve` fills the slots and returns the steps. `extras` allows an irrelevant sentence.
    """

    name: str
    steps: int
    train: tuple[str, ...]
    heldout: tuple[str, ...]
    solve: Callable[[Draw], Steps]
    extras: bool
    weight: float


FAMILIES: dict[str, Family] = {}
"""Every family, by name, in the order of definition."""
_DATA = Path(__file__).with_name("data")
_HELD_EVERY, _HELD_AT = 7, 3
"""Every seventh wording of a family, from the fourth on, is held out."""


@cache
def tables() -> dict[str, dict]:
    """The weights and wordings of all families, from `data/*.toml`."""
    return {
        name: table
        for path in sorted(_DATA.glob("*.toml"))
        for name, table in tomllib.loads(path.read_text(encoding="utf-8")).items()
    }


def family(
    steps: int, *, extras: bool = True
) -> Callable[[Callable[[Draw], Steps]], Callable[[Draw], Steps]]:
    """Register the decorated solver as a family of about `steps` reasoning lines."""

    def register(solve: Callable[[Draw], Steps]) -> Callable[[Draw], Steps]:
        name = solve.__name__
        table = tables()[name]
        wordings = table["wordings"]
        held = [w for i, w in enumerate(wordings) if i % _HELD_EVERY == _HELD_AT]
        if wordings == ["{story}"]:
            held = wordings
        train = tuple(w for w in wordings if w not in held or w == "{story}")
        FAMILIES[name] = Family(name, steps, train, tuple(held), solve, extras, table["weight"])
        return solve

    return register
