"""The functions that a model may call, and what their schemas demand of arguments.

Schemas are JSON Schema, Draft 2020-12. They may come from strangers, so validating is bounded:
regular expressions run under a clock, references are counted, and none leaves the schema.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import lru_cache
from typing import Any

from lora_ui.functions.validation import Budget, Checker, Violation, schema_error
from lora_ui.strings import word

MAX_VIOLATIONS = 20
"""How many violations are told of one call: an array of a million wrong items has as many."""


@dataclass(frozen=True)
class Function:
    """A function as models are told of it. `parameters` is the schema of its arguments object."""

    name: str
    description: str = ""
    parameters: Mapping[str, Any] = field(default_factory=dict, hash=False)

    def as_json(self) -> dict[str, Any]:
        """The plain form, as it is told and exported."""
        return {
            "name": self.name,
            "description": self.description,
            "parameters": dict(self.parameters) or {"type": "object", "properties": {}},
        }


def read_functions(functions: Sequence[Mapping[str, Any] | Function]) -> tuple[Function, ...]:
    """Functions from plain or OpenAI's form.

    TypeError where something is of the wrong type, ValueError where it says something wrong: a
    name that is empty or stands twice, or a schema that is none or refers outside itself.
    """
    if isinstance(functions, (str, bytes, Mapping)) or not isinstance(functions, Iterable):
        raise TypeError(word("functions_no_list", found=type(functions).__name__))
    given = tuple(functions)
    if not given or not all(isinstance(f, Function) for f in given):
        return _read(_key(given))
    read: tuple[Function, ...] = given  # pyright: ignore[reportAssignmentType]
    _check_all(read)
    return read


def validate_arguments(function: Function, arguments: dict[str, Any]) -> list[tuple[str, str]]:
    """Path and sentence of each rule of the schema that `arguments` break, at most 20."""
    return [(v.path, v.message) for v in violations(function, arguments)]


def violations(
    function: Function, arguments: dict[str, Any], budget: Budget | None = None
) -> list[Violation]:
    """As `validate_arguments`, with the path in parts as well. `budget` bounds several of them."""
    return checker(function).violations(arguments, MAX_VIOLATIONS, budget or Budget())


def checker(function: Function) -> Checker:
    """The compiled schema of `function`; made once."""
    made = vars(function).get("_checker")
    if made is None:
        made = Checker(function.parameters)
        # The value stays the same for everybody who looks: this only keeps what follows from it.
        vars(function)["_checker"] = made
    return made


def _key(functions: Sequence[Any]) -> str:
    try:
        return json.dumps([f.as_json() if isinstance(f, Function) else f for f in functions])
    except (TypeError, ValueError, RecursionError) as error:
        raise TypeError(word("functions_no_json", detail=error)) from None


@lru_cache(maxsize=64)
def _read(key: str) -> tuple[Function, ...]:
    # Read from the text, so that what is kept cannot be changed by whoever holds the original.
    read = tuple(_function(raw, index) for index, raw in enumerate(json.loads(key)))
    _check_all(read)
    return read


def _check_all(functions: Sequence[Function]) -> None:
    seen: set[str] = set()
    for function in functions:
        if function.name in seen:
            raise ValueError(word("function_twice", name=function.name))
        seen.add(function.name)
        _check(function)


def _check(function: Function) -> None:
    if "_checked" in vars(function):
        return
    error = schema_error(function.parameters)
    if error is not None:
        raise ValueError(
            word("function_schema", name=function.name, path=error.path, detail=error.message)
        )
    vars(function)["_checked"] = True


def _function(raw: Any, index: int) -> Function:
    """One function from its JSON form."""
    if not isinstance(raw, dict):
        raise TypeError(word("function_no_object", index=index + 1))
    inner = raw.get("function")
    if "name" not in raw and isinstance(inner, dict):
        raw = inner
    if "name" not in raw:
        raise ValueError(word("function_no_name", index=index + 1))
    name = raw["name"]
    if not isinstance(name, str):
        raise TypeError(word("function_name_no_text", index=index + 1))
    if not name.strip():
        raise ValueError(word("function_no_name", index=index + 1))
    description = raw.get("description")
    if description is not None and not isinstance(description, str):
        raise TypeError(word("function_description", name=name))
    parameters = raw.get("parameters")
    if parameters is not None and not isinstance(parameters, dict):
        raise TypeError(word("function_parameters", name=name))
    return Function(name, description or "", parameters or {})
