"""Functions while they are being written: problems with their places."""

from __future__ import annotations

import json

import pytest

from lora_ui.functions.checking import MAX_FUNCTIONS, check_functions

GOOD = """[
  {"name": "f", "parameters": {"type": "object", "properties": {"é": {"type": "string"}}}},
  {"type": "function", "function": {"name": "g"}}
]"""


def problem(text: str) -> tuple[int, int, str, str]:
    found = check_functions(text)
    assert found.functions is None
    (one,) = found.problems
    return one.line, one.column, one.path, one.message


def test_functions_without_a_fault():
    found = check_functions(GOOD)
    assert found.problems == ()
    assert [function.name for function in found.functions or ()] == ["f", "g"]


@pytest.mark.parametrize(
    ("old", "new", "place", "path", "words"),
    [
        ('"string"', '"strng"', '"strng"', '$[0].parameters.properties["é"].type', "strng"),
        ('{"name": "g"}', '{"name": ""}', '""', "$[1].function.name", "Function 2 has no name"),
        ('{"name": "g"}', '{"title": 1}', '{"title"', "$[1].function.name", "Function 2"),
        ('"name": "f"', '"name": 3', "3", "$[0].name", "must be text"),
        ('{"name": "g"}', '{"name": "f"}', '"f"}', "$[1].function.name", "two functions"),
        (
            '"name": "g"',
            '"name": "g", "description": []',
            "[]",
            "$[1].function.description",
            "text",
        ),
        ('"name": "g"', '"name": "g", "parameters": 7', "7}", "$[1].function.parameters", "object"),
    ],
)
def test_a_fault_at_its_place(old: str, new: str, place: str, path: str, words: str):
    text = GOOD.replace(old, new)
    line, column, found, message = problem(text)
    assert found == path
    assert words in message
    assert text.split("\n")[line - 1][column - 1 :].startswith(place)


@pytest.mark.parametrize(
    ("text", "line", "column", "words"),
    [
        ("", 1, 1, "not JSON"),
        ('[{"name": "f",}]', 1, 15, "not JSON"),
        ('[\n  {"name" "f"}]', 2, 11, "not JSON"),
        ('{"name": "f"}', 1, 1, "list"),
        ('[{"name": "f", "parameters": {"minimum": NaN}}]', 1, 1, "NaN"),
        ("[" * 5000, 1, 1, "not JSON"),
        ("[" * 300 + "]" * 300, 1, 1, "nested"),
        ("9" * 6000, 1, 1, "not JSON"),
        ("[" + " " * 200_000, 1, 1, "at most 100,000"),
        (json.dumps([{"name": "f"}] * (MAX_FUNCTIONS + 1)), 1, 1, "at most 128"),
    ],
)
def test_texts_that_hold_no_functions(text: str, line: int, column: int, words: str):
    found = problem(text)
    assert found[:2] == (line, column)
    assert words in found[3]


def test_each_function_tells_its_own_fault():
    found = check_functions('[{"name": 1}, {"name": "f"}, [], {"name": "f"}]').problems
    assert [one.path for one in found] == ["$[0].name", "$[2]", "$[3].name"]
