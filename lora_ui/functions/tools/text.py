"""How values from outside stand in a sentence: on one line, and short."""

from __future__ import annotations

SHOWN = 80
"""Characters of a quoted text."""


def shown(text: str, limit: int = SHOWN) -> str:
    """`text` on one line, without control characters, cut after `limit` characters."""
    flat = " ".join("".join(c if c.isprintable() else " " for c in text[: 4 * limit]).split())
    return flat if len(flat) <= limit else f"{flat[: limit - 1]}…"
