"""What people ask of rows: lists, counts, lookups, orders; each intent drafts such a question."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass

from lora_ui.embedded.tasks.text2sql.lexicon import plural
from lora_ui.embedded.tasks.text2sql.measures import NUMBER_WORDS, Spoken
from lora_ui.embedded.tasks.text2sql.query import ROWS, Fragment, Query, plain
from lora_ui.embedded.tasks.text2sql.relations import subject
from lora_ui.embedded.tasks.text2sql.schemas import Column, Table
from lora_ui.embedded.tasks.text2sql.subjects import Scene, Subject, name_value, named
from lora_ui.embedded.tasks.text2sql.wording import listing


@dataclass(frozen=True)
class Draft:
    """A question's core, how it can be wrapped, and its query (or finished SQL)."""

    kind: str
    text: str
    query: Query | str


Intent = Callable[[Scene], Draft | None]


def draft(
    scene: Scene, topic: str, slots: Mapping[str, str | None], query: Query | str, tail: str = ""
) -> Draft | None:
    """A question out of the phrases under `topic`, or None where none fits."""
    known = {key: text for key, text in slots.items() if text is not None}
    phrase = scene.book.pick(scene.rng, topic, known)
    if phrase is None:
        return None
    text = phrase.text.format_map(known) + tail
    if isinstance(query, Query) and len(query.where) > 1:
        query = query.but(where=scene.in_spoken_order(query.where, text))
    return Draft(phrase.kind, text, query)


def projectable(table: Table) -> list[Column]:
    """Columns that one asks to see."""
    return [c for c in table.columns if c.archetype and c.kind != "flag"]


def unsettled(found: Subject) -> list[Column]:
    """Columns that one asks to see and whose value the conditions do not already say."""
    settled = {
        c for part in found.where if "= '" in part.sql or "NULL" in part.sql for c in part.columns
    }
    return [c for c in projectable(found.table) if c not in settled]


def phrase_columns(scene: Scene, columns: list[Column]) -> tuple[str, str]:
    """("name and price", "names and prices")."""
    nouns = [scene.noun_of(column) for column in columns]
    return listing(nouns), listing([plural(noun) for noun in nouns])


def list_names(scene: Scene) -> Draft | None:
    """ "Which books cost more than 20?" shows what names the rows."""
    found = subject(scene, [3, 60, 30, 7])
    if not found.table.labels:
        return None
    return draft(scene, "list.name", found.slots(), Query(found.table, found.label(), found.where))


def list_all(scene: Scene) -> Draft | None:
    """ "Show all books …" shows every column."""
    found = subject(scene, [12, 62, 24, 2])
    star = "*" if single(found) else f"{found.table.name}.*"
    return draft(
        scene, "list.all", found.slots(), Query(found.table, (Fragment(star),), found.where)
    )


def single(found: Subject) -> bool:
    """Whether all conditions are on the subject's own table."""
    return all(column.table is found.table for part in found.where for column in part.columns)


def list_columns(scene: Scene) -> Draft | None:
    """ "Show the name and price of …" shows these columns in this order."""
    found = subject(scene, [20, 55, 22, 3])
    rng, others = scene.rng, unsettled(found)
    chosen = rng.sample(others, min(len(others), rng.choice([1, 1, 2, 2, 3])))
    if found.table.of_kind("label") and rng.random() < 0.65:
        chosen = [*found.table.of_kind("label"), *chosen[:2]]
    if not chosen or (not found.conditions and len(chosen) == 1 and rng.random() < 0.4):
        return None
    one, many = phrase_columns(scene, chosen)
    return draft(
        scene,
        "list.cols",
        found.slots() | {"C": one, "Cs": many},
        Query(found.table, tuple(map(plain, chosen)), found.where),
    )


def list_with(scene: Scene) -> Draft | None:
    """ "List books with their price" shows the name, then the columns asked for."""
    found = subject(scene, [35, 48, 15, 2])
    others = unsettled(found)
    if not others or not found.table.of_kind("label"):
        return None
    chosen = scene.rng.sample(others, min(len(others), scene.rng.choice([1, 1, 1, 2])))
    slots = found.slots() | {"X": phrase_columns(scene, chosen)[0]}
    return draft(
        scene,
        "list.with",
        slots,
        Query(found.table, (*found.label(), *map(plain, chosen)), found.where),
    )


def count(scene: Scene) -> Draft | None:
    """How many rows there are."""
    found = subject(scene, [14, 56, 26, 4])
    return draft(scene, "count.rows", found.slots(), Query(found.table, (ROWS,), found.where))


def distinct_values(scene: Scene) -> Draft | None:
    """The different values of a column, or how many there are."""
    found = subject(scene, [70, 28, 2], joins=False)
    column = _pick(scene, found.table, "cat")
    if not column or column.nullable or any(column in part.columns for part in found.where):
        return None
    noun = scene.noun_of(column)
    slots = found.slots() | {"g": noun, "gs": plural(noun)}
    if scene.rng.random() < 0.5:
        return draft(
            scene,
            "count.distinct",
            slots,
            Query(found.table, (Fragment("COUNT(DISTINCT {0})", (column,)),), found.where),
        )
    return draft(
        scene,
        "distinct.vals",
        slots,
        Query(found.table, (plain(column),), found.where, distinct=True),
    )


def _pick(scene: Scene, table: Table, *kinds: str) -> Column | None:
    columns = table.of_kind(*kinds)
    return scene.rng.choice(columns) if columns else None


def extreme(scene: Scene) -> Draft | None:
    """The most expensive, the oldest, the newest: one row, several, or the second one."""
    found = subject(scene, [55, 38, 7])
    column = _pick(scene, found.table, "int", "real", "int", "real", "date", "year")
    if (
        not column
        or column.nullable
        or not found.table.labels
        or any(column in part.columns for part in found.where)
    ):
        return None
    down = scene.rng.random() < 0.62
    slots = superlatives(scene, column, down)
    if slots is None:
        return None
    query = Query(found.table, found.label(), found.where, order=((plain(column), down),), limit=1)
    pieces = {**found.slots(), **slots}
    form = scene.rng.choices(["one", "n", "with", "attr", "second"], [55, 24, 7, 9, 5])[0]
    if form == "n":
        return _several(scene, pieces, query, column, down)
    if form == "with" and found.table.of_kind("label"):
        return _extreme_with(scene, found, pieces, query, column)
    if form == "attr":
        return _extreme_attribute(scene, found, pieces, query, column)
    if form == "second" and column.archetype and column.archetype.numeric:
        if scene.rng.random() < 0.3:
            value = query.but(select=(plain(column),), offset=1)
            return draft(scene, "top.second_value", pieces, value)
        return draft(scene, "top.second", pieces, query.but(offset=1))
    if column.kind in ("date", "year"):
        return draft(scene, "top.date", pieces, query)
    return draft(scene, "top.one", pieces, query)


def superlatives(scene: Scene, column: Column, down: bool) -> dict[str, str | None] | None:
    """The slots for the top (`down`) or bottom of an order by `column`."""
    noun = scene.noun_of(column)
    if column.kind in ("date", "year"):
        words = column.fact("last" if down else "first")
        if not words:
            return None
        pp, act = column.fact("pp"), column.fact("act")
        born = column.archetype is not None and column.archetype.tag == "old" and "born" in pp
        return {
            "noun": noun,
            "sup": scene.rng.choice(words),
            "pp": pp[0] if pp else None,
            "act": act[0] if act else None,
            "most_rec": scene.rng.choice(["last", "most recently"]) if down and not born else None,
            "foremost": scene.rng.choice(["first", "earliest"]) if not down and not born else None,
            "edge": scene.rng.choice(["latest", "most recent"] if down else ["earliest"]),
        }
    facts = Spoken(scene, column).facts()
    rng = scene.rng
    return facts | {
        "sup": facts["sup"] if down else facts["opsup"],
        "highest": rng.choice(
            ["highest", "highest", "largest", "greatest"]
            if down
            else ["lowest", "lowest", "smallest"]
        ),
        "most": "most" if down else rng.choice(["fewest", "least"]),
        "mostly": "most" if down else "least",
    }


def _several(
    scene: Scene, pieces: dict[str, str | None], query: Query, column: Column, down: bool
) -> Draft | None:
    k = scene.rng.choice([2, 2, 3, 3, 3, 5, 5, 4, 10])
    said = NUMBER_WORDS[k] if scene.rng.random() < 0.25 else str(k)
    pieces = pieces | {"k": said}
    query = query.but(limit=k)
    if column.kind in ("date", "year") and "sup" not in pieces:
        return None
    if scene.rng.random() < 0.18 and query.base.of_kind("label"):
        return draft(scene, "top.nwith", pieces, query.but(select=(*query.select, plain(column))))
    if column.kind in ("date", "year"):
        pieces = {key: text for key, text in pieces.items() if key != "noun"}
    return draft(scene, "top.n" if down else "top.nbottom", pieces, query)


def _extreme_with(
    scene: Scene, found: Subject, pieces: dict[str, str | None], query: Query, column: Column
) -> Draft | None:
    other = [c for c in projectable(found.table) if c is not column]
    if not other:
        return None
    extra = scene.rng.choice(other)
    slots = pieces | {"X": scene.noun_of(extra)}
    said = draft(scene, "top.onecols", slots, query.but(select=(*query.select, plain(extra))))
    if (
        said
        and f"{pieces['name']} and {pieces['noun']} of" in said.text
        and str(slots["X"]) not in said.text
    ):
        return Draft(said.kind, said.text, query.but(select=(*query.select, plain(column))))
    return said


def _extreme_attribute(
    scene: Scene, found: Subject, pieces: dict[str, str | None], query: Query, column: Column
) -> Draft | None:
    other = [c for c in projectable(found.table) if c is not column]
    if not other:
        return None
    extra = scene.rng.choice(other)
    return draft(
        scene, "top.attr", pieces | {"X": scene.noun_of(extra)}, query.but(select=(plain(extra),))
    )


def lookup(scene: Scene) -> Draft | None:
    """ "How much does X cost?": a column of one named row."""
    rng = scene.rng
    tables = [table for table in scene.subjects() if table.of_kind("label")]
    if not tables:
        return None
    found = Subject(scene, rng.choice(tables))
    row = rng.randrange(len(found.table.labels[0].values))
    slots: dict[str, str | None] = {**found.slots(), "x": scene.value(name_value(found.table, row))}
    where = (named(found.table, row),)
    if rng.random() < 0.12:
        return draft(scene, "lookup.row", slots, Query(found.table, (Fragment("*"),), where))
    columns = [c for c in projectable(found.table) if c.values[row] is not None]
    if not columns:
        return None
    column = rng.choice(columns)
    chosen = [column]
    if len(columns) > 1 and rng.random() < 0.15:
        chosen = rng.sample(columns, 2)
    slots["C"] = phrase_columns(scene, chosen)[0]
    topic = "col"
    if len(chosen) == 1:
        topic = _about_one(scene, column, slots)
    return draft(
        scene, f"lookup.{topic}", slots, Query(found.table, tuple(map(plain, chosen)), where)
    )


def _about_one(scene: Scene, column: Column, slots: dict[str, str | None]) -> str:
    """Fill the slots for asking after one column; returns the topic that suits it."""
    questions = column.fact("wh")
    if questions:
        slots["wh"] = scene.rng.choice(questions).format(x=slots["x"])
        return scene.rng.choice(["where", "col"])
    if column.archetype and column.archetype.numeric:
        slots |= {
            key: text
            for key, text in Spoken(scene, column).facts().items()
            if key in ("verb", "adj", "count")
        }
        return scene.rng.choice(["num", "num", "num", "num", "col"])
    if column.kind in ("date", "year"):
        pp, act = column.fact("pp"), column.fact("act")
        slots |= {"pp": pp[0] if pp else None, "act": act[0] if act else None}
        return scene.rng.choice(["when", "when", "col"])
    return "col"


def percentage(scene: Scene) -> Draft | None:
    """What share of all rows meets a condition."""
    found = subject(scene, [0, 1], joins=False)
    if not found.conditions or len(found.conditions[0].sql.columns) != 1:
        return None
    made = found.conditions[0].sql
    share = Fragment(f"100.0 * SUM({made.sql}) / COUNT(*)", made.columns)
    return draft(scene, "percent.cond", found.slots(), Query(found.table, (share,)))
