"""Sharing, packing, remainders, ratios; and amounts that depend on one another."""

from __future__ import annotations

from lora_ui.embedded.tasks.math.calc import add, div, mul
from lora_ui.embedded.tasks.math.wording import Draw, Steps, family, in_words

FRACTIONS = {
    (1, 2): "half",
    (1, 3): "a third",
    (1, 4): "a quarter",
    (1, 5): "a fifth",
    (1, 6): "one sixth",
    (1, 10): "a tenth",
    (2, 3): "two thirds",
    (3, 4): "three quarters",
    (2, 5): "two fifths",
    (3, 5): "three fifths",
    (4, 5): "four fifths",
    (3, 10): "three tenths",
    (5, 6): "five sixths",
    (3, 8): "three eighths",
}


def times(k: int) -> str:
    """2 -> twice, 3 -> three times."""
    return "twice" if k == 2 else f"{in_words(k)} times"


@family(1)
def share(d: Draw) -> Steps:
    d.noun("any")
    d.noun("plant", "plant")
    d.box()
    k, q = d.whole(2, 12), d.whole(2, 12) if d.rng.random() < 0.8 else d.whole(13, 40)
    d.put(a=k * q, k=k)
    return [d.shared("k", k * q, k)], q


@family(1)
def pack(d: Draw) -> Steps:
    d.noun("any")
    d.box()
    k, q = d.whole(2, 12), d.whole(2, 12) if d.rng.random() < 0.8 else d.whole(13, 40)
    d.put(a=k * q, k=k)
    return [d.packed(k * q, k)], q


@family(2)
def remainder(d: Draw) -> Steps:
    d.noun("any")
    d.box()
    k, q = d.whole(3, 12), d.whole(2, 12)
    r = d.whole(1, k - 1)
    a = k * q + r
    d.put(a=a, k=k)
    return [d.full(a, k), d.over(a, q * k)], r


@family(2)
def needed_to_hold(d: Draw) -> Steps:
    d.noun("any")
    d.box()
    d.noun("vehicle", "bus")
    k, q = d.pick((3, 4, 5, 6, 7, 8, 9, 10, 12, 20, 25, 30, 40, 50)), d.whole(2, 9)
    r = d.whole(1, k - 1)
    a = k * q + r
    d.put(a=a, k=k)
    return [
        d.full(a, k),
        d.over(a, q * k),
        f"One more for the {r} left over: {add(q, 1)}.",
    ], q + 1


@family(2)
def part_left(d: Draw) -> Steps:
    d.noun("any")
    d.box()
    (p, k), name = d.pick(tuple(FRACTIONS.items()))
    unit = d.whole(2, 12) if k < 10 else d.whole(1, 10)
    a = unit * k
    used = unit * p
    d.put(a=a, part=f"{p}/{k}" if d.rng.random() < 0.2 else name, color=d.pick(d.words.colors))
    first = [d.part(a, k)]
    if p > 1:
        first.append(d.parts(p, k, a, unit))
    return [*first, d.gone(a, used)], a - used


@family(2, extras=False)
def many_parts(d: Draw) -> Steps:
    d.noun("any")
    (p, k), name = d.pick([item for item in FRACTIONS.items() if item[0][0] > 1])
    unit = d.whole(2, 12)
    a = unit * k
    d.put(a=a, part=f"{p}/{k}" if d.rng.random() < 0.35 else name, color=d.pick(d.words.colors))
    return [d.part(a, k), d.parts(p, k, a, unit)], unit * p


@family(2)
def times_then_total(d: Draw) -> Steps:
    d.noun("any")
    d.box()
    color, hue = d.rng.sample(d.words.colors, 2)
    k = d.pick((2, 2, 2, 3, 3, 4, 5))
    a = d.whole(3, 25 if k < 4 else 12)
    d.put(a=a, times=times(k), color=color, hue=hue)
    return [d.times(k, a), *d.together(a, a * k)], a + a * k


@family(2)
def more_then_total(d: Draw) -> Steps:
    d.noun("any")
    d.box()
    a = d.whole(6, 50)
    x = d.whole(2, min(a - 2, 20))
    if d.rng.random() < 0.55:
        d.put(a=a, x=x, more="more")
        return [d.more_than(a, x), *d.together(a, a + x)], 2 * a + x
    d.put(a=a, x=x, more=d.pick(("fewer", "less", "fewer")))
    return [d.fewer_than(a, x), *d.together(a, a - x)], 2 * a - x


@family(3)
def three_people(d: Draw) -> Steps:
    d.noun("any")
    k = d.pick((2, 2, 3, 4))
    a = d.whole(3, 20)
    b = a * k
    x = d.whole(1, min(b - 2, 10))
    up = d.rng.random() < 0.5
    c = b + x if up else b - x
    d.put(a=a, x=x, times=times(k), more="more" if up else "fewer")
    third = d.more_than(b, x) if up else d.fewer_than(b, x)
    return [d.times(k, a), third, *d.together(a, b, c)], a + b + c


@family(2)
def chain_of_people(d: Draw) -> Steps:
    d.noun("any")
    d.box()
    k = d.pick((2, 2, 3, 4, 5))
    a = d.whole(3, 25)
    b = a * k
    x = d.whole(1, min(b - 2, 15))
    up = d.rng.random() < 0.5
    d.put(a=a, x=x, times=times(k), more="more" if up else "fewer")
    last = d.more_than(b, x) if up else d.fewer_than(b, x)
    return [d.times(k, a), last], b + x if up else b - x


@family(3, extras=False)
def ratio_share(d: Draw) -> Steps:
    d.noun("collect")
    d.box()
    color, hue = d.rng.sample(d.words.colors, 2)
    p, q = d.rng.sample((1, 2, 3, 4, 5), 2)
    unit = d.whole(2, 12)
    a = unit * (p + q)
    d.spelled = 0
    d.put(a=a, p=p, q=q, color=color, hue=hue)
    return [
        f"{p} parts plus {q} parts: {add(p, q)} parts.",
        f"{a} shared by {p + q} parts: {div(a, p + q)} each.",
        f"{p} parts with {unit} each: {mul(p, unit)}.",
    ], p * unit


@family(2, extras=False)
def ratio_scale(d: Draw) -> Steps:
    d.noun("any")
    d.noun("any", "other")
    p, q = d.rng.sample((2, 3, 4, 5, 6, 7), 2)
    k = d.whole(2, 10)
    d.spelled = 0
    d.put(a=p * k, p=p, q=q)
    return [d.how_often(p * k, p), d.times(k, q)], k * q


@family(2, extras=False)
def recipe(d: Draw) -> Steps:
    d.noun("baked", "snack")
    p, k, q = d.whole(2, 12), d.whole(2, 6), d.whole(2, 12)
    options = [
        "cups of flour",
        "eggs",
        "spoons of sugar",
        "cups of milk",
        "grams of butter",
        "potatoes",
    ]
    if d.heldout:
        options = ["onions", "cups of rice", "leaves of basil"]
    unit = d.pick(options)
    q = q * 10 if unit.startswith("grams") else q
    d.put(p=p, q=q, n=p * k, unit=unit)
    return [d.how_often(p * k, p), d.times(k, q)], k * q


@family(2)
def groups_minus(d: Draw) -> Steps:
    d.noun("any")
    d.noun("plant", "plant")
    d.box()
    k, m = d.whole(2, 12), d.whole(3, 12)
    x = d.whole(2, min(k * m - 1, 40))
    d.put(k=k, m=m, x=x)
    return [d.groups("k", k, m), d.gone(k * m, x)], k * m - x


@family(2)
def groups_plus(d: Draw) -> Steps:
    d.noun("any")
    d.box()
    k, m, x = d.whole(2, 12), d.whole(2, 12), d.whole(2, 40)
    d.put(k=k, m=m, x=x, loose=d.pick(("single", "loose", "extra", "other")))
    return [d.groups("k", k, m), d.more(k * m, x)], k * m + x


@family(3, extras=False)
def two_groups(d: Draw) -> Steps:
    d.noun("any")
    d.noun("any", "other")
    d.box()
    d.box("crate")
    k, m, j, n = d.whole(2, 10), d.whole(2, 12), d.whole(2, 10), d.whole(2, 12)
    d.put(k=k, m=m, j=j, n=n)
    return [
        d.groups("k", k, m),
        d.groups("j", j, n),
        *d.together(k * m, j * n),
    ], (k * m + j * n)


@family(3, extras=False)
def legs_and_wheels(d: Draw) -> Steps:
    wheeled = [("bicycles", 2), ("tricycles", 3), ("cars", 4), ("bikes", 2), ("motorcycles", 2)]
    legged = [
        ("chickens", 2),
        ("cows", 4),
        ("ducks", 2),
        ("dogs", 4),
        ("sheep", 4),
        ("birds", 2),
        ("spiders", 8),
        ("ants", 6),
    ]
    if d.heldout:
        wheeled, legged = (
            [("scooters", 2), ("taxis", 4), ("carts", 2)],
            [("geese", 2), ("donkeys", 4), ("beetles", 6)],
        )
    parts, options = d.pick((("wheels", wheeled), ("legs", legged)))
    (first, m), (second, n) = d.rng.sample(options, 2)
    k, j = d.whole(2, 12), d.whole(2, 12)
    d.put(k=k, j=j, first=first, second=second, parts=parts)
    lines = [
        d.each(k, first, m, parts),
        d.each(j, second, n, parts),
    ]
    return [*lines, *d.together(k * m, j * n)], k * m + j * n


@family(2)
def each_takes(d: Draw) -> Steps:
    d.noun("any")
    k, m = d.whole(2, 9), d.whole(2, 9)
    a = k * m + d.whole(1, 30)
    d.put(a=a, k=k, m=m)
    return [d.groups("k", k, m), d.gone(a, k * m)], a - k * m


@family(2, extras=False)
def times_plus(d: Draw) -> Steps:
    d.noun("any")
    k, a = d.pick((2, 2, 3, 4)), d.whole(4, 20)
    up = d.rng.random() < 0.6
    x = d.whole(1, min(12, k * a - 2))
    d.put(a=a, x=x, times=times(k), more="more" if up else "less")
    last = d.more_than(a * k, x) if up else d.fewer_than(a * k, x)
    return [d.times(k, a), last], a * k + x if up else a * k - x


@family(2, extras=False)
def part_of_part(d: Draw) -> Steps:
    d.noun("collect")
    units = [(k, name) for (p, k), name in FRACTIONS.items() if p == 1 and k < 6]
    (k, part), (j, second) = d.pick(units), d.pick(units)
    a = k * j * d.whole(1, 10 if k * j < 10 else 5)
    d.put(a=a, part=part, sub=second, color=d.pick(d.words.colors))
    return [d.part(a, k), f"1/{j} of {a // k}: {div(a // k, j)}."], a // k // j
