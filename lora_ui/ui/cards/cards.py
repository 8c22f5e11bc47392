"""The list as a Gradio component: one value in, drawn by its script.

The script changes only what differs, so that focus, scrolling and unfolded details stay, and puts
every text in as text, never as HTML.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

import gradio as gr

from lora_ui.ui.scripts import script

_HERE = Path(__file__).parent
CSS = (_HERE / "cards.css").read_text(encoding="utf-8")


def build_cards(value: dict[str, Any]) -> gr.HTML:
    """The list with its search. Its events: `act` ({act, name}) and `try_it` ({name})."""
    return gr.HTML(
        value=value,
        html_template='<div class="lui-cards"></div>',
        js_on_load=script("cards_", _HERE / "cards.js"),
        apply_default_css=False,
        elem_id="cards",
    )
