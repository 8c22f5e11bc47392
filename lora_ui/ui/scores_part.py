"""The Functions tab's scoreboard: a held-out set through adapters, free and constrained."""

from __future__ import annotations

import json
from dataclasses import dataclass

import gradio as gr

from lora_ui.strings import word
from lora_ui.ui.compare_tab import build_picker
from lora_ui.ui.scores import build_scores
from lora_ui.ui.services import Services

FORMS = ("csv", "json")
EXAMPLE = json.dumps(
    {
        "message": "Weather in Oslo?",
        "functions": [
            {
                "name": "get_weather",
                "parameters": {"type": "object", "properties": {"city": {"type": "string"}}},
            }
        ],
        "expected": [{"name": "get_weather", "arguments": {"city": "Oslo"}}],
    }
)
"""A line of a held-out set."""


@dataclass(frozen=True)
class ScoresPart:
    """What the visitor chooses and presses, the table, the chart and the downloads.

    `file` is an own held-out set, None for the built-in one. The chart is not there before there
    are figures: what draws it is loaded only then.
    """

    file: gr.File
    adapters: gr.CheckboxGroup
    decodings: gr.CheckboxGroup
    run: gr.Button
    stop: gr.Button
    table: gr.HTML
    chart: gr.Plot
    downloads: tuple[gr.DownloadButton, ...]


def build_scores_part(services: Services, ticked: list[str]) -> ScoresPart:
    """Lay it out, folded up; nothing happens in it before `wire_scores_part`."""
    with gr.Accordion(word("scoreboard"), open=False, elem_id="scoreboard"):
        with gr.Row(equal_height=False):
            with gr.Column(scale=2, min_width=300):
                gr.Markdown(word("scoreboard_help", example=EXAMPLE), elem_id="scores-help")
                file = gr.File(
                    label=word("scoreboard_file"),
                    file_types=[".jsonl"],
                    height=110,
                    elem_id="scores-file",
                )
            with gr.Column(scale=2, min_width=300):
                adapters = build_picker(services.catalog, "scores-adapters", ticked)
                decodings = gr.CheckboxGroup(
                    choices=[(word("calls_free"), "free"), (word("calls_constrained"), "on")],
                    value=["free", "on"],
                    label=word("scoreboard_decodings"),
                    elem_id="scores-decodings",
                )
                with gr.Row():
                    run = gr.Button(
                        word("scoreboard_run"), scale=2, min_width=130, elem_id="scores-run"
                    )
                    stop = gr.Button(
                        word("stop_all"),
                        scale=1,
                        min_width=90,
                        interactive=False,
                        elem_id="scores-stop",
                    )
        table = build_scores()
        chart = gr.Plot(show_label=False, visible=False, elem_id="scores-chart")
        with gr.Row():
            downloads = tuple(_download(form) for form in FORMS)
    return ScoresPart(file, adapters, decodings, run, stop, table, chart, downloads)


def _download(form: str) -> gr.DownloadButton:
    return gr.DownloadButton(
        word("batch_download", form=f".{form}"),
        interactive=False,
        size="sm",
        min_width=140,
        elem_id=f"scores-download-{form}",
    )
