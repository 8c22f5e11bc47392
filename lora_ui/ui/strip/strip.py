"""The strip as a Gradio component. Its script asks the server once a second, for all views.

One poll serves the strip and the charts, and only what the browser shows is asked for: nothing
while the browser's tab is hidden, no points while the charts are not seen. A server function of
the component is asked instead of a `gr.Timer`: the browser says which sample it has last, so that
no point is lost between two updates and none is sent twice.
"""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import gradio as gr

from lora_ui.ui.scripts import script

_HERE = Path(__file__).parent
_HUB = _HERE.parent / "charts" / "hub.js"
CSS = (_HERE / "strip.css").read_text(encoding="utf-8")


def build_strip(*functions: Callable[..., Any]) -> gr.HTML:
    """The strip; `functions` is `tick`, which answers the page's poll (`memory_events`)."""
    return gr.HTML(
        value={},
        html_template='<div class="lui-strip"></div>',
        js_on_load=script("strip_", _HUB, _HERE / "strip.js"),
        apply_default_css=False,
        elem_id="strip",
        server_functions=list(functions),
    )
