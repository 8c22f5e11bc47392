"""Columns of function calls as tests need them: ended, with a given text."""

from __future__ import annotations

import json
from collections.abc import Sequence
from typing import Any

from lora_ui.functions import parse_calls
from lora_ui.functions.columns import CallColumn, CallSpec, Turn
from lora_ui.functions.schema import Function


def column(
    text: str,
    functions: Sequence[Function],
    *,
    turns: Sequence[Turn] = (),
    finish_reason: Any = "stop",
    constrained: bool = False,
) -> CallColumn:
    """An ended column whose model wrote `text`."""
    spec = CallSpec(key="c0", adapter="function", turns=tuple(turns), constrained=constrained)
    return CallColumn(
        spec,
        state="done",
        text=text,
        finish_reason=finish_reason,
        format="glaive",
        parsed=parse_calls(text, functions, "auto", finish_reason),
    )


def glaive(name: str, arguments: dict[str, Any]) -> str:
    """A call as glaive writes it."""
    return f'<functioncall> {{"name": "{name}", "arguments": \'{json.dumps(arguments)}\'}}'
