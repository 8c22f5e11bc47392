"""The English tables."""

from __future__ import annotations

from lora_ui.strings.en.access_words import ACCESS_PROBLEMS, ACCESS_WORDS
from lora_ui.strings.en.adapter_words import ADAPTER_WORDS
from lora_ui.strings.en.call_problems import CALL_NOTES, CALL_PROBLEMS
from lora_ui.strings.en.findings import FINDINGS
from lora_ui.strings.en.function_words import FUNCTION_WORDS
from lora_ui.strings.en.link_words import LINK_WORDS
from lora_ui.strings.en.mark_words import MARK_WORDS
from lora_ui.strings.en.memory_words import MEMORY_WORDS
from lora_ui.strings.en.parse_words import PARSE_WORDS
from lora_ui.strings.en.planning_words import PLANNING_PROBLEMS, PLANNING_WORDS
from lora_ui.strings.en.problems import PROBLEMS as GENERAL_PROBLEMS
from lora_ui.strings.en.public_words import PUBLIC_PROBLEMS, PUBLIC_WORDS
from lora_ui.strings.en.tool_words import TOOL_PROBLEMS, TOOL_WORDS
from lora_ui.strings.en.words import WORDS as GENERAL_WORDS

PROBLEMS = {
    **GENERAL_PROBLEMS,
    **CALL_PROBLEMS,
    **TOOL_PROBLEMS,
    **PLANNING_PROBLEMS,
    **PUBLIC_PROBLEMS,
    **ACCESS_PROBLEMS,
}
WORDS = {
    **GENERAL_WORDS,
    **ADAPTER_WORDS,
    **FUNCTION_WORDS,
    **CALL_NOTES,
    **TOOL_WORDS,
    **PARSE_WORDS,
    **MARK_WORDS,
    **LINK_WORDS,
    **MEMORY_WORDS,
    **PLANNING_WORDS,
    **PUBLIC_WORDS,
    **ACCESS_WORDS,
}

__all__ = ["FINDINGS", "PROBLEMS", "WORDS"]
