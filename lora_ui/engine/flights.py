"""What is under way, so that it can be ended from outside with a sentence, and never hangs."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass

from lora_ui.engine.contents import Content
from lora_ui.engine.roster import Entry
from lora_ui.errors import Problem

logger = logging.getLogger(__name__)

ENDING_S = 3.0
"""So long those that are ended may take to clear up."""
LATE_NEWS_S = 0.5
"""vLLM may throw requests out before it knows that its core is dead."""


@dataclass(eq=False)
class Flight:
    """One request, or one wish to load an adapter.

    `admitted` says whether it has the adapter's slot, `content` what it was given to run on.
    """

    task: asyncio.Task[object]
    entry: Entry | None
    admitted: bool = False
    content: Content | None = None
    ending: Problem | None = None

    def end(self, problem: Problem) -> None:
        """Whoever waits for it is told `problem`."""
        self.ending = problem
        self.task.cancel()


class Flights:
    """All flights of one engine. For its event loop.

    `is_dead` says whether the core is; `alarm` is set when a flight finds it so.
    """

    def __init__(self, is_dead: Callable[[], bool], alarm: asyncio.Event) -> None:
        self.over: Problem | None = None
        """What those are told who come when it has ended."""
        self._is_dead = is_dead
        self._alarm = alarm
        self._all: set[Flight] = set()

    def on(self, entry: Entry) -> list[Flight]:
        """The flights that concern this adapter."""
        return [flight for flight in self._all if flight.entry is entry]

    def contents(self) -> list[Content]:
        """What they run on, also those that the core's death has thrown out of their slots."""
        return [flight.content for flight in self._all if flight.content]

    async def end(self, problem: Problem) -> None:
        """End all, and every one that comes."""
        self.over = problem
        tasks = {flight.task for flight in self._all}
        for flight in list(self._all):
            flight.end(problem)
        if tasks:
            await asyncio.wait(tasks, timeout=ENDING_S)

    @asynccontextmanager
    async def flight(self, entry: Entry | None) -> AsyncIterator[Flight]:
        """What is done in here can be ended with a sentence, and fails with one."""
        task = asyncio.current_task()
        assert task is not None
        flight = Flight(task, entry)
        self._all.add(flight)
        try:
            if self.over:
                raise self.over.again()
            try:
                yield flight
            except Problem:
                raise
            except Exception as unexpected:
                await self._explain(unexpected)
        except asyncio.CancelledError:
            if flight.ending is None:
                raise
            task.uncancel()
            raise flight.ending.again() from None
        finally:
            self._all.discard(flight)

    async def _explain(self, error: Exception) -> None:
        """Raise what can be said of it. When the core has died, wait for the end of all."""
        until = asyncio.get_running_loop().time() + LATE_NEWS_S
        while not self._is_dead():
            if asyncio.get_running_loop().time() >= until:
                logger.error("A request failed", exc_info=error)
                raise Problem("unexpected", detail=f"{type(error).__name__}: {error}")
            await asyncio.sleep(0.1)
        self._alarm.set()
        await asyncio.Event().wait()
