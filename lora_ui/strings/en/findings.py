"""Findings of the check of an adapter: what was found, and what to do about it."""

FINDINGS: dict[str, tuple[str, str]] = {
    "no_effect": (
        "It answers exactly like the base model.",
        "Check that it was trained, saved with its weights, and belongs to this base model.",
    ),
}
