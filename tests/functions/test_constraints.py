"""Constraints against xgrammar itself, with the embedded model's tokenizer."""

from __future__ import annotations

import json
import random
from typing import Any

import pytest

from lora_ui.functions import formats, parse_calls
from lora_ui.functions.constraints import FREE, constraint_for
from lora_ui.functions.conventions import call_text
from lora_ui.functions.results import Call
from lora_ui.functions.schema import read_functions
from tests.functions.grammars import Grammars

IDS = formats.known_ids()
WEATHER: dict[str, Any] = {
    "name": "get_weather",
    "description": "The weather of a city.",
    "parameters": {
        "type": "object",
        "properties": {
            "city": {"type": "string"},
            "unit": {"type": "string", "enum": ["celsius", "fahrenheit"]},
            "days": {"type": "integer", "minimum": 1, "maximum": 14},
        },
        "required": ["city"],
    },
}
TIME: dict[str, Any] = {"name": "get", "parameters": {"type": "object", "properties": {}}}
ORDER: dict[str, Any] = {
    "name": "get_order",
    "parameters": {
        "type": "object",
        "properties": {
            "express": {"type": "boolean"},
            "items": {
                "type": "array",
                "minItems": 1,
                "maxItems": 3,
                "items": {
                    "type": "object",
                    "properties": {
                        "code": {"type": "string", "pattern": "^[A-Z]{2}-\\d+$"},
                        "amount": {"type": "number", "exclusiveMinimum": 0, "maximum": 2.5},
                        "note": {"type": ["string", "null"], "maxLength": 5},
                    },
                    "required": ["code", "amount"],
                },
            },
            "day": {"type": "string", "format": "date"},
        },
        "required": ["items", "express"],
        "additionalProperties": False,
    },
}
FUNCTIONS = [WEATHER, TIME, ORDER]


@pytest.fixture(scope="session")
def grammars() -> Grammars:
    return Grammars()


def call(name: str, **arguments: Any) -> Call:
    return Call(name=name, arguments=arguments, start=0, end=0)


PARIS = call("get_weather", city="Paris")
FULL = call("get_weather", city="Saint-Étienne", unit="celsius", days=3)
NOW = call("get")
ORDERED = call(
    "get_order", express=True, items=[{"code": "AB-12", "amount": 0.5, "note": None}] * 2
)
COLD = call("get_weather", city="Oslo", unit="kelvin")
NO_CITY = call("get_weather", unit="celsius")
LONG = call("get_weather", city="Paris", days=15)
UNKNOWN = call("get_rain", city="Paris")
LOWER = call("get_order", express=True, items=[{"code": "ab-12", "amount": 0.5}])
ZERO = call("get_order", express=True, items=[{"code": "AB-1", "amount": 0}])
NONE_ORDERED = call("get_order", express=True, items=[])


def tag(id: str, choice: str = "auto", parallel: bool = True, functions: Any = FUNCTIONS) -> str:
    made = constraint_for(formats.get(id), read_functions(functions), choice, parallel)
    assert made.structural_tag is not None, made.notes
    return made.structural_tag


def text(id: str, *calls: Call) -> str:
    return call_text(formats.get(id), calls)


@pytest.mark.parametrize("id", IDS)
@pytest.mark.parametrize("choice", ["auto", "required"])
def test_what_satisfies_the_schemas_is_let_through(grammars: Grammars, id: str, choice: str):
    for good in (PARIS, FULL, NOW, ORDERED):
        assert grammars.takes(tag(id, choice), text(id, good)), good
    assert grammars.takes(tag(id, choice), text(id, PARIS, NOW, PARIS))


@pytest.mark.parametrize("id", IDS)
@pytest.mark.parametrize("choice", ["auto", "required"])
@pytest.mark.parametrize("bad", [COLD, NO_CITY, LONG, UNKNOWN, LOWER, ZERO, NONE_ORDERED], ids=str)
def test_what_breaks_a_schema_is_not(grammars: Grammars, id: str, choice: str, bad: Call):
    assert not grammars.takes(tag(id, choice), text(id, bad))
    assert not grammars.takes(tag(id, choice), text(id, PARIS, bad))


@pytest.mark.parametrize("id", IDS)
def test_only_with_auto_is_text_let_through(grammars: Grammars, id: str):
    assert grammars.takes(tag(id), "It's sunny.\nNo call is needed.")
    assert not grammars.takes(tag(id, "required"), "It's sunny.")
    assert not grammars.takes(tag(id, "required"), "")
    assert not grammars.takes(tag(id, "get_weather"), "It's sunny.")


@pytest.mark.parametrize("id", IDS)
def test_a_named_function_is_called_once(grammars: Grammars, id: str):
    named = tag(id, "get_weather")
    assert grammars.takes(named, text(id, PARIS))
    assert not grammars.takes(named, text(id, NOW))
    assert not grammars.takes(named, text(id, PARIS, PARIS))


@pytest.mark.parametrize("id", IDS)
@pytest.mark.parametrize("choice", ["auto", "required"])
def test_without_parallel_there_is_one_call(grammars: Grammars, id: str, choice: str):
    single = tag(id, choice, parallel=False)
    assert grammars.takes(single, text(id, PARIS))
    assert not grammars.takes(single, text(id, PARIS, NOW))


@pytest.mark.parametrize("id", IDS)
def test_none_constrains_nothing(id: str):
    assert constraint_for(formats.get(id), read_functions(FUNCTIONS), "none", True) == FREE


@pytest.mark.parametrize("id", IDS)
@pytest.mark.parametrize("choice", ["auto", "required", "get_order"])
def test_whatever_the_grammar_writes_is_valid(grammars: Grammars, id: str, choice: str):
    """Random walks through the grammar: no token that it allows leads to a call that is wrong."""
    rng = random.Random(f"{id} {choice}")
    ended = 0
    for _ in range(8):
        written = grammars.walk(tag(id, choice), rng, hint=text(id, ORDERED))
        if written is None:
            continue
        ended += 1
        result = parse_calls(written, FUNCTIONS, id)
        assert result.errors == [], written
        if choice != "auto":
            assert result.calls, written
    assert ended >= 2


SCHEMAS: list[tuple[dict[str, Any], list[Any], list[Any]]] = [
    ({"type": "string"}, ["", "it's", 'a "b"', "a\nb\tc", "é日\U0001f600", "\\", "x" * 120], [1]),
    ({"type": "string"}, [], ["x" * 121]),
    ({"type": "string", "minLength": 2, "maxLength": 3}, ["ab", '""x'], ["a", "abcd"]),
    ({"type": "string", "pattern": "@"}, ["a@b.org", "@"], ["ab"]),
    ({"type": "string", "pattern": "^a|b$"}, ["a", "ax", "xb"], ["xa", "bx"]),
    ({"type": "string", "pattern": "^(?:ab)+[\\w.]{2}$"}, ["ababx."], ["abx"]),
    ({"type": "string", "pattern": "^\\d{3}-[^x]$"}, ["123-y"], ["12-y", "123-x", "1234-y"]),
    ({"type": "string", "format": "date"}, ["2024-12-31"], ["2024-13-01", "today"]),
    ({"type": "integer"}, [0, -7, 10**14], [1.5, "1", True]),
    ({"type": "integer", "minimum": 17, "maximum": 2345}, [17, 99, 999, 2345], [16, 2346, -17]),
    ({"type": "integer", "exclusiveMinimum": -3, "maximum": 1}, [-2, 0, 1], [-3, 2]),
    ({"type": "number", "minimum": 0, "maximum": 1}, [0, 1, 0.5, 0.25], [1.5, -0.5]),
    ({"type": "number", "exclusiveMinimum": 0}, [0.5, 1, 20.25], [0, 0.0, -1]),
    ({"type": "number", "minimum": -90, "maximum": 90.5}, [-90, 89.9, 90.5, -0.5], [90.6, -90.1]),
    ({"type": "boolean"}, [True, False], ["true", 1]),
    ({"type": ["string", "null"]}, ["a", None], [1]),
    ({"enum": ["it's", 'a"b', 2, None, True]}, ["it's", 'a"b', 2, None, True], ["its", 3, False]),
    ({"const": {"a": [1, "x"]}}, [{"a": [1, "x"]}], [{"a": [1]}]),
    ({"type": "integer", "enum": [1, "a", 2]}, [1, 2], ["a"]),
    ({"type": "array", "items": {"type": "integer"}}, [[], [1], [1] * 16], [["a"], [1] * 17]),
    ({"type": "array", "minItems": 2, "maxItems": 2}, [[1, "a"]], [[1], [1, 2, 3]]),
    (
        {"type": "array", "prefixItems": [{"type": "integer"}, {"type": "string"}], "minItems": 1},
        [[1], [1, "a"]],
        [[], ["a"], [1, 2]],
    ),
    ({"type": "array", "maxItems": 0}, [[]], [[1]]),
    ({"type": "object"}, [{}, {"a": 1, "b": "x"}], []),
    ({"type": "object", "additionalProperties": {"type": "integer"}}, [{"a": 1}], [{"a": "x"}]),
    ({"type": "object", "properties": {}}, [{}], [{"a": 1}]),
    (
        {"type": "object", "properties": {"a": {"type": "null"}, "b": {}}, "required": ["b"]},
        [{"b": 1}, {"a": None, "b": [1, "x"]}],
        [{}, {"a": None}, {"a": 1, "b": 1}],
    ),
    ({"anyOf": [{"type": "integer"}, {"type": "null"}], "default": None}, [3, None], ["a"]),
    ({"type": "string", "anyOf": [{"maxLength": 2}, {"pattern": "^x+$"}]}, ["ab", "xxx"], ["abc"]),
    (
        {
            "allOf": [
                {"properties": {"a": {"type": "integer"}}, "required": ["a"]},
                {"type": "object", "properties": {"b": {"type": "boolean"}}},
            ]
        },
        [{"a": 1}, {"a": 1, "b": True}],
        [{"b": True}, {"a": "x"}],
    ),
    ({"$ref": "#/$defs/size"}, ["s"], ["l"]),
]


@pytest.mark.parametrize(("schema", "good", "bad"), SCHEMAS, ids=lambda v: json.dumps(v)[:60])
@pytest.mark.parametrize("id", ["glaive", "hermes", "pythonic", "functiongemma"])
def test_schemas(grammars: Grammars, schema: Any, good: list[Any], bad: list[Any], id: str):
    parameters = {
        "type": "object",
        "properties": {"v": schema},
        "required": ["v"],
        "$defs": {"size": {"enum": ["s", "m"]}},
    }
    functions = [{"name": "f", "parameters": parameters}]
    one = tag(id, "required", functions=functions)
    assert constraint_for(formats.get(id), read_functions(functions), "auto", True).notes == ()
    for value in good:
        if id == "functiongemma" and "\\" in json.dumps(value, ensure_ascii=False):
            continue  # it has no escapes inside lists and objects
        written = text(id, call("f", v=value))
        assert grammars.takes(one, written), written
        assert parse_calls(written, functions, id).verdict == "valid", written
    for value in bad:
        if id == "functiongemma" and isinstance(value, str | float | int):
            continue  # what stands there is cast by the schema
        assert not grammars.takes(one, text(id, call("f", v=value)))


def constrained(schema: Any, **more: Any) -> Any:
    parameters = {"type": "object", "properties": {"v": schema}, "required": ["v"], **more}
    functions = read_functions([{"name": "f", "parameters": parameters}])
    return constraint_for(formats.get("glaive"), functions, "auto", True)


@pytest.mark.parametrize(
    ("schema", "keyword"),
    [
        ({"type": "array", "uniqueItems": True}, "uniqueItems"),
        ({"type": "array", "contains": {"const": 1}}, "contains"),
        ({"type": "number", "multipleOf": 0.5}, "multipleOf"),
        ({"type": "string", "pattern": "^(?=a)"}, "pattern"),
        ({"type": "string", "pattern": "(a{1,99}){1,99}"}, "pattern"),
        ({"type": "string", "pattern": "^a$", "maxLength": 3}, "maxLength"),
        ({"type": "string", "not": {"const": "a"}}, "not"),
        ({"type": "string", "if": {"const": "a"}, "then": False}, "if"),
        ({"type": "object", "propertyNames": {"maxLength": 3}}, "propertyNames"),
        ({"type": "object", "patternProperties": {"^a": {"type": "null"}}}, "patternProperties"),
        ({"oneOf": [{"type": "integer"}, {"type": "number"}]}, "oneOf"),
    ],
)
def test_what_is_left_out_is_said(grammars: Grammars, schema: Any, keyword: str):
    made = constrained(schema)
    (note,) = made.notes
    assert f"“{keyword}” of f ($.v)" in note
    assert grammars.compiles(made.structural_tag)


@pytest.mark.parametrize(
    ("schema", "keyword"),
    [
        ({"$ref": "#/$defs/tree"}, "$ref"),
        ({"type": "array", "minItems": 3, "maxItems": 2}, "minItems"),
        ({"type": "integer", "minimum": 3, "maximum": 2}, "minimum"),
        (False, "false"),
    ],
)
def test_what_no_grammar_holds_leaves_all_free(schema: Any, keyword: str):
    tree = {"type": "object", "properties": {"left": {"$ref": "#/$defs/tree"}}}
    made = constrained(schema, **{"$defs": {"tree": tree}})
    assert made.structural_tag is None
    (note,) = made.notes
    assert f"“{keyword}” in the schema of f ($.v" in note


def nested(depth: int) -> dict[str, Any]:
    inner: dict[str, Any] = {"type": "string"}
    for _ in range(depth):
        inner = {"type": "object", "properties": {"a": inner}, "required": ["a"]}
    return inner


def laughs() -> dict[str, Any]:
    """Ten definitions, each ten times the one before."""
    several: dict[str, Any] = {"d0": {"type": "string"}}
    for n in range(1, 11):
        ref = {"$ref": f"#/$defs/d{n - 1}"}
        several[f"d{n}"] = {"type": "object", "properties": {f"p{i}": ref for i in range(10)}}
    return several


@pytest.mark.parametrize(
    ("schema", "more"),
    [
        (nested(20), {}),
        ({"$ref": "#/$defs/d10"}, {"$defs": laughs()}),
        ({"enum": ["x" * 50 + str(n) for n in range(20_000)]}, {}),
        ({"type": "string", "pattern": "(((a{1,999}){1,999}){1,999}){1,999}"}, {}),
    ],
    ids=["deep", "laughs", "enum", "pattern"],
)
def test_schemas_that_would_hold_everybody_up(grammars: Grammars, schema: Any, more: Any):
    made = constrained(schema, **more)
    assert made.notes
    assert made.structural_tag is None or grammars.compiles(made.structural_tag)


def test_a_long_list_of_functions(grammars: Grammars):
    many = [{**ORDER, "name": f"order_{number}"} for number in range(64)]
    assert grammars.takes(
        tag("glaive", functions=many), text("glaive", call("order_7", **ORDERED.arguments))
    )


def test_a_catalogs_own_format(grammars: Grammars):
    own = formats.Format(id="own", title="Own", call="<<{name}>>{arguments}<</>>", example="")
    made = constraint_for(own, read_functions(FUNCTIONS), "auto", True)
    written = call_text(own, [PARIS])
    assert written == '<<get_weather>>{"city": "Paris"}<</>>'
    assert grammars.takes(made.structural_tag or "", f"Well. {written}")
