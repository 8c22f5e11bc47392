"""Batches over the test engine."""

from __future__ import annotations

import asyncio
from contextlib import aclosing

import pytest

from lora_ui.catalog.models import Adapter, Catalog
from lora_ui.compare.batch import Batch, EngineAsker, specs_for
from lora_ui.compare.prompts import parse_prompts
from lora_ui.errors import Problem
from lora_ui.sampling import Sampling
from tests.fake_engine import FakeEngine

CATALOG = Catalog(
    adapters=(Adapter(name="sql", source="x"), Adapter(name="broken", source="y")),
)


def make(text: str, *adapters: str, delay_s: float = 0.0, at_once: int = 4):
    engine = FakeEngine(CATALOG, delay_s=delay_s, broken=frozenset({"broken"}))
    asker = EngineAsker(engine, CATALOG, Sampling())
    batch = Batch(
        asker, parse_prompts(text), specs_for(adapters or ("base", "sql")), at_once=at_once
    )
    return engine, batch


async def finish(batch: Batch) -> None:
    async for _ in batch.changes():
        pass


async def test_every_prompt_goes_to_every_adapter_in_order():
    engine, batch = make("one\ntwo\nthree")
    await finish(batch)
    results = batch.results()
    assert [row["prompt"] for row in results] == ["one", "two", "three"]
    assert [[c["adapter"] for c in row["columns"]] for row in results] == [["base", "sql"]] * 3
    assert results[1]["columns"][1]["text"] == "sql: <user>two "
    assert all(row["wall_s"] > 0 for row in results)
    assert results[0]["columns"][0]["verdict"] is None
    assert batch.finished() == 3
    assert not batch.failed()
    assert engine.running == 0


async def test_pass_rates_leave_out_what_failed_to_answer():
    _, batch = make(
        "# expect contains: SQL:\none\n# expect contains: base:\ntwo\nthree", "sql", "broken"
    )
    await finish(batch)
    sql, broken = batch.rates()
    assert (sql.passed, sql.judged, sql.errors, sql.share) == (1, 2, 0, 0.5)
    assert (broken.passed, broken.judged, broken.errors, broken.share) == (0, 0, 3, None)
    assert batch.failed()
    verdicts = [row["columns"][0]["verdict"] for row in batch.results()]
    assert [v and v["passed"] for v in verdicts] == [True, False, None]


async def test_only_a_few_prompts_are_in_flight():
    engine, batch = make("\n".join(f"p{i}" for i in range(12)), at_once=3, delay_s=0.01)
    most = 0
    async for _ in batch.changes(0.001):
        most = max(most, engine.running)
    assert 0 < most <= 6


async def test_answers_grow_before_they_are_finished():
    _, batch = make("a b c d e f g h", delay_s=0.03)
    seen = set()
    async for rows in batch.changes():
        assert rows <= {0}
        seen.add(batch.rows[0].columns[0].text)
    assert len(seen) > 2


async def test_stopping_keeps_what_was_written_and_frees_the_engine():
    engine, batch = make("\n".join(f"a b c p{i}" for i in range(20)), at_once=2, delay_s=0.01)
    async for _ in batch.changes():
        if batch.finished() >= 2:
            batch.stop()
    assert engine.running == 0
    assert 2 <= batch.finished() < 20
    results = batch.results()
    assert len(results) < 20
    assert all(c["finish_reason"] in ("stop", "abort") for row in results for c in row["columns"])


async def test_leaving_the_iterator_ends_the_run():
    engine, batch = make("a b c d e f", delay_s=0.05)
    async with aclosing(batch.changes()) as changes:
        async for _ in changes:
            break
    assert engine.running == 0
    assert batch.finished() == 0


async def test_a_slow_expression_does_not_hold_the_others():
    _, batch = make("# expect regex: (?:a|aa)+$\n" + "a" * 50 + "c\nquick", "base")
    ticks = 0

    async def tick() -> None:
        nonlocal ticks
        while True:
            await asyncio.sleep(0.02)
            ticks += 1

    clock = asyncio.create_task(tick())
    await finish(batch)
    clock.cancel()
    assert ticks >= 2
    assert "simplify" in batch.results()[0]["columns"][0]["verdict"]["reason"]


async def test_an_engine_that_cannot_start_ends_the_batch_with_its_sentence():
    class Failed(FakeEngine):
        async def ready(self) -> None:
            raise Problem("unexpected", detail="no engine")

    batch = Batch(
        EngineAsker(Failed(CATALOG), CATALOG, Sampling()),
        parse_prompts("a\nb"),
        specs_for(["base"]),
    )
    with pytest.raises(Problem, match="no engine"):
        await finish(batch)
    assert batch.results() == []


def test_no_adapters():
    with pytest.raises(Problem, match="pick at least one"):
        specs_for([])


async def test_a_cancellation_in_the_moment_of_news_is_not_lost():
    engine, batch = make("one\ntwo", delay_s=30)
    reader = asyncio.create_task(finish(batch))
    while not engine.running:
        await asyncio.sleep(0)
    await asyncio.sleep(0.2)  # the reader now waits for news
    batch._changed.set()
    reader.cancel()
    with pytest.raises(asyncio.CancelledError):
        await asyncio.wait_for(reader, 5)
    assert engine.running == 0
