"""The scoreboard's table as a Gradio component: one value in, drawn by its script."""

from __future__ import annotations

from pathlib import Path

import gradio as gr

from lora_ui.ui.scripts import script

_HERE = Path(__file__).parent
CSS = (_HERE / "scores.css").read_text(encoding="utf-8")


def build_scores() -> gr.HTML:
    """An empty table, to be filled with `view.scores_view`."""
    return gr.HTML(
        value={},
        html_template='<div class="lui-board lui-scores"></div>',
        js_on_load=script("scores_", _HERE / "scores.js"),
        apply_default_css=False,
        elem_id="scores",
    )
