"""`make hazards`: the zoo given to bare vLLM and to LoRA UI, side by side, as docs/hazards.md.

python -m tests.zoo.bare --out FILE.md [--only NAME,…] [--resume]

It takes about an hour, so what was found is kept in .cache/zoo as it comes: after an interruption,
`--resume` goes on from there.
"""

from __future__ import annotations

import argparse
import json
import os
import re
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Iterable
from contextlib import suppress
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from lora_ui.catalog.preflight import Limits
from tests.app_process import CACHE, ROOT
from tests.peft_reference import Answer, Asked, ask_peft, ask_peft_apart
from tests.zoo import LIMITS, WIDE, ZOO, Specimen
from tests.zoo.bare_engine import GOOD, Job, Kind, Outcome
from tests.zoo.bare_report import Row, write_report
from tests.zoo.proof import QUESTIONS, TOKENS, folder_for_peft, is_equal

MODEL = CACHE / "models" / "SmolLM2-135M-Instruct"
PLACE = ROOT / ".cache" / "zoo"
START_S = 600
LONGEST_JOB_S = 180
"""A good adapter takes a few seconds; an engine that takes longer over one hangs."""
JUST_GENERATED = (
    "plain",
    "no-weights",
    "cut-off",
    "git-lfs",
    "config-empty",
    "without-r",
    "dora",
    "bias-all",
    "rank-64",
    "larger",
    "other-names",
    "layer-30",
)
"""Also asked without `add_lora` before, each of them of another kind: most cost an engine."""


@dataclass
class Life:
    """One engine process, and the lines that it has written."""

    process: subprocess.Popen[str]
    lines: Path

    def outcomes(self) -> list[Outcome]:
        """What it finds until it ends, dies or hangs."""
        seen, deadline = 0, time.monotonic() + START_S
        while self.process.poll() is None and time.monotonic() < deadline:
            time.sleep(0.2)
            if len(found := read(self.lines)) > seen:
                seen, deadline = len(found), time.monotonic() + LONGEST_JOB_S
        found = read(self.lines)
        assert found, f"the engine did not start; see {self.lines.with_suffix('.log')}"
        done = [Outcome(**line["done"]) for line in found if "done" in line]
        if "begun" in found[-1]:  # it never said what came of it
            name, hung = found[-1]["begun"], self.process.poll() is None
            died = None if hung else "the process ended without a word"
            done.append(Outcome(name, hung=hung, died=died))
            with self.lines.open("a") as out:
                out.write(json.dumps({"done": asdict(done[-1])}) + "\n")
        return done

    def end(self) -> None:
        """It and all that it has started: they are one process group."""
        with suppress(ProcessLookupError):
            os.killpg(self.process.pid, signal.SIGKILL)
        self.process.wait()


def read(lines: Path) -> list[dict[str, Any]]:
    """What a life has written; a line that is not whole yet is left out."""
    text = lines.read_text() if lines.exists() else ""
    return [json.loads(line) for line in text.splitlines(keepends=True) if line.endswith("\n")]


def run_jobs(kind: Kind, limits: Limits, jobs: list[Job], place: Path) -> dict[str, Outcome]:
    """Every job's outcome; after each death or hang another engine goes on with the rest.

    What lies in `place` of earlier lives counts.
    """
    lives = f"{kind}-{limits.target_modules[-1]}-{jobs[0].way}"
    earlier = sorted(place.glob(f"{lives}-*.jsonl"))
    known = [Outcome(**line["done"]) for file in earlier for line in read(file) if "done" in line]
    found = {outcome.name: outcome for outcome in known}
    number = len(earlier)
    while rest := [job for job in jobs if job.name not in found]:
        number += 1
        lines = place / f"{lives}-{number:03}.jsonl"
        say(f"{kind}: engine {number}, {len(rest)} adapters to go")
        outcomes = one_life(kind, limits, rest, lines)
        assert outcomes, f"the engine did nothing; see {lines.with_suffix('.log')}"
        found.update({outcome.name: outcome for outcome in outcomes})
    return found


def one_life(kind: Kind, limits: Limits, jobs: list[Job], lines: Path) -> list[Outcome]:
    call = {
        "kind": kind,
        "model": str(MODEL),
        "rank": limits.max_lora_rank,
        "modules": list(limits.target_modules),
        "jobs": [asdict(job) for job in jobs],
    }
    log = lines.with_suffix(".log")
    with log.open("w") as out:
        process = subprocess.Popen(
            [sys.executable, "-m", "tests.zoo.bare_engine", str(lines)],
            stdin=subprocess.PIPE,
            stdout=out,
            stderr=out,
            text=True,
            cwd=ROOT,
            start_new_session=True,
        )
        life = Life(process, lines)
        try:
            assert process.stdin is not None
            process.stdin.write(json.dumps(call))
            process.stdin.close()
            return life.outcomes()
        finally:
            life.end()


@dataclass
class Reference:
    """What PEFT answers: for base and the good adapters, and for each that was answered."""

    base: list[Answer]
    good: dict[str, list[Answer]]
    own: dict[str, list[Answer] | str]

    def verdict(self, outcome: Outcome) -> str:
        """In words, what a bare or guarded engine made of an adapter."""
        if outcome.hung:
            return "**the engine hangs**"
        if outcome.died:
            return "**the engine dies**"
        after = "" if outcome.others else ", **and the others answer otherwise afterwards**"
        if outcome.texts is None:
            return f"refused: {shorter(outcome)}{after}"
        if self.is_unsteady(outcome):
            after = f", **and otherwise when another adapter had its slot before**{after}"
        first = "refused at first, taken at the second try; " if outcome.second_try else ""
        return f"{first}{self.answered(outcome.name, outcome.texts)}{after}"

    def is_unsteady(self, outcome: Outcome) -> bool:
        """Whether the second answers are others, by more than rounding."""
        own = self.own.get(outcome.name)
        if outcome.again in (None, outcome.texts):
            return False
        return isinstance(own, str) or own is None or not all_equal(outcome.again or [], own)

    def answered(self, name: str, texts: list[str]) -> str:
        own = self.own.get(name, "not asked")
        if not isinstance(own, str) and all_equal(texts, own):
            same = all_equal([answer.text for answer in own], self.base)
            return "answers as PEFT does" + (", which is as the base does" if same else "")
        peft = f"; PEFT refuses it ({own})" if isinstance(own, str) else ", and not as PEFT does"
        if all_equal(texts, self.base):
            return f"**answers as the base does**{peft}"
        for other, answers in self.good.items():
            if all_equal(texts, answers):
                return f"**answers as {other} does, another adapter**{peft}"
        return f"**answers something**{peft}"


def shorter(outcome: Outcome) -> str:
    """The reason without the folder, which is another one each time."""
    return re.sub(rf"/\S*/zoo/(?={re.escape(outcome.name)})", "", outcome.refused or "")


def all_equal(texts: list[str], answers: list[Answer]) -> bool:
    return all(is_equal(text, answer) for text, answer in zip(texts, answers, strict=True))


def ask_for_all(adapters: Iterable[Path | None]) -> list[Asked]:
    return [
        Asked(str(folder) if folder else None, messages, TOKENS)
        for folder in adapters
        for messages in QUESTIONS
    ]


def refer(folders: dict[str, Path]) -> Reference:
    """Ask PEFT about base, the good adapters, and these, of which some may be broken."""
    each = len(QUESTIONS)
    known = ask_peft(MODEL, ask_for_all([None, *(ROOT / "adapters" / name for name in GOOD)]))
    good = {name: known[each * (i + 1) : each * (i + 2)] for i, name in enumerate(GOOD)}
    answers = ask_peft_apart(MODEL, ask_for_all(folders.values()))
    own: dict[str, list[Answer] | str] = {}
    for i, name in enumerate(folders):
        found = answers[each * i : each * (i + 1)]
        errors = [one for one in found if isinstance(one, str)]
        own[name] = errors[0] if errors else [one for one in found if isinstance(one, Answer)]
    return Reference(known[:each], good, own)


def measure(wanted: list[Specimen], place: Path) -> tuple[list[Row], list[Row]]:
    """The rows for all, and those for adapters that are named without having been loaded."""
    made = {s.name: s.make(place / "zoo" / s.name) for s in wanted}
    found: dict[Kind, dict[str, Outcome]] = {"bare": {}, "ours": {}}
    for kind in ("bare", "ours"):
        for limits in (LIMITS, WIDE):
            jobs = [Job(s.name, str(made[s.name])) for s in wanted if s.limits == limits]
            # those that may cost an engine come last
            jobs.sort(key=lambda job: expected(wanted, job.name) == "refused")
            found[kind].update(run_jobs(kind, limits, jobs, place))
    alone = [Job(s.name, str(made[s.name]), "generate") for s in wanted if s.name in JUST_GENERATED]
    generated = run_jobs("bare", LIMITS, alone, place)
    answered = [s for s in wanted if any(found[k][s.name].texts for k in ("bare", "ours"))]
    say(f"PEFT: {len(answered)} adapters")
    truth = refer({s.name: folder_for_peft(s, made[s.name], place / "zoo") for s in answered})
    rows = [
        Row(s, truth.verdict(found["bare"][s.name]), truth.verdict(found["ours"][s.name]))
        for s in wanted
    ]
    ours = {row.specimen.name: row.ours for row in rows}
    just_generated = [
        Row(s, truth.verdict(generated[s.name]), ours[s.name])
        for s in wanted
        if s.name in generated
    ]
    return rows, just_generated


def expected(wanted: list[Specimen], name: str) -> str:
    return next(s.expected for s in wanted if s.name == name)


def say(text: str) -> None:
    print(f"{time.strftime('%H:%M:%S')} {text}", file=sys.stderr, flush=True)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--out", type=Path, required=True, help="the Markdown file to write")
    parser.add_argument("--only", help="names of specimens, comma-separated")
    parser.add_argument("--resume", action="store_true", help="go on with what is in .cache/zoo")
    args = parser.parse_args()
    names = set(args.only.split(",")) if args.only else None
    fitting = [s for s in ZOO if s.limits in (LIMITS, WIDE)]
    wanted = [s for s in fitting if names is None or s.name in names]
    if not args.resume:
        shutil.rmtree(PLACE, ignore_errors=True)
    shutil.rmtree(PLACE / "zoo", ignore_errors=True)
    PLACE.mkdir(parents=True, exist_ok=True)
    rows, just_generated = measure(wanted, PLACE)
    args.out.write_text(write_report(rows, just_generated))


if __name__ == "__main__":
    main()
