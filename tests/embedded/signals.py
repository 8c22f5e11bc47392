"""A toy task for tests of the recipe. Nothing heavy is imported: worker processes load it."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from itertools import count
from random import Random

from lora_ui.embedded.tasks.base import Example, Grade, Split

SIGNALS = {"red": "please stop", "green": "go", "amber": "wait a little"}
FILLERS = {"train": ["the", "light", "shows"], "heldout": ["shows", "the", "now"]}


@dataclass(frozen=True)
class Signals:
    """What to do at a traffic light. With `last`, the stream breaks after that many examples."""

    name: str = "signals"
    last: int | None = None

    def generate(self, seed: int, split: Split) -> Iterator[Example]:
        rng = Random(f"{seed}-{split}")
        for number in count():
            if number == self.last:
                raise RuntimeError("the generator is broken")
            color = rng.choice(sorted(SIGNALS))
            words = rng.choices(FILLERS[split], k=rng.randint(1, 6))
            content = " ".join([*words, color])
            yield Example(
                id=f"{split}-{seed}-{number}",
                messages=[{"role": "user", "content": content}],
                answer=SIGNALS[color],
                check={"gold": SIGNALS[color]},
            )

    def grade(self, example: Example, text: str) -> Grade:
        right = text.strip() == example.check["gold"]
        return Grade(right, "" if right else f"said {text!r}")
