"""What the scripts of the custom views begin with: their words, and the helpers that all use."""

from __future__ import annotations

import json
from pathlib import Path

from lora_ui.strings import WORDS

_SHARED = Path(__file__).parent / "dom.js"
COLUMNS = Path(__file__).parent / "columns.js"
"""What the views of columns share; for `script`, in front of a view's drawing."""


def script(prefix: str, *files: Path) -> str:
    """One script of `files` in this order; its `words` are those whose keys begin with `prefix`.

    The words stand in the script itself: of a component in a tab that was never opened, Gradio 6.31
    drops the properties of one's own with the first new value.
    """
    words = {
        key.removeprefix(prefix): text for key, text in WORDS.items() if key.startswith(prefix)
    }
    parts = [file.read_text(encoding="utf-8") for file in (_SHARED, *files)]
    return "\n".join([f"const words = {json.dumps(words)};", *parts])
