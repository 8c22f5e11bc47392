"""How right one answer is: it parses, it names the right functions, it is valid, it is right."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

from lora_ui.functions.heldout import Case, Expected
from lora_ui.functions.parsing import parse_calls
from lora_ui.functions.results import Call, ParseResult
from lora_ui.functions.schema import Function

UNREADABLE = frozenset({"malformed", "truncated"})


@dataclass(frozen=True)
class Marks:
    """The marks of one answer. Where calls are expected, `no_call` is None, else the others are.

    `parsed`: it holds calls, and all of them can be read. `name`: they are those expected, by name.
    `valid`: they satisfy the schemas as well. `arguments`: they are the calls expected. `no_call`:
    nothing was called, and nothing that looks like a call was tried.
    """

    parsed: bool | None = None
    name: bool | None = None
    valid: bool | None = None
    arguments: bool | None = None
    no_call: bool | None = None

    @property
    def right(self) -> bool:
        """Whether the answer is what the case expects."""
        return bool(self.no_call if self.no_call is not None else self.arguments)


def mark(case: Case, text: str, finish_reason: str, parsed: ParseResult) -> Marks:
    """The marks of an ended answer; `parsed` is what the parser made of its `text`."""
    if not case.expected:
        return Marks(no_call=parsed.verdict == "no_call")
    readable = not any(error.kind in UNREADABLE for error in parsed.errors)
    found = readable and bool(parsed.calls or parsed.errors)
    named = found and _names_right(case, text, finish_reason, parsed)
    valid = found and parsed.verdict == "valid"
    right = named and valid and calls_match(parsed.calls, case)
    return Marks(parsed=found, name=named, valid=valid, arguments=right)


def calls_match(calls: Sequence[Call], case: Case) -> bool:
    """Whether these are the expected calls, in any order.

    Numbers count by value, strings without white space at their ends; an optional argument that
    says its schema's `default` counts as left out.
    """
    functions = {function.name: function for function in case.functions}
    pairs = [
        [
            place
            for place, call in enumerate(calls)
            if call.name == one.name and _is(call, one, functions[one.name])
        ]
        for one in case.expected
    ]
    return len(calls) == len(case.expected) and _matched(pairs)


def same(left: Any, right: Any) -> bool:
    """Whether two JSON values mean the same: 2 is 2.0 but not true, " a" is "a"."""
    if isinstance(left, bool) or isinstance(right, bool):
        return left is right
    if isinstance(left, int | float) and isinstance(right, int | float):
        return left == right
    if isinstance(left, str) and isinstance(right, str):
        return left.strip() == right.strip()
    if isinstance(left, Mapping) and isinstance(right, Mapping):
        return left.keys() == right.keys() and all(same(left[k], right[k]) for k in left)
    if isinstance(left, list) and isinstance(right, list):
        return len(left) == len(right) and all(map(same, left, right))
    return left is None and right is None


def _is(call: Call, expected: Expected, function: Function) -> bool:
    given = _told(call.arguments, function)
    return any(same(given, _told(wanted, function)) for wanted in expected.arguments)


def _told(arguments: Mapping[str, Any], function: Function) -> dict[str, Any]:
    """The arguments without optional ones that only repeat the schema's default."""
    properties = function.parameters.get("properties", {})
    required = function.parameters.get("required", ())
    told = {}
    for name, value in arguments.items():
        schema = properties.get(name) if isinstance(properties, Mapping) else None
        usual = isinstance(schema, Mapping) and "default" in schema and name not in required
        if not (usual and isinstance(schema, Mapping) and same(schema["default"], value)):
            told[name] = value
    return told


def _matched(pairs: list[list[int]]) -> bool:
    """Whether each expected call gets a call of its own (bipartite matching; at most 16 a side)."""
    taken: dict[int, int] = {}

    def place(one: int, seen: set[int]) -> bool:
        for call in pairs[one]:
            if call not in seen:
                seen.add(call)
                if call not in taken or place(taken[call], seen):
                    taken[call] = one
                    return True
        return False

    return all(place(one, set()) for one in range(len(pairs)))


def _names_right(case: Case, text: str, finish_reason: str, parsed: ParseResult) -> bool:
    """Whether the called names are the expected ones, calls with wrong arguments included.

    An error does not say which function it is about, so the text is read again with schemas that
    demand nothing.
    """
    names = [call.name for call in parsed.calls]
    if parsed.errors:
        loose = _without_schemas(case.functions)
        again = parse_calls(text, loose, parsed.format or "auto", finish_reason)
        if again.errors:
            return False
        names = [call.name for call in again.calls]
    return sorted(names) == sorted(one.name for one in case.expected)


@lru_cache(maxsize=64)
def _without_schemas(functions: tuple[Function, ...]) -> tuple[Function, ...]:
    return tuple(Function(one.name, one.description, {"type": "object"}) for one in functions)
