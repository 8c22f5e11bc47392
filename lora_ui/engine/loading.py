"""The one place where adapters get into the engine, and out of it.

Stock vLLM loads what a request names, by itself: there a file that is broken ends the engine, one
that failed half-way answers with the weights of another adapter, and one that has changed on disk
answers with whatever was loaded first. So before every load the files are checked, they are looked
at again right after it, every failure is followed by a removal, and no request names an adapter
that is not in a slot and held there.
"""

from __future__ import annotations

import asyncio
import logging
import os
import time
from collections.abc import AsyncIterator, Callable, Coroutine
from contextlib import asynccontextmanager, suppress
from typing import Any, TypeVar

from lora_ui.engine.contents import Checker, Content
from lora_ui.engine.core import Core
from lora_ui.engine.journal import Journal
from lora_ui.engine.roster import Entry, Roster
from lora_ui.errors import Problem

logger = logging.getLogger(__name__)

T = TypeVar("T")
MOST_TRIES = 3
"""So often files may change while they are being loaded."""


class Loader:
    """Brings adapters into the slots of one engine. For its event loop.

    `admit` is asked with each content before its load and raises `Problem` for one that may not
    run although its files are in order.
    """

    def __init__(
        self,
        core: Core,
        roster: Roster,
        checker: Checker,
        admit: Callable[[Entry], None],
        journal: Journal | None = None,
    ) -> None:
        self._core = core
        self._roster = roster
        self._checker = checker
        self._admit = admit
        self._journal = journal or Journal()
        self._slots = asyncio.Lock()  # one change at a time: what is evicted depends on the others
        self._tasks: set[asyncio.Task[Any]] = set()
        self._held: dict[Content, Entry] = {}
        self.bringing: Content | None = None
        """The content that the engine is reading now."""

    @property
    def in_flight(self) -> list[Content]:
        """What requests run on, and what is being loaded."""
        return [*self._held, *([self.bringing] if self.bringing else [])]

    @asynccontextmanager
    async def loaded(self, entry: Entry) -> AsyncIterator[Content]:
        """Keep the adapter in its slot, loaded first if need be; a `Problem` when it may not run.

        The caller has been admitted: there are never more distinct adapters in here than slots.
        """
        content = await self._hold(entry)
        try:
            yield content
        finally:
            self._let_go(content)
            entry.used_s = time.monotonic()

    async def prepare(self, entry: Entry) -> Content | None:
        """Check the files, the weights once, too; a `Problem` when the adapter may not run.

        None when they have become others in the meantime.
        """
        content = await asyncio.to_thread(entry.examine, self._checker)
        if problem := entry.problem():
            raise problem
        if content is None or content is not entry.content:
            return None
        self._admit(entry)
        return content

    async def prefetch(self, entry: Entry) -> None:
        """Get the files of an adapter that will be needed soon into the system's memory."""
        content = entry.content
        if content and self._roster.tiers.of(content.number) == "disk":
            with suppress(Problem):
                if content := await self.prepare(entry):
                    await asyncio.to_thread(_read_ahead, content)

    async def unload(self, entry: Entry) -> None:
        """Take everything of this adapter out of the engine, once nothing runs on it."""
        await self._whole(self._unload(entry))

    async def end(self) -> None:
        """The engine is gone: give up what is under way."""
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)

    # -- whatever changes the slots goes on when its caller is cancelled ------------------------

    async def _whole(self, work: Coroutine[Any, Any, T]) -> T:
        task = asyncio.ensure_future(work)
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)
        return await asyncio.shield(task)

    async def _hold(self, entry: Entry) -> Content:
        task = asyncio.ensure_future(self._bring(entry))
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)
        try:
            return await asyncio.shield(task)
        except asyncio.CancelledError:
            task.add_done_callback(self._give_back)
            raise

    def _give_back(self, task: asyncio.Task[Content]) -> None:
        if not task.cancelled() and task.exception() is None:
            self._let_go(task.result())

    def _let_go(self, content: Content) -> None:
        content.let_go()
        if not content.users:
            self._held.pop(content, None)
            self._roster.tiers.used(content.number)

    async def _bring(self, entry: Entry) -> Content:
        """The adapter as its files are now, in a slot and held there."""
        async with entry.bringing:
            for _ in range(MOST_TRIES):
                content = await self.prepare(entry)
                await self._retire(entry)
                if content is None:
                    continue
                async with self._slots:
                    tiers = self._roster.tiers
                    is_there = tiers.of(content.number) == "slot"
                    if not is_there and not await self._add(entry, content):
                        continue
                    self._journal.used(hit=is_there)
                    content.hold()
                    self._held[content] = entry
                    tiers.used(content.number)
                    return content
            raise Problem("adapter_changing", name=entry.name)

    async def _add(self, entry: Entry, content: Content) -> bool:
        """Load it; False when its files are no longer the ones that were checked."""
        tier = self._roster.tiers.of(content.number)
        before = self._roster.tiers.places()
        entry.loading += 1
        self.bringing = content
        try:
            await self._protect()
            if not await asyncio.to_thread(content.report.is_current):
                return False
            began = time.monotonic()
            try:
                await self._core.add_adapter(content.identity(entry.name), entry.name)
            except Problem as problem:
                content.failure = problem
                self._journal.about("failed", "mark_load_failed", entry)
                raise
            entry.load_s[tier] = time.monotonic() - began
            self._journal.loaded(entry, tier, entry.load_s[tier])
            self._roster.tiers.used(content.number)
            if not await asyncio.to_thread(content.report.is_current):
                await self._remove(entry, content)
                return False
            return True
        finally:
            self.bringing = None
            entry.loading -= 1
            if not self._core.errored:
                await self._look()
                self._journal.driven_out(self._roster, before)

    async def _protect(self) -> None:
        """Make what is needed the most recently used, so that none of it is driven out."""
        tiers = self._roster.tiers
        if not tiers.full:
            return
        needed = dict(self._held)
        pinned = [e for e in self._roster if e.pinned and e.content]
        needed.update({e.content: e for e in pinned if e.content})
        there = {c: e for c, e in needed.items() if tiers.of(c.number) == "slot"}
        await asyncio.gather(*(self._core.touch(c.identity(e.name)) for c, e in there.items()))
        for content in there:
            tiers.used(content.number)

    async def _retire(self, entry: Entry) -> None:
        """Remove what earlier files of this adapter left, once nothing runs on it.

        Before that it could not be removed: vLLM would load it again, from the files of now.
        """
        for old in list(entry.stale):
            await old.idle.wait()
            async with self._slots:
                await self._remove(entry, old)
            entry.stale.remove(old)

    async def _unload(self, entry: Entry) -> None:
        async with entry.bringing:
            await self._retire(entry)
            if entry.content:
                await entry.content.idle.wait()
                async with self._slots:
                    await self._remove(entry, entry.content)

    async def _remove(self, entry: Entry, content: Content) -> None:
        """Under the lock of the slots."""
        if self._roster.tiers.of(content.number) != "disk":
            await self._core.remove_adapter(content.number)
            self._roster.tiers.gone(content.number)
            self._journal.about("removed", "mark_removed", entry)
            await self._look()

    async def _look(self) -> None:
        """Ask the worker where the adapters are; it takes a moment between two steps."""
        if told := await self._core.tiers():
            self._roster.tiers.told(*told)


def _read_ahead(content: Content) -> None:
    """Ask the kernel for the whole weights file; it reads on by itself."""
    with suppress(OSError):
        handle = os.open(content.report.weights, os.O_RDONLY)
        try:
            os.posix_fadvise(handle, 0, 0, os.POSIX_FADV_WILLNEED)
        finally:
            os.close(handle)
