"""The parser against the cases in `cases/`, which were written from the rules alone."""

from __future__ import annotations

import json
import random
from collections import Counter
from typing import Any

import pytest

from lora_ui.functions import ParseResult, StreamParser, parse_calls
from tests.functions.cases import CASES, FUNCTIONS, Case

FORMATS = (
    "glaive",
    "hermes",
    "smollm2",
    "llama3_json",
    "functionary_v3.1",
    "mistral",
    "pythonic",
    "lfm2",
    "xlam",
    "granite",
    "granite-20b-fc",
    "deepseek_v3",
    "deepseek_v31",
    "qwen3_coder",
    "phi4_mini_json",
    "functiongemma",
)
EVERY = [pytest.param(case, case.format, id=case.id) for case in CASES] + [
    pytest.param(case, other, id=f"{case.id}-as-{other}") for case in CASES for other in case.also
]


def parsed(case: Case, format: str) -> ParseResult:
    return parse_calls(case.text, case.functions, format, case.finish_reason)


def same(one: Any, other: Any) -> bool:
    """Equal as JSON: 1, 1.0, true and "1" are four values."""
    return json.dumps(one, sort_keys=True) == json.dumps(other, sort_keys=True)


def in_chunks(case: Case, format: str, sizes: random.Random | None) -> ParseResult:
    """The case through the streaming parser: single characters, or chunks of random sizes."""
    parser, at = StreamParser(case.functions, format), 0
    while at < len(case.text):
        size = 1 if sizes is None else sizes.choice((1, 2, 3, 5, 8, 20, 60))
        parser.feed(case.text[at : at + size])
        at += size
    return parser.finish(case.finish_reason)


@pytest.mark.parametrize(("case", "format"), EVERY)
def test_a_case_comes_out_as_written(case: Case, format: str) -> None:
    result = parsed(case, format)
    assert same([[c.name, c.arguments] for c in result.calls], [list(c) for c in case.calls])
    assert result.content == case.content
    kinds = [error.kind for error in result.errors]
    assert len(kinds) == len(case.errors), result.errors
    for error, wanted in zip(result.errors, case.errors, strict=True):
        kind = wanted["kind"]
        assert error.kind in ([kind] if isinstance(kind, str) else kind)
        if "path" in wanted:
            assert error.path == wanted["path"]
        assert wanted.get("at", "") in case.text[error.start : error.end]


@pytest.mark.parametrize(("case", "format"), EVERY)
def test_what_holds_for_every_result_holds(case: Case, format: str) -> None:
    result = parsed(case, format)
    at = 0
    for call in result.calls:
        assert at <= call.start < call.end <= len(case.text)
        assert call.name in case.text[call.start : call.end]
        at = call.end
    for call, covered in zip(result.calls, case.covers, strict=False):
        assert covered in case.text[call.start : call.end]
    for error in result.errors:
        assert 0 <= error.start < error.end <= len(case.text)
        assert error.message.strip() == error.message != ""
        assert "\n" not in error.message
        assert (error.path is not None) == (error.kind == "invalid_arguments")
    kinds = {error.kind for error in result.errors}
    if kinds:
        wanted = "truncated" if kinds == {"truncated"} else "invalid"
    else:
        wanted = "valid" if result.calls else "no_call"
    assert result.verdict == wanted
    assert result.content is None or result.content == result.content.strip() != ""


@pytest.mark.parametrize(("case", "format"), EVERY)
def test_chunks_of_any_size_give_the_same(case: Case, format: str) -> None:
    whole = parsed(case, format)
    assert in_chunks(case, format, None) == whole
    for seed in range(3):
        assert in_chunks(case, format, random.Random(seed)) == whole


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.id)
def test_functions_in_the_form_of_openai_give_the_same(case: Case) -> None:
    wrapped = [{"type": "function", "function": function} for function in case.functions]
    result = parse_calls(case.text, wrapped, case.format, case.finish_reason)
    assert result == parsed(case, case.format)


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.id)
def test_a_result_goes_through_json(case: Case) -> None:
    result = parsed(case, case.format)
    told = json.loads(result.model_dump_json())
    assert told["verdict"] == result.verdict
    assert same(told["calls"], [call.model_dump() for call in result.calls])


def test_there_are_enough_cases_of_every_format() -> None:
    counts = Counter(case.format for case in CASES)
    assert set(counts) == {*FORMATS, "auto"}
    assert min(counts.values()) >= 7
    assert len(CASES) >= 200
    assert len({case.id for case in CASES}) == len(CASES)


@pytest.mark.parametrize("format", FORMATS)
def test_every_format_has_a_call_a_cut_off_one_and_an_unknown_or_wrong_one(format: str) -> None:
    own = [case for case in CASES if case.format == format]
    kinds = {str(error["kind"]) for case in own for error in case.errors}
    assert any(case.calls and not case.errors for case in own)
    assert "truncated" in kinds
    assert kinds & {"unknown_function", "invalid_arguments"}


@pytest.mark.parametrize(
    ("functions", "error"),
    [
        ("get_weather", TypeError),
        ({"name": "f"}, TypeError),
        (None, TypeError),
        ([7], TypeError),
        ([{"name": 7}], TypeError),
        ([{"description": "no name"}], ValueError),
        ([{"name": "f", "parameters": {"type": "float"}}], ValueError),
        ([{"name": "f"}, {"name": "f"}], ValueError),
    ],
)
def test_wrong_functions_raise(functions: Any, error: type[Exception]) -> None:
    with pytest.raises(error):
        parse_calls("", functions)
    with pytest.raises(error):
        StreamParser(functions)


def test_an_unknown_format_raises_and_names_the_known_ones() -> None:
    with pytest.raises(ValueError, match="hermes"):
        parse_calls("", FUNCTIONS, "hermess")
    with pytest.raises(ValueError, match="glaive"):
        StreamParser(FUNCTIONS, "nothing")
