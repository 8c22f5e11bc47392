"""The local engine: one vLLM on this machine, on a thread and an event loop of its own."""

from __future__ import annotations

import asyncio
import logging
import os
import shutil
import tempfile
import threading
from collections.abc import AsyncIterator, Sequence
from concurrent.futures import Future
from contextlib import aclosing, suppress
from pathlib import Path
from typing import Any

from lora_ui.catalog.models import Catalog
from lora_ui.engine import core as vllm_core
from lora_ui.engine.base_model import locate_base_model
from lora_ui.engine.bridge import Channel
from lora_ui.engine.failures import explain_start
from lora_ui.engine.gate import SlotGate
from lora_ui.engine.guard import TAG_VARIABLE, end_processes, start_guard
from lora_ui.engine.logs import EngineLog
from lora_ui.engine.progress import StartProgress
from lora_ui.engine.protocol import (
    BASE,
    AdapterStatus,
    Choice,
    EngineEvent,
    EngineFacts,
    EngineStatus,
    GenerationRequest,
    Loading,
    Message,
    Rendered,
    State,
    Waiting,
)
from lora_ui.engine.rendering import Renderer
from lora_ui.engine.roster import Entry, Roster
from lora_ui.engine.sizing import plan_engine
from lora_ui.errors import Problem
from lora_ui.settings import Settings
from lora_ui.strings import word

logger = logging.getLogger(__name__)

WATCH_LOG_EVERY_S = 0.2
SHUTDOWN_S = 1.0
"""vLLM's own orderly end can take 5 s and saves nothing: after this its processes are killed."""


class LocalEngine:
    """Implements `Engine`. `start()` returns at once; the start goes on in the background."""

    def __init__(self, settings: Settings) -> None:
        self._settings = settings
        self._roster = Roster(settings.catalog.adapters)
        self._progress = StartProgress()
        self._scratch = Path(tempfile.mkdtemp(prefix="lora-ui-"))
        start_guard(str(self._scratch))
        self._log = EngineLog(self._scratch)
        self._loop = asyncio.new_event_loop()
        self._started: Future[None] = Future()
        self._state: State = "loading"
        self._problem: Problem | None = None
        self._facts: EngineFacts | None = None
        self._core: vllm_core.Core | None = None
        self._renderer: Renderer | None = None
        self._gate = SlotGate(1)
        self._closing = False
        self._thread = threading.Thread(target=self._live, name="engine", daemon=True)

    # -- for callers on any thread ----------------------------------------------------------

    def start(self) -> None:
        """Begin the start in the background."""
        self._thread.start()

    def status(self) -> EngineStatus:
        """See `Engine.status`."""
        stages = self._progress.stages()
        facts, core = self._facts, self._core
        failed = self._state == "failed"
        return EngineStatus(
            state=self._state,
            stage=stages[-1].name if self._state == "loading" and stages else self._state,
            detail=self._progress.detail,
            elapsed_s=self._progress.elapsed_s,
            stages=stages,
            model=facts.model if facts else None,
            device=facts.device if facts else None,
            dtype=facts.dtype if facts else None,
            max_loras=facts.max_loras if facts else None,
            max_lora_rank=facts.max_lora_rank if facts else None,
            max_model_len=facts.max_model_len if facts else None,
            running=core.running if core else 0,
            waiting=self._gate.waiting,
            choices=facts.choices if facts else (),
            error=self._problem.message if self._problem else None,
            log_tail=self._log.tail() if failed and self._log.path.exists() else (),
        )

    def adapters(self) -> Sequence[AdapterStatus]:
        """See `Engine.adapters`."""
        return self._roster.statuses()

    async def ready(self) -> None:
        """See `Engine.ready`."""
        await asyncio.shield(asyncio.wrap_future(self._started))
        if self._problem:
            raise self._problem

    def render(self, messages: Sequence[Message]) -> Rendered:
        """See `Engine.render`."""
        if self._renderer is None:
            raise Problem("engine_not_ready")
        return self._renderer.render(messages)

    async def generate(self, request: GenerationRequest) -> AsyncIterator[EngineEvent]:
        """See `Engine.generate`."""
        await self.ready()
        entry = None if request.adapter == BASE else self._roster.entry(request.adapter)
        channel: Channel[EngineEvent] = Channel()
        producer = asyncio.run_coroutine_threadsafe(
            self._produce(request, entry, channel), self._loop
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

    def internals(self) -> tuple[Any, asyncio.AbstractEventLoop, Roster]:
        """vLLM's own engine, its event loop and its adapters, for measuring without the app."""
        assert self._core is not None
        return self._core.llm, self._loop, self._roster

    def close(self) -> None:
        """See `Engine.close`."""
        self._closing = True
        if self._core is not None:
            with suppress(RuntimeError):
                self._loop.call_soon_threadsafe(self._loop.stop)
            self._thread.join(SHUTDOWN_S)
        self._kill_processes()
        shutil.rmtree(self._scratch, ignore_errors=True)

    # -- on the engine's thread -------------------------------------------------------------

    def _live(self) -> None:
        """The whole life of the thread: start, serve, end."""
        try:
            self._start_core()
            asyncio.set_event_loop(self._loop)
            self._loop.run_until_complete(self._warm_up())
        except BaseException as error:
            self._fail(explain_start(error, self._log))
            return
        self._progress.end()
        self._state = "ready"
        self._started.set_result(None)
        self._loop.run_forever()
        assert self._core is not None
        self._core.shutdown()

    def _start_core(self) -> None:
        settings, progress = self._settings, self._progress
        progress.enter(word("stage_adapters"))
        self._roster.fetch(settings.catalog_path.parent, progress.note)
        progress.enter(word("stage_model"))
        model, name = locate_base_model(settings, progress.note)
        progress.enter(word("stage_import"))
        self._log.route()
        os.environ["VLLM_WORKER_MULTIPROC_METHOD"] = (
            "spawn"  # a fork could deadlock; see guard, too
        )
        version = vllm_core.import_vllm()
        hardware = vllm_core.hardware()
        plan = plan_engine(settings.catalog.engine, settings.given, self._roster.usable(), hardware)
        progress.enter(word("stage_start"))
        with _Watcher(self._log, progress):
            self._core = vllm_core.Core(model, name, plan.arguments)
        self._renderer = Renderer(model)
        self._facts = EngineFacts(
            model=name,
            device=f"{hardware.kind}: {hardware.name}",
            dtype=self._core.dtype,
            max_loras=plan.arguments["max_loras"],
            max_cpu_loras=plan.arguments["max_cpu_loras"],
            max_lora_rank=plan.arguments["max_lora_rank"],
            max_model_len=self._core.max_model_len,
            target_modules=tuple(plan.arguments["lora_target_modules"]),
            choices=(Choice("vLLM", version, word("installed_version")), *plan.choices),
        )
        self._roster.judge(self._facts)
        self._gate = SlotGate(self._facts.max_loras)

    async def _warm_up(self) -> None:
        assert self._core is not None
        assert self._renderer is not None
        assert self._facts is not None
        self._progress.enter(word("stage_warm_up"))
        await self._core.warm_up(self._renderer.render([{"role": "user", "content": "Hello"}]))
        usable = [e for e in self._roster if e.refusal is None]
        for entry in usable[: self._facts.max_loras]:
            self._progress.note(entry.adapter.name)
            with suppress(Problem):  # kept as the adapter's refusal
                await self._load(entry)

    async def _produce(
        self, request: GenerationRequest, entry: Entry | None, channel: Channel[EngineEvent]
    ) -> None:
        """Write one answer into `channel`, whatever happens closing it."""
        error: BaseException | None = None
        try:
            if entry is None:
                await self._stream(request, None, channel)
            else:
                await self._stream_in_slot(request, entry, channel)
        except asyncio.CancelledError:
            raise
        except Problem as problem:
            error = problem
        except Exception as unexpected:
            error = self._runtime_problem(unexpected)
        finally:
            channel.close(error)

    async def _stream_in_slot(
        self, request: GenerationRequest, entry: Entry, channel: Channel[EngineEvent]
    ) -> None:
        name = entry.adapter.name

        def tell_place(place: int) -> None:
            busy = ", ".join(sorted(self._gate.active))
            channel.put(Waiting(place, word("waiting_for_slot", busy=busy)))

        async with self._gate.slot(name, tell_place):
            channel.put(Loading())
            await self._load(entry)
            await self._stream(request, entry, channel)

    async def _stream(
        self, request: GenerationRequest, entry: Entry | None, channel: Channel[EngineEvent]
    ) -> None:
        assert self._core is not None
        async with aclosing(self._core.generate(request, entry)) as events:  # type: ignore[type-var]
            async for event in events:
                channel.put(event)

    async def _load(self, entry: Entry) -> None:
        """Make sure that the engine holds this adapter; it gets none that did not pass here."""
        assert self._core is not None
        entry.loading = True
        try:
            await self._core.add_adapter(entry)
            self._roster.used(entry.adapter.name)
        except Problem as problem:
            self._roster.refuse(entry.adapter.name, problem)
            raise
        finally:
            entry.loading = False

    def _runtime_problem(self, error: Exception) -> Problem:
        if self._core is not None and self._core.errored:
            if self._state != "failed":
                logger.error("The engine has stopped: %s", error)
                self._problem = Problem("engine_died")
                self._state = "failed"
            return Problem("engine_died")
        logger.exception("A generation failed", exc_info=error)
        return Problem("unexpected", detail=f"{type(error).__name__}: {error}")

    def _fail(self, problem: Problem) -> None:
        self._kill_processes()
        self._progress.end()
        if self._closing:
            return
        logger.error("%s", problem.message)
        self._problem = problem
        self._state = "failed"
        self._started.set_result(None)

    def _kill_processes(self) -> None:
        tag = os.environ.get(TAG_VARIABLE)
        if tag:
            end_processes(tag)


class _Watcher:
    """While the core starts (one blocking call), turns its log into stages."""

    def __init__(self, log: EngineLog, progress: StartProgress) -> None:
        self._log = log
        self._progress = progress
        self._done = threading.Event()
        self._thread = threading.Thread(target=self._watch, name="engine-log", daemon=True)

    def __enter__(self) -> None:
        self._thread.start()

    def __exit__(self, *_: object) -> None:
        self._done.set()
        self._thread.join()

    def _watch(self) -> None:
        while not self._done.wait(WATCH_LOG_EVERY_S):
            for stage in self._log.new_stages():
                self._progress.enter(stage)
