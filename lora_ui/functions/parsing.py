"""The parser: text in, calls, content and errors out. It never raises on any text."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from lora_ui.functions import formats as registry
from lora_ui.functions.casting import cast_arguments
from lora_ui.functions.formats.values import Format
from lora_ui.functions.reading import Found, Reading, Region, read
from lora_ui.functions.results import Call, CallError, OpenCall, ParseResult
from lora_ui.functions.schema import Function, read_functions, violations
from lora_ui.functions.validation import Budget
from lora_ui.strings import word

_SHORT = 60


def parse_calls(
    text: str,
    functions: Sequence[Mapping[str, Any] | Function],
    format: str = registry.AUTO,
    finish_reason: str = "stop",
) -> ParseResult:
    """What a model's `text` calls, held against `functions`.

    `functions` are plain `{"name", "description", "parameters"}` or OpenAI's form. `format` is an
    id of the registry, or `auto`: the first call that shows itself decides. With the finish reason
    `length` a call that is not complete is `truncated`, else `malformed`. Offsets count characters.

    TypeError or ValueError for wrong `functions` or an unknown format, never for the text.
    """
    known = read_functions(functions)
    return parse(text, known, readable(format), finish_reason)


def readable(format: str) -> tuple[Format, ...]:
    """The formats that `format` may stand for: all of them for `auto`."""
    return registry.every() if format == registry.AUTO else (registry.get(format),)


def parse(
    text: str,
    functions: tuple[Function, ...],
    formats: tuple[Format, ...],
    finish_reason: str,
    preview: bool = False,
) -> ParseResult:
    """As `parse_calls`, with everything read already.

    A `preview` tells a call that is not complete as `open` instead of as an error.
    """
    known = {function.name: function for function in functions}
    at_limit = finish_reason == "length"
    reading = read(text, formats, known, at_limit or preview)
    judge = _Judge(text, known, at_limit)
    open_call: OpenCall | None = None
    for region in reading.regions:
        for found in region.found:
            if preview and found.kind == "cut":
                arguments = found.arguments if isinstance(found.arguments, dict) else {}
                open_call = OpenCall(name=found.name, arguments=arguments, start=found.start)
            else:
                judge.see(found)
    return ParseResult(
        calls=judge.calls,
        content=_content(text, reading),
        errors=judge.errors,
        format=reading.format if reading.regions or len(formats) == 1 else None,
        open=open_call,
    )


class _Judge:
    """Holds what was found against the functions, in the order of the text."""

    def __init__(self, text: str, known: Mapping[str, Function], at_limit: bool) -> None:
        self.text, self.known, self.at_limit = text, known, at_limit
        self.calls: list[Call] = []
        self.errors: list[CallError] = []
        self.budget = Budget()

    def see(self, found: Found) -> None:
        if found.kind == "cut":
            kind = "truncated" if self.at_limit else "malformed"
            message = word("call_truncated" if self.at_limit else "call_stops")
            self.errors.append(_error(kind, message, found.start, found.end))
        elif found.kind == "malformed":
            message = word("call_malformed", why=word(found.why or "why_no_json"))
            self.errors.append(_error("malformed", message, found.start, found.end))
        else:
            self._call(found)

    def _call(self, found: Found) -> None:
        name = found.name or ""
        function = self.known.get(name)
        if function is None:
            start, end = found.name_span or (found.start, found.end)
            self.errors.append(_error("unknown_function", self._unknown(name), start, end))
            return
        arguments = found.arguments
        if found.untyped:
            arguments = cast_arguments(arguments, function.parameters)
        wrong = violations(function, arguments, self.budget) if function.parameters else []
        for violation in wrong:
            self.errors.append(
                _error(
                    "invalid_arguments", violation.message, found.start, found.end, violation.path
                )
            )
        if not wrong:
            self.calls.append(
                Call.model_construct(
                    name=name, arguments=arguments, start=found.start, end=found.end
                )
            )

    def _unknown(self, name: str) -> str:
        shown = name if len(name) <= _SHORT else name[: _SHORT - 1] + "…"
        near = registry.nearest(name, self.known) if len(name) <= _SHORT else None
        if near:
            return word("call_unknown_near", name=shown, near=near)
        return word("call_unknown", name=shown)


def _error(kind: Any, message: str, start: int, end: int, path: str | None = None) -> CallError:
    return CallError.model_construct(kind=kind, message=message, start=start, end=end, path=path)


def _content(text: str, reading: Reading) -> str | None:
    """The text outside the regions, each piece stripped, joined by line breaks."""
    spans = sorted([(r.start, r.end) for r in reading.regions] + reading.noise)
    pieces: list[str] = []
    pos, in_fence = 0, False
    for start, end in spans:
        piece, in_fence = _unfenced(text[pos:start], in_fence, before_call=True)
        _keep(pieces, piece, reading, pos > 0)
        pos = max(pos, end)
    piece, _ = _unfenced(text[pos : max(pos, reading.end)], in_fence, before_call=False)
    _keep(pieces, piece, reading, False)
    return "\n".join(pieces) or None


def _keep(pieces: list[str], piece: str, reading: Reading, between: bool) -> None:
    piece = piece.strip()
    if piece and not (between and piece == reading.separator):
        pieces.append(piece)


def _unfenced(piece: str, in_fence: bool, before_call: bool) -> tuple[str, bool]:
    """A piece without the halves of a code fence that stands around calls.

    `in_fence` says that the opening half stood before the region in front of this piece. Returned
    is whether it is open still.
    """
    if in_fence:
        bare = piece.lstrip()
        if bare.startswith("```"):
            piece, in_fence = bare[3:], False
    if before_call and not in_fence:
        bare = piece.rstrip()
        at = bare.rfind("```")
        if at >= 0 and bare.count("```") % 2 and _is_word(bare[at + 3 :]):
            return bare[:at], True
    return piece, in_fence


def _is_word(text: str) -> bool:
    return len(text) <= 20 and all(c.isalnum() or c in "_+-" for c in text)


__all__ = ["Region", "parse", "parse_calls", "readable"]
