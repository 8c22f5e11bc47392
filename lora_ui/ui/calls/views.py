"""Columns of function calls in the words of the page, as the script of the columns draws them.

The value is `{"columns": [{"head": JSON, "rounds": [JSON, …]}, …]}`. A head says which column it is
and what may be done with it; a round is one answer with its calls. Each travels as one JSON text,
so that Gradio sends only those that changed.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Sequence
from typing import Any, NamedTuple

from lora_ui.compare.asking import printable
from lora_ui.compare.provenance import provenance_rows
from lora_ui.functions.repair import Suggestion
from lora_ui.functions.results import Call, CallError, OpenCall, ParseResult
from lora_ui.functions.tools import TOOLS
from lora_ui.strings import word
from lora_ui.ui.board.views import LIVE, figures, finish_words
from lora_ui.ui.calls.threads import Round, Thread

NOTHING = ParseResult()


def calls_view(threads: Iterable[Thread], beat: int) -> dict[str, Any]:
    """All columns of one visitor. `beat` differs each time: every answer is drawn, also one that
    changes nothing but for a button that waits for it.
    """
    return {
        "beat": beat,
        "columns": [
            {
                "head": json.dumps(head_view(thread)),
                "rounds": [
                    json.dumps(round_view(one, number))
                    for number, one in enumerate(thread.rounds, start=1)
                ],
            }
            for thread in threads
        ],
    }


def head_view(thread: Thread) -> dict[str, Any]:
    """Which column it is, and what its buttons may do."""
    mode = "constrained" if thread.spec.constrained else "free"
    full = thread.is_full and bool(thread.last.calls)
    return {
        "key": thread.key,
        "adapter": thread.spec.adapter,
        "title": printable(thread.title),
        "name": thread.spec.adapter,
        "constrained": thread.spec.constrained,
        "mode": word(f"calls_{mode}"),
        "mode_hint": word(f"calls_{mode}_hint"),
        "live": thread.is_live,
        "may_go_on": thread.may_go_on,
        "limit": word("calls_round_limit", limit=thread.limit) if full else "",
    }


def round_view(one: Round, number: int) -> dict[str, Any]:
    """One answer: its text in segments, its calls, what is wrong with it, and how it went."""
    column = one.column
    live = column.state in LIVE
    parsed = column.parsed or NOTHING
    writing = parsed.open if live else None
    parts = segments(column.text, parsed.calls, parsed.errors, writing)
    verdict = column.verdict or ""
    return {
        "title": word("functions_round", number=number),
        "state": column.state,
        "live": live,
        "badge": word(f"state_{column.state}"),
        "detail": printable(column.detail) if live else "",
        "error": printable(column.error or ""),
        "text": printable(column.text),
        "segments": [part._asdict() for part in parts],
        "verdict": verdict,
        "verdict_text": word(f"call_verdict_{verdict}") if verdict else "",
        "verdict_hint": word(f"call_verdict_hint_{verdict}") if verdict else "",
        "calls": [_call(call, place, one) for place, call in enumerate(parsed.calls)],
        "open": _open(writing),
        "errors": [_error(error, parts) for error in parsed.errors],
        "notes": [printable(note) for note in column.notes],
        "warnings": [printable(warning) for warning in column.warnings],
        "format": word("calls_used", format=printable(column.format)) if column.format else "",
        "no_effect": column.has_effect is False,
        "figures": figures(column),
        "finish": finish_words(column),
        "prompt": printable(column.prompt_text or ""),
        "prompt_tokens": column.prompt_tokens or 0,
        "ran": [[label, printable(value)] for label, value in provenance_rows(column.ran())],
        "ran_json": json.dumps(column.ran(), indent=2) if column.provenance else "",
        "repairs": [_repair(suggestion) for suggestion in one.suggestions],
        "exports": [
            {"id": name, "label": word(f"export_{name}"), "text": printable(text)}
            for name, text in one.exports.items()
        ],
    }


# ---------------------------------------------------------------- the text, and where things stand


class Segment(NamedTuple):
    """A piece of an answer's text from character `start`; `number` counts calls or errors from 1.

    `kind` is "call", "error", "open" (a call still being written) or "text"; the last two have 0.
    """

    kind: str
    number: int
    text: str
    start: int


def segments(
    text: str,
    calls: Sequence[Call],
    errors: Sequence[CallError],
    writing: OpenCall | None = None,
) -> list[Segment]:
    """The text cut at the spans of calls and errors; joined again, it is the whole text.

    Spans that begin within another one lose what lies in it: a place has one mark.
    """
    spans = [(one.start, 0, one.end, "error", n) for n, one in enumerate(errors, start=1)]
    spans += [(one.start, 1, one.end, "call", n) for n, one in enumerate(calls, start=1)]
    if writing is not None:
        spans.append((writing.start, 2, len(text), "open", 0))
    found: list[Segment] = []
    here = 0
    for begin, _, end, kind, number in sorted(spans):
        if begin >= len(text) > 0:  # what is missing at the end is shown at the last character
            begin, end = len(text) - 1, len(text)
        begin, end = max(begin, here), min(end, len(text))
        if end <= begin:
            continue
        if begin > here:
            found.append(Segment("text", 0, printable(text[here:begin]), here))
        found.append(Segment(kind, number, printable(text[begin:end]), begin))
        here = end
    if here < len(text):
        found.append(Segment("text", 0, printable(text[here:]), here))
    return found


def _error(error: CallError, parts: Sequence[Segment]) -> dict[str, Any]:
    """One thing that is wrong, and the mark in the text that shows where; 0 when none does."""
    marks = [part.number for part in parts if part.kind == "error" and part.start <= error.start]
    return {
        "mark": marks[-1] if marks else 0,
        "kind": word(f"call_error_{error.kind}"),
        "message": printable(error.message),
        "path": printable(error.path or ""),
        "place": word("call_error_place", start=error.start, end=error.end),
    }


# ---------------------------------------------------------------- calls


def _call(call: Call, place: int, one: Round) -> dict[str, Any]:
    outcome = one.outcomes.get(place)
    return {
        "name": printable(call.name),
        "arguments": [argument(name, value) for name, value in call.arguments.items()],
        "built_in": call.name in TOOLS,
        "result": printable(outcome.text) if outcome else "",
        "by": outcome.by if outcome else "",
        "error": printable(outcome.problem or "") if outcome else "",
        "tries": one.tries,
    }


def _repair(suggestion: Suggestion) -> dict[str, str]:
    """A guess at a broken call, and what the schema has against it."""
    wrong = "; ".join(f"{path}: {message}" for path, message in suggestion.problems)
    return {
        "text": printable(suggestion.as_json()),
        "note": printable(word("calls_repair_wrong", wrong=wrong)) if wrong else "",
    }


def _open(writing: OpenCall | None) -> dict[str, Any] | None:
    """A call as far as it is written, unchecked."""
    if writing is None:
        return None
    return {
        "name": printable(writing.name or ""),
        "arguments": [argument(name, value) for name, value in writing.arguments.items()],
    }


def argument(name: str, value: Any) -> dict[str, str]:
    """A name with its value as people read it, and the value's JSON type in words."""
    text = value if isinstance(value, str) else json.dumps(value, ensure_ascii=False, indent=2)
    kind = word(f"call_type_{_kind(value)}")
    return {"name": printable(name), "type": kind, "value": printable(text)}


def _kind(value: Any) -> str:
    match value:
        case bool():
            return "boolean"
        case str():
            return "string"
        case int():
            return "integer"
        case float():
            return "number"
        case None:
            return "null"
        case dict():
            return "object"
        case _:
            return "array"
