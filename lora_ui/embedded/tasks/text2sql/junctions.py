"""What people ask of many-to-many relations and of hierarchies inside one table."""

from __future__ import annotations

from lora_ui.embedded.tasks.text2sql.aggregates import call, function_for, measured, words_for
from lora_ui.embedded.tasks.text2sql.conditions import drawn
from lora_ui.embedded.tasks.text2sql.ddl import literal
from lora_ui.embedded.tasks.text2sql.groups import count_bound
from lora_ui.embedded.tasks.text2sql.intents import Draft, draft
from lora_ui.embedded.tasks.text2sql.query import ROWS, Fragment, Query, plain
from lora_ui.embedded.tasks.text2sql.schemas import Junction, Table
from lora_ui.embedded.tasks.text2sql.subjects import Scene, Subject, name_value, named

HAPPENS = {"rated", "bought", "attended", "booked", "liked", "used", "treated", "serviced"}
"""Participles of what can happen to something any number of times."""


def other_side(scene: Scene) -> tuple[Table, Table, dict[str, str | None]] | None:
    """A table of the junction, the table on its other side, and slots as for an edge."""
    junction = scene.schema.junction
    if not junction:
        return None
    swap = scene.rng.random() < 0.45
    parent, child = (junction.b, junction.a) if swap else (junction.a, junction.b)
    base, past, participle = junction.pair.verb
    assert parent.thing
    (own, owns), (label, labels) = (Subject(scene, t).label_nouns() for t in (child, parent))
    (one, many), (other, others) = scene.noun(child), scene.noun(parent)
    slots: dict[str, str | None] = {
        **{"c": one, "cs": many, "p": other, "ps": others, "a_c": f"a {one}"},
        **{"pname": label, "pnames": labels, "cname": own, "cnames": owns},
        "whop": "who" if parent.thing.person else "that",
        "its": "their" if parent.thing.person else "its",
        "person": "" if parent.thing.person else None,
    }
    if swap:
        slots |= {"pvpp": _passive(scene, junction), "c_by": one}
        slots["past_passive"] = past if slots["pvpp"] == participle else None
    elif base != "have":
        slots |= {"base": base, "past": past, "vpp": participle}
    return parent, child, slots


def _passive(scene: Scene, junction: Junction) -> str | None:
    """What the a side does to the b side, as a participle."""
    participle = junction.pair.verb[2]
    words = scene.lexicon.passive.get(f"{junction.pair.a} {junction.pair.b}")
    if words:
        return scene.rng.choice(words)
    return participle if participle in HAPPENS else None


def across_junction(scene: Scene) -> Draft | None:
    """Counts, extremes and gaps of a many-to-many relation."""
    sides = other_side(scene)
    junction = scene.schema.junction
    if not sides or not junction or not sides[0].id:
        return None
    parent, _, slots = sides
    key = next(
        edge.key
        for edge in scene.schema.edges
        if edge.child is junction.table and edge.parent is parent
    )
    label = tuple(map(plain, parent.labels))
    query = Query(junction.table, label, group=parent.identity)
    form = scene.rng.choices(
        ["per", "having", "most", "none", "of", "some"], [24, 18, 18, 22, 14, 4]
    )[0]
    if form == "of":
        return _count_across(scene, parent, slots)
    if form in ("none", "some"):
        word = "NOT IN" if form == "none" else "IN"
        term = Fragment(
            f"{{0}} {word} (SELECT {key.name} FROM {junction.table.name})", parent.identity
        )
        return draft(scene, f"join.{form}", slots, Query(parent, label, (term,)))
    if form == "having":
        words, sign = count_bound(scene)
        return (
            draft(
                scene,
                "join.having",
                slots
                | {"cnt": words, "times": f"{words} times" if "or more" not in words else None},
                query.but(having=Fragment(f"COUNT(*) {sign}")),
            )
            if "<" not in sign
            else None
        )
    if form == "most":
        return draft(scene, "join.most", slots, query.but(order=((ROWS, True),), limit=1))
    return draft(scene, "join.per", slots, query.but(select=(*label, ROWS)))


def _count_across(scene: Scene, parent: Table, slots: dict[str, str | None]) -> Draft | None:
    junction = scene.schema.junction
    if not junction or not parent.of_kind("label"):
        return None
    key = next(
        edge.key
        for edge in scene.schema.edges
        if edge.child is junction.table and edge.parent is parent
    )
    row = scene.rng.choice(key.values) - 1
    x = scene.value(name_value(parent, row))
    patterns = junction.pair.b_of if parent is junction.a else junction.pair.a_of
    by = scene.rng.choice(patterns).format(p=x)
    return draft(
        scene,
        "join.count_of",
        slots | {"x": x, "by_x": by if not by.startswith(("who ", "that ")) else None},
        Query(junction.table, (ROWS,), (named(parent, row),)),
    )


def junction_measure(scene: Scene) -> Draft | None:
    """Totals of a junction's own column: units ordered per product, hours per project."""
    junction = scene.schema.junction
    column = measured(scene, junction.table) if junction else None
    if not junction or not column or not column.archetype:
        return None
    parent = scene.rng.choice([junction.a, junction.b])
    if not parent.id or not parent.of_kind("label"):
        return None
    function = function_for(scene, column)
    one, many = scene.noun(parent)
    label = tuple(map(plain, parent.labels))
    sold = (
        function == "SUM"
        and column.archetype.key == "quantity"
        and parent.thing
        and parent.thing.key == "product"
    )
    slots: dict[str, str | None] = {
        "sold": scene.rng.choice(["sold", "ordered", "sold"]) if sold else None,
        "am": words_for(scene, function, column),
        "p": one,
        "ps": many,
        "its": "their" if parent.thing and parent.thing.person else "its",
    }
    query = Query(junction.table, (*label, call(function, column)), group=(parent.id,))
    if scene.rng.random() < 0.3 and function in ("AVG", "SUM"):
        query = query.but(select=label, order=((call(function, column), True),), limit=1)
        return draft(scene, "join.best_measure", slots, query)
    return draft(scene, "join.measure_per", slots, query)


def certain_others(scene: Scene) -> Draft | None:
    """Rows linked to rows under a condition: "students taking courses with over 3 credits"."""
    junction = scene.schema.junction
    if not junction:
        return None
    swap = scene.rng.random() < 0.4
    table, other = (junction.b, junction.a) if swap else (junction.a, junction.b)
    made = drawn(scene, other, set(other.of_kind("label")))
    if not made or not table.of_kind("label"):
        return None
    patterns = junction.pair.b_of if swap else junction.pair.a_of
    by = scene.rng.choice(patterns).format(p=Subject(scene, other, [made]).phrase())
    slots = {"np": f"{scene.noun(table)[1]} {by}", "pnames": Subject(scene, table).label_nouns()[1]}
    query = Query(junction.table, tuple(map(plain, table.labels)), (made.sql,), distinct=True)
    return draft(scene, "join.certain_np", slots, query)


def all_pairs(scene: Scene) -> Draft | None:
    """Every row with every row it is linked to, or a junction's own value for one such pair."""
    sides, junction = other_side(scene), scene.schema.junction
    if (
        not sides
        or not junction
        or not junction.a.of_kind("label")
        or not junction.b.of_kind("label")
    ):
        return None
    parent, child, slots = sides
    extras = [
        c
        for c in junction.table.columns
        if c.archetype and c.kind in ("int", "real", "cat", "date")
    ]
    if extras and scene.rng.random() < 0.5:
        column = scene.rng.choice(extras)
        row = scene.rng.randrange(len(column.values))
        keys = {
            edge.parent: edge.key for edge in scene.schema.edges if edge.child is junction.table
        }
        a, b = keys[junction.a].values[row] - 1, keys[junction.b].values[row] - 1
        said = {
            "x": scene.value(name_value(junction.a, a)),
            "y": scene.value(name_value(junction.b, b)),
            "col": scene.noun_of(column),
        }
        return draft(
            scene,
            "join.pair_value",
            said,
            Query(junction.table, (plain(column),), (named(junction.a, a), named(junction.b, b))),
        )
    return draft(
        scene,
        "join.pairs",
        slots,
        Query(junction.table, (*map(plain, parent.labels), *map(plain, child.labels))),
    )


def revenue(scene: Scene) -> Draft | None:
    """Quantity times price, summed per product or per buyer."""
    junction = scene.schema.junction
    if not junction or junction.pair.b != "product":
        return None
    quantity, price = junction.table.archetyped("quantity"), junction.b.archetyped("price")
    if not quantity or not price:
        return None
    parent = scene.rng.choice([junction.a, junction.b, junction.b])
    if not parent.id:
        return None
    one, many = scene.noun(parent)
    slots: dict[str, str | None] = {
        "p": one,
        "ps": many,
        "its": "their" if parent.thing and parent.thing.person else "its",
    }
    total = Fragment("SUM({0} * {1})", (quantity, price))
    return draft(
        scene,
        "join.revenue",
        slots,
        Query(junction.table, (*map(plain, parent.labels), total), group=(parent.id,)),
    )


def hierarchy(scene: Scene) -> Draft | None:
    """Employees and their managers, in one table."""
    boss = scene.schema.boss
    if not boss or len(boss.child.labels) != 1 or not boss.child.id:
        return None
    rng, table, key = scene.rng, boss.child, boss.key.name
    label, identity = table.labels[0], boss.child.id.name
    one, many = scene.noun(table)
    slots: dict[str, str | None] = {
        "e": one,
        "es": many,
        "name": label.nouns[0],
        "names": label.nouns[0] + "s",
        "person": "",
    }
    join = f"FROM {table.name} e JOIN {table.name} m ON e.{key} = m.{identity}"
    form = rng.choice(["boss", "no_boss", "boss_of", "reports"])
    if form == "no_boss":
        return draft(
            scene,
            "join.no_boss",
            slots,
            Query(table, (plain(label),), (Fragment("{0} IS NULL", (boss.key,)),)),
        )
    if form == "boss":
        return draft(scene, "join.boss", slots, f"SELECT e.{label.name}, m.{label.name} {join}")
    row = rng.choice([i for i, value in enumerate(boss.key.values) if value is not None])
    if form == "boss_of":
        slots["x"] = scene.value(label.values[row])
        return draft(
            scene,
            "join.boss_of",
            slots,
            f"SELECT m.{label.name} {join} WHERE e.{label.name} = {literal(label.values[row])}",
        )
    chief = label.values[boss.key.values[row] - 1]
    slots["x"] = scene.value(chief)
    return draft(
        scene,
        "join.reports",
        slots,
        f"SELECT e.{label.name} {join} WHERE m.{label.name} = {literal(chief)}",
    )
