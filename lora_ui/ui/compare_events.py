"""What happens in the Compare tab. Handlers read inputs, call plain Python, return the board."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import aclosing
from html import escape
from typing import Any

import gradio as gr

from lora_ui.compare.asking import FIELDS, printable, sampling_of, specs_of
from lora_ui.compare.columns import ColumnSpec
from lora_ui.errors import Problem
from lora_ui.sampling import Sampling
from lora_ui.ui.board.views import board_view
from lora_ui.ui.compare_tab import CompareTab, examples_of
from lora_ui.ui.services import Services
from lora_ui.ui.visits import LiveRun, Visits, live_run

_PICK = "(names) => { window.loraBoard.pick(names); }"
_PICKED = "() => [window.loraBoard.picked()]"
_KNOWN = "(index, names) => [index, window.loraBoard.known(names)]"
_ALL = "(board, ...rest) => [window.loraBoard.request(), ...rest]"
_ONE = "(board, ...rest) => [window.loraBoard.requestOne(), ...rest]"
_QUIET: dict[str, Any] = {"show_progress": "hidden", "api_visibility": "private"}


def wire_compare_tab(tab: CompareTab, services: Services, visits: Visits) -> None:
    """Connect the tab's components to what they do."""
    _wire_runs(tab, services, visits)
    _wire_stops(tab, visits)
    tab.adapters.change(None, inputs=tab.adapters, js=_PICK, **_QUIET)
    tab.board.picked(None, outputs=tab.adapters, js=_PICKED, **_QUIET)
    if tab.examples is None:
        return
    found = examples_of(services.catalog)

    def fill(index: int, ticked: list[str]) -> tuple[list[str], str, str]:
        adapter, example = found[index]
        ticked = ticked if adapter.name in ticked else [*ticked, adapter.name]
        return ticked, example.prompt, example.system or ""

    tab.examples.click(
        fill,
        inputs=[tab.examples, tab.adapters],
        outputs=[tab.adapters, tab.prompt, tab.system],
        js=_KNOWN,
        queue=False,
        **_QUIET,
    )


def _wire_runs(tab: CompareTab, services: Services, visits: Visits) -> None:
    async def run(
        request: gr.Request, asked: Any, prompt: str, system: str, *sampling: Any
    ) -> AsyncIterator[Any]:
        try:
            visitor = services.visitor(request)
            live, keys = _asked_run(services, asked, prompt, system, sampling, visitor)
        except Problem as problem:
            gr.Warning(escape(problem.message))
            yield gr.skip()
            return
        visit = visits.of(request.session_hash)
        visit.keep(keys)
        visit.show(live)
        async with visit.live(live), aclosing(live.changes()) as changes:  # type: ignore[type-var]
            async for _ in changes:
                yield board_view(visit.columns())

    inputs = [tab.board, tab.prompt, tab.system, *tab.sampling]
    for event, script in ((tab.run.click, _ALL), (tab.board.run_one, _ONE)):
        event(run, inputs=inputs, outputs=tab.board, js=script, concurrency_limit=None, **_QUIET)


def _asked_run(
    services: Services,
    asked: Any,
    prompt: str,
    system: str,
    sampling: tuple[Any, ...],
    visitor: str | None,
) -> tuple[LiveRun, list[str]]:
    """The run that the board asks for, and the keys of all its columns."""
    shared: Sampling = sampling_of(dict(zip(FIELDS, sampling, strict=True)))
    specs: list[ColumnSpec] = specs_of(asked, printable(system or ""))
    only = asked.get("only") if isinstance(asked, dict) else None
    wanted = [spec for spec in specs if only in (None, spec.key)]
    live = live_run(services, prompt or "", wanted, shared, visitor)
    return live, [spec.key for spec in specs]


def _wire_stops(tab: CompareTab, visits: Visits) -> None:
    def stop_all(request: gr.Request) -> None:
        visits.of(request.session_hash).stop()

    def stop_one(event: gr.EventData, request: gr.Request) -> None:
        visits.of(request.session_hash).stop(str(event.key))

    def forget(event: gr.EventData, request: gr.Request) -> None:
        visits.of(request.session_hash).forget(str(event.key))

    tab.stop.click(stop_all, queue=False, **_QUIET)
    tab.board.stop_one(stop_one, queue=False, **_QUIET)
    tab.board.forget(forget, queue=False, **_QUIET)
