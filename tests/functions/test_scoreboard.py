"""Held-out sets, marks, and a scoreboard over the test engine."""

from __future__ import annotations

import asyncio
import csv
import io
import json
import re
from pathlib import Path

import pytest

from lora_ui.catalog.models import Adapter, Catalog
from lora_ui.engine.protocol import GenerationRequest
from lora_ui.errors import Problem
from lora_ui.functions import parse_calls
from lora_ui.functions.columns import CallColumn
from lora_ui.functions.heldout import MAX_CASES, Case, parse_set, read_set
from lora_ui.functions.marking import Marks, calls_match, mark, same
from lora_ui.functions.results import Call
from lora_ui.functions.score_files import as_csv, as_json, as_markdown, chart_data, write_scores
from lora_ui.functions.scoreboard import MEASURES, CallAsker, Scoreboard
from lora_ui.sampling import Sampling
from tests.fake_engine import FakeEngine
from tests.functions.call_columns import glaive

CATALOGUE = Path(__file__).parents[2] / "lora_ui" / "embedded" / "tasks" / "function"
"""What the demo adapters' examples are made of."""

TWO_FUNCTIONS = [
    {
        "name": "paint",
        "parameters": {
            "type": "object",
            "properties": {
                "color": {"type": "string"},
                "liters": {"type": "number"},
                "coats": {"type": "integer", "default": 1},
            },
            "required": ["color"],
        },
    },
    {"name": "stop"},
]


def line(message="Paint it.", expected=(), **more) -> str:
    row = {"message": message, "functions": TWO_FUNCTIONS, "expected": list(expected)}
    return json.dumps({**row, **more})


def case(*expected) -> Case:
    (read,) = parse_set(line(expected=expected))
    return read


RED = {"name": "paint", "arguments": {"color": "red", "liters": 2}}


# ---------------------------------------------------------------- sets


def test_the_built_in_set():
    cases = read_set()
    assert len(cases) >= 40
    assert len({c.message for c in cases}) == len(cases)
    assert sum(not c.expected for c in cases) >= 5
    assert sum(len(c.expected) > 1 for c in cases) >= 3
    assert all(c.title for c in cases)


def test_no_demo_adapter_was_trained_on_functions_of_the_built_in_set():
    known = "".join(p.read_text("utf-8") for p in CATALOGUE.glob("*.yaml"))
    names = {function.name for one in read_set() for function in one.functions}
    assert len(known) > 10_000
    assert [name for name in sorted(names) if re.search(rf"\b{name}\b", known)] == []


def test_each_accepted_answer_of_the_built_in_set_is_right():
    for one in read_set():
        for place in range(max((len(e.arguments) for e in one.expected), default=0)):
            calls = [
                Call(
                    name=e.name,
                    arguments=dict(e.arguments[place % len(e.arguments)]),
                    start=0,
                    end=0,
                )
                for e in reversed(one.expected)
            ]
            assert calls_match(calls, one), one.title


def test_comments_and_blank_lines_are_left_out():
    first, second = parse_set(f"# mine\n\n{line('One.')}\r\n{line('Two.', title='second')}\n")
    assert (first.message, first.line, first.title) == ("One.", 3, "")
    assert (second.message, second.line, second.title) == ("Two.", 4, "second")


@pytest.mark.parametrize(
    ("text", "sentence"),
    [
        ("", "holds no case"),
        ("{", "Line 1, column 2: this is not valid JSON"),
        ("[" * 5000, "Line 1, column"),
        ("[1]", "Line 1: a case must be a JSON object"),
        (line(notes="x"), "“notes” is not a known key"),
        ('{"message": "a", "functions": []}', "“expected” is missing"),
        (line(message="  "), "“message” must be text"),
        (line(message="x" * 8001), "“message” must be text"),
        (line(title=3), "“title” must be text"),
        (line(functions=[]), "a list of 1 to 32 functions"),
        (line(functions=[{"description": "x"}]), "Line 1: "),
        (line(expected=["paint"]), "must be an object with “name”"),
        (line(expected=[{"name": "fly"}]), "“fly” is expected, but the functions are paint, stop"),
        (line(expected=[{"name": "paint", "arguments": "{}"}]), "must be JSON objects"),
        (line(expected=[{"name": "paint", "arguments": {}}]), "breaks its schema"),
        (line(expected=[{**RED, "accept": [{"color": 1}]}]), "breaks its schema"),
        (line(expected=[RED] * 17), "at most 16 calls"),
        ("\n".join([line()] * (MAX_CASES + 1)), "holds 501 cases"),
        (f'{{"message": "{"x" * 60_000}"}}', "more than 60,000 characters"),
    ],
)
def test_bad_sets_are_a_sentence(text, sentence):
    with pytest.raises(Problem) as caught:
        parse_set(text)
    assert sentence in caught.value.message


def test_several_bad_lines_are_told_at_once():
    with pytest.raises(Problem) as caught:
        parse_set(f"{line()}\nnonsense\n{line()}\n[]")
    assert "Line 2, column 1" in caught.value.message
    assert "Line 4: a case" in caught.value.message


def test_files_that_cannot_be_read(tmp_path: Path):
    with pytest.raises(Problem, match="cannot be read"):
        read_set(tmp_path / "none.jsonl")
    bad = tmp_path / "bad.jsonl"
    bad.write_bytes(b"\xff\xfe{}")
    with pytest.raises(Problem, match="not UTF-8"):
        read_set(bad)
    bad.write_bytes(b"#" * (2 * 1024**2 + 1))
    with pytest.raises(Problem, match="larger than 2 MiB"):
        read_set(bad)


# ---------------------------------------------------------------- marks


def marks(one: Case, text: str, finish_reason: str = "stop") -> Marks:
    return mark(one, text, finish_reason, parse_calls(text, one.functions, "auto", finish_reason))


@pytest.mark.parametrize(
    ("text", "wanted"),
    [
        (glaive("paint", {"color": " red ", "liters": 2.0}), (True, True, True, True)),
        (glaive("paint", {"color": "red", "liters": 2, "coats": 1}), (True, True, True, True)),
        (glaive("paint", {"color": "red", "liters": 2, "coats": 3}), (True, True, True, False)),
        (glaive("paint", {"color": "red"}), (True, True, True, False)),
        (glaive("paint", {"color": "red", "liters": "2"}), (True, True, False, False)),
        (glaive("stop", {}), (True, False, True, False)),
        (glaive("fly", {}), (True, False, False, False)),
        ("\n".join([glaive("paint", RED["arguments"])] * 2), (True, False, True, False)),
        (
            '<functioncall> {"name": "paint", "arguments": \'{"color": ',
            (False, False, False, False),
        ),
        ("I painted it red.", (False, False, False, False)),
    ],
)
def test_marks_where_a_call_is_expected(text, wanted):
    got = marks(case(RED), text)
    assert (got.parsed, got.name, got.valid, got.arguments) == wanted
    assert got.no_call is None
    assert got.right == wanted[3]


@pytest.mark.parametrize(
    ("text", "right"),
    [("You are welcome.", True), ("", True), (glaive("stop", {}), False), (glaive("x", {}), False)],
)
def test_marks_where_none_is_expected(text, right):
    assert marks(case(), text) == Marks(no_call=right)


def test_several_calls_may_come_in_any_order_each_once():
    blue = {"name": "paint", "arguments": {"color": "blue"}, "accept": [{"color": "red"}]}
    red = {"name": "paint", "arguments": {"color": "red"}}
    one = case(blue, red)
    for colors, right in [
        (("red", "blue"), True),
        (("red", "red"), True),
        (("blue", "blue"), False),
    ]:
        calls = [Call(name="paint", arguments={"color": c}, start=0, end=0) for c in colors]
        assert calls_match(calls, one) is right


@pytest.mark.parametrize(
    ("left", "right", "equal"),
    [
        (2, 2.0, True),
        (1, True, False),
        (0, False, False),
        ("a ", " a", True),
        ("a", "A", False),
        ("2", 2, False),
        ([1, [2]], [1.0, [2.0]], True),
        ([1, 2], [2, 1], False),
        ({"a": {"b": " x"}}, {"a": {"b": "x"}}, True),
        ({"a": 1}, {"a": 1, "b": None}, False),
        (None, None, True),
        (None, 0, False),
    ],
)
def test_values_that_mean_the_same(left, right, equal):
    assert same(left, right) is equal
    assert same(right, left) is equal


# ---------------------------------------------------------------- runs

CATALOG = Catalog(
    defaults=Sampling(temperature=0.0, max_tokens=60),
    adapters=(
        Adapter(name="good", source="good", format="glaive"),
        Adapter(name="bad", source="bad", format="glaive"),
        Adapter(name="broken", source="broken"),
    ),
)
SET = parse_set(
    "\n".join(
        [line("Paint it red, 2 liters.", [RED]), line("Thanks!"), line("Stop.", [{"name": "stop"}])]
    )
)


class Painter(FakeEngine):
    """`good` answers rightly; `bad` always paints, and never ends a call when it is free."""

    def says(self, request: GenerationRequest) -> str:
        prompt = request.prompt.text
        if request.adapter == "bad":
            whole = glaive("paint", {"color": "red", "liters": "two"})
            return whole if request.constraint else whole[:-3]
        if "Thanks!" in prompt:
            return "You are welcome."
        if "Stop." in prompt:
            return glaive("stop", {})
        return glaive("paint", {"color": "red", "liters": 2})


def board(*adapters: str, modes=(False, True), delay_s: float = 0.0, at_once: int = 4):
    engine = Painter(CATALOG, delay_s=delay_s, broken=frozenset({"broken"}))
    return engine, Scoreboard(CallAsker(engine, CATALOG), SET, adapters, modes, at_once=at_once)


async def played(scores: Scoreboard) -> Scoreboard:
    async for _ in scores.changes(0.0):
        pass
    return scores


async def test_scores_add_up():
    _, scores = board("good", "bad", "broken")
    good, good_constrained, bad, bad_constrained, broken, _ = (await played(scores)).scores()
    counts = {m.key: (m.passed, m.total) for m in good.measures}
    assert counts == {
        "parsed": (2, 2),
        "name": (2, 2),
        "valid": (2, 2),
        "arguments": (2, 2),
        "no_call": (1, 1),
        "right": (3, 3),
        "finished": (3, 3),
    }
    assert (good.adapter, good.constrained, good.answered, good.errors) == ("good", False, 3, 0)
    assert good.seconds is not None
    assert good_constrained.constrained
    assert bad.measure("parsed").passed == 0
    assert bad_constrained.measure("parsed").passed == 2
    assert bad_constrained.measure("name").passed == 1
    assert bad_constrained.measure("valid").passed == 0
    assert bad_constrained.measure("no_call").passed == 0
    assert (broken.errors, broken.measure("right").share, broken.seconds) == (3, 0.0, None)


async def test_rows_fill_live_and_answers_stand_in_the_results():
    _, scores = board("good", delay_s=0.005, at_once=1)
    seen = []
    async for _ in scores.changes(0.0):
        seen.append(scores.scores()[0].answered)
    assert seen == sorted(seen)
    assert {1, 2} & set(seen)
    results = scores.results()
    assert len(results["answers"]) == 6
    first = results["answers"][0]
    assert first["message"] == SET[0].message
    assert first["calls"] == [{"name": "paint", "arguments": {"color": "red", "liters": 2}}]
    assert first["marks"]["arguments"] is True
    assert [a["asked_constrained"] for a in results["answers"][:2]] == [False, True]
    assert all(isinstance(c, CallColumn) for row in scores.batch.rows for c in row.columns)


async def test_stopping_ends_the_engines_work():
    engine, scores = board("good", delay_s=0.2)
    task = asyncio.create_task(played(scores))
    while engine.running == 0:
        await asyncio.sleep(0.01)
    scores.stop()
    await task
    assert engine.running == 0
    assert scores.finished() == 0
    assert scores.scores()[0].answered == 0
    assert scores.marks(0, 0) is None
    json.loads(as_json(scores.results()))


async def test_leaving_ends_the_engines_work():
    engine, scores = board("good", delay_s=0.2)
    changes = scores.changes(0.0)
    async for _ in changes:
        if engine.running:
            break
    await changes.aclose()
    assert engine.running == 0


async def test_files():
    _, scores = board("good", "bad")
    results = (await played(scores)).results()
    rows = list(csv.DictReader(io.StringIO(as_csv(results))))
    assert [(row["adapter"], row["constrained"]) for row in rows] == [
        ("good", "False"),
        ("good", "True"),
        ("bad", "False"),
        ("bad", "True"),
    ]
    assert (rows[0]["right_passed"], rows[0]["right_total"]) == ("3", "3")
    assert json.loads(as_json(results))["scores"][0]["measures"]["valid"]["share"] == 1.0
    table = as_markdown(results)
    assert "| good | free | 2 / 2 (100%) |" in table
    labels, bars = chart_data(scores.scores())
    assert len(labels) == len(MEASURES)
    assert bars[0].name == "good, free"
    assert bars[0].shares == (1.0,) * len(MEASURES)


async def test_files_on_disk(tmp_path: Path):
    _, scores = board("good", modes=(False,))
    results = (await played(scores)).results()
    for suffix in ("csv", "json", "md"):
        write_scores(results, tmp_path / f"scores.{suffix}")
        assert (tmp_path / f"scores.{suffix}").stat().st_size > 50
    with pytest.raises(Problem, match="unknown ending"):
        write_scores(results, tmp_path / "scores.txt")


def test_a_name_cannot_break_the_files():
    score = {
        "adapter": "=1+1|<b>",
        "constrained": False,
        "answered": 0,
        "errors": 0,
        "seconds": None,
        "measures": {key: {"passed": 0, "total": 0, "share": None} for key in MEASURES},
    }
    results = {"cases": 0, "scores": [score], "answers": []}
    assert "'=1+1|<b>,False" in as_csv(results)
    assert "<b>" not in as_markdown(results)


def test_what_cannot_be_run_is_a_sentence():
    asker = CallAsker(Painter(CATALOG), CATALOG)
    with pytest.raises(Problem, match="No adapter is chosen"):
        Scoreboard(asker, SET, [])
    with pytest.raises(Problem, match="Neither free nor constrained"):
        Scoreboard(asker, SET, ["base"], [])
    with pytest.raises(Problem, match="at most 20,000"):
        Scoreboard(asker, SET * 200, [f"a{n}" for n in range(40)])
