"""Running columns: one request each, all in one batch of the one engine, each on its own."""

from __future__ import annotations

import asyncio
import time
from abc import ABC, abstractmethod
from collections.abc import AsyncIterator, Sequence
from contextlib import aclosing
from dataclasses import dataclass
from typing import Generic, TypeVar
from uuid import uuid4

from lora_ui.catalog.models import Adapter, Catalog
from lora_ui.compare.columns import Column, ColumnSpec
from lora_ui.engine.protocol import (
    BASE,
    AdapterStatus,
    Began,
    Delta,
    Engine,
    EngineStatus,
    Finished,
    GenerationRequest,
    Loading,
    Message,
    Waiting,
)
from lora_ui.errors import Problem
from lora_ui.sampling import FALLBACK, NOTHING_SAID, Sampling
from lora_ui.strings import word

COALESCE_S = 0.05
"""Changes that come within this time are shown together: faster than the eye, cheap to send."""


C = TypeVar("C", bound=Column)


@dataclass(frozen=True)
class Asked:
    """What a column sends: its messages, stop strings beside the catalog's, and a constraint.

    `constraint` is a structural tag as JSON; None leaves the text free. `special_tokens`: those of
    the tokenizer are part of the text (see `GenerationRequest`).
    """

    messages: Sequence[Message]
    stop: tuple[str, ...] = ()
    constraint: str | None = None
    special_tokens: bool = False


class ColumnRun(ABC, Generic[C]):
    """Some columns, run at once. What they are asked, and what is made of it, subclasses know.

    Start it by reading `changes()`; leaving that iterator (or cancelling the task that reads it)
    aborts what is still running. `stop()` ends one column or all of them in the engine. A `patient`
    run is one of many: see `GenerationRequest`.
    """

    def __init__(
        self,
        engine: Engine,
        catalog: Catalog,
        columns: Sequence[C],
        shared: Sampling = NOTHING_SAID,
        visitor: str | None = None,
    ) -> None:
        """`visitor` is the session that asks: it may name what it has added, too."""
        if not columns:
            raise Problem("no_adapters")
        self.columns = list(columns)
        self.patient = False
        self.wall_s: float | None = None
        self._engine = engine
        self._catalog = catalog
        self._shared = shared
        self._visitor = visitor
        self._tasks: dict[str, asyncio.Task[None]] = {}
        self._stopped: set[str] = set()
        self._changed = asyncio.Event()

    @abstractmethod
    def ask(self, column: C, adapter: Adapter | None) -> Asked:
        """What `column` sends; `adapter` is its entry, None for the base. May raise `Problem`."""
        ...

    def follow(self, column: C, new: str) -> None:
        """`column` has grown by `new`, or ended: then `new` is empty and its reason is known."""

    async def changes(self) -> AsyncIterator[None]:
        """Yield whenever columns changed, at most every `COALESCE_S`, until all have ended."""
        began = time.monotonic()
        self._tasks = {
            column.spec.key: asyncio.create_task(self._run_column(column))
            for column in self.columns
        }
        everything = asyncio.gather(*self._tasks.values(), return_exceptions=True)
        everything.add_done_callback(lambda _: self._changed.set())
        try:
            while not everything.done():
                await self._changed.wait()
                if everything.done():
                    break
                self._changed.clear()
                yield
                await asyncio.sleep(COALESCE_S)
            self.wall_s = time.monotonic() - began
            yield
        finally:
            self.stop()
            await asyncio.gather(*self._tasks.values(), return_exceptions=True)

    def stop(self, key: str | None = None) -> None:
        """End the column `key`, or every column, in the engine too. What was written stays."""
        for name, task in self._tasks.items():
            if key in (None, name) and not task.done():
                self._stopped.add(name)
                task.cancel()

    async def _run_column(self, column: C) -> None:
        """Drive one column; whatever happens stays within it."""
        asked = time.monotonic()
        try:
            column.detail = word("waiting_for_engine")
            await self._engine.ready()
            self._judge(column)
            request = self._request(column)
            async with aclosing(self._engine.generate(request)) as events:  # type: ignore[type-var]
                first: float | None = None
                async for event in events:
                    if isinstance(event, Delta):
                        first = first or event.time_s
                    _apply(column, event, asked, first)
                    if isinstance(event, Delta):
                        self.follow(column, event.text)
                    self._changed.set()
        except asyncio.CancelledError:
            column.state, column.finish_reason = "stopped", "abort"
            if column.spec.key not in self._stopped:
                raise
        except Problem as problem:
            _fail(column, problem)
        except Exception as unexpected:  # one column's surprise must not end the others
            _fail(column, _surprise(unexpected))
        finally:
            column.seconds = time.monotonic() - asked
            self._judge(column)  # again: the first answer is what shows whether it has an effect
            self._conclude(column)
            self._changed.set()

    def _conclude(self, column: C) -> None:
        try:
            self.follow(column, "")
        except Exception as unexpected:
            _fail(column, _surprise(unexpected))

    def _judge(self, column: Column) -> None:
        """What is known against this adapter that does not keep it from running."""
        status = self._status(column.spec.adapter)
        column.warnings = self._cut(column)
        if status is not None:
            column.has_effect = status.has_effect
            column.warnings += [f.message for f in status.findings if f.severity == "warning"]

    def _cut(self, column: Column) -> list[str]:
        """What to say when fewer tokens are allowed than were asked for."""
        asked = column.spec.sampling.over(self._shared).max_tokens
        limit = self._engine.status().max_tokens
        if asked is None or limit is None or asked <= limit:
            return []
        return [word("public_cut", asked=f"{asked:,}", limit=f"{limit:,}")]

    def _status(self, name: str) -> AdapterStatus | None:
        found = (s for s in self._engine.adapters(self._visitor) if s.adapter.name == name)
        return next(found, None)

    def _request(self, column: C) -> GenerationRequest:
        spec = column.spec
        adapter = self._adapter(spec.adapter)
        asked = self.ask(column, adapter)
        own = adapter.sampling if adapter else NOTHING_SAID
        sampling = spec.sampling.over(
            self._shared.over(own.over(self._catalog.defaults.over(FALLBACK)))
        )
        sampling = Sampling(stop=asked.stop).over(sampling)
        rendered = self._engine.render(asked.messages)
        column.prompt_text, column.prompt_tokens = rendered.text, len(rendered.token_ids)
        column.sampling = fit(sampling, len(rendered.token_ids), self._engine.status())
        return GenerationRequest(
            uuid4().hex,
            spec.adapter,
            rendered,
            column.sampling,
            self._visitor,
            asked.constraint,
            asked.special_tokens,
            self.patient,
        )

    def _adapter(self, name: str) -> Adapter | None:
        """The entry called `name`; None for the base."""
        if name == BASE:
            return None
        status = self._status(name)
        if status is None:
            seen = self._engine.adapters(self._visitor)
            known = ", ".join([BASE, *(one.adapter.name for one in seen)])
            raise Problem("unknown_adapter", name=name, known=known)
        return status.adapter


class Run(ColumnRun[Column]):
    """One prompt through some columns."""

    def __init__(
        self,
        engine: Engine,
        catalog: Catalog,
        prompt: str,
        specs: Sequence[ColumnSpec],
        shared: Sampling = NOTHING_SAID,
        visitor: str | None = None,
    ) -> None:
        if not prompt.strip():
            raise Problem("empty_prompt")
        columns = [Column(spec, state="waiting") for spec in specs]
        super().__init__(engine, catalog, columns, shared, visitor)
        self.prompt = prompt

    def ask(self, column: Column, adapter: Adapter | None) -> Asked:
        """See `ColumnRun.ask`."""
        return Asked(chat(self.prompt, system_of(column.spec, adapter)))


def system_of(spec: ColumnSpec, adapter: Adapter | None) -> str | None:
    """The column's own system message, else the adapter's."""
    if spec.system is not None:
        return spec.system
    return adapter.system if adapter else None


def chat(prompt: str, system: str | None) -> list[Message]:
    """The messages of a one-turn chat; an empty `system` means none."""
    messages = [{"role": "system", "content": system}] if system else []
    return [*messages, {"role": "user", "content": prompt}]


def fit(sampling: Sampling, prompt_tokens: int, engine: EngineStatus) -> Sampling:
    """Cut `max_tokens` to what the context has left and what one answer may have.

    A prompt that fills the context is a `Problem`.
    """
    if sampling.max_tokens is None:
        return sampling
    most = [sampling.max_tokens]
    if engine.max_tokens is not None:
        most.append(engine.max_tokens)
    if (limit := engine.max_model_len) is not None:
        room = limit - prompt_tokens
        if room < 1:
            raise Problem("prompt_too_long", tokens=prompt_tokens, limit=limit, over=1 - room)
        most.append(room)
    return sampling.model_copy(update={"max_tokens": min(most)})


def _apply(column: Column, event: object, asked: float, first: float | None) -> None:
    match event:
        case Waiting(place=place, reason=reason):
            column.state = "waiting"
            column.detail = word("waiting_place", reason=reason, place=place)
        case Loading():
            column.state, column.detail = "loading", ""
        case Began(provenance=provenance):
            column.provenance = provenance
        case Delta(text=text, tokens=tokens, time_s=now):
            column.state, column.detail = "running", ""
            column.text += text
            column.tokens = tokens
            if first is not None:
                column.ttft_s = first - asked
                if now > first:
                    column.tokens_per_s = (tokens - 1) / (now - first)
        case Finished(finish_reason=reason, stop_reason=stop_reason):
            column.state = "stopped" if reason == "abort" else "done"
            column.finish_reason, column.stop_reason = reason, stop_reason


def _fail(column: Column, problem: Problem) -> None:
    column.state, column.finish_reason, column.error = "error", "error", problem.message


def _surprise(error: Exception) -> Problem:
    return Problem("unexpected", detail=f"{type(error).__name__}: {error}")
