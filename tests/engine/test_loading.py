"""Loading: each content once and under its own number, and nothing that is needed is driven out."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Any, cast

import numpy as np
import pytest

from lora_ui.catalog.models import Adapter
from lora_ui.catalog.preflight import BaseFacts, Limits
from lora_ui.engine.contents import Checker, Content
from lora_ui.engine.core import Core
from lora_ui.engine.loading import Loader
from lora_ui.engine.roster import Entry, Roster
from lora_ui.engine.tiers import Tiers
from lora_ui.errors import Problem
from tests.catalog.adapter_files import tensors, write_adapter
from tests.engine.recording_core import RecordingCore

MODULES = ("q_proj", "v_proj")


def write(folder: Path, seed: int) -> None:
    """An adapter whose weights are drawn from `seed`."""
    draw = np.random.default_rng(seed)
    weights = {
        name: draw.standard_normal(array.shape).astype(np.float32)
        for name, array in tensors().items()
    }
    write_adapter(folder, weights)


class House:
    """Adapters a, b, … in folders of their names, and a loader for two slots."""

    def __init__(self, folder: Path, names: str) -> None:
        for seed, name in enumerate(names):
            write(folder / name, seed)
        self.folder = folder
        self.roster = Roster([Adapter(name=name, source=name) for name in names])
        self.roster.fetch(folder, lambda _line: None)
        self.roster.tiers = Tiers(slots=2, host=4)
        places = [f"model.layers.{n}.self_attn.{m}" for n in (0, 1) for m in MODULES]
        self.checker = Checker()
        base = BaseFacts("owner/base", {}, dict.fromkeys(places, (16, 16)))
        self.checker.know(base, Limits(8, MODULES))
        self.core = RecordingCore()
        self.refused: dict[str, Problem] = {}
        core = cast(Core, self.core)
        self.loader = Loader(core, self.roster, self.checker, self._admit)

    def _admit(self, entry: Entry) -> None:
        if entry.name in self.refused:
            raise self.refused[entry.name]

    def entry(self, name: str) -> Entry:
        return self.roster.entry(name)

    async def load(self, name: str) -> Content:
        async with self.loader.loaded(self.entry(name)) as content:
            return content

    def state(self, name: str) -> str:
        return self.roster.status(self.entry(name)).state


def live(tmp_path: Path, names: str, story: Callable[[House], Awaitable[None]]) -> None:
    async def told() -> None:
        await story(House(tmp_path, names))

    asyncio.run(asyncio.wait_for(told(), 20))


async def until(condition: Callable[[], Any]) -> None:
    while not condition():
        await asyncio.sleep(0.001)


def test_two_who_want_the_same_adapter_load_it_once(tmp_path: Path) -> None:
    async def story(house: House) -> None:
        house.core.gate.clear()
        first, second = (asyncio.create_task(house.load("a")) for _ in range(2))
        await until(lambda: house.core.calls)
        assert house.state("a") == "loading"
        house.core.gate.set()
        assert await first is await second
        assert house.core.calls == [("add", (await first).number)]
        assert house.state("a") == "slot"

    live(tmp_path, "a", story)


def test_what_vllm_hears_is_the_name_the_content_and_its_number(tmp_path: Path) -> None:
    async def story(house: House) -> None:
        content = await house.load("a")
        assert content.sha256
        name = f"a-{content.sha256[:16]}-{content.number}"
        assert house.core.names == {content.number: name}
        assert content.report.folder == house.folder / "a"

    live(tmp_path, "a", story)


def test_a_failed_load_refuses_these_files_alone(tmp_path: Path) -> None:
    async def story(house: House) -> None:
        content = house.entry("a").check(house.checker)
        assert content
        house.core.broken.add(content.number)
        with pytest.raises(Problem, match="“a” could not be loaded"):
            await house.load("a")
        status = house.roster.status(house.entry("a"))
        assert (status.state, status.verdict) == ("refused", "refused")
        assert status.findings[-1].code == "adapter_load_failed"
        calls = len(house.core.calls)
        with pytest.raises(Problem, match="“a” could not be loaded"):
            await house.load("a")
        assert len(house.core.calls) == calls
        write(house.folder / "a", 77)
        await house.load("a")
        assert house.roster.status(house.entry("a")).verdict == "ok"

    live(tmp_path, "a", story)


def test_weights_that_are_no_numbers_never_reach_the_engine(tmp_path: Path) -> None:
    async def story(house: House) -> None:
        broken = {name: np.full_like(array, np.nan) for name, array in tensors().items()}
        write_adapter(house.folder / "a", broken)
        with pytest.raises(Problem, match="“a” is not served"):
            await house.load("a")
        assert house.core.calls == []

    live(tmp_path, "a", story)


def test_files_that_change_while_they_are_loaded_are_loaded_as_what_they_are_then(
    tmp_path: Path,
) -> None:
    async def story(house: House) -> None:
        def change() -> None:
            house.core.on_add = lambda: None
            write(house.folder / "a", 99)

        house.core.on_add = change
        content = await house.load("a")
        first, second = house.core.did("add")
        assert second == content.number != first
        assert house.core.did("remove") == [first]
        assert house.core.slots == [second]
        assert content.report.is_current()

    live(tmp_path, "a", story)


def test_files_that_keep_changing_are_a_sentence(tmp_path: Path) -> None:
    async def story(house: House) -> None:
        seeds = iter(range(100, 200))
        house.core.on_add = lambda: write(house.folder / "a", next(seeds))
        with pytest.raises(Problem, match="files of “a” keep changing"):
            await house.load("a")
        assert house.core.slots == []

    live(tmp_path, "a", story)


def test_what_runs_on_old_files_ends_before_the_new_ones_are_loaded(tmp_path: Path) -> None:
    async def story(house: House) -> None:
        async with house.loader.loaded(house.entry("a")) as old:
            write(house.folder / "a", 99)
            newer = asyncio.create_task(house.load("a"))
            await until(lambda: old in house.entry("a").stale)
            await asyncio.sleep(0.05)
            assert house.core.calls == [("add", old.number)]
        new = await newer
        adds, removed = house.core.did("add"), house.core.did("remove")
        assert adds == [old.number, new.number]
        assert removed == [old.number]
        assert old.sha256 != new.sha256
        assert house.entry("a").stale == []

    live(tmp_path, "a", story)


def test_what_runs_and_what_is_pinned_is_touched_before_another_takes_a_slot(
    tmp_path: Path,
) -> None:
    async def story(house: House) -> None:
        async with house.loader.loaded(house.entry("a")) as held:
            await house.load("b")
            assert house.core.did("touch") == []  # there was a free slot
            await house.load("c")
            assert house.core.did("touch") == [held.number]
            assert [house.state(name) for name in "abc"] == ["slot", "host", "slot"]
        house.entry("c").pinned = True
        await house.load("b")
        assert [house.state(name) for name in "abc"] == ["host", "slot", "slot"]
        await house.load("a")
        assert [house.state(name) for name in "abc"] == ["slot", "host", "slot"]

    live(tmp_path, "abc", story)


def test_one_in_a_slot_is_not_asked_for_again(tmp_path: Path) -> None:
    async def story(house: House) -> None:
        first = await house.load("a")
        assert await house.load("a") is first
        assert house.core.calls == [("add", first.number)]
        assert set(house.entry("a").load_s) == {"disk"}
        for name in "bca":
            await house.load(name)
        assert set(house.entry("a").load_s) == {"disk", "host"}

    live(tmp_path, "abc", story)


def test_without_a_word_from_the_worker_the_order_of_use_tells(tmp_path: Path) -> None:
    async def story(house: House) -> None:
        house.core.tells = False
        for name in "abcde":
            await house.load(name)
        assert [house.state(name) for name in "abcde"] == ["disk", "host", "host", "slot", "slot"]
        assert house.core.slots == [
            content.number for name in "de" if (content := house.entry(name).content)
        ]

    live(tmp_path, "abcde", story)


def test_who_leaves_during_a_load_leaves_nothing_held(tmp_path: Path) -> None:
    async def story(house: House) -> None:
        house.core.gate.clear()
        leaver = asyncio.create_task(house.load("a"))
        await until(lambda: house.core.calls)
        leaver.cancel()
        with pytest.raises(asyncio.CancelledError):
            await leaver
        house.core.gate.set()
        await until(lambda: house.state("a") == "slot")
        await until(lambda: not house.loader.in_flight)
        content = house.entry("a").content
        assert content
        assert content.users == 0
        assert content.idle.is_set()
        assert await house.load("a") is content
        assert house.core.did("add") == [content.number]

    live(tmp_path, "a", story)


def test_unloading_waits_for_what_runs(tmp_path: Path) -> None:
    async def story(house: House) -> None:
        entry = house.entry("a")
        async with house.loader.loaded(entry) as content:
            entry.removed = True
            unload = asyncio.create_task(house.loader.unload(entry))
            await asyncio.sleep(0.05)
            assert house.core.did("remove") == []
        await unload
        assert house.core.did("remove") == [content.number]
        assert (house.core.slots, house.core.host) == ([], [])
        with pytest.raises(Problem, match="“a” was removed"):
            await house.load("a")

    live(tmp_path, "a", story)


def test_one_that_is_kept_out_is_not_loaded(tmp_path: Path) -> None:
    async def story(house: House) -> None:
        house.refused["a"] = Problem("adapter_quarantined", name="a", count=2)
        with pytest.raises(Problem, match="“a” was running 2 times"):
            await house.load("a")
        assert house.core.calls == []

    live(tmp_path, "a", story)


def test_prefetching_checks_but_loads_nothing(tmp_path: Path) -> None:
    async def story(house: House) -> None:
        entry = house.entry("a")
        entry.check(house.checker)
        await house.loader.prefetch(entry)
        assert entry.content
        assert entry.content.sha256
        assert house.core.calls == []
        assert house.state("a") == "disk"

    live(tmp_path, "a", story)


def test_the_end_of_the_engine_ends_a_load(tmp_path: Path) -> None:
    async def story(house: House) -> None:
        house.core.gate.clear()
        waiting = asyncio.create_task(house.load("a"))
        await until(lambda: house.core.calls)
        assert [c.report.folder.name for c in house.loader.in_flight] == ["a"]
        house.core.errored = True
        await house.loader.end()
        with pytest.raises(asyncio.CancelledError):
            await waiting
        assert house.loader.in_flight == []

    live(tmp_path, "a", story)
