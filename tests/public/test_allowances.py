"""Allowances: so many a minute for a visitor and for an address, and no memory that grows."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lora_ui.errors import Problem
from lora_ui.public import allowances as module
from lora_ui.public.allowances import ADDRESS_FACTOR, PATIENCE_S, Allowances, address_of
from tests.public.clock import Clock


def ask(allowances: Allowances, visitor: str, answers: int) -> int:
    """How many of so many were allowed."""
    allowed = 0
    for _ in range(answers):
        try:
            with allowances.take(visitor):
                allowed += 1
        except Problem:
            pass
    return allowed


def test_an_allowance_is_used_up_and_comes_back_with_time():
    clock = Clock()
    allowances = Allowances(6, clock=clock)
    assert ask(allowances, "a", 10) == 6
    assert ask(allowances, "b", 1) == 1
    with pytest.raises(Problem, match=r"6 answers a minute, and yours are used up.* about 10 s"):
        allowances.check("a", 1)
    clock.move(20)
    allowances.check("a", 2)
    with pytest.raises(Problem):
        allowances.check("a", 3)
    assert ask(allowances, "a", 10) == 2
    clock.move(3600)
    assert ask(allowances, "a", 10) == 6


@given(st.lists(st.tuples(st.floats(0, 30), st.integers(0, 9)), max_size=30))
def test_no_minute_brings_more_than_twice_the_allowance(steps):
    clock = Clock()
    allowances = Allowances(6, clock=clock)
    given_at: list[float] = []
    for seconds, answers in steps:
        clock.move(seconds)
        given_at += [clock()] * ask(allowances, "a", answers)
    for began in given_at:
        assert sum(began <= at <= began + 60 for at in given_at) <= 12


def test_the_widest_comparison_fits_into_the_allowance():
    allowances = Allowances(3, burst=8, clock=Clock())
    allowances.check("a", 8)
    assert ask(allowances, "a", 9) == 8


def test_patient_answers_are_due_one_after_another():
    clock = Clock()
    allowances = Allowances(6, clock=clock)
    ask(allowances, "a", 6)
    with (
        allowances.take("a", patient=True) as first,
        allowances.take("a", patient=True) as second,
    ):
        assert (first.due_s - clock(), second.due_s - clock()) == (10, 20)
        assert (first.number(clock()), second.number(clock())) == (1, 2)
        clock.move(20)
    clock.move(10)
    allowances.check("a", 1)
    with pytest.raises(Problem):
        allowances.check("a", 2)


def test_what_is_left_before_it_is_due_is_given_back():
    clock = Clock()
    allowances = Allowances(6, clock=clock)
    ask(allowances, "a", 6)
    for _ in range(50):
        with allowances.take("a", patient=True):
            pass
    clock.move(10)
    allowances.check("a", 1)


def test_patience_has_an_end():
    allowances = Allowances(1, clock=Clock())
    ask(allowances, "a", 1)
    with pytest.raises(Problem, match="ask again in about 11 min"):
        hold_all(allowances, "a", int(PATIENCE_S / 60) + 1)


def hold_all(allowances: Allowances, visitor: str, answers: int) -> None:
    if answers:
        with allowances.take(visitor, patient=True):
            hold_all(allowances, visitor, answers - 1)


def test_new_sessions_do_not_bring_an_address_more():
    clock = Clock()
    allowances = Allowances(6, clock=clock)
    for number in range(10):
        allowances.meet(f"session{number}", "203.0.113.7")
    allowed = sum(ask(allowances, f"session{number}", 6) for number in range(10))
    assert allowed == 6 * ADDRESS_FACTOR
    with pytest.raises(Problem, match=f"network address together.* {6 * ADDRESS_FACTOR} answers"):
        allowances.check("session9", 1)
    allowances.meet("elsewhere", "203.0.113.8")
    assert ask(allowances, "elsewhere", 6) == 6


def test_this_machine_is_no_address():
    allowances = Allowances(6, clock=Clock())
    for number in range(10):
        allowances.meet(f"session{number}", "127.0.0.1")
    assert sum(ask(allowances, f"session{number}", 6) for number in range(10)) == 60


@pytest.mark.parametrize(
    ("host", "address"),
    [
        ("203.0.113.7", "203.0.113.7"),
        ("2001:db8:1:2:3:4:5:6", "2001:db8:1:2::/64"),
        ("2001:db8:1:2:ffff::1", "2001:db8:1:2::/64"),
        ("::ffff:203.0.113.7", "203.0.113.7"),
        ("fe80::1%eth0", "fe80::/64"),
        ("127.0.0.1", None),
        ("127.8.8.8", None),
        ("::1", None),
        ("::ffff:127.0.0.1", None),
        ("testclient", None),
        ("", None),
        (None, None),
    ],
)
def test_what_counts_as_one_address(host, address):
    assert address_of(host) == address


def test_visitors_who_come_no_more_are_forgotten():
    clock = Clock()
    allowances = Allowances(6, clock=clock)
    for number in range(500):
        ask(allowances, f"visitor{number}", 6)
        clock.move(1)
    assert len(allowances) <= 62  # those of the last minute


def test_a_flood_of_visitors_takes_bounded_memory(monkeypatch):
    monkeypatch.setattr(module, "MOST_KNOWN", 100)
    allowances = Allowances(6, clock=Clock())
    for number in range(1000):
        allowances.meet(f"visitor{number}", f"203.0.{number // 250}.{number % 250}")
        ask(allowances, f"visitor{number}", 6)
    assert len(allowances) <= 100
