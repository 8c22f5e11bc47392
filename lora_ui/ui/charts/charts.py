"""The charts as a Gradio component, drawn by its script with Plotly.

A `gr.Plot` throws its plot away at every change, and the visitor's zoom with it. Here the browser
keeps the points of the chosen range, a tick brings the new ones alone, and the same plot is drawn
again with both.
"""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import gradio as gr
import plotly

from lora_ui.ui.scripts import script

_HERE = Path(__file__).parent
CSS = (_HERE / "charts.css").read_text(encoding="utf-8")
PLOTLY = Path(plotly.__file__).parent / "package_data" / "plotly.min.js"
"""Plotly's own script, as its package carries it: nothing is fetched from elsewhere."""


def serve_plotly() -> str:
    """Let the app serve Plotly's script; the address of it, relative to the page's."""
    gr.set_static_paths([PLOTLY])
    return f"gradio_api/file={PLOTLY.as_posix()}"


def build_charts(*functions: Callable[..., Any]) -> gr.HTML:
    """All charts; `functions` are `whole` and `series`, which the script asks (`memory_events`)."""
    address = json.dumps(serve_plotly())
    files = (_HERE / "setup.js", _HERE / "plots.js", _HERE / "charts.js")
    return gr.HTML(
        value={},
        html_template='<div class="lui-charts"></div>',
        js_on_load=f"const PLOTLY_URL = {address};\n{script('charts_', *files)}",
        apply_default_css=False,
        elem_id="charts",
        server_functions=list(functions),
    )
