"""Time and motion: ages, durations, clock times, speed, work rates, reading."""

from __future__ import annotations

from decimal import Decimal

from lora_ui.embedded.tasks.math.calc import Number, add, mul, sub
from lora_ui.embedded.tasks.math.wording import Draw, Steps, family


@family(1, extras=False)
def age_up(d: Draw) -> Steps:
    d.unit_word = "years"
    a, x = d.whole(4, 60), d.whole(2, 30)
    d.put(a=a, x=x)
    return [d.more_than(a, x)], a + x


@family(1, extras=False)
def age_down(d: Draw) -> Steps:
    d.unit_word = "years"
    a = d.whole(12, 70)
    x = d.whole(2, a - 4)
    d.put(a=a, x=x)
    return [d.fewer_than(a, x)], a - x


@family(1, extras=False)
def age_difference(d: Draw) -> Steps:
    d.unit_word = "years"
    a = d.whole(10, 70)
    x = d.whole(3, a - 2)
    d.put(a=a, x=x)
    return [d.difference(a, x)], a - x


@family(1, extras=False)
def years_between(d: Draw) -> Steps:
    y = d.whole(1950, 2015)
    z = y + d.whole(3, 60)
    d.put(y=str(y), z=str(z))
    return [f"From {y} to {z}: {z} - {y} = {z - y} years."], z - y


@family(2, extras=False)
def age_times(d: Draw) -> Steps:
    d.unit_word = "years"
    k = d.pick((2, 2, 3, 4, 5))
    a, x = d.whole(4, 15), d.whole(2, 20)
    d.put(
        a=a,
        x=x,
        times="twice"
        if k == 2
        else d.pick((f"{k} times", {3: "three", 4: "four", 5: "five"}[k] + " times")),
    )
    return [d.times(k, a), d.more_than(a * k, x)], a * k + x


@family(2, extras=False)
def age_relation(d: Draw) -> Steps:
    d.unit_word = "years"
    a, y = d.whole(8, 40), d.whole(2, 20)
    x = d.whole(2, min(12, a - 3))
    if d.rng.random() < 0.5:
        d.put(a=a, x=x, y=y, older="older")
        return [d.more_than(a, x), d.more_than(a + x, y)], a + x + y
    d.put(a=a, x=x, y=y, older="younger")
    return [d.fewer_than(a, x), d.more_than(a - x, y)], a - x + y


@family(2, extras=False)
def age_sum(d: Draw) -> Steps:
    d.unit_word = "years"
    a = d.whole(8, 40)
    x = d.whole(2, min(12, a - 3))
    if d.rng.random() < 0.5:
        d.put(a=a, x=x, older="older")
        return [d.more_than(a, x), *d.together(a, a + x)], 2 * a + x
    d.put(a=a, x=x, older="younger")
    return [d.fewer_than(a, x), *d.together(a, a - x)], 2 * a - x


def fill_motion(d: Draw) -> None:
    """Put who moves, and in which unit."""
    mover = ("car", "train", "bus", "truck", "boat") if not d.heldout else ("ferry", "tram", "van")
    units = (
        ("km", "km/h"),
        ("km", "km per hour"),
        ("km", "km an hour"),
        ("miles", "miles per hour"),
        ("miles", "mph"),
        ("kilometers", "kilometers per hour"),
    )
    km, kmh = d.pick(units)
    d.put(mover=d.pick(mover), moves=d.pick(("goes", "drives", "travels", "moves")), km=km, kmh=kmh)


@family(1, extras=False)
def distance(d: Draw) -> Steps:
    fill_motion(d)
    v = d.whole(10, 100, 10) if d.rng.random() < 0.6 else d.whole(15, 85, 5)
    h: Number = d.whole(2, 9) if d.rng.random() < 0.85 else Decimal(d.pick(("1.5", "2.5", "3.5")))
    if h != int(h) and v % 2:
        v += 1
    d.put(v=v, h=h)
    return [d.travel(h, v)], v * h


@family(1, extras=False)
def travel_time(d: Draw) -> Steps:
    fill_motion(d)
    v, h = d.whole(10, 100, 10 if d.rng.random() < 0.7 else 5), d.whole(2, 9)
    d.put(v=v, s=v * h)
    return [d.in_groups(v * h, str(d.slots["km"]), v, "hours")], h


@family(1, extras=False)
def speed(d: Draw) -> Steps:
    fill_motion(d)
    v, h = d.whole(10, 100, 5), d.whole(2, 8)
    d.put(s=v * h, h=h)
    return [d.shared("h", v * h, h, str(d.slots["km"]))], v


@family(3, extras=False)
def two_legs(d: Draw) -> Steps:
    fill_motion(d)
    v, w = d.rng.sample(range(10, 101, 10 if d.rng.random() < 0.6 else 5), 2)
    h, g = d.whole(2, 6), d.whole(2, 6)
    d.put(v=v, w=w, h=h, g=g)
    lines = [d.travel(h, v), d.travel(g, w)]
    return [*lines, *d.together(v * h, w * g)], v * h + w * g


@family(2, extras=False)
def distance_left(d: Draw) -> Steps:
    fill_motion(d)
    v, h = d.whole(10, 90, 10), d.whole(2, 6)
    t = v * h + d.whole(10, 150, 5)
    d.put(t=t, v=v, h=h)
    return [d.travel(h, v), d.gone(t, v * h)], t - v * h


PERIODS = (
    ("hour", "hours"),
    ("minute", "minutes"),
    ("day", "days"),
    ("week", "weeks"),
    ("month", "months"),
)


@family(1)
def rate(d: Draw) -> Steps:
    d.noun("collect")
    d.noun("product", "product")
    one, many = d.pick(PERIODS)
    r, n = d.whole(2, 12) if d.rng.random() < 0.8 else d.pick((15, 20, 25, 30, 40)), d.whole(2, 10)
    d.put(r=r, n=n, one=one, many=many)
    d.put(**dict(zip(("slow", "slows"), d.pick(PERIODS[2:]), strict=True)))
    return [d.groups("n", n, r)], r * n


@family(2, extras=False)
def rate_scaled(d: Draw) -> Steps:
    d.noun("task", "task")
    d.noun("product", "product")
    _, many = d.pick(PERIODS[:3])
    r, n, m = d.whole(2, 12), d.whole(2, 8), d.whole(2, 12)
    m = m + 1 if m == n else m
    d.put(t=r * n, n=n, m=m, many=many)
    return [d.one("n", r * n, n), d.groups("m", m, r)], r * m


@family(2)
def rate_twice(d: Draw) -> Steps:
    d.noun("collect")
    d.noun("product", "product")
    d.box()
    r, k, w = d.whole(2, 15), d.whole(2, 6), d.whole(2, 8)
    d.put(r=r, k=k, w=w)
    return [f"{w} times {k}: {mul(w, k)}.", d.groups("q", w * k, r)], r * k * w


@family(2)
def rate_left(d: Draw) -> Steps:
    d.noun("any")
    r, n = d.whole(2, 15), d.whole(2, 9)
    t = r * n + d.whole(3, 80)
    d.put(t=t, r=r, n=n)
    return [d.groups("n", n, r), d.gone(t, r * n)], t - r * n


@family(2)
def days_for_rest(d: Draw) -> Steps:
    d.noun("collect")
    d.noun("task", "task")
    r, n, x = d.whole(2, 12), d.whole(2, 12), d.whole(3, 60)
    d.put(t=r * n + x, x=x, r=r)
    return [d.gone(r * n + x, x, d.after("t")), d.packed(r * n, r, d.after("t"))], n


def clock_time(minutes: int) -> str:
    """Minutes after midnight as on a clock face."""
    return f"{minutes // 60}:{minutes % 60:02d}"


@family(3, extras=False)
def clock_minutes(d: Draw) -> Steps:
    s = d.whole(7 * 60, 20 * 60, 5)
    if s >= 13 * 60:
        s -= 12 * 60
    hours, minutes = d.whole(0, 3), d.whole(5, 55, 5)
    e = s + hours * 60 + minutes
    if e >= 13 * 60 and s < 12 * 60:
        s, e = s - 5 * 60, e - 5 * 60
    d.put(s=clock_time(s), e=clock_time(e))
    if d.rng.random() < 0.4:
        half = d.pick((("am", "am"), ("pm", "pm"))) if e < 12 * 60 else ("am", "pm")
        half = ("pm", "pm") if s >= 12 * 60 else half
        d.put(s=f"{clock_time(s)} {half[0]}", e=f"{clock_time(e)} {half[1]}")
    middle = s + hours * 60
    lines = []
    if hours:
        lines.append(f"{clock_time(s)} to {clock_time(middle)} is {hours * 60} minutes.")
    crossing = middle // 60 != e // 60
    to_hour = 60 - middle % 60
    past = e % 60
    if crossing and past and middle % 60:
        lines.append(f"{clock_time(middle)} to {clock_time(e)}: {add(to_hour, past)} minutes.")
    else:
        lines.append(f"{clock_time(middle)} to {clock_time(e)} is {minutes} minutes.")
    if hours:
        lines.append(*d.together(hours * 60, minutes))
    return lines, hours * 60 + minutes


@family(1, extras=False)
def clock_hours(d: Draw) -> Steps:
    s, e = d.whole(5, 11), d.whole(1, 8)
    d.put(s=str(s), e=str(e))
    return [
        f"From {s} to noon: {sub(12, s)} {'hour' if s == 11 else 'hours'}.",
        *d.together(12 - s, e),
    ], 12 - s + e


@family(2, extras=False)
def combined_rate(d: Draw) -> Steps:
    d.noun("collect")
    d.noun("product", "product")
    r, s, n = d.whole(4, 20), d.whole(4, 20), d.whole(2, 9)
    d.put(r=r, s=s, n=n)
    return [*d.together(r, s), d.groups("n", n, r + s)], (r + s) * n
