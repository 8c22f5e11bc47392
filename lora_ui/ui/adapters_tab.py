"""The Adapters tab: what there is to run, and adding to it."""

from __future__ import annotations

from dataclasses import dataclass
from html import escape

import gradio as gr

from lora_ui.catalog.additions import CacheUse, Usage
from lora_ui.compare.asking import printable
from lora_ui.strings import word
from lora_ui.ui.cards import build_cards, cards_view
from lora_ui.ui.cards.view import size
from lora_ui.ui.services import Services


@dataclass(frozen=True)
class Form:
    """One way to add an adapter; `inputs` are what it asks for, the name last."""

    inputs: tuple[gr.Textbox | gr.File, ...]
    run: gr.Button


@dataclass(frozen=True)
class CachePart:
    """The Hub cache: a line, and a button that asks once more before anything is removed."""

    line: gr.HTML
    clear: gr.Button
    really: gr.Button
    keep: gr.Button


@dataclass(frozen=True)
class AddPart:
    """The ways to add that the operator allows (the others are None), and what came of it."""

    panel: gr.Accordion
    hub: Form | None
    upload: Form | None
    folder: Form | None
    said: gr.HTML
    quota: gr.HTML
    cache: CachePart | None


@dataclass(frozen=True)
class AdaptersTab:
    """The list and, where anything may be added, the forms."""

    cards: gr.HTML
    add: AddPart | None


def build_adapters_tab(services: Services) -> AdaptersTab:
    """Lay out the tab; nothing happens in it before `wire_adapters_tab`."""
    add = _add_part(services)
    engine = services.engine
    moves = services.gate is None
    cards = build_cards(cards_view(engine.adapters(), engine.status(), moves=moves))
    return AdaptersTab(cards, add)


def _add_part(services: Services) -> AddPart | None:
    rules = services.shelf.rules if services.shelf else None
    if rules is None or not (rules.hub or rules.uploads or rules.folders):
        return None
    with gr.Accordion(word("adding_title"), open=False, elem_id="adding") as panel:
        with gr.Row(equal_height=False):
            hub = _hub() if rules.hub else None
            upload = _upload() if rules.uploads else None
            folder = _folder(rules.folders) if rules.folders else None
        said = gr.HTML("", elem_id="adding-said", apply_default_css=False)
        quota = gr.HTML("", elem_id="adding-quota", apply_default_css=False)
        cache = _cache() if rules.hub and services.clears_cache else None
    return AddPart(panel, hub, upload, folder, said, quota, cache)


def _hub() -> Form:
    with gr.Column(min_width=280):
        _heading("adding_hub")
        repo = _text("repo")
        with gr.Row():
            revision, name = _text("revision"), _text("name", "hub")
        return Form((repo, revision, name), _button("hub"))


def _upload() -> Form:
    with gr.Column(min_width=280):
        _heading("adding_upload")
        files = gr.File(
            label=word("adding_files"),
            file_count="multiple",
            file_types=[".json", ".safetensors", ".zip"],
            height=150,
            elem_id="adding-files",
        )
        name = _text("name", "upload")
        return Form((files, name), _button("upload"))


def _folder(folders: tuple[str, ...]) -> Form:
    with gr.Column(min_width=280):
        _heading("adding_folder")
        path = gr.Textbox(
            label=word("adding_path"),
            placeholder=word("adding_path_placeholder", folders=", ".join(folders)),
            max_lines=1,
            elem_id="adding-path",
        )
        name = _text("name", "folder")
        return Form((path, name), _button("folder"))


def _heading(key: str) -> None:
    gr.HTML(f"<h3>{escape(word(key))}</h3>", apply_default_css=False, elem_classes="lui-way")


def _text(key: str, way: str = "") -> gr.Textbox:
    return gr.Textbox(
        label=word(f"adding_{key}"),
        placeholder=word(f"adding_{key}_placeholder"),
        max_lines=1,
        min_width=130,
        elem_id=f"adding-{way}-{key}" if way else f"adding-{key}",
    )


def _button(way: str) -> gr.Button:
    return gr.Button(word(f"adding_{way}_run"), variant="primary", elem_id=f"adding-{way}-run")


def _cache() -> CachePart:
    line = gr.HTML(cache_html(None), elem_id="cache", apply_default_css=False)
    with gr.Row(elem_id="cache-buttons"):
        clear = gr.Button(
            word("cache_clear"), size="sm", interactive=False, elem_id="cache-clear", scale=0
        )
        really = gr.Button(
            "", size="sm", variant="stop", visible=False, elem_id="cache-really", scale=0
        )
        keep = gr.Button(
            word("cache_keep"), size="sm", visible=False, elem_id="cache-keep", scale=0
        )
    return CachePart(line, clear, really, keep)


def quota_html(use: Usage, *, shared: bool) -> str:
    """How much a visitor may still add, and for how long it stays."""
    words = word(
        "adding_quota",
        adapters=use.adapters,
        max_adapters=use.max_adapters,
        size=size(use.bytes),
        max_size=size(use.max_bytes),
        max_adapter=size(use.max_adapter_bytes),
        minutes=f"{use.keep_s / 60:g}",
    )
    return _paragraph(words + word("adding_quota_shared" if shared else "adding_quota_own"))


def said_html(words: str, *, problem: bool = False) -> str:
    """What came of an addition."""
    if not words:
        return ""
    role, css = ("alert", "lui-problem") if problem else ("status", "lui-done")
    return f'<p class="{css}" role="{role}">{escape(printable(words))}</p>'


def cache_html(use: CacheUse | None, more: str = "") -> str:
    """The Hub cache's size, and `more` about it; None: not measured yet."""
    if use is None:
        return _paragraph(word("cache_unread"))
    words = word(
        "cache_use",
        size=size(use.bytes),
        repos=use.repos,
        unneeded=size(use.unneeded_bytes),
    )
    return _paragraph(words) + (_paragraph(more) if more else "")


def _paragraph(words: str) -> str:
    return f"<p>{escape(printable(words))}</p>"
