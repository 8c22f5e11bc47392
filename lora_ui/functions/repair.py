"""A guess at what a broken call was meant to be: marked as one, and never run.

`json-repair` makes some JSON of almost anything, and often the wrong one (an apostrophe in a value
is enough). So a suggestion is only ever shown, with what the schema has against it.
"""

from __future__ import annotations

import json
import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from lora_ui.functions.results import CallError, ParseResult
from lora_ui.functions.schema import Function, validate_arguments
from lora_ui.strings import sentence, word

MAX_CHARACTERS = 4_000
"""Of a broken call: longer ones are not worth a guess, and guessing is slow on hostile text."""
MAX_DEPTH = 60
"""Brackets that may be open at once: the library recurses."""

_MARKER = re.compile(r"\[/?[A-Z_]+\]")
"""`[TOOL_CALLS]` and its like, which are no arrays."""
_NAMES = ("name", "function")
_ARGUMENTS = ("arguments", "parameters", "args")


@dataclass(frozen=True)
class Suggestion:
    """What a broken call may have meant. It is no `Call`, so nothing can take it for one.

    `start` and `end` are the characters that it is about; `problems` are pairs of a path and what
    is wrong there, empty when name and arguments would be valid.
    """

    name: str
    arguments: dict[str, Any]
    start: int
    end: int
    problems: tuple[tuple[str, str], ...] = ()

    @property
    def would_be_valid(self) -> bool:
        """Whether it satisfies the function's schema as it stands."""
        return not self.problems

    def as_json(self) -> str:
        """The suggested call as indented JSON."""
        call = {"name": self.name, "arguments": self.arguments}
        return json.dumps(call, ensure_ascii=False, indent=2)


def as_text(suggestions: Sequence[Suggestion]) -> str:
    """The suggestions as people read them: each call, then what the schema has against it."""
    parts = []
    for one in suggestions:
        wrong = [f"{path}: {message}" for path, message in one.problems]
        parts.append("\n".join([one.as_json(), *(wrong or [word("repair_valid")])]))
    return "\n\n".join(parts)


def suggest(
    text: str, result: ParseResult, functions: Sequence[Function]
) -> tuple[Suggestion, ...]:
    """A guess for each malformed or truncated call of `text`, where there is one to make."""
    broken = [error for error in result.errors if error.kind in ("malformed", "truncated")]
    guesses = (_guess(text, error, functions) for error in broken[:8])
    return tuple(guess for guess in guesses if guess is not None)


def _guess(text: str, error: CallError, functions: Sequence[Function]) -> Suggestion | None:
    begin = error.start
    span = _MARKER.sub(lambda marker: " " * len(marker[0]), text[begin : max(error.end, begin)])
    places = [place for place in (span.find("{"), span.find("[")) if place >= 0]
    if not places or len(span) > MAX_CHARACTERS or _depth(span) > MAX_DEPTH:
        return None
    head, body = span[: min(places)], span[min(places) :]
    found = _loaded(body)
    if isinstance(found, list):
        found = next((one for one in found if isinstance(one, dict)), None)
    if not isinstance(found, dict):
        return None
    name, arguments = _named(found, head, functions)
    if name is None:
        return None
    return Suggestion(name, arguments, begin, error.end, _problems(name, arguments, functions))


def _loaded(body: str) -> Any:
    import json_repair  # half a tenth of a second, and only broken calls need it

    try:
        return json_repair.loads(body, skip_json_loads=True)
    except (ValueError, RecursionError, IndexError, TypeError):
        return None


def _named(
    found: dict[str, Any], head: str, functions: Sequence[Function]
) -> tuple[str | None, dict[str, Any]]:
    """Name and arguments of a repaired object; the name may stand in front of it."""
    name = next((found[key] for key in _NAMES if isinstance(found.get(key), str)), None)
    if name is None:
        before = [f.name for f in functions if f.name in head]
        return (max(before, key=len), found) if before else (None, {})
    arguments = next((found[key] for key in _ARGUMENTS if key in found), {})
    if isinstance(arguments, str):
        arguments = _loaded(arguments)
    return name, arguments if isinstance(arguments, dict) else {}


def _problems(
    name: str, arguments: dict[str, Any], functions: Sequence[Function]
) -> tuple[tuple[str, str], ...]:
    function = next((f for f in functions if f.name == name), None)
    if function is None:
        known = ", ".join(f.name for f in functions)
        return (("$", sentence("repair_unknown", name=name, known=known)),)
    return tuple(validate_arguments(function, arguments))


def _depth(text: str) -> int:
    depth = deepest = 0
    for character in text:
        if character in "{[":
            depth += 1
            deepest = max(deepest, depth)
        elif character in "}]":
            depth -= 1
    return deepest
