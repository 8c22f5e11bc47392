"""What people ask to see in some order."""

from __future__ import annotations

from lora_ui.embedded.tasks.text2sql.intents import Draft, draft, projectable, single, superlatives
from lora_ui.embedded.tasks.text2sql.query import Fragment, Query, plain
from lora_ui.embedded.tasks.text2sql.relations import subject
from lora_ui.embedded.tasks.text2sql.schemas import Table
from lora_ui.embedded.tasks.text2sql.subjects import Scene


def ordered(scene: Scene) -> Draft | None:
    """A list in some order."""
    found = subject(scene, [62, 34, 4])
    if not found.table.of_kind("label"):
        return None
    spec = order_words(scene, found.table)
    if not spec:
        return None
    words, order = spec
    loose = not words.startswith(
        ("sorted", "ordered", "in ", "by ", "from ", "alphabetically", "starting")
    )
    slots = {**found.slots(), "O": f", {words}" if loose else words}
    if words.startswith(("sorted ", "by ", "alphabetically", "from ", "in ")):
        slots["O2"] = words.removeprefix("sorted ")
    query = Query(found.table, found.label(), found.where, order=order)
    form = scene.rng.choices(["name", "all", "cols"], [48, 27, 25])[0]
    if form == "all":
        star = "*" if single(found) else f"{found.table.name}.*"
        return draft(scene, "order.all", slots, query.but(select=(Fragment(star),)))
    column = order[-1][0].columns[0]
    if form == "cols":
        chosen = (
            column
            if column.archetype and column.kind != "label"
            else scene.rng.choice(projectable(found.table) or [column])
        )
        if chosen.kind == "label":
            return None
        noun = scene.noun_of(chosen)
        slots |= {"C": f"{slots['name']} and {noun}", "X": noun}
        return draft(scene, "order.cols", slots, query.but(select=(*query.select, plain(chosen))))
    return draft(scene, "order.name", slots, query)


def order_words(scene: Scene, table: Table) -> tuple[str, tuple[tuple[Fragment, bool], ...]] | None:
    """How to ask for an order, and its ORDER BY terms."""
    rng = scene.rng
    if rng.random() < 0.14:
        return _two_orders(scene, table)
    down = rng.random() < 0.5
    columns = [c for c in table.of_kind("int", "real", "date", "year") if not c.nullable]
    if not columns or rng.random() < 0.18:
        if len(table.labels) == 2:
            return str(scene.say("order.last", {})), ((plain(table.labels[1]), False),)
        words = scene.say(
            "order.zalpha" if down and rng.random() < 0.5 else "order.alpha",
            {"name": table.labels[0].nouns[0]},
        )
        reverse = bool(words) and any(
            hint in str(words) for hint in ("reverse", "descending", "Z to A")
        )
        return str(words), ((plain(table.labels[0]), reverse),)
    column = rng.choice(columns)
    facts = (
        superlatives(scene, column, True)
        if column.kind in ("int", "real")
        else {"noun": scene.noun_of(column)}
    )
    topic = "desc" if down else "asc"
    if column.archetype and column.kind in ("date", "year"):
        topic = ("birth" if "born" in column.fact("pp") else "date") + topic
    words = scene.say(f"order.{topic}", {key: text for key, text in (facts or {}).items() if text})
    dated = table.of_kind("date", "year")
    if words and column in dated and len(dated) > 1 and facts and str(facts["noun"]) not in words:
        return None
    return (str(words), ((plain(column), down),)) if words else None


def _two_orders(scene: Scene, table: Table) -> tuple[str, tuple[tuple[Fragment, bool], ...]] | None:
    """By a category, and within it by something else."""
    rng = scene.rng
    groups = [c for c in table.of_kind("cat") if not c.nullable]
    others = [c for c in table.of_kind("int", "real", "date", "year", "label") if not c.nullable]
    if not groups or not others:
        return None
    group, other = rng.choice(groups), rng.choice(others)
    down = other.kind != "label" and rng.random() < 0.4
    words = scene.say(
        "order.twodesc" if down else "order.two",
        {"g": scene.noun_of(group), "noun": scene.noun_of(other)},
    )
    return (str(words), ((plain(group), False), (plain(other), down))) if words else None
