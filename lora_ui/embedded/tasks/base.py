"""What a demo task is: examples made by seeded code, and a grader for what a model answers."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any, Literal, Protocol

Split = Literal["train", "heldout"]
"""`heldout` shares neither schemas nor sentence templates with `train`."""


@dataclass(frozen=True)
class Example:
    """One prompt with its reference answer.

    `messages` are chat messages (`{"role": "system" | "user", "content": …}`) without the answer;
    `answer` is the text to train on; `check` is what the task's grader needs, as plain JSON.
    """

    id: str
    messages: list[dict[str, str]]
    answer: str
    check: dict[str, Any] = field(default_factory=dict)


@dataclass(frozen=True)
class Grade:
    """The verdict on one answer: `reason` says in a few words why it failed ("" when right)."""

    right: bool
    reason: str = ""


class Task(Protocol):
    """A demo task. Each module of this package holds one, under the name `TASK`."""

    name: str

    def generate(self, seed: int, split: Split) -> Iterator[Example]:
        """An endless stream of examples; the same seed and split give the same stream."""
        ...

    def grade(self, example: Example, text: str) -> Grade:
        """Judge an answer `text` by `example.check` alone: hand-written prompts have no more."""
        ...
