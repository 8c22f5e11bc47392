"""Who is on the page, and what runs for each: the only thing that visitors' requests share.

Every answer to a visitor carries the whole board, read from here. A visitor's runs end when the
page is left.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Sequence
from contextlib import aclosing, asynccontextmanager, suppress
from typing import Any, Generic, TypeVar

from lora_ui.compare.asking import printable
from lora_ui.compare.columns import Column, ColumnSpec
from lora_ui.compare.running import ColumnRun, Run
from lora_ui.engine.protocol import Engine
from lora_ui.sampling import Sampling
from lora_ui.strings import word
from lora_ui.ui.services import Services

BEAT_S = 1.0
"""How often a run without news says so: only then does Gradio notice that a client has gone."""


C = TypeVar("C", bound=Column)


class LiveRun(Generic[C]):
    """A run that needs no reader to be ended: `close()` aborts it, wherever the reader stands."""

    def __init__(self, engine: Engine, run: ColumnRun[C]) -> None:
        self._engine = engine
        self._run = run
        self._changed = asyncio.Event()
        self._task: asyncio.Task[None] | None = None

    @property
    def columns(self) -> Sequence[C]:
        """The columns in the order asked."""
        return self._run.columns

    @property
    def wall_s(self) -> float | None:
        """How long the run took; None until its end."""
        return self._run.wall_s

    async def changes(self) -> AsyncIterator[None]:
        """Yield when columns changed, and every `BEAT_S` when none did, until all have ended."""
        self._task = asyncio.create_task(self._read())
        self._task.add_done_callback(lambda _: self._changed.set())
        try:
            while not self._task.done():
                self._describe_start()
                yield
                with suppress(TimeoutError):
                    async with asyncio.timeout(
                        BEAT_S
                    ):  # wait_for of Python 3.11 may lose a cancellation
                        await self._changed.wait()
                self._changed.clear()
            yield
        finally:
            await self.close()

    def stop(self, key: str | None = None) -> None:
        """End the column `key`, or every column, in the engine too."""
        self._run.stop(key)

    async def close(self) -> None:
        """Abort everything and wait until the engine has let go. Safe to call twice."""
        if self._task is not None:
            self._task.cancel()
            await asyncio.gather(self._task, return_exceptions=True)

    async def _read(self) -> None:
        async with aclosing(self._run.changes()) as changes:  # type: ignore[type-var]
            async for _ in changes:
                self._changed.set()

    def _describe_start(self) -> None:
        """While the engine starts, say how far it is in the columns that wait for it."""
        status = self._engine.status()
        if status.state != "loading":
            return
        for column in self._run.columns:
            if column.state == "waiting":
                column.detail = word("waiting_for_start", stage=status.stage)


def live_run(
    services: Services,
    prompt: str,
    specs: Sequence[ColumnSpec],
    shared: Sampling,
    visitor: str | None = None,
) -> LiveRun[Column]:
    """One prompt through some columns, ready to be read; too much of either is a `Problem`."""
    services.check(prompt, specs, visitor)
    engine = services.engine
    run = Run(engine, services.catalog, printable(prompt), specs, shared, visitor)
    return LiveRun(engine, run)


class Visit:
    """One visitor: the last state of every column on the board, and the runs behind them."""

    def __init__(self) -> None:
        self._shown: dict[str, LiveRun[Any]] = {}
        self._live: set[LiveRun[Any]] = set()

    @property
    def is_empty(self) -> bool:
        """Nothing shown and nothing running."""
        return not self._shown and not self._live

    def columns(self) -> dict[str, Column]:
        """Every column of the board by its key."""
        return {
            key: column
            for key, run in self._shown.items()
            for column in run.columns
            if column.spec.key == key
        }

    @asynccontextmanager
    async def live(self, run: LiveRun[C]) -> AsyncIterator[LiveRun[C]]:
        """Hold `run` while it is read, so that leaving the page ends it."""
        self._live.add(run)
        try:
            yield run
        finally:
            self._live.discard(run)
            await run.close()

    def show(self, run: LiveRun[Any]) -> None:
        """Put the columns of `run` on the board; those that they replace are stopped."""
        for column in run.columns:
            self.forget(column.spec.key)
            self._shown[column.spec.key] = run

    def keep(self, keys: Sequence[str]) -> None:
        """Forget every column but `keys`."""
        for key in set(self._shown) - set(keys):
            self.forget(key)

    def forget(self, key: str) -> None:
        """Stop a column and take it off the board."""
        run = self._shown.pop(key, None)
        if run is not None:
            run.stop(key)

    def stop(self, key: str | None = None) -> None:
        """End one column of the board, or all of them, in the engine too."""
        for name, run in self._shown.items():
            if key in (None, name):
                run.stop(name)

    async def close(self) -> None:
        """End every run: the visitor has left."""
        await asyncio.gather(*(run.close() for run in set(self._live)))


class Visits:
    """All visitors by their session."""

    def __init__(self) -> None:
        self._visits: dict[str, Visit] = {}

    def __len__(self) -> int:
        return len(self._visits)

    def of(self, session: str | None) -> Visit:
        """The visit of `session`; a caller without a session gets one of its own."""
        if session is None:
            return Visit()
        return self._visits.setdefault(session, Visit())

    def tidy(self, session: str | None) -> None:
        """Drop the visit of `session` when nothing is left in it, as after a script's call."""
        if session is not None and session in self._visits and self._visits[session].is_empty:
            del self._visits[session]

    async def leave(self, session: str | None) -> None:
        """Drop the visit of `session` and end its runs."""
        visit = self._visits.pop(session, None) if session else None
        if visit is not None:
            await visit.close()
