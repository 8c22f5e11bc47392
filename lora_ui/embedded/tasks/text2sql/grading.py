"""Grading by execution: the model's query must return what the reference returns."""

from __future__ import annotations

import math
import re
import sqlite3
from collections.abc import Sequence
from itertools import permutations
from typing import Any

from lora_ui.embedded.tasks.base import Grade

STEP_LIMIT = 200
"""A query is cut off after this many calls of the progress handler, one every 10,000 steps."""
MAX_ROWS = 10_000
MAX_PERMUTED = 6
"""Results with more columns than this must have them in the reference's order."""
READ_ONLY = {
    sqlite3.SQLITE_SELECT,
    sqlite3.SQLITE_READ,
    sqlite3.SQLITE_FUNCTION,
    sqlite3.SQLITE_RECURSIVE,
}

Rows = list[tuple[Any, ...]]


class QueryFailed(Exception):
    """A query that did not run to its end; the message says why."""


def grade_sql(setup: str, gold: str, text: str) -> Grade:
    """Judge the first SQL statement in `text` against `gold` on the database of `setup`."""
    statement = first_statement(text)
    if not statement:
        return Grade(False, "no SQL in the answer")
    connection = sqlite3.connect(":memory:")
    try:
        connection.executescript(setup)
        expected = fetch(connection, gold)
        try:
            actual = fetch(connection, statement)
        except QueryFailed as failure:
            return Grade(False, str(failure))
    finally:
        connection.close()
    return compare(expected, actual, ordered=is_ordered(gold))


def first_statement(text: str) -> str:
    """The first statement of an answer, freed of code fences and its semicolon."""
    fenced = re.search(r"```(?:\w+[ \t]*\n|[ \t]*\n?)(.*?)(?:```|\Z)", text, re.DOTALL)
    body = (fenced[1] if fenced else text).strip()
    for piece in _statements(body):
        if piece.strip():
            return piece.strip()
    return ""


def _statements(body: str) -> list[str]:
    """`body` split at semicolons outside of quotes and comments."""
    token = re.compile(r"'(?:[^']|'')*'|\"[^\"]*\"|--[^\n]*|/\*.*?\*/|;|[^;'\"\-/]+|.", re.DOTALL)
    pieces = [""]
    for match in token.finditer(body):
        if match[0] == ";":
            pieces.append("")
        else:
            pieces[-1] += match[0]
    return pieces


def is_ordered(sql: str) -> bool:
    """Whether the outermost query has an ORDER BY."""
    bare = re.sub(r"'(?:[^']|'')*'|\"[^\"]*\"", "", sql)
    while (inner := re.sub(r"\([^()]*\)", "", bare)) != bare:
        bare = inner
    return bool(re.search(r"\border\s+by\b", bare, re.IGNORECASE))


def fetch(connection: sqlite3.Connection, sql: str) -> Rows:
    """The rows of a query that may only read and only for so long."""
    ticks = 0

    def tick() -> int:
        nonlocal ticks
        ticks += 1
        return int(ticks > STEP_LIMIT)

    connection.set_authorizer(
        lambda action, *_: sqlite3.SQLITE_OK if action in READ_ONLY else sqlite3.SQLITE_DENY
    )
    connection.set_progress_handler(tick, 10_000)
    try:
        cursor = connection.execute(sql)
        if cursor.description is None:
            raise QueryFailed("the statement returns no rows of its own: not a SELECT")
        rows = cursor.fetchmany(MAX_ROWS + 1)
    except (sqlite3.Error, sqlite3.Warning, ValueError, OverflowError) as error:
        reason = "the query ran too long" if ticks > STEP_LIMIT else f"SQL error: {error}"
        raise QueryFailed(reason) from error
    finally:
        connection.set_progress_handler(None, 0)
        connection.set_authorizer(None)
    if len(rows) > MAX_ROWS:
        raise QueryFailed(f"more than {MAX_ROWS} rows")
    return rows


def compare(expected: Rows, actual: Rows, ordered: bool) -> Grade:
    """Whether results agree, up to one reordering of columns and, unless `ordered`, of rows."""
    if len(expected) != len(actual):
        return Grade(False, f"{_plural(len(actual), 'row')} instead of {len(expected)}")
    if not expected:
        return Grade(True)
    width = len(expected[0])
    if len(actual[0]) != width:
        return Grade(False, f"{_plural(len(actual[0]), 'column')} instead of {width}")
    orders = permutations(range(width)) if width <= MAX_PERMUTED else [tuple(range(width))]
    if any(
        _agree(expected, [tuple(row[i] for i in order) for row in actual], ordered)
        for order in orders
    ):
        return Grade(True)
    if ordered and _agree(expected, actual, ordered=False):
        return Grade(False, "right rows in the wrong order")
    return Grade(False, "other values than the reference")


def _plural(count: int, noun: str) -> str:
    return f"{count} {noun}" + ("" if count == 1 else "s")


def _agree(expected: Rows, actual: Rows, ordered: bool) -> bool:
    if not ordered:
        expected, actual = sorted(expected, key=_sort_key), sorted(actual, key=_sort_key)
    return all(_same_row(one, other) for one, other in zip(expected, actual, strict=True))


def _sort_key(row: Sequence[Any]) -> list[tuple[int, Any]]:
    """A total order over SQLite's values; numbers that count as equal sort alike."""
    ranks: list[tuple[int, Any]] = []
    for value in row:
        if value is None:
            ranks.append((0, 0))
        elif isinstance(value, (int, float)):
            ranks.append((1, float(f"{value:.6g}")))
        else:
            ranks.append((2, value) if isinstance(value, str) else (3, bytes(value)))
    return ranks


def _same_row(one: Sequence[Any], other: Sequence[Any]) -> bool:
    return all(_same(a, b) for a, b in zip(one, other, strict=True))


def _same(a: Any, b: Any) -> bool:
    if isinstance(a, (int, float)) and isinstance(b, (int, float)):
        return math.isclose(a, b, rel_tol=1e-6, abs_tol=1e-6)
    return bool(a == b)
