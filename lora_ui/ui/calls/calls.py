"""The Functions tab's two custom views: the editor of the functions, and the columns of answers.

The browser holds what the visitor writes, and sends it with each run; the server's value holds what
came of it. Model output reaches the page as text nodes only.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import asdict
from pathlib import Path
from typing import Any

import gradio as gr

from lora_ui.compare.asking import printable
from lora_ui.functions.checking import check_functions
from lora_ui.functions.samples import Sample
from lora_ui.ui.scripts import COLUMNS, script

_HERE = Path(__file__).parent
CSS = "\n".join((_HERE / name).read_text(encoding="utf-8") for name in ("editor.css", "calls.css"))
_EDITOR = tuple(_HERE / name for name in ("editor.js", "form.js", "choices.js"))
_CALLS = (_HERE / "calls.js", _HERE / "cards.js", COLUMNS, _HERE / "drawing.js")


def build_editor(samples: Sequence[Sample]) -> gr.HTML:
    """The functions as JSON and as a form, and how they are to be used.

    Its event is `example` ({message}). What was written is read in the browser, by
    `window.loraFunctions.request()`.
    """
    known = [
        {"title": sample.title, "functions": sample.functions_json, "messages": sample.messages}
        for sample in samples
    ]
    return gr.HTML(
        value={},
        html_template='<div class="lui-board lui-functions"></div>',
        js_on_load=f"const SAMPLES = {json.dumps(known)};\n{script('editor_', *_EDITOR)}",
        apply_default_css=False,
        elem_id="functions-editor",
        server_functions=[check],
    )


def build_calls() -> gr.HTML:
    """The columns. Its events: `run_call` ({key, call}), `go_on` ({key, results}), `stop_one`."""
    return gr.HTML(
        value={"columns": []},
        html_template='<div class="lui-board lui-calls"></div>',
        js_on_load=script("calls_", *_CALLS),
        apply_default_css=False,
        elem_id="calls",
    )


def check(text: Any) -> dict[str, Any]:
    """The names of the functions in `text` and what is wrong with it, for the editor's script."""
    found = check_functions(printable(str(text or "")))
    return {
        "names": [printable(one.name) for one in found.functions or ()],
        "problems": [{**asdict(one), "message": printable(one.message)} for one in found.problems],
    }
