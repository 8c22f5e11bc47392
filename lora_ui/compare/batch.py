"""A batch: many prompts through the same columns, a few prompts at once, in the order of the file.

Who answers a prompt is an `Asker`: `EngineAsker` here, and the client of a running app in
`lora_ui.client`. The batch itself only keeps the order, judges the answers and counts.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncIterator, Iterator, Sequence
from contextlib import aclosing, suppress
from dataclasses import dataclass, field
from typing import Any, Protocol

from lora_ui.catalog.models import Catalog
from lora_ui.compare.columns import Column, ColumnSpec
from lora_ui.compare.expect import Verdict, judge
from lora_ui.compare.prompts import Prompt
from lora_ui.compare.running import COALESCE_S, Run
from lora_ui.engine.protocol import Engine
from lora_ui.errors import Problem
from lora_ui.sampling import Sampling

AT_ONCE = 4
"""Prompts in flight at the same time: they keep the engine's batch full and do not flood it."""

BEAT_S = 1.0
"""A batch that has nothing new says so this often: its reader may have gone and learns it then."""

ENDED = frozenset({"done", "stopped", "error"})


@dataclass
class Row:
    """One prompt of a batch, its columns and their verdicts (None: not judged)."""

    prompt: Prompt
    columns: list[Column]
    verdicts: list[Verdict | None] = field(default_factory=list)
    wall_s: float | None = None
    finished: bool = False

    def __post_init__(self) -> None:
        self.verdicts = self.verdicts or [None] * len(self.columns)

    def as_result(self) -> dict[str, Any]:
        """The row as it stands in JSON: the prompt, its columns as of `/compare`, and the time."""
        return {
            "prompt": self.prompt.text,
            "columns": [
                {**column.as_result(), "verdict": verdict.as_result() if verdict else None}
                for column, verdict in zip(self.columns, self.verdicts, strict=True)
            ],
            "wall_s": self.wall_s,
            "expected": [{"kind": e.kind, "value": e.value} for e in self.prompt.expectations],
        }


@dataclass(frozen=True)
class Rate:
    """How one column fared over the batch: how many answers passed, were judged, or failed."""

    adapter: str
    passed: int
    judged: int
    errors: int

    @property
    def share(self) -> float | None:
        """Passed among judged; None when nothing was judged."""
        return self.passed / self.judged if self.judged else None


class Asker(Protocol):
    """Somebody who answers one row's columns in place, yielding whenever they changed.

    Leaving the iterator ends the row's generations.
    """

    def __call__(self, row: Row) -> AsyncIterator[None]:
        """Fill in `row.columns` and at the end `row.wall_s`."""
        ...


def specs_for(adapters: Sequence[str], *, system: str | None = None) -> tuple[ColumnSpec, ...]:
    """One column per adapter, in the order asked; the same adapter may stand there twice."""
    if not adapters:
        raise Problem("no_adapters")
    return tuple(
        ColumnSpec(key=f"c{index}", adapter=name, system=system)
        for index, name in enumerate(adapters)
    )


class EngineAsker:
    """Answers rows with an engine in this process; `shared` sampling goes before each adapter's.

    `visitor` is the session that asks, whose own additions it may name.
    """

    def __init__(
        self, engine: Engine, catalog: Catalog, shared: Sampling, visitor: str | None = None
    ) -> None:
        self._engine = engine
        self._catalog = catalog
        self._shared = shared
        self._visitor = visitor

    async def __call__(self, row: Row) -> AsyncIterator[None]:
        """Run the row as one comparison."""
        await self._engine.ready()
        specs = [column.spec for column in row.columns]
        run = Run(self._engine, self._catalog, row.prompt.text, specs, self._shared, self._visitor)
        run.patient = True
        row.columns = run.columns
        async with aclosing(run.changes()) as changes:  # type: ignore[type-var]
            async for _ in changes:
                yield
        row.wall_s = run.wall_s


class Batch:
    """Prompts times columns. Read `changes()` to run it; leaving that iterator ends everything."""

    def __init__(
        self,
        ask: Asker,
        prompts: Sequence[Prompt],
        specs: Sequence[ColumnSpec],
        *,
        at_once: int = AT_ONCE,
    ) -> None:
        self.rows = [Row(prompt, [Column(spec) for spec in specs]) for prompt in prompts]
        self.wall_s: float | None = None
        self.stopped = False
        self._ask = ask
        self._at_once = max(1, at_once)
        self._workers: list[asyncio.Task[None]] = []
        self._dirty: set[int] = set()
        self._changed = asyncio.Event()

    async def changes(self, pause_s: float = COALESCE_S) -> AsyncIterator[frozenset[int]]:
        """Yield the rows (by place) that changed, at most every `pause_s`, until all have ended.

        When nothing changes it yields an empty set every `BEAT_S`.

        A `Problem` is raised when no row can be answered at all, e.g. when the engine has failed.
        """
        began = time.monotonic()
        queue = iter(range(len(self.rows)))
        self._workers = [
            asyncio.create_task(self._work(queue))
            for _ in range(0 if self.stopped else min(self._at_once, len(self.rows)))
        ]
        everything = asyncio.gather(*self._workers)
        everything.add_done_callback(self._ended)
        try:
            while not everything.done():
                with suppress(TimeoutError):
                    async with asyncio.timeout(
                        BEAT_S
                    ):  # wait_for of Python 3.11 may lose a cancellation
                        await self._changed.wait()
                self._changed.clear()
                if not everything.done():
                    yield self._take()
                    await asyncio.sleep(pause_s)
            if not self.stopped:
                everything.result()
        finally:
            self._cancel()
            await asyncio.gather(*self._workers, return_exceptions=True)
            self.wall_s = time.monotonic() - began
        yield self._take()

    def stop(self) -> None:
        """End the batch: what was written stays, `changes()` ends normally."""
        self.stopped = True
        self._cancel()

    def finished(self) -> int:
        """How many prompts have all their answers."""
        return sum(row.finished for row in self.rows)

    def failed(self) -> bool:
        """Whether any column ended in an error."""
        return any(column.state == "error" for row in self.rows for column in row.columns)

    def rates(self) -> list[Rate]:
        """The pass rate of each column, in column order."""
        return [_rate(self.rows, place) for place in range(len(self.rows[0].columns))]

    def results(self) -> list[dict[str, Any]]:
        """What there is to keep: every prompt that has at least one ended answer, in order."""
        return [row.as_result() for row in self.rows if any(c.state in ENDED for c in row.columns)]

    async def _work(self, queue: Iterator[int]) -> None:
        for place in queue:
            row = self.rows[place]
            began = time.monotonic()
            judged: set[int] = set()
            try:
                async with aclosing(self._ask(row)) as changes:  # type: ignore[type-var]
                    async for _ in changes:
                        await _judge_ended(row, judged)
                        self._touch(place)
                row.finished = True
            except asyncio.CancelledError:
                _cut(row)
                raise
            finally:
                row.wall_s = row.wall_s or time.monotonic() - began
                self._touch(place)

    def _ended(self, everything: asyncio.Future[list[None]]) -> None:
        if not everything.cancelled():
            everything.exception()  # looked at here, or asyncio would print it
        self._changed.set()

    def _cancel(self) -> None:
        for worker in self._workers:
            worker.cancel()

    def _touch(self, place: int) -> None:
        self._dirty.add(place)
        self._changed.set()

    def _take(self) -> frozenset[int]:
        dirty, self._dirty = frozenset(self._dirty), set()
        return dirty


async def _judge_ended(row: Row, judged: set[int]) -> None:
    """Judge the answers that came to their own end; failed and stopped ones get no verdict.

    It happens in a thread: a slow regular expression must not hold the other answers.
    """
    if not row.prompt.expectations:
        return
    for place, column in enumerate(row.columns):
        if column.state == "done" and place not in judged:
            judged.add(place)
            row.verdicts[place] = await asyncio.to_thread(
                judge, row.prompt.expectations, column.text
            )


def _cut(row: Row) -> None:
    """Mark as stopped what a cancelled row left open."""
    for column in row.columns:
        if column.state not in ENDED:
            column.state, column.finish_reason = "stopped", "abort"


def _rate(rows: Sequence[Row], place: int) -> Rate:
    judged = [verdict for row in rows if (verdict := row.verdicts[place]) is not None]
    return Rate(
        adapter=rows[0].columns[place].spec.adapter,
        passed=sum(verdict.passed for verdict in judged),
        judged=len(judged),
        errors=sum(row.columns[place].state == "error" for row in rows),
    )
