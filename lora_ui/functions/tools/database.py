"""Read-only SQL on a small sample database that no statement can harm, slow down or leave.

Each statement is run by a process of its own (`sql_worker`) on a copy in that one's memory, made
from the committed script. There is no file to change, and a statement that SQLite cannot interrupt
(some take it minutes to prepare) ends with its process, not with the app's patience.
"""

from __future__ import annotations

import functools
import json
import signal
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from lora_ui.errors import Problem
from lora_ui.functions.tools.sql_worker import MAX_SECONDS
from lora_ui.functions.tools.text import shown

SCRIPT = Path(__file__).with_name("bicycle_shop.sql")
WORKER = Path(__file__).with_name("sql_worker.py")
SCHEMA = (
    "customers(id, name, city, customer_since), "
    "products(id, name, category, price_eur, stock), "
    "orders(id, customer_id, ordered_on, status), "
    "order_items(order_id, product_id, quantity)"
)
"""The tables as the function's description tells them to the model."""

MAX_SQL = 2_000
"""Characters of a statement."""
PATIENCE_S = 15.0
"""For the whole process, on a machine that is busy; its own limits are much shorter."""


def query(arguments: Mapping[str, Any]) -> dict[str, Any]:
    """The rows of one SELECT as `{"columns", "rows", "cut"}`; a `Problem` says what is wrong.

    `cut` is True when there are more rows than are shown (see `sql_worker`).
    """
    sql = arguments["query"]
    if len(sql) > MAX_SQL:
        raise Problem("sql_long", found=f"{len(sql):,}", limit=f"{MAX_SQL:,}")
    answer = _ask(sql)
    if "problem" not in answer:
        return answer
    params: dict[str, Any] = {
        name: shown(value, 160) if isinstance(value, str) else value
        for name, value in answer["params"].items()
    }
    raise Problem(answer["problem"], tables=SCHEMA, **params)


def _ask(sql: str) -> dict[str, Any]:
    request = json.dumps({"sql": sql, "script": _script()}).encode()
    command = [sys.executable, "-I", "-S", "-B", str(WORKER)]
    try:
        done = subprocess.run(
            command, input=request, capture_output=True, timeout=PATIENCE_S, cwd="/", check=False
        )
    except subprocess.TimeoutExpired:
        raise Problem("sql_slow", seconds=MAX_SECONDS) from None
    if done.returncode in (-signal.SIGXCPU, -signal.SIGKILL):
        raise Problem("sql_slow", seconds=MAX_SECONDS)
    if done.returncode != 0:  # the memory bound can hit anywhere, in SQLite or in Python
        raise Problem("sql_big")
    return json.loads(done.stdout)


@functools.cache
def _script() -> str:
    return SCRIPT.read_text("utf-8")
