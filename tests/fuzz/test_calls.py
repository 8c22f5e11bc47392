"""A sample of the inputs, the same in every run of the tests; and that a breach would be seen."""

from __future__ import annotations

from collections import Counter
from typing import Any

import pytest

from lora_ui.functions import Call, ParseResult, StreamParser
from tests.fuzz import calls
from tests.fuzz.calls import FORMATS, check, check_result, make

SAMPLE = 2_000


def test_a_sample_finds_nothing() -> None:
    verdicts = Counter(check(number) for number in range(SAMPLE))
    assert verdicts.keys() == {"valid", "invalid", "truncated", "no_call"}
    # or the inputs would be too far from what models write to reach much of the parser
    assert min(verdicts.values()) > SAMPLE / 200


def test_the_same_number_is_the_same_input_and_every_format_has_some() -> None:
    inputs = [make(number) for number in range(300)]
    assert inputs == [make(number) for number in range(300)]
    assert {given.format for given in inputs} == set(FORMATS)
    assert all("".join(given.pieces) == given.text for given in inputs)


@pytest.mark.parametrize(
    "result",
    [
        ParseResult(content="nothing of it"),
        ParseResult(content=" "),
        ParseResult(calls=[Call(name="get_time", arguments={}, start=0, end=10_000)]),
        ParseResult(calls=[Call(name="add", arguments={"a": "1"}, start=0, end=1)]),
        ParseResult(calls=[Call(name="os.system", arguments={}, start=0, end=1)]),
    ],
)
def test_a_wrong_result_would_be_seen(result: ParseResult) -> None:
    with pytest.raises(Exception):  # noqa: B017, PT011 - any: the run counts it as found
        check_result(make(7), result)


def test_pieces_that_give_another_result_would_be_seen(monkeypatch: pytest.MonkeyPatch) -> None:
    class Forgetful(StreamParser):
        def feed(self, chunk: str) -> Any:
            return super().feed(chunk.strip("<{[t"))

    monkeypatch.setattr(calls, "StreamParser", Forgetful)
    with pytest.raises(AssertionError, match="another result"):
        any(check(number) is None for number in range(200))
