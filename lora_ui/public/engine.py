"""An engine behind the gate of a public demo: whoever asks it, the limits hold."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator, AsyncIterator, Sequence
from contextlib import aclosing
from dataclasses import replace
from pathlib import Path

from lora_ui.catalog.models import Adapter
from lora_ui.engine.observation import Mark, Observation
from lora_ui.engine.protocol import (
    AdapterStatus,
    Engine,
    EngineEvent,
    EngineStatus,
    GenerationRequest,
    Message,
    Rendered,
    Waiting,
)
from lora_ui.errors import Problem
from lora_ui.public.door import Place
from lora_ui.public.gate import Gate
from lora_ui.public.spans import TELL_S, about
from lora_ui.strings import word


class PublicEngine:
    """Implements `Engine` around another one. Requests without a visitor count as one visitor's."""

    def __init__(self, engine: Engine, gate: Gate) -> None:
        self._engine = engine
        self._gate = gate

    async def generate(self, request: GenerationRequest) -> AsyncIterator[EngineEvent]:
        """See `Engine.generate`. `Problem` when it is refused, or ended for taking too long."""
        visitor, patient = request.visitor or "", request.patient
        async with aclosing(self._allowed(visitor, patient)) as waits:
            async for waiting in waits:
                yield waiting
        with self._gate.door.enter(visitor, patient=patient) as turn:
            async with aclosing(turn.places()) as places:
                async for place in places:
                    yield Waiting(place.number, self._why(place))
            async with aclosing(self._in_time(self._engine.generate(request))) as events:
                async for event in events:
                    yield event

    async def _allowed(self, visitor: str, patient: bool) -> AsyncGenerator[Waiting]:
        """Wait until one more answer is due."""
        clock = self._gate.clock
        with self._gate.allowances.take(visitor, patient=patient) as claim:
            while (left_s := claim.due_s - clock()) > 0:
                reason = word("public_allowance", limit=claim.per_minute, wait=about(left_s))
                yield Waiting(claim.number(clock()), reason)
                await asyncio.sleep(min(left_s, TELL_S))

    def _why(self, place: Place) -> str:
        limits, wait = self._gate.limits, about(place.expected_s)
        if place.own:
            return word("public_own", limit=limits.at_once, wait=wait)
        return word("public_line", limit=limits.running, wait=wait)

    async def _in_time(self, events: AsyncIterator[EngineEvent]) -> AsyncGenerator[EngineEvent]:
        limit_s = self._gate.limits.timeout_s
        deadline_s = asyncio.get_running_loop().time() + limit_s
        async with aclosing(events) as running:  # type: ignore[type-var]
            while True:
                timeout = asyncio.timeout_at(deadline_s)
                try:
                    async with timeout:
                        event = await anext(running)
                except StopAsyncIteration:
                    return
                except TimeoutError:
                    if timeout.expired():
                        raise Problem("public_timeout", limit=f"{limit_s:g}") from None
                    raise
                yield event

    # -- as they are ------------------------------------------------------------------------

    def status(self) -> EngineStatus:
        """See `Engine.status`; those at the door wait, too."""
        status = self._engine.status()
        waiting = status.waiting + self._gate.door.waiting
        return replace(status, waiting=waiting, max_tokens=self._gate.limits.tokens)

    def start(self) -> None:
        """See `Engine.start`."""
        self._engine.start()

    def adapters(self, visitor: str | None = None) -> Sequence[AdapterStatus]:
        """See `Engine.adapters`."""
        return self._engine.adapters(visitor)

    def observe(self, visitor: str | None = None) -> Observation:
        """See `Engine.observe`."""
        return self._engine.observe(visitor)

    def marks(self, after: int = 0, visitor: str | None = None) -> Sequence[Mark]:
        """See `Engine.marks`."""
        return self._engine.marks(after, visitor)

    async def add(
        self,
        adapter: Adapter,
        folder: Path,
        visitor: str | None = None,
        revision: str | None = None,
    ) -> AdapterStatus:
        """See `Engine.add`."""
        return await self._engine.add(adapter, folder, visitor, revision)

    async def remove(self, name: str, visitor: str | None = None) -> None:
        """See `Engine.remove`."""
        await self._engine.remove(name, visitor)

    async def preload(
        self,
        name: str,
        visitor: str | None = None,  # noqa: ARG002
    ) -> None:
        """See `Engine.preload`. It would take slots past the door, so nobody may."""
        raise Problem("public_slots", name=name)

    async def pin(
        self,
        name: str,
        pinned: bool,  # noqa: ARG002
        visitor: str | None = None,  # noqa: ARG002
    ) -> None:
        """See `Engine.pin`. It would take a slot from everybody, so nobody may."""
        raise Problem("public_slots", name=name)

    async def ready(self) -> None:
        """See `Engine.ready`."""
        await self._engine.ready()

    def render(self, messages: Sequence[Message]) -> Rendered:
        """See `Engine.render`."""
        return self._engine.render(messages)

    def close(self) -> None:
        """See `Engine.close`."""
        self._engine.close()
