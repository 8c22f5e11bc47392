"""What answered a column, in words: the page, the exports and the terminal tell it alike."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from typing import Any

from lora_ui.strings import word

ROWS = ("adapter", "sha256", "revision", "source", "model", "engine", "dtype", "device", "seed")
"""The parts of `Column.ran()` in the order in which they are shown; its settings come last."""


def provenance_rows(ran: Mapping[str, Any] | None) -> list[tuple[str, str]]:
    """Label and value of everything that is known; nothing when it is not certain what ran."""
    if not ran:
        return []
    rows = [(word(f"ran_{name}"), str(ran[name])) for name in ROWS if ran.get(name) is not None]
    settings = settings_words(ran)
    return [*rows, (word("ran_settings"), settings)] if settings else rows


def settings_words(ran: Mapping[str, Any]) -> str:
    """The sampling settings in one line; stop strings are written as JSON writes them."""
    return ", ".join(
        f"{name} {json.dumps(value, ensure_ascii=False) if name == 'stop' else value}"
        for name, value in (ran.get("settings") or {}).items()
        if value not in (None, [], ())
    )


def provenance_words(ran: Mapping[str, Any]) -> str:
    """All of it in one line."""
    return "; ".join(f"{label}: {value}" for label, value in provenance_rows(ran))


def provenances(results: Sequence[Mapping[str, Any]]) -> list[Mapping[str, Any]]:
    """Everything that ran in these results, each once, in the order of the columns.

    Where only `max_tokens` was cut to what the context had left, that counts as different.
    """
    found: dict[str, Mapping[str, Any]] = {}
    places = range(max((len(row["columns"]) for row in results), default=0))
    for place in places:
        for row in results:
            ran = row["columns"][place].get("provenance") if place < len(row["columns"]) else None
            if ran:
                found.setdefault(json.dumps(ran, sort_keys=True), ran)
    return list(found.values())
