"""One engine at work: requests pass the admission, get their adapter loaded, and are answered.

An engine that dies leaves all of this behind; the next one gets its own `Serving`.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncIterator, Coroutine, Sequence
from contextlib import aclosing, asynccontextmanager, suppress
from typing import Any

from lora_ui.catalog.sources import Progress
from lora_ui.engine.admission import Admission, Place, PlaceChanged, why
from lora_ui.engine.bridge import Channel
from lora_ui.engine.contents import Checker, Content
from lora_ui.engine.core import Core
from lora_ui.engine.effect import EffectCheck
from lora_ui.engine.flights import ENDING_S, Flight, Flights
from lora_ui.engine.journal import Journal
from lora_ui.engine.loading import Loader
from lora_ui.engine.observation import EngineMemory
from lora_ui.engine.protocol import (
    BASE,
    Began,
    Delta,
    EngineEvent,
    EngineFacts,
    Finished,
    GenerationRequest,
    Loading,
    Provenance,
    Waiting,
)
from lora_ui.engine.rendering import Renderer
from lora_ui.engine.roster import Entry, Roster
from lora_ui.engine.supervision import (
    LOOK_EVERY_S,
    CoreProcesses,
    Health,
    Quarantine,
    Vitals,
    Watch,
)
from lora_ui.errors import Problem

VERDICT_WAIT_S = 15.0
"""So long the end of an answer waits, at most, for whether its adapter has an effect."""
REMOVAL_WAIT_S = 30.0
"""So long requests on an adapter may go on once somebody wants to remove it."""
LOOK_AGAIN_S = 10.0
"""After a request the engine is asked for its memory anew when it is older than this."""
PREFETCHED = 4
"""So many of the adapters that wait for a slot are read ahead."""


class Serving:
    """For the engine's event loop, from the moment at which the core answers."""

    def __init__(
        self,
        core: Core,
        facts: EngineFacts,
        engine: str,
        renderer: Renderer,
        roster: Roster,
        checker: Checker,
        admission: Admission,
        quarantine: Quarantine,
        journal: Journal | None = None,
    ) -> None:
        """`engine` is vLLM with its version; `journal` keeps what happens."""
        self.core = core
        self._facts = facts
        self._engine = engine
        self._renderer = renderer
        self._roster = roster
        self._checker = checker
        self._admission = admission
        self._quarantine = quarantine
        self._journal = journal or Journal()
        self._loader = Loader(core, roster, checker, self._admit, self._journal)
        longest = facts.max_model_len // 2
        self._effect = EffectCheck(core, renderer.render, longest)
        self._processes = CoreProcesses.of_this_process()
        self.memory: EngineMemory | None = None
        """The engine's memory when it was last asked."""
        self.pids: tuple[int, ...] = ()
        self._asked_s = 0.0
        self._answering = 0
        self._background: set[asyncio.Task[None]] = set()
        self._prefetched: set[Content] = set()
        self._prefetch_is_due = False
        self._alarm = asyncio.Event()
        self._flights = Flights(self._is_dead, self._alarm)

    # -- from the start to the end ----------------------------------------------------------

    async def warm_up(self, entries: Sequence[Entry], note: Progress) -> None:
        """A few tokens, then the first of `entries` into the slots; `note` is told their names."""
        await self.core.warm_up(self._renderer.render([{"role": "user", "content": "Hello"}]))
        loaded = 0
        for entry in entries:
            if loaded == self._facts.max_loras:
                break
            note(entry.name)
            with suppress(Problem):  # kept with the adapter
                async with self._loader.loaded(entry):
                    loaded += 1
        for entry in entries:
            if entry.pinned and entry.problem():
                self._unpin(entry)
        await self.look()

    async def look(self) -> None:
        """Ask the engine for its memory and its processes, for others to read."""
        self._asked_s = time.monotonic()
        self.pids = await asyncio.to_thread(self._processes.pids)
        self.memory = await self.core.memory()

    def try_out(self, entries: Sequence[Entry]) -> None:
        """See in the background whether these adapters have an effect."""
        self._in_background(self._try_out(entries))

    async def watch(self) -> Health:
        """Returns once the core is dead or hung."""
        watch = Watch(time.monotonic())
        while True:
            with suppress(TimeoutError):
                await asyncio.wait_for(self._alarm.wait(), LOOK_EVERY_S)
            self._alarm.clear()
            core = self.core
            alive = self._processes.alive()
            vitals = Vitals(time.monotonic(), core.awaited, core.steps, core.errored, alive)
            health = watch.look(vitals, self._processes.cpu_s)
            if health != "healthy":
                return health

    def suspects(self) -> set[str]:
        """The hashes of the adapters that are in flight now, or were when the core failed."""
        contents = (*self._flights.contents(), *self._loader.in_flight)
        return {content.sha256 for content in contents if content.sha256}

    async def end(self, problem: Problem) -> None:
        """Tell `problem` to all that run or wait; the core is of no use any more."""
        self._admission.clear(problem)
        for task in self._background:
            task.cancel()
        loads = asyncio.ensure_future(self._loader.end())
        await self._flights.end(problem)
        await asyncio.wait({loads, *self._background}, timeout=ENDING_S)

    # -- what people ask for ----------------------------------------------------------------

    async def answer(
        self, request: GenerationRequest, entry: Entry | None, channel: Channel[EngineEvent]
    ) -> None:
        """Write one answer into `channel`; a `Problem` says why there is none."""
        async with self._counted(), self._flights.flight(entry) as flight:
            if entry is None:
                await self._stream(request, None, None, channel)
                return
            await self._check(entry)

            def tell(place: Place) -> None:
                reason = why(place, lambda key: self._roster.name_for(request.visitor, key))
                channel.put(Waiting(place.place, reason))
                self._prefetch()

            async with self._admitted(flight, entry, tell):
                if not self._is_in_slot(entry):
                    channel.put(Loading())
                async with self._loader.loaded(entry) as content:
                    flight.content = content
                    await self._stream(request, entry, content, channel)

    async def preload(self, entry: Entry) -> None:
        """Bring an adapter into a slot, and see whether it has an effect."""
        async with self._flights.flight(entry) as flight:
            await self._check(entry)
            async with self._admitted(flight, entry, _nobody_asks):
                await self._load_and_try_out(entry, VERDICT_WAIT_S)

    async def pin(self, entry: Entry, pinned: bool) -> None:
        """Keep an adapter in its slot, or no longer."""
        if not pinned:
            self._unpin(entry)
            return
        async with self._flights.flight(entry) as flight:
            await self._check(entry)
            await self._admission.pin(entry.key, name=entry.name)
            flight.admitted = entry.pinned = True
            try:
                await self._load_and_try_out(entry, VERDICT_WAIT_S)
            except BaseException:
                if self._flights.over is None:  # else the next engine loads it
                    self._unpin(entry)
                raise

    async def forget(self, entry: Entry) -> None:
        """Nothing more of a removed adapter: what runs may end first, what waits is told so."""
        self._unpin(entry)
        flights = self._flights.on(entry)
        for flight in flights:
            if not flight.admitted:
                flight.end(Problem("adapter_removed", name=entry.name))
        try:
            if flights:
                await asyncio.wait({f.task for f in flights}, timeout=REMOVAL_WAIT_S)
            for flight in flights:
                if not flight.task.done():
                    flight.end(Problem("adapter_removed", name=entry.name))
            await self._loader.unload(entry)
        except asyncio.CancelledError:
            if self._flights.over is None:
                raise  # else the engine is gone, and holds nothing any more

    # -- the steps of an answer -------------------------------------------------------------

    @asynccontextmanager
    async def _counted(self) -> AsyncIterator[None]:
        """One request from its coming to its end; marks when the first comes and the last ends."""
        if not self._answering:
            self._journal.note("requests", "mark_busy")
        self._answering += 1
        try:
            yield
        finally:
            self._answering -= 1
            if not self._answering:
                self._journal.note("requests", "mark_idle")
            if time.monotonic() - self._asked_s > LOOK_AGAIN_S and not self._is_dead():
                self._in_background(self._look_again())

    async def _look_again(self) -> None:
        with suppress(Exception):  # the engine died over it, which the watch tells
            await self.look()

    def _is_dead(self) -> bool:
        return self.core.errored or not self._processes.alive()

    async def _check(self, entry: Entry) -> None:
        """One that may not run doesn't have to wait to hear it; its files may be others now."""
        await asyncio.to_thread(entry.check, self._checker)
        if problem := entry.problem():
            raise problem

    def _admit(self, entry: Entry) -> None:
        content = entry.content
        if content and content.sha256 and content.sha256 in self._quarantine:
            content.failure = self._quarantine.problem(entry.name)
            raise content.failure.again()

    @asynccontextmanager
    async def _admitted(
        self, flight: Flight, entry: Entry, on_place: PlaceChanged
    ) -> AsyncIterator[None]:
        """Hold one of the slots for this adapter, waiting for it if need be."""
        entry.waiting += 1
        try:
            async with self._admission.slot(entry.key, on_place):
                entry.waiting -= 1
                flight.admitted = True
                entry.running += 1
                try:
                    yield
                finally:
                    entry.running -= 1
        finally:
            if not flight.admitted:
                entry.waiting -= 1

    async def _stream(
        self,
        request: GenerationRequest,
        entry: Entry | None,
        content: Content | None,
        channel: Channel[EngineEvent],
    ) -> None:
        """One answer; when the adapter is new, its effect is tried out beside it."""
        channel.put(Began(self._provenance(entry, content)))
        identity = content.identity(entry.name) if entry and content else None
        tokens = 0
        async with self._trying_out(entry, content) as probe:
            events = self.core.generate(request, identity)
            async with aclosing(events):  # type: ignore[type-var]
                async for event in events:
                    if entry and isinstance(event, Delta):
                        entry.tokens += event.tokens - tokens
                        tokens = event.tokens
                    if probe and isinstance(event, Finished):
                        await asyncio.wait({probe}, timeout=VERDICT_WAIT_S)
                    channel.put(event)

    def _provenance(self, entry: Entry | None, content: Content | None) -> Provenance:
        return Provenance(
            adapter=entry.name if entry else BASE,
            model=self._facts.model,
            engine=self._engine,
            dtype=self._facts.dtype,
            device=self._facts.device,
            source=entry.adapter.source if entry else None,
            sha256=content.sha256 if content else None,
            revision=entry.revision if entry else None,
        )

    @asynccontextmanager
    async def _trying_out(
        self, entry: Entry | None, content: Content | None
    ) -> AsyncIterator[asyncio.Task[None] | None]:
        """Runs the check of the effect, which lives no longer than the slot is held."""
        known = content.probe if content else None
        probe = self._effect.begin(entry.adapter, content) if entry and content else None
        try:
            yield probe
        finally:
            if probe and probe is not known:
                probe.cancel()
                await asyncio.gather(probe, return_exceptions=True)

    async def _load_and_try_out(self, entry: Entry, limit_s: float | None) -> None:
        async with (
            self._loader.loaded(entry) as content,
            self._trying_out(entry, content) as probe,
        ):
            if probe:
                await asyncio.wait({probe}, timeout=limit_s)

    async def _try_out(self, entries: Sequence[Entry]) -> None:
        for entry in entries:
            # nothing that anybody waits for: a refusal is kept with the adapter
            with suppress(Problem):
                async with self._admission.slot(entry.key, _nobody_asks):
                    await self._load_and_try_out(entry, None)

    def _unpin(self, entry: Entry) -> None:
        entry.pinned = False
        self._admission.unpin(entry.key, name=entry.name)

    def _is_in_slot(self, entry: Entry) -> bool:
        content = entry.content
        return content is not None and self._roster.tiers.of(content.number) == "slot"

    def _prefetch(self) -> None:
        """Read ahead what will be loaded next; many places change at once, one look is enough."""
        if not self._prefetch_is_due:
            self._prefetch_is_due = True
            asyncio.get_running_loop().call_soon(self._prefetch_now)

    def _prefetch_now(self) -> None:
        self._prefetch_is_due = False
        for key in self._admission.next_keys(PREFETCHED):
            entry = self._roster.by_key(key)
            if entry and entry.content and entry.content not in self._prefetched:
                self._prefetched.add(entry.content)
                self._in_background(self._prefetch_one(entry, entry.content))

    async def _prefetch_one(self, entry: Entry, content: Content) -> None:
        try:
            await self._loader.prefetch(entry)
        finally:
            self._prefetched.discard(content)

    def _in_background(self, work: Coroutine[Any, Any, None]) -> None:
        task = asyncio.ensure_future(work)
        self._background.add(task)
        task.add_done_callback(self._background.discard)


def _nobody_asks(_place: Place) -> None:
    return None
