"""The scoreboard: a held-out set through adapters, free and constrained, and how right they are.

It runs as a batch does (a few messages at a time, rows filling as answers end, stoppable), and its
figures are plain values: the page draws them, the command line prints them.
"""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterator, Sequence
from contextlib import aclosing
from dataclasses import dataclass
from typing import Any, cast

from lora_ui.catalog.models import Catalog
from lora_ui.compare.batch import AT_ONCE, ENDED, Asker, Batch, Row
from lora_ui.compare.columns import Column
from lora_ui.compare.prompts import Prompt
from lora_ui.compare.running import COALESCE_S
from lora_ui.engine.protocol import Engine
from lora_ui.errors import Problem
from lora_ui.functions.columns import Ask, CallColumn, CallSpec
from lora_ui.functions.heldout import Case
from lora_ui.functions.marking import Marks, mark
from lora_ui.functions.results import ParseResult
from lora_ui.functions.running import CallRun
from lora_ui.sampling import NOTHING_SAID, Sampling
from lora_ui.strings import word

FREE, CONSTRAINED = False, True
BOTH = (FREE, CONSTRAINED)
MAX_ANSWERS = 20_000
"""Cases times columns that one scoreboard takes."""

MEASURES = ("parsed", "name", "valid", "arguments", "no_call", "right", "finished")
"""What is counted, in the order of the table. The first four are about cases that expect calls,
`no_call` about the others, `right` about all; `finished`: the token limit did not cut it off."""


@dataclass(frozen=True)
class Measure:
    """How many of those that count passed; `share` is None where none counts."""

    key: str
    passed: int
    total: int

    @property
    def label(self) -> str:
        """Its name on the page."""
        return word(f"score_{self.key}")

    @property
    def share(self) -> float | None:
        """Between 0 and 1."""
        return self.passed / self.total if self.total else None


@dataclass(frozen=True)
class Score:
    """One row of the table: an adapter, free or constrained, over the cases answered so far.

    `errors` counts columns that failed; they pass nothing. `seconds` is the mean time of an answer.
    """

    adapter: str
    constrained: bool
    answered: int
    errors: int
    measures: tuple[Measure, ...]
    seconds: float | None

    @property
    def mode(self) -> str:
        """Free or constrained, in words."""
        return mode_word(self.constrained)

    def measure(self, key: str) -> Measure:
        """The measure called `key`."""
        return next(one for one in self.measures if one.key == key)


@dataclass(frozen=True)
class CasePrompt(Prompt):
    """A case in the place that a batch keeps for its prompt."""

    case: Case | None = None


class CallAsker:
    """Answers a batch's rows with function calls, by an engine in this process.

    `shared` sampling goes before each adapter's own; `visitor` is the session that asks.
    """

    def __init__(
        self,
        engine: Engine,
        catalog: Catalog,
        shared: Sampling = NOTHING_SAID,
        visitor: str | None = None,
    ) -> None:
        self._engine = engine
        self._catalog = catalog
        self._shared = shared
        self._visitor = visitor

    async def __call__(self, row: Row) -> AsyncIterator[None]:
        """Run the row's case through its columns, all at once."""
        await self._engine.ready()
        case = case_of(row)
        specs = [cast("CallSpec", column.spec) for column in row.columns]
        ask = Ask(case.message, case.functions)
        run = CallRun(self._engine, self._catalog, ask, specs, self._shared, self._visitor)
        run.patient = True
        row.columns = cast("list[Column]", run.columns)
        async with aclosing(run.changes()) as changes:  # type: ignore[type-var]
            async for _ in changes:
                yield
        row.wall_s = run.wall_s


class Scoreboard:
    """Cases times adapters times modes. Read `changes()` to run it; leaving it ends everything."""

    def __init__(
        self,
        ask: Asker,
        cases: Sequence[Case],
        adapters: Sequence[str],
        modes: Sequence[bool] = BOTH,
        *,
        at_once: int = AT_ONCE,
    ) -> None:
        """`modes` says whether to run free (False), constrained (True), or both."""
        specs = score_specs(adapters, modes)
        asked = len(cases) * len(specs)
        if asked > MAX_ANSWERS:
            raise Problem("scores_many", found=f"{asked:,}", limit=f"{MAX_ANSWERS:,}")
        prompts = [CasePrompt(case.message, (), case.line, case) for case in cases]
        self.specs = specs
        self.batch = Batch(ask, prompts, specs, at_once=at_once)
        self._marks: dict[tuple[int, int], Marks] = {}

    async def changes(self, pause_s: float = COALESCE_S) -> AsyncIterator[frozenset[int]]:
        """As `Batch.changes`: the places of rows that changed; their answers are marked by then."""
        async with aclosing(self.batch.changes(pause_s)) as changes:  # type: ignore[type-var]
            async for dirty in changes:
                for place in dirty:
                    self._mark(place)
                yield dirty

    def stop(self) -> None:
        """End it: what was answered stays, `changes()` ends normally."""
        self.batch.stop()

    @property
    def total(self) -> int:
        """Cases."""
        return len(self.batch.rows)

    def finished(self) -> int:
        """Cases that all columns have answered."""
        return self.batch.finished()

    def marks(self, row: int, column: int) -> Marks | None:
        """The marks of one answer; None until it has ended, and when it failed or was stopped."""
        return self._marks.get((row, column))

    def scores(self) -> list[Score]:
        """The table as it stands, a row for each column."""
        return [self._score(place) for place in range(len(self.specs))]

    def results(self) -> dict[str, Any]:
        """All there is to keep: the scores and every ended answer, in order."""
        return {
            "cases": self.total,
            "scores": [score_result(score) for score in self.scores()],
            "answers": list(self._answers()),
        }

    def _mark(self, row: int) -> None:
        case = case_of(self.batch.rows[row])
        for place, column in enumerate(self.batch.rows[row].columns):
            if column.state == "done" and (row, place) not in self._marks:
                parsed = column.parsed if isinstance(column, CallColumn) else None
                reason = column.finish_reason or "stop"
                marks = mark(case, column.text, reason, parsed or ParseResult())
                self._marks[row, place] = marks

    def _score(self, place: int) -> Score:
        spec = self.specs[place]
        columns = [row.columns[place] for row in self.batch.rows]
        done = [column for column in columns if column.state == "done"]
        errors = sum(column.state == "error" for column in columns)
        seconds = [column.seconds for column in done if column.seconds is not None]
        return Score(
            adapter=spec.adapter,
            constrained=spec.constrained,
            answered=len(done) + errors,
            errors=errors,
            measures=tuple(self._measure(key, place) for key in MEASURES),
            seconds=sum(seconds) / len(seconds) if seconds else None,
        )

    def _measure(self, key: str, place: int) -> Measure:
        passed = total = 0
        for number, row in enumerate(self.batch.rows):
            column = row.columns[place]
            if column.state not in ("done", "error"):
                continue
            expects = bool(case_of(row).expected)
            if key not in ("right", "finished") and expects == (key == "no_call"):
                continue
            total += 1
            marks = self._marks.get((number, place))
            if key == "finished":
                passed += column.state == "done" and column.finish_reason == "stop"
            else:
                passed += marks is not None and bool(getattr(marks, key))
        return Measure(key, passed, total)

    def _answers(self) -> Iterator[dict[str, Any]]:
        for number, row in enumerate(self.batch.rows):
            case = case_of(row)
            for place, column in enumerate(row.columns):
                if column.state in ENDED:
                    marks = self._marks.get((number, place))
                    yield {
                        "line": case.line,
                        "title": case.title,
                        "message": case.message,
                        "expected": [
                            {"name": e.name, "arguments": dict(e.arguments[0])}
                            for e in case.expected
                        ],
                        "asked_constrained": self.specs[place].constrained,
                        **column.as_result(),
                        "marks": {key: getattr(marks, key, None) for key in MEASURES[:-1]},
                    }


def case_of(row: Row) -> Case:
    """The case that a row of a scoreboard's batch is about."""
    prompt = row.prompt
    if not isinstance(prompt, CasePrompt) or prompt.case is None:
        raise TypeError("this row belongs to no scoreboard")
    return prompt.case


def score_specs(adapters: Sequence[str], modes: Sequence[bool]) -> tuple[CallSpec, ...]:
    """A column for each adapter and mode, an adapter's modes side by side."""
    if not adapters:
        raise Problem("no_adapters")
    if not modes:
        raise Problem("scores_no_mode")
    pairs = [(name, mode) for name in dict.fromkeys(adapters) for mode in dict.fromkeys(modes)]
    return tuple(
        CallSpec(key=f"c{place}", adapter=name, constrained=mode)
        for place, (name, mode) in enumerate(pairs)
    )


def mode_word(constrained: bool) -> str:
    """Free or constrained, in words."""
    return word("score_constrained" if constrained else "score_free")


def score_result(score: Score) -> dict[str, Any]:
    """A score as it stands in JSON: for each measure how many passed, of how many."""
    return {
        "adapter": score.adapter,
        "constrained": score.constrained,
        "answered": score.answered,
        "errors": score.errors,
        "seconds": score.seconds,
        "measures": {
            one.key: {"passed": one.passed, "total": one.total, "share": one.share}
            for one in score.measures
        },
    }
