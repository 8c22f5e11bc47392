"""Runs belong to a visitor, and end with the visit."""

from __future__ import annotations

import asyncio

import pytest

from lora_ui.compare.columns import ColumnSpec
from lora_ui.errors import Problem
from lora_ui.sampling import Sampling
from lora_ui.ui.services import Services
from lora_ui.ui.visits import LiveRun, Visits, live_run
from tests.fake_engine import FakeEngine
from tests.ui.fake_page import CATALOG


def setting(delay_s: float = 0.01) -> tuple[FakeEngine, Services]:
    engine = FakeEngine(CATALOG, delay_s=delay_s)
    return engine, Services(engine=engine, catalog=CATALOG)


def story(services: Services, *keys: str) -> LiveRun:
    specs = [ColumnSpec(key=key, adapter="base") for key in keys]
    return live_run(services, "word " * 50, specs, Sampling())


async def read(visit, run, seen: list[int]) -> None:
    visit.show(run)
    async with visit.live(run):
        async for _ in run.changes():
            seen.append(len(visit.columns()))


async def test_leaving_ends_the_runs():
    engine, services = setting(0.05)
    visits = Visits()
    reader = asyncio.create_task(read(visits.of("me"), story(services, "a", "b"), []))
    await asyncio.sleep(0.2)
    assert engine.running == 2
    await visits.leave("me")
    assert engine.running == 0
    await asyncio.wait_for(reader, 1)
    assert len(visits) == 0


async def test_leaving_the_reader_ends_the_run():
    engine, services = setting(0.05)
    run = story(services, "a")
    changes = run.changes()
    for _ in range(3):
        await anext(changes)
    assert engine.running == 1
    await changes.aclose()
    assert engine.running == 0
    assert run.columns[0].state == "stopped"


async def test_one_column_again_while_the_other_runs():
    engine, services = setting()
    visit = Visits().of("me")
    first, again, seen = story(services, "a", "b"), story(services, "b"), []
    one = asyncio.create_task(read(visit, first, seen))
    await asyncio.sleep(0.1)
    two = asyncio.create_task(read(visit, again, seen))
    await asyncio.sleep(0.1)
    assert first.columns[1].state == "stopped"
    assert visit.columns()["b"].state == "running"
    assert engine.running == 2
    await asyncio.gather(one, two)
    assert {key: column.state for key, column in visit.columns().items()} == {
        "a": "done",
        "b": "done",
    }
    assert set(seen) == {2}


async def test_stop_one_stop_all_and_forget():
    engine, services = setting(0.05)
    visit = Visits().of("me")
    reader = asyncio.create_task(read(visit, story(services, "a", "b", "c"), []))
    await asyncio.sleep(0.2)
    visit.stop("a")
    visit.forget("b")
    await asyncio.sleep(0.1)
    assert engine.running == 1
    assert set(visit.columns()) == {"a", "c"}
    visit.stop()
    await asyncio.wait_for(reader, 1)
    assert engine.running == 0
    visit.keep(["c"])
    assert set(visit.columns()) == {"c"}


async def test_visitors_are_apart_and_scripts_leave_nothing():
    visits = Visits()
    assert visits.of("me") is visits.of("me")
    assert visits.of("me") is not visits.of("you")
    assert visits.of(None) is not visits.of(None)
    visits.tidy("me")
    visits.tidy(None)
    assert len(visits) == 1


async def test_wrong_runs_are_refused_before_they_start():
    _, services = setting()
    with pytest.raises(Problem, match="empty"):
        live_run(services, " \n", [ColumnSpec(key="a", adapter="base")], Sampling())
    with pytest.raises(Problem, match="No adapter"):
        live_run(services, "x", [], Sampling())
