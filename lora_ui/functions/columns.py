"""A column of function calls: what was asked of one adapter, and what its answer holds."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from pydantic import Field

from lora_ui.compare.columns import Column, ColumnSpec
from lora_ui.functions.results import ParseResult
from lora_ui.functions.schema import Function

AUTO = "auto"
"""As format: the adapter's own. As tool choice: the model decides whether to call anything."""
REQUIRED = "required"
NONE = "none"
CHOICES = (AUTO, REQUIRED, NONE)
"""The tool choices that are no function's name."""


@dataclass(frozen=True)
class Turn:
    """A round that is over: the raw text that the model wrote, and what its calls gave.

    `results` are pairs of a function's name and its result as JSON text, in the order of the calls.
    """

    text: str
    results: tuple[tuple[str, str], ...] = ()


class CallSpec(ColumnSpec):
    """What is asked of one column. `system` stands before what tells of the functions.

    `constrained`: the engine lets only text through that the functions allow. `turns` are the
    rounds before this one, oldest first.
    """

    constrained: bool = False
    turns: tuple[Turn, ...] = Field(default=(), max_length=64)


@dataclass
class CallColumn(Column):
    """One answer as it grows, and what is found in it.

    `format` is the one that prompt and constraint are written in. `parsed` is a preview while the
    answer streams and the whole result once it has ended; None before the first text, and when the
    column failed. `notes` are sentences about what the constraint leaves out; `constraint` is the
    structural tag that was sent, None where the text was free.
    """

    spec: CallSpec  # pyright: ignore[reportIncompatibleVariableOverride]
    format: str | None = None
    parsed: ParseResult | None = None
    notes: tuple[str, ...] = ()
    constraint: str | None = None

    @property
    def verdict(self) -> str | None:
        """`valid`, `invalid`, `truncated` or `no_call`; None until the answer has ended."""
        ended = self.finish_reason in ("stop", "length", "abort")
        return self.parsed.verdict if ended and self.parsed is not None else None

    def as_result(self) -> dict[str, Any]:
        """The column as the endpoint `/call_functions` answers it."""
        parsed = self.parsed or ParseResult()
        return {
            **super().as_result(),
            "calls": [{"name": c.name, "arguments": c.arguments} for c in parsed.calls],
            "content": parsed.content,
            "errors": [error.model_dump(mode="json") for error in parsed.errors],
            "verdict": self.verdict,
            "format": self.format,
            "constrained": self.constraint is not None,
            "notes": list(self.notes),
        }


@dataclass(frozen=True)
class Ask:
    """What all columns of a run are asked.

    `tool_choice` is `auto`, `required`, `none` or a function's name; without `parallel` one call is
    the most. `format` is a format's id, or `auto` for each adapter's own.
    """

    message: str
    functions: tuple[Function, ...]
    tool_choice: str = AUTO
    parallel: bool = True
    format: str = AUTO
