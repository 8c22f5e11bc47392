"""SQL text of a schema: CREATE TABLE statements in many hands, and the INSERTs of its rows."""

from __future__ import annotations

import random
from dataclasses import dataclass
from typing import Any

from lora_ui.embedded.tasks.text2sql.schemas import Column, Schema, Table

TYPES = {
    "id": ("INTEGER", "INTEGER", "INT"),
    "fk": ("INTEGER", "INTEGER", "INT"),
    "int": ("INTEGER", "INTEGER", "INT"),
    "year": ("INTEGER", "INTEGER", "INT"),
    "flag": ("INTEGER", "BOOLEAN", "INTEGER", "INT", "TINYINT(1)"),
    "real": ("REAL", "REAL", "DECIMAL(10,2)", "FLOAT", "NUMERIC", "DOUBLE"),
    "date": ("TEXT", "DATE", "TEXT", "DATE"),
    "cat": ("TEXT", "TEXT", "VARCHAR(50)", "VARCHAR(20)"),
    "text": ("TEXT", "TEXT", "VARCHAR(255)", "VARCHAR(100)"),
    "label": ("TEXT", "TEXT", "VARCHAR(100)", "VARCHAR(255)"),
}


@dataclass(frozen=True)
class Hand:
    """One person's way of writing DDL, the same throughout a schema."""

    upper: bool
    lines: bool
    indent: str
    semicolon: bool
    keys: bool
    """Whether primary keys are declared."""
    references: str
    """inline, table or none."""
    not_null: bool
    quoted: bool
    types: dict[str, str]
    guard: str

    @classmethod
    def random(cls, rng: random.Random) -> Hand:
        """Somebody's hand."""
        upper = rng.random() < 0.72
        plain = rng.random() < 0.55
        return cls(
            upper=upper,
            lines=rng.random() < 0.5,
            indent=rng.choice(["  ", "    ", "    ", "\t"]),
            semicolon=rng.random() < 0.75,
            keys=rng.random() < 0.75,
            references=rng.choices(["inline", "table", "none"], [50, 22, 28])[0],
            not_null=rng.random() < 0.25,
            quoted=rng.random() < 0.02,
            types={kind: names[0] if plain else rng.choice(names) for kind, names in TYPES.items()},
            guard="IF NOT EXISTS " if rng.random() < 0.03 else "",
        )

    def word(self, text: str) -> str:
        """A keyword or type in this hand's case."""
        return text if self.upper else text.lower()

    def name(self, text: str) -> str:
        """An identifier."""
        return f'"{text}"' if self.quoted else text


def create_table(hand: Hand, table: Table) -> str:
    """One CREATE TABLE statement, without a semicolon."""
    parts = [_column(hand, column) for column in table.columns]
    if hand.references == "table":
        parts += [
            hand.word("FOREIGN KEY ")
            + f"({hand.name(c.name)}) "
            + hand.word("REFERENCES ")
            + _target(hand, c)
            for c in table.columns
            if c.refers_to
        ]
    head = hand.word(f"CREATE TABLE {hand.guard}") + hand.name(table.name)
    if hand.lines:
        return f"{head} (\n{hand.indent}" + f",\n{hand.indent}".join(parts) + "\n)"
    return f"{head} ({', '.join(parts)})"


def _column(hand: Hand, column: Column) -> str:
    text = f"{hand.name(column.name)} {hand.word(hand.types[column.kind])}"
    if column.kind == "id" and hand.keys:
        return text + hand.word(" PRIMARY KEY")
    if (
        hand.not_null
        and column.values
        and not column.nullable
        and column.kind in ("label", "fk", "id")
    ):
        text += hand.word(" NOT NULL")
    if column.refers_to and hand.references == "inline":
        text += hand.word(" REFERENCES ") + _target(hand, column)
    return text


def _target(hand: Hand, column: Column) -> str:
    assert column.refers_to
    assert column.refers_to.id
    return f"{hand.name(column.refers_to.name)}({hand.name(column.refers_to.id.name)})"


def create_all(hand: Hand, schema: Schema) -> str:
    """The statements as a prompt shows them."""
    end = ";" if hand.semicolon else ""
    gap = "\n\n" if hand.lines and hand.semicolon else "\n"
    return gap.join(create_table(hand, table) + end for table in schema.tables)


def setup_script(hand: Hand, schema: Schema, backwards: bool = False) -> str:
    """A script that builds the database; `backwards` inserts the same rows in reverse."""
    parts = [create_table(hand, table) + ";" for table in schema.tables]
    for table in schema.tables:
        rows = list(zip(*(column.values for column in table.columns), strict=True))
        if backwards:
            rows.reverse()
        parts.append(
            f"INSERT INTO {table.name} VALUES "
            + ", ".join(f"({', '.join(map(literal, row))})" for row in rows)
            + ";"
        )
    return "\n".join(parts)


def literal(value: Any) -> str:
    """A value as SQL."""
    if value is None:
        return "NULL"
    if isinstance(value, str):
        return "'" + value.replace("'", "''") + "'"
    return (
        f"{value:g}"
        if isinstance(value, float) and abs(value) < 1e5 and round(value, 2) == value
        else repr(value)
    )
