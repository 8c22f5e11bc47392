"""Adapters added while the app runs: the shelf has their files, the engine runs them.

Plain Python. An addition that is complete is on the shelf and in the engine, and one that is gone
is in neither.
"""

from __future__ import annotations

import asyncio
import threading
import time
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass, field
from itertools import count

from lora_ui.catalog.additions import Added, Shelf, Stopped
from lora_ui.catalog.sources import Progress
from lora_ui.engine.protocol import AdapterStatus, Engine
from lora_ui.errors import Problem
from lora_ui.strings import word

LOOK_S = 5.0
"""How often additions that have stayed long enough are looked for, while there are any."""

_numbers = count(1)


@dataclass(eq=False)
class Job:
    """An addition under way. `line` says how far it is; it may be set on any thread."""

    visitor: str
    title: str
    line: str = ""
    number: int = field(default_factory=lambda: next(_numbers))
    stopped: threading.Event = field(default_factory=threading.Event)

    def progress(self, line: str) -> None:
        """Take a line to show; raises `Stopped` once the visitor wants no more of it."""
        if self.stopped.is_set():
            raise Stopped
        self.line = line


class Adding:
    """All visitors' additions. Belongs to one event loop."""

    def __init__(self, engine: Engine, shelf: Shelf) -> None:
        self.shelf = shelf
        self._engine = engine
        self._jobs: dict[Job, asyncio.Task[AdapterStatus]] = {}
        self._watch: asyncio.Task[None] | None = None

    def jobs(self, visitor: str) -> list[Job]:
        """What `visitor` is adding just now."""
        return [job for job in self._jobs if job.visitor == visitor]

    def stop(self, visitor: str, number: int) -> None:
        """Give up one of the visitor's additions that are under way."""
        for job in self.jobs(visitor):
            if job.number == number:
                job.stopped.set()
                job.line = word("adding_stopping")

    async def add(
        self, visitor: str, title: str, make: Callable[[Progress], Added]
    ) -> AdapterStatus | None:
        """Take in what `make` brings onto the shelf; None when it was stopped.

        `make` runs in a thread. The addition goes on when the caller is cancelled: it ends by
        `stop`, or when its visitor leaves.
        """
        job = Job(visitor, title)
        task = asyncio.create_task(self._take_in(job, make))
        self._jobs[job] = task
        task.add_done_callback(lambda _: self._jobs.pop(job, None))
        try:
            return await asyncio.shield(task)
        except Stopped:
            return None

    async def remove(self, name: str, visitor: str) -> None:
        """Take one of the visitor's additions out of the engine and off the shelf."""
        for added in self.shelf.living(visitor):
            if added.adapter.name == name:
                await self._engine.remove(name, added.audience)
                self.shelf.release(added)
                return
        raise Problem("adapter_not_added", name=name)

    async def leave(self, visitor: str) -> None:
        """The visitor has gone, and so does what they have added, unless it is shared."""
        for job in self.jobs(visitor):
            job.stopped.set()
        gone = self.shelf.leave(visitor)
        tasks = [task for job, task in self._jobs.items() if job.visitor == visitor]
        await asyncio.gather(*tasks, return_exceptions=True)
        for added in gone:
            await self._let_go(added)

    async def sweep(self, now_s: float | None = None) -> None:
        """Let go of what has stayed as long as it may; `now_s` is like `time.time()`."""
        for added in self.shelf.expired(time.time() if now_s is None else now_s):
            await self._let_go(added)

    async def _take_in(self, job: Job, make: Callable[[Progress], Added]) -> AdapterStatus:
        added = await asyncio.to_thread(make, job.progress)
        try:
            job.progress(word("adding_check"))
            status = await self._engine.add(
                added.adapter, added.folder, added.audience, added.revision
            )
            if added not in self.shelf.living():  # its visitor has left meanwhile
                await self._let_go(added)
                raise Stopped
        except BaseException:
            self.shelf.release(added)
            raise
        if self._watch is None or self._watch.done():
            self._watch = asyncio.create_task(self._sweep_while_any())
        return status

    async def _let_go(self, added: Added) -> None:
        with suppress(Problem):  # the engine has it no more
            await self._engine.remove(added.adapter.name, added.audience)
        self.shelf.release(added)

    async def _sweep_while_any(self) -> None:
        """Runs for nobody's page: it ends by itself when nothing added is left."""
        while self.shelf.living():
            await asyncio.sleep(LOOK_S)
            await self.sweep()
