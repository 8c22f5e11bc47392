"""The local engine: one vLLM on this machine, on a thread and an event loop of its own."""

from __future__ import annotations

import asyncio
import shutil
import tempfile
from collections.abc import AsyncIterator, Callable, Coroutine, Sequence
from contextlib import aclosing, suppress
from pathlib import Path
from typing import Any

from lora_ui.catalog.models import Adapter, Catalog
from lora_ui.engine.admission import Admission
from lora_ui.engine.bridge import Channel
from lora_ui.engine.contents import Checker, Identity
from lora_ui.engine.guard import start_guard
from lora_ui.engine.life import Life
from lora_ui.engine.logs import EngineLog
from lora_ui.engine.observation import Mark, Observation
from lora_ui.engine.protocol import (
    BASE,
    AdapterStatus,
    EngineEvent,
    EngineStatus,
    GenerationRequest,
    Message,
    Rendered,
)
from lora_ui.engine.roster import Entry, Roster
from lora_ui.engine.serving import Serving
from lora_ui.errors import Problem
from lora_ui.settings import Settings


class LocalEngine:
    """Implements `Engine`. `start()` returns at once; the start goes on in the background."""

    def __init__(self, settings: Settings) -> None:
        self._settings = settings
        self._roster = Roster(settings.catalog.adapters)
        self._checker = Checker()
        self._scratch = Path(tempfile.mkdtemp(prefix="lora-ui-"))
        start_guard(str(self._scratch))
        self._log = EngineLog(self._scratch)
        self._life = Life(settings, self._roster, self._checker, self._log)

    def start(self) -> None:
        """Begin the start in the background."""
        self._life.start()

    def status(self) -> EngineStatus:
        """See `Engine.status`."""
        life, facts = self._life, self._life.facts
        progress, problem, state = life.progress, life.problem, life.state
        stages = progress.stages()
        failed = state == "failed"
        return EngineStatus(
            state=state,
            stage=stages[-1].name if state == "loading" and stages else state,
            detail=progress.detail,
            elapsed_s=progress.elapsed_s,
            stages=stages,
            model=facts.model if facts else None,
            device=facts.device if facts else None,
            dtype=facts.dtype if facts else None,
            max_loras=facts.max_loras if facts else None,
            max_lora_rank=facts.max_lora_rank if facts else None,
            max_model_len=facts.max_model_len if facts else None,
            running=life.running,
            waiting=life.waiting,
            choices=facts.choices if facts else (),
            error=problem.message if problem else None,
            log_tail=self._log.tail() if failed and self._log.path.exists() else (),
        )

    def adapters(self, visitor: str | None = None) -> Sequence[AdapterStatus]:
        """See `Engine.adapters`."""
        return self._roster.statuses(visitor)

    def observe(self, visitor: str | None = None) -> Observation:
        """See `Engine.observe`."""
        return self._life.observe(visitor)

    def marks(self, after: int = 0, visitor: str | None = None) -> Sequence[Mark]:
        """See `Engine.marks`."""
        return self._life.journal.marks(after, visitor)

    async def add(
        self,
        adapter: Adapter,
        folder: Path,
        visitor: str | None = None,
        revision: str | None = None,
    ) -> AdapterStatus:
        """See `Engine.add`. While the engine starts, nothing is known of it; it is judged then."""
        entry = self._roster.add(adapter, folder, visitor, revision)
        if self._checker.ready:
            await asyncio.to_thread(entry.check, self._checker)
        return self._roster.status(entry)

    async def remove(self, name: str, visitor: str | None = None) -> None:
        """See `Engine.remove`; afterwards nothing reads the adapter's files."""
        entry = self._roster.take(name, visitor)
        await self._on_loop(self._forget(entry))

    async def preload(self, name: str, visitor: str | None = None) -> None:
        """See `Engine.preload`."""
        entry = self._roster.entry(name, visitor)
        await self._life.ready()
        await self._on_loop(self._served(lambda serving: serving.preload(entry)))

    async def pin(self, name: str, pinned: bool, visitor: str | None = None) -> None:
        """See `Engine.pin`."""
        entry = self._roster.entry(name, visitor)
        await self._life.ready()
        await self._on_loop(self._served(lambda serving: serving.pin(entry, pinned)))

    async def ready(self) -> None:
        """See `Engine.ready`."""
        await self._life.ready()

    def render(self, messages: Sequence[Message]) -> Rendered:
        """See `Engine.render`."""
        renderer = self._life.renderer
        if renderer is None:
            raise Problem("engine_not_ready")
        return renderer.render(messages)

    async def generate(self, request: GenerationRequest) -> AsyncIterator[EngineEvent]:
        """See `Engine.generate`."""
        await self._life.ready()
        name, visitor = request.adapter, request.visitor
        entry = None if name == BASE else self._roster.entry(name, visitor)
        channel: Channel[EngineEvent] = Channel()
        producer = asyncio.run_coroutine_threadsafe(
            self._produce(request, entry, channel), self._life.loop
        )
        try:
            async with aclosing(channel.read()) as events:  # type: ignore[type-var]
                async for event in events:
                    yield event
        finally:
            producer.cancel()

    @property
    def catalog(self) -> Catalog:
        """The catalog that the engine was started for."""
        return self._settings.catalog

    @property
    def admission(self) -> Admission:
        """The queue in front of the slots, for measuring; it belongs to the engine's loop."""
        return self._life.admission

    def internals(self) -> tuple[Any, asyncio.AbstractEventLoop, Callable[[str], Identity]]:
        """vLLM's own engine, its event loop and its names for the adapters.

        For measuring without the app; an adapter must have been loaded before it is named.
        """
        serving = self._life.serving
        assert serving is not None

        def identity(name: str) -> Identity:
            entry = self._roster.entry(name)
            assert entry.content is not None
            return entry.content.identity(name)

        return serving.core.llm, self._life.loop, identity

    def close(self) -> None:
        """See `Engine.close`."""
        self._life.close()
        self._log.end()
        shutil.rmtree(self._scratch, ignore_errors=True)

    # -- on the engine's loop ---------------------------------------------------------------

    async def _on_loop(self, work: Coroutine[Any, Any, None]) -> None:
        """Do it on the engine's loop; while a core starts, that loop waits."""
        await asyncio.wrap_future(asyncio.run_coroutine_threadsafe(work, self._life.loop))

    async def _produce(
        self, request: GenerationRequest, entry: Entry | None, channel: Channel[EngineEvent]
    ) -> None:
        """Write one answer into `channel`, whatever happens closing it."""
        error: BaseException | None = None
        try:
            await self._served(lambda serving: serving.answer(request, entry, channel))
        except Problem as problem:
            error = problem
        finally:
            channel.close(error)

    async def _served(self, ask: Callable[[Serving], Coroutine[Any, Any, None]]) -> None:
        """Ask the engine that serves now; between two of them, the next one."""
        serving = None
        while serving is None:
            await self._life.ready()
            serving = self._life.serving
        await ask(serving)

    async def _forget(self, entry: Entry) -> None:
        serving = self._life.serving
        if serving is not None:
            with suppress(Problem):
                await serving.forget(entry)
