"""Conditions on single columns: SQL and wording drawn together."""

from __future__ import annotations

from lora_ui.embedded.tasks.text2sql.dates import build, date, year
from lora_ui.embedded.tasks.text2sql.ddl import literal
from lora_ui.embedded.tasks.text2sql.measures import Spoken, threshold
from lora_ui.embedded.tasks.text2sql.query import Fragment
from lora_ui.embedded.tasks.text2sql.schemas import COMPOUND, Column, Table
from lora_ui.embedded.tasks.text2sql.subjects import Condition, Scene
from lora_ui.embedded.tasks.text2sql.wording import data_word, negated


def condition(scene: Scene, column: Column) -> Condition | None:
    """A condition that some but hardly all rows meet, or None where the column has none."""
    if column.nullable and scene.rng.random() < (0.45 if column.kind != "text" else 0.8):
        return null_condition(scene, column)
    makers = {
        "int": measure,
        "real": measure,
        "cat": category,
        "flag": flag,
        "date": date,
        "year": year,
        "text": text,
        "label": text,
    }
    maker = makers.get(column.kind)
    if maker is None or len([value for value in column.values if value is not None]) < 3:
        return None
    return maker(scene, column)


def either(one: Condition, other: Condition) -> Condition | None:
    """One condition or the other."""
    if not (one.vp and other.vp) or " or " in one.vp + other.vp:
        return None
    columns = one.sql.columns + other.sql.columns
    if len(one.sql.columns) != 1 or len(other.sql.columns) != 1:
        return None
    sql = f"({one.sql.sql} OR {other.sql.sql.replace('{0}', '{1}')})"
    return Condition(Fragment(sql, columns), vp=f"{one.vp} or {other.vp}")


def measure(scene: Scene, column: Column) -> Condition | None:
    """Comparisons with numbers."""
    values = sorted({value for value in column.values if value is not None})
    if len(values) < 3:
        return None
    integral = column.kind == "int"
    ops = {"gt": 36, "lt": 28, "ge": 16, "le": 12, "between": 22, "eq": 6 if integral else 1}
    if compound_noun(column):
        ops["eq"] = 250
    op = scene.rng.choices(list(ops), list(ops.values()))[0]
    if values[0] == 0 and scene.rng.random() < 0.5 and (special := nothing(scene, column)):
        return special
    number = scene.rng.choice(
        values[:-1] if op == "eq" else [threshold(scene.rng, values, integral)]
    )
    spoken = Spoken(scene, column)
    slots = spoken.slots(number)
    if op == "between":
        low, high = sorted([number, threshold(scene.rng, values, integral)])
        if low == high:
            return None
        slots = spoken.slots(low) | {
            f"{key}2": text
            for key, text in spoken.slots(high).items()
            if key in ("v", "n", "bare", "agev")
        }
        return build(scene, op, f"{{0}} BETWEEN {literal(low)} AND {literal(high)}", column, slots)
    sign = {"gt": ">", "lt": "<", "ge": ">=", "le": "<=", "eq": "="}[op]
    starred = compound_noun(column) if op == "eq" else None
    slots["starred"] = f"{number}-{starred}" if starred else None
    return build(scene, op, f"{{0}} {sign} {literal(number)}", column, slots)


def compound_noun(column: Column) -> str | None:
    """The unit of a number that may stand before the noun: "5-star reviews"."""
    return COMPOUND.get(column.archetype.key) if column.archetype else None


def nothing(scene: Scene, column: Column) -> Condition | None:
    """Nothing of what a column counts, or something: "out of stock", "without any goals"."""
    some = scene.rng.random() < 0.35
    facts = Spoken(scene, column).facts()
    slots = {"noun": facts["noun"], "count": facts["count"]}
    if column.archetype and column.archetype.key == "stock":
        slots |= {"out": "out of stock", "in": "in stock", "outs": "out", "stocked": "stock"}
    made = build(
        scene, "nonzero" if some else "zero", "{0} > 0" if some else "{0} = 0", column, slots
    )
    return made if made and made.post and made.vp else None


def category(scene: Scene, column: Column) -> Condition | None:
    """Equality, inequality and membership."""
    rng = scene.rng
    values = sorted({value for value in column.values if value is not None})
    if len(values) < 3:
        return None
    chosen = rng.sample(values, 3)
    topic = rng.choices(["is", "isnot", "isin", "isin3", "notin"], [71, 11, 12, 3, 3])[0]
    count = {"isin": 2, "notin": 2, "isin3": 3}.get(topic, 1)
    said = [scene.value(value) for value in chosen[:count]]
    listed = ", ".join(map(literal, chosen[:count]))
    sql = {
        "is": f"{{0}} = {listed}",
        "isnot": f"{{0}} != {listed}",
        "notin": f"{{0}} NOT IN ({listed})",
    }.get(topic, f"{{0}} IN ({listed})")
    extra = {}
    if (
        topic == "is"
        and column.archetype
        and column.archetype.facts.get("nounval")
        and chosen[0].islower()
        and not scene.quote
    ):
        extra["head"] = scene.value(chosen[0] + ("" if chosen[0].endswith("s") else "s"))
    return build(
        scene, topic, sql, column, _category_slots(scene, column, said, str(chosen[0])), **extra
    )


def _category_slots(
    scene: Scene, column: Column, said: list[str], bare: str
) -> dict[str, str | None]:
    """The slots of a category; alternatives are spliced into the column's own phrases."""
    assert column.archetype
    rng, facts = scene.rng, column.archetype.facts
    preps, vps = column.fact("prep"), column.fact("vp")
    prep, vp = (rng.choice(preps) if preps else None), (rng.choice(vps) if vps else None)
    any_of = (
        said[0]
        if len(said) == 1
        else f"{said[0]} or {said[1]}"
        if len(said) == 2
        else f"{said[0]}, {said[1]} or {said[2]}"
    )
    suffix = {1: "", 2: "or", 3: "or3"}[len(said)]
    if column.archetype.key in ("species", "zoo_species", "diet") and (
        len(said) > 1 or scene.quote
    ):
        vp = None
    # Mostly the value alone tells the column: "cars from Germany", "shipped orders".
    unnamed = bool(prep or vp) and rng.random() < 0.7
    filled_vp = vp.format(v=any_of) if vp else None
    no = negated(vp) if vp else None
    return {
        "noun": None if unnamed else scene.noun_of(column),
        "v": said[0],
        "v2": said[1] if len(said) > 1 else None,
        "v3": said[2] if len(said) > 2 else None,
        "ht": "" if facts.get("inthe") else None,
        f"prep{suffix}": prep.format(v=any_of) if prep else None,
        f"vp{suffix}": filled_vp,
        f"negvp{suffix}": no.format(v=any_of) if no else None,
        "adjective": data_word(bare) if facts.get("adj") else None,
    }


def flag(scene: Scene, column: Column) -> Condition | None:
    """Yes or no."""
    yes = scene.rng.random() < 0.58
    side, topic = ("yes", "flag") if yes else ("no", "notflag")
    adjectives, vps, posts = (
        column.fact(side),
        column.fact(f"{side}_vp"),
        column.fact(f"{side}_post"),
    )
    if not vps and adjectives:
        vps = tuple(f"are {word}" for word in adjectives)
    slots = {side: adjectives, f"{side}_vp": vps, f"{side}_post": posts}
    said: dict[str, str | None] = {
        key: scene.rng.choice(words) if words else None for key, words in slots.items()
    }
    return build(scene, topic, "{0} = 1" if yes else "{0} = 0", column, said)


def null_condition(scene: Scene, column: Column) -> Condition | None:
    """Missing or present values."""
    missing = scene.rng.random() < 0.68
    words = column.fact("null" if missing else "notnull")
    noun = scene.noun_of(column)
    slots: dict[str, str | None] = {
        "noun": noun,
        "a_noun": noun if noun.endswith("s") else f"a {noun}",
        ("nullvp" if missing else "notnullvp"): scene.rng.choice(words) if words else None,
    }
    return build(
        scene,
        "null" if missing else "notnull",
        "{0} IS NULL" if missing else "{0} IS NOT NULL",
        column,
        slots,
    )


def text(scene: Scene, column: Column) -> Condition | None:
    """Patterns: starts with, ends with, contains."""
    rng = scene.rng
    if (
        column.kind == "text"
        and column.archetype
        and column.archetype.key not in ("email", "phone", "description", "website")
    ):
        return None
    value = rng.choice([value for value in column.values if value])
    kinds = {
        "email": ["ends", "ends", "contains"],
        "phone": ["starts"],
        "website": ["ends"],
        "description": ["contains"],
    }
    topic = rng.choice(
        kinds.get(
            column.archetype.key if column.archetype else "",
            ["starts", "starts", "contains", "contains", "ends"],
        )
    )
    part = _part(scene, topic, value)
    pattern = {"starts": f"{part}%", "ends": f"%{part}", "contains": f"%{part}%"}[topic]
    slots: dict[str, str | None] = {
        "noun": scene.noun_of(column),
        "v": scene.value(part, quoted=True),
    }
    if len(part) == 1 and topic == "starts":
        slots |= {"letter": scene.value(part), "v": scene.value(part, quoted=rng.random() < 0.5)}
    if part.isalpha() and len(part) > 2:
        slots["word"] = scene.value(part, quoted=rng.random() < 0.5)
    person = bool(column.table.thing and column.table.thing.person)
    if column.kind == "label" and len(column.table.labels) == 1 and not person:
        slots |= {f"{key}_name": slots[key] for key in ("v", "letter", "word") if key in slots}
    return build(scene, topic, f"{{0}} LIKE {literal(pattern)}", column, slots)


def _part(scene: Scene, topic: str, value: str) -> str:
    rng = scene.rng
    if "@" in value:
        domain = value.split("@")[1]
        return rng.choice(
            [f"@{domain}", domain, "." + domain.split(".")[1]]
            if topic == "ends"
            else [domain.split(".")[0], domain]
        )
    if topic == "starts":
        return (
            value[0]
            if value[0] != "+" and rng.random() < 0.6
            else value[:2]
            if value[0] == "+"
            else value.split()[0][: rng.choice([2, 3, 20])]
        )
    if topic == "ends":
        return (
            value[-3:]
            if value.startswith("http")
            else value[-rng.choice([1, 1, 2, 3]) :].strip(" '")
        )
    words = [
        word
        for word in value.replace("'", " ").split()
        if len(word) > 2 and word not in ("The", "the", "and")
    ]
    return rng.choice(words or [value])


def drawn(scene: Scene, table: Table, taken: set[Column]) -> Condition | None:
    """A condition on a random column of `table` outside of `taken`, rarely on a name."""
    weights = {
        "label": 0.35,
        "text": 0.7,
        "flag": 1.6,
        "cat": 2.4,
        "int": 1.0,
        "real": 1.0,
        "date": 1.2,
        "year": 1.2,
    }
    columns = [c for c in table.columns if c.kind in weights and c not in taken]
    if not columns:
        return None
    column = scene.rng.choices(
        columns,
        [weights[c.kind] * (8 if compound_noun(c) else 1 + 0.6 * c.nullable) for c in columns],
    )[0]
    made = condition(scene, column)
    return made if made and (made.post or made.vp) else None
