"""The Compare tab: one prompt, many adapters, side by side."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import gradio as gr

from lora_ui.catalog.models import Adapter, Catalog, Example
from lora_ui.compare.asking import FIELDS
from lora_ui.engine.protocol import BASE
from lora_ui.strings import word
from lora_ui.ui.board.board import build_board, own_settings
from lora_ui.ui.services import Services


@dataclass(frozen=True)
class CompareTab:
    """What the visitor fills in and presses, and the board. `sampling` is in `FIELDS`' order."""

    adapters: gr.CheckboxGroup
    prompt: gr.Textbox
    system: gr.Textbox
    sampling: tuple[gr.Textbox, ...]
    run: gr.Button
    stop: gr.Button
    examples: gr.Dataset | None
    board: gr.HTML


def build_compare_tab(services: Services) -> CompareTab:
    """Lay out the tab; nothing happens in it before `wire_compare_tab`."""
    catalog = services.catalog
    with gr.Row(equal_height=False):
        with gr.Column(scale=2, min_width=300):
            adapters = build_picker(catalog, "adapters")
            examples = _examples(catalog)
        with gr.Column(scale=3, min_width=300):
            prompt = gr.Textbox(
                label=word("prompt"),
                placeholder=word("prompt_placeholder"),
                lines=5,
                max_lines=16,
                elem_id="prompt",
            )
            system = gr.Textbox(
                label=word("system"),
                placeholder=word("system_placeholder"),
                lines=1,
                max_lines=6,
                elem_id="system",
            )
            with gr.Row():
                run = gr.Button(
                    word("run"), variant="primary", elem_id="run", scale=2, min_width=130
                )
                stop = gr.Button(word("stop_all"), elem_id="stop-all", scale=1, min_width=110)
    with gr.Accordion(word("sampling"), open=False, elem_id="sampling"):
        sampling = build_sampling(catalog)
    return CompareTab(adapters, prompt, system, sampling, run, stop, examples, build_board(catalog))


def build_picker(catalog: Catalog, elem_id: str, value: Sequence[str] = ()) -> gr.CheckboxGroup:
    """Base and the adapters to tick; those in `value` are ticked."""
    names = [(adapter.title or adapter.name, adapter.name) for adapter in catalog.adapters]
    return gr.CheckboxGroup(
        choices=[(word("base_title"), BASE), *names],
        value=list(value),
        label=word("adapters"),
        elem_id=elem_id,
    )


def examples_of(catalog: Catalog) -> list[tuple[Adapter, Example]]:
    """Every example prompt of the catalog with the adapter that it is for."""
    return [(adapter, example) for adapter in catalog.adapters for example in adapter.examples]


def _examples(catalog: Catalog) -> gr.Dataset | None:
    found = examples_of(catalog)
    if not found:
        return None
    return gr.Dataset(
        components=[gr.Textbox(visible=False)],
        samples=[[example.prompt] for _, example in found],
        sample_labels=[
            f"{adapter.title or adapter.name}: {example.title}" for adapter, example in found
        ],
        type="index",
        label=word("examples"),
        samples_per_page=12,
        elem_id="examples",
    )


def build_sampling(catalog: Catalog, prefix: str = "field") -> tuple[gr.Textbox, ...]:
    """One field a setting. An empty one leaves it to the adapter, and shows what that means.

    The fields' ids on the page begin with `prefix`.
    """
    own = own_settings(catalog)
    with gr.Row():
        return tuple(_field(name, own[name], prefix) for name in FIELDS)


def _field(name: str, default: str, prefix: str) -> gr.Textbox:
    """A text field even for numbers: Gradio's Number makes 0 of an empty field."""
    return gr.Textbox(
        label=word(f"field_{name}"),
        info=word(f"info_{name}"),
        placeholder=word("own_value", value=default or word("own_none")),
        lines=2 if name == "stop" else 1,
        min_width=160,
        elem_id=f"{prefix}-{name.replace('_', '-')}",
    )
