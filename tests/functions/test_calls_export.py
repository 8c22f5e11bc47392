"""Exports of calls: OpenAI's form, and snippets that run against the app as they stand."""

from __future__ import annotations

import ast
import json
import subprocess
import sys
from collections.abc import Iterator

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lora_ui.functions.columns import Ask, Turn
from lora_ui.functions.export import (
    EXPORTS,
    Question,
    assistant_message,
    curl_snippet,
    exports,
    openai_snippet,
    python_snippet,
    question,
    tool_calls,
    tool_calls_json,
    tool_messages,
)
from lora_ui.functions.results import Call
from lora_ui.functions.samples import sample
from lora_ui.sampling import Sampling
from tests.functions.call_columns import column, glaive
from tests.ui.fake_page import FakePage
from tests.ui.functions_page import FUNCTIONS, TWO, serve_calls

WEATHER = sample("weather").functions
OSLO = glaive("get_weather", {"city": "Oslo"})
HOSTILE = (
    "It's \"odd\" $(touch /tmp/lora-ui-test-shell) `id` \\ %s {x} ${HOME}\n'; é 出口 \u202e\x00!"
)


# ---------------------------------------------------------------- OpenAI's form


def test_tool_calls_have_ids_and_arguments_as_text():
    answer = column(f"Looking. {OSLO}\n{OSLO}", WEATHER)
    message = json.loads(tool_calls_json(answer))
    assert message["role"] == "assistant"
    assert message["content"] == "Looking."
    first, second = message["tool_calls"]
    assert first["type"] == "function"
    assert first["function"]["name"] == "get_weather"
    assert json.loads(first["function"]["arguments"]) == {"city": "Oslo"}
    assert first["id"] != second["id"]
    assert first["id"].startswith("call_")
    assert tool_calls_json(answer) == tool_calls_json(answer)


def test_ids_differ_from_round_to_round():
    turn = Turn(OSLO, (("get_weather", "{}"),))
    texts = [tool_calls_json(column(OSLO, WEATHER, turns=[turn] * n)) for n in range(2)]
    ids = [json.loads(text)["tool_calls"][0]["id"] for text in texts]
    assert len(set(ids)) == 2


def test_an_answer_without_calls_has_no_tool_calls():
    assert json.loads(tool_calls_json(column("Hello.", WEATHER))) == {
        "role": "assistant",
        "content": "Hello.",
    }


def test_results_name_their_calls():
    calls = [Call(name=name, arguments={}, start=0, end=0) for name in ("a", "b")]
    turn = Turn("…", (("a", "1"), ("b", '"two"')))
    told = assistant_message(calls, None, "x")["tool_calls"]
    results = tool_messages(calls, turn, "x")
    assert [r["tool_call_id"] for r in results] == [c["id"] for c in told]
    assert [(r["role"], r["name"], r["content"]) for r in results] == [
        ("tool", "a", "1"),
        ("tool", "b", '"two"'),
    ]


@given(st.dictionaries(st.text(max_size=8), st.one_of(st.text(), st.integers(), st.none())))
def test_any_arguments_survive(arguments):
    (told,) = tool_calls([Call(name="f", arguments=arguments, start=0, end=0)])
    assert json.loads(told["function"]["arguments"]) == arguments


# ---------------------------------------------------------------- what is asked again


def test_only_what_differs_from_the_defaults_is_asked():
    answer = column(OSLO, WEATHER)
    plain = question("http://x:1/", Ask("Hi", WEATHER), answer)
    assert set(plain.arguments) == {"message", "functions_json", "adapters"}
    assert plain.url == "http://x:1"
    asked = Ask("Hi", WEATHER, tool_choice="get_weather", parallel=False, format="hermes")
    answer = column(OSLO, WEATHER, constrained=True)
    own = {"system": "", "sampling": Sampling(temperature=0.0, max_tokens=9, stop=("x",))}
    answer.spec = answer.spec.model_copy(update=own)
    assert question("http://x:1", asked, answer).arguments == {
        "message": "Hi",
        "functions_json": json.dumps([f.as_json() for f in WEATHER]),
        "adapters": ["function"],
        "format": "hermes",
        "tool_choice": "get_weather",
        "constrained": True,
        "parallel": False,
        "system": "",
        "temperature": 0.0,
        "max_tokens": 9,
        "stop": ["x"],
    }


@given(st.text())
def test_python_snippets_hold_any_text_as_it_is(text):
    asked = question("http://x:1", Ask(text, WEATHER), column(OSLO, WEATHER))
    for snippet in (python_snippet(asked), openai_snippet(asked)):
        calls = [n for n in ast.walk(ast.parse(snippet)) if isinstance(n, ast.Call)]
        (asking,) = [c for c in calls if ast.unparse(c.func) == "client.predict"]
        given_ = {k.arg: ast.literal_eval(k.value) for k in asking.keywords}
        assert given_.pop("api_name") == "/call_functions"
        assert given_ == asked.arguments


@given(st.text())
def test_shell_snippets_hold_any_text_as_it_is(text):
    asked = question("http://x:1", Ask(text, WEATHER), column(OSLO, WEATHER))
    assert curl_snippet(asked).isascii()
    body = curl_snippet(asked).split("\n  -d ", 1)[1].rsplit(" | sed", 1)[0]
    shown = subprocess.run(["sh", "-c", f"printf %s {body}"], capture_output=True, check=True)
    assert json.loads(shown.stdout) == asked.arguments


# ---------------------------------------------------------------- the snippets, run


@pytest.fixture(scope="module")
def page() -> Iterator[FakePage]:
    served = serve_calls()
    served.engine.answers["function"] = [TWO]  # type: ignore[attr-defined]
    yield served
    served.demo.close()


def asked_of(page: FakePage, **more: object) -> Question:
    arguments = {"message": HOSTILE.replace("\x00", ""), "functions_json": FUNCTIONS}
    return Question(page.url.rstrip("/"), {**arguments, "adapters": ["function"], **more})


def python(script: str) -> str:
    command = [sys.executable, "-c", script]
    return subprocess.run(command, capture_output=True, text=True, check=True, timeout=60).stdout


def shell(script: str) -> str:
    done = subprocess.run(
        ["sh", "-e", "-c", script], capture_output=True, text=True, check=True, timeout=60
    )
    return done.stdout


def test_the_python_snippet_runs(page: FakePage):
    out = python(python_snippet(asked_of(page))).splitlines()
    assert out == [
        "function valid",
        "get_weather {'city': 'Oslo'}",
        "send_card {'to': 'Ann', 'copies': 2}",
    ]
    prompt = page.engine.requests[-1].prompt.text
    assert HOSTILE.replace("\x00", "") in prompt


def test_the_openai_snippet_runs(page: FakePage):
    message = json.loads(python(openai_snippet(asked_of(page, max_tokens=99))))
    names = [call["function"]["name"] for call in message["tool_calls"]]
    assert names == ["get_weather", "send_card"]
    assert json.loads(message["tool_calls"][1]["function"]["arguments"])["copies"] == 2


def test_the_curl_snippet_runs(page: FakePage):
    out = shell(curl_snippet(asked_of(page, constrained=True, seed=3)))
    last = out.rsplit("event: complete\ndata: ", 1)[1].splitlines()[0]
    (answer,) = json.loads(last)
    assert [call["name"] for call in answer["columns"][0]["calls"]] == ["get_weather", "send_card"]
    assert HOSTILE.replace("\x00", "") in page.engine.requests[-1].prompt.text
    assert page.engine.requests[-1].sampling.seed == 3


def test_all_exports_of_a_column():
    told = exports("http://x:1", Ask("Hi", WEATHER), column(OSLO, WEATHER))
    assert list(told) == ["tool_calls", *EXPORTS]
    assert all(told.values())
