"""The text2sql task: a seeded stream of examples and the grader."""

from __future__ import annotations

import random
import sqlite3
from collections.abc import Iterator

from lora_ui.embedded.tasks.base import Example, Grade, Split
from lora_ui.embedded.tasks.text2sql import aggregates, groups, intents, joins, junctions, orders
from lora_ui.embedded.tasks.text2sql.ddl import Hand, create_all, setup_script
from lora_ui.embedded.tasks.text2sql.grading import QueryFailed, compare, fetch, grade_sql
from lora_ui.embedded.tasks.text2sql.intents import Draft, Intent
from lora_ui.embedded.tasks.text2sql.lexicon import lexicon
from lora_ui.embedded.tasks.text2sql.query import Writer
from lora_ui.embedded.tasks.text2sql.rows import populate
from lora_ui.embedded.tasks.text2sql.schemas import Schema, SchemaMaker
from lora_ui.embedded.tasks.text2sql.subjects import Scene
from lora_ui.embedded.tasks.text2sql.wording import finish, phrasebook

PLAIN: dict[Intent, float] = {
    intents.list_names: 17,
    intents.list_all: 7,
    intents.list_columns: 8,
    intents.list_with: 5,
    intents.count: 14,
    intents.distinct_values: 5,
    intents.extreme: 14,
    orders.ordered: 7,
    intents.lookup: 10,
    intents.percentage: 1.6,
    aggregates.aggregate: 27,
    aggregates.date_edge: 1.5,
    aggregates.against_average: 5,
    aggregates.arithmetic: 40,
    groups.grouped: 24,
    groups.per_period: 5,
    groups.by_flag: 1.2,
    groups.dates_per_group: 2,
}
JOINED: dict[Intent, float] = {
    joins.childless: 12,
    joins.with_certain_children: 11,
    joins.count_of_one: 8,
    joins.per_parent: 20,
    joins.aggregate_per_parent: 13,
    joins.date_per_parent: 3,
    joins.parent_of_one: 8,
    joins.parent_of_extreme: 7,
    joins.with_parent: 11,
    joins.spending: 8,
    junctions.across_junction: 22,
    junctions.certain_others: 9,
    junctions.all_pairs: 9,
    junctions.junction_measure: 8,
    junctions.revenue: 10,
    junctions.hierarchy: 20,
}
SYSTEM_SHARE = 0.35
EMPTY_SHARE = 0.02
"""How many of the queries that find nothing are kept."""
TRIES = 8
"""Questions tried per schema before it is given up."""


class TextToSql:
    """Question and schema in, one SQLite query out."""

    name = "text2sql"

    def generate(self, seed: int, split: Split) -> Iterator[Example]:
        """An endless stream of examples; the same seed and split give the same stream."""
        rng = random.Random(f"{seed}-{split}")
        number = 0
        while True:
            example = example_of(rng, split, f"text2sql-{split}-{seed}-{number}")
            if example:
                yield example
                number += 1

    def grade(self, example: Example, text: str) -> Grade:
        """Run the answer's first statement and the reference, and compare their rows."""
        return grade_sql(example.check["setup"], example.check["gold"], text)


def example_of(rng: random.Random, split: Split, identity: str) -> Example | None:
    """One example about a fresh schema, or None when the draw makes no good one."""
    schema = SchemaMaker(rng, lexicon(split)).make()
    populate(rng, schema)
    quote = rng.choices(["", "'", '"'], [72, 16, 12])[0]
    shown = create_all(Hand.random(rng), schema, rng)
    scene = Scene(rng, schema, phrasebook(split), lexicon(split), quote, shown)
    drafted = next(filter(None, (_draft(scene) for _ in range(TRIES))), None)
    if drafted is None:
        return None
    sql = drafted.query if isinstance(drafted.query, str) else Writer(schema).write(drafted.query)
    setup = setup_script(schema)
    if not _telling(rng, schema, setup, sql):
        return None
    wrapped = scene.say(f"wrap.{drafted.kind}", {"x": drafted.text})
    prompt = f"{shown}\n\n{finish(rng, wrapped or drafted.text)}"
    messages = [{"role": "user", "content": prompt}]
    if rng.random() < SYSTEM_SHARE:
        messages.insert(0, {"role": "system", "content": str(scene.say("system.any", {}))})
    return Example(identity, messages, sql, {"setup": setup, "gold": sql})


def _draft(scene: Scene) -> Draft | None:
    """A question about the scene's schema."""
    pool = PLAIN
    if scene.schema.edges or scene.schema.boss:
        relational = scene.rng.random() < (0.85 if scene.schema.boss else 0.62)
        pool = JOINED if relational else PLAIN
    intent = scene.rng.choices(list(pool), list(pool.values()))[0]
    return intent(scene)


def _telling(rng: random.Random, schema: Schema, setup: str, sql: str) -> bool:
    """Whether the rows make the query checkable: it finds something, and no tie decides what."""
    rows = _run(setup, sql)
    if not rows or all(value in (None, 0) for row in rows for value in row):
        return rng.random() < EMPTY_SHARE
    if " ORDER BY " in sql or " LIMIT " in sql:
        backwards = _run(setup_script(schema, backwards=True), sql)
        return compare(rows, backwards, ordered=" ORDER BY " in sql).right
    return True


def _run(setup: str, sql: str) -> list[tuple[object, ...]]:
    connection = sqlite3.connect(":memory:")
    try:
        connection.executescript(setup)
        return fetch(connection, sql)
    except (sqlite3.Error, QueryFailed) as error:
        raise RuntimeError(f"{error}\n{setup}\n{sql}") from error
    finally:
        connection.close()


TASK = TextToSql()
