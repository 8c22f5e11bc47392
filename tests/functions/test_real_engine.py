"""Constraints on the real engine: what they promise, and what a bad one does."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from contextlib import aclosing
from dataclasses import replace
from typing import Any
from uuid import uuid4

import pytest

from lora_ui.engine.local import LocalEngine
from lora_ui.engine.protocol import BASE, Delta, Finished, GenerationRequest
from lora_ui.errors import Problem
from lora_ui.functions.columns import Ask, CallColumn, CallSpec, Turn
from lora_ui.functions.running import CallRun
from lora_ui.functions.schema import read_functions
from lora_ui.sampling import FALLBACK
from tests.functions.test_constraints import FUNCTIONS, ORDER, WEATHER
from tests.real_engine import real_engine


@pytest.fixture(scope="module")
def engine() -> Iterator[LocalEngine]:
    with real_engine(["function"]) as started:
        yield started


def request(engine: LocalEngine, constraint: str | None) -> GenerationRequest:
    prompt = engine.render([{"role": "user", "content": "Hello"}])
    sampling = FALLBACK.model_copy(update={"max_tokens": 8})
    return GenerationRequest(uuid4().hex, BASE, prompt, sampling, constraint=constraint)


async def answer(engine: LocalEngine, asked: GenerationRequest) -> tuple[str, str]:
    text, reason = "", ""
    async for event in engine.generate(asked):
        if isinstance(event, Delta):
            text += event.text
        elif isinstance(event, Finished):
            reason = event.finish_reason
    return text, reason


YES = '{"type": "structural_tag", "format": {"type": "const_string", "value": "yes"}}'
DEEP = '{"type": "optional", "content": ' * 99 + '{"type": "any_text"}' + "}" * 99
BAD = [
    "",
    "no JSON",
    '{"type": "structural_tag"}',
    '{"type": "structural_tag", "format": {"type": "grammar", "grammar": "root ::= missing"}}',
    '{"type": "structural_tag", "format": {"type": "json_schema", "json_schema": {"type": "x"}}}',
    '{"structures": [], "triggers": []}',
    f'{{"type": "structural_tag", "format": {DEEP}}}',
]


@pytest.mark.parametrize("bad", BAD, ids=lambda bad: bad[:60])
async def test_a_bad_constraint_is_a_sentence_and_harms_nobody(engine: LocalEngine, bad: str):
    beside = asyncio.create_task(answer(engine, request(engine, None)))
    with pytest.raises(Problem, match="constraint"):
        await answer(engine, request(engine, bad))
    assert (await beside)[0]
    assert await answer(engine, request(engine, YES)) == ("yes", "stop")
    assert engine.status().state == "ready"


async def finished(engine: LocalEngine, ask: Ask, *specs: CallSpec) -> list[CallColumn]:
    run = CallRun(engine, engine.catalog, ask, specs)
    async with aclosing(run.changes()) as changes:  # type: ignore[type-var]
        async for _ in changes:
            pass
    return run.columns


WISHES: list[tuple[str, list[dict[str, Any]]]] = [
    ("Is it raining in Lisbon?", FUNCTIONS),
    ("Order two of AB-12, express.", [ORDER]),
    ("What's the weather in St. John's for 3 days, in celsius?", [WEATHER]),
]


@pytest.mark.parametrize("format", ["auto", "hermes", "pythonic", "qwen3_coder"])
async def test_what_ends_by_itself_is_valid(engine: LocalEngine, format: str):
    specs = [CallSpec(key=n, adapter=n, constrained=True) for n in ("function", BASE)]
    asks = [Ask(wish, read_functions(f), "required", False, format) for wish, f in WISHES]
    # all at once: the engine answers them as one batch
    for columns in await asyncio.gather(*(finished(engine, ask, *specs) for ask in asks)):
        for column in columns:
            assert column.error is None
            assert column.verdict == ("valid" if column.finish_reason == "stop" else "truncated")


async def test_several_rounds(engine: LocalEngine):
    ask = Ask("Is it raining in Lisbon?", read_functions([WEATHER]))
    spec = CallSpec(key="a", adapter="function")
    (first,) = await finished(engine, ask, spec)
    assert first.verdict == "valid"
    turn = Turn(first.text, (("get_weather", '{"rain": true}'),))
    later = spec.model_copy(update={"turns": (turn,)})
    (second,) = await finished(engine, replace(ask, tool_choice="none"), later)
    assert second.error is None
    assert 'FUNCTION RESPONSE: {"rain": true}' in (second.prompt_text or "")
