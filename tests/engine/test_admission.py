"""Admission, case by case; test_admission_traces.py holds it against random traffic."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Coroutine
from functools import wraps
from itertools import pairwise
from typing import Any

import pytest

from lora_ui.engine.admission import Admission, Place, why
from lora_ui.errors import Problem
from tests.engine.simulated import simulate

NEVER_S = 3600.0


def in_simulated_time(test: Callable[[], Coroutine[Any, Any, None]]) -> Callable[[], None]:
    @wraps(test)
    def run() -> None:
        simulate(test())

    return run


class Traffic:
    """Requests of known length for an admission, and when each of them began."""

    def __init__(self, slots: int, fair_wait_s: float = NEVER_S) -> None:
        self.admission = Admission(slots, fair_wait_s)
        self.began: list[tuple[str, float]] = []
        self.places: dict[str, list[Place]] = {}

    async def request(self, key: str, takes_s: float, label: str | None = None) -> None:
        told = self.places.setdefault(label or key, [])
        async with self.admission.slot(key, told.append):
            self.began.append((label or key, now()))
            await asyncio.sleep(takes_s)

    def send(self, key: str, takes_s: float, label: str | None = None) -> asyncio.Task[None]:
        return asyncio.create_task(self.request(key, takes_s, label))

    def client(self, key: str, takes_s: float) -> asyncio.Task[None]:
        """One request after another, until it is cancelled."""

        async def ask() -> None:
            while True:
                await self.request(key, takes_s)

        return asyncio.create_task(ask())

    def when(self, label: str) -> list[float]:
        return [round(at, 3) for name, at in self.began if name == label]


def now() -> float:
    return asyncio.get_running_loop().time()


async def end(*tasks: asyncio.Task[Any]) -> None:
    for task in tasks:
        task.cancel()
    await asyncio.gather(*tasks, return_exceptions=True)


@in_simulated_time
async def test_no_more_distinct_adapters_than_slots_are_in_flight() -> None:
    traffic = Traffic(2)
    tasks = [traffic.send(key, 1) for key in "abacb"]
    await asyncio.sleep(0.5)
    assert [key for key, _ in traffic.began] == ["a", "b", "a", "b"]
    assert traffic.admission.active == {"a", "b"}
    assert traffic.admission.running("a") == 2
    assert traffic.admission.waiting == traffic.admission.waiting_for("c") == 1
    assert traffic.admission.next_keys(5) == ["c"]
    await asyncio.gather(*tasks)
    assert traffic.when("c") == [1]
    assert traffic.admission.active == frozenset()


@in_simulated_time
async def test_places_are_told_and_move_up() -> None:
    traffic = Traffic(1)
    tasks = [traffic.send(key, 1) for key in "abc"]
    await asyncio.gather(*tasks)
    assert [p.place for p in traffic.places["b"]] == [1]
    assert [p.place for p in traffic.places["c"]] == [2, 1]
    assert [p.holders for p in traffic.places["c"]] == [("a",), ("b",)]


@in_simulated_time
async def test_a_cancelled_waiter_leaves_the_queue() -> None:
    traffic = Traffic(1)
    first, second, third = (traffic.send(key, 1) for key in "abc")
    await asyncio.sleep(0.5)
    await end(second)
    assert traffic.admission.waiting == 1
    await asyncio.gather(first, third)
    assert [key for key, _ in traffic.began] == ["a", "c"]
    assert [p.place for p in traffic.places["c"]] == [2, 1]


@in_simulated_time
async def test_cancelled_in_the_moment_of_admission_frees_the_slot() -> None:
    traffic = Traffic(1)
    first = traffic.admission.slot("a", lambda _: None)
    await first.__aenter__()
    second = traffic.send("b", 1)
    await asyncio.sleep(1)
    await first.__aexit__(None, None, None)  # admits the second, which has not run yet
    assert traffic.admission.active == {"b"}
    await end(second)
    assert traffic.admission.active == frozenset()
    assert traffic.when("b") == []


@in_simulated_time
async def test_without_fairness_a_busy_adapter_keeps_its_slot() -> None:
    traffic = Traffic(1)
    clients = [traffic.client("a", 1), traffic.client("a", 0.7)]
    waiting = traffic.send("b", 1)
    await asyncio.sleep(100)
    assert traffic.when("b") == []
    await end(waiting, *clients)


@in_simulated_time
async def test_one_that_waits_too_long_gets_a_busy_adapters_slot() -> None:
    traffic = Traffic(2, fair_wait_s=1)
    clients = [traffic.client(key, s) for key, s in [("a", 2), ("a", 2.5), ("b", 6), ("b", 7)]]
    await asyncio.sleep(20)
    await traffic.request("c", 1)
    [came] = traffic.when("c")
    # closed at 21; what then runs for a, which usually takes less than for b, ends within 2.5 s
    assert 21 <= came <= 23.5
    assert {p.turn_of for p in traffic.places["c"]} == {None, "a"}
    await asyncio.sleep(0.01)
    assert traffic.admission.running("a") == 2  # and a goes on
    assert {p.yields_to for p in traffic.places["a"]} == {None, "c"}
    assert all(began < came or began > came + 0.99 for began in traffic.when("a"))
    await end(*clients)


@in_simulated_time
async def test_the_decision_falls_without_anybody_leaving() -> None:
    traffic = Traffic(1, fair_wait_s=2)
    tasks = [traffic.send("a", 50), traffic.send("b", 1)]
    await asyncio.sleep(1.9)
    assert traffic.admission.closed == frozenset()
    await asyncio.sleep(0.2)
    assert traffic.admission.closed == {"a"}
    tasks.append(traffic.send("a", 1, "late a"))
    await asyncio.gather(*tasks)
    assert traffic.when("b") == [50]
    assert traffic.when("late a") == [51]


@in_simulated_time
async def test_an_adapter_that_has_just_got_its_slot_keeps_it_for_its_turn() -> None:
    traffic = Traffic(1, fair_wait_s=3)
    first = traffic.send("a", 4)
    await asyncio.sleep(0.5)
    clients = [traffic.client(key, s) for key in "bc" for s in (1, 1.3)]
    await asyncio.sleep(60)
    for key in "bc":
        pauses = [late - early for early, late in pairwise(traffic.when(key)) if late - early > 1.4]
        assert len(pauses) >= 5  # in which the other one has its turn
        assert min(pauses) >= 3
        assert len(traffic.when(key)) >= 6 * len(pauses)  # two clients, three requests a turn
    await end(first, *clients)


@in_simulated_time
async def test_a_closed_adapter_opens_again_when_nobody_needs_its_slot() -> None:
    traffic = Traffic(1, fair_wait_s=1)
    running = traffic.send("a", 10)
    impatient = traffic.send("b", 1)
    await asyncio.sleep(2)
    late = traffic.send("a", 1, "late a")
    await asyncio.sleep(1)
    assert traffic.admission.closed == {"a"}
    assert traffic.when("late a") == []
    await end(impatient)
    await asyncio.sleep(0)
    assert traffic.admission.closed == frozenset()
    assert traffic.when("late a") == [3]
    await asyncio.gather(running, late)


@in_simulated_time
async def test_at_most_half_the_slots_are_closed_at_once() -> None:
    traffic = Traffic(4, fair_wait_s=1)
    tasks = [traffic.send(key, 20) for key in "abcdefgh"]
    await asyncio.sleep(10)
    assert len(traffic.admission.closed) == 2
    assert traffic.admission.next_keys(3) == ["e", "f", "g"]
    await end(*tasks)


@in_simulated_time
async def test_a_pinned_adapter_holds_a_slot_and_never_gives_way() -> None:
    traffic = Traffic(2, fair_wait_s=1)
    await traffic.admission.pin("p")
    assert traffic.admission.active == traffic.admission.pinned == {"p"}
    tasks = [traffic.client("a", 3), traffic.client("a", 3), traffic.client("p", 1)]
    await asyncio.sleep(5)
    await traffic.request("b", 1)
    assert traffic.when("b")[0] <= 9
    assert {p.turn_of for p in traffic.places["b"]} == {None, "a"}
    assert traffic.places["p"] == []  # its requests have never waited
    await end(*tasks)
    assert traffic.admission.active == {"p"}
    traffic.admission.unpin("p")
    assert traffic.admission.active == frozenset()


@in_simulated_time
async def test_pins_leave_a_slot_to_the_others() -> None:
    admission = Admission(2, 1)
    await admission.pin("a")
    await admission.pin("a")
    with pytest.raises(Problem) as full:
        await admission.pin("b", name="the second")
    assert full.value.code == "pins_full"
    assert "“the second”" in full.value.message
    assert "1 of 2 slots" in full.value.message
    with pytest.raises(Problem, match="one must stay free"):
        await Admission(1, 1).pin("a")


@in_simulated_time
async def test_a_pin_waits_in_line_and_counts_while_it_waits() -> None:
    traffic = Traffic(2, fair_wait_s=1)
    clients = [traffic.client(key, 2) for key in "aabb"]
    await asyncio.sleep(5)
    wish = asyncio.create_task(traffic.admission.pin("p"))
    await asyncio.sleep(0.1)
    assert traffic.admission.pinned == frozenset()
    with pytest.raises(Problem, match="1 of 2 slots are pinned"):
        await traffic.admission.pin("a")
    await wish
    assert 6 <= now() <= 8
    assert traffic.admission.pinned == {"p"}
    await end(*clients)


@in_simulated_time
async def test_a_pin_of_a_closed_adapter_opens_it() -> None:
    traffic = Traffic(2, fair_wait_s=1)
    tasks = [traffic.send("a", 5), traffic.send("b", 9), traffic.send("c", 1)]
    await asyncio.sleep(2)
    assert traffic.admission.closed == {"a"}
    await traffic.admission.pin("a")
    assert traffic.admission.closed == {"b"}
    await asyncio.gather(*tasks)
    assert traffic.when("c") == [9]


@in_simulated_time
async def test_a_wish_to_pin_can_be_taken_back() -> None:
    traffic = Traffic(2)
    tasks = [traffic.send("a", 5), traffic.send("b", 5)]
    await asyncio.sleep(1)
    wish = asyncio.create_task(traffic.admission.pin("p"))
    other = asyncio.create_task(traffic.admission.pin("p"))
    await asyncio.sleep(1)
    await end(other)
    traffic.admission.unpin("p")
    with pytest.raises(Problem, match="unpinned before"):
        await wish
    await asyncio.gather(*tasks)
    assert traffic.admission.active == frozenset()


@in_simulated_time
async def test_when_the_engine_is_gone_every_waiter_hears_of_it_and_new_ones_start_afresh() -> None:
    traffic = Traffic(2, fair_wait_s=1)
    await traffic.admission.pin("p")
    running = traffic.send("a", 20)
    waiting = [traffic.send(key, 1) for key in "bcb"]
    await asyncio.sleep(5)
    traffic.admission.clear(Problem("engine_restarts"))
    results = await asyncio.gather(*waiting, return_exceptions=True)
    assert [getattr(r, "code", None) for r in results] == ["engine_restarts"] * 3
    assert traffic.admission.active == {"p"}
    afresh = traffic.send("d", 30)
    await running  # of the engine that is gone: its end must not free the slot of d
    assert traffic.admission.active == {"p", "d"}
    assert traffic.when("d") == [5]
    await end(afresh)


@in_simulated_time
async def test_cancelled_while_the_engine_goes() -> None:
    traffic = Traffic(1)
    tasks = [traffic.send("a", 5), traffic.send("b", 5)]
    await asyncio.sleep(1)
    traffic.admission.clear(Problem("engine_restarts"))
    await end(*tasks)
    await traffic.request("c", 1)
    assert traffic.when("c") == [1]
    assert traffic.admission.active == frozenset()


def test_the_reason_stands_in_words() -> None:
    names = {"1": "math", "2": "text2sql", "3": "function"}
    holders = ("1", "2")
    assert why(Place(1, ("1",)), names.__getitem__) == "waits for an adapter slot; in use by math"
    assert "in use by math and text2sql;" in why(Place(2, holders, "2"), names.__getitem__)
    assert "the one of text2sql" in why(Place(2, holders, "2"), names.__getitem__)
    assert "function has waited longer" in why(Place(3, holders, yields_to="3"), names.__getitem__)
