"""One-step problems about counts: add, take away, compare, find what was there before."""

from __future__ import annotations

from lora_ui.embedded.tasks.math.wording import Draw, Steps, family, in_words

UNIT_FRACTIONS = {
    2: ("half",),
    3: ("a third", "one third"),
    4: ("a quarter", "one quarter", "a fourth"),
    5: ("a fifth", "one fifth"),
    6: ("a sixth", "one sixth"),
    8: ("an eighth", "one eighth"),
    10: ("a tenth", "one tenth"),
}


@family(1)
def gain(d: Draw) -> Steps:
    d.noun("any")
    d.box()
    a, x = d.size(), d.size(2, 60)
    d.put(a=a, x=x)
    return [d.more(a, x)], a + x


@family(1)
def loss(d: Draw) -> Steps:
    d.noun("collect" if d.rng.random() < 0.6 else "office")
    d.box()
    a = d.size(5)
    x = d.whole(2, a - 1) if a < 50 else d.whole(3, a - 2)
    d.put(a=a, x=x)
    return [d.gone(a, x)], a - x


@family(1)
def eat(d: Draw) -> Steps:
    d.noun("food")
    d.box()
    a = d.size(5, 100)
    x = d.whole(2, min(a - 1, 40))
    d.put(a=a, x=x)
    return [d.gone(a, x)], a - x


@family(1)
def total_two(d: Draw) -> Steps:
    d.noun("any")
    d.box()
    color, hue = d.rng.sample(d.words.colors, 2)
    a, x = d.size(), d.size()
    d.put(a=a, x=x, color=color, hue=hue)
    return [*d.together(a, x)], a + x


@family(1)
def total_three(d: Draw) -> Steps:
    d.noun("any")
    d.noun("any", "other")
    d.noun("any", "third")
    d.box()
    color, hue, tint = d.rng.sample(d.words.colors, 3)
    a, x, y = d.size(2, 200), d.size(2, 100), d.size(2, 100)
    d.put(a=a, x=x, y=y, color=color, hue=hue, tint=tint)
    if "{others}" in d.wording:
        d.unit_word = "items"
    return [*d.together(a, x, y)], a + x + y


@family(1)
def compare(d: Draw) -> Steps:
    d.noun("any")
    d.noun("any", "other")
    d.box()
    x = d.size()
    a = x + d.whole(2, 60)
    d.put(a=a, x=x, fewer=d.pick(("fewer", "less", "fewer")))
    return [d.difference(a, x)], a - x


@family(1)
def n_more(d: Draw) -> Steps:
    d.noun("any")
    d.box()
    a, x = d.size(8), d.size(2, 100)
    d.put(a=a, x=x)
    return [d.more_than(a, x)], a + x


@family(1)
def compare_measures(d: Draw) -> Steps:
    d.box()
    a = d.whole(50, 150)
    x = a - d.whole(2, 45)
    d.put(a=a, x=x)
    return [d.difference(a, x)], a - x


@family(1)
def measure_more(d: Draw) -> Steps:
    a, x = d.whole(15, 90), d.whole(2, 40)
    d.put(a=a, x=x)
    return [d.more_than(a, x)], a + x


@family(1)
def n_fewer(d: Draw) -> Steps:
    d.noun("any")
    d.box()
    a = d.size(8)
    x = d.whole(2, min(a - 2, 60))
    d.put(a=a, x=x)
    return [d.fewer_than(a, x)], a - x


@family(1)
def before_loss(d: Draw) -> Steps:
    d.noun("any")
    d.box()
    a, x = d.size(3, 200), d.size(2, 60)
    d.put(a=a, x=x)
    return [d.before_loss(a, x)], a + x


@family(1)
def before_gain(d: Draw) -> Steps:
    d.noun("any")
    d.box()
    a = d.size(6, 200)
    x = d.whole(2, min(a - 2, 50))
    d.put(a=a, x=x)
    return [d.before_gain(a, x)], a - x


@family(1)
def missing(d: Draw) -> Steps:
    d.noun("any")
    d.box()
    a = d.size(8)
    x = d.whole(2, a - 2)
    d.put(a=a, x=x)
    return [d.missing(a, x)], a - x


@family(1)
def the_rest(d: Draw) -> Steps:
    d.noun("collect")
    d.box()
    crowd = (
        ("guests", "visitors", "people", "workers")
        if not d.heldout
        else ("hikers", "dancers", "singers")
    )
    color, hue = d.rng.sample(d.words.colors, 2)
    a = d.size(8, 100)
    x = d.whole(3, a - 2)
    d.put(a=a, x=x, r=a - x, color=color, hue=hue, crowd=d.pick(crowd))
    return [d.rest(a, x)], a - x


@family(1, extras=False)
def up_or_down(d: Draw) -> Steps:
    up = d.rng.random() < 0.5
    a = d.whole(12, 90)
    x = d.whole(2, min(40, a - 2))
    d.put(
        a=a,
        x=x,
        went=d.pick(("rose", "went up", "increased") if up else ("dropped", "fell", "went down")),
    )
    d.put(
        get=d.pick(("get on", "get in") if up else ("get off", "leave")), way="up" if up else "down"
    )
    d.put(bank="puts in" if up else "takes out", flow="flow in" if up else "leak out")
    if d.person != 3:
        d.put(bank="put in" if up else "take out")
    if up:
        return [d.more(a, x)], a + x
    return [d.gone(a, x)], a - x


@family(1)
def groups(d: Draw) -> Steps:
    d.noun("any")
    d.box()
    k, m = d.whole(2, 12), d.whole(2, 12) if d.rng.random() < 0.85 else d.pick((15, 20, 24, 25, 30))
    if d.rng.random() < 0.05:
        k, m = d.whole(12, 20), d.whole(2, 9)
    d.put(k=k, m=m)
    return [d.groups("k", k, m)], k * m


@family(1, extras=False)
def rows(d: Draw) -> Steps:
    d.noun("collect")
    d.noun("plant", "plant")
    k, m = d.whole(2, 12), d.whole(3, 15)
    d.put(k=k, m=m)
    return [d.groups("k", k, m)], k * m


@family(1)
def times_as_many(d: Draw) -> Steps:
    d.noun("any")
    k = d.pick((2, 2, 2, 3, 3, 4, 5, 6, 10))
    a = d.whole(3, 30) if k < 4 else d.whole(2, 12)
    times = d.pick(
        {2: ("twice", "twice", "2 times"), 3: ("three times", "3 times")}.get(
            k, (f"{k} times", in_words(k) + " times")
        )
    )
    d.put(a=a, times=times, grows={2: "doubles", 3: "triples"}.get(k, f"becomes {k} times as big"))
    return [d.times(k, a)], a * k


@family(1)
def part_of(d: Draw) -> Steps:
    d.noun("any")
    d.noun("food", "snack")
    k = d.pick((2, 2, 2, 3, 3, 4, 4, 5, 6, 8, 10))
    a = d.whole(2, 12 if k > 2 else 25) * k
    name = d.pick(UNIT_FRACTIONS[k])
    d.put(
        a=a,
        part=name,
        part2=f"1/{k}" if d.rng.random() < 0.2 else name,
        color=d.pick(d.words.colors),
    )
    return [d.part(a, k)], a // k


@family(1, extras=False)
def below_zero(d: Draw) -> Steps:
    a = d.whole(2, 12)
    x = a + d.whole(1, 12)
    d.spelled = 0
    d.put(a=a, x=x)
    return [d.gone(a, x)], a - x
