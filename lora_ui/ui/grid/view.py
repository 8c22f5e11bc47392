"""From a batch to what the table shows: every word is chosen here, the script only places it."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from typing import Any

from lora_ui.compare.asking import printable
from lora_ui.compare.batch import Batch, Rate, Row
from lora_ui.compare.columns import Column
from lora_ui.compare.expect import Verdict
from lora_ui.strings import word
from lora_ui.ui.board.views import seconds, tokens_words
from lora_ui.ui.grid.grid import EMPTY

LONGEST = 8_000
"""Characters of one answer that the table shows; downloads hold all of it."""


class GridView:
    """A batch as the table's value; `titles` are the adapters' titles by name.

    Each row travels as one JSON text: Gradio then sends only the rows that changed, and the browser
    has few values to watch. Thousands of cells one by one would keep it busy for minutes.
    """

    def __init__(self, batch: Batch, titles: Mapping[str, str]) -> None:
        self._batch = batch
        self._titles = titles
        self._rows = [""] * len(batch.rows)
        self.redraw(range(len(batch.rows)))

    def redraw(self, places: Iterable[int]) -> None:
        """Take over what changed in these rows."""
        for place in places:
            self._rows[place] = json.dumps(_row(place + 1, self._batch.rows[place]))

    def value(self, *, status: str, busy: bool, problem: str = "") -> dict[str, Any]:
        """The whole table as it stands."""
        titles = self._titles
        heads = [_head(rate, titles.get(rate.adapter, "")) for rate in self._batch.rates()]
        for place, head in enumerate(heads):
            seen = (row.columns[place].has_effect is False for row in self._batch.rows)
            head["mark"] = word("no_effect") if any(seen) else ""
        return {
            "columns": heads,
            "rows": list(self._rows),
            "status": status,
            "problem": problem,
            "busy": busy,
        }


def problem_view(sentence: str) -> dict[str, Any]:
    """An empty table below a sentence."""
    return {**EMPTY, "problem": sentence}


def _head(rate: Rate, title: str) -> dict[str, Any]:
    parts = []
    if rate.share is not None:
        parts.append(
            word(
                "rate_passed",
                passed=rate.passed,
                judged=rate.judged,
                percent=round(100 * rate.share),
            )
        )
    if rate.errors:
        parts.append(word("rate_errors", count=rate.errors))
    return {
        "name": rate.adapter,
        "title": title or rate.adapter,
        "rate": " · ".join(parts),
        "share": rate.share,
    }


def _row(number: int, row: Row) -> dict[str, Any]:
    expected = [
        word("grid_expected", kind=word(f"expect_{e.kind}"), value=e.value)
        for e in row.prompt.expectations
    ]
    return {
        "number": number,
        "prompt": row.prompt.text,
        "expected": "\n".join(expected),
        "wall": _wall(row),
        "cells": [
            _cell(column, verdict)
            for column, verdict in zip(row.columns, row.verdicts, strict=True)
        ],
    }


def _wall(row: Row) -> str:
    if not row.finished or row.wall_s is None:
        return ""
    return word("figure_total", value=seconds(row.wall_s))


def _cell(column: Column, verdict: Verdict | None) -> dict[str, Any]:
    text = printable(column.text.strip())
    if len(text) > LONGEST:
        text = f"{text[:LONGEST]}…"
    mark = ""
    if verdict is not None:
        mark = "pass" if verdict.passed else "fail"
    return {
        "state": column.state,
        "text": text,
        "mark": mark,
        "verdict": f"{word(f'mark_{mark}')}: {verdict.reason}" if verdict else "",
        "error": column.error or "",
        "note": _note(column),
    }


def _note(column: Column) -> str:
    """The small line below an answer: why it waits, or how it went."""
    if column.state in ("idle", "waiting", "loading", "running") and not column.text:
        return column.detail or word(f"grid_{column.state}")
    if column.state == "error":
        return ""
    parts = [tokens_words(column.tokens)]
    if column.state != "running" and column.seconds is not None:
        parts.append(f"{column.seconds:.1f} s")
    if column.tokens_per_s is not None:
        parts.append(word("count_speed", speed=f"{column.tokens_per_s:.1f}"))
    if column.finish_reason in ("length", "abort"):
        parts.append(word(f"ended_{column.finish_reason}"))
    return " · ".join(parts)
