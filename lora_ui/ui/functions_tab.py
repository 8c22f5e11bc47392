"""The Functions tab: functions in, calls out, every adapter's beside the others."""

from __future__ import annotations

from dataclasses import dataclass

import gradio as gr

from lora_ui.catalog.models import Catalog
from lora_ui.functions.samples import SAMPLES
from lora_ui.strings import word
from lora_ui.ui.calls import build_calls, build_editor
from lora_ui.ui.compare_tab import build_picker, build_sampling
from lora_ui.ui.scores_part import ScoresPart, build_scores_part
from lora_ui.ui.services import Services

TICKED_AT_FIRST = 4
"""How many of the adapters that have a format are ticked when the page opens."""


@dataclass(frozen=True)
class FunctionsTab:
    """What the visitor fills in and presses. `sampling` is in `FIELDS`' order.

    `editor` holds the functions and how they are to be used, in the browser; `calls` the columns.
    """

    editor: gr.HTML
    message: gr.Textbox
    adapters: gr.CheckboxGroup
    system: gr.Textbox
    sampling: tuple[gr.Textbox, ...]
    run: gr.Button
    stop: gr.Button
    calls: gr.HTML
    scores: ScoresPart


def build_functions_tab(services: Services) -> FunctionsTab:
    """Lay out the tab; nothing happens in it before `wire_functions_tab`."""
    catalog = services.catalog
    with gr.Row(equal_height=False):
        with gr.Column(scale=3, min_width=300):
            editor = build_editor(SAMPLES)
        with gr.Column(scale=2, min_width=300):
            message = gr.Textbox(
                label=word("functions_message"),
                placeholder=word("functions_message_placeholder"),
                lines=4,
                max_lines=12,
                elem_id="functions-message",
            )
            adapters = build_picker(catalog, "functions-adapters", callers(catalog))
            system = gr.Textbox(
                label=word("system"),
                placeholder=word("functions_system_placeholder"),
                lines=1,
                max_lines=6,
                elem_id="functions-system",
            )
            with gr.Row():
                run = gr.Button(
                    word("run"), variant="primary", elem_id="functions-run", scale=2, min_width=130
                )
                stop = gr.Button(word("stop_all"), elem_id="functions-stop", scale=1, min_width=110)
    with gr.Accordion(word("sampling"), open=False, elem_id="functions-sampling"):
        sampling = build_sampling(catalog, "functions")
    calls = build_calls()
    scores = build_scores_part(services, callers(catalog))
    return FunctionsTab(editor, message, adapters, system, sampling, run, stop, calls, scores)


def callers(catalog: Catalog) -> list[str]:
    """The first adapters that the catalog gives a function-call format."""
    named = [adapter.name for adapter in catalog.adapters if adapter.format is not None]
    return named[:TICKED_AT_FIRST]
