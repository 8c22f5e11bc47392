"""What adapters are asked to see whether they are served as they should be, and what PEFT says.

For the tests on the real engine, and for bare vLLM beside it.
"""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

from tests.peft_reference import Answer, Asked, ask_peft
from tests.zoo.specimen import Specimen

QUESTIONS = tuple(
    [{"role": "user", "content": text}]
    for text in (
        "Maya buys 4 notebooks for 3 dollars each and a pen for 2 dollars. "
        "How much does she pay in all?",
        "Name three colours of the rainbow.",
        "CREATE TABLE books (id INTEGER, title TEXT, year INTEGER)\n\n"
        "How many books were published after 2010?",
    )
)
TOKENS = 12
NEARLY_EQUAL = 0.01
"""Two answers may part where the reference's two best logits are no further apart: rounding."""


def folder_for_peft(specimen: Specimen, folder: Path, place: Path) -> Path:
    """What PEFT reads: the specimen's own `folder`, or an adapter of the same meaning."""
    return specimen.twin(place / f"{specimen.name}-twin") if specimen.twin else folder


def reference(model: Path, folders: Mapping[str, Path | None]) -> dict[str, list[Answer]]:
    """PEFT's answers to all questions, by the names of the adapters; None is the bare base."""
    asked = [
        Asked(str(folder) if folder else None, messages, TOKENS)
        for folder in folders.values()
        for messages in QUESTIONS
    ]
    answers, each = ask_peft(model, asked), len(QUESTIONS)
    return {name: answers[i * each : (i + 1) * each] for i, name in enumerate(folders)}


def is_equal(text: str, answer: Answer) -> bool:
    """Whether `text` is the reference's answer, or parts from it where that was undecided."""
    gap = answer.gap_where_it_parts(text)
    return gap is None or gap < NEARLY_EQUAL
