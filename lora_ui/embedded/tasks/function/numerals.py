"""Numbers as people say them: amounts, percentages, durations."""

from __future__ import annotations

import random
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any


@dataclass(frozen=True)
class Drawn:
    """One value: `text` is how the wish says it, `hint` what a description should mention."""

    value: Any
    text: str
    schema: dict[str, Any] = field(default_factory=lambda: {"type": "string"})
    hint: str = ""
    preposition: str = ""


_SMALL = (
    "zero", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine", "ten",
    "eleven", "twelve", "thirteen", "fourteen", "fifteen", "sixteen", "seventeen", "eighteen",
    "nineteen",
)  # fmt: skip
_TENS = {
    20: "twenty",
    30: "thirty",
    40: "forty",
    50: "fifty",
    60: "sixty",
    70: "seventy",
    80: "eighty",
    90: "ninety",
}


def in_words(number: int) -> str | None:
    """Small and round numbers in words; None where people write digits."""
    if 0 <= number < len(_SMALL):
        return _SMALL[number]
    if number in _TENS:
        return _TENS[number]
    if number == 100:
        return "a hundred"
    ten, one = number // 10 * 10, number % 10
    return f"{_TENS[ten]}-{_SMALL[one]}" if ten in _TENS and one else None


def spoken_number(rng: random.Random, number: float, words: float = 0.22) -> str:
    if isinstance(number, int):
        said = in_words(number)
        if said and rng.random() < words:
            return said
        looks_like_year = 1800 <= number <= 2100
        if number >= 1000 and not looks_like_year and rng.random() < 0.4:
            return f"{number:,}"
    return str(number)


def number_schema(
    rng: random.Random, value: float, low: float = 0, high: float = 0
) -> dict[str, Any]:
    whole = isinstance(value, int)
    schema: dict[str, Any] = {"type": "integer" if whole and rng.random() < 0.75 else "number"}
    if high and rng.random() < 0.1:
        schema |= {"minimum": min(low, 0 if low > 0 else low), "maximum": high}
    return schema


def integer(rng: random.Random, spec: str) -> Drawn:
    bounds, _, step = spec.partition(" ")
    low, high = (int(bound) for bound in bounds.split(".."))
    value = rng.randrange(low, high + 1, int(step or 1))
    return Drawn(value, spoken_number(rng, value), number_schema(rng, value, low, high))


def decimal(rng: random.Random, spec: str) -> Drawn:
    low, high = (float(bound) for bound in spec.split(".."))
    digits = rng.choice([0, 1, 1, 2])
    value: float = round(rng.uniform(low, high), digits)
    value = int(value) if value == int(value) else value
    return Drawn(value, str(value), {"type": "number"})


def money(rng: random.Random, _spec: str) -> Drawn:
    """An amount whose currency is of no interest: "$45", "45.50 dollars"."""
    value: float = rng.choice(
        [rng.randint(2, 99), rng.randint(2, 60) * 50, round(rng.uniform(1, 300), 2)]
    )
    number = f"{value:,.2f}" if isinstance(value, float) else f"{value:,}"
    value = int(value) if value == int(value) else value
    said = rng.choice([f"${number}", f"${number}", f"{number} dollars", f"{number} bucks"])
    return Drawn(value, said, {"type": "number"})


def percent(rng: random.Random, _spec: str) -> Drawn:
    value = rng.choice([rng.randint(1, 100), rng.randrange(5, 101, 5)])
    said = rng.choice(
        [f"{value}%", f"{value}%", f"{value} percent", f"{spoken_number(rng, value, 0.5)} percent"]
    )
    return Drawn(value, said, number_schema(rng, value, 0, 100), "percent")


def span(
    unit: str, special: dict[str, int], choices: list[int]
) -> Callable[[random.Random, str], Drawn]:
    """Durations in one unit: "20 minutes", "half an hour" → 30."""

    def draw_span(rng: random.Random, _spec: str) -> Drawn:
        if special and rng.random() < 0.25:
            said, value = rng.choice(list(special.items()))
        else:
            value = rng.choice(choices)
            said = f"{spoken_number(rng, value)} {unit}"
        return Drawn(value, said, number_schema(rng, value), f"in {unit}")

    return draw_span


SPANS = {
    "minutes": span(
        "minutes",
        {"half an hour": 30, "an hour": 60, "a quarter of an hour": 15, "an hour and a half": 90,
         "two hours": 120, "2 hours": 120, "1.5 hours": 90, "one hour": 60, "1 hour": 60,
         "three hours": 180, "three quarters of an hour": 45},
        [2, 3, 5, 7, 8, 10, 12, 15, 20, 25, 30, 40, 45, 60, 90, 120]),
    "seconds": span("seconds", {"a minute": 60, "half a minute": 30}, [5, 10, 15, 20, 30, 45, 90]),
    "hours": span("hours", {"a day": 24, "half a day": 12}, [2, 3, 4, 5, 6, 8, 10, 12, 36, 48]),
    "days": span("days", {"a week": 7, "two weeks": 14}, [2, 3, 4, 5, 6, 7, 10, 21, 28, 30, 60]),
    "weeks": span("weeks", {}, [2, 3, 4, 6, 8, 10, 12]),
    "months": span("months", {"a year": 12, "half a year": 6}, [2, 3, 6, 9, 12, 18, 24, 36]),
    "years": span("years", {"a decade": 10}, [2, 3, 5, 7, 10, 15, 20, 25, 30]),
}  # fmt: skip
