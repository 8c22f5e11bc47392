"""Fixtures of `canitoolcall` that come out otherwise, and why: a rule of ours, or a shortcoming."""

from __future__ import annotations

_ID = (
    "**Ours is lacking.** `[CALL_ID]`, which chat histories of v11 hold between name and "
    "arguments, is not read; the call is reported as malformed."
)
_TAGS = (
    "**Ours is lacking.** A value in XML has no quotes, so a tag inside it that closes the value "
    "for us is text only by what follows later."
)
DEVIATIONS: dict[str, str] = {
    "qwen3-xml/llamacpp-q35-call-inside-think": (
        "Rule: calls inside `<think>` are not calls. The fixture takes the call for the end of a "
        "thought that was never closed."
    ),
    "llama/l4-truncated-missing-close-bracket": (
        "Rule: complete calls before the one that is cut off are kept. The fixture wants none of "
        "a list that is not closed."
    ),
    "qwen3-xml/q38-marker-in-arguments": _TAGS,
    "qwen3-xml/coder-marker-in-arguments": _TAGS,
    "llama/l4-vllm-pythonic-python-start-end": (
        "**Ours is lacking.** The call is the same, but `<|python_start|>` and `<|python_end|>` "
        "around it stay in the content."
    ),
    "mistral/llamacpp-v11-call-id": _ID,
    "mistral/llamacpp-v11-call-id-parallel": _ID,
}
"""Fixture id → why; `docs/functions/conformance.md` shows it."""
