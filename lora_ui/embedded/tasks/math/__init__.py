"""Grade-school word problems, answered in short reasoning lines and a last line `#### answer`.

Every problem belongs to a family: a function that draws people, things and numbers and solves
the problem, and wordings for each split. Every
line of an answer restates what it computes with units, in one phrase per kind of step ("5 boxes
with 6 pens each: 5 * 6 = 30 pens."), and the wordings are in `data/*.toml`.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from itertools import accumulate, count
from random import Random

from lora_ui.embedded.tasks.base import Example, Grade, Split
from lora_ui.embedded.tasks.math import (
    chains,
    clock,
    counting,
    crowds,
    ledger,
    measure,
    money,
    percents,
    scenes,
    sharing,
    stories,
)
from lora_ui.embedded.tasks.math.calc import show
from lora_ui.embedded.tasks.math.surface import add_extra, dress, system_message
from lora_ui.embedded.tasks.math.wording import FAMILIES, Draw, expand
from lora_ui.embedded.tasks.math.words import HELDOUT, TRAIN

FAMILY_MODULES = (
    counting,
    crowds,
    sharing,
    stories,
    money,
    percents,
    clock,
    measure,
    scenes,
    ledger,
    chains,
)
"""Importing them fills `FAMILIES`."""
STEP_SHARES = {1: 0.34, 2: 0.4, 3: 0.26}
"""How often problems of one, two, and three or more steps come up."""
SYSTEM_SHARE = 0.2

_NUMBER = re.compile(r"-?(?:\d[\d,]*(?:\.\d+)?|\.\d+)")


class MathTask:
    """Word problems; `check` is `{"answer": number}`."""

    name = "math"

    def generate(self, seed: int, split: Split) -> Iterator[Example]:
        """Endless problems: steps are drawn first, then a family, its numbers and a wording."""
        rng = Random(f"{seed}-{split}")
        heldout = split == "heldout"
        words = HELDOUT if heldout else TRAIN
        by_steps = {
            n: [f for f in FAMILIES.values() if f.steps == n and (f.heldout or not heldout)]
            for n in STEP_SHARES
        }
        weights = {
            n: list(accumulate(f.weight for f in families)) for n, families in by_steps.items()
        }
        for number in count():
            steps = rng.choices(tuple(STEP_SHARES), tuple(STEP_SHARES.values()))[0]
            family = rng.choices(by_steps[steps], cum_weights=weights[steps])[0]
            draw = Draw(rng, words, heldout)
            wording = expand(rng, rng.choice(family.heldout if heldout else family.train))
            draw.wording = wording
            lines, answer = family.solve(draw)
            if family.extras:
                wording = add_extra(draw, wording)
            messages = [{"role": "user", "content": dress(rng, draw.fill(wording), heldout)}]
            if rng.random() < SYSTEM_SHARE:
                messages.insert(0, {"role": "system", "content": system_message(rng, heldout)})
            final = show(answer)
            yield Example(
                id=f"math-{split}-{seed}-{number}-{family.name}",
                messages=messages,
                answer="\n".join([*lines, f"#### {final}"]),
                check={"answer": float(final) if "." in final else int(final)},
            )

    def grade(self, example: Example, text: str) -> Grade:
        """Compare the number after the last `####`, whatever currency, commas or units it has."""
        _, mark, tail = text.rpartition("####")
        if not mark:
            return Grade(False, "no #### line")
        match = _NUMBER.search(tail.split("\n")[0] if tail.split("\n")[0].strip() else tail)
        if not match:
            return Grade(False, "no number after ####")
        value, expected = float(match[0].replace(",", "")), float(example.check["answer"])
        if abs(value - expected) > 1e-6:
            return Grade(False, f"answered {match[0]}, expected {expected:g}")
        return Grade(True)


TASK = MathTask()
