"""A run of function calls over the test engine: what each column sends, and what is made of it."""

from __future__ import annotations

import json
from typing import Any

import pytest

from lora_ui.catalog.models import Adapter, Catalog
from lora_ui.engine.protocol import GenerationRequest
from lora_ui.errors import Problem
from lora_ui.functions.columns import Ask, CallColumn, CallSpec, Turn
from lora_ui.functions.running import CallRun
from lora_ui.functions.schema import read_functions
from tests.fake_engine import FakeEngine
from tests.functions.call_columns import glaive

(WEATHER,) = read_functions(
    [
        {
            "name": "get_weather",
            "parameters": {
                "type": "object",
                "properties": {"city": {"type": "string"}},
                "required": ["city"],
            },
        }
    ]
)
CATALOG = Catalog(
    adapters=(
        Adapter(name="caller", source="a", format="glaive"),
        Adapter(name="qwen", source="b", format="hermes"),
    )
)
SAID = {
    "base": '<tool_call>\n{"name": "get_weather", "arguments": {"city": "Rome"}}\n</tool_call>',
    "caller": "Let me look. " + glaive("get_weather", {"city": "Oslo"}),
    "qwen": glaive("get_weather", {"city": "Oslo"}),
}


async def run(ask: Ask, *specs: CallSpec) -> tuple[FakeEngine, list[CallColumn]]:
    engine = FakeEngine(CATALOG)

    def says(request: GenerationRequest) -> str:
        return SAID[request.adapter]

    engine.says = says
    calls = CallRun(engine, CATALOG, ask, specs)
    async for _ in calls.changes():
        pass
    return engine, list(calls.columns)


def spec(adapter: str, **more: Any) -> CallSpec:
    return CallSpec(key=adapter, adapter=adapter, **more)


async def test_each_adapter_is_asked_and_read_in_its_own_format():
    ask = Ask("Weather in Oslo?", (WEATHER,))
    engine, (base, caller, qwen) = await run(ask, spec("base"), spec("caller"), spec("qwen"))
    assert [c.format for c in (base, caller, qwen)] == ["glaive", "glaive", "hermes"]
    prompts = {r.adapter: r.prompt.text for r in engine.requests}
    assert "<tools>" in prompts["qwen"]
    assert "Use them if required -" in prompts["caller"]
    # nothing says how base answers, so what it shows counts; a named format is the only one read
    assert (base.verdict, caller.verdict, qwen.verdict) == ("valid", "valid", "no_call")
    assert caller.as_result()["calls"] == [{"name": "get_weather", "arguments": {"city": "Oslo"}}]
    assert caller.parsed is not None
    assert caller.parsed.content == "Let me look."


async def test_special_tokens_are_text_since_markers_are_such_tokens():
    engine, _ = await run(Ask("Oslo?", (WEATHER,)), spec("caller"))
    assert [request.special_tokens for request in engine.requests] == [True]


async def test_only_a_constrained_column_carries_a_constraint():
    ask = Ask("Oslo?", (WEATHER,), tool_choice="required")
    engine, (caller,) = await run(ask, spec("caller", constrained=True))
    (request,) = engine.requests
    assert request.constraint is not None
    assert json.loads(request.constraint)["type"] == "structural_tag"
    assert caller.as_result()["constrained"] is True
    engine, _ = await run(ask, spec("caller"))
    assert engine.requests[0].constraint is None


async def test_a_round_before_goes_along_in_the_format_of_the_adapter():
    turn = Turn(SAID["caller"], (("get_weather", '{"sky": "rain"}'),))
    engine, _ = await run(Ask("Oslo?", (WEATHER,)), spec("caller", turns=(turn,)))
    prompt = engine.requests[0].prompt.text
    assert prompt.index(SAID["caller"]) < prompt.index('FUNCTION RESPONSE: {"sky": "rain"}')


async def test_an_answer_at_its_limit_ends_in_a_truncated_call():
    sampling = CATALOG.defaults.model_copy(update={"max_tokens": 5})
    _, (caller,) = await run(Ask("Oslo?", (WEATHER,)), spec("caller", sampling=sampling))
    assert (caller.finish_reason, caller.verdict) == ("length", "truncated")
    assert caller.as_result()["calls"] == []


@pytest.mark.parametrize(
    ("ask", "code"),
    [
        (Ask("  ", (WEATHER,)), "empty_prompt"),
        (Ask("Oslo?", ()), "no_functions"),
        (Ask("Oslo?", (WEATHER,), format="xml"), "unknown_format"),
        (Ask("Oslo?", (WEATHER,), tool_choice="get_time"), "unknown_tool_choice"),
    ],
)
def test_what_nobody_could_answer_is_said_before_anything_runs(ask: Ask, code: str):
    with pytest.raises(Problem) as raised:
        CallRun(FakeEngine(CATALOG), CATALOG, ask, [spec("caller")])
    assert raised.value.code == code
