"""What people ask per group: counts and aggregates for each value, their bounds and extremes."""

from __future__ import annotations

from lora_ui.embedded.tasks.text2sql.aggregates import call, function_for, measured, words_for
from lora_ui.embedded.tasks.text2sql.ddl import literal
from lora_ui.embedded.tasks.text2sql.intents import Draft, draft
from lora_ui.embedded.tasks.text2sql.lexicon import plural
from lora_ui.embedded.tasks.text2sql.measures import NUMBER_WORDS, Spoken
from lora_ui.embedded.tasks.text2sql.query import ROWS, Fragment, Query, plain
from lora_ui.embedded.tasks.text2sql.relations import subject
from lora_ui.embedded.tasks.text2sql.schemas import Column, Table
from lora_ui.embedded.tasks.text2sql.subjects import Scene, Subject

EDGES = {True: ("latest", "most recent", "last"), False: ("earliest", "first")}
"""Words for the last (True) and the first date."""


def group_key(scene: Scene, table: Table) -> tuple[Column, str] | None:
    """A column to group by, with its noun: the table's own, or one of a table it points at."""
    rng = scene.rng
    own = [c for c in table.of_kind("cat", "year", "cat") if not c.nullable]
    if own and rng.random() < 0.72:
        column = rng.choice(own)
        return column, scene.noun_of(column)
    edges = [edge for edge in scene.schema.edges if edge.child is table and edge.link]
    if not edges:
        return None
    edge = rng.choice(edges)
    columns = [c for c in edge.parent.of_kind("cat") if not c.nullable]
    if not columns:
        return None
    column = rng.choice(columns)
    noun = scene.noun_of(column)
    if any(noun in other.nouns for other in table.columns) or rng.random() < 0.7:
        noun = f"{scene.noun(edge.parent)[0]} {noun}"
    return column, noun


def grouped(scene: Scene) -> Draft | None:
    """Counts and aggregates per value of a column."""
    rng = scene.rng
    found = subject(scene, [72, 26, 2])
    key = group_key(scene, found.table)
    if not key or any(key[0] in part.columns for part in found.where):
        return None
    column, noun = key
    slots: dict[str, str | None] = {
        **found.slots(),
        "g": noun,
        "gs": plural(noun),
        "A": "" if column.kind == "cat" else None,
    }
    query = Query(found.table, (plain(column),), found.where, group=(column,))
    if rng.random() < 0.05:
        return _group_pair(scene, found, slots, query)
    makers = [_group_count, _group_aggregate, _group_both, _group_having, _group_extreme]
    return rng.choices(makers, [32, 34, 5, 22, 24])[0](scene, found, slots, query)


def _group_count(
    scene: Scene, _: Subject, slots: dict[str, str | None], query: Query
) -> Draft | None:
    query = query.but(select=(*query.select, ROWS))
    if scene.rng.random() < 0.14:
        tail = scene.say("group.sortdesc", {})
        return draft(scene, "group.count", slots, query.but(order=((ROWS, True),)), str(tail))
    return draft(scene, "group.count", slots, query)


def _group_pair(
    scene: Scene, found: Subject, slots: dict[str, str | None], query: Query
) -> Draft | None:
    others = [
        c
        for c in found.table.of_kind("cat")
        if not c.nullable
        and c not in query.group
        and not any(c in part.columns for part in found.where)
    ]
    if not others:
        return None
    other = scene.rng.choice(others)
    query = query.but(select=(*query.select, plain(other), ROWS), group=(*query.group, other))
    return draft(scene, "group.two", slots | {"g2": scene.noun_of(other)}, query)


def _group_aggregate(
    scene: Scene, found: Subject, slots: dict[str, str | None], query: Query
) -> Draft | None:
    column = measured(scene, found.table)
    if not column:
        return None
    function = function_for(scene, column)
    slots = slots | {"am": words_for(scene, function, column)}
    if function == "SUM" and column.fact("count"):
        slots["count"] = column.fact("count")[0]
    query = query.but(select=(*query.select, call(function, column)))
    if scene.rng.random() < 0.1:
        return draft(
            scene,
            "group.agg",
            slots,
            query.but(order=((call(function, column), True),)),
            str(scene.say("group.sortagg", {})),
        )
    return draft(scene, "group.agg", slots, query)


def _group_both(
    scene: Scene, found: Subject, slots: dict[str, str | None], query: Query
) -> Draft | None:
    column = measured(scene, found.table)
    if not column:
        return None
    slots = slots | {"am": words_for(scene, "AVG", column)}
    return draft(
        scene, "group.both", slots, query.but(select=(*query.select, ROWS, call("AVG", column)))
    )


def _group_having(
    scene: Scene, found: Subject, slots: dict[str, str | None], query: Query
) -> Draft | None:
    column = measured(scene, found.table)
    if column and not found.conditions and scene.rng.random() < 0.35:
        function = scene.rng.choice(["AVG", "AVG", function_for(scene, column)])
        words, sign = aggregate_bound(scene, column, function)
        am = words_for(scene, function, column)
        return draft(
            scene,
            "group.havingagg",
            slots | {"am": am, "a_am": f"a {am}", "than": words},
            query.but(having=Fragment(f"{function}({{0}}) {sign}", (column,))),
        )
    words, sign = count_bound(scene)
    return draft(
        scene,
        "group.having",
        slots | {"cnt": words},
        query.but(having=Fragment(f"COUNT(*) {sign}")),
    )


def count_bound(scene: Scene) -> tuple[str, str]:
    """("more than two", "> 2")."""
    n = scene.rng.choice([1, 1, 2, 2, 2, 3])
    said = NUMBER_WORDS[n] if scene.rng.random() < 0.45 else str(n)
    more, less = (
        (NUMBER_WORDS[n + 1], NUMBER_WORDS[n + 1]) if said.isalpha() else (str(n + 1), str(n + 1))
    )
    return scene.rng.choice(
        [(f"more than {said}", f"> {n}")] * 4
        + [(f"at least {more}", f">= {n + 1}")] * 3
        + [
            (f"{more} or more", f">= {n + 1}"),
            (f"fewer than {less}", f"< {n + 1}"),
            (f"less than {less}", f"< {n + 1}"),
        ]
        + [(f"exactly {more}", f"= {n + 1}"), (f"only {more}", f"= {n + 1}")][:1]
    )


def aggregate_bound(scene: Scene, column: Column, function: str) -> tuple[str, str]:
    """("above 50", "> 50"), near what groups of the column come to."""
    values = sorted(value for value in column.values if value is not None)
    value = (
        values[len(values) // 2]
        if function == "AVG"
        else values[-2]
        if function == "MAX"
        else values[1]
    )
    if function == "SUM":
        value = sum(values) / 3
    number = round(value) if abs(value) > 10 else round(value, 1)
    if number > 100 and scene.rng.random() < 0.8:
        grain = 10 ** (len(str(number)) - 2)
        number = int(round(number / grain) * grain)
    text = Spoken(scene, column).slots(number)["v"]
    word, sign = scene.rng.choice(
        [
            ("above", ">"),
            ("over", ">"),
            ("greater than", ">"),
            ("of more than", ">"),
            ("below", "<"),
            ("under", "<"),
            ("of at least", ">="),
        ]
    )
    return f"{word} {text}", f"{sign} {literal(number)}"


def _group_extreme(
    scene: Scene, found: Subject, slots: dict[str, str | None], query: Query
) -> Draft | None:
    rng, column = scene.rng, measured(scene, found.table)
    form = rng.choices(["most", "fewest", "agg", "topn", "topagg"], [42, 15, 32, 6, 6])[0]
    if form == "topn":
        k = rng.choice([2, 3, 3])
        return draft(
            scene, "group.topn", slots | {"k": str(k)}, query.but(order=((ROWS, True),), limit=k)
        )
    if form in ("agg", "topagg"):
        if not column or found.conditions:
            return None
        function, best = rng.choice(["AVG", "AVG", function_for(scene, column)]), rng.random() < 0.7
        if function in ("MAX", "MIN"):
            return None
        slots = slots | {"am": words_for(scene, function, column)}
        if function == "SUM":
            slots |= {"thesum": scene.noun_of(column), "count": "".join(column.fact("count")[:1])}
            slots["count"] = slots["count"] or None
        if form == "topagg":
            k = rng.choice([2, 3, 3, 5])
            query = query.but(order=((call(function, column), True),), limit=k)
            return draft(scene, "group.topagg", slots | {"k": str(k)}, query)
        return draft(
            scene,
            "group.bestagg" if best else "group.worstagg",
            slots,
            query.but(order=((call(function, column), best),), limit=1),
        )
    return draft(scene, f"group.{form}", slots, query.but(order=((ROWS, form == "most"),), limit=1))


def per_period(scene: Scene) -> Draft | None:
    """Counts per year or month of a date."""
    found = subject(scene, [85, 15])
    columns = [
        c
        for c in found.table.of_kind("date", "year")
        if not c.nullable and not any(c in part.columns for part in found.where)
    ]
    if not columns:
        return None
    column = scene.rng.choice(columns)
    pp, act = column.fact("pp"), column.fact("act")
    noun = scene.noun_of(column)
    slots = {
        **found.slots(),
        "noun": noun,
        "pp": pp[0] if pp else None,
        "act": act[0] if act else None,
    }
    if len(found.table.of_kind("date", "year")) == 1:
        slots["D"] = ""
    query = Query(found.table, (), found.where)
    if column.kind == "year":
        slots["noun"] = None
        query = query.but(select=(plain(column), ROWS), group=(column,))
        return draft(scene, "group.year", slots, query)
    form = scene.rng.choices(["year", "month", "month_of"], [62, 24, 14])[0]
    period = Fragment(f"strftime('{'%Y' if form == 'year' else '%Y-%m'}', {{0}})", (column,))
    query = query.but(select=(period, ROWS), group_sql=period)
    if form == "month_of":
        year = scene.rng.choice(column.values)[:4]
        slots["y"] = year
        within = Fragment(f"{{0}} LIKE '{year}-%'", (column,))
        query = query.but(where=(*query.where, within))
    return draft(scene, f"group.{form}", slots, query)


def by_flag(scene: Scene) -> Draft | None:
    """How many rows are so, and how many are not."""
    found = subject(scene, [1])
    columns = [c for c in found.table.of_kind("flag") if c.fact("yes") and c.fact("no")]
    if not columns:
        return None
    column = scene.rng.choice(columns)
    slots = found.slots() | {key: scene.rng.choice(column.fact(key)) for key in ("yes", "no")}
    query = Query(found.table, (plain(column), ROWS), group=(column,))
    return draft(scene, "group.flag", slots, query)


def dates_per_group(scene: Scene) -> Draft | None:
    """The first or last date for each value of a column."""
    found = subject(scene, [85, 15])
    key, dates = group_key(scene, found.table), found.table.of_kind("date")
    if not key or not dates:
        return None
    column, last = scene.rng.choice(dates), scene.rng.random() < 0.7
    if {key[0], column} & {used for part in found.where for used in part.columns}:
        return None
    slots = found.slots() | {"g": key[1], "noun": scene.noun_of(column)}
    slots["edge"] = scene.rng.choice(EDGES[last])
    made = call("MAX" if last else "MIN", column)
    query = Query(found.table, (plain(key[0]), made), found.where, group=(key[0],))
    return draft(scene, "group.date", slots, query)
