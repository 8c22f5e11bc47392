"""Fixtures of `canitoolcall` that come out otherwise, and why: a rule of ours, or a shortcoming."""

from __future__ import annotations

DEVIATIONS: dict[str, str] = {
    "qwen3-xml/llamacpp-q35-call-inside-think": (
        "Rule: calls inside `<think>` are not calls. The fixture takes the call for the end of a "
        "thought that was never closed."
    ),
    "llama/l4-truncated-missing-close-bracket": (
        "Rule: complete calls before the one that is cut off are kept. The fixture wants none of "
        "a list that is not closed."
    ),
}
"""Fixture id → why; `docs/functions/conformance.md` shows it."""
