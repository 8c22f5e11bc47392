"""Rows for a schema: few of them, with values that questions can hit and orders without ties."""

from __future__ import annotations

import datetime
import math
import random
from typing import Any

from lora_ui.embedded.tasks.text2sql.lexicon import Archetype, pool
from lora_ui.embedded.tasks.text2sql.schemas import Column, Schema, Table


def populate(rng: random.Random, schema: Schema) -> None:
    """Give every column of the schema its values; parents come before their children's keys."""
    for table in schema.tables:
        size = rng.randint(8, 12) if table.thing is None else rng.randint(6, 12)
        _fill_labels(rng, table, size)
        for column in table.columns:
            if column.kind == "id":
                column.values = list(range(1, size + 1))
            elif column.archetype:
                column.values = _with_gaps(rng, column, _values(rng, column, size))
    for edge in schema.edges:
        edge.key.values = _keys(rng, edge.parent, _size(edge.child, edge.key))
    if schema.junction:
        _unique_pairs(rng, schema)
    if schema.boss:
        ids = schema.boss.child.of_kind("id")[0].values
        schema.boss.key.values = [
            None if i < 2 else rng.choice(ids[: max(2, i // 2)]) for i in range(len(ids))
        ]


def _size(table: Table, apart_from: Column) -> int:
    sizes = [
        len(column.values) for column in table.columns if column.values and column is not apart_from
    ]
    return sizes[0] if sizes else 10


def _keys(rng: random.Random, parent: Table, size: int) -> list[int]:
    """Foreign keys that leave at least one parent without a child and favour one."""
    assert parent.id
    ids = rng.sample(parent.id.values, len(parent.id.values) - rng.choice([1, 1, 2]))
    weights = [1 / (1 + rank * 0.5) for rank in range(len(ids))]
    return rng.choices(ids, weights, k=size)


def _unique_pairs(rng: random.Random, schema: Schema) -> None:
    """A junction's rows: no pair twice, and on either side somebody left out."""
    assert schema.junction
    assert schema.junction.a.id
    assert schema.junction.b.id
    left, right = (edge.key for edge in schema.edges if edge.child is schema.junction.table)
    size = len(left.values)
    a_ids = schema.junction.a.id.values[:-1]
    b_ids = schema.junction.b.id.values[1:]
    chosen = rng.sample([(a, b) for a in a_ids for b in b_ids], size)
    left.values, right.values = [a for a, _ in chosen], [b for _, b in chosen]


def _fill_labels(rng: random.Random, table: Table, size: int) -> None:
    labels = table.of_kind("label")
    if not labels:
        return
    assert table.thing
    names = list(dict.fromkeys(rng.choices(pool(table.thing.pool), k=size * 4)))[:size]
    names += [f"{names[i % len(names)]} {i}" for i in range(size - len(names))]
    if len(labels) == 2:
        labels[0].values = [name.split(" ", 1)[0] for name in names]
        labels[1].values = [name.split(" ", 1)[1] for name in names]
    else:
        labels[0].values = names


def _with_gaps(rng: random.Random, column: Column, values: list[Any]) -> list[Any]:
    if not column.nullable:
        return values
    gaps = set(rng.sample(range(len(values)), rng.randint(2, max(2, len(values) // 3))))
    return [None if i in gaps else value for i, value in enumerate(values)]


def _values(rng: random.Random, column: Column, size: int) -> list[Any]:
    archetype = column.archetype
    assert archetype
    if archetype.kind == "flag":
        flags = [0, 1, *rng.choices([0, 1], k=size - 2)]
        rng.shuffle(flags)
        return flags
    if archetype.kind == "cat":
        return _categories(rng, archetype.facts["values"], size)
    if archetype.kind == "date":
        return _dates(rng, *archetype.facts.get("r", ()), size=size)
    if archetype.kind == "year":
        low, high = archetype.facts["r"]
        start = rng.randint(low, max(low, high - 25))
        return rng.choices(range(start, min(high, start + rng.choice([6, 15, 40])) + 1), k=size)
    if archetype.kind == "text":
        return _texts(rng, archetype.key, size)
    values = _measures(rng, archetype, size)
    return _stocked(rng, values) if archetype.key == "stock" else values


def _categories(rng: random.Random, source: str, size: int) -> list[str]:
    values = list(pool(source) if source.startswith("@") else source.split("|"))
    few = rng.sample(values, min(len(values), rng.randint(3, 5)))
    if all(value.islower() for value in few) and rng.random() < 0.35:
        few = [value.title() if rng.random() < 1.1 else value for value in few]
    picked = few + rng.choices(few, [3, 2, *[1] * (len(few) - 2)], k=size)
    picked = picked[:size]
    rng.shuffle(picked)
    return picked


def _dates(rng: random.Random, low: int = 0, high: int = 0, *, size: int) -> list[str]:
    if not low:
        low = rng.randint(2015, 2023)
        high = low + rng.choice([1, 2, 3])
    first, last = datetime.date(low, 1, 1).toordinal(), datetime.date(high, 12, 28).toordinal()
    return [
        datetime.date.fromordinal(day).isoformat() for day in rng.sample(range(first, last), size)
    ]


def _measures(rng: random.Random, archetype: Archetype, size: int) -> list[Any]:
    """Values spread over the range, without repeats where the range allows it."""
    low, high = archetype.facts["r"]
    step, few = archetype.facts.get("step"), bool(archetype.facts.get("few"))
    values: list[Any] = []
    for _ in range(size * 6):
        if few or high - low < 40 or step:
            number = rng.uniform(low, high)
        else:
            number = math.exp(rng.uniform(math.log(max(low, 1)), math.log(high)))
        value = _nice(rng, number, step, archetype.kind == "real")
        if low <= value <= high and (value not in values or few):
            values.append(value)
        if len(values) == size:
            return values
    return (values * size)[:size]


def _stocked(rng: random.Random, values: list[Any]) -> list[Any]:
    """Some of the amounts run out."""
    for i in rng.sample(range(len(values)), rng.choice([0, 1, 2])):
        values[i] = 0
    return values


def _nice(rng: random.Random, number: float, step: float | None, real: bool) -> float | int:
    if step:
        return round(round(number / step) * step, 2)
    if real:
        return round(math.floor(number) + rng.choice([0.0, 0.5, 0.99, 0.25, 0.9, 0.75]), 2)
    grain = 1 if number < 200 else 10 if number < 3000 else 100 if number < 60000 else 1000
    return round(number / grain) * grain


def _texts(rng: random.Random, key: str, size: int) -> list[str]:
    people = rng.sample(pool("people"), size)
    return [_text(rng, key, i, people[i]) for i in range(size)]


def _text(rng: random.Random, key: str, i: int, person: str) -> str:
    """The i-th value of a free-text column; `person` lends a name."""
    plain = person.lower().replace("'", "")
    if key == "email":
        host = rng.choice(["example.com", "mail.org", "gmail.com", "post.net"])
        return f"{plain.replace(' ', '.')}@{host}"
    if key == "phone":
        return f"+{rng.choice([1, 33, 44, 49])} {rng.randint(200, 999)} {rng.randint(1000, 9999)}"
    if key == "website":
        return f"https://{plain.split()[-1]}{i}.{rng.choice(['com', 'org', 'net'])}"
    if key == "address":
        return f"{rng.randint(1, 220)} {pool('street')[i % 10].split(' ', 1)[1]}"
    if key == "notes":
        return pool("notes")[i % 10]
    if key == "description":
        return f"all about {pool('tag')[i % 11]}"
    if key == "nickname":
        return f"{plain.split()[0]}{rng.randint(1, 99)}"
    letters = "".join(rng.choices("ABHKMXRZ", k=3))
    return {"isbn": "978-", "sku": f"{letters[:2]}-"}.get(
        key, f"{letters[0]}-{letters[1:]} "
    ) + str(rng.randint(10**8, 10**9 - 1) if key == "isbn" else rng.randint(100, 999))
