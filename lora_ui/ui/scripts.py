"""What the scripts of all custom views begin with."""

from __future__ import annotations

from pathlib import Path

_SHARED = Path(__file__).parent / "dom.js"


def script(*files: Path) -> str:
    """One script of `files` in this order, behind the helpers that all of them use."""
    return "\n".join(file.read_text(encoding="utf-8") for file in (_SHARED, *files))
