"""Units and shapes: conversions, rectangles, squares, lengths cut to pieces, weights."""

from __future__ import annotations

from math import gcd

from lora_ui.embedded.tasks.math.calc import add, mul
from lora_ui.embedded.tasks.math.wording import Draw, Steps, family

UNITS = (
    ("dozen", "items", 12),
    ("week", "days", 7),
    ("hour", "minutes", 60),
    ("day", "hours", 24),
    ("year", "months", 12),
    ("minute", "seconds", 60),
    ("meter", "centimeters", 100),
    ("kilogram", "grams", 1000),
    ("kilometer", "meters", 1000),
    ("liter", "milliliters", 1000),
    ("foot", "inches", 12),
    ("yard", "feet", 3),
    ("centimeter", "millimeters", 10),
    ("dollar", "cents", 100),
    ("pair", "items", 2),
    ("decade", "years", 10),
    ("century", "years", 100),
    ("m", "cm", 100),
    ("kg", "g", 1000),
    ("km", "m", 1000),
)
SHORT = {"m", "kg", "km"}


def unit_forms(big: str) -> tuple[str, str]:
    """Singular and plural of the larger unit."""
    return big, {"foot": "feet", "dozen": "dozen", "century": "centuries"}.get(
        big, big if big in SHORT else big + "s"
    )


@family(1, extras=False)
def to_smaller(d: Draw) -> Steps:
    big, small, f = d.pick(UNITS)
    n = d.whole(2, 12)
    d.put(n=n, f=f, small=small, big=big, bigs=unit_forms(big)[1])
    return [
        f"1 {big} is {f} {small}.",
        f"{n} {unit_forms(big)[1]} with {f} {small} each: {mul(n, f)} {small}.",
    ], f * n


@family(1, extras=False)
def to_larger(d: Draw) -> Steps:
    big, small, f = d.pick([u for u in UNITS if u[2] != 52])
    n = d.whole(2, 12)
    d.spelled = 0
    d.put(n=n * f, small=small, bigs=unit_forms(big)[1])
    return [f"1 {big} is {f} {small}.", d.in_groups(n * f, small, f, unit_forms(big)[1])], n


@family(2)
def dozens_minus(d: Draw) -> Steps:
    d.noun("pack_food")
    d.box()
    n = d.whole(2, 10)
    x = d.whole(2, n * 12 - 1)
    x = min(x, 40)
    d.put(n=n, x=x)
    return [
        d.each(n, "dozens", 12, str(d.slots["things"])),
        d.gone(12 * n, x),
    ], 12 * n - x


@family(2)
def dozens_cost(d: Draw) -> Steps:
    d.noun("pack_food")
    k, p = d.whole(2, 8), d.whole(2, 12)
    d.put(n=12 * k, p=p)
    d.spelled = 0
    return [
        d.in_groups(12 * k, str(d.slots["things"]), 12, "dozens"),
        d.pay(k, "dozens", p),
    ], p * k


@family(2, extras=False)
def hours_and_minutes(d: Draw) -> Steps:
    h, m = d.whole(2, 6), d.whole(5, 55, 5)
    d.put(h=h, m=m)
    return [
        d.each(h, "hours", 60, "minutes"),
        *d.together(60 * h, m, unit="minutes"),
    ], 60 * h + m


@family(2, extras=False)
def half_hours(d: Draw) -> Steps:
    h = d.whole(1, 9)
    d.put(h=h)
    return [
        d.each(h, "hours", 60, "minutes"),
        *d.together(60 * h, 30, unit="minutes"),
    ], 60 * h + 30


@family(2)
def minutes_to_hours(d: Draw) -> Steps:
    d.noun("task", "task")
    m = d.pick((10, 12, 15, 20, 30, 40, 45))
    per = 60 // gcd(60, m)
    k = per * d.whole(1, max(1, 24 // per))
    k = k * 2 if k < 2 else k
    d.put(m=m, k=k)
    return [
        d.groups("k", k, m, "minutes"),
        d.in_groups(m * k, "minutes", 60, "hours"),
    ], m * k // 60


def put_rectangle(d: Draw) -> None:
    """Put a shape and a unit of length."""
    shapes = ("rectangle", "garden", "field", "room", "floor", "carpet", "rectangular park", "wall")
    u, units = d.pick(
        (("m", "meters"), ("meters", "meters"), ("cm", "centimeters"), ("feet", "feet"))
    )
    d.put(shape=d.pick(("terrace", "lawn", "banner") if d.heldout else shapes), u=u, units=units)


@family(1, extras=False)
def area(d: Draw) -> Steps:
    put_rectangle(d)
    b = d.whole(2, 12)
    a = b + d.whole(1, 10)
    d.put(a=a, b=b)
    return [f"Length times width: {mul(a, b)} square {d.slots['units']}."], a * b


@family(2, extras=False)
def perimeter(d: Draw) -> Steps:
    put_rectangle(d)
    b = d.whole(2, 25)
    a = b + d.whole(1, 20)
    d.put(a=a, b=b)
    return [
        f"Length plus width: {add(a, b)} {d.slots['units']}.",
        d.times(2, a + b, str(d.slots["units"])),
    ], 2 * (a + b)


@family(1, extras=False)
def square_perimeter(d: Draw) -> Steps:
    put_rectangle(d)
    a = d.whole(2, 40)
    d.put(a=a, plot=d.pick(("garden", "field", "yard", "pool")))
    return [d.each(4, "sides", a, str(d.slots["units"]))], 4 * a


@family(1, extras=False)
def square_area(d: Draw) -> Steps:
    put_rectangle(d)
    a = d.whole(2, 20)
    d.put(a=a, plot=d.pick(("garden", "room", "yard", "tile")))
    return [f"Side times side: {mul(a, a)} square {d.slots['units']}."], a * a


@family(3, extras=False)
def fence_cost(d: Draw) -> Steps:
    put_rectangle(d)
    u, one = d.pick((("m", "meter"), ("meters", "meter"), ("feet", "foot")))
    b = d.whole(2, 15)
    a, p = b + d.whole(1, 15), d.whole(2, 9)
    d.put(
        a=a,
        b=b,
        p=p,
        u=u,
        units="feet" if u == "feet" else "meters",
        one=one,
        shape=d.pick(("lawn", "paddock") if d.heldout else ("garden", "field", "yard")),
    )
    lines = [
        f"Length plus width: {add(a, b)} {d.slots['units']}.",
        d.times(2, a + b, str(d.slots["units"])),
    ]
    return [*lines, d.cost("q", 2 * (a + b), p)], 2 * (a + b) * p


@family(2, extras=False)
def area_cost(d: Draw) -> Steps:
    u, one = d.pick((("m", "meter"), ("meters", "meter"), ("feet", "foot")))
    a, b, p = d.whole(3, 12), d.whole(2, 10), d.whole(2, 9)
    d.put(a=a, b=b, p=p, u=u, one=one, stuff=d.pick(("carpet", "paint", "flooring", "wood")))
    d.put(shape=d.pick(("room", "floor", "hall")))
    return [
        f"Length times width: {mul(a, b)}.",
        d.cost("q", a * b, p),
    ], a * b * p


@family(1, extras=False)
def missing_side(d: Draw) -> Steps:
    put_rectangle(d)
    a, b = d.whole(2, 12), d.whole(2, 12)
    d.put(s=a * b, a=a)
    return [d.packed(a * b, a, f"square {d.slots['units']}")], b


@family(3, extras=False)
def cut_meters(d: Draw) -> Steps:
    k = d.pick((5, 10, 20, 25, 50))
    n = d.whole(2, 12)
    d.put(n=n, k=k, rope=d.pick(("wire", "cable") if d.heldout else ("rope", "ribbon", "string")))
    return [
        d.each(n, "meters", 100, "cm"),
        d.packed(n * 100, k, "cm"),
    ], n * 100 // k


@family(2, extras=False)
def rope_left(d: Draw) -> Steps:
    k, x = d.whole(2, 9), d.whole(2, 12)
    t = k * x + d.whole(2, 50)
    rope = d.pick(("wire", "cable") if d.heldout else ("rope", "ribbon", "string"))
    d.put(t=t, k=k, x=x, rope=rope, u=d.pick(("m", "cm", "meters", "feet")))
    return [d.groups("k", k, x), d.gone(t, k * x)], t - k * x


@family(2)
def weight_total(d: Draw) -> Steps:
    k, m, x = d.whole(2, 12), d.whole(2, 12), d.whole(2, 40)
    d.put(k=k, m=m, x=x, things=d.pick(("parts", "packages", "tools")))
    return [d.groups("k", k, m), d.more(k * m, x)], k * m + x


@family(1)
def per_one(d: Draw) -> Steps:
    (km, gallon, gallons) = d.pick((("km", "liter", "liters"), ("miles", "gallon", "gallons")))
    r, n = d.whole(3, 20), d.whole(2, 10)
    d.put(r=r, n=n, km=km, gallon=gallon, gallons=gallons)
    return [d.groups("n", n, r)], r * n


@family(2, extras=False)
def thousand_split(d: Draw) -> Steps:
    k, n = d.pick((100, 200, 250, 500)), d.whole(2, 8)
    d.put(k=k, n=n)
    return [
        f"{n} times 1000 in the small unit: {mul(n, 1000)}.",
        d.packed(n * 1000, k, "small units"),
    ], n * 1000 // k


@family(1, extras=False)
def square_side(d: Draw) -> Steps:
    put_rectangle(d)
    a = d.whole(2, 30)
    d.put(a=4 * a)
    return [d.shared("4", 4 * a, 4)], a


@family(2, extras=False)
def volume(d: Draw) -> Steps:
    a, b, c = d.whole(2, 12), d.whole(2, 10), d.whole(2, 10)
    d.put(a=a, b=b, c=c)
    return [f"Length times width: {mul(a, b)}.", f"Times height: {mul(a * b, c)}."], a * b * c


@family(1, extras=False)
def triangle(d: Draw) -> Steps:
    put_rectangle(d)
    a, b = d.whole(4, 40), d.whole(4, 40)
    c = d.whole(abs(a - b) + 1, a + b - 1)
    d.put(a=a, b=b, c=c)
    return [*d.together(a, b, c)], a + b + c
