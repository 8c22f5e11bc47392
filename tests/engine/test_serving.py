"""One engine at work, against a core that records: admission, endings, removals and deaths."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Any, cast

import numpy as np
import pytest

from lora_ui.catalog.models import Adapter
from lora_ui.catalog.preflight import BaseFacts, Limits
from lora_ui.engine.admission import Admission
from lora_ui.engine.bridge import Channel
from lora_ui.engine.contents import Checker
from lora_ui.engine.core import Core
from lora_ui.engine.protocol import (
    Began,
    Delta,
    EngineEvent,
    EngineFacts,
    Finished,
    GenerationRequest,
    Loading,
    Message,
    Rendered,
    Waiting,
)
from lora_ui.engine.rendering import Renderer
from lora_ui.engine.roster import Entry, Roster
from lora_ui.engine.serving import Serving
from lora_ui.engine.supervision import Quarantine
from lora_ui.engine.tiers import Tiers
from lora_ui.errors import Problem
from lora_ui.sampling import FALLBACK
from tests.catalog.adapter_files import tensors, write_adapter
from tests.engine.recording_core import RecordingCore

MODULES = ("q_proj", "v_proj")
FACTS = EngineFacts("owner/base", "a CPU", "float32", 2, 4, 8, 256, MODULES, ())
DIED = Problem("engine_restarts")


class PlainRenderer:
    def render(self, messages: list[Message]) -> Rendered:
        text = "|".join(m["content"] for m in messages)
        return Rendered(text, tuple(map(ord, text)))


class House:
    """Adapters a, b, … with two slots; `ask` gives the events of one answer as they come."""

    def __init__(self, folder: Path, names: str) -> None:
        self.folder = folder
        for name in names:
            self.write(name)
        self.roster = Roster([Adapter(name=name, source=name) for name in names])
        self.roster.fetch(folder, lambda _line: None)
        places = [f"model.layers.{n}.self_attn.{m}" for n in (0, 1) for m in MODULES]
        self.checker = Checker()
        base = BaseFacts("owner/base", {}, dict.fromkeys(places, (16, 16)))
        self.checker.know(base, Limits(8, MODULES))
        self.roster.judge(self.checker)
        self.admission = Admission(2, 60.0)
        self.quarantine = Quarantine()
        self.begin()

    def begin(self) -> None:
        """Another engine."""
        self.core = RecordingCore()
        self.roster.tiers = Tiers(2, 4)
        self.serving = Serving(
            cast(Core, self.core),
            FACTS,
            "vLLM 0",
            cast(Renderer, PlainRenderer()),
            self.roster,
            self.checker,
            self.admission,
            self.quarantine,
        )

    def write(self, name: str) -> None:
        draw = np.random.default_rng(ord(name[0]))
        weights = {
            key: draw.standard_normal(array.shape).astype(np.float32)
            for key, array in tensors().items()
        }
        write_adapter(self.folder / name, weights)

    def add(self, name: str, visitor: str | None) -> Entry:
        self.write(name)
        folder = self.folder / name
        return self.roster.add(Adapter(name=name, source=name), folder, visitor, None)

    def ask(
        self, name: str, events: list[EngineEvent] | None = None, visitor: str | None = None
    ) -> asyncio.Task[list[EngineEvent]]:
        entry = None if name == "base" else self.roster.entry(name, visitor)
        request = GenerationRequest("r", name, Rendered("Hi", (1,)), FALLBACK, visitor)
        return asyncio.create_task(self._answer(request, entry, [] if events is None else events))

    async def _answer(
        self, request: GenerationRequest, entry: Entry | None, events: list[EngineEvent]
    ) -> list[EngineEvent]:
        class Listing(Channel[EngineEvent]):
            def put(self, item: EngineEvent) -> None:
                events.append(item)

        await self.serving.answer(request, entry, Listing())
        return events


def live(tmp_path: Path, names: str, story: Callable[[House], Awaitable[None]]) -> None:
    async def told() -> None:
        await story(House(tmp_path, names))

    asyncio.run(asyncio.wait_for(told(), 20))


async def until(condition: Callable[[], Any]) -> None:
    while not condition():
        await asyncio.sleep(0.001)


def kinds(events: list[EngineEvent]) -> list[type]:
    return [type(event) for event in events]


def texts(events: list[EngineEvent]) -> str:
    return "".join(event.text for event in events if isinstance(event, Delta))


def test_events_come_in_order_and_say_what_runs(tmp_path: Path) -> None:
    async def story(house: House) -> None:
        events = await house.ask("a")
        assert kinds(events) == [Loading, Began, Delta, Delta, Finished]
        content = house.roster.entry("a").content
        assert content
        (told,) = (e.provenance for e in events if isinstance(e, Began))
        assert (told.adapter, told.model, told.engine) == ("a", "owner/base", "vLLM 0")
        assert (told.sha256, told.source) == (content.sha256, "a")
        assert kinds(await house.ask("a")) == [Began, Delta, Delta, Finished]
        bare = await house.ask("base")
        assert kinds(bare) == [Began, Delta, Delta, Finished]
        assert texts(bare) == "base Hi"
        status = house.roster.status(house.roster.entry("a"))
        assert (status.tokens, status.running, status.waiting) == (4, 0, 0)

    live(tmp_path, "a", story)


def test_who_waits_reads_only_the_names_that_he_may_know(tmp_path: Path) -> None:
    async def story(house: House) -> None:
        house.add("poems", "ann")
        house.core.talking.clear()
        busy = [house.ask("poems", visitor="ann"), house.ask("a")]
        await until(lambda: len(house.core.generated) == 2)
        his: list[EngineEvent] = []
        waits = house.ask("b", his, visitor="bob")
        await until(lambda: his)
        assert isinstance(his[0], Waiting)
        assert "a and another visitor’s adapter" in his[0].reason
        assert house.roster.status(house.roster.entry("b")).waiting == 1
        content = house.roster.entry("b").content
        assert content
        await until(lambda: content.sha256)  # read ahead
        assert content.number not in house.core.did("add")
        house.core.talking.set()
        await asyncio.gather(*busy, waits)

    live(tmp_path, "ab", story)


def test_a_death_ends_what_runs_and_what_waits_with_one_sentence(tmp_path: Path) -> None:
    async def story(house: House) -> None:
        house.core.talking.clear()
        asked = [house.ask(name) for name in ("base", "a", "b")]
        await until(lambda: len(house.core.generated) == 3)
        asked += [house.ask("c"), house.ask("c")]  # both slots are taken by now
        await until(lambda: house.admission.waiting == 2)
        suspects = house.serving.suspects()
        assert len(suspects) == 2
        house.core.errored = True
        await house.serving.end(DIED)
        for task in asked:
            with pytest.raises(Problem, match="The engine died while this was running"):
                await task
        with pytest.raises(Problem, match="The engine died"):
            await house.ask("a")
        assert house.admission.active == frozenset()
        assert (house.core.awaited, house.serving.suspects()) == (0, set())
        house.begin()
        assert texts(await house.ask("a")).startswith("a-")

    live(tmp_path, "abc", story)


def test_an_error_of_a_dead_engine_waits_for_the_sentence_for_all(tmp_path: Path) -> None:
    async def story(house: House) -> None:
        house.core.talking.clear()
        asked = house.ask("a")
        await until(lambda: house.core.generated)
        house.core.errored = True
        house.core.talking.set()  # now it raises
        assert await house.serving.watch() == "dead"
        assert not asked.done()
        content = house.roster.entry("a").content
        assert content
        assert house.serving.suspects() == {content.sha256}
        await house.serving.end(DIED)
        with pytest.raises(Problem, match="The engine died"):
            await asked

    live(tmp_path, "a", story)


def test_who_leaves_frees_the_place(tmp_path: Path) -> None:
    async def story(house: House) -> None:
        house.core.talking.clear()
        leaver = house.ask("a")
        await until(lambda: house.core.generated)
        leaver.cancel()
        with pytest.raises(asyncio.CancelledError):
            await leaver
        assert house.admission.active == frozenset()
        assert house.core.awaited == 0

    live(tmp_path, "a", story)


def test_removing_ends_the_waiting_and_lets_the_running_finish(tmp_path: Path) -> None:
    async def story(house: House) -> None:
        entry = house.add("poems", "ann")
        house.core.talking.clear()
        runs = house.ask("poems", visitor="ann")
        await until(lambda: house.core.generated)
        number = house.core.generated[0]
        house.roster.take("poems", "ann")
        gone = asyncio.create_task(house.serving.forget(entry))
        await asyncio.sleep(0.05)
        assert not gone.done()
        house.core.talking.set()
        assert texts(await runs).startswith("poems-")
        await gone
        assert house.core.did("remove") == [number]
        assert house.core.host == []

    live(tmp_path, "a", story)


def test_what_waits_for_a_removed_adapter_is_told_so(tmp_path: Path) -> None:
    async def story(house: House) -> None:
        entry = house.add("poems", "ann")
        house.core.talking.clear()
        busy = [house.ask(name) for name in "ab"]
        await until(lambda: len(house.core.generated) == 2)
        waits = house.ask("poems", visitor="ann")
        await until(lambda: entry.waiting)
        house.roster.take("poems", "ann")
        await house.serving.forget(entry)
        with pytest.raises(Problem, match="“poems” was removed while"):
            await waits
        house.core.talking.set()
        await asyncio.gather(*busy)

    live(tmp_path, "ab", story)


def test_pinning_loads_and_keeps_a_place_over_a_death(tmp_path: Path) -> None:
    async def story(house: House) -> None:
        entry = house.roster.entry("a")
        await house.serving.pin(entry, True)
        assert house.roster.status(entry).pinned
        assert house.admission.pinned == {entry.key}
        with pytest.raises(Problem, match="“b” cannot be pinned"):
            await house.serving.pin(house.roster.entry("b"), True)
        await house.serving.end(DIED)
        house.begin()
        await house.serving.warm_up([entry], lambda _name: None)
        assert house.roster.status(entry).state == "slot"
        assert house.admission.pinned == {entry.key}
        await house.serving.pin(entry, False)
        assert not house.roster.status(entry).pinned
        assert house.admission.active == frozenset()

    live(tmp_path, "ab", story)


def test_a_pin_that_fails_to_load_holds_nothing(tmp_path: Path) -> None:
    async def story(house: House) -> None:
        entry = house.roster.entry("a")
        assert entry.content
        house.core.broken.add(entry.content.number)
        with pytest.raises(Problem, match="“a” could not be loaded"):
            await house.serving.pin(entry, True)
        assert not house.roster.status(entry).pinned
        assert house.admission.active == frozenset()

    live(tmp_path, "a", story)


def test_one_that_was_there_at_two_deaths_is_not_served_any_more(tmp_path: Path) -> None:
    async def story(house: House) -> None:
        for _ in range(2):
            house.core.talking.clear()
            asked = house.ask("a")
            await until(lambda: house.core.generated)
            house.quarantine.died(1.0, house.serving.suspects())
            await house.serving.end(DIED)
            with pytest.raises(Problem):
                await asked
            house.begin()
        with pytest.raises(Problem, match="“a” was running 2 times when the engine died"):
            await house.ask("a")
        assert house.roster.status(house.roster.entry("a")).state == "refused"
        assert texts(await house.ask("b")).startswith("b-")

    live(tmp_path, "ab", story)


def test_warming_up_fills_the_slots_past_what_fails(tmp_path: Path) -> None:
    async def story(house: House) -> None:
        broken = house.roster.entry("a").content
        assert broken
        house.core.broken.add(broken.number)
        noted: list[str] = []
        await house.serving.warm_up(list(house.roster), noted.append)
        assert noted == ["a", "b", "c"]
        states = [status.state for status in house.roster.statuses()]
        assert states == ["refused", "slot", "slot", "disk"]

    live(tmp_path, "abcd", story)
