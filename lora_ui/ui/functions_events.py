"""What happens in the Functions tab. What a visitor has there lies on a desk of their own."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import aclosing
from dataclasses import replace
from html import escape
from typing import Any

import gradio as gr

from lora_ui.compare.asking import FIELDS, printable, sampling_of
from lora_ui.engine.protocol import BASE
from lora_ui.errors import Problem
from lora_ui.functions.checking import check_functions
from lora_ui.functions.columns import AUTO, NONE, Ask, CallSpec
from lora_ui.functions.running import CallRun
from lora_ui.functions.schema import Function
from lora_ui.strings import word
from lora_ui.ui.calls import calls_view
from lora_ui.ui.calls.threads import Desk, Desks, Round, Thread
from lora_ui.ui.functions_tab import FunctionsTab
from lora_ui.ui.scores_events import ScoreRunner, wire_scores_part
from lora_ui.ui.services import Services
from lora_ui.ui.visits import LiveRun, Visits

DECODINGS = {"off": (False,), "on": (True,), "both": (False, True)}
"""What the choice of constrained decoding means: which columns each adapter gets."""

LONGEST_URL = 500

_ASKED = """(calls, message, adapters, ...rest) => {
  window.loraCalls.bringIntoView();
  const known = window.loraBoard?.known(adapters) ?? adapters;
  return [window.loraFunctions.request(), message, known, ...rest];
}"""
_QUIET: dict[str, Any] = {"show_progress": "hidden", "api_visibility": "private"}


class FunctionsPage:
    """What visitors have on the tab, and how new answers get there."""

    def __init__(self, services: Services, visits: Visits) -> None:
        self._services = services
        self._visits = visits
        self._desks = Desks()
        self.scores: ScoreRunner | None = None

    def desk(self, session: str | None) -> Desk:
        """The visitor's desk."""
        return self._desks.of(session)

    def view(self, session: str | None) -> dict[str, Any]:
        """All of the visitor's columns as they stand."""
        desk = self.desk(session)
        desk.conclude()
        return calls_view(desk.threads.values(), desk.beat())

    def leave(self, session: str | None) -> None:
        """The visitor has gone."""
        self._desks.leave(session)
        if self.scores is not None:
            self.scores.stop(session)

    def ask(
        self,
        session: str | None,
        asked: Mapping[str, Any],
        message: str,
        adapters: Sequence[str],
        system: str,
        sampling: Sequence[Any],
    ) -> LiveRun[Any]:
        """Put new columns on the desk in place of the old ones; what is wrong is a `Problem`."""
        own = sampling_of(dict(zip(FIELDS, sampling, strict=True)))
        functions = functions_of(asked.get("functions"))
        ask = Ask(
            printable(message or ""),
            functions,
            printable(str(asked.get("tool_choice") or AUTO)),
            bool(asked.get("parallel", True)),
        )
        desk = self.desk(session)
        system = printable(system or "")
        specs = [
            CallSpec(
                key=desk.new_key(),
                adapter=printable(name)[:128] or "?",
                system=system if system.strip() else None,
                sampling=own,
                constrained=constrained,
            )
            for name in adapters
            for constrained in DECODINGS.get(str(asked.get("decoding")), (False,))
        ]
        self._services.check(ask.message + str(asked.get("functions")), specs, session)
        live = self._live_run(ask, specs, session)
        url = printable(str(asked.get("url") or ""))[:LONGEST_URL]
        titles = self._titles(session)
        threads = [
            Thread(spec.key, titles.get(spec.adapter, spec.adapter), spec, ask, url)
            for spec in specs
        ]
        for thread, column in zip(threads, live.columns, strict=True):
            thread.rounds.append(Round(column, live))
        desk.replace(threads)
        return live

    def go_on(self, session: str | None, key: str, typed: Mapping[str, Any]) -> LiveRun[Any] | None:
        """The next round of a column, with the results of the last one's calls."""
        thread = self.desk(session).threads.get(key)
        if thread is None or not thread.may_go_on:
            return None
        self._services.check("", [thread.spec], session)
        spec = thread.next_spec(
            {int(place): printable(str(text)) for place, text in typed.items() if place.isdecimal()}
        )
        # once there are results, a forced call would only keep the model from answering
        free = thread.ask.tool_choice in (AUTO, NONE)
        ask = thread.ask if free else replace(thread.ask, tool_choice=AUTO)
        live = self._live_run(ask, [spec], session)
        thread.rounds.append(Round(live.columns[0], live))
        return live

    async def stream(self, session: str | None, live: LiveRun[Any]) -> AsyncIterator[Any]:
        """The desk as it stands, whenever `live` has news, until it has ended."""
        visit = self._visits.of(session)
        async with visit.live(live), aclosing(live.changes()) as changes:  # type: ignore[type-var]
            async for _ in changes:
                yield self.view(session)

    def _live_run(self, ask: Ask, specs: Sequence[CallSpec], session: str | None) -> LiveRun[Any]:
        engine, catalog = self._services.engine, self._services.catalog
        return LiveRun(engine, CallRun(engine, catalog, ask, specs, visitor=session))

    def _titles(self, session: str | None) -> dict[str, str]:
        seen = self._services.engine.adapters(session)
        return {one.adapter.name: one.adapter.title or one.adapter.name for one in seen} | {
            BASE: word("base_title")
        }


def functions_of(text: Any) -> tuple[Function, ...]:
    """The functions in the editor's text; the first thing wrong with it is a `Problem`."""
    written = printable(str(text or ""))
    if not written.strip():
        raise Problem("no_functions")
    found = check_functions(written)
    if found.functions is None:
        first = found.problems[0]
        place = word("editor_place", line=first.line, column=first.column)
        raise Problem("functions_unreadable", detail=f"{place}: {first.message}")
    return found.functions


def wire_functions_tab(tab: FunctionsTab, services: Services, visits: Visits) -> FunctionsPage:
    """Connect the tab's components to what they do."""
    page = FunctionsPage(services, visits)
    _wire_runs(tab, page, services)
    _wire_calls(tab, page, services)
    page.scores = wire_scores_part(tab.scores, services)

    def fill(event: gr.EventData) -> tuple[str, str]:
        return str(event.message), ""

    tab.editor.example(fill, outputs=[tab.message, tab.system], queue=False, **_QUIET)
    return page


def _wire_runs(tab: FunctionsTab, page: FunctionsPage, services: Services) -> None:
    async def run(
        request: gr.Request,
        asked: Any,
        message: str,
        adapters: list[str],
        system: str,
        *sampling: Any,
    ) -> AsyncIterator[Any]:
        session = services.visitor(request)
        try:
            asked = asked if isinstance(asked, Mapping) else {}
            live = page.ask(session, asked, message, adapters or [], system, sampling)
        except Problem as problem:
            gr.Warning(escape(problem.message))
            yield gr.skip()
            return
        async for view in page.stream(session, live):
            yield view

    tab.run.click(
        run,
        inputs=[tab.calls, tab.message, tab.adapters, tab.system, *tab.sampling],
        outputs=tab.calls,
        js=_ASKED,
        concurrency_limit=None,
        trigger_mode="multiple",
        **_QUIET,
    )

    def stop_all(request: gr.Request) -> None:
        page.desk(request.session_hash).stop()

    def stop_one(event: gr.EventData, request: gr.Request) -> None:
        page.desk(request.session_hash).stop(str(event.key))

    tab.stop.click(stop_all, queue=False, **_QUIET)
    tab.calls.stop_one(stop_one, queue=False, **_QUIET)


def _wire_calls(tab: FunctionsTab, page: FunctionsPage, services: Services) -> None:
    async def run_call(event: gr.EventData, request: gr.Request) -> Any:
        desk = page.desk(request.session_hash)
        thread = desk.threads.get(str(event.key))
        if thread is not None and thread.may_go_on:
            await asyncio.to_thread(thread.last.run_call, int(event.call))
        return page.view(request.session_hash)

    async def go_on(event: gr.EventData, request: gr.Request) -> AsyncIterator[Any]:
        session = services.visitor(request)
        try:
            live = page.go_on(session, str(event.key), event.results)
        except Problem as problem:
            gr.Warning(escape(problem.message))
            live = None
        if live is None:
            yield page.view(session)
            return
        async for view in page.stream(session, live):
            yield view

    for event, handler in ((tab.calls.run_call, run_call), (tab.calls.go_on, go_on)):
        event(handler, outputs=tab.calls, concurrency_limit=None, trigger_mode="multiple", **_QUIET)
