"""Unit conversion: against published values, in the spellings that people and models use."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lora_ui.errors import Problem
from lora_ui.functions.tools import run_tool
from lora_ui.functions.tools.unit_conversion import UNITS, find


def converted(value, source, target):
    given = {"value": value, "from_unit": source, "to_unit": target}
    return run_tool("convert_units", given)


@pytest.mark.parametrize(
    ("value", "source", "target", "result"),
    [
        (26.2, "miles", "kilometers", 42.1648128),
        (1, "lb", "kg", 0.45359237),
        (100, "°C", "°F", 212),
        (-40, "fahrenheit", "celsius", -40),
        (0, "K", "degrees Celsius", -273.15),
        (60, "miles per hour", "km/h", 96.56064),
        (12, "Inches", "cm", 30.48),
        (1, "US gallon", "litres", 3.785411784),
        (1, "imperial pint", "ml", 568.26125),
        (2, "cups", "ml", 473.176473),
        (1, "acre", "m²", 4046.856422),
        (1, "square feet", "sq m", 0.09290304),
        (1, "atm", "hPa", 1013.25),
        (1, "psi", "Pa", 6894.757293),
        (1, "kWh", "MJ", None),
        (1, "kcal", "kJ", 4.184),
        (1, "hp", "W", 745.6998716),
        (1, "GiB", "MB", 1073.741824),
        (90, "minutes", "hours", 1.5),
        (3, "µm", "mm", 0.003),
        (10, "knots", "m/s", 5.144444444),
    ],
)
def test_values(value, source, target, result):
    if result is None:
        with pytest.raises(Problem, match="no unit called “MJ”"):
            converted(value, source, target)
    else:
        assert converted(value, source, target)["value"] == pytest.approx(result, rel=1e-9)


def test_the_answer_names_the_unit():
    answer = converted(5, "km", "mi")
    assert answer == {"value": pytest.approx(3.106855961), "unit": "mile"}


@pytest.mark.parametrize(
    ("value", "source", "target", "sentence"),
    [
        (5, "kg", "m", "kilogram is a unit of mass and meter one of length"),
        (5, "parsec", "m", "no unit called “parsec”"),
        (5, "m**9**9", "m", "no unit called “m[*][*]9[*][*]9”"),
        (-300, "celsius", "kelvin", "below absolute zero"),
        (1e308, "TB", "bit", "too large"),
        (10**400, "m", "km", "too large"),
        ("5", "m", "km", "convert_units cannot run with these arguments"),
        (5, "x" * 99, "km", "convert_units cannot run with these arguments"),
    ],
)
def test_wrong_ones_are_a_sentence(value, source, target, sentence):
    with pytest.raises(Problem, match=sentence):
        converted(value, source, target)


@given(st.sampled_from(sorted(UNITS)), st.sampled_from(sorted(UNITS)), st.floats(1, 1e6))
def test_there_and_back(source, target, value):
    if UNITS[source].dimension != UNITS[target].dimension:
        return
    there = converted(value, source, target)["value"]
    back = converted(there, target, source)["value"]
    assert back == pytest.approx(value, rel=1e-6, abs=1e-6)


def test_every_unit_goes_by_its_own_name():
    assert all(find(unit.name) is unit or find(unit.name) == unit for unit in UNITS.values())
