"""The scanners against `json.loads` and `ast.literal_eval`, which know what is right."""

from __future__ import annotations

import ast
import json
import warnings
from collections.abc import Iterator
from typing import Any

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from lora_ui.functions.scanning import (
    MAX_DEPTH,
    after_fence,
    scan_json,
    scan_python,
    skip_balanced,
    whole_value,
)
from lora_ui.functions.scanning.skipping import stopping_at

SCALARS = (
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False)
)
JSON = st.recursive(
    SCALARS | st.text(),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(), inner, max_size=4),
)
CONTAINERS = st.lists(JSON, max_size=4) | st.dictionaries(st.text(), JSON, max_size=4)
PYTHON = st.recursive(
    SCALARS | st.text(),
    lambda inner: (
        st.lists(inner, max_size=4)
        | st.lists(inner, max_size=4).map(tuple)
        | st.dictionaries(st.text(), inner, max_size=4)
    ),
)
JSON_BODIES = st.text(alphabet='\\"u0dc8/bnx é\n\t', max_size=20)
PYTHON_BODIES = st.text(alphabet="\\'\"nxuN{}01789 acé\n", max_size=20)


def same(one: Any, other: Any) -> bool:
    """Equal with the types: 1, 1.0 and true are three values."""
    return json.dumps(one) == json.dumps(other)


def listed(value: Any) -> Any:
    """As JSON has it: tuples are lists."""
    if isinstance(value, (list, tuple)):
        return [listed(item) for item in value]
    return {k: listed(v) for k, v in value.items()} if isinstance(value, dict) else value


def keys(value: Any) -> Iterator[Any]:
    """The keys of all objects in a value."""
    if isinstance(value, dict):
        yield from value
    for item in (
        value.values()
        if isinstance(value, dict)
        else value
        if isinstance(value, (list, tuple))
        else ()
    ):
        yield from keys(item)


def literal(text: str) -> Any:
    """What Python reads, or ... where it reads no literal."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # escapes that are none
        try:
            return ast.literal_eval(text)
        except (SyntaxError, ValueError):
            return ...


@given(JSON, st.booleans(), st.sampled_from([None, 0, 3, "\t"]))
def test_json_is_read_as_json_reads_it(value: Any, ascii: bool, indent: int | str | None) -> None:
    text = json.dumps(value, ensure_ascii=ascii, indent=indent)
    scan = scan_json("x " + text + " and more", 2)
    assert scan.ok
    assert scan.end == 2 + len(text)
    assert same(scan.value, json.loads(text))


@given(st.lists(st.sampled_from([*'[]{},:"1- ', '"a"', "null", "0.5"]), max_size=10).map("".join))
@example("[1,]")
@example('{"a":1,}')
@example("01")
def test_what_json_refuses_is_refused(text: str) -> None:
    text = "[" + text
    try:
        value = json.loads(text)
    except ValueError:
        value = ...
    scan = scan_json(text, 0)
    whole = scan.ok and not text[scan.end :].strip()
    assert whole == (value is not ...)
    assert not whole or same(scan.value, value)


@given(CONTAINERS, st.data())
def test_every_beginning_of_json_is_cut(value: Any, data: st.DataObject) -> None:
    text = json.dumps(value)
    at = data.draw(st.integers(1, len(text) - 1))
    scan = scan_json(text[:at], 0)
    assert (scan.status, scan.end) == ("cut", at)


@given(JSON_BODIES)
@example(r"\ud83c\udf27")
@example("\\u00e")
def test_a_json_string_is_one_where_json_says_so(body: str) -> None:
    text = f'["{body}"]'
    scan = scan_json(text, 0)
    try:
        value = json.loads(text)
    except ValueError:
        value = ...
    if value is ... or any("\ud800" <= sign <= "\udfff" for sign in "".join(map(str, value))):
        assert not (scan.ok and scan.end == len(text))
    else:
        assert scan.ok
        assert same(scan.value, value)


def test_json_may_hold_an_escaped_apostrophe_and_no_other_wrong_escape() -> None:
    assert scan_json(r'"it\'s \"so\""', 0).value == 'it\'s "so"'
    assert scan_json(r'"it\'s \q"', 0).why == "why_escape"


@given(PYTHON)
def test_python_is_read_as_python_reads_it(value: Any) -> None:
    text = repr(value)
    scan = scan_python(text, 0)
    assert scan.ok
    assert scan.end == len(text)
    assert same(scan.value, listed(ast.literal_eval(text)))


@given(PYTHON_BODIES, st.sampled_from(["'", '"', "'''", '"""']), st.sampled_from(["", "r", "U"]))
@example("\\N{DASH}", "'", "")
@example("\\777", "'", "")
@example("a\\\nb", "'", "")
@example(r"\a\b\f\n\r\t\v\0\\\'\"\q", "'", "")
def test_a_python_string_is_one_where_python_says_so(body: str, quote: str, prefix: str) -> None:
    text = prefix + quote + body + quote
    value, scan = literal(text), scan_python(text, 0)
    if isinstance(value, str) and not any("\ud800" <= sign <= "\udfff" for sign in value):
        assert scan.ok
        assert (scan.value, scan.end) == (value, len(text))
    else:
        assert not (scan.ok and scan.end == len(text))


@given(st.lists(st.sampled_from([*"[](){},: ", "'a'", "1", "None"]), max_size=10).map("".join))
@example("(1,),]")
@example("('a' 'b'),(1),()]")
@example("{'a':1,},]")
def test_what_python_refuses_is_refused(text: str) -> None:
    text = "[" + text
    value, scan = literal(text), scan_python(text, 0)
    whole = scan.ok and not text[scan.end :].strip()
    try:
        wanted = json.dumps(listed(value))
    except TypeError:  # sets, keys that are no text, and what is no literal
        assert not whole
    else:
        assert whole == all(isinstance(key, str) for key in keys(value))
        assert not whole or json.dumps(scan.value) == wanted


@given(st.text(alphabet="+-_.0123456789eExXoObBaA", min_size=1, max_size=12))
def test_a_python_number_is_one_where_python_says_so(text: str) -> None:
    value, scan = literal(text), scan_python(text, 0)
    whole = scan.ok and scan.end == len(text)
    # Python takes more: underscores anywhere between digits, leading zeros of floats, sums.
    if whole:
        assert same(scan.value, value)
    elif value is not ... and not set("_+-") & set(text[1:]) and text.lstrip("+-")[:1] != "0":
        assert isinstance(value, float)
        assert scan.why == "why_infinite"


@pytest.mark.parametrize("scan", [scan_json, scan_python])
def test_depth_has_a_limit(scan: Any) -> None:
    assert scan("[" * MAX_DEPTH + "]" * MAX_DEPTH, 0).ok
    deep = scan("[" * 50_000, 0)
    assert (deep.status, deep.why, deep.end) == ("bad", "why_deep", MAX_DEPTH)


def test_a_scan_tells_where_the_outermost_values_are() -> None:
    text = '{"name": "f", "arguments": {"x": [1]}, "id": 7}'
    fields = scan_json(text, 0).fields
    assert {key: text[start:end] for key, (start, end) in fields.items()} == {
        "name": '"f"',
        "arguments": '{"x": [1]}',
        "id": "7",
    }


@given(st.dictionaries(st.text(), JSON, max_size=4))
def test_quoted_json_may_hold_raw_apostrophes(value: dict[str, Any]) -> None:
    text = f"""{{"name": "f", "arguments": '{json.dumps(value, ensure_ascii=False)}'}}"""
    scan = scan_json(text, 0, ("arguments",))
    assert scan.ok
    assert same(scan.value, {"name": "f", "arguments": value})
    assert not scan_json(text, 0).ok


@given(JSON)
def test_a_whole_value_may_have_stray_closers_and_nothing_else(value: Any) -> None:
    text = json.dumps(value)
    found = whole_value(f" {text} }}]\n")
    assert found.ok
    assert same(found.value, value)
    assert not whole_value(text + " x").ok


@given(CONTAINERS, st.text(alphabet="}]){[(\"' x", max_size=10))
def test_what_cannot_be_read_is_skipped_to_its_closing_bracket(value: Any, behind: str) -> None:
    text = json.dumps(value)
    assert skip_balanced(text + behind, 1, 1, stopping_at([])) == (len(text), True)
    assert skip_balanced(text[:-1], 1, 1, stopping_at([])) == (len(text) - 1, False)


def test_skipping_stops_at_a_marker_but_not_in_a_string() -> None:
    text = '[1, "<end>", x <end> ]'
    assert skip_balanced(text, 1, 1, stopping_at(["<end>"])) == (text.rindex("<end>"), False)


@pytest.mark.parametrize("fence", ["```json\n", "``` \r\n", "```", " \n```c++\n  "])
def test_the_opening_of_a_fence_is_passed(fence: str) -> None:
    assert after_fence(f"x{fence}{{}}", 1) == 1 + len(fence)
