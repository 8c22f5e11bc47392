"""The life of the engine's thread: start, serve, start again after a death, end.

vLLM's start blocks for the whole time and must not run inside an event loop, so the thread's loop
stands still during each start, and runs while the engine serves. What callers ask meanwhile waits
in the loop.
"""

from __future__ import annotations

import asyncio
import logging
import os
import threading
import time
from concurrent.futures import Future
from contextlib import suppress
from typing import Literal

from lora_ui.engine.admission import Admission
from lora_ui.engine.contents import Checker
from lora_ui.engine.core import Core
from lora_ui.engine.failures import explain_start
from lora_ui.engine.guard import TAG_VARIABLE, end_processes
from lora_ui.engine.journal import Journal
from lora_ui.engine.launch import Launcher
from lora_ui.engine.logs import EngineLog
from lora_ui.engine.meter import Meter
from lora_ui.engine.observation import EngineLoad, Observation
from lora_ui.engine.progress import StartProgress
from lora_ui.engine.protocol import EngineFacts, State
from lora_ui.engine.rendering import Renderer
from lora_ui.engine.roster import Entry, Roster
from lora_ui.engine.serving import Serving
from lora_ui.engine.supervision import HANG_S, Health, Quarantine, RestartPolicy
from lora_ui.engine.tiers import Tiers
from lora_ui.errors import Problem
from lora_ui.settings import Settings
from lora_ui.strings import word

logger = logging.getLogger(__name__)

SHUTDOWN_S = 1.0
"""vLLM's own orderly end can take 5 s and saves nothing: after this its processes are killed."""
SETTLE_S = 0.1
"""So long the loop goes on after a core's end, for sockets and tasks to be closed."""

Outcome = Literal["closed", "dead", "hung"]


class Life:
    """State and loop of the engine's thread. What is public may be read from any thread."""

    def __init__(
        self, settings: Settings, roster: Roster, checker: Checker, log: EngineLog
    ) -> None:
        self.loop = asyncio.new_event_loop()
        self.state: State = "loading"
        self.problem: Problem | None = None
        self.facts: EngineFacts | None = None
        self.journal = Journal()
        self.meter = Meter()
        self.progress = StartProgress(self._note_stage)
        self.renderer: Renderer | None = None
        self.serving: Serving | None = None
        self._roster = roster
        self._checker = checker
        self._log = log
        self._launcher = Launcher(settings, roster, checker, log)
        self.admission = Admission(1, settings.catalog.engine.fair_wait_s)
        self._policy = RestartPolicy()
        self._quarantine = Quarantine()
        self._core: Core | None = None
        self._started: Future[None] = Future()
        self._closing = threading.Event()
        self._closed = asyncio.Event()
        self._thread = threading.Thread(target=self._run, name="engine", daemon=True)

    # -- for callers on any thread ----------------------------------------------------------

    def start(self) -> None:
        """Begin; returns at once."""
        self._thread.start()

    async def ready(self) -> None:
        """Return once requests can be served; raise `Problem` when the start has failed."""
        while True:
            await asyncio.shield(asyncio.wrap_future(self._started))
            if self.problem:
                raise self.problem.again()
            if self.state == "ready":
                return

    @property
    def running(self) -> int:
        """Requests in the engine."""
        return self._core.running if self._core else 0

    @property
    def waiting(self) -> int:
        """Requests in front of it."""
        return self.admission.waiting

    def observe(self, visitor: str | None) -> Observation:
        """See `Engine.observe`."""
        serving, meter = self.serving, self.meter
        held_back = min(meter.held_back, self.running)
        load = EngineLoad(
            running=self.running - held_back,
            waiting=self.waiting + held_back,
            kv_used_fraction=meter.kv_used_fraction,
            prompt_tokens=meter.prompt_tokens,
            generated_tokens=meter.generated_tokens,
            requests_done=meter.requests_done,
            ttft_s=meter.ttft_s,
        )
        return Observation(
            time.time(),
            processes=serving.pids if serving else (),
            memory=serving.memory if serving else None,
            load=load,
            residency=self.journal.residency(self._roster, visitor),
        )

    def close(self) -> None:
        """End the engine and every process of it, in whatever state it is. Safe to call twice."""
        self._closing.set()
        if self._thread.is_alive() and self.state != "loading":
            with suppress(RuntimeError):
                self.loop.call_soon_threadsafe(self._closed.set)
            self._thread.join(SHUTDOWN_S + 3 * SETTLE_S)
        _kill_processes()

    # -- on the engine's thread -------------------------------------------------------------

    def _run(self) -> None:
        asyncio.set_event_loop(self.loop)
        try:
            self._launcher.prepare(self.progress)
            self._start_core(list(self._roster))
        except BaseException as error:
            self._fail(explain_start(error, self._log))
        while not self._closing.is_set():
            outcome = self.loop.run_until_complete(self._until_over())
            if outcome == "closed":
                break
            self._start_again(outcome)
        self._drop_core(Problem("engine_ended"))
        self.loop.run_until_complete(_cancel_the_rest())

    def _start_core(self, wanted: list[Entry]) -> None:
        """A core that serves, with the first of `wanted` in its slots; may raise anything."""
        core, facts = self._launcher.launch(self.progress, self.meter)
        renderer = self._launcher.renderer
        assert renderer
        self._core = core
        self._roster.tiers = Tiers(facts.max_loras, facts.max_cpu_loras)
        self.admission.slots = facts.max_loras
        for entry in self._roster:
            entry.stale.clear()
        self.facts, self.renderer = facts, renderer
        self.serving = Serving(
            core,
            facts,
            self._launcher.engine,
            renderer,
            self._roster,
            self._checker,
            self.admission,
            self._quarantine,
            self.journal,
        )
        self.progress.enter(word("stage_warm_up"))
        self.loop.run_until_complete(self._warm_up(self.serving, wanted))
        self._policy.ready(time.monotonic())
        self.progress.end()
        self.journal.note("stage", "mark_ready", seconds=self.progress.elapsed_s)
        self.state = "ready"
        self._started.set_result(None)
        loaded = [e for e in self._roster if e.content and e.content.has_effect is None]
        in_slots = [e for e in loaded if self._roster.status(e).state == "slot"]
        self.loop.call_soon(self.serving.try_out, in_slots)

    async def _warm_up(self, serving: Serving, wanted: list[Entry]) -> None:
        """Watched from the beginning: a core can die or hang here, too."""
        warm = asyncio.ensure_future(serving.warm_up(wanted, self.progress.note))
        watch = asyncio.ensure_future(serving.watch())
        await asyncio.wait({warm, watch}, return_when=asyncio.FIRST_COMPLETED)
        if warm.done():
            watch.cancel()
            warm.result()
            return
        warm.cancel()
        raise _what_happened(watch.result())

    async def _until_over(self) -> Outcome:
        """Serve until the app ends or the core is dead or hung."""
        closed = asyncio.ensure_future(self._closed.wait())
        serving = self.serving
        if serving is None:
            await closed
            return "closed"
        watch = asyncio.ensure_future(serving.watch())
        await asyncio.wait({closed, watch}, return_when=asyncio.FIRST_COMPLETED)
        if closed.done():
            watch.cancel()
            return "closed"
        closed.cancel()
        if error := watch.exception():  # an engine that nobody watches is no better than a dead one
            logger.error("The watch over the engine has failed", exc_info=error)
            return "dead"
        return "hung" if watch.result() == "hung" else "dead"

    def _start_again(self, outcome: Outcome) -> None:
        """The core has died under its requests: end them, then start as often as is sensible."""
        problem = _what_happened(outcome)
        logger.error("%s", problem.message)
        self.journal.note("restart", "mark_restart", cause=problem.message)
        self.progress = StartProgress(self._note_stage)
        self.progress.enter(word("stage_again"))
        self._started = Future()
        self.state = "loading"
        wanted = self._latest_first()
        if self.serving:
            for entry_hash in self._quarantine.died(time.monotonic(), self.serving.suspects()):
                logger.error("Quarantined: %s", entry_hash)
        self._drop_core(problem)
        while not self._closing.is_set():
            wait_s = self._policy.failed(time.monotonic())
            if wait_s is None:
                self._fail(self._policy.giving_up(problem.message))
                return
            self.progress.note(word("again_after", seconds=f"{wait_s:.0f}", cause=problem.message))
            if self._closing.wait(wait_s):
                return
            try:
                self._start_core(wanted)
                return
            except BaseException as error:
                problem = explain_start(error, self._log)
                if not self._closing.is_set():
                    logger.error("%s", problem.message)
                self._drop_core(problem)

    def _note_stage(self, stage: str) -> None:
        self.journal.note("stage", "mark_stage", stage=stage)

    def _latest_first(self) -> list[Entry]:
        """What the next core loads: the pinned ones, then those that were used last."""
        used = [e for e in self._roster if e.used_s is not None or e.pinned]
        return sorted(used, key=lambda e: (not e.pinned, -(e.used_s or 0.0)))

    def _fail(self, problem: Problem) -> None:
        """No engine, and none will come."""
        self._drop_core(problem)
        self.progress.end()
        if self._closing.is_set():
            return
        logger.error("%s", problem.message)
        self.journal.note("failed", "mark_failed", cause=problem.message)
        self.problem = problem
        self.state = "failed"
        self._started.set_result(None)

    def _drop_core(self, problem: Problem) -> None:
        """End the core and all that hangs on it; whoever waits is told `problem`."""
        serving, core = self.serving, self._core
        self.serving = self._core = None
        self.meter.began_anew()
        self._roster.tiers = Tiers()
        if problem.code != "engine_ended":  # then its processes have a moment to end by themselves
            _kill_processes()
        if core is not None:
            self.loop.run_until_complete(_end(serving, core, problem))


async def _end(serving: Serving | None, core: Core, problem: Problem) -> None:
    if serving is not None:
        await serving.end(problem)
    with suppress(TimeoutError):
        await asyncio.wait_for(asyncio.to_thread(core.shutdown), SHUTDOWN_S)
    await asyncio.sleep(SETTLE_S)


async def _cancel_the_rest() -> None:
    """vLLM's own tasks wait for a core that is no more: Python would complain of them at exit."""
    if left := asyncio.all_tasks() - {asyncio.current_task()}:
        for task in left:
            task.cancel()
        await asyncio.wait(left, timeout=SETTLE_S)


def _what_happened(health: Health | Outcome) -> Problem:
    if health == "hung":
        return Problem("engine_hung", seconds=f"{HANG_S:.0f}")
    return Problem("engine_restarts")


def _kill_processes() -> None:
    tag = os.environ.get(TAG_VARIABLE)
    if tag:
        end_processes(tag)
