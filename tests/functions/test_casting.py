"""Text cast by a schema: what was written as JSON comes back, and nothing is invented."""

from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lora_ui.functions.casting import cast_arguments
from lora_ui.functions.reading import Escaped

TYPED: dict[str, st.SearchStrategy[Any]] = {
    "null": st.none(),
    "boolean": st.booleans(),
    "integer": st.integers(),
    "number": st.integers() | st.floats(allow_nan=False, allow_infinity=False),
    "array": st.lists(st.integers() | st.text(), max_size=4),
    "object": st.dictionaries(st.text(), st.integers() | st.text(), max_size=4),
}
DEFINED = {"$defs": {"a/b": {"type": "integer"}}}


def cast(text: Any, schema: Any, **more: Any) -> Any:
    return cast_arguments({"x": text}, {"properties": {"x": schema}, **more})["x"]


@given(st.sampled_from(sorted(TYPED)), st.data())
def test_a_value_written_as_json_comes_back(type: str, data: st.DataObject) -> None:
    value = data.draw(TYPED[type])
    for schema in ({"type": type}, {"anyOf": [{"type": "string"}, {"type": type}]}):
        got = cast(f" {json.dumps(value)}\n", schema)
        assert json.dumps(got) == json.dumps(value)


@given(st.text() | st.integers().map(str) | st.sampled_from(["true", "null", "[1]", "{}"]))
def test_text_stays_text_where_the_schema_says_string(text: str) -> None:
    assert cast(text, {"type": "string"}) == text


@given(st.text(), st.sampled_from(sorted(TYPED)))
def test_a_cast_gives_the_type_or_leaves_the_text(text: str, type: str) -> None:
    got = cast(text, {"type": type})
    kinds = {
        "null": None.__class__,
        "boolean": bool,
        "integer": (int, float),
        "number": (int, float),
        "array": list,
        "object": dict,
    }
    assert got == text or isinstance(got, kinds[type])


@pytest.mark.parametrize(
    ("text", "schema", "wanted"),
    [
        ("02139", {"type": "integer"}, 2139),
        ("1.5", {"type": "integer"}, 1.5),  # which the schema then refuses
        ("TRUE", {"type": "boolean"}, True),
        ("yes", {"type": "boolean"}, "yes"),
        ("1", {"type": "boolean"}, "1"),
        ("None", {"type": ["string", "null"]}, None),
        ("7", {"type": ["string", "integer"]}, 7),
        ("7", {"oneOf": [{"type": "null"}, {"type": "number"}]}, 7),
        ("{'a': (1, True)}", {"type": "object"}, {"a": [1, True]}),
        ("[1", {"type": "array"}, "[1"),
        ('{"a": 1}', {"type": "array"}, '{"a": 1}'),
        ("1e999", {"type": "number"}, "1e999"),
        ("9" * 500, {"type": "integer"}, "9" * 500),
        ("3", {"const": 3}, 3),
        ("3", {"enum": [1, 2, 3]}, 3),
        ("3", {"enum": ["3", 3]}, 3),
        ("3", {}, "3"),
        ("3", True, "3"),
        ("3", {"$ref": "#/$defs/a~1b"}, 3),
        ("3", {"$ref": "#/$defs/none"}, "3"),
    ],
)
def test_examples(text: str, schema: Any, wanted: Any) -> None:
    assert json.dumps(cast(text, schema, **DEFINED)) == json.dumps(wanted)


def test_values_inside_lists_and_objects_are_cast_by_their_own_schemas() -> None:
    schema = {
        "type": "array",
        "items": {
            "properties": {"n": {"type": "integer"}},
            "additionalProperties": {"type": "null"},
        },
    }
    value = [{"n": "1", "m": "null"}, {"n": "x"}]
    assert cast(value, schema) == [{"n": 1, "m": None}, {"n": "x"}]


def test_marked_text_is_a_string_unless_the_schema_says_otherwise() -> None:
    assert cast(Escaped("3"), {"enum": [3]}) == "3"
    assert cast(Escaped("3"), {"type": "integer"}) == 3
    assert type(cast(Escaped("a"), {})) is str


def test_a_schema_that_refers_to_itself_comes_to_an_end() -> None:
    loop = {"$ref": "#/properties/x"}
    assert cast("3", loop) == "3"
    assert cast("3", {"anyOf": [loop, loop, {"type": "integer"}]}) == 3


@pytest.mark.parametrize(
    ("value", "schema", "wanted"),
    [
        ({"a": "1"}, {"const": {"a": 1}}, {"a": 1}),
        ({"a": Escaped("1")}, {"const": {"a": 1}}, {"a": "1"}),
        (["1", "true"], {"enum": [[0], [1, True]]}, [1, True]),
        (["1", "2"], {"enum": [[1], [1, "2"]]}, [1, "2"]),
        ({"a": "1"}, {"allOf": [{"properties": {"a": {"type": "integer"}}}]}, {"a": 1}),
        (
            {"a": "1"},
            {"oneOf": [{"properties": {"a": {"type": t}}} for t in ("null", "integer")]},
            {"a": 1},
        ),
        (["1", "1"], {"prefixItems": [{"type": "integer"}], "items": {"type": "string"}}, [1, "1"]),
        (["1"], {"allOf": [{"items": {"type": "number"}}]}, [1]),
        (["1"], {"allOf": "x", "prefixItems": "y", "enum": "z"}, ["1"]),
    ],
)
def test_what_no_type_is_told_of_is_cast_by_what_else_is_said(
    value: Any, schema: Any, wanted: Any
) -> None:
    assert json.dumps(cast(value, schema)) == json.dumps(wanted)
