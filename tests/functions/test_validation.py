"""Arguments against schemas: jsonschema says what is right, also for the keywords made anew."""

from __future__ import annotations

import json
import time
from typing import Any

import pytest
import regex
from hypothesis import given
from hypothesis import strategies as st
from jsonschema import Draft202012Validator

from lora_ui.functions import validation
from lora_ui.functions.validation import (
    MAX_PATTERN,
    MAX_SCHEMA_DEPTH,
    REGEX_S,
    Budget,
    Checker,
    schema_error,
)

KEYS = st.sampled_from(["a", "b", "ab", "c"])
SCALARS = (
    st.none()
    | st.booleans()
    | st.integers(-3, 3)
    | st.sampled_from([0.0, 1.0, 2.5, -0.0])
    | st.text(alphabet="ab1", max_size=3)
)
VALUES = st.recursive(
    SCALARS,
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(KEYS, inner, max_size=4),
    max_leaves=8,
)
PATTERNS = st.sampled_from(["^a", "b$", "^[ab]+$", "1", ""])
TYPES = st.sampled_from(["null", "boolean", "integer", "number", "string", "array", "object"])


def _keywords(inner: st.SearchStrategy[Any]) -> st.SearchStrategy[dict[str, Any]]:
    return st.fixed_dictionaries(
        {},
        optional={
            "type": TYPES | st.lists(TYPES, min_size=1, max_size=3, unique=True),
            "enum": st.lists(SCALARS, max_size=3),
            "pattern": PATTERNS,
            "minLength": st.integers(0, 3),
            "minimum": st.integers(-2, 2),
            "multipleOf": st.sampled_from([1, 2, 0.5]),
            "items": inner,
            "uniqueItems": st.booleans(),
            "properties": st.dictionaries(KEYS, inner, max_size=3),
            "patternProperties": st.dictionaries(PATTERNS, inner, max_size=2),
            "additionalProperties": st.booleans() | inner,
            "required": st.lists(KEYS, max_size=2, unique=True),
            "anyOf": st.lists(inner, min_size=1, max_size=2),
            "not": inner,
            "$ref": st.just("#/$defs/d"),
        },
    )


SCHEMAS = st.recursive(st.just({}), _keywords, max_leaves=6).map(
    lambda schema: {**schema, "$defs": {"d": {"type": ["integer", "object"]}}}
)


def violations(schema: Any, value: Any, limit: int = 20, budget: Budget | None = None) -> list[Any]:
    return Checker(schema).violations(value, limit, budget or Budget())


@given(SCHEMAS, VALUES)
def test_a_value_is_valid_where_jsonschema_says_so(schema: Any, value: Any) -> None:
    assert schema_error(schema) is None
    found = violations(schema, value)
    assert (not found) == Draft202012Validator(schema).is_valid(value)
    for violation in found:
        assert violation.message
        inner = value
        for part in violation.parts:  # the path leads to something
            inner = inner[part]


LIKE = [0, 0.0, -0.0, False, 1, 1.0, True, "1", [1], [1.0], [True], {"a": 1}, {"a": 1.0}, None, {}]


@given(st.lists(st.sampled_from(LIKE), max_size=4))
def test_items_are_unique_where_jsonschema_says_so(items: list[Any]) -> None:
    schema = {"uniqueItems": True}
    assert (not violations(schema, items)) == Draft202012Validator(schema).is_valid(items)


@pytest.mark.parametrize(
    ("schema", "path"),
    [
        ({"type": "nothing"}, "$.type"),
        ({"properties": {"x": {"minimum": "1"}}}, "$.properties.x.minimum"),
        ({"properties": {"x": {"pattern": "("}}}, "$.properties.x"),
        ({"properties": {"x": {"pattern": "a" * (MAX_PATTERN + 1)}}}, "$.properties.x"),
        ({"items": {"$ref": "#/$defs/none"}}, "$.items"),
        ({"$ref": "https://example.org/schema.json"}, "$"),
        ({"$ref": "file:///etc/passwd"}, "$"),
    ],
)
def test_a_schema_that_cannot_be_used_says_where(schema: Any, path: str) -> None:
    error = schema_error(schema)
    assert error is not None
    assert error.path == path
    assert error.message


def test_a_schema_may_be_deep_but_not_too_deep() -> None:
    def nested(levels: int) -> dict[str, Any]:
        schema: dict[str, Any] = {}
        for _ in range(levels):
            schema = {"items": schema}
        return schema

    assert schema_error(nested(MAX_SCHEMA_DEPTH - 2)) is None
    assert schema_error(nested(MAX_SCHEMA_DEPTH + 1)) is not None
    assert schema_error(nested(5_000)) is not None


def test_data_that_a_schema_quotes_is_no_schema() -> None:
    assert schema_error({"enum": [{"pattern": "("}], "default": {"$ref": "#/none"}}) is None


def test_no_more_than_asked_for_is_told() -> None:
    schema = {"items": {"type": "string"}}
    assert len(violations(schema, list(range(50)), limit=7)) == 7


@pytest.mark.parametrize("wrap", [lambda s: s, lambda s: {"not": s}, lambda s: {"anyOf": [s, s]}])
def test_a_pattern_that_takes_too_long_is_never_agreement(wrap: Any) -> None:
    schema = wrap({"pattern": "^(a+)+$"})
    assert violations(schema, "a" * 5_000 + "!")


def test_a_machine_that_lets_a_search_wait_changes_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    class Waiting:
        def __init__(self, pattern: str) -> None:
            self.pattern = regex.compile(pattern)

        def search(self, text: str, timeout: float) -> Any:
            time.sleep(1.2 * REGEX_S)
            return self.pattern.search(text, timeout=timeout)

    monkeypatch.setattr(validation, "_compiled", Waiting)
    schema = {"items": {"pattern": "a"}}
    assert violations(schema, ["a", "a"]) == []
    assert [violation.path for violation in violations(schema, ["a", "b"])] == ["$[1]"]


def test_references_that_multiply_are_given_up() -> None:
    defs: dict[str, Any] = {
        f"d{i}": {"allOf": [{"$ref": f"#/$defs/d{i + 1}"}] * 4} for i in range(30)
    }
    schema = {"$ref": "#/$defs/d0", "$defs": {**defs, "d30": {}}}
    assert schema_error(schema) is None
    (violation,) = violations(schema, {"x": 1})
    assert violation.path == "$"


@given(VALUES)
def test_messages_quote_values_shortly(value: Any) -> None:
    (violation, *_) = violations({"const": "something else"}, {"x": [value] * 500})
    assert len(violation.message) < 300


def test_a_message_holds_the_value_and_the_rule() -> None:
    (violation,) = violations({"properties": {"n": {"maximum": 5}}}, {"n": 17})
    assert violation.path == "$.n"
    assert "17" in violation.message
    assert json.dumps(5) in violation.message
