"""Functions while they are being written: every problem with its line, column, path and reason."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from dataclasses import dataclass
from json.decoder import JSONDecoder
from typing import Any, NoReturn

from lora_ui.functions.paths import Path, path_text
from lora_ui.functions.schema import Function, read_functions
from lora_ui.functions.validation import schema_error
from lora_ui.strings import word

MAX_CHARACTERS = 100_000
MAX_FUNCTIONS = 128
MAX_DEPTH = 100
"""Brackets within brackets that a list of functions may have."""


@dataclass(frozen=True)
class EditorProblem:
    """Line and column count from 1, in characters. `path` leads from the list to what is meant;
    it is "" where the text is no JSON."""

    line: int
    column: int
    path: str
    message: str


@dataclass(frozen=True)
class FunctionsCheck:
    """The functions, or None and what is wrong with the text: at most one problem a function."""

    functions: tuple[Function, ...] | None
    problems: tuple[EditorProblem, ...] = ()


def check_functions(text: str) -> FunctionsCheck:
    """What an editor shows of `text`; it never raises."""
    if len(text) > MAX_CHARACTERS:
        message = word("check_long", found=f"{len(text):,}", limit=f"{MAX_CHARACTERS:,}")
        return FunctionsCheck(None, (_problem(text, 0, "", message),))
    try:
        raw = json.loads(text, parse_constant=_no_constant)
        places: dict[Path, int] = {}
        _locate(text, 0, (), places)
    except json.JSONDecodeError as error:
        message = word("check_json", detail=error.msg)
        return FunctionsCheck(None, (_problem(text, error.pos, "", message),))
    except (ValueError, RecursionError) as error:  # NaN, numbers of 5,000 digits, deep nesting
        message = word("check_json", detail=str(error))
        return FunctionsCheck(None, (_problem(text, 0, "", message),))
    found = tuple(
        _problem(text, _nearest(places, parts), path_text(parts), message)
        for parts, message in _wrong(raw)
    )
    return FunctionsCheck(None, found) if found else FunctionsCheck(read_functions(raw))


def _wrong(raw: Any) -> Iterator[tuple[Path, str]]:
    """Where something is wrong with the functions, and why."""
    if not isinstance(raw, list):
        yield (), word("functions_no_list", found=type(raw).__name__)
        return
    if len(raw) > MAX_FUNCTIONS:
        yield (), word("check_many", found=len(raw), limit=MAX_FUNCTIONS)
        return
    seen: set[str] = set()
    for index, one in enumerate(raw):
        try:
            # the placeholders let the sentence count as people do
            *_, function = read_functions([*({"name": f"\0{i}"} for i in range(index)), one])
        except (TypeError, ValueError) as error:
            yield _blamed(index, one, str(error))
            continue
        if function.name in seen:
            where = (index, "function") if "name" not in one else (index,)
            yield (*where, "name"), word("function_twice", name=function.name)
        seen.add(function.name)


def _blamed(index: int, raw: Any, message: str) -> tuple[Path, str]:
    """What in the function `raw` the sentence is about, and the sentence or a shorter one."""
    here: Path = (index,)
    if not isinstance(raw, dict):
        return here, message
    if "name" not in raw and isinstance(raw.get("function"), dict):
        here, raw = (index, "function"), raw["function"]
    name, parameters = raw.get("name"), raw.get("parameters")
    if not isinstance(name, str) or not name.strip():
        return (*here, "name"), message
    if not isinstance(raw.get("description", ""), str | None):
        return (*here, "description"), message
    here = (*here, "parameters")
    broken = schema_error(parameters) if isinstance(parameters, dict) else None
    return ((*here, *broken.parts), broken.message) if broken else (here, message)


# ---------------------------------------------------------------- places in the text

_DECODER = JSONDecoder()
_SPACE = re.compile(r"[ \t\n\r]*")


def _locate(text: str, at: int, parts: Path, places: dict[Path, int]) -> int:
    """Note in `places` where each value from `at` on begins; returns where that one ends.

    The text has been read as JSON before, so it holds no surprises but its depth.
    """
    at = _skip(text, at)
    places[parts] = at
    if text[at] not in "[{":
        return _DECODER.raw_decode(text, at)[1]
    if len(parts) >= MAX_DEPTH:
        raise RecursionError(word("check_deep", limit=MAX_DEPTH))
    is_list, at, count = text[at] == "[", at + 1, 0
    while text[at := _skip(text, at)] not in "]}":
        key: str | int = count
        if not is_list:
            key, at = _DECODER.raw_decode(text, at)
            at = _skip(text, at) + 1  # the colon
        at = _skip(text, _locate(text, at, (*parts, key), places))
        at += text[at] == ","
        count += 1
    return at + 1


def _skip(text: str, at: int) -> int:
    match = _SPACE.match(text, at)
    return match.end() if match else at


def _nearest(places: dict[Path, int], parts: Path) -> int:
    """Where `parts` stands, or what would hold it."""
    while parts not in places and parts:
        parts = parts[:-1]
    return places.get(parts, 0)


def _problem(text: str, at: int, path: str, message: str) -> EditorProblem:
    before = text[:at]
    return EditorProblem(before.count("\n") + 1, at - before.rfind("\n"), path, message)


def _no_constant(name: str) -> NoReturn:
    raise ValueError(word("check_constant", name=name))
