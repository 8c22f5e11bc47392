"""SQL on the sample database: questions are answered, and nothing else is possible."""

from __future__ import annotations

import time

import pytest

from lora_ui.errors import Problem
from lora_ui.functions.tools import run_tool
from lora_ui.functions.tools.sql_worker import MAX_ROWS


def ask(sql: str):
    return run_tool("query_database", {"query": sql})


@pytest.mark.parametrize(
    ("sql", "rows"),
    [
        ("SELECT count(*) FROM customers WHERE city = 'Porto'", [[2]]),
        (
            "SELECT name FROM products WHERE stock = 0 ORDER BY id",
            [["Folding bike Pocket"], ["Pannier bag Dune"]],
        ),
        (
            "SELECT c.name, sum(i.quantity * p.price_eur) AS spent FROM customers c "
            "JOIN orders o ON o.customer_id = c.id JOIN order_items i ON i.order_id = o.id "
            "JOIN products p ON p.id = i.product_id WHERE o.status = 'delivered' "
            "GROUP BY c.id ORDER BY spent DESC LIMIT 1",
            [["Chioma Eze", 2798.0]],
        ),
        (
            "WITH late AS (SELECT * FROM orders WHERE status = 'open') SELECT count(*) FROM late",
            [[2]],
        ),
        ("SELECT name FROM customers WHERE name LIKE '%O''Hara'", [["Finn O'Hara"]]),
        ("VALUES (1), (2)", [[1], [2]]),
        ("SELECT x'ff00', 9e999, cast(x'ff' AS TEXT), NULL", [["ff00", None, "\ufffd", None]]),
    ],
)
def test_questions_are_answered(sql, rows):
    answer = ask(sql)
    assert answer["rows"] == rows
    assert not answer["cut"]


def test_rows_are_limited():
    answer = ask("SELECT a.id FROM orders a, orders b")
    assert len(answer["rows"]) == MAX_ROWS
    assert answer["cut"]


def test_long_rows_are_cut_earlier():
    answer = ask(
        "SELECT replace(hex(quote(name) || city), '2', 'abcdefghij'), o.* FROM customers, orders o"
    )
    assert answer["cut"]
    assert 0 < len(answer["rows"]) < MAX_ROWS


@pytest.mark.parametrize(
    "sql",
    [
        "DROP TABLE customers",
        "DELETE FROM customers",
        "INSERT INTO customers VALUES (99, 'a', 'b', 'c')",
        "UPDATE products SET stock = 1",
        "REPLACE INTO products VALUES (1, 'a', 'b', 1, 1)",
        "WITH x AS (SELECT 1) DELETE FROM customers",
        "CREATE TABLE t (a)",
        "CREATE TEMP TABLE t AS SELECT 1",
        "CREATE VIEW v AS SELECT 1",
        "CREATE VIRTUAL TABLE v USING fts5(a)",
        "ALTER TABLE orders ADD COLUMN x",
        "ATTACH DATABASE '/etc/passwd' AS other",
        "ATTACH ':memory:' AS other",
        "DETACH main",
        "PRAGMA query_only = OFF",
        "PRAGMA table_info(customers)",
        "SELECT * FROM pragma_database_list",
        "SELECT * FROM json_each('[1, 2]')",
        "SELECT * FROM dbstat",
        "VACUUM",
        "VACUUM INTO '/tmp/lora-ui-test-vacuum.db'",
        "REINDEX",
        "ANALYZE",
        "BEGIN",
        "COMMIT",
        "SAVEPOINT a",
        "-- nothing",
        "",
    ],
)
def test_only_select_is_allowed(sql):
    with pytest.raises(Problem, match="Only a SELECT is allowed"):
        ask(sql)


@pytest.mark.parametrize(
    ("sql", "sentence"),
    [
        ("SELECT load_extension('x')", "function “load_extension” is not allowed"),
        ("SELECT zeroblob(1000000000)", "function “zeroblob” is not allowed"),
        ("SELECT hex(randomblob(1e9))", "function “randomblob” is not allowed"),
        ("SELECT printf('%.*c', 1000000000, 'a')", "function “printf” is not allowed"),
        ("SELECT format('%999999999d', 1)", "function “format” is not allowed"),
        ("SELECT readfile('/etc/passwd')", "no such function: readfile"),
        (
            "WITH RECURSIVE c(x) AS (SELECT 1 UNION ALL SELECT x + 1 FROM c) SELECT * FROM c",
            "calls itself",
        ),
        (
            "WITH c(x) AS (VALUES (1) UNION ALL SELECT x + 1 FROM c) SELECT max(x) FROM c",
            "calls itself",
        ),
        ("SELECT 1; DROP TABLE customers", "Only one statement"),
        ("SELECT * FROM nowhere", "no such table: nowhere"),
        ("SELECT colour FROM orders", "no such column: colour"),
        ("SELECT", "incomplete input"),
        ("SELECT ?", "cannot run this"),
        ("SELECT 'a\x00b'", "cannot run this"),
        ("SELECT '\ud800'", "cannot run this"),
        ("SELECT " + "(" * 900 + "1" + ")" * 900, "cannot run this"),
        ("SELECT 1" + " UNION ALL SELECT 1" * 90, "cannot run this"),
        (
            "SELECT replace(replace(hex(s.sql), '2', s.sql), '4', s.sql) FROM sqlite_master s",
            "too large",
        ),
        ("SELECT 1 -- " + "x" * 2000, "cannot run with these arguments"),
    ],
)
def test_what_could_harm_or_fails_is_a_sentence(sql, sentence):
    with pytest.raises(Problem, match=sentence):
        ask(sql)


NESTED = (
    "WITH a AS (SELECT 1)"
    + "".join(
        f", b{n} AS (SELECT 1 FROM {before}, {before} x)"
        for n, before in enumerate(["a", *(f"b{m}" for m in range(30))])
    )
    + " SELECT 1 FROM b30"
)
"""SQLite takes two to the power of thirty steps to prepare this, and asks nobody meanwhile."""


@pytest.mark.parametrize(
    "sql",
    [
        "SELECT count(*) FROM order_items a, order_items b, order_items c, order_items d, "
        "order_items e, order_items f",
        "SELECT DISTINCT a.id * b.id * c.id + d.id, hex(p.name) FROM orders a, orders b, orders c, "
        "orders d, products p ORDER BY 1 DESC",
        NESTED,
    ],
)
def test_what_takes_long_is_ended(sql):
    assert len(sql) <= 2000
    began = time.monotonic()
    with pytest.raises(Problem, match=r"took more than 1 s|too large"):
        ask(sql)
    print(f"ended after {time.monotonic() - began:.1f} s")


def test_nothing_is_left_of_a_statement():
    before = ask("SELECT count(*), total(stock) FROM products")
    for sql in ("DELETE FROM products", "UPDATE products SET stock = 0"):
        with pytest.raises(Problem):
            ask(sql)
    assert ask("SELECT count(*), total(stock) FROM products") == before
