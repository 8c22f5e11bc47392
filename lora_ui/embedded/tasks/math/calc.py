"""Arithmetic written the way a small model can follow: every step is a fact or a one-digit move.

Each function returns a chain such as `47 * 6 = 40 * 6 + 7 * 6 = 240 + 42 = 282`: all of its
parts are equal, and the last one is the result. Money is a `Decimal` with two places, which its
sums and products keep.
"""

from __future__ import annotations

from collections.abc import Callable
from decimal import Decimal

Number = int | Decimal

CENT = Decimal("0.01")


def show(x: Number) -> str:
    """Digits as answers have them: whole numbers plain, money with two decimals."""
    return str(int(x)) if x == int(x) else str(x)


def divide(a: Number, b: Number) -> Number:
    """The exact quotient: an integer where it is one, to the cent where `a` is money."""
    quotient = Decimal(a) / Decimal(b)
    if quotient == int(quotient):
        return int(quotient)
    places = Decimal(a).as_tuple().exponent
    return quotient.quantize(CENT) if places == -2 else quotient.normalize()


def _columns(*terms: Number) -> Callable[[Number], str]:
    """How to write the terms: all with cents where one has them."""
    whole = all(x == int(x) for x in terms)
    return show if whole else lambda x: f"{Decimal(x):.2f}"


def add(*terms: Number) -> str:
    """A sum, taken two terms at a time."""
    places = _columns(*terms)
    parts = [" + ".join(map(places, terms))]
    rest = list(terms)
    while len(rest) > 1:
        a, b, *more = rest
        if not more and a >= 100 and b > 100 and b % 100:
            high = b // 100 * 100
            parts.append(f"{show(a + high)} + {show(b - high)}")
        rest = [a + b, *more]
        parts.append(" + ".join(map(places, rest)))
    return " = ".join(parts)


def sub(a: Number, b: Number) -> str:
    """A difference; from three digits on the hundreds go first."""
    places = _columns(a, b)
    parts = [f"{places(a)} - {places(b)}"]
    if b > 100 and b % 100:
        high = b // 100 * 100
        parts.append(f"{show(a - high)} - {show(b - high)}")
    return " = ".join([*parts, places(a - b)])


def place_values(x: Number) -> list[Number]:
    """125 -> [100, 20, 5]; 2.50 -> [2, 0.50]."""
    if x != int(x):
        whole = int(x)
        return [whole, x - whole] if whole else [x]
    digits = str(int(x))
    return [int(c) * 10 ** (len(digits) - i - 1) for i, c in enumerate(digits) if c != "0"]


def is_fact(a: Number, b: Number) -> bool:
    """Whether `a * b` is learnt by heart: the table to twelve, tens, digits before zeros."""
    if a != int(a) or b != int(b):
        return (min(a, b) <= 1 and max(a, b) <= 20) or a in (10, 100) or b in (10, 100)
    return (
        max(a, b) <= 12
        or min(a, b) <= 1
        or a in (10, 100)
        or b in (10, 100)
        or (len(place_values(a)) == 1 and len(place_values(b)) == 1)
    )


def mul(a: Number, b: Number) -> str:
    """A product; what is no fact is split by place value, in the longer or second factor."""
    head, result = f"{show(a)} * {show(b)}", show(a * b)
    if is_fact(a, b):
        return f"{head} = {result}"
    split_a, split_b = place_values(a), place_values(b)
    first = len(split_a) > 1 and (len(split_b) == 1 or a != int(a))
    if not first and len(split_b) == 1:
        return f"{head} = {result}"
    products = [(p, b) if first else (a, p) for p in (split_a if first else split_b)]
    spelled = " + ".join(f"{show(x)} * {show(y)}" for x, y in products)
    return f"{head} = {spelled} = {' + '.join(show(x * y) for x, y in products)} = {result}"


def div(a: Number, b: Number) -> str:
    """A quotient; above twelve it is split: `84 / 6 = 60 / 6 + 24 / 6 = 10 + 4 = 14`."""
    quotient = divide(a, b)
    head = f"{show(a)} / {show(b)}"
    cents = quotient != int(quotient) and quotient > 1 and Decimal(a).as_tuple().exponent == -2
    if (
        (not cents and (quotient != int(quotient) or quotient <= 12))
        or len(place_values(quotient)) == 1
        or b in (10, 100)
    ):
        return f"{head} = {show(quotient)}"
    parts = place_values(quotient)
    spelled = " + ".join(f"{show(p * b)} / {show(b)}" for p in parts)
    return f"{head} = {spelled} = {' + '.join(map(show, parts))} = {show(quotient)}"


def percent(rate: int, base: Number) -> tuple[list[str], Number]:
    """Steps for `rate` % of `base` by a half, a quarter, a tenth or a hundredth; the result."""
    result = divide(base * rate, 100)
    label = f"{rate}% of {show(base)}:"
    if rate in (50, 25):
        return [f"{label} {div(base, 100 // rate)}."], result
    if rate == 75:
        quarter = divide(base, 4)
        return [f"25% of {show(base)}: {div(base, 4)}.", f"{label} {mul(3, quarter)}."], result
    if rate % 10 == 0:
        tenth = divide(base, 10)
        first = f"10% of {show(base)}: {div(base, 10)}."
        return ([first] if rate == 10 else [first, f"{label} {mul(rate // 10, tenth)}."]), result
    if rate in (5, 15):
        tenth = divide(base, 10)
        lines = [f"10% of {show(base)}: {div(base, 10)}.", f"5% of {show(base)}: {div(tenth, 2)}."]
        return (
            lines if rate == 5 else [*lines, f"{label} {add(tenth, divide(tenth, 2))}."]
        ), result
    hundredth = divide(base, 100)
    return [f"1% of {show(base)}: {div(base, 100)}.", f"{label} {mul(rate, hundredth)}."], result
