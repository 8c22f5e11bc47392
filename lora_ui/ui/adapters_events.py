"""What happens in the Adapters tab, and how the pickers of the other tabs follow it.

Everything here belongs to one visitor, by the session of the request.
"""

from __future__ import annotations

import asyncio
import hashlib
import json
import logging
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any

import gradio as gr

from lora_ui.catalog.additions import Added, CacheUse, Shelf, clear_hub_cache, hub_cache
from lora_ui.catalog.sources import Progress
from lora_ui.compare.asking import printable
from lora_ui.engine.protocol import Engine
from lora_ui.errors import Problem
from lora_ui.strings import word
from lora_ui.ui.adapters_tab import (
    AdaptersTab,
    AddPart,
    CachePart,
    Form,
    cache_html,
    quota_html,
    said_html,
)
from lora_ui.ui.adding import Adding
from lora_ui.ui.board.board import models_of
from lora_ui.ui.cards import cards_view
from lora_ui.ui.cards.view import Acts, size
from lora_ui.ui.services import Services

logger = logging.getLogger(__name__)
_QUIET: dict[str, Any] = {"show_progress": "hidden", "api_visibility": "private"}
_NAMES_SHOWN = 20


POLL_S = 1.0


@dataclass(frozen=True)
class Followers:
    """What shows the same adapters in the other tabs, the tabs themselves, and what keeps it true.

    `version` says what the browser shows; a tick of `timer` sends only what differs from it. The
    two stand outside the tabs: Gradio has no timer run in a tab that was never opened.
    """

    tabs: gr.Tabs
    pickers: tuple[gr.CheckboxGroup, ...]
    board: gr.HTML
    version: gr.Textbox
    timer: gr.Timer


def build_followers(
    tabs: gr.Tabs, pickers: tuple[gr.CheckboxGroup, ...], board: gr.HTML
) -> Followers:
    """To be called outside the tabs."""
    return Followers(tabs, pickers, board, gr.Textbox(visible=False), gr.Timer(POLL_S))


class AdaptersPage:
    """What visitors see of the adapters, and what they did with them."""

    def __init__(self, tab: AdaptersTab, services: Services, followers: Followers) -> None:
        self.adding = Adding(services.engine, services.shelf) if services.shelf else None
        self.outputs = [followers.version, tab.cards, followers.board, *followers.pickers]
        if tab.add is not None:
            self.outputs.append(tab.add.quota)
        self._tab = tab
        self._services = services
        self._followers = followers
        self._acts: dict[str, Acts] = {}

    def acts(self, session: str) -> Acts:
        """What the visitor did in the list."""
        return self._acts.setdefault(session, Acts())

    async def leave(self, session: str | None) -> None:
        """The visitor has gone, and what they added goes, too."""
        if session is None:
            return
        self._acts.pop(session, None)
        if self.adding is not None:
            await self.adding.leave(session)

    def news(self, session: str, shown: str = "") -> dict[Any, Any]:
        """Updates of all that differs from what the browser shows, which is the version `shown`."""
        engine, add = self._services.engine, self._tab.add
        adapters = engine.adapters(session)
        models = models_of(self._services.catalog, [one.adapter for one in adapters])
        added, jobs, quota = (), [], ""
        if self.adding is not None:
            shelf = self.adding.shelf
            added, jobs = shelf.living(session), self.adding.jobs(session)
            quota = quota_html(shelf.used(session), shared=shelf.rules.shared)
        acts = self._acts.get(session)
        moves = self._services.gate is None  # in a public demo they would move what others use
        view = cards_view(adapters, engine.status(), added=added, jobs=jobs, acts=acts, moves=moves)
        version = [_digest(view), _digest(models), _digest(quota)]
        before = [*shown.split(), "", "", ""]
        found: dict[Any, Any] = {}
        if version[0] != before[0]:
            found[self._tab.cards] = view
        if version[1] != before[1]:
            choices = [(model["title"], model["name"]) for model in models]
            found[self._followers.board] = gr.update(models=models)
            found |= {picker: gr.update(choices=choices) for picker in self._followers.pickers}
        if add is not None and version[2] != before[2]:
            found[add.quota] = quota
        return {**found, self._followers.version: " ".join(version)} if found else {}


def wire_adapters_tab(
    demo: gr.Blocks, tab: AdaptersTab, services: Services, followers: Followers
) -> AdaptersPage:
    """Connect the tab's components to what they do."""
    page = AdaptersPage(tab, services, followers)

    async def look(request: gr.Request, shown: str) -> Any:
        return page.news(request.session_hash or "", shown or "") or [gr.skip()] * len(page.outputs)

    for event in (followers.timer.tick, demo.load):
        event(look, inputs=followers.version, outputs=page.outputs, queue=False, **_QUIET)
    _wire_cards(tab, services, page, followers)
    if tab.add is not None and page.adding is not None:
        _wire_forms(tab.add, followers.version, page, page.adding, services)
    return page


def _wire_cards(
    tab: AdaptersTab, services: Services, page: AdaptersPage, followers: Followers
) -> None:
    async def act(event: gr.EventData, request: gr.Request, shown: str) -> dict[Any, Any]:
        session, name = request.session_hash or "", str(event.name)
        acts = page.acts(session)
        acts.notes.pop(name, None)
        try:
            await _act(str(event.act), name, session, services.engine, page.adding)
        except Problem as problem:
            acts.notes[name] = problem.message
        except Exception as unexpected:
            logger.exception("%s of %s failed", event.act, name)
            detail = f"{type(unexpected).__name__}: {unexpected}"
            acts.notes[name] = Problem("unexpected", detail=detail).message
        acts.ended += 1
        return page.news(session, shown or "")

    tab.cards.act(
        act,
        inputs=followers.version,
        outputs=page.outputs,
        concurrency_limit=None,
        trigger_mode="multiple",
        **_QUIET,
    )
    tab.cards.try_it(
        lambda: gr.Tabs(selected="compare"), outputs=followers.tabs, queue=False, **_QUIET
    )


async def _act(act: str, name: str, session: str, engine: Engine, adding: Adding | None) -> None:
    """What a card's button does."""
    if act == "preload":
        await engine.preload(name, session)
    elif act in ("pin", "unpin"):
        await engine.pin(name, act == "pin", session)
    elif act == "remove" and adding is not None:
        await adding.remove(name, session)
    elif act == "stop" and adding is not None and name.isdecimal():
        adding.stop(session, int(name))


# ---------------------------------------------------------------- adding


def _wire_forms(
    add: AddPart, version: gr.Textbox, page: AdaptersPage, adding: Adding, services: Services
) -> None:
    def wire(form: Form | None, start: Callable[..., tuple[str, Callable[..., Added]]]) -> Any:
        if form is None:
            return None
        empty = [None if isinstance(field, gr.File) else "" for field in form.inputs]

        async def run(request: gr.Request, shown: str, *values: Any) -> dict[Any, Any]:
            session = request.session_hash or ""
            said, ended = await _add(adding, session, *start(session, *values))
            found = {**page.news(session, shown or ""), add.said: said}
            return {**found, **dict(zip(form.inputs, empty, strict=True))} if ended else found

        return form.run.click(
            run,
            inputs=[version, *form.inputs],
            outputs=[add.said, *page.outputs, *form.inputs],
            concurrency_limit=None,
            **_QUIET,
        )

    fetched = wire(add.hub, partial(_from_hub, adding.shelf))
    wire(add.upload, partial(_from_upload, adding.shelf))
    wire(add.folder, partial(_from_folder, adding.shelf))
    if add.cache is not None:
        _wire_cache(add, add.cache, fetched, services, adding.shelf)


async def _add(
    adding: Adding, session: str, title: str, make: Callable[[Progress], Added]
) -> tuple[str, bool]:
    """Add one; what to say about it, and whether the form has done its work."""
    try:
        status = await adding.add(session, title, make)
    except Problem as problem:
        return said_html(problem.message, problem=True), False
    if status is None:
        return said_html(word("adding_stopped")), False
    refused = status.verdict == "refused"
    words = word("adding_done_refused" if refused else "adding_done", name=status.adapter.name)
    return said_html(words, problem=refused), True


def _from_hub(
    shelf: Shelf, session: str, repo: str, revision: str, name: str
) -> tuple[str, Callable[[Progress], Added]]:
    repo, revision = printable(repo or "").strip(), printable(revision or "").strip()

    def make(progress: Progress) -> Added:
        return shelf.add_hub(repo, revision or None, session, _name(name), progress)

    return repo, make


def _from_upload(
    shelf: Shelf, session: str, files: Sequence[str] | None, name: str
) -> tuple[str, Callable[[Progress], Added]]:
    paths = [Path(file) for file in files or ()]

    def make(_: Progress) -> Added:
        added = shelf.add_upload(paths, session, _name(name))
        for path in paths:  # the shelf has copied what it wants
            path.unlink(missing_ok=True)
        return added

    return word("adding_upload_title"), make


def _from_folder(
    shelf: Shelf, session: str, path: str, name: str
) -> tuple[str, Callable[[Progress], Added]]:
    path = printable(path or "")
    return path, lambda _: shelf.add_folder(path, session, _name(name))


def _name(text: str | None) -> str | None:
    return printable(text or "").strip() or None


# ---------------------------------------------------------------- the Hub cache


def _wire_cache(
    add: AddPart, part: CachePart, fetched: Any, services: Services, shelf: Shelf
) -> None:
    """`fetched` is the event of a download, after which there is more in the cache."""
    outputs = [part.line, part.clear, part.really, part.keep]

    async def measure() -> list[Any]:
        return _cache_updates(await _measure(services, shelf))

    async def ask() -> list[Any]:
        return _cache_updates(await _measure(services, shelf), asking=True)

    async def clear() -> list[Any]:
        freed = await asyncio.to_thread(clear_hub_cache, services.catalog, shelf.in_use())
        more = word("cache_cleared", size=size(freed))
        return _cache_updates(await _measure(services, shelf), more=more)

    add.panel.expand(measure, outputs=outputs, queue=False, **_QUIET)
    if fetched is not None:
        fetched.then(measure, outputs=outputs, queue=False, **_QUIET)
    part.clear.click(ask, outputs=outputs, queue=False, **_QUIET)
    part.keep.click(measure, outputs=outputs, queue=False, **_QUIET)
    part.really.click(clear, outputs=outputs, **_QUIET)


async def _measure(services: Services, shelf: Shelf) -> CacheUse:
    return await asyncio.to_thread(hub_cache, services.catalog, shelf.in_use())


def _cache_updates(use: CacheUse, *, asking: bool = False, more: str = "") -> list[Any]:
    """The line, and either the button that asks or the two that answer it."""
    asking = asking and use.unneeded_bytes > 0
    if asking:
        names = ", ".join(use.unneeded[:_NAMES_SHOWN])
        more = word("cache_names", names=names + (" …" if len(use.unneeded) > _NAMES_SHOWN else ""))
    really = word("cache_really", unneeded=size(use.unneeded_bytes))
    return [
        cache_html(use, more),
        gr.update(visible=not asking, interactive=use.unneeded_bytes > 0),
        gr.update(visible=asking, value=really),
        gr.update(visible=asking),
    ]


def _digest(value: Any) -> str:
    text = json.dumps(value, sort_keys=True)
    return hashlib.blake2b(text.encode("utf-8", "replace"), digest_size=8).hexdigest()
