"""The door: never too many at once, no seat ever lost, everybody gets a turn."""

from __future__ import annotations

import asyncio
from contextlib import ExitStack, aclosing

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lora_ui.errors import Problem
from lora_ui.public.door import Door, Place, Turn
from tests.public.clock import Clock


class Crowd:
    """Answers at a door, each of which may leave whenever a test says so."""

    def __init__(self, door: Door) -> None:
        self.door = door
        self.turns: list[Turn] = []
        self._exits: dict[Turn, ExitStack] = {}

    def come(self, visitor: str, *, patient: bool = False) -> Turn:
        stack = ExitStack()
        turn = stack.enter_context(self.door.enter(visitor, patient=patient))
        self._exits[turn] = stack
        self.turns.append(turn)
        return turn

    def go(self, turn: Turn) -> None:
        self.turns.remove(turn)
        self._exits.pop(turn).close()

    def seated(self) -> list[Turn]:
        return [turn for turn in self.turns if turn.has_come]

    def line(self) -> list[Turn]:
        waiting = [turn for turn in self.turns if not turn.has_come]
        return sorted(waiting, key=lambda turn: self.door.place(turn).number)


def crowd(seats: int = 2, queue: int = 5, at_once: int = 2, clock: Clock | None = None) -> Crowd:
    return Crowd(Door(seats, queue, at_once, clock or Clock()))


comings = st.tuples(st.just("come"), st.sampled_from("abcd"), st.booleans())
goings = st.tuples(st.just("go"), st.integers(0, 50), st.just(True))


@given(
    st.integers(1, 4),
    st.integers(0, 6),
    st.integers(1, 4),
    st.lists(st.one_of(comings, goings), max_size=60),
)
def test_whatever_happens_the_seats_are_kept(seats, queue, at_once, happenings):
    people = crowd(seats, queue, at_once)
    for what, who, patient in happenings:
        if what == "come":
            room = len(people.turns) < seats + queue
            if patient or room:
                people.come(who, patient=patient)
            else:
                with pytest.raises(Problem, match="full"):
                    people.come(who)
        elif people.turns:
            people.go(people.turns[who % len(people.turns)])
        look_at(people, seats, at_once)
    while people.turns:  # everybody has a turn, if the others only end
        assert people.seated()
        people.go(people.seated()[0])
    assert (people.door.running, people.door.waiting) == (0, 0)


def look_at(people: Crowd, seats: int, at_once: int) -> None:
    seated, line = people.seated(), people.line()
    assert (people.door.running, people.door.waiting) == (len(seated), len(line))
    assert len(seated) <= seats
    of = {v: sum(turn.visitor == v for turn in seated) for v in "abcd"}
    assert max(of.values()) <= at_once
    free_to_begin = [turn for turn in line if of[turn.visitor] < at_once]
    assert len(seated) == seats or not free_to_begin
    assert [people.door.place(turn).number for turn in line] == list(range(1, len(line) + 1))


@given(st.integers(1, 3), st.lists(st.sampled_from("ab"), min_size=1, max_size=30))
def test_a_visitor_waits_for_one_answer_of_each_other_visitor_at_most(seats, greedy):
    people = crowd(seats, queue=100, at_once=100)
    for visitor in greedy:
        people.come(visitor)
    mine = people.come("me")
    ends = 0
    while not mine.has_come:
        people.go(people.seated()[0])
        ends += 1
    assert ends <= 3  # one for a, one for b, and the one whose seat it is


def test_three_columns_are_not_held_up_by_eight():
    people = crowd(seats=1, queue=20, at_once=8)
    for _ in range(8):
        people.come("eight")
    for _ in range(3):
        people.come("three")
    visitors = [turn.visitor for turn in people.line()]
    assert visitors[:6] == ["eight", "three"] * 3
    assert visitors[6:] == ["eight"] * 4


def test_what_waits_for_its_visitors_own_answers_is_passed_over():
    people = crowd(seats=3, queue=9, at_once=1)
    first, second = people.come("a"), people.come("a")
    other = people.come("b")
    assert (first.has_come, second.has_come, other.has_come) == (True, False, True)
    assert people.door.place(second).own
    people.go(first)
    assert second.has_come


def test_a_full_line_refuses_and_patient_ones_stand_in_it_all_the_same():
    people = crowd(seats=1, queue=1)
    people.come("a")
    people.come("b")
    with pytest.raises(Problem, match=r"full \(1 in line\): ask again in a moment"):
        people.come("c")
    with pytest.raises(Problem):
        people.door.check(1)
    assert not people.come("c", patient=True).has_come
    assert people.door.waiting == 2


def test_a_run_is_refused_as_a_whole():
    people = crowd(seats=2, queue=2)
    people.door.check(4)
    with pytest.raises(Problem):
        people.door.check(5)
    assert people.door.waiting == 0


def test_the_expected_wait_comes_from_how_long_answers_take():
    clock = Clock()
    people = crowd(seats=2, queue=9, at_once=9, clock=clock)
    first, second = people.come("a"), people.come("a")
    third = people.come("b")
    assert people.door.place(third) == Place(1, None, False)
    clock.move(10)
    people.go(first)
    assert third.has_come
    fourth = people.come("c")
    assert people.door.place(fourth) == Place(1, 5.0, False)
    clock.move(10)
    people.go(second)  # it took 20 s, so the mean is 15 s
    assert fourth.has_come
    people.come("d")
    assert people.door.place(people.come("e")) == Place(2, 15.0, False)


async def test_places_are_told_when_they_change_until_the_turn_comes():
    people = crowd(seats=1, queue=9)
    first, second, third = people.come("a"), people.come("b"), people.come("c")
    told: list[int] = []

    async def wait() -> None:
        async with aclosing(third.places(tell_s=0.001)) as places:
            async for place in places:
                told.append(place.number)

    waiting = asyncio.create_task(wait())
    await asyncio.sleep(0.05)
    people.go(first)
    await asyncio.sleep(0.05)
    people.go(second)
    await asyncio.wait_for(waiting, 5)
    assert told == [2, 1]
    assert third.has_come
