"""A name always answers with the files that it stands for now: changed, added again, or removed.

One real engine with two slots in this process, so that its worker can be asked what it holds.
"""

from __future__ import annotations

import argparse
import asyncio
import dataclasses
import shutil
from collections.abc import Awaitable, Callable, Iterator
from contextlib import aclosing
from hashlib import sha256
from pathlib import Path
from uuid import uuid4

import pytest
from safetensors.torch import load_file, save_file

from lora_ui.catalog.models import Adapter
from lora_ui.catalog.preflight import WEIGHTS_NAME
from lora_ui.engine.local import LocalEngine
from lora_ui.engine.protocol import (
    AdapterStatus,
    Began,
    Delta,
    EngineEvent,
    Finished,
    GenerationRequest,
    Provenance,
    Waiting,
)
from lora_ui.errors import Problem
from lora_ui.sampling import FALLBACK
from lora_ui.settings import add_arguments, load_settings
from tests.app_process import CACHE, ROOT

QUESTION = "Maya buys 4 notebooks for 3 dollars each. How much does she pay in all?"
DEMOS = ("math", "text2sql", "function")
TOKENS = 24


class Asked:
    """One answer with all that came with it."""

    def __init__(self) -> None:
        self.events: list[EngineEvent] = []

    @property
    def text(self) -> str:
        return "".join(e.text for e in self.events if isinstance(e, Delta))

    @property
    def provenance(self) -> Provenance:
        (began,) = (e for e in self.events if isinstance(e, Began))
        return began.provenance


class House:
    """The engine, and what each demo adapter answers under its own name."""

    def __init__(self, folder: Path) -> None:
        for name in DEMOS:
            shutil.copytree(ROOT / "adapters" / name, folder / name)
        parser = argparse.ArgumentParser()
        add_arguments(parser)
        given = ["--cache-dir", str(CACHE), "--dtype", "float32", "--max-loras", "2"]
        settings = load_settings(parser.parse_args(given))
        adapters = tuple(Adapter(name=name, source=str(folder / name)) for name in DEMOS)
        catalog = settings.catalog.model_copy(update={"adapters": adapters})
        self.folder = folder
        self.engine = LocalEngine(dataclasses.replace(settings, catalog=catalog))
        self.texts: dict[str, str] = {}
        self.latest = folder
        """Where the files of the latest addition are."""

    async def ask(
        self, name: str, visitor: str | None = None, tokens: int = TOKENS, into: Asked | None = None
    ) -> Asked:
        asked = into or Asked()
        prompt = self.engine.render([{"role": "user", "content": QUESTION}])
        sampling = FALLBACK.model_copy(update={"max_tokens": tokens})
        request = GenerationRequest(uuid4().hex, name, prompt, sampling, visitor)
        async with aclosing(self.engine.generate(request)) as events:  # type: ignore[type-var]
            async for event in events:
                asked.events.append(event)
        return asked

    async def add(self, name: str, of: str, visitor: str | None) -> AdapterStatus:
        """An own copy of a demo adapter, as an upload is one."""
        self.latest = self.folder / uuid4().hex
        shutil.copytree(ROOT / "adapters" / of, self.latest)
        adapter = Adapter(name=name, source=f"upload:{of}")
        return await self.engine.add(adapter, self.latest, visitor)

    def status(self, name: str, visitor: str | None = None) -> AdapterStatus:
        (found,) = (s for s in self.engine.adapters(visitor) if s.adapter.name == name)
        return found

    async def in_worker(self) -> tuple[set[int], set[int]]:
        """The numbers in slots and in host memory, asked of vLLM's worker now."""
        llm, loop, _ = self.engine.internals()
        asked = llm.collective_rpc("lora_ui_tiers")
        ((slots, host),) = await asyncio.wrap_future(asyncio.run_coroutine_threadsafe(asked, loop))
        return {number for number in slots if number is not None}, {number for number, _ in host}

    def number(self, name: str) -> int:
        return self.engine.internals()[2](name).number

    async def agrees(self) -> None:
        """What the statuses say of the catalog's adapters is what the worker has."""
        slots, host = await self.in_worker()
        for name in DEMOS:
            number = self.number(name)
            tier = "slot" if number in slots else "host" if number in host else "disk"
            assert self.status(name).state == tier, name


@pytest.fixture(scope="module")
def house(tmp_path_factory: pytest.TempPathFactory) -> Iterator[House]:
    made = House(tmp_path_factory.mktemp("house"))
    made.engine.start()
    try:
        asyncio.run(made.engine.ready())
        for name in DEMOS:
            made.texts[name] = asyncio.run(made.ask(name)).text
        made.texts["base"] = asyncio.run(made.ask("base")).text
        assert len(set(made.texts.values())) == 4
        yield made
    finally:
        made.engine.close()


@pytest.fixture(autouse=True)
def nothing_is_left_over(house: House) -> Iterator[None]:
    """Every test leaves the catalog as it was, and the engine with it."""
    yield
    for name in DEMOS:
        shutil.copytree(ROOT / "adapters" / name, house.folder / name, dirs_exist_ok=True)
    assert [s.adapter.name for s in house.engine.adapters()] == list(DEMOS)
    for name in DEMOS:
        assert asyncio.run(house.ask(name)).text == house.texts[name]
    status = house.engine.status()
    assert (status.state, status.running, status.waiting) == ("ready", 0, 0)


def digest(of: str) -> str:
    return sha256((ROOT / "adapters" / of / WEIGHTS_NAME).read_bytes()).hexdigest()


def tell(story: Callable[[], Awaitable[None]]) -> None:
    async def told() -> None:
        await asyncio.wait_for(story(), 240)

    asyncio.run(told())


def test_what_answered_is_told_before_the_first_word(house: House) -> None:
    async def story() -> None:
        for name in ("base", *DEMOS):
            asked = await house.ask(name)
            kinds = [type(e) for e in asked.events if not isinstance(e, Waiting)]
            assert kinds.index(Began) < kinds.index(Delta)
            assert kinds[-1] is Finished
            told = asked.provenance
            assert told.adapter == name
            assert told.model == "HuggingFaceTB/SmolLM2-135M-Instruct"
            assert told.engine.startswith("vLLM 0.")
            assert told.dtype == "float32"
            assert told.sha256 == (None if name == "base" else digest(name))

    tell(story)


def test_statuses_say_what_the_worker_has(house: House) -> None:
    async def story() -> None:
        for name in ("math", "function", "text2sql", "math"):
            await house.ask(name)
            await house.agrees()
        assert [house.status(n).state for n in DEMOS] == ["slot", "slot", "host"]
        status = house.status("math")
        assert set(status.load_s) == {"disk", "host"}
        assert status.sha256 == digest("math")
        assert status.has_effect is True
        assert status.tokens > 0
        await house.engine.preload("function")
        assert house.status("function").state == "slot"
        await house.agrees()

    tell(story)


def test_changed_files_under_the_same_name_are_another_adapter(house: House) -> None:
    async def story() -> None:
        before = house.number("math")
        running = Asked()
        long = asyncio.create_task(house.ask("math", tokens=200, into=running))
        while not running.text:
            await asyncio.sleep(0.01)
        shutil.copytree(ROOT / "adapters" / "text2sql", house.folder / "math", dirs_exist_ok=True)
        after = await house.ask("math")
        await long
        assert running.provenance.sha256 == digest("math")
        assert running.text.startswith(house.texts["math"][:40])
        assert after.provenance.sha256 == digest("text2sql")
        assert after.text == house.texts["text2sql"]
        assert house.number("math") != before
        slots, host = await house.in_worker()
        assert before not in slots | host
        assert house.status("math").sha256 == digest("text2sql")

    tell(story)


def test_files_that_break_refuse_the_name_and_nothing_else(house: House) -> None:
    async def story() -> None:
        weights = house.folder / "math" / WEIGHTS_NAME
        weights.write_bytes(weights.read_bytes()[:-100])
        with pytest.raises(Problem, match="“math” is not served"):
            await house.ask("math")
        assert house.status("math").state == "refused"
        with pytest.raises(Problem, match="“math” is not served"):
            await house.engine.preload("math")
        assert (await house.ask("text2sql")).text == house.texts["text2sql"]

    tell(story)


def test_the_same_name_again_is_what_was_added_last(house: House) -> None:
    async def story() -> None:
        for of in ("math", "text2sql", "math", "function"):
            status = await house.add("poems", of, "ann")
            assert (status.added, status.visitor, status.verdict) == (True, "ann", "ok")
            asked = await house.ask("poems", "ann")
            assert asked.text == house.texts[of]
            assert asked.provenance.sha256 == digest(of)
            assert asked.provenance.source == f"upload:{of}"
            with pytest.raises(Problem, match="already an adapter called “poems”"):
                await house.add("poems", of, "ann")
            await house.engine.remove("poems", "ann")
            with pytest.raises(Problem, match="no adapter called “poems”"):
                await house.ask("poems", "ann")
        _, host = await house.in_worker()
        assert host <= {house.number(name) for name in DEMOS}

    tell(story)


def test_two_visitors_have_their_own_under_one_name(house: House) -> None:
    async def story() -> None:
        await house.add("poems", "math", "ann")
        await house.add("poems", "text2sql", "bob")
        hers, his = await asyncio.gather(*(house.ask("poems", who) for who in ("ann", "bob")))
        assert (hers.text, his.text) == (house.texts["math"], house.texts["text2sql"])
        with pytest.raises(Problem, match="no adapter called “poems”"):
            await house.ask("poems", "eve")
        await house.engine.remove("poems", "ann")
        assert (await house.ask("poems", "bob")).text == house.texts["text2sql"]
        await house.engine.remove("poems", "bob")

    tell(story)


def test_removing_lets_what_runs_end_and_then_the_files_may_go(house: House) -> None:
    async def story() -> None:
        await house.add("poems", "math", "ann")
        running = Asked()
        answer = asyncio.create_task(house.ask("poems", "ann", into=running))
        while not running.text:
            await asyncio.sleep(0.01)
        await house.engine.remove("poems", "ann")
        shutil.rmtree(house.latest)
        assert (await answer).text == house.texts["math"]
        slots, host = await house.in_worker()
        assert slots | host <= {house.number(name) for name in DEMOS}
        with pytest.raises(Problem, match="“math” comes with the catalog"):
            await house.engine.remove("math", "ann")

    tell(story)


def test_a_removed_one_that_waits_is_told_so(house: House) -> None:
    async def story() -> None:
        await house.add("poems", "math", "ann")
        holders = {name: Asked() for name in ("text2sql", "function")}
        busy = [
            asyncio.create_task(house.ask(name, tokens=300, into=asked))
            for name, asked in holders.items()
        ]
        while not all(asked.text for asked in holders.values()):  # both slots are taken
            await asyncio.sleep(0.01)
        waiting = Asked()
        answer = asyncio.create_task(house.ask("poems", "ann", into=waiting))
        while not any(isinstance(e, Waiting) for e in waiting.events):
            await asyncio.sleep(0.01)
        (told,) = [e for e in waiting.events if isinstance(e, Waiting)][:1]
        assert "function and text2sql" in told.reason
        await house.engine.remove("poems", "ann")
        with pytest.raises(Problem, match="“poems” was removed while"):
            await answer
        await asyncio.gather(*busy)

    tell(story)


def test_a_pinned_adapter_keeps_its_slot(house: House) -> None:
    async def story() -> None:
        await house.engine.pin("function", True)
        assert (house.status("function").state, house.status("function").pinned) == ("slot", True)
        with pytest.raises(Problem, match="“math” cannot be pinned: 1 of 2 slots are pinned"):
            await house.engine.pin("math", True)
        loads = house.status("function").load_s
        for name in ("math", "text2sql", "math", "text2sql"):
            assert (await house.ask(name)).text == house.texts[name]
            assert house.status("function").state == "slot"
            await house.agrees()
        assert house.status("function").load_s == loads
        await house.engine.pin("function", False)
        await asyncio.gather(house.ask("math"), house.ask("text2sql"))
        assert house.status("function").state == "host"
        assert house.status("function").pinned is False

    tell(story)


def test_an_adapter_without_effect_is_known_by_the_end_of_its_first_answer(house: House) -> None:
    async def story() -> None:
        folder = house.folder / uuid4().hex
        shutil.copytree(ROOT / "adapters" / "math", folder)
        weights = load_file(folder / WEIGHTS_NAME)
        for name, tensor in weights.items():
            if "lora_B" in name:
                tensor.fill_(1e-20)
        save_file(weights, folder / WEIGHTS_NAME)
        await house.engine.add(Adapter(name="nothing", source="upload"), folder, "ann")
        assert house.status("nothing", "ann").has_effect is None
        asked = await house.ask("nothing", "ann")
        status = house.status("nothing", "ann")
        assert asked.text == house.texts["base"]
        assert status.has_effect is False
        assert status.verdict == "warning"
        assert [f.code for f in status.findings if f.severity == "warning"] == ["no_effect"]
        await house.engine.remove("nothing", "ann")

    tell(story)


def test_a_refused_addition_is_taken_in_with_what_was_found(house: House) -> None:
    async def story() -> None:
        folder = house.folder / uuid4().hex
        shutil.copytree(ROOT / "adapters" / "math", folder)
        (folder / WEIGHTS_NAME).write_bytes(b"no weights")
        status = await house.engine.add(Adapter(name="broken", source="upload"), folder, "ann")
        assert (status.state, status.verdict) == ("refused", "refused")
        assert all(f.message and f.fix for f in status.findings if f.severity == "error")
        for attempt in (house.ask("broken", "ann"), house.engine.pin("broken", True, "ann")):
            with pytest.raises(Problem, match="“broken” is not served"):
                await attempt
        await house.engine.remove("broken", "ann")

    tell(story)


def test_many_at_once_over_two_slots_are_never_mixed_up(house: House) -> None:
    async def story() -> None:
        await house.add("poems", "math", "ann")
        asked = [("base", None), *((n, None) for n in DEMOS), ("poems", "ann")] * 3
        answers = await asyncio.gather(*(house.ask(name, who) for name, who in asked))
        texts = {**house.texts, "poems": house.texts["math"]}
        assert [a.text for a in answers] == [texts[name] for name, _ in asked]
        await house.engine.remove("poems", "ann")

    tell(story)
