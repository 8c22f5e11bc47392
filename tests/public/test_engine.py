"""An engine behind the gate: it waits, refuses and ends as the limits say, and lets go of all."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from contextlib import aclosing

import pytest

from lora_ui.catalog.models import Limits
from lora_ui.compare.batch import Batch, EngineAsker, specs_for
from lora_ui.compare.columns import Column, ColumnSpec
from lora_ui.compare.prompts import Prompt
from lora_ui.compare.running import Run
from lora_ui.engine.protocol import Delta, EngineEvent, GenerationRequest, Waiting
from lora_ui.errors import Problem
from lora_ui.public.engine import PublicEngine
from lora_ui.public.gate import Gate
from lora_ui.sampling import FALLBACK, NOTHING_SAID, Sampling
from tests.fake_engine import FakeEngine
from tests.ui.fake_page import CATALOG


class Demo:
    """A public demo over the test engine, of which `held` adapters wait."""

    def __init__(self, **limits) -> None:
        self.fake = FakeEngine(CATALOG)
        self.gate = Gate(Limits(**limits))
        self.engine = PublicEngine(self.fake, self.gate)

    def request(
        self, visitor: str | None = "me", *, adapter: str = "base", patient: bool = False
    ) -> GenerationRequest:
        prompt = self.fake.render([{"role": "user", "content": "one two three"}])
        return GenerationRequest("r", adapter, prompt, FALLBACK, visitor, patient=patient)

    async def ask(self, *args, **kwargs) -> list[EngineEvent]:
        async with aclosing(self.engine.generate(self.request(*args, **kwargs))) as events:
            return [event async for event in events]

    def run(self, prompt: str, specs: Sequence[ColumnSpec], shared: Sampling = NOTHING_SAID) -> Run:
        return Run(self.engine, CATALOG, prompt, specs, shared, "me")

    def is_empty(self) -> bool:
        door, status = self.gate.door, self.engine.status()
        return (door.running, door.waiting, status.running, status.waiting) == (0, 0, 0, 0)


async def turns(count: int = 20) -> None:
    """Let the loop do what is ready."""
    for _ in range(count):
        await asyncio.sleep(0)


async def ended(task: asyncio.Task) -> None:
    task.cancel()
    await asyncio.gather(task, return_exceptions=True)


async def test_an_answer_passes_unchanged():
    demo = Demo()
    plain = [event async for event in demo.fake.generate(demo.request())]
    passed = await demo.ask()
    texts = [[e.text for e in events if isinstance(e, Delta)] for events in (plain, passed)]
    assert texts[0] == texts[1] != []
    assert [type(event) for event in passed] == [type(event) for event in plain]
    assert demo.is_empty()


async def test_one_who_waits_is_told_its_place_and_what_runs():
    demo = Demo(running=1)
    demo.fake.held = {"math"}
    first = asyncio.create_task(demo.ask("one", adapter="math"))
    await turns()
    async with aclosing(demo.engine.generate(demo.request("two"))) as events:
        waiting = await anext(events)
        assert isinstance(waiting, Waiting)
        assert waiting.place == 1
        assert waiting.reason == ("its turn comes in a moment (1 at a time)")
        assert demo.engine.status().waiting == 1
        demo.fake.held = set()
        rest = [event async for event in events]
    assert any(isinstance(event, Delta) for event in rest)
    await first
    assert demo.is_empty()


async def test_a_visitors_own_answers_wait_for_each_other():
    demo = Demo(at_once=1)
    demo.fake.held = {"math"}
    first = asyncio.create_task(demo.ask("one", adapter="math"))
    await turns()
    async with aclosing(demo.engine.generate(demo.request("one"))) as events:
        waiting = await anext(events)
    assert isinstance(waiting, Waiting)
    assert "1 of yours" in waiting.reason
    assert await demo.ask("two")
    await ended(first)
    assert demo.is_empty()


@pytest.mark.parametrize("state", ["waiting", "running"])
async def test_leaving_gives_the_place_back(state):
    demo = Demo(running=1)
    demo.fake.held = {"math"}
    first = asyncio.create_task(demo.ask("one", adapter="math"))
    await turns()
    second = asyncio.create_task(demo.ask("two"))
    await turns()
    assert (demo.gate.door.running, demo.gate.door.waiting) == (1, 1)
    await ended(second if state == "waiting" else first)
    assert demo.gate.door.waiting == 0
    demo.fake.held = set()
    await asyncio.wait_for(asyncio.gather(first, second, return_exceptions=True), 5)
    assert demo.is_empty()


async def test_closing_the_stream_in_the_line_gives_the_place_back():
    demo = Demo(running=1)
    demo.fake.held = {"math"}
    first = asyncio.create_task(demo.ask("one", adapter="math"))
    await turns()
    events = demo.engine.generate(demo.request("two"))
    await anext(events)
    await events.aclose()
    assert demo.gate.door.waiting == 0
    await ended(first)
    assert demo.is_empty()


async def test_an_engine_that_fails_gives_the_place_back():
    demo = Demo()
    demo.fake.broken = frozenset({"math"})
    with pytest.raises(Problem, match="cannot be loaded"):
        await demo.ask(adapter="math")
    assert demo.is_empty()


async def test_an_answer_that_takes_too_long_ends_and_what_was_written_stays():
    demo = Demo(timeout_s=0.2)
    demo.fake.delay_s = 0.05
    run = demo.run("word " * 50, specs_for(["base", "math"]))
    async with aclosing(run.changes()) as changes:
        async for _ in changes:
            pass
    for column in run.columns:
        assert column.error == (
            "An answer may take 0.2 s in this public demo, so this one was ended: ask for fewer "
            "tokens, or ask again when less is going on."
        )
        assert "word" in column.text
    assert demo.is_empty()


async def test_what_is_over_the_rate_is_refused_and_the_engine_never_hears_of_it():
    demo = Demo(per_minute=2, columns=2)
    await demo.ask()
    await demo.ask()
    with pytest.raises(Problem, match="Each visitor of this public demo may ask for 2 answers"):
        await demo.ask()
    assert len(demo.fake.requests) == 2
    await demo.ask("you")
    assert demo.is_empty()


async def test_who_has_no_session_is_one_visitor():
    demo = Demo(per_minute=2, columns=2)
    await demo.ask(None)
    await demo.ask(None)
    with pytest.raises(Problem):
        await demo.ask(None)


async def test_a_batch_waits_for_its_allowance_and_says_so():
    demo = Demo(per_minute=240, columns=1)
    for _ in range(238):
        with demo.gate.allowances.take("me"):
            pass
    asker = EngineAsker(demo.engine, CATALOG, NOTHING_SAID, "me")
    batch = Batch(asker, [Prompt(f"prompt {n}") for n in range(5)], specs_for(["base"]))
    said: set[str] = set()
    async with aclosing(batch.changes(0.001)) as changes:
        async for _ in changes:
            said |= {column.detail for row in batch.rows for column in row.columns}
    assert [row.columns[0].state for row in batch.rows] == ["done"] * 5
    wanted = "number 1 in line; its turn comes in about 5 s (you have 240 a minute)"
    assert wanted in said
    assert demo.is_empty()


async def test_a_batch_that_is_stopped_while_it_waits_lets_go():
    demo = Demo(per_minute=1, columns=1)
    asker = EngineAsker(demo.engine, CATALOG, NOTHING_SAID, "me")
    batch = Batch(asker, [Prompt(f"prompt {n}") for n in range(5)], specs_for(["base"]))
    async with aclosing(batch.changes(0.001)) as changes:
        async for _ in changes:
            if batch.finished():
                batch.stop()
    assert batch.finished() == 1
    assert demo.is_empty()


async def test_tokens_are_cut_and_the_column_says_so_when_more_were_asked_for():
    demo = Demo(tokens=3)
    specs = [
        ColumnSpec(key="a", adapter="base", sampling=Sampling(max_tokens=5)),
        ColumnSpec(key="b", adapter="math", sampling=Sampling(max_tokens=2)),
        ColumnSpec(key="c", adapter="math"),  # its 150 tokens are the catalog's word
    ]
    run = demo.run("one two three four five", specs)
    async with aclosing(run.changes()) as changes:
        async for _ in changes:
            pass
    more, fewer, default = run.columns
    sentence = "5 tokens were asked for, but an answer has at most 3 in this public demo."
    assert more.warnings == [sentence]
    assert (fewer.warnings, default.warnings) == ([], [])
    assert [limit(column) for column in run.columns] == [3, 2, 3]
    assert [column.tokens for column in run.columns] == [3, 2, 3]


def limit(column: Column) -> int | None:
    return column.sampling.max_tokens if column.sampling else None


async def test_slots_are_everybodys():
    demo = Demo()
    with pytest.raises(Problem, match="just ask “math”, and it is loaded"):
        await demo.engine.pin("math", True, "me")
    with pytest.raises(Problem, match="nobody preloads or pins"):
        await demo.engine.preload("math", "me")
    assert {status.state for status in demo.engine.adapters()} == {"disk"}
