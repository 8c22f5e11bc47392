"""The table as a Gradio component: Gradio's HTML component with a script and a style of its own.

The value is the whole table as `view.py` makes it; the script changes only what differs, and puts
every text in as text, never as HTML.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

import gradio as gr

from lora_ui.strings import word

_HERE = Path(__file__).parent
EMPTY: dict[str, Any] = {"columns": [], "rows": [], "status": "", "problem": "", "busy": False}


def build_grid(elem_id: str = "batch-grid") -> gr.HTML:
    """An empty table, to be filled with `GridView`."""
    return gr.HTML(
        value=EMPTY,
        html_template='<div class="lui-grid"></div>',
        css_template=(_HERE / "grid.css").read_text(encoding="utf-8"),
        js_on_load=(_HERE / "grid.js").read_text(encoding="utf-8"),
        apply_default_css=False,
        elem_id=elem_id,
        words={
            "caption": word("grid_caption"),
            "prompt": word("export_prompt"),
            "empty": word("grid_empty"),
            "mark_hint": word("no_effect_hint"),
        },
    )
