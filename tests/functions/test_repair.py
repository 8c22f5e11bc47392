"""Suggested repairs: guesses with what the schema says to them, and nothing that could be run."""

from __future__ import annotations

import pytest

from lora_ui.functions import parse_calls
from lora_ui.functions.repair import MAX_CHARACTERS, as_text, suggest
from lora_ui.functions.results import Call, CallError, ParseResult
from lora_ui.functions.samples import sample

WEATHER = sample("weather").functions
OPEN = '<tool_call>{"name": "get_weather", "arguments": {"city": "Oslo", "unit": "cel'


def suggested(text: str, finish_reason: str = "stop"):
    return suggest(text, parse_calls(text, WEATHER, "auto", finish_reason), WEATHER)


def test_a_truncated_call_is_guessed_and_judged():
    (guess,) = suggested(OPEN, "length")
    assert guess.name == "get_weather"
    assert guess.arguments["city"] == "Oslo"
    assert not guess.would_be_valid
    assert guess.problems[0][0] == "$.unit"
    assert OPEN[guess.start : guess.end].endswith("cel")


def test_a_malformed_call_is_guessed():
    text = '<tool_call>{"name": "get_weather", "arguments": {"city": Oslo}}</tool_call>'
    (guess,) = suggested(text)
    assert guess.arguments == {"city": "Oslo"}
    assert guess.would_be_valid
    assert "would satisfy the schema" in as_text((guess,))


def test_a_guess_is_no_call_and_stays_out_of_the_result():
    result = parse_calls(OPEN, WEATHER, "auto", "length")
    (guess,) = suggest(OPEN, result, WEATHER)
    assert not isinstance(guess, Call)
    assert result.calls == []
    assert "$.unit" in as_text((guess,))


@pytest.mark.parametrize(
    ("text", "arguments"),
    [
        ('[TOOL_CALLS]get_weather{"city": "Oslo"', {"city": "Oslo"}),
        ('[TOOL_CALLS] [{"name": "get_weather", "arguments": {"city": "Oslo"', {"city": "Oslo"}),
        ("{'name': 'get_weather', 'parameters': {'city': 'Rome'", {"city": "Rome"}),
    ],
)
def test_names_and_arguments_in_other_places(text, arguments):
    (guess,) = suggest(text, broken(text), WEATHER)
    assert guess.name == "get_weather"
    assert guess.arguments == arguments


def test_an_unknown_name_is_told():
    (guess,) = suggest('{"name": "fly", "arguments": {', broken('{"name": "fly", "arg'), WEATHER)
    assert "no function called “fly”" in guess.problems[0][1]


@pytest.mark.parametrize(
    "text",
    ["", "get_weather(", "{" * 3000, "[" * 3000, '{"name": ' + "x" * MAX_CHARACTERS, "{}", "{'a'"],
)
def test_where_there_is_nothing_to_guess(text):
    assert suggest(text, broken(text), WEATHER) == ()


def test_valid_answers_and_other_errors_get_none():
    assert suggested("Hello.") == ()
    assert suggested('<tool_call>{"name": "fly", "arguments": {}}</tool_call>') == ()


def broken(text: str) -> ParseResult:
    error = CallError(kind="malformed", message="broken", start=0, end=len(text))
    return ParseResult(errors=[error])
