"""docs/hazards.md from what `bare` has measured."""

from __future__ import annotations

import subprocess
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from importlib.metadata import version

import psutil

from lora_ui.engine.hardware import cpu
from tests.app_process import ROOT
from tests.zoo.specimen import Specimen

LONGEST = 180

INTRODUCTION = """\
# Doubtful adapters: bare vLLM beside LoRA UI

Made by `make hazards` on {date}: {machine}, vLLM {vllm} for the CPU,
PEFT {peft}, commit `{commit}`.

Every adapter here is made by code from a good one ([`tests/zoo/`](../tests/zoo)). Both engines have
the same settings: SmolLM2-135M-Instruct in float32, 2 slots, rank 16; q, k, v and o for all but the
last four, which need an engine that serves every module. Each adapter is given to an engine that
has two good ones in its slots, and once more when the two have changed places. After each, the good
ones are asked again; an engine that has died or answers otherwise is started anew.

- **Bare vLLM** is `AsyncLLM` with its own operators. It gets `add_lora`, once more if that is
  refused, then three greedy prompts of 12 tokens, then `remove_lora`. A second table leaves
  `add_lora` out: vLLM then loads what a request names by itself.
- **LoRA UI** is its engine as the page uses it: the adapter is added, asked, and removed.
- **As PEFT does** means that transformers and PEFT, in float32 on the same files, give the same
  tokens, or that the answers part where PEFT's two best logits are less than 0.01 apart.

`tests/engine/test_zoo.py` proves LoRA UI's side in every run of the tests.
"""


@dataclass(frozen=True)
class Row:
    """What became of one specimen, in words."""

    specimen: Specimen
    bare: str
    ours: str


def write_report(rows: Sequence[Row], just_generated: Sequence[Row]) -> str:
    """The whole page."""
    doubtful = [row for row in rows if row.specimen.expected == "refused"]
    unusual = [row for row in rows if row.specimen.expected == "served"]
    parts = [
        INTRODUCTION.format(
            date=date.today(),
            machine=machine(),
            vllm=vllm_version(),
            peft=version("peft"),
            commit=commit(),
        ),
        f"## In short\n\n{summary(doubtful, unusual)}",
        f"## {len(doubtful)} that must not run\n\n{table(doubtful)}",
        "## Named by a request, never loaded\n\nSome of them in bare vLLM without `add_lora`, each "
        f"death followed by a new engine.\n\n{table(just_generated)}",
        f"## {len(unusual)} that look odd and are good\n\n{table(unusual)}",
    ]
    return "\n".join(f"{part.strip()}\n" for part in parts)


def table(rows: Sequence[Row]) -> str:
    lines = ["| adapter | what it is | bare vLLM | LoRA UI |", "|---|---|---|---|"]
    for row in rows:
        cells = (row.specimen.name, row.specimen.why, row.bare, row.ours)
        lines.append(f"| {' | '.join(map(cell, cells))} |")
    return "\n".join(lines)


def cell(text: str) -> str:
    """One line without the table's own signs, shortened."""
    flat = " ".join(text.split()).replace("|", "\\|").replace("<", "&lt;")
    return flat if len(flat) <= LONGEST else f"{flat[: LONGEST - 1].rstrip()}…"


def kind(verdict: str) -> str:
    """What a verdict comes down to."""
    for mark, words in (
        ("the others answer otherwise", "changes what other adapters answer"),
        ("another adapter", "answers with another adapter’s weights"),
        ("engine dies", "ends the engine for everybody"),
        ("engine hangs", "hangs the engine for everybody"),
        ("as the base does**", "answers as the base does, without a word"),
        ("something**", "answers something that PEFT does not"),
        ("as PEFT does", "answers as PEFT does"),
    ):
        if mark in verdict:
            return words
    return "refused"


def summary(doubtful: Sequence[Row], unusual: Sequence[Row]) -> str:
    """How often each came to pass."""
    counts = [
        Counter(kind(verdict) for verdict in verdicts)
        for verdicts in (
            [row.bare for row in doubtful],
            [row.ours for row in doubtful],
            [row.bare for row in unusual],
            [row.ours for row in unusual],
        )
    ]
    head = (
        "| | doubtful, bare vLLM | doubtful, LoRA UI | unusual, bare vLLM | unusual, LoRA UI |\n"
        "|---|---:|---:|---:|---:|"
    )
    kinds = dict.fromkeys(words for count in counts for words in count)
    lines = [f"| {words} | {' | '.join(str(c[words]) for c in counts)} |" for words in kinds]
    return "\n".join([head, *lines])


def machine() -> str:
    gigabytes = psutil.virtual_memory().total / 1024**3
    return f"{psutil.cpu_count()} cores, {cpu().name}, {gigabytes:.0f} GiB"


def vllm_version() -> str:
    import vllm

    return vllm.__version__


def commit() -> str:
    asked = ["git", "rev-parse", "--short", "HEAD"]
    return subprocess.run(
        asked, capture_output=True, text=True, cwd=ROOT, check=True
    ).stdout.strip()
