"""The board as a Gradio component: one value in, drawn by its script.

The browser holds what the visitor set up (which columns, in which order, with which settings) and
sends it with each request; the server's value holds what came of it, always the whole of it.
"""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path
from typing import Any

import gradio as gr

from lora_ui.catalog.models import Adapter, Catalog
from lora_ui.compare.asking import FIELDS, printable
from lora_ui.compare.diff import word_diff
from lora_ui.engine.protocol import BASE
from lora_ui.sampling import FALLBACK, Sampling
from lora_ui.strings import word
from lora_ui.ui.scripts import COLUMNS, script

_HERE = Path(__file__).parent
CSS = (_HERE / "board.css").read_text(encoding="utf-8")
_SCRIPT = script("board_", _HERE / "setup.js", _HERE / "column.js", COLUMNS, _HERE / "drawing.js")
_LONGEST_DIFF = 200_000


def build_board(catalog: Catalog) -> gr.HTML:
    """Any number of columns. Its events: `run_one`, `stop_one`, `forget`, `picked`.

    As an input it gives the visitor's columns (see `asking.specs_of`), as an output it takes
    `views.board_view`. An update of
    `models` (see `models_of`) says what columns there can be from now on. Model output reaches the
    page as text nodes only.
    """
    return gr.HTML(
        value={"columns": {}},
        html_template='<div class="lui-board"></div>',
        js_on_load=_SCRIPT,
        apply_default_css=False,
        elem_id="board",
        server_functions=[diff],
        models=models_of(catalog, catalog.adapters),
        fields=[{"name": name, "label": word(f"field_{name}")} for name in FIELDS],
    )


def diff(texts: dict[str, Any]) -> list[list[str]]:
    """The word diff from `texts["old"]` to `texts["new"]` as [kind, text] pairs, for the script."""
    old, new = (printable(str(texts.get(side, ""))[:_LONGEST_DIFF]) for side in ("old", "new"))
    return [[piece.kind, piece.text] for piece in word_diff(old, new)]


def models_of(catalog: Catalog, adapters: Iterable[Adapter]) -> list[dict[str, Any]]:
    """Base and `adapters` as the board's columns, with the settings that they have of their own."""
    base = {
        "name": BASE,
        "title": word("base_title"),
        "description": word("base_description"),
        "system": "",
        "own": own_settings(catalog),
    }
    return [
        base,
        *(
            {
                "name": adapter.name,
                "title": adapter.title or adapter.name,
                "description": adapter.description,
                "system": adapter.system or "",
                "own": own_settings(catalog, adapter.sampling),
            }
            for adapter in adapters
        ),
    ]


def own_settings(catalog: Catalog, sampling: Sampling | None = None) -> dict[str, str]:
    """What applies when the visitor says nothing, as the texts of empty fields."""
    below = catalog.defaults.over(FALLBACK)
    values = (sampling.over(below) if sampling else below).model_dump()
    return {
        name: "\n".join(text.replace("\n", "\\n") for text in value)
        if name == "stop"
        else word("own_none")
        if value is None
        else str(value)
        for name, value in values.items()
    }
