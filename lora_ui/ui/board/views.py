"""A column in the words of the page, as the board's script draws it."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

from lora_ui.compare.asking import FIELDS, printable
from lora_ui.compare.columns import Column
from lora_ui.compare.provenance import provenance_rows
from lora_ui.sampling import Sampling
from lora_ui.strings import word

LIVE = ("waiting", "loading", "running")


def board_view(columns: Mapping[str, Column]) -> dict[str, Any]:
    """The whole board: every column that has been asked, by its key."""
    return {"columns": {key: column_view(column) for key, column in columns.items()}}


def column_view(column: Column) -> dict[str, Any]:
    """One column: its state in words, the answer, the figures, and what it was asked with."""
    return {
        "state": column.state,
        "badge": word(f"state_{column.state}"),
        "detail": printable(column.detail) if column.state in LIVE else "",
        "live": column.state in LIVE,
        "text": printable(column.text),
        "error": printable(column.error or ""),
        "warnings": [printable(warning) for warning in column.warnings],
        "finish": finish_words(column),
        "figures": figures(column),
        "prompt": printable(column.prompt_text or ""),
        "prompt_tokens": column.prompt_tokens,
        "used": used_words(column.sampling) if column.sampling else "",
        "no_effect": column.has_effect is False,
        "ran": [[label, printable(value)] for label, value in provenance_rows(column.ran())],
        "ran_json": json.dumps(column.ran(), indent=2) if column.provenance else "",
    }


def figures(column: Column) -> list[dict[str, str]]:
    """Tokens, speed and time to first token, each with its meaning; what is unknown is left out."""
    found = []
    if column.tokens:
        found.append(("tokens", tokens_words(column.tokens)))
    if column.tokens_per_s is not None:
        found.append(("speed", word("figure_speed", value=f"{column.tokens_per_s:.1f}")))
    if column.ttft_s is not None:
        found.append(("ttft", word("figure_ttft", value=seconds(column.ttft_s))))
    if column.seconds is not None and column.state not in (*LIVE, "error"):
        found.append(("total", word("figure_total", value=seconds(column.seconds))))
    return [{"name": name, "text": text, "hint": word(f"hint_{name}")} for name, text in found]


def tokens_words(count: int) -> str:
    """The length of an answer."""
    return word("figure_token") if count == 1 else word("figure_tokens", count=count)


def finish_words(column: Column) -> str:
    """Why the answer ended, in words; "" while it has not, or when the error says it."""
    if column.finish_reason == "stop" and column.stop_reason:
        return word("finish_stop_string", text=printable(column.stop_reason))
    if column.finish_reason in (None, "error"):
        return ""
    return word(f"finish_{column.finish_reason}")


def used_words(sampling: Sampling) -> str:
    """The settings that a column ran with, in one line."""
    values = sampling.model_dump()
    said = [(name, values[name]) for name in FIELDS if values[name] not in (None, (), [])]
    return " · ".join(
        f"{word(f'field_{name}')} {', '.join(map(repr, value)) if name == 'stop' else value}"
        for name, value in said
    )


def seconds(value: float) -> str:
    """A duration as short as it can be read: 0.042 → "42 ms", 3.21 → "3.2 s"."""
    return f"{value * 1000:.0f} ms" if value < 0.9995 else f"{value:.1f} s"
