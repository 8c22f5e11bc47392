"""Function calls measured: base and the demo adapter, free and constrained, on unseen schemas.

Held-out examples come from the demo task's generator, whose functions and wordings the training
never uses; the hand-written prompts from their loader. Of these only counts are told.
"""

from __future__ import annotations

import asyncio
import json
import time
from collections.abc import Callable, Sequence
from contextlib import aclosing
from dataclasses import dataclass
from datetime import date

from lora_ui.embedded.demos import load_task
from lora_ui.embedded.evaluate import handwritten, heldout
from lora_ui.embedded.tasks.base import Example, Task
from lora_ui.engine.local import LocalEngine
from lora_ui.engine.protocol import BASE
from lora_ui.functions.columns import AUTO, REQUIRED, Ask, CallColumn, CallSpec
from lora_ui.functions.running import CallRun
from lora_ui.functions.schema import Function, read_functions
from lora_ui.settings import Settings

ADAPTER = "function"
AT_ONCE = 8
"""Examples in flight at the same time, each with four columns, so that batches are full."""
WAYS = ((BASE, False), (BASE, True), (ADAPTER, False), (ADAPTER, True))


@dataclass(frozen=True)
class Case:
    """One example whose functions could be read from its system message."""

    example: Example
    functions: tuple[Function, ...]

    @property
    def wants_call(self) -> bool:
        """Whether a call is the right answer; else text is."""
        return "no_call" not in self.example.check


@dataclass
class Count:
    """How the answers of one column fared on one set.

    `wanted` counts examples that want a call, `called` those of them whose answer is valid calls.
    `named` of them name the right function, `arguments` have its right arguments, too.
    `finished` ended by themselves, before the token limit; `finished_valid` of these are valid, or
    text alone where no call was required. `right` is what the task's own grader says of them all.
    """

    total: int = 0
    wanted: int = 0
    called: int = 0
    named: int = 0
    arguments: int = 0
    invalid: int = 0
    finished: int = 0
    finished_valid: int = 0
    unconstrained: int = 0
    right: int = 0


def functions_table(settings: Settings, examples: int, say: Callable[[str], None]) -> str:
    """Start the engine with the shipped catalog, run both sets, and say how each column fared."""
    engine = LocalEngine(settings)
    engine.start()
    try:
        say("waiting for the engine")
        return asyncio.run(_measure(engine, examples, say))
    finally:
        engine.close()


async def _measure(engine: LocalEngine, examples: int, say: Callable[[str], None]) -> str:
    await engine.ready()
    task = load_task(ADAPTER)
    status = engine.status()
    lines = [
        f"{date.today()}, {status.device}, {status.dtype}, the catalog's own sampling",
        "",
        "| prompts | column | valid calls | right name | and arguments | invalid "
        "| finished by themselves | of these valid | right, text answers too |",
        "|---|---|---:|---:|---:|---:|---:|---:|---:|",
    ]
    sets = {"held out": heldout(task, 2 * examples), "by hand": handwritten(ADAPTER)}
    for title, found in sets.items():
        cases = [case for example in found if (case := _case(example))]
        if title == "held out":
            cases = [case for case in cases if case.wants_call][:examples]
        began = time.monotonic()
        # of those by hand only counts are told
        tell = say if title == "held out" else _nothing
        counts = await _run(engine, task, cases, say, tell)
        say(f"{title}: {len(cases)} of {len(found)} in {time.monotonic() - began:.0f} s")
        lines += [_row(title, way, count) for way, count in zip(WAYS, counts, strict=True)]
    return "\n".join(lines)


def _nothing(_text: str) -> None:
    """Say nothing."""


def _case(example: Example) -> Case | None:
    """The example with its functions; None where its list is in no form that can be read."""
    _, _, listed = example.messages[0]["content"].partition("\n")
    try:
        return Case(example, read_functions(json.loads(listed)))
    except (TypeError, ValueError):
        return None


async def _run(
    engine: LocalEngine,
    task: Task,
    cases: Sequence[Case],
    say: Callable[[str], None],
    tell: Callable[[str], None],
) -> list[Count]:
    """Ask all; `tell` hears of the constrained answers that the token limit cut off."""
    counts = [Count() for _ in WAYS]
    waiting = iter(enumerate(cases, start=1))

    async def work() -> None:
        for number, case in waiting:
            free, constrained = _call_runs(engine, case)
            await asyncio.gather(_finish(free), _finish(constrained))
            columns = {c.spec.key: c for run in (free, constrained) for c in run.columns}
            for count, way in zip(counts, WAYS, strict=True):
                column = columns[str(way)]
                _add(count, task, case, column)
                if column.spec.constrained and column.finish_reason != "stop":
                    tell(f"{way[0]} did not end, {case.example.id}: {column.text}")
            if number % 10 == 0:
                say(f"{number} of {len(cases)}")

    await asyncio.gather(*(work() for _ in range(AT_ONCE)))
    return counts


def _call_runs(engine: LocalEngine, case: Case) -> tuple[CallRun, CallRun]:
    """Free columns and constrained ones, which must call where a call is wanted."""
    message = case.example.messages[-1]["content"]

    def run(constrained: bool, choice: str) -> CallRun:
        specs = [
            CallSpec(key=str((name, way)), adapter=name, constrained=way)
            for name, way in WAYS
            if way == constrained
        ]
        ask = Ask(message, case.functions, choice)
        return CallRun(engine, engine.catalog, ask, specs)

    return run(False, AUTO), run(True, REQUIRED if case.wants_call else AUTO)


async def _finish(run: CallRun) -> None:
    async with aclosing(run.changes()) as changes:  # type: ignore[type-var]
        async for _ in changes:
            pass


def _add(count: Count, task: Task, case: Case, column: CallColumn) -> None:
    count.total += 1
    right = task.grade(case.example, column.text).right
    count.right += right
    count.unconstrained += column.spec.constrained and column.constraint is None
    ended = column.finish_reason == "stop"
    count.finished += ended
    if case.wants_call:
        count.wanted += 1
        count.called += column.verdict == "valid"
        names = [call.name for call in column.parsed.calls] if column.parsed else []
        count.named += names == [case.example.check["name"]]
        count.arguments += right
    count.invalid += column.verdict in ("invalid", "truncated")
    fine = ("valid",) if case.wants_call else ("valid", "no_call")
    count.finished_valid += ended and column.verdict in fine


def _row(title: str, way: tuple[str, bool], count: Count) -> str:
    name, constrained = way
    free = f", {count.unconstrained} not" if count.unconstrained else ""
    column = f"{name}, {'constrained' + free if constrained else 'free'}"
    cells = (
        *(_share(n, count.wanted) for n in (count.called, count.named, count.arguments)),
        str(count.invalid),
        _share(count.finished, count.total),
        _share(count.finished_valid, count.finished),
        _share(count.right, count.total),
    )
    return f"| {title} | {column} | {' | '.join(cells)} |"


def _share(part: int, whole: int) -> str:
    return f"{part}/{whole} ({part / whole:.1%})" if whole else "–"
