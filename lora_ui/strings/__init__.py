"""Every sentence that people read, one table a language. English is the first and the fallback."""

from __future__ import annotations

from typing import Any

from lora_ui.strings.en import FINDINGS, PROBLEMS, WORDS


def sentence(code: str, **params: Any) -> str:
    """The sentence of problem `code`, its parameters filled in."""
    return PROBLEMS[code].format(**params)


def word(key: str, **params: Any) -> str:
    """A label or short text of the page, its parameters filled in."""
    return WORDS[key].format(**params)


def finding_sentences(code: str, **params: Any) -> tuple[str, str]:
    """What the finding `code` says, and its fix, their parameters filled in."""
    message, fix = FINDINGS[code]
    return message.format(**params), fix.format(**params)
