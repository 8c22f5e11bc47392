"""The Batch tab: many prompts through many adapters, as one table that fills while you look."""

from __future__ import annotations

from dataclasses import dataclass

import gradio as gr

from lora_ui.catalog.models import Catalog
from lora_ui.engine.protocol import BASE
from lora_ui.strings import word
from lora_ui.ui.grid import build_grid
from lora_ui.ui.services import Services

FORMATS = ("txt", "md", "json", "csv")
SAMPLING = ("max_tokens", "temperature", "seed")


@dataclass(frozen=True)
class BatchTab:
    """What the visitor fills in and presses, the table, and one download button per format."""

    prompts: gr.Textbox
    upload: gr.UploadButton
    example: gr.Button
    adapters: gr.CheckboxGroup
    sampling: tuple[gr.Textbox, ...]
    run: gr.Button
    stop: gr.Button
    grid: gr.HTML
    downloads: tuple[gr.DownloadButton, ...]


def build_batch_tab(services: Services) -> BatchTab:
    """Lay out the tab; nothing happens in it before `wire_batch_tab`."""
    with gr.Row(equal_height=False):
        with gr.Column(scale=3, min_width=300):
            prompts = gr.Textbox(
                label=word("batch_prompts"),
                placeholder=word("batch_prompts_placeholder"),
                lines=8,
                max_lines=16,
                elem_id="batch-prompts",
            )
            with gr.Row():
                upload = gr.UploadButton(
                    word("batch_upload"),
                    file_types=[".txt"],
                    size="sm",
                    min_width=130,
                    elem_id="batch-upload",
                )
                example = gr.Button(
                    word("batch_example"), size="sm", min_width=130, elem_id="batch-example"
                )
        with gr.Column(scale=2, min_width=300):
            adapters = _adapters(services)
            with gr.Row():
                sampling = tuple(_setting(name) for name in SAMPLING)
            with gr.Row():
                run = gr.Button(
                    word("batch_run"),
                    variant="primary",
                    scale=2,
                    min_width=130,
                    elem_id="batch-run",
                )
                stop = gr.Button(
                    word("batch_stop"),
                    scale=1,
                    min_width=90,
                    interactive=False,
                    elem_id="batch-stop",
                )
    with gr.Accordion(word("batch_help_title"), open=False, elem_id="batch-help"):
        gr.Markdown(word("batch_help"))
    grid = build_grid()
    with gr.Row(elem_id="batch-downloads"):
        downloads = tuple(_download(form) for form in FORMATS)
    return BatchTab(prompts, upload, example, adapters, sampling, run, stop, grid, downloads)


def ticked_in_batch(catalog: Catalog) -> list[str]:
    """What is ticked when the page opens: base and the whole catalog."""
    return [BASE, *(adapter.name for adapter in catalog.adapters)]


def _adapters(services: Services) -> gr.CheckboxGroup:
    names = [(a.title or a.name, a.name) for a in services.catalog.adapters]
    return gr.CheckboxGroup(
        choices=[(word("batch_base"), BASE), *names],
        value=ticked_in_batch(services.catalog),
        label=word("batch_adapters"),
        elem_id="batch-adapters",
    )


def _setting(name: str) -> gr.Textbox:
    """A number that may be left empty; Gradio's own number field would show that as 0."""
    return gr.Textbox(
        label=word(f"batch_{name}"),
        placeholder=word("batch_own"),
        max_lines=1,
        min_width=90,
        elem_id=f"batch-{name.replace('_', '-')}",
    )


def _download(form: str) -> gr.DownloadButton:
    return gr.DownloadButton(
        word("batch_download", form=f".{form}"),
        interactive=False,
        size="sm",
        min_width=140,
        elem_id=f"batch-download-{form}",
    )
