"""How the masthead's script hears of the page's settings, and how an opened link sets them."""

from __future__ import annotations

import itertools
import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import gradio as gr

from lora_ui.compare.asking import FIELDS
from lora_ui.engine.protocol import BASE
from lora_ui.share import Reading, all_fields, read_file, read_link
from lora_ui.ui.batch_tab import SAMPLING, BatchTab, ticked_in_batch
from lora_ui.ui.compare_tab import CompareTab
from lora_ui.ui.functions_tab import FunctionsTab, callers
from lora_ui.ui.links import build_links
from lora_ui.ui.services import Services

RUNS = {"compare": "#run", "batch": "#batch-run", "functions": "#functions-run"}
Field = gr.Textbox | gr.CheckboxGroup
_QUIET: dict[str, Any] = {"show_progress": "hidden", "api_visibility": "private"}
_numbers = itertools.count(1)


@dataclass(frozen=True)
class Linked:
    """The tabs, and by tab and parameter those of Gradio's components that hold a link's values."""

    tabs: gr.Tabs
    fields: Mapping[str, Mapping[str, Field]]


def linked(tabs: gr.Tabs, compare: CompareTab, batch: BatchTab, functions: FunctionsTab) -> Linked:
    """Which component holds what."""
    return Linked(
        tabs,
        {
            "compare": {
                "adapters": compare.adapters,
                "prompt": compare.prompt,
                "system": compare.system,
                **dict(zip(FIELDS, compare.sampling, strict=True)),
            },
            "batch": {
                "adapters": batch.adapters,
                "prompts": batch.prompts,
                **dict(zip(SAMPLING, batch.sampling, strict=True)),
            },
            "functions": {
                "adapters": functions.adapters,
                "message": functions.message,
                "system": functions.system,
                **dict(zip(FIELDS, functions.sampling, strict=True)),
            },
        },
    )


def build_masthead(services: Services) -> gr.HTML:
    """The masthead with Copy link; nothing happens before `wire_links`."""
    catalog = services.catalog
    ticked = {"batch": ticked_in_batch(catalog), "functions": callers(catalog)}
    return build_links(RUNS, ticked, services.space, services.has_login)


def wire_links(links: gr.HTML, page: Linked, services: Services) -> None:
    """Connect the masthead's script with the tabs, and opening a link with both."""
    _wire_telling(page)
    components = [one for fields in page.fields.values() for one in fields.values()]
    outputs = [links, page.tabs, *components]

    def here(session: str | None) -> set[str]:
        return {BASE, *(one.adapter.name for one in services.engine.adapters(session))}

    def open_settings(event: gr.EventData, request: gr.Request) -> dict[Any, Any]:
        query, known = getattr(event, "query", None), here(request.session_hash)
        if query is None:
            return opened(read_file(getattr(event, "text", None), known), links, page)
        return opened(read_link(query, known), links, page)

    links.open(open_settings, outputs=outputs, queue=False, **_QUIET)


def _wire_telling(page: Linked) -> None:
    """Frontend-only events: what is typed is known in the browser at once, and to nobody else."""
    for tab, fields in page.fields.items():
        names = json.dumps(list(fields))
        script = f"""(...values) => {{
          const names = {names};
          const told = Object.fromEntries(names.map((name, place) => [name, values[place]]));
          window.loraLinks?.tell({json.dumps(tab)}, told);
        }}"""
        components = list(fields.values())
        gr.on([one.change for one in components], None, inputs=components, js=script, **_QUIET)
    for tab in page.tabs.children:
        if isinstance(tab, gr.Tab):
            seen = f"() => {{ window.loraLinks?.see({json.dumps(tab.id)}); }}"
            tab.select(None, js=seen, **_QUIET)


def opened(reading: Reading, links: gr.HTML, page: Linked) -> dict[Any, Any]:
    """Updates of what `reading` sets, and of the masthead, whose script sets the rest."""
    view: dict[str, Any] = {"number": next(_numbers), "notices": list(reading.notices)}
    state = reading.state
    if state is None:
        return {links: view}
    values = all_fields(state)
    updates: dict[Any, Any] = {}
    for name, component in page.fields.get(state.tab, {}).items():
        if name == "adapters":
            names = _ticked(values, component)
            updates[component] = gr.update(value=names)
            values["adapters"] = names
        else:
            updates[component] = gr.update(value=values[name])
    view |= {"tab": state.tab, "fields": values, "run": reading.run}
    return {**updates, page.tabs: gr.Tabs(selected=state.tab), links: view}


def _ticked(values: Mapping[str, Any], picker: Field) -> list[str]:
    """What the picker has ticked: one tick for an adapter however many columns it has."""
    if "columns" in values:
        return list(dict.fromkeys(column["adapter"] for column in values["columns"]))
    return list(picker.value if values["adapters"] is None else values["adapters"])
