"""Percentages, averages, bare arithmetic and number riddles."""

from __future__ import annotations

from lora_ui.embedded.tasks.math.calc import Number, add, div, mul, percent, sub
from lora_ui.embedded.tasks.math.wording import Draw, Steps, family, in_words

RATES = (10, 10, 10, 20, 20, 20, 25, 25, 25, 50, 50, 50, 5, 15, 30, 40, 60, 75, 80)
DISCOUNTS = (10, 10, 10, 20, 20, 20, 25, 25, 50, 50, 5, 15, 30, 40)


def base_for(d: Draw, rate: int, low: int = 20, high: int = 400) -> int:
    """A number whose percentage is whole at every step."""
    step = {5: 20, 15: 20, 25: 4, 75: 4, 50: 2}.get(rate, 10)
    low = (low + step - 1) // step * step
    return d.whole(low, max(low, min(high, d.pick((100, 100, 200, 300)))), step)


@family(1, extras=False)
def percent_of(d: Draw) -> Steps:
    rate = d.pick(RATES)
    a: Number = base_for(d, rate, 4)
    if d.rng.random() < 0.08:
        rate, a = d.pick((1, 2, 3, 4, 6, 8, 12)), d.whole(100, 900, 100)
    elif d.rng.random() < 0.1:
        rate, a = d.pick((10, 20)), d.whole(5, 95, 10)
    d.spelled = 0
    d.put(p=rate, a=a)
    return percent(rate, a)


@family(1)
def percent_of_things(d: Draw) -> Steps:
    d.noun("collect")
    d.box()
    d.good()
    rate = d.pick(RATES)
    a = base_for(d, rate)
    do = (
        "like soccer",
        "walk to school",
        "own a dog",
        "speak French",
        "wear glasses",
        "like tea",
        "are left-handed",
    )
    d.put(
        a=a,
        p=rate,
        do=d.pick(do),
        crowd=d.pick(("students", "people", "members", "workers", "children")),
    )
    d.put(color=d.pick(d.words.colors))
    return percent(rate, a)


@family(3)
def percent_off(d: Draw) -> Steps:
    d.good()
    d.noun("collect")
    rate = d.pick(DISCOUNTS)
    base: Number = base_for(d, rate)
    d.put(
        a=base,
        b=base,
        p=rate,
        crowd=d.pick(("people", "students", "workers")),
        color=d.pick(d.words.colors),
    )
    lines, part = percent(rate, base)
    return [*lines, d.gone(base, part)], base - part


@family(3)
def percent_up(d: Draw) -> Steps:
    d.good()
    rate = d.pick((10, 10, 10, 20, 20, 20, 25, 25, 50, 5, 15))
    base: Number = base_for(d, rate)
    d.put(a=base, b=base, p=rate)
    lines, part = percent(rate, base)
    return [*lines, *d.together(base, part)], base + part


@family(2, extras=False)
def what_percent(d: Draw) -> Steps:
    d.noun("collect")
    a = d.pick((4, 5, 10, 10, 20, 20, 25, 25, 50, 50, 100, 30, 40, 60, 80, 200))
    d.put(crowd=d.pick(("guests", "students", "people")), color=d.pick(d.words.colors))
    if 100 % a == 0:
        x = d.whole(1, a - 1)
        d.put(a=a, x=x)
        return [
            f"1 of {a} in percent: {div(100, a)}.",
            f"{x} of {a} in percent: {mul(100 // a, x)}.",
        ], x * 100 // a
    tenths = d.whole(1, 9)
    x = a // 10 * tenths
    d.put(a=a, x=x)
    return [
        f"10% of {a}: {div(a, 10)}.",
        f"{x} is {div(x, a // 10)} times that: {mul(tenths, 10)}.",
    ], tenths * 10


@family(2, extras=False)
def average(d: Draw) -> Steps:
    d.noun("any")
    d.box()
    n = d.pick((2, 3, 3, 3, 4, 4, 5))
    mean = d.whole(4, 12) if d.rng.random() < 0.7 else d.pick((15, 20, 25, 30, 40, 50))
    numbers = [max(1, mean + d.whole(1, 8) * d.pick((-1, 1))) for _ in range(n - 1)]
    last = mean * n - sum(numbers)
    if last < 1:
        numbers, last = [mean - 1] * (n - 1), mean + n - 1
    numbers.insert(d.whole(0, n - 1), last)
    total = sum(numbers)
    d.put(n=n, list=", ".join(map(str, numbers[:-1])) + f" and {numbers[-1]}")
    return [*d.together(*numbers), f"{total} shared by {n}: {div(total, n)} each."], mean


@family(1, extras=False)
def bare(d: Draw) -> Steps:
    op = d.pick("++--**/")
    words = d.rng.random() < 0.25
    if op == "+":
        a, b = d.size(2), d.size(2)
        text, line, answer = ("plus", add(a, b), a + b)
    elif op == "-":
        b = d.size(2)
        a = b + d.size(2)
        text, line, answer = ("minus", sub(a, b), a - b)
    elif op == "*":
        a, b = d.whole(2, 12), d.whole(2, 12)
        if d.rng.random() < 0.45:
            a = d.whole(11, 40 if d.rng.random() < 0.5 else 150)
        text, line, answer = ("times", mul(a, b), a * b)
    else:
        b, answer = (
            d.whole(2, 12),
            d.whole(2, 12) if d.rng.random() < 0.6 else d.whole(13, 60),
        )
        a = b * answer
        text, line = "divided by", div(a, b)
    sign = d.pick(("*", "*", "x", "×")) if op == "*" else d.pick("//÷") if op == "/" else op
    d.put(x=f"{a} {text if words else sign} {b}")
    return [f"{line}."], answer


@family(2, extras=False)
def bare_two(d: Draw) -> Steps:
    a, b, c = d.whole(2, 12), d.whole(2, 12), d.whole(2, 50)
    ab = a * b
    kind = d.whole(0, 3)
    if kind == 0:
        text, last, answer = f"{a} * {b} + {c}", add(ab, c), ab + c
    elif kind == 1:
        c = min(c, ab - 1)
        text, last, answer = f"{a} * {b} - {c}", sub(ab, c), ab - c
    elif kind == 2:
        text, last, answer = f"{c} + {a} * {b}", add(c, ab), c + ab
    else:
        text, first, last, answer = f"({a} + {b}) * {c}", add(a, b), mul(a + b, c), (a + b) * c
        d.put(x=text)
        return [f"First: {first}.", f"Then: {last}."], answer
    d.put(x=text)
    return [f"First: {mul(a, b)}.", f"Then: {last}."], answer


@family(1, extras=False)
def riddle(d: Draw) -> Steps:
    kind, x, n = d.whole(0, 3), d.whole(2, 20), d.whole(2, 40)
    if kind == 0:
        d.put(move="add", moved="plus", x=x, a=n + x)
        return [f"Go back: {sub(n + x, x)}."], n
    if kind == 1:
        n += x
        d.put(move="subtract", moved="minus", x=x, a=n - x)
        return [f"Go back: {add(n - x, x)}."], n
    x = d.whole(2, 12)
    if kind == 2:
        d.put(move="multiply it by", moved="multiplied by", x=x, a=n * x)
        return [f"Go back: {div(n * x, x)}."], n
    n = d.whole(2, 15)
    d.put(move="divide it by", moved="divided by", x=x, a=n)
    return [f"Go back: {mul(n, x)}."], n * x


@family(2, extras=False)
def riddle_two(d: Draw) -> Steps:
    d.good()
    d.box()
    k, x, n = d.whole(2, 10), d.whole(2, 20), d.whole(2, 12)
    a = k * n + x
    d.put(k=k, x=x, a=a, times="twice" if k == 2 else f"{in_words(k)} times")
    return [d.gone(a, x), d.packed(a - x, k)], n
