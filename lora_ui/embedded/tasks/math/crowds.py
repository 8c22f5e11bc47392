"""People and animals that come and go."""

from __future__ import annotations

from lora_ui.embedded.tasks.math.wording import Draw, Steps, family


def put_crowd(d: Draw) -> None:
    """Put who they are, where they are, and how they come and go."""
    animals = d.rng.random() < 0.5
    d.noun("animal" if animals else "people", "being")
    if animals:
        where = (
            ["in a field", "on a farm", "in a pen", "in the yard"]
            if not d.heldout
            else ["on a hill", "behind a barn"]
        )
        come, go = ["come", "arrive", "join them"], ["leave", "run away", "walk away"]
    else:
        where = [
            "in a room",
            "at a party",
            "in a museum",
            "in a park",
            "in a hall",
            "on a beach",
            "in a restaurant",
        ]
        where = ["at a fair", "in a lobby"] if d.heldout else where
        come, go = ["come", "arrive", "come in", "join them"], ["leave", "go home", "walk away"]
    d.put(where=d.pick(where), come=d.pick(come), go=d.pick(go))


@family(1)
def arrivals(d: Draw) -> Steps:
    put_crowd(d)
    d.noun(
        "people" if d.slots["being"] in [n.one for n in d.words.nouns["people"]] else "animal",
        "other",
    )
    a, x = d.size(3, 100), d.size(2, 60)
    d.put(a=a, x=x, members=d.pick(("trees", "benches", "lamps")))
    if "{others}" in d.wording:
        d.unit_word = ""
    return [d.more(a, x)], a + x


@family(1)
def departures(d: Draw) -> Steps:
    put_crowd(d)
    a = d.size(6, 100)
    x = d.whole(2, min(a - 2, 80))
    d.put(a=a, x=x)
    return [d.gone(a, x)], a - x


@family(2, extras=False)
def out_and_in(d: Draw) -> Steps:
    put_bus(d)
    a = d.whole(8, 60)
    x, y = d.whole(2, min(a - 2, 30)), d.whole(2, 30)
    d.put(a=a, x=x, y=y)
    return [d.gone(a, x), d.more(a - x, y)], a - x + y


@family(2, extras=False)
def in_and_out(d: Draw) -> Steps:
    put_bus(d)
    a, x = d.whole(5, 60), d.whole(2, 30)
    y = d.whole(2, min(a + x - 2, 40))
    d.put(a=a, x=x, y=y)
    return [d.more(a, x), d.gone(a + x, y)], a + x - y


@family(3, extras=False)
def three_changes(d: Draw) -> Steps:
    put_bus(d)
    a, x, z = d.whole(10, 60), d.whole(2, 30), d.whole(2, 30)
    y = d.whole(2, min(a + x - 2, 30))
    d.put(a=a, x=x, y=y, z=z)
    lines = [
        d.more(a, x),
        d.gone(a + x, y),
        d.more(a + x - y, z),
    ]
    return lines, a + x - y + z


@family(2, extras=False)
def steady_arrivals(d: Draw) -> Steps:
    put_crowd(d)
    k, n, x = d.whole(2, 20), d.whole(2, 9), d.whole(2, 40)
    d.put(k=k, n=n, x=x)
    return [d.groups("n", n, k), d.more(k * n, x)], k * n + x


def put_bus(d: Draw) -> None:
    """Put a crowd and also a vehicle with riders."""
    put_crowd(d)
    d.noun("transit", "bus")
    riders = ("riders",) if d.heldout else ("people", "passengers")
    d.put(riders=d.pick(riders), stop=d.pick(("next stop", "first stop", "station")))
