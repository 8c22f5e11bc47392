"""Results as plain text, side by side: what the terminal shows and what a .txt file holds."""

from __future__ import annotations

import re
from collections.abc import Sequence
from io import StringIO
from typing import Any

from rich import box
from rich.console import Console, Group, RenderableType
from rich.padding import Padding
from rich.table import Table
from rich.text import Text

from lora_ui.compare.provenance import provenance_words, provenances
from lora_ui.strings import word

FILE_WIDTH = 120
NARROWEST = 28
"""Columns that would get narrower than this stand in a further table below."""

_CONTROLS = re.compile(
    r"[\x00-\x08\x0b-\x1f\x7f-\x9f\u061c\u200e\u200f\u2028-\u202e\u2066-\u2069\ufeff]"
)


def as_text(results: Sequence[dict[str, Any]], width: int = FILE_WIDTH) -> str:
    """All results, `width` characters wide, without colours."""
    out = StringIO()
    console = Console(
        file=out, width=width, color_system=None, force_terminal=False, legacy_windows=False
    )
    for number, row in enumerate(results, start=1):
        console.print(side_by_side(row, number, len(results), width))
    if ran := provenances(results):
        console.print(plain(word("export_ran"), "bold"))
        for one in ran:
            console.print(Padding(plain(provenance_words(one)), (0, 0, 0, 2)))
    return "\n".join(line.rstrip() for line in out.getvalue().splitlines()) + "\n"


def side_by_side(row: dict[str, Any], number: int, total: int, width: int) -> RenderableType:
    """One prompt and its answers, as many next to each other as `width` holds."""
    columns = row["columns"]
    across = max(1, width // NARROWEST)
    tables = -(-len(columns) // across)
    across = -(-len(columns) // max(1, tables))
    title = Text(word("table_prompt", number=number, total=total), style="bold")
    parts: list[RenderableType] = [title, Padding(plain(row["prompt"]), (0, 0, 0, 2))]
    parts += [
        _table(columns[start : start + across], width)
        for start in range(0, len(columns), max(1, across))
    ]
    return Group(*parts, Text(""))


def plain(text: str, style: str = "") -> Text:
    """Text that cannot steer a terminal: control characters are written out."""
    text = text.replace("\r\n", "\n").expandtabs(4)
    return Text(_CONTROLS.sub(_written_out, text), style=style, overflow="fold")


def _written_out(found: re.Match[str]) -> str:
    code = ord(found[0])
    return f"\\x{code:02x}" if code < 256 else f"\\u{code:04x}"


def _table(columns: Sequence[dict[str, Any]], width: int) -> Table:
    table = Table(box=box.SQUARE, width=width, show_footer=True, padding=(0, 1))
    for column in columns:
        table.add_column(
            plain(column["adapter"]),
            footer=_numbers(column),
            ratio=1,
            overflow="fold",
            footer_style="dim",
        )
    table.add_row(*[_answer(column) for column in columns])
    return table


def _answer(column: dict[str, Any]) -> Group:
    parts = [plain(column["text"].strip())] if column["text"].strip() else []
    if column["error"]:
        parts.append(plain(f"! {word('mark_error')}: {column['error']}", "red"))
    if verdict := column.get("verdict"):
        passed = verdict["passed"]
        mark = f"✓ {word('mark_pass')}" if passed else f"✗ {word('mark_fail')}"
        parts.append(plain(f"{mark}: {verdict['reason']}", "green" if passed else "red"))
    return Group(*parts)


def _numbers(column: dict[str, Any]) -> Text:
    """Tokens, time, speed and how it ended, as far as known."""
    parts = [word("count_tokens", count=column["tokens"])]
    if column["seconds"] is not None:
        parts.append(f"{column['seconds']:.2f} s")
    if column["tokens_per_s"] is not None:
        parts.append(word("count_speed", speed=f"{column['tokens_per_s']:.1f}"))
    if column["finish_reason"] in ("length", "abort"):
        parts.append(word(f"ended_{column['finish_reason']}"))
    return Text(" · ".join(parts))
