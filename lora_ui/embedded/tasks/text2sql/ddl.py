"""SQL text of a schema: CREATE TABLE statements in many hands, and the INSERTs of its rows."""

from __future__ import annotations

import random
from dataclasses import dataclass
from typing import Any

from lora_ui.embedded.tasks.text2sql.schemas import Column, Schema, Table

TYPES = {
    "id": ("INTEGER", "INTEGER", "INT"),
    "fk": ("INTEGER", "INTEGER", "INT"),
    "int": ("INTEGER", "INTEGER", "INT", "BIGINT", "SMALLINT"),
    "year": ("INTEGER", "INTEGER", "INT", "SMALLINT", "YEAR"),
    "flag": ("INTEGER", "BOOLEAN", "INTEGER", "INT", "TINYINT(1)", "TINYINT", "BOOL"),
    "real": ("REAL", "REAL", "DECIMAL(10,2)", "FLOAT", "NUMERIC", "DOUBLE", "NUMERIC(8,2)"),
    "date": ("TEXT", "DATE", "TEXT", "DATE", "DATETIME", "TIMESTAMP"),
    "cat": ("TEXT", "TEXT", "VARCHAR(50)", "VARCHAR(20)", "VARCHAR(30)", "CHAR(20)"),
    "text": ("TEXT", "TEXT", "VARCHAR(255)", "VARCHAR(100)", "VARCHAR(40)"),
    "label": ("TEXT", "TEXT", "VARCHAR(100)", "VARCHAR(255)", "VARCHAR(80)", "NVARCHAR(60)"),
}


@dataclass(frozen=True)
class Hand:
    """One person's way of writing DDL, the same throughout a schema."""

    upper: bool
    lines: bool
    indent: str
    semicolon: bool
    keys: str
    """Whether primary keys are declared: inline, auto (increment), table or none."""
    references: str
    """inline, table or none."""
    not_null: bool
    quote: str
    types: dict[str, str]
    guard: str
    space: str = " "
    """Between a table's name and its columns."""
    rich: float = 0
    """How many columns get defaults, checks and the like."""
    comments: float = 0
    """How many columns are commented on."""

    @classmethod
    def random(cls, rng: random.Random) -> Hand:
        """Somebody's hand."""
        upper = rng.random() < 0.72
        plain = rng.random() < 0.5
        lines = rng.random() < 0.5
        return cls(
            upper=upper,
            lines=lines,
            indent=rng.choice(["  ", "    ", "    ", "\t"]),
            semicolon=rng.random() < 0.78,
            keys=rng.choices(["inline", "auto", "table", "none"], [66, 4, 8, 22])[0],
            references=rng.choices(["inline", "table", "none"], [50, 22, 28])[0],
            not_null=rng.random() < 0.25,
            quote=rng.choices(["", '"', "`"], [96, 3, 1])[0],
            types={kind: names[0] if plain else rng.choice(names) for kind, names in TYPES.items()},
            guard="IF NOT EXISTS " if rng.random() < 0.04 else "",
            space="" if rng.random() < 0.1 else " ",
            rich=rng.choice([0.15, 0.3, 0.6]) if rng.random() < 0.3 else 0,
            comments=rng.choice([0.2, 0.6]) if lines and rng.random() < 0.1 else 0,
        )

    def word(self, text: str) -> str:
        """A keyword or type in this hand's case."""
        return text if self.upper else text.lower()

    def name(self, text: str) -> str:
        """An identifier."""
        return f"{self.quote}{text}{self.quote}"


PLAIN = Hand(
    True, False, "", True, "inline", "none", False, "", {kind: TYPES[kind][0] for kind in TYPES}, ""
)
"""Says no more than SQLite needs to hold the rows."""


def create_table(hand: Hand, table: Table, rng: random.Random) -> str:
    """One CREATE TABLE statement, without a semicolon."""
    parts = [_column(hand, column, rng) for column in table.columns]
    parts += [(clause, "") for clause in _clauses(hand, table)]
    head = hand.word(f"CREATE TABLE {hand.guard}") + hand.name(table.name) + hand.space
    if not hand.lines:
        return f"{head}({', '.join(text for text, _ in parts)})"
    rows = [
        text + "," * (number < len(parts)) + (f" -- {comment}" if comment else "")
        for number, (text, comment) in enumerate(parts, 1)
    ]
    return f"{head}(\n{hand.indent}" + f"\n{hand.indent}".join(rows) + "\n)"


def _clauses(hand: Hand, table: Table) -> list[str]:
    """What stands below the columns: keys."""
    clauses = []
    keys = table.identity or (() if table.thing else tuple(table.of_kind("fk")))
    if keys and (hand.keys == "table" or (hand.keys == "inline" and not table.id)):
        names = ", ".join(hand.name(column.name) for column in keys)
        clauses.append(hand.word("PRIMARY KEY ") + f"({names})")
    if hand.references == "table":
        clauses += [
            hand.word("FOREIGN KEY ")
            + f"({hand.name(c.name)}) "
            + hand.word("REFERENCES ")
            + _target(hand, c)
            for c in table.columns
            if c.refers_to
        ]
    return clauses


def _column(hand: Hand, column: Column, rng: random.Random) -> tuple[str, str]:
    """A column's definition and a comment on it."""
    kind = hand.types[column.kind]
    if hand.rich and rng.random() < 0.3:
        kind = rng.choice(TYPES[column.kind])
    if column.kind in ("id", "fk") and column.name.lower().endswith("code"):
        kind = "TEXT"
    text = f"{hand.name(column.name)} {hand.word(kind)}"
    if column.kind == "id" and hand.keys in ("inline", "auto"):
        auto = hand.keys == "auto" and kind == "INTEGER"
        return text + hand.word(" PRIMARY KEY" + " AUTOINCREMENT" * auto), ""
    alone = column.kind == "label" and not column.table.id and len(column.table.labels) == 1
    if alone and hand.keys in ("inline", "auto") and rng.random() < 0.5:
        return text + hand.word(" PRIMARY KEY"), ""
    required = column.kind in ("label", "fk", "id") or rng.random() < hand.rich
    if (hand.not_null or hand.rich) and column.values and not column.nullable and required:
        text += hand.word(" NOT NULL")
    if rng.random() < hand.rich:
        text += _constraint(hand, column, rng)
    if column.refers_to and hand.references == "inline":
        text += hand.word(" REFERENCES ") + _target(hand, column)
    return text, _comment(column, rng) if rng.random() < hand.comments else ""


def _constraint(hand: Hand, column: Column, rng: random.Random) -> str:
    """A default or a check that holds for the column's values."""
    known = list(dict.fromkeys(value for value in column.values if value is not None))
    if column.kind == "flag":
        check = hand.word(" CHECK ") + f"({hand.name(column.name)} IN (0, 1))"
        default = hand.word(" DEFAULT ") + rng.choice(["0", "1", "FALSE", "TRUE"])
        return rng.choice([default, default, check])
    if column.kind == "cat" and known:
        values = ", ".join(map(literal, known))
        check = hand.word(" CHECK ") + f"({hand.name(column.name)} {hand.word('IN')} ({values}))"
        return rng.choice([check, check, hand.word(" DEFAULT ") + literal(rng.choice(known))])
    if column.kind in ("int", "real"):
        check = hand.word(" CHECK ") + f"({hand.name(column.name)} >= 0)"
        return rng.choice([hand.word(" DEFAULT ") + rng.choice(["0", "0", "1", "0.0"]), check])
    if column.kind == "date" and column.nullable:
        return hand.word(" DEFAULT NULL")
    if column.kind == "date":
        return hand.word(" DEFAULT CURRENT_TIMESTAMP") if rng.random() < 0.5 else ""
    return hand.word(" UNIQUE") if column.kind in ("label", "text") else ""


def _comment(column: Column, rng: random.Random) -> str:
    """What somebody notes beside a column."""
    known = list(dict.fromkeys(value for value in column.values if value is not None))
    if column.kind == "flag":
        return rng.choice(["1 = yes, 0 = no", "0/1", "boolean", "1 if so"])
    if column.kind == "cat" and known:
        quote = rng.choice(["'", "", ""])
        return ", ".join(f"{quote}{value}{quote}" for value in known[:4])
    if column.kind == "date":
        return rng.choice(["YYYY-MM-DD", "ISO date", "like 2023-05-17", column.nouns[0]])
    if column.kind == "fk" and column.refers_to:
        return f"-> {column.refers_to.name}"
    return f"in {column.unit}" if column.unit else column.nouns[0]


def _target(hand: Hand, column: Column) -> str:
    assert column.refers_to
    assert column.refers_to.id
    return f"{hand.name(column.refers_to.name)}({hand.name(column.refers_to.id.name)})"


def create_all(hand: Hand, schema: Schema, rng: random.Random) -> str:
    """The statements as a prompt shows them."""
    end = ";" if hand.semicolon else ""
    gap = "\n\n" if hand.lines and hand.semicolon else "\n"
    return gap.join(create_table(hand, table, rng) + end for table in schema.tables)


def setup_script(schema: Schema, backwards: bool = False) -> str:
    """A script that builds the database; `backwards` inserts the same rows in reverse."""
    rng = random.Random(0)
    parts = [create_table(PLAIN, table, rng) + ";" for table in schema.tables]
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
