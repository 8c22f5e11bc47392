"""Spans of time as visitors are told them."""

from __future__ import annotations

import math

from lora_ui.strings import word

STEP_S = 5
"""Estimates are told no finer than this: they are not better."""
TELL_S = 1.0
"""How often somebody who waits is told anew."""


def about(seconds: float | None) -> str:
    """An estimate in words, rounded up; None is one that nobody can make yet."""
    if seconds is None:
        return word("public_span_unknown")
    if seconds <= 60:
        rounded = max(STEP_S, STEP_S * math.ceil(seconds / STEP_S))
        return word("public_span_seconds", seconds=rounded)
    return word("public_span_minutes", minutes=math.ceil(seconds / 60))
