"""Judging answers."""

from __future__ import annotations

import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lora_ui.compare.expect import KINDS, expectation, judge, last_number


def passes(kind: str, value: str, answer: str) -> bool:
    verdict = judge([expectation(kind, value)], answer)
    assert verdict is not None
    assert verdict.reason
    return verdict.passed


@pytest.mark.parametrize(
    ("kind", "value", "answer", "expected"),
    [
        ("contains", "Paris", "It is PARIS.", True),
        ("contains", "from books", "SELECT *\n  FROM   books", True),
        ("contains", "Paris", "It is Rome.", False),
        ("equals", "SELECT 1", "  SELECT 1\n", True),
        ("equals", "SELECT 1", "select 1", False),
        ("regex", r"(?i)count\(", "SELECT COUNT(*)", True),
        ("regex", r"^\d+$", "12a", False),
        ("number", "42", "so 40 + 2 = 42.", True),
        ("number", "42", "#### 42\nThat took 3 steps", True),
        ("number", "42", "#### Step 1\nadd, the total is 42", True),
        ("number", "1250", "it costs $1,250.00", True),
        ("number", "-5", "-$5", True),
        ("number", "5", "10-5", True),
        ("number", "-5", "x = −5", True),
        ("number", "0.3333333", "1/3 is 0.33333333", True),
        ("number", "42", "43", False),
        ("number", "0", "0.0", True),
        ("number", "0", "0.001", False),
        ("number", "42", "none at all", False),
        ("number", "3.5", "#### $3.50", True),
    ],
)
def test_each_kind(kind: str, value: str, answer: str, expected: bool):
    assert passes(kind, value, answer) is expected


def test_all_conditions_must_hold_and_the_first_that_fails_is_named():
    conditions = [expectation("contains", "a"), expectation("contains", "z")]
    verdict = judge(conditions, "abc")
    assert verdict is not None
    assert not verdict.passed
    assert "“z”" in verdict.reason


def test_nothing_expected_gives_no_verdict():
    assert judge([], "anything") is None


def test_an_expression_that_explodes_fails_within_a_second():
    bombs = [expectation("regex", r"(?:a|aa)+$"), expectation("regex", r"(a{1,1000}){1,1000}b")]
    for bomb in bombs:
        began = time.process_time()
        verdict = judge([bomb, *bombs], "a" * 4000 + "c")
        assert verdict is not None
        assert not verdict.passed
        assert time.process_time() - began < 1
        assert "simplify" in verdict.reason


def test_huge_answers_are_judged_quickly():
    began = time.monotonic()
    for answer in ("9" * 200_000, "1," * 100_000, "-" * 200_000, "#" * 200_000, " " * 200_000):
        for kind in KINDS:
            judge([expectation(kind, "1")], answer)
    assert time.monotonic() - began < 5


@given(st.integers(-(10**12), 10**12))
def test_whole_numbers_are_found_in_any_writing(number: int):
    for written in (f"{number}", f"{number:,}", f"so: {number:,}.", f"#### {number}\nor 7"):
        assert last_number(written) == number


@given(st.sampled_from(KINDS), st.text())
def test_any_answer_gets_a_verdict(kind: str, answer: str):
    assert judge([expectation(kind, "1")], answer) is not None
