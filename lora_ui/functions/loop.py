"""The tool loop: from the calls in an answer to the results that the model goes on with.

A round is one answer and the results of its calls. A call is run only if it is valid, its function
is built in and nobody has typed a result for it; everything else is typed by hand. What goes wrong
in a built-in function is told to the model as its result, and to the people who watch.
"""

from __future__ import annotations

import asyncio
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Literal, NoReturn

from lora_ui.compare.asking import printable
from lora_ui.errors import Problem
from lora_ui.functions.columns import CallColumn, CallSpec, Turn
from lora_ui.functions.results import Call
from lora_ui.functions.tools import TOOLS, run_tool
from lora_ui.functions.tools.text import shown

ROUND_LIMIT = 5
"""Answers in one conversation."""
MAX_CALLS = 16
"""Calls of one answer that get results."""
MAX_RESULT_CHARACTERS = 8_000
"""Of one result typed by hand; those of built-in functions are shorter."""


@dataclass(frozen=True)
class Outcome:
    """What a call gave: `text` is JSON for the model; `problem` tells people what went wrong."""

    text: str
    by: Literal["tool", "hand"]
    problem: str | None = None


@dataclass(frozen=True)
class Round:
    """A finished round: the turn for the next request, and the outcome of each of its calls."""

    turn: Turn
    outcomes: tuple[Outcome, ...]

    @property
    def problems(self) -> tuple[str, ...]:
        """The sentences for the column."""
        return tuple(o.problem for o in self.outcomes if o.problem)


async def play_round(
    column: CallColumn, typed: Mapping[int, str] | None = None, limit: int = ROUND_LIMIT
) -> Round:
    """Get a result for each valid call of an ended answer.

    `typed` holds results typed by hand, by the place of the call from 0; blank ones don't count.
    `Problem` when there is nothing to run, a typed result can't be taken, a call without built-in
    function has none, or the conversation has had its rounds; nothing has been run then.
    """
    calls = calls_of(column, limit)
    ready: dict[int, Outcome] = {}
    for place, call in enumerate(calls):
        text = (typed or {}).get(place, "")
        if text.strip():
            ready[place] = Outcome(typed_result(text, place + 1, call.name), "hand")
        elif call.name not in TOOLS:
            raise Problem("result_missing", number=place + 1, name=shown(call.name))
    outcomes = [
        ready.get(place) or await asyncio.to_thread(run_call, call)
        for place, call in enumerate(calls)
    ]
    return finish_round(column, calls, outcomes)


def calls_of(column: CallColumn, limit: int = ROUND_LIMIT) -> Sequence[Call]:
    """The calls of an ended answer that a round is about; `Problem` when there can be none."""
    if len(column.spec.turns) + 1 >= limit:
        raise Problem("rounds_over", limit=limit)
    if column.finish_reason is None:
        raise Problem("round_running")
    calls = column.parsed.calls if column.parsed is not None else []
    if not calls:
        raise Problem("round_no_calls")
    if len(calls) > MAX_CALLS:
        raise Problem("round_many_calls", found=len(calls), limit=MAX_CALLS)
    return calls


def finish_round(column: CallColumn, calls: Sequence[Call], outcomes: Sequence[Outcome]) -> Round:
    """The round that these outcomes make; there is one for each call, in their order."""
    results = tuple(
        (call.name, outcome.text) for call, outcome in zip(calls, outcomes, strict=True)
    )
    return Round(Turn(column.text, results), tuple(outcomes))


def run_call(call: Call) -> Outcome:
    """Run one call with the built-in function of its name; it never raises, and takes seconds at
    most. What went wrong is the outcome's text as well: `{"error": sentence}`.
    """
    try:
        return Outcome(_json(run_tool(call.name, call.arguments)), "tool")
    except Problem as problem:
        return _failed(problem)
    except Exception as fault:  # a fault of ours must not end the visitor's conversation
        detail = shown(f"{type(fault).__name__}: {fault}", 200)
        return _failed(Problem("tool_failed", name=shown(call.name), detail=detail))


def typed_result(text: str, number: int, name: str) -> str:
    """A result typed by hand as JSON text: JSON as it is, anything else as a string.

    What begins like an object, array or string but is no JSON is a `Problem` with the place;
    `number` counts the call from 1.
    """
    text = printable(text.strip())
    about = {"number": number, "name": shown(name)}
    if not text:
        raise Problem("result_missing", **about)
    if len(text) > MAX_RESULT_CHARACTERS:
        limit = f"{MAX_RESULT_CHARACTERS:,}"
        raise Problem("result_long", found=f"{len(text):,}", limit=limit, **about)
    try:
        return _json(json.loads(text, parse_constant=_no_constant))
    except json.JSONDecodeError as error:
        if text[0] not in '{["':
            return _json(text)
        place = {"line": error.lineno, "column": error.colno, "detail": error.msg}
        raise Problem("result_json", **about, **place) from None
    except (ValueError, RecursionError) as error:  # NaN, huge numbers, a thousand brackets
        if text[0] not in "{[":
            return _json(text)
        detail = shown(str(error)) or type(error).__name__
        raise Problem("result_json", **about, line=1, column=1, detail=detail) from None


def go_on(spec: CallSpec, turn: Turn) -> CallSpec:
    """What is asked of the column next: the same, with one more turn behind it."""
    return spec.model_copy(update={"turns": (*spec.turns, turn)})


def _failed(problem: Problem) -> Outcome:
    return Outcome(_json({"error": problem.message}), "tool", problem.message)


def _json(value: Any) -> str:
    return json.dumps(value, ensure_ascii=False, allow_nan=False)


def _no_constant(name: str) -> NoReturn:
    raise ValueError(f"{name} is not JSON")
