"""What people send, checked: each wrong value is one sentence that says what is allowed."""

from __future__ import annotations

import pytest

from lora_ui.compare.asking import FIELDS, allowed, printable, sampling_of, specs_of, stop_strings
from lora_ui.errors import Problem
from lora_ui.sampling import Sampling


def test_empty_fields_are_left_open():
    assert sampling_of(dict.fromkeys(FIELDS, "")) == Sampling()
    assert sampling_of(dict.fromkeys(FIELDS)) == Sampling()


def test_texts_become_numbers():
    given = {"temperature": " 0.7", "top_k": "40", "max_tokens": 5.0, "seed": str(2**60)}
    assert sampling_of(given) == Sampling(temperature=0.7, top_k=40, max_tokens=5, seed=2**60)


@pytest.mark.parametrize(
    ("field", "value", "sentence"),
    [
        ("temperature", "9", "temperature is “9”, but it must be a number at least 0, at most 5."),
        ("temperature", float("nan"), "temperature is nan, but it must be a number"),
        ("top_p", 0, "top_p is 0, but it must be a number above 0, at most 1."),
        ("max_tokens", "1.5", "max_tokens is “1.5”, but it must be a whole number at least 1"),
        ("seed", -1, "seed is -1, but it must be a whole number at least 0"),
        ("stop", ["x"] * 17, "but it must be a list of at most 16 strings."),
        ("top_kk", 1, "top_kk is 1, but it must be one of temperature, top_p"),
    ],
)
def test_a_wrong_value_names_field_finding_and_range(field, value, sentence):
    with pytest.raises(Problem, match="but it must be") as caught:
        sampling_of({field: value})
    assert caught.value.code == "bad_sampling"
    assert sentence in caught.value.message


def test_every_field_says_what_it_takes():
    assert all(allowed(field) for field in FIELDS)


def test_stop_strings_one_a_line():
    assert stop_strings("END\n\n\\n\\n\nx y ") == ("END", "\n\n", "x y ")


def test_a_columns_system_message_comes_first():
    columns = [
        {"key": "a", "adapter": "base", "system": None, "sampling": {}},
        {"key": "b", "adapter": "base", "system": "", "sampling": {"temperature": "1"}},
        {"key": "c", "adapter": "base", "system": "own"},
    ]
    specs = specs_of({"columns": columns}, "shared")
    assert [spec.system for spec in specs] == ["shared", "", "own"]
    assert specs[1].sampling.temperature == 1
    assert [spec.system for spec in specs_of({"columns": columns})] == [None, "", "own"]


@pytest.mark.parametrize(
    "asked", [{"columns": ["x"]}, {"columns": [{}]}, {"columns": [{"key": "a", "adapter": 3}]}]
)
def test_a_request_that_no_page_sends_is_a_problem(asked):
    with pytest.raises(Problem):
        specs_of(asked)


@pytest.mark.parametrize("asked", [None, "", [], {}, {"columns": None}])
def test_no_columns_are_no_specs(asked):
    assert specs_of(asked) == []


def test_lone_surrogates_are_replaced_and_pairs_kept():
    assert printable("a\ud83d b \U0001f600 \u0000") == "a\ufffd b \U0001f600 \u0000"
