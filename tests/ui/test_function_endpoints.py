"""`/call_functions` as gradio_client sees it, over the test engine and over the real one."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

import pytest
from gradio_client import Client
from gradio_client.exceptions import AppError

from lora_ui.engine.protocol import GenerationRequest
from tests.ui.fake_page import FakePage, serve

FUNCTIONS: list[dict[str, Any]] = [
    {
        "name": "get_weather",
        "description": "The weather in a city",
        "parameters": {
            "type": "object",
            "properties": {
                "city": {"type": "string"},
                "unit": {"type": "string", "enum": ["celsius", "fahrenheit"]},
            },
            "required": ["city"],
        },
    }
]
JSON = json.dumps(FUNCTIONS)
CALL = """<functioncall> {"name": "get_weather", "arguments": '{"city": "Oslo"}'}"""


@pytest.fixture(scope="module")
def fake() -> Iterator[FakePage]:
    served = serve(delay_s=0.005)
    usual = served.engine.says

    def says(request: GenerationRequest) -> str:
        return f"Let me look. {CALL}" if request.adapter == "function" else usual(request)

    served.engine.says = says
    yield served
    served.demo.close()


@pytest.fixture(scope="module")
def client(fake: FakePage) -> Client:
    return Client(fake.url, verbose=False)


def call(client: Client, *arguments: Any, **more: Any) -> list[dict[str, Any]]:
    return client.predict(*arguments, api_name="/call_functions", **more)["columns"]


def test_calls_come_back_parsed(client: Client):
    names = ["function", "base", "nobody"]
    function, base, nobody = call(client, "Weather in Oslo?", JSON, names)
    assert function["calls"] == [{"name": "get_weather", "arguments": {"city": "Oslo"}}]
    assert (function["content"], function["errors"]) == ("Let me look.", [])
    assert (function["verdict"], function["format"]) == ("valid", "glaive")
    assert (function["constrained"], function["notes"]) == (False, [])
    assert function["text"].strip().endswith(CALL)
    assert function["tokens"] > 0
    assert base["adapter"] == "base"
    assert "There is no adapter called “nobody”" in nobody["error"]
    assert (nobody["verdict"], nobody["calls"], nobody["content"]) == (None, [], None)


def test_the_answer_streams(client: Client):
    job = client.submit("Oslo?", JSON, ["function"], api_name="/call_functions")
    result = job.result()
    outputs = job.outputs()
    assert len(outputs) > 1
    assert outputs[0]["columns"][0]["verdict"] is None
    assert result["columns"][0]["verdict"] == "valid"
    assert result["wall_s"] > 0


def test_what_reaches_the_engine(client: Client, fake: FakePage):
    fake.engine.requests.clear()
    call(client, "Oslo?", JSON, ["function"], constrained=True, max_tokens=9, stop=["END"])
    (request,) = fake.engine.requests
    assert "<system>You call functions.\n\nYou are a helpful assistant" in request.prompt.text
    assert "functions. Use them if required -\n[{" in request.prompt.text
    assert '"name": "get_weather", "description"' in request.prompt.text
    assert request.sampling.max_tokens == 9
    assert {"END", "<|endoftext|>", "FUNCTION RESPONSE:"} == set(request.sampling.stop)
    assert request.constraint is not None
    tag = json.loads(request.constraint)
    assert tag["format"]["triggers"] == ["<functioncall>"]


@pytest.mark.parametrize(
    ("more", "kind"),
    [
        ({"tool_choice": "required"}, "tags_with_separator"),
        ({"tool_choice": "get_weather"}, "tags_with_separator"),
        ({"tool_choice": "none"}, None),
        ({"format": "xlam"}, "or"),
        ({"format": "hermes"}, "triggered_tags"),
    ],
)
def test_choice_and_format_decide_the_constraint(client: Client, fake: FakePage, more, kind):
    fake.engine.requests.clear()
    (column,) = call(client, "Oslo?", JSON, ["base"], constrained=True, **more)
    (request,) = fake.engine.requests
    found = json.loads(request.constraint)["format"]["type"] if request.constraint else None
    assert found == kind
    assert column["format"] == more.get("format", "glaive")
    assert column["constrained"] == (kind is not None)


def test_what_cannot_be_constrained_is_said(client: Client):
    parameters = {"properties": {"a": {"type": "array", "uniqueItems": True}}}
    functions = [{"name": "f", "parameters": parameters}]
    (column,) = call(client, "Go", json.dumps(functions), ["base"], constrained=True)
    assert column["constrained"]
    assert "“uniqueItems” of f ($.a)" in column["notes"][0]


@pytest.mark.parametrize(
    ("arguments", "more", "sentence"),
    [
        ((" ", JSON, ["base"]), {}, "The prompt is empty"),
        (("x", "[]", ["base"]), {}, "There are no functions"),
        (("x", "[{", ["base"]), {}, "The functions cannot be used"),
        (("x", "7", ["base"]), {}, "The functions cannot be used"),
        (("x", '[{"name": "f", "parameters": {"type": "dict"}}]', ["base"]), {}, "cannot be used"),
        (("x", JSON, []), {}, "No adapter is chosen"),
        (("x", JSON, ["base"]), {"format": "morse"}, "There is no format called “morse”"),
        (("x", JSON, ["base"]), {"tool_choice": "fly"}, "“fly” is no tool choice"),
        (("x", JSON, ["base"]), {"temperature": 9}, "temperature is 9"),
        (("x" * 200_001, JSON, ["base"]), {}, "at most 200,000 are taken"),
    ],
)
def test_wrong_calls_raise_the_sentence(client: Client, arguments, more, sentence):
    with pytest.raises(AppError, match=sentence):
        call(client, *arguments, **more)


def test_the_description_has_an_example(client: Client):
    endpoints = client.view_api(return_format="dict")["named_endpoints"]
    assert "Example:" in endpoints["/call_functions"]["description"]


def test_the_real_engine(app_url: str):
    client = Client(app_url, verbose=False)
    columns = call(
        client,
        "Is it raining in Lisbon right now?",
        JSON,
        ["function", "base"],
        tool_choice="required",
        constrained=True,
    )
    for column in columns:
        assert column["error"] is None
        assert column["finish_reason"] == "stop"
        assert column["verdict"] == "valid", column["text"]
    assert columns[0]["calls"][0]["arguments"]["city"] == "Lisbon"
