"""The made-up weather table."""

from __future__ import annotations

import pytest

from lora_ui.errors import Problem
from lora_ui.functions.tools import run_tool


def test_the_same_question_has_the_same_answer():
    first, second = (run_tool("get_weather", {"city": "lisbon, Portugal"}) for _ in range(2))
    assert first == second
    assert first["city"] == "Lisbon"
    assert first["unit"] == "celsius"


def test_the_unit_is_kept():
    celsius = run_tool("get_weather", {"city": "Oslo"})["temperature"]
    told = run_tool("get_weather", {"city": "Oslo", "unit": "fahrenheit"})
    assert told["temperature"] == round(celsius * 9 / 5 + 32)
    assert told["unit"] == "fahrenheit"


def test_a_forecast_has_the_days_asked_for():
    days = run_tool("get_forecast", {"city": "Mexico  City", "days": 5})["days"]
    assert [day["day"] for day in days] == [1, 2, 3, 4, 5]
    assert all(day["low_celsius"] < day["high_celsius"] for day in days)


@pytest.mark.parametrize(
    ("name", "arguments", "sentence"),
    [
        ("get_weather", {"city": "Atlantis"}, "has no “Atlantis”: use one of Amsterdam"),
        ("get_weather", {"city": "Oslo", "unit": "kelvin"}, "cannot run with these arguments"),
        ("get_weather", {}, "cannot run with these arguments"),
        ("get_forecast", {"city": "Oslo", "days": 99}, "cannot run with these arguments"),
        ("launch_rocket", {}, "no built-in function “launch_rocket”"),
    ],
)
def test_wrong_ones_are_a_sentence(name, arguments, sentence):
    with pytest.raises(Problem, match=sentence):
        run_tool(name, arguments)
