"""Every sentence that people read, one table a language. English is the first and the fallback."""

from __future__ import annotations

from typing import Any

from lora_ui.strings.en import PROBLEMS, WORDS


def sentence(code: str, **params: Any) -> str:
    """The sentence of problem `code`, its parameters filled in."""
    return PROBLEMS[code].format(**params)


def word(key: str, **params: Any) -> str:
    """A label or short text of the page, its parameters filled in."""
    return WORDS[key].format(**params)
