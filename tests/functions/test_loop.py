"""The tool loop: which calls are run, what the model gets to see, and where it ends."""

from __future__ import annotations

import json

import pytest

from lora_ui.errors import Problem
from lora_ui.functions import loop
from lora_ui.functions.columns import Turn
from lora_ui.functions.loop import MAX_CALLS, ROUND_LIMIT, go_on, play_round, typed_result
from lora_ui.functions.samples import SAMPLES, sample
from lora_ui.functions.schema import Function
from lora_ui.functions.tools import TOOLS
from tests.functions.call_columns import column, glaive

WEATHER = sample("weather").functions
EMAIL = sample("email").functions
OSLO = glaive("get_weather", {"city": "Oslo"})
MAIL = glaive("search_emails", {"query": "invoice"})


async def test_a_built_in_call_is_run():
    answer = column(f"I look. {OSLO}", WEATHER)
    played = await play_round(answer)
    ((name, result),) = played.turn.results
    assert name == "get_weather"
    assert json.loads(result) == TOOLS["get_weather"].run({"city": "Oslo"})
    assert played.turn.text == answer.text
    assert played.problems == ()


async def test_what_a_tool_complains_of_goes_to_the_model_and_to_people():
    played = await play_round(column(glaive("get_weather", {"city": "Atlantis"}), WEATHER))
    (sentence,) = played.problems
    assert "Atlantis" in sentence
    assert json.loads(played.turn.results[0][1]) == {"error": sentence}


async def test_results_keep_the_order_of_the_calls_and_typed_ones_win():
    text = f"{OSLO}\n{glaive('get_forecast', {'city': 'Rome', 'days': 2})}\n{OSLO}"
    played = await play_round(column(text, WEATHER), {0: '{"temperature": 99}', 2: "  "})
    assert [name for name, _ in played.turn.results] == [
        "get_weather",
        "get_forecast",
        "get_weather",
    ]
    assert json.loads(played.turn.results[0][1]) == {"temperature": 99}
    assert json.loads(played.turn.results[2][1])["city"] == "Oslo"
    assert [outcome.by for outcome in played.outcomes] == ["hand", "tool", "tool"]


async def test_a_call_without_built_in_function_wants_a_typed_result():
    with pytest.raises(Problem, match=r"Call 1 \(search_emails\) has no result"):
        await play_round(column(MAIL, EMAIL))
    played = await play_round(column(MAIL, EMAIL), {0: "nothing found"})
    assert played.turn.results == (("search_emails", '"nothing found"'),)


async def test_nothing_is_run_before_all_results_are_there(monkeypatch: pytest.MonkeyPatch):
    ran = []
    monkeypatch.setattr(loop, "run_tool", lambda name, _: ran.append(name))
    text = f"{OSLO}\n{MAIL}"
    with pytest.raises(Problem):
        await play_round(column(text, (*WEATHER, *EMAIL)))
    assert ran == []


async def test_only_valid_calls_are_run():
    text = f"{glaive('get_weather', {'unit': 'celsius'})}\n{OSLO}\n{glaive('rm', {})}"
    played = await play_round(column(text, WEATHER))
    assert [name for name, _ in played.turn.results] == ["get_weather"]
    assert json.loads(played.turn.results[0][1])["city"] == "Oslo"
    with pytest.raises(Problem, match="no valid call"):
        await play_round(column(glaive("get_weather", {"unit": "celsius"}), WEATHER))


async def test_a_visitors_own_function_of_that_name_cannot_widen_the_tool():
    own = Function("get_weather", "", {"type": "object"})
    played = await play_round(column(glaive("get_weather", {"city": ["x"] * 5}), [own]))
    assert "cannot run with these arguments" in played.problems[0]


async def test_a_fault_of_a_tool_is_a_sentence(monkeypatch: pytest.MonkeyPatch):
    def fail(*_):
        raise RuntimeError("out of order")

    monkeypatch.setattr(loop, "run_tool", fail)
    played = await play_round(column(OSLO, WEATHER))
    assert "get_weather failed (RuntimeError: out of order)" in played.problems[0]


async def test_rounds_and_calls_are_limited():
    turn = Turn(OSLO, (("get_weather", "{}"),))
    last = column(OSLO, WEATHER, turns=[turn] * (ROUND_LIMIT - 2))
    assert (await play_round(last)).turn.results
    over = column(OSLO, WEATHER, turns=[turn] * (ROUND_LIMIT - 1))
    with pytest.raises(Problem, match="That were 5 rounds"):
        await play_round(over)
    many = column("\n".join([OSLO] * (MAX_CALLS + 1)), WEATHER)
    with pytest.raises(Problem, match="holds 17 calls"):
        await play_round(many)


async def test_an_answer_that_is_being_written_has_no_round():
    running = column(OSLO, WEATHER)
    running.finish_reason = None
    with pytest.raises(Problem, match="still being written"):
        await play_round(running)


def test_going_on_adds_one_turn():
    spec = column(OSLO, WEATHER).spec
    turn = Turn(OSLO, (("get_weather", "{}"),))
    assert go_on(go_on(spec, turn), turn).turns == (turn, turn)
    assert spec.turns == ()


@pytest.mark.parametrize(
    ("typed", "result"),
    [
        ('{"a": 1}', '{"a": 1}'),
        (" [1,\n 2] ", "[1, 2]"),
        ("42", "42"),
        ("true", "true"),
        ('"quoted"', '"quoted"'),
        ("plain words", '"plain words"'),
        ("It's 20 °C", '"It\'s 20 °C"'),
        ("NaN", '"NaN"'),
        ("12 apples", '"12 apples"'),
        ("1e999", '"1e999"'),
        ("a\ud800b", '"a\ufffdb"'),
        ("9" * 5000, f'"{"9" * 5000}"'),
    ],
)
def test_typed_results(typed, result):
    assert typed_result(typed, 1, "f") == result


@pytest.mark.parametrize(
    ("typed", "sentence"),
    [
        ("", "has no result"),
        ('{"a": 1', "line 1, column 8"),
        ("{\n'a': 1}", "line 2, column 1"),
        ("[1, NaN]", "looks like JSON but is not"),
        ("[" * 5000, "looks like JSON but is not"),
        ('{"a": 1e999}', "looks like JSON but is not"),
        ("x" * 8001, "has 8,001 characters"),
    ],
)
def test_typed_results_that_are_refused(typed, sentence):
    with pytest.raises(Problem, match=sentence) as caught:
        typed_result(typed, 3, "look_up")
    assert "call 3 (look_up)" in caught.value.message.lower()


@pytest.mark.parametrize("one", SAMPLES, ids=lambda one: one.id)
def test_samples_are_ready_to_use(one):
    again = json.loads(one.functions_json)
    assert [f["name"] for f in again] == [f.name for f in one.functions]
    assert one.title
    assert all(message.strip() for message in one.messages)
    acts = one.id in ("calendar", "email")
    assert all((f.name in TOOLS) != acts for f in one.functions)
