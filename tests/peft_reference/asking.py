"""Ask transformers and PEFT in a process of their own, so that no test process runs torch."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any


@dataclass(frozen=True)
class Asked:
    """One greedy answer of at most `max_tokens`; `adapter` is its folder, None for the base."""

    adapter: str | None
    messages: list[dict[str, str]]
    max_tokens: int


@dataclass(frozen=True)
class Answer:
    """`texts[n]` is the answer after n + 1 tokens, special ones left out.

    `gaps[n]` is the distance between the two largest logits where token n was chosen: how near the
    answer was to another one.
    """

    tokens: list[int]
    texts: list[str]
    gaps: list[float]

    @property
    def text(self) -> str:
        return self.texts[-1] if self.texts else ""

    def gap_where_it_parts(self, other: str) -> float | None:
        """The gap at the first token that `other` does not share; None where the texts agree."""
        if other == self.text:
            return None
        for text, gap in zip(self.texts, self.gaps, strict=True):
            settled = text.rstrip("\ufffd")  # a character may be half there
            if not other.startswith(settled):
                return gap
        return self.gaps[-1]


def ask_peft(model: Path, asked: Sequence[Asked]) -> list[Answer]:
    """Every answer in float32 on the CPU, in the order asked."""
    return [Answer(**answer) for answer in _ask(model, asked, apart=False)]


def ask_peft_apart(model: Path, asked: Sequence[Asked]) -> list[Answer | str]:
    """The same for adapters that may be broken, those of one in a row: PEFT's error, if any."""
    found = _ask(model, asked, apart=True)
    return [answer["error"] if "error" in answer else Answer(**answer) for answer in found]


def _ask(model: Path, asked: Sequence[Asked], apart: bool) -> list[dict[str, Any]]:
    call = {"model": str(model), "asked": [asdict(one) for one in asked], "apart": apart}
    done = subprocess.run(
        [sys.executable, "-m", "tests.peft_reference.answering"],
        input=json.dumps(call),
        capture_output=True,
        text=True,
        cwd=Path(__file__).parents[2],
        env={**os.environ, "OMP_WAIT_POLICY": "PASSIVE"},  # threads that spin starve the engine
        check=False,
    )
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout)
