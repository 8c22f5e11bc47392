"""Texts that are made to break a parser, or to keep it busy, come to a result like any other.

None of these asserts a time. What took time that grows with the square of the length would hardly
end: the timeout is there for that. `make bench ARGS="--only parser"` measures whole megabytes.
"""

from __future__ import annotations

import json
import sys
from collections.abc import Callable
from typing import Any

import pytest

from lora_ui.bench.hostile import CALLS, DEEP, FUNCTIONS, Hostile, hostile, nested, prose
from lora_ui.functions import ParseResult, StreamParser, parse_calls

LONG = 30_000
MEGABYTE = 1_000_000
HOSTILE = hostile()
FORMATS = (*CALLS, "auto")
JSON_FORMATS = [f for f in CALLS if f not in ("pythonic", "lfm2", "functiongemma", "qwen3_coder")]


def sound(result: ParseResult, text: str) -> ParseResult:
    """Whatever came, it is inside the text, in order, valid and free of what JSON can't say."""
    at = 0
    for call in result.calls:
        assert at <= call.start < call.end <= len(text)
        assert call.name == "f"
        at = call.end
    assert all(0 <= error.start <= error.end <= len(text) for error in result.errors)
    json.dumps(result.model_dump(), allow_nan=False)
    return result


def calls_made(run: Callable[[], Any]) -> int:
    """How many functions, of Python and of C, were called: work without a clock."""
    count = 0

    def seen(_frame: object, event: str, _arg: object) -> None:
        nonlocal count
        count += event in ("call", "c_call")

    sys.setprofile(seen)
    try:
        run()
    finally:
        sys.setprofile(None)
    return count


@pytest.mark.timeout(60)
@pytest.mark.parametrize("case", HOSTILE, ids=lambda case: f"{case.format}: {case.name}")
def test_a_long_one_comes_to_a_result(case: Hostile) -> None:
    text = case.make(LONG)
    sound(parse_calls(text, FUNCTIONS, case.format, "length"), text)


@pytest.mark.parametrize("case", HOSTILE, ids=lambda case: f"{case.format}: {case.name}")
def test_work_grows_no_faster_than_the_text(case: Hostile) -> None:
    counts = [
        calls_made(lambda size=size: parse_calls(case.make(size), FUNCTIONS, case.format))
        for size in (1_000, 4_000)
    ]
    assert counts[1] < 4.5 * counts[0] + 2_000


@pytest.mark.parametrize("case", HOSTILE, ids=lambda case: f"{case.format}: {case.name}")
def test_a_stream_of_it_gives_the_same_and_grows_no_faster(case: Hostile) -> None:
    def stream(text: str) -> ParseResult:
        parser = StreamParser(FUNCTIONS, case.format)
        for at in range(0, len(text), 7):
            parser.feed(text[at : at + 7])
        return parser.finish("length")

    for size in (3_000,):
        text = case.make(size)
        assert stream(text) == parse_calls(text, FUNCTIONS, case.format, "length")
    counts = [calls_made(lambda size=size: stream(case.make(size))) for size in (1_000, 4_000)]
    assert counts[1] < 4.5 * counts[0] + 2_000


@pytest.mark.timeout(60)
@pytest.mark.parametrize("format", FORMATS)
def test_prose_is_content(format: str) -> None:
    text = prose(MEGABYTE)
    result = parse_calls(text, FUNCTIONS, format)
    assert (result.calls, result.errors, result.content) == ([], [], text.strip())


@pytest.mark.parametrize("format", CALLS)
@pytest.mark.parametrize("reason", ["stop", "length"])
def test_what_is_nested_too_deep_and_not_closed_is_an_error(format: str, reason: str) -> None:
    text = nested(format, DEEP, closed=False)
    result = sound(parse_calls(text, FUNCTIONS, format, reason), text)
    assert result.calls == []
    assert {error.kind for error in result.errors} <= {"malformed", "truncated"}
    assert result.errors


@pytest.mark.parametrize("format", CALLS)
def test_what_is_nested_deep_and_closed_is_one_call_or_one_error(format: str) -> None:
    text = nested(format, DEEP)
    result = sound(parse_calls(text, FUNCTIONS, format), text)
    assert len(result.calls) + len(result.errors) == 1
    assert result.content is None


@pytest.mark.parametrize("format", CALLS)
def test_what_is_nested_a_little_is_a_call(format: str) -> None:
    text = nested(format, 30)
    parameters = {"type": "object", "properties": {"x": {"type": "array"}}}
    functions = [{"name": "f", "parameters": parameters}]
    (call,) = sound(parse_calls(text, functions, format), text).calls
    value, depth = call.arguments["x"], 0
    while value:
        value, depth = value[0], depth + 1
    assert depth == 29


@pytest.mark.parametrize("format", CALLS)
def test_a_thousand_calls_are_a_thousand_calls(format: str) -> None:
    begin, end = CALLS[format]
    text = "".join(f"{begin}{number}{end}\n" for number in range(1000))
    result = sound(parse_calls(text, FUNCTIONS, format), text)
    # text that nothing types stays text where the schema says no type
    values = [str(call.arguments["x"]) for call in result.calls]
    assert values == [str(number) for number in range(1000)]
    assert (result.errors, result.content) == ([], None)


@pytest.mark.parametrize("format", CALLS)
@pytest.mark.parametrize(
    "number",
    ["1e999999", "-1e999999", "1" * 5_000, "-" + "9" * 5_000, "1" * 400 + ".5", "1e-999999"],
)
def test_huge_numbers_are_numbers_that_json_knows_or_errors(format: str, number: str) -> None:
    begin, end = CALLS[format]
    text = begin + number + end
    result = sound(parse_calls(text, FUNCTIONS, format), text)
    assert len(result.calls) + len(result.errors) == 1
    assert result.content is None


@pytest.mark.parametrize("format", JSON_FORMATS)
@pytest.mark.parametrize("word", ["NaN", "Infinity", "-Infinity"])
def test_words_that_are_not_json_are_malformed(format: str, word: str) -> None:
    begin, end = CALLS[format]
    result = parse_calls(begin + word + end, FUNCTIONS, format)
    assert [error.kind for error in result.errors] == ["malformed"]
    assert result.calls == []


@pytest.mark.parametrize("format", JSON_FORMATS)
def test_of_a_key_that_stands_twice_the_last_one_counts_or_none(format: str) -> None:
    begin, end = CALLS[format]
    text = f'{begin}1, "x": 2{end}'
    result = sound(parse_calls(text, FUNCTIONS, format), text)
    assert [call.arguments for call in result.calls] in ([{"x": 2}], [])
    assert len(result.calls) + len(result.errors) == 1


@pytest.mark.parametrize("format", JSON_FORMATS)
def test_strange_characters_in_a_string_stay_as_they_are(format: str) -> None:
    begin, end = CALLS[format]
    strange = "\ufeff \u2028 \u202e \x7f 𝕏 é\u0301"
    for written in (json.dumps(strange), json.dumps(strange, ensure_ascii=False)):
        text = f"\ufeff{begin}{written}{end}\udc00"
        (call,) = sound(parse_calls(text, FUNCTIONS, format), text).calls
        assert call.arguments == {"x": strange}


@pytest.mark.parametrize("format", JSON_FORMATS)
def test_half_a_surrogate_pair_is_no_character(format: str) -> None:
    """No file and no request could hold it."""
    begin, end = CALLS[format]
    for escape in (r"\ud83c", r"\udf27\ud83c"):
        result = parse_calls(f'{begin}"a {escape}"{end}', FUNCTIONS, format)
        assert [error.kind for error in result.errors] == ["malformed"]
    (call,) = parse_calls(rf'{begin}"\ud83c\udf27"{end}', FUNCTIONS, format).calls
    assert call.arguments == {"x": "🌧"}


@pytest.mark.parametrize("format", FORMATS)
@pytest.mark.parametrize("sign", ["\x00", "\ud800", "\ufeff", "\r", "\u2028", "\x1b[31m"])
def test_strange_characters_anywhere_are_no_exception(format: str, sign: str) -> None:
    begin, end = CALLS.get(format, CALLS["hermes"])
    whole = f"{begin}1{end}"
    for at in range(len(whole) + 1):
        text = whole[:at] + sign + whole[at:]
        sound(parse_calls(text, FUNCTIONS, format), text)


@pytest.mark.parametrize("format", FORMATS)
def test_every_beginning_of_a_call_is_no_exception_and_no_call(format: str) -> None:
    begin, end = CALLS.get(format, CALLS["hermes"])
    whole = f'{begin}"a"{end}'
    for at in range(len(begin) + 3):
        for reason in ("stop", "length"):
            result = sound(parse_calls(whole[:at], FUNCTIONS, format, reason), whole)
            assert result.calls == []


@pytest.mark.timeout(60)
@pytest.mark.parametrize(
    "pattern", ["^(a+)+$", "^(a|a)*$", "^(a|aa)+$", "^([a-z]+)*$", "(.*a){25}$", "^(?=(a+)+$)"]
)
def test_a_pattern_that_backtracks_is_an_error_and_not_a_wait(pattern: str) -> None:
    functions = [
        {
            "name": "f",
            "parameters": {"type": "object", "properties": {"x": {"pattern": pattern}}},
        }
    ]
    text = f'<tool_call>{{"name": "f", "arguments": {{"x": "{"a" * 5_000}!"}}}}</tool_call>'
    result = sound(parse_calls(text * 20, functions, "hermes"), text * 20)
    assert {error.kind for error in result.errors} == {"invalid_arguments"}
    assert {error.path for error in result.errors} <= {"$", "$.x"}
    assert len(result.errors) == 20


@pytest.mark.timeout(60)
def test_a_schema_that_refers_to_itself_comes_to_an_end() -> None:
    loop = {"$ref": "#/$defs/loop"}
    functions = [
        {
            "name": "f",
            "parameters": {
                "properties": {"x": loop},
                "$defs": {"loop": {"anyOf": [{"items": loop}, {"items": loop}, {"type": "null"}]}},
            },
        }
    ]
    for levels in (5, 30, 200):
        text = nested("hermes", levels)
        sound(parse_calls(text, functions, "hermes"), text)


@pytest.mark.parametrize(
    "value",
    [
        "__import__('os').system('touch hacked')",
        "open('hacked', 'w')",
        "exec('raise SystemExit')",
        "9**9**9",
        "'a' * 10**9",
        "[0] * 10**9",
        "lambda: 1",
        "x",
        "x.y",
        "f(x=1)",
        "(yield)",
        "f'{9**9}'",
        "1 if 1 else 2",
        "not 1",
        "1 < 2",
        "...",
        "{**{}}",
        "[*[]]",
        "b'x'",
        "1j",
        "{1, 2}",
    ],
)
@pytest.mark.parametrize("format", ["pythonic", "lfm2"])
def test_nothing_is_evaluated(value: str, format: str) -> None:
    begin, end = CALLS[format]
    result = parse_calls(f"{begin}{value}{end}", FUNCTIONS, format)
    assert result.calls == []
    assert result.errors
    assert {error.kind for error in result.errors} == {"malformed"}


def test_after_very_many_bare_values_only_a_marker_begins_a_call():
    many = '{"a": 1} ' * 20_000
    call = '{"name": "f", "arguments": {"s": "x"}}'
    functions = [{"name": "f", "parameters": {"type": "object"}}]
    marked = parse_calls(f"{many}<tool_call>\n{call}\n</tool_call>", functions, "auto")
    assert [c.name for c in marked.calls] == ["f"]
    assert parse_calls(many + call, functions, "llama3_json").calls == []
    assert len(parse_calls('{"a": 1} ' * 5_000 + call, functions, "llama3_json").calls) == 1
