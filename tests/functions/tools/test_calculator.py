"""The calculator: arithmetic comes out right, everything else is a sentence, and at once."""

from __future__ import annotations

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lora_ui.errors import Problem
from lora_ui.functions.tools import run_tool


def value(expression: str):
    return run_tool("calculate", {"expression": expression})["result"]


@pytest.mark.parametrize(
    ("expression", "result"),
    [
        ("2 + 3 * 4", 14),
        ("(2 + 3) * 4", 20),
        ("17.5 * 24 - 60", 360),
        ("0.1 + 0.2", 0.3),
        ("2^10", 1024),
        ("2 ** -1", 0.5),
        ("-3 ** 2", -9),
        ("7 // 2 + 7 % 2", 4),
        ("3 × 4 ÷ 6 − 1", 1),
        ("sqrt(2) * sqrt(2)", 2),
        ("factorial(20)", math.factorial(20)),
        ("max(1, 2.5, 2)", 2.5),
        ("round(2.345, 2)", 2.35),
        ("round(1234, -2)", 1200),
        ("log(8, 2) + ln(e)", 4),
        ("2 * π", 6.28318530718),
        ("10 ** 200 // 10 ** 198", 100),
        ("1_000 + 1e3", 2000),
    ],
)
def test_values(expression, result):
    assert value(expression) == result


@pytest.mark.parametrize(
    ("expression", "sentence"),
    [
        ("9**9**9", "more than 301 digits"),
        ("(9**99)**99", "more than 301 digits"),
        ("10**300 * 10**300", "more than 301 digits"),
        ("factorial(99999)", "from 0 to 150"),
        ("factorial(1.5)", "from 0 to 150"),
        ("factorial(factorial(99))", "from 0 to 150"),
        ("round(5, -99999999)", "from -15 to 15"),
        ("1/0", "divides by zero"),
        ("5 % 0", "divides by zero"),
        ("0 ** -1", "divides by zero"),
        ("(-8) ** 0.5", "no finite, real value"),
        ("1e308 * 10", "no finite, real value"),
        ("10**300 * 1.5e300", "no finite, real value"),
        ("sqrt(-1)", "no finite, real value"),
        ("exp(10000)", "no finite, real value"),
        ("__import__('os').system('true')", "is no arithmetic"),
        ("(1).__class__", "is no arithmetic"),
        ("[1][0]", "is no arithmetic"),
        ("'a' * 9", "is no arithmetic"),
        ("lambda: 1", "is no arithmetic"),
        ("[x for x in (1,)]", "is no arithmetic"),
        ("True + 1", "is no arithmetic"),
        ("1j", "is no arithmetic"),
        ("1 << 999999999", "is no arithmetic"),
        ("1 < 2", "is no arithmetic"),
        ("x := 3", "is no arithmetic expression"),
        ("(x := 3)", "is no arithmetic"),
        ("max(1, *(1, 2))", "is no arithmetic"),
        ("round(1, ndigits=2)", "is no arithmetic"),
        ("eval(1)", "is no arithmetic"),
        ("max(1)", "takes 2 to 20 numbers, but 1"),
        ("sin(1, 2)", "takes 1 numbers, but 2"),
        ("-" * 200 + "1", "more than 40 parts"),
        ("2 +", "is no arithmetic expression"),
        ("", "is no arithmetic expression"),
        ("1\x00", "is no arithmetic expression"),
        ("import os", "is no arithmetic expression"),
        ("1" * 301, "calculate cannot run with these arguments"),
    ],
)
def test_everything_else_is_a_sentence(expression, sentence):
    with pytest.raises(Problem) as caught:
        value(expression)
    assert sentence in caught.value.message


def test_long_ones_within_the_limits_are_computed():
    assert value("(" * 140 + "1" + ")" * 140) == 1
    assert value("9" * 299) == int("9" * 299)


@given(st.text(alphabet="0123456789.+-*/%^() ,eπsqrtfactoilmx_[]'", max_size=60))
def test_no_text_does_more_than_raise_a_problem(expression):
    try:
        result = value(expression)
    except Problem:
        return
    assert isinstance(result, int | float)
    assert math.isfinite(result)


@given(st.integers(-999, 999), st.integers(-999, 999), st.sampled_from(["+", "-", "*"]))
def test_whole_numbers_are_exact(left, right, operator):
    wanted = {"+": left + right, "-": left - right, "*": left * right}[operator]
    assert value(f"({left}) {operator} ({right})") == wanted
