"""The process that runs one statement on a private copy of the sample database, then ends.

It is run as a file by `database.query`, imports nothing of this package, reads one JSON object
(`{"sql", "script"}`) and writes one: `{"columns", "rows", "cut"}`, or `{"problem", "params"}`.

Nothing that a statement asks for can harm: the copy lives in this process's memory, is set to
query-only and thrown away, SQLite asks `Guard` about everything that a statement wants, and the
system bounds the process's CPU time, memory and files, for what SQLite itself cannot interrupt.
"""

from __future__ import annotations

import json
import math
import resource
import sqlite3
import sys
import time
from typing import Any

MAX_ROWS = 50
MAX_RESULT = 6_000
"""Characters of all rows together, so that a result fits a small model's context."""
MAX_VALUE_BYTES = 4_000
"""Of any value or row on the way."""
MAX_SECONDS = 1
MEMORY_BYTES = 512 * 1024**2
"""Of address space, the interpreter included."""
STEPS_A_LOOK = 200
"""Steps of SQLite's machine between two looks at the clock."""

LIMITS = {
    sqlite3.SQLITE_LIMIT_LENGTH: MAX_VALUE_BYTES,
    sqlite3.SQLITE_LIMIT_COLUMN: 40,
    sqlite3.SQLITE_LIMIT_EXPR_DEPTH: 50,
    sqlite3.SQLITE_LIMIT_COMPOUND_SELECT: 20,
    sqlite3.SQLITE_LIMIT_VDBE_OP: 25_000,
    sqlite3.SQLITE_LIMIT_FUNCTION_ARG: 20,
    sqlite3.SQLITE_LIMIT_ATTACHED: 0,
    sqlite3.SQLITE_LIMIT_LIKE_PATTERN_LENGTH: 100,
    sqlite3.SQLITE_LIMIT_VARIABLE_NUMBER: 0,
    sqlite3.SQLITE_LIMIT_TRIGGER_DEPTH: 0,
    sqlite3.SQLITE_LIMIT_WORKER_THREADS: 0,
}


def _names(text: str) -> frozenset[str]:
    return frozenset(text.split())


FUNCTIONS = _names(
    "abs avg ceil ceiling char coalesce concat count cume_dist date datetime dense_rank "
    "first_value floor glob group_concat hex ifnull iif instr julianday lag last_value lead "
    "length like lower ltrim max min mod nth_value ntile nullif percent_rank power pow quote "
    "rank replace round row_number rtrim sign sqrt strftime string_agg substr substring sum "
    "time total trim trunc typeof unicode unixepoch upper"
)
"""What a statement may call. Not `printf` and `format`: their widths take SQLite many seconds."""

TABLES = _names("customers products orders order_items sqlite_master sqlite_schema")


class Refused(Exception):
    """The code of a sentence, and what fills it in."""

    def __init__(self, code: str, **params: Any) -> None:
        super().__init__(code)
        self.code, self.params = code, params


class Guard:
    """What SQLite asks while it prepares and runs one statement; remembers the first refusal."""

    def __init__(self) -> None:
        self.refusal: Refused | None = None
        self._began = time.monotonic()

    def authorize(self, action: int, first: str | None, second: str | None, *_: str | None) -> int:
        """SQLite's authorizer: `first` and `second` are e.g. a table and a column."""
        match action:
            case sqlite3.SQLITE_SELECT:
                return sqlite3.SQLITE_OK
            case sqlite3.SQLITE_READ:
                # An empty column stands for the rows themselves, also those of a subquery.
                if str(first).lower() in TABLES or not second:
                    return sqlite3.SQLITE_OK
                return self._refuse("sql_table", name=str(first))
            case sqlite3.SQLITE_FUNCTION:
                if str(second).lower() in FUNCTIONS:
                    return sqlite3.SQLITE_OK
                return self._refuse("sql_function", name=str(second))
            case sqlite3.SQLITE_RECURSIVE:
                return self._refuse("sql_recursive")
        return self._refuse("sql_not_select")

    def look(self) -> int:
        """Called every `STEPS_A_LOOK` steps; anything but 0 ends the statement."""
        if time.monotonic() - self._began > MAX_SECONDS:
            self._refuse("sql_slow", seconds=MAX_SECONDS)
            return 1
        return 0

    def _refuse(self, code: str, **params: Any) -> int:
        self.refusal = self.refusal or Refused(code, **params)
        return sqlite3.SQLITE_DENY


def bound_process() -> None:
    """Ask the system for limits that hold whatever SQLite does; they cannot be raised again."""
    for what, limit in (
        (resource.RLIMIT_CPU, MAX_SECONDS),
        (resource.RLIMIT_AS, MEMORY_BYTES),
        (resource.RLIMIT_FSIZE, 0),
        (resource.RLIMIT_CORE, 0),
    ):
        resource.setrlimit(what, (limit, limit))


def run(sql: str, script: str) -> dict[str, Any]:
    """The rows of one SELECT; `Refused` when it may not or cannot run."""
    connection = sqlite3.connect(":memory:", isolation_level=None)
    connection.executescript(script)
    connection.execute("PRAGMA temp_store = MEMORY")
    connection.execute("PRAGMA query_only = ON")
    connection.text_factory = lambda data: data.decode("utf-8", "replace")
    for limit, value in LIMITS.items():
        connection.setlimit(limit, value)
    guard = Guard()
    connection.set_authorizer(guard.authorize)
    connection.set_progress_handler(guard.look, STEPS_A_LOOK)
    try:
        cursor = connection.execute(sql)
        if cursor.description is None:
            raise Refused("sql_not_select")
        return {"columns": [name for name, *_ in cursor.description], **rows_of(cursor)}
    except MemoryError:
        raise Refused("sql_big") from None
    except (sqlite3.Error, sqlite3.Warning, ValueError, OverflowError) as error:
        raise guard.refusal or complaint(error) from None


def rows_of(cursor: sqlite3.Cursor) -> dict[str, Any]:
    """The rows as far as they fit; `cut` tells that there are more."""
    rows: list[list[Any]] = []
    size = 0
    for row in cursor:
        values = [as_json(value) for value in row]
        size += sum(len(str(value)) + 4 for value in values)
        if len(rows) == MAX_ROWS or size > MAX_RESULT:
            return {"rows": rows, "cut": True}
        rows.append(values)
    return {"rows": rows, "cut": False}


def as_json(value: Any) -> Any:
    """A database value as JSON has it; bytes as hexadecimal digits."""
    if isinstance(value, bytes):
        return value.hex()
    if isinstance(value, float) and not math.isfinite(value):
        return None
    return value


def complaint(error: Exception) -> Refused:
    """What SQLite itself has against a statement."""
    detail = str(error)
    if "too big" in detail or "too large" in detail:
        return Refused("sql_big")
    if "one statement" in detail:
        return Refused("sql_statements")
    return Refused("sql_wrong", detail=detail.rstrip("."))


def main() -> None:
    """One request, one answer."""
    request = json.loads(sys.stdin.buffer.read())
    bound_process()
    try:
        answer = run(request["sql"], request["script"])
    except Refused as refused:
        answer = {"problem": refused.code, "params": refused.params}
    sys.stdout.write(json.dumps(answer))


if __name__ == "__main__":
    main()
