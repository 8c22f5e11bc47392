"""The promise: a column is answered by the adapter that it names, alone and in company alike.

One real engine, asked through the API as a script would ask it. Nothing depends on how good the
adapters are, only on their having been trained.
"""

from __future__ import annotations

import time
from typing import Any

import pytest
from gradio_client import Client
from gradio_client.exceptions import AppError

ADAPTERS = ["text2sql", "math", "function"]
SYSTEM = (
    "You are a helpful assistant with access to the following functions. Use them if required -\n"
    '[{"name": "get_weather", "description": "Get the current weather in a city", "parameters": '
    '{"type": "object", "properties": {"city": {"type": "string"}}, "required": ["city"]}}]'
)
TABLE = "CREATE TABLE books (id INTEGER PRIMARY KEY, title TEXT, author TEXT, year INTEGER)"
PROMPTS: dict[str, dict[str, Any]] = {
    "text2sql": {"prompt": f"{TABLE}\n\nHow many books were published after 2010?"},
    "math": {"prompt": "Maya buys 4 notebooks for 3 dollars each. How much does she pay in all?"},
    "function": {"prompt": "Is it raining in Lisbon right now?", "system": SYSTEM},
}
QUESTION = "What is the capital of France?"


@pytest.fixture(scope="module")
def client(app_url: str) -> Client:
    return Client(app_url, verbose=False)


def compare(client: Client, adapters: list[str], **asked: Any) -> list[dict[str, Any]]:
    settings = {"temperature": 0.0, "max_tokens": 32, **asked}
    result = client.predict(adapters=adapters, api_name="/compare", **settings)
    columns = result["columns"]
    assert [c["adapter"] for c in columns] == adapters
    assert result["wall_s"] > 0
    return columns


def texts(columns: list[dict[str, Any]]) -> dict[str, str]:
    assert [c["error"] for c in columns] == [None] * len(columns)
    return {c["adapter"]: c["text"] for c in columns}


@pytest.mark.parametrize("kind", ADAPTERS)
def test_every_column_is_the_same_alone_and_in_company(client: Client, kind: str) -> None:
    everyone = ["base", *ADAPTERS]
    alone = {name: texts(compare(client, [name], **PROMPTS[kind]))[name] for name in everyone}
    together = texts(compare(client, everyone, **PROMPTS[kind]))
    assert together == alone
    turned = texts(compare(client, everyone[::-1], **PROMPTS[kind]))
    assert turned == alone
    assert alone["base"].strip()
    assert alone[kind].strip()
    assert alone[kind] != alone["base"]


def test_each_adapter_answers_differently_from_base_and_from_the_others(client: Client) -> None:
    found = [texts(compare(client, ["base", *ADAPTERS], **PROMPTS[kind])) for kind in ADAPTERS]
    for name in ADAPTERS:
        for other in ["base", *ADAPTERS]:
            if other != name:
                assert any(answers[name] != answers[other] for answers in found), (name, other)


def test_the_same_adapter_twice_gives_the_same_text_twice(client: Client) -> None:
    adapters = ["math", "base", "math", "text2sql", "base"]
    columns = compare(client, adapters, **PROMPTS["math"])
    by_name: dict[str, set[str]] = {}
    for column in columns:
        by_name.setdefault(column["adapter"], set()).add(column["text"])
    assert all(len(found) == 1 for found in by_name.values()), by_name


def test_base_is_base_after_every_adapter_has_been_used(client: Client) -> None:
    before = texts(compare(client, ["base"], prompt=QUESTION))
    for name in ADAPTERS:
        compare(client, [name], **PROMPTS[name])
        assert texts(compare(client, ["base"], prompt=QUESTION)) == before


def test_a_finished_column_tells_its_numbers(client: Client) -> None:
    (column,) = compare(client, ["base"], prompt="Write a long story.", max_tokens=12)
    assert column["finish_reason"] == "length"
    assert column["tokens"] == 12
    assert column["prompt_tokens"] > 5
    assert 0 < column["ttft_s"] <= column["seconds"]
    assert column["tokens_per_s"] > 0


def test_an_unknown_adapter_fills_its_own_column_alone(client: Client) -> None:
    alone = texts(compare(client, ["base"], prompt=QUESTION))
    first, unknown, last = compare(client, ["base", "nobody", "math"], prompt=QUESTION)
    assert unknown["finish_reason"] == "error"
    assert unknown["text"] == ""
    assert "“nobody”" in unknown["error"]
    assert "base, text2sql, math, function" in unknown["error"]
    assert first["text"] == alone["base"]
    assert last["error"] is None
    assert last["text"]


def test_a_prompt_over_the_context_says_by_how_much(client: Client) -> None:
    limit = client.predict(api_name="/engine")["max_model_len"]
    (short,) = compare(client, ["base"], prompt="word", max_tokens=1)
    words = limit + 100
    (column,) = compare(client, ["base"], prompt="word" + " word" * (words - 1))
    assert column["finish_reason"] == "error"
    tokens = short["prompt_tokens"] + words - 1
    assert column["error"].startswith(f"The prompt has {tokens:} tokens, ")
    assert f"context of {limit} tokens" in column["error"]
    over = tokens - limit + 1  # an answer needs a token, too
    assert f" {over} too many" in column["error"]


def test_a_prompt_that_leaves_one_token_gets_it(client: Client) -> None:
    limit = client.predict(api_name="/engine")["max_model_len"]
    (short,) = compare(client, ["base"], prompt="word", max_tokens=1)
    words = limit - short["prompt_tokens"]
    (column,) = compare(client, ["base"], prompt="word" + " word" * (words - 1))
    assert column["error"] is None
    assert column["prompt_tokens"] == limit - 1
    assert column["tokens"] == 1


@pytest.mark.parametrize(
    ("asked", "parts"),
    [
        ({"prompt": ""}, ["The prompt is empty"]),
        ({"prompt": " \n\t "}, ["The prompt is empty"]),
        ({"adapters": []}, ["No adapter is chosen", "base"]),
        ({"temperature": -0.1}, ["temperature is -0.1"]),
        ({"temperature": 5.5}, ["temperature is 5.5"]),
        ({"top_p": 0}, ["top_p is 0"]),
        ({"top_p": 1.1}, ["top_p is 1.1"]),
        ({"max_tokens": 0}, ["max_tokens is 0"]),
        ({"max_tokens": 2.5}, ["max_tokens is 2.5"]),
        ({"seed": -1}, ["seed is -1"]),
        ({"min_p": 2}, ["min_p is 2"]),
        ({"repetition_penalty": 0}, ["repetition_penalty is 0"]),
        ({"temperature": "hot"}, ["temperature is “hot”"]),
    ],
)
def test_what_cannot_be_asked_raises_with_the_sentence(
    client: Client, asked: dict[str, Any], parts: list[str]
) -> None:
    with pytest.raises(AppError) as raised:
        client.predict(**{"prompt": "Hi", "adapters": ["base"], **asked}, api_name="/compare")
    assert all(part in str(raised.value) for part in parts), raised.value
    assert "Traceback" not in str(raised.value)


def test_a_seed_repeats_what_chance_gave(client: Client) -> None:
    asked = {"prompt": "Tell me something.", "temperature": 1.0, "max_tokens": 24}
    names = ["base", "math"]
    first = texts(compare(client, names, seed=7, **asked))
    assert texts(compare(client, names, seed=7, **asked)) == first
    other = [texts(compare(client, names, seed=seed, **asked)) for seed in (8, 9)]
    assert any(found != first for found in other)


def test_a_system_message_is_the_models_own_or_ours(client: Client) -> None:
    def tokens(**asked: Any) -> int:
        (column,) = compare(client, ["base"], prompt="Hi", max_tokens=1, **asked)
        return column["prompt_tokens"]

    assert tokens() == tokens(system="")
    assert tokens(system="Answer in French, always, and at great length.") != tokens()


def test_stop_strings_end_an_answer_before_them(client: Client) -> None:
    asked = {"prompt": "Count from 1 to 20.", "max_tokens": 60}
    whole = texts(compare(client, ["base"], **asked))["base"]
    stop = whole.split()[2]
    (column,) = compare(client, ["base"], stop=[stop], **asked)
    assert column["finish_reason"] == "stop"
    assert column["text"] == whole[: whole.index(stop)]


def test_html_in_a_prompt_is_text_like_any_other(client: Client) -> None:
    sly = "<script>alert(1)</script> <img src=x onerror=alert(1)> \ud800 \x00 {{ 7*7 }}"
    (column,) = compare(client, ["base"], prompt=sly.encode("utf-8", "replace").decode())
    assert column["error"] is None


def test_columns_that_are_left_are_aborted_in_the_engine(client: Client) -> None:
    adapters = ["base", *ADAPTERS, "base"]
    job = client.submit("Write a long story.", adapters, max_tokens=1500, api_name="/compare")
    deadline = time.monotonic() + 60
    while client.predict(api_name="/engine")["running"] == 0:
        assert time.monotonic() < deadline
        assert not job.done(), job.result()
    job.cancel()
    assert_idle(client)


def test_afterwards_the_engine_is_idle_and_holds_the_adapters(client: Client) -> None:
    compare(client, ["base", *ADAPTERS], prompt=QUESTION)
    assert_idle(client)
    found = client.predict(api_name="/adapters")
    assert [a["name"] for a in found] == ADAPTERS
    assert {a["verdict"] for a in found} == {"ok"}
    assert {a["state"] for a in found} == {"slot"}


def assert_idle(client: Client) -> None:
    deadline = time.monotonic() + 60
    while (status := client.predict(api_name="/engine"))["running"] or status["waiting"]:
        assert time.monotonic() < deadline, status
        time.sleep(0.05)
