"""What people ask of numbers: averages, totals, sums of products, comparisons with the average."""

from __future__ import annotations

from lora_ui.embedded.tasks.text2sql.intents import Draft, draft, superlatives
from lora_ui.embedded.tasks.text2sql.lexicon import plural
from lora_ui.embedded.tasks.text2sql.measures import NUMBER_WORDS, Spoken
from lora_ui.embedded.tasks.text2sql.query import ROWS, Fragment, Query, Writer, plain
from lora_ui.embedded.tasks.text2sql.relations import subject
from lora_ui.embedded.tasks.text2sql.schemas import Column, Table
from lora_ui.embedded.tasks.text2sql.subjects import Scene, Subject, name_value, named

FUNCTION_WORDS = {
    "AVG": ("average", "average", "average", "mean", "avg"),
    "SUM": ("total", "total", "combined"),
    "MAX": ("highest", "maximum", "max", "largest"),
    "MIN": ("lowest", "minimum", "min", "smallest"),
}
EARNING = {"order", "sale", "payment", "invoice", "booking"}
"""Things whose amounts sum up to a revenue."""
PAIRS = {
    ("MIN", "MAX"): (
        "minimum and maximum",
        "lowest and highest",
        "min and max",
        "smallest and largest",
    ),
    ("MAX", "MIN"): ("maximum and minimum", "highest and lowest", "max and min"),
    ("AVG", "MAX"): ("average and maximum", "average and highest", "mean and max"),
    ("AVG", "MIN"): ("average and minimum", "average and lowest"),
    ("SUM", "AVG"): ("total and average",),
}


def measured(scene: Scene, table: Table) -> Column | None:
    """A column of numbers."""
    columns = table.of_kind("int", "real")
    return scene.rng.choice(columns) if columns else None


def function_for(scene: Scene, column: Column) -> str:
    """An aggregate that makes sense for the column."""
    summable = bool(column.archetype and column.archetype.facts.get("sum"))
    return scene.rng.choices(["AVG", "SUM", "MAX", "MIN"], [42, 72 if summable else 0, 20, 16])[0]


def call(function: str, column: Column) -> Fragment:
    """The aggregate as SQL."""
    return Fragment(f"{function}({{0}})", (column,))


def words_for(scene: Scene, function: str, column: Column) -> str:
    """ "average price", "total number of pages"."""
    noun = scene.noun_of(column)
    word = scene.rng.choice(FUNCTION_WORDS[function])
    counted = column.fact("count")
    if counted and scene.rng.random() < 0.4:
        return f"{word} {counted[0]}"
    if noun.startswith(("total ", "average ", "maximum ")):
        noun = noun.split(" ", 1)[1]
    return f"{word} {noun}"


def aggregate(scene: Scene) -> Draft | None:
    """One aggregate, or two at once."""
    found = subject(scene, [48, 42, 10])
    column = measured(scene, found.table)
    if not column or any(column in part.columns for part in found.where):
        return None
    roll = scene.rng.random()
    if roll < 0.24:
        return _two(scene, found, column)
    if roll < 0.27:
        return _gap(scene, found, column)
    function = function_for(scene, column)
    if function == "AVG" and roll > 0.92:
        return _rounded(scene, found, column)
    query = Query(found.table, (call(function, column),), found.where)
    return draft(scene, f"agg.{function.lower()}", _aggregate_slots(scene, found, column), query)


def _aggregate_slots(scene: Scene, found: Subject, column: Column) -> dict[str, str | None]:
    """What phrases about one aggregate may use; "total" is left to the phrases."""
    words = {key: scene.rng.choice(FUNCTION_WORDS[key.upper()]) for key in ("avg", "max", "min")}
    slots: dict[str, str | None] = {**found.slots(), **Spoken(scene, column).facts(), **words}
    noun = str(slots["noun"])
    if noun.startswith("total"):
        slots["noun"] = noun.removeprefix("total").strip() or "amount"
        slots["nouns"] = plural(str(slots["noun"]))
    thing = found.table.thing
    if thing and thing.key in EARNING and column.archetype and column.archetype.tag == "amount":
        slots["rev"] = scene.rng.choice(["revenue", "revenue", "sales revenue"])
    return slots


def _gap(scene: Scene, found: Subject, column: Column) -> Draft | None:
    query = Query(found.table, (Fragment("MAX({0}) - MIN({0})", (column,)),), found.where)
    return draft(scene, "agg.diff", found.slots() | {"noun": scene.noun_of(column)}, query)


def _rounded(scene: Scene, found: Subject, column: Column) -> Draft | None:
    places = scene.rng.choice([1, 2, 2])
    number = scene.rng.choice([str(places), NUMBER_WORDS[places]])
    digits = f"{number} {scene.rng.choice(['decimal', 'decimal place'])}{'s' * (places > 1)}"
    slots = found.slots() | {"noun": scene.noun_of(column), "digits": digits}
    rounded = Fragment(f"ROUND(AVG({{0}}), {places})", (column,))
    return draft(scene, "agg.round", slots, Query(found.table, (rounded,), found.where))


def _two(scene: Scene, found: Subject, column: Column) -> Draft | None:
    rng, slots = scene.rng, found.slots()
    form = rng.choice(["two", "two", "count_and", "two_cols"])
    if form == "count_and":
        function = rng.choice(["AVG", "AVG", function_for(scene, column)])
        return draft(
            scene,
            "agg.count_and",
            slots | {"am": words_for(scene, function, column)},
            Query(found.table, (ROWS, call(function, column)), found.where),
        )
    other = measured(scene, found.table)
    if form == "two_cols" and other and other is not column:
        functions = function_for(scene, column), function_for(scene, other)
        said = {
            "am": words_for(scene, functions[0], column),
            "am2": words_for(scene, functions[1], other),
        }
        return draft(
            scene,
            "agg.two_cols",
            slots | said,
            Query(
                found.table, (call(functions[0], column), call(functions[1], other)), found.where
            ),
        )
    pair = rng.choice(list(PAIRS))
    if "SUM" in pair and not (column.archetype and column.archetype.facts.get("sum")):
        return None
    noun = scene.noun_of(column).removeprefix("total ").removeprefix("maximum ")
    return draft(
        scene,
        "agg.two",
        slots | {"pair": rng.choice(PAIRS[pair]), "noun": noun},
        Query(found.table, tuple(call(f, column) for f in pair), found.where),
    )


def date_edge(scene: Scene) -> Draft | None:
    """When the first or last one was: MIN or MAX of a date."""
    found = subject(scene, [65, 32, 3])
    columns = [
        c for c in found.table.of_kind("date") if not any(c in part.columns for part in found.where)
    ]
    if not columns:
        return None
    column, last = scene.rng.choice(columns), scene.rng.random() < 0.55
    slots = superlatives(scene, column, last)
    if slots is None:
        return None
    if slots["pp"] and str(slots["pp"]) in str(slots["sup"]):
        return None
    slots = {**found.slots(), **slots, ("last" if last else "first"): slots["sup"]}
    return draft(
        scene,
        "agg.datemax" if last else "agg.datemin",
        slots,
        Query(found.table, (call("MAX" if last else "MIN", column),), found.where),
    )


def against_average(scene: Scene) -> Draft | None:
    """Rows above or below the average of all rows."""
    found = subject(scene, [1])
    column = measured(scene, found.table)
    if not column or not found.table.labels:
        return None
    if scene.rng.random() < 0.34 and found.table.of_kind("label"):
        return _against_one(scene, found, column)
    above = scene.rng.random() < 0.7
    if scene.rng.random() < 0.16:
        return _against_group(scene, found, column)
    inner = f"SELECT AVG({column.name}) FROM {found.table.name}"
    term = Fragment(f"{{0}} {'>' if above else '<'} ({inner})", (column,))
    slots = {**found.slots(), **Spoken(scene, column).facts()}
    if above and scene.rng.random() < 0.15:
        return draft(scene, "compare.count", slots, Query(found.table, (ROWS,), (term,)))
    return draft(
        scene,
        "compare.above" if above else "compare.below",
        slots,
        Query(found.table, found.label(), (term,)),
    )


def _against_group(scene: Scene, found: Subject, column: Column) -> Draft | None:
    """Rows above or below the average of their own group."""
    table = found.table
    groups = [c for c in table.of_kind("cat") if not c.nullable]
    if not groups:
        return None
    group, above = scene.rng.choice(groups), scene.rng.random() < 0.75
    inner = f"SELECT AVG({column.name}) FROM {table.name} AS g WHERE g.{group.name} = "
    sql = f"{{0}} {'>' if above else '<'} ({inner}{table.name}.{group.name})"
    slots = {**found.slots(), **Spoken(scene, column).facts(), "g": scene.noun_of(group)}
    topic = "compare.group_above" if above else "compare.group_below"
    return draft(scene, topic, slots, Query(table, found.label(), (Fragment(sql, (column,)),)))


def _against_one(scene: Scene, found: Subject, column: Column) -> Draft | None:
    """Rows above or below a named row."""
    if column.nullable:
        return None
    row, above = scene.rng.randrange(len(column.values)), scene.rng.random() < 0.65
    where = Writer(scene.schema).write(
        Query(found.table, (plain(column),), (named(found.table, row),))
    )
    term = Fragment(f"{{0}} {'>' if above else '<'} ({where})", (column,))
    slots = {
        **found.slots(),
        **Spoken(scene, column).facts(),
        "x": scene.value(name_value(found.table, row)),
    }
    return draft(
        scene,
        "compare.than" if above else "compare.under",
        slots,
        Query(found.table, found.label(), (term,)),
    )


def scaled(scene: Scene) -> Draft | None:
    """A column times a constant: prices after a discount, yearly salaries."""
    rng = scene.rng
    options = [
        c
        for t in scene.subjects()
        if t.of_kind("label")
        for c in t.columns
        if c.archetype and c.archetype.tag in ("price", "salary")
    ]
    if not options:
        return None
    column = rng.choice(options)
    noun, percent = column.nouns[0], rng.choice([5, 10, 15, 20, 25, 50])
    lower = rng.random() < 0.5
    words = (
        [
            f"{noun} after a {percent}% discount",
            f"{noun} reduced by {percent}%",
            f"{noun} minus {percent} percent",
        ]
        if lower
        else [
            f"{noun} including {percent}% tax",
            f"{noun} increased by {percent}%",
            f"{noun} raised by {percent} percent",
        ]
    )
    factor = f"{1 + (-percent if lower else percent) / 100:g}"
    if column.name.lower().startswith("monthly") and rng.random() < 0.6:
        words, factor = (
            [
                f"yearly {noun.removeprefix('monthly ')} (12 months)",
                f"{noun} times 12",
                f"annual {noun.removeprefix('monthly ')}",
            ],
            "12",
        )
    found = Subject(scene, column.table)
    query = Query(column.table, (*found.label(), Fragment(f"{{0}} * {factor}", (column,))))
    return draft(scene, "arith.scaled", {**found.slots(), "calc": rng.choice(words)}, query)


def arithmetic(scene: Scene) -> Draft | None:
    """Two columns multiplied, added, subtracted or divided."""
    rng = scene.rng
    options = []
    for table in scene.subjects():
        for left, operator, right, words in scene.lexicon.arithmetic:
            a, b = table.archetyped(left), table.archetyped(right)
            if a and b:
                options.append((table, a, operator, b, words))
    if not options or rng.random() < 0.06:
        return scaled(scene) if rng.random() < 0.2 else None
    table, a, operator, b, words = rng.choice(options)
    found = subject(scene, [64, 33, 3], table, joins=False)
    if {a, b} & {column for part in found.where for column in part.columns}:
        return None
    said = {"*": ("times", "multiplied by"), "+": ("plus",), "-": ("minus",), "/": ("divided by",)}[
        operator
    ]
    spoken = f"{a.nouns[0]} {rng.choice(said)} {b.nouns[0]}"
    hint = (
        f" ({rng.choice([spoken, spoken, f'{a.name} {operator} {b.name}'])})"
        if rng.random() < 0.4
        else ""
    )
    sql = f"{{0}} {operator} {{1}}" if operator != "/" else "1.0 * {0} / {1}"
    slots = {**found.slots(), "calc": rng.choice(words), "hint": hint, "expr": spoken}
    if operator == "*" and a.archetype and a.archetype.tag == "price":
        slots["worth"] = "worth"
    form = rng.choice(["each", "each", "sum", "sum", "sum", "top"])
    if form == "sum":
        return (
            draft(
                scene,
                "arith.sum",
                slots,
                Query(table, (Fragment(f"SUM({sql})", (a, b)),), found.where),
            )
            if operator != "/"
            else None
        )
    if not table.of_kind("label"):
        return None
    if form == "top":
        return draft(
            scene,
            "arith.top",
            slots,
            Query(
                table, found.label(), found.where, order=((Fragment(sql, (a, b)), True),), limit=1
            ),
        )
    query = Query(table, (*found.label(), Fragment(sql, (a, b))), found.where)
    return draft(scene, "arith.each", slots, query)
