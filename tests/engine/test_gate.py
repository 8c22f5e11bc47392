"""The slot gate."""

from __future__ import annotations

import asyncio

import pytest

from lora_ui.engine.gate import SlotGate


def nowhere(_place: int) -> None:
    """A request that does not care about its place."""


async def hold(gate: SlotGate, adapter: str, release: asyncio.Event, log: list[str]) -> None:
    async with gate.slot(adapter, nowhere):
        log.append(adapter)
        await release.wait()


async def settle() -> None:
    for _ in range(10):
        await asyncio.sleep(0)


async def test_no_more_distinct_adapters_than_slots_are_in_flight() -> None:
    gate, release, log = SlotGate(2), asyncio.Event(), []
    tasks = [asyncio.create_task(hold(gate, name, release, log)) for name in "abacb"]
    await settle()
    assert log == ["a", "b", "a", "b"]
    assert gate.active == {"a", "b"}
    assert gate.waiting == 1
    release.set()
    await asyncio.gather(*tasks)
    assert log[-1] == "c"
    assert gate.active == frozenset()


async def test_places_are_told_and_move_up() -> None:
    gate, release = SlotGate(1), asyncio.Event()
    first = asyncio.create_task(hold(gate, "a", release, []))
    await settle()
    places: dict[str, list[int]] = {"b": [], "c": []}

    async def wait(adapter: str) -> None:
        async with gate.slot(adapter, places[adapter].append):
            await asyncio.sleep(0)

    waiting = [asyncio.create_task(wait(name)) for name in "bc"]
    await settle()
    assert places == {"b": [1], "c": [2]}
    release.set()
    await asyncio.gather(first, *waiting)
    assert places == {"b": [1], "c": [2, 1]}


async def test_a_cancelled_waiter_leaves_the_queue() -> None:
    gate, release, log = SlotGate(1), asyncio.Event(), []
    first = asyncio.create_task(hold(gate, "a", release, log))
    await settle()
    second = asyncio.create_task(hold(gate, "b", release, log))
    third = asyncio.create_task(hold(gate, "c", release, log))
    await settle()
    second.cancel()
    with pytest.raises(asyncio.CancelledError):
        await second
    assert gate.waiting == 1
    release.set()
    await asyncio.gather(first, third)
    assert log == ["a", "c"]


async def test_cancelled_in_the_moment_of_admission_frees_the_slot() -> None:
    gate, release = SlotGate(1), asyncio.Event()
    first = asyncio.create_task(hold(gate, "a", release, []))
    await settle()
    second = asyncio.create_task(hold(gate, "b", asyncio.Event(), []))
    await settle()
    release.set()
    await first  # admits the second
    second.cancel()
    with pytest.raises(asyncio.CancelledError):
        await second
    assert gate.active == frozenset()
