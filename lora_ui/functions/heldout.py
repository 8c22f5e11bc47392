r"""Held-out sets: what is asked, with which functions, and which calls are right.

JSONL in UTF-8, one case a line; blank lines and lines that begin with `#` are left out:

    {"message": "…", "functions": […], "expected": […], "title": "…"}

`functions` are as everywhere (plain or OpenAI's form). `expected` lists the calls that are right,
`{"name", "arguments"}` each, in any order, and is `[]` where nothing should be called. A call may
have `"accept": [{…}, …]`: further argument objects that are as good. `title` may be left out.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from lora_ui.compare.asking import printable
from lora_ui.errors import Problem
from lora_ui.functions.schema import Function, read_functions, validate_arguments
from lora_ui.functions.tools.text import shown

BUILT_IN = Path(__file__).with_name("heldout.jsonl")
MAX_BYTES = 2 * 1024**2
MAX_CASES = 500
MAX_LINE = 60_000
MAX_MESSAGE = 8_000
MAX_FUNCTIONS = 32
MAX_EXPECTED = 16
TOLD = 5
"""Bad lines that one sentence names; there may be more."""

KEYS = ("message", "functions", "expected", "title")
CALL_KEYS = ("name", "arguments", "accept")


@dataclass(frozen=True)
class Expected:
    """A call that is right: its name, and the arguments objects of which each is."""

    name: str
    arguments: tuple[Mapping[str, Any], ...]


@dataclass(frozen=True)
class Case:
    """One message with its functions; no `expected` call means that none should be made."""

    message: str
    functions: tuple[Function, ...]
    expected: tuple[Expected, ...]
    title: str = ""
    line: int = 1


def read_set(path: Path = BUILT_IN) -> tuple[Case, ...]:
    """The cases in a file; a `Problem` says what is wrong with it."""
    try:
        with path.open("rb") as file:
            data = file.read(MAX_BYTES + 1)
    except OSError as error:
        raise Problem("set_unreadable", path=path, detail=error.strerror or error) from None
    if len(data) > MAX_BYTES:
        raise Problem("set_too_big", limit_mib=MAX_BYTES // 1024**2)
    try:
        return parse_set(data.decode("utf-8-sig"))
    except UnicodeDecodeError:
        raise Problem("set_encoding", path=path) from None


def parse_set(text: str) -> tuple[Case, ...]:
    """The cases in a set's text; the `Problem` of bad lines names the first few with their line."""
    lines = [
        (number, line)
        for number, line in enumerate(text.split("\n"), start=1)
        if line.strip() and not line.startswith("#")
    ]
    if not lines:
        raise Problem("set_empty")
    if len(lines) > MAX_CASES:
        raise Problem("set_many", found=f"{len(lines):,}", limit=MAX_CASES)
    cases, wrong = [], []
    for number, line in lines:
        try:
            cases.append(_case(line, number))
        except Problem as problem:
            wrong.append(problem.message)
            if len(wrong) == TOLD:
                break
    if wrong:
        raise Problem("set_lines", lines=" ".join(wrong))
    return tuple(cases)


def _case(line: str, number: int) -> Case:
    raw = _object(line, number)
    unknown = [key for key in raw if key not in KEYS]
    if unknown:
        known = ", ".join(KEYS)
        raise Problem("set_key", line=number, key=shown(unknown[0], 40), known=known)
    missing = [key for key in KEYS[:3] if key not in raw]
    if missing:
        raise Problem("set_key_missing", line=number, key=missing[0])
    message, title = raw["message"], raw.get("title", "")
    if not isinstance(message, str) or not message.strip() or len(message) > MAX_MESSAGE:
        raise Problem("set_message", line=number, limit=f"{MAX_MESSAGE:,}")
    if not isinstance(title, str):
        raise Problem("set_title", line=number)
    functions = _functions(raw["functions"], number)
    expected = _expected(raw["expected"], functions, number)
    return Case(printable(message), functions, expected, shown(printable(title)), number)


def _object(line: str, number: int) -> dict[str, Any]:
    if len(line) > MAX_LINE:
        raise Problem("set_line_long", line=number, limit=f"{MAX_LINE:,}")
    try:
        raw = json.loads(line)
    except json.JSONDecodeError as error:
        raise Problem("set_json", line=number, column=error.colno, detail=error.msg) from None
    except (ValueError, RecursionError) as error:
        raise Problem("set_json", line=number, column=1, detail=shown(str(error))) from None
    if not isinstance(raw, dict):
        raise Problem("set_no_object", line=number)
    return raw


def _functions(raw: Any, number: int) -> tuple[Function, ...]:
    if not isinstance(raw, list) or not 1 <= len(raw) <= MAX_FUNCTIONS:
        raise Problem("set_functions_count", line=number, limit=MAX_FUNCTIONS)
    try:
        return read_functions(raw)
    except (TypeError, ValueError) as error:
        detail = shown(str(error), 200).rstrip(".")
        raise Problem("set_functions", line=number, detail=detail) from None


def _expected(raw: Any, functions: tuple[Function, ...], number: int) -> tuple[Expected, ...]:
    if not isinstance(raw, list) or len(raw) > MAX_EXPECTED:
        raise Problem("set_expected", line=number, limit=MAX_EXPECTED)
    return tuple(_call(call, {f.name: f for f in functions}, number) for call in raw)


def _call(raw: Any, functions: Mapping[str, Function], number: int) -> Expected:
    """An expected call, which has to satisfy its own function's schema."""
    if not isinstance(raw, dict) or not set(raw) <= set(CALL_KEYS) or "name" not in raw:
        raise Problem("set_call", line=number, known=", ".join(CALL_KEYS))
    name = raw["name"]
    if not isinstance(name, str) or name not in functions:
        known = ", ".join(functions)
        raise Problem("set_call_name", line=number, name=shown(str(name)), known=known)
    others = raw.get("accept", [])
    arguments = [raw.get("arguments", {}), *(others if isinstance(others, list) else [others])]
    for given in arguments:
        if not isinstance(given, dict):
            raise Problem("set_call_arguments", line=number, name=name)
        if wrong := validate_arguments(functions[name], given):
            path, message = wrong[0]
            detail = shown(f"{path}: {message}", 200).rstrip(".")
            raise Problem("set_call_schema", line=number, name=name, detail=detail)
    return Expected(name, tuple(arguments))
