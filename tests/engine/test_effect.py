"""Whether an adapter changes anything: by the tokens and by how likely they were."""

from __future__ import annotations

import asyncio
from pathlib import Path
from typing import cast

import pytest

from lora_ui.catalog.models import Adapter, Example
from lora_ui.catalog.preflight import Report
from lora_ui.engine.contents import Content
from lora_ui.engine.core import Core, Token
from lora_ui.engine.effect import GENERAL_PROMPT, EffectCheck, is_same
from lora_ui.engine.protocol import Message, Rendered
from tests.engine.recording_core import RecordingCore

BARE: list[Token] = [(5, {5: -0.1, 6: -2.5}), (7, {7: -0.4, 8: -1.2})]
OTHER_TOKEN: list[Token] = [(5, {5: -0.1, 6: -2.5}), (8, {7: -1.3, 8: -0.4})]
OTHER_CHANCE: list[Token] = [(5, {5: -0.1, 6: -2.5}), (7, {7: -0.4, 8: -1.25})]
ALMOST: list[Token] = [(5, {5: -0.1001, 6: -2.5}), (7, {7: -0.4, 9: -1.2})]


@pytest.mark.parametrize(
    ("own", "noise", "same"),
    [
        (BARE, 0.0, True),
        (OTHER_TOKEN, 9.9, False),
        (OTHER_CHANCE, 1e-3, False),
        (OTHER_CHANCE, 0.25, True),
        (ALMOST, 1e-3, True),
        (BARE[:1], 1.0, False),
    ],
)
def test_same_means_same_tokens_with_the_same_chances(
    own: list[Token], noise: float, same: bool
) -> None:
    assert is_same(BARE, own, noise) is same


def render(messages: list[Message]) -> Rendered:
    text = "|".join(m["content"] for m in messages)
    return Rendered(text, tuple(map(ord, text)))


class Tried:
    def __init__(self, **answers: list[Token]) -> None:
        self.core = RecordingCore()
        self.core.answers = {None: BARE, 1: answers.get("one", []), 2: answers.get("two", [])}
        self.check = EffectCheck(cast(Core, self.core), render, 200)  # type: ignore[arg-type]
        self.contents = {n: Content(n, Report(Path("/a"), sha256="ab" * 32)) for n in (1, 2)}

    async def effect(self, number: int, adapter: Adapter) -> bool | None:
        task = self.check.begin(adapter, self.contents[number])
        if task:
            await task
        return self.contents[number].has_effect


PLAIN = Adapter(name="a", source="a")


def test_the_base_is_asked_once_for_each_prompt() -> None:
    async def story() -> None:
        tried = Tried(one=BARE, two=OTHER_CHANCE)
        assert await tried.effect(1, PLAIN) is False
        assert await tried.effect(2, PLAIN) is True
        assert sorted(tried.core.asked, key=str) == [1, 2, None]
        assert await tried.effect(1, PLAIN) is False
        assert len(tried.core.asked) == 3

    asyncio.run(story())


def test_rounding_of_a_shorter_type_is_no_effect() -> None:
    async def story() -> None:
        tried = Tried(one=OTHER_CHANCE)
        tried.core.dtype = "bfloat16"
        assert await tried.effect(1, PLAIN) is False

    asyncio.run(story())


def test_two_who_begin_share_one_try() -> None:
    async def story() -> None:
        tried = Tried(one=OTHER_TOKEN)
        first = tried.check.begin(PLAIN, tried.contents[1])
        assert first
        assert tried.check.begin(PLAIN, tried.contents[1]) is first
        await first
        assert tried.check.begin(PLAIN, tried.contents[1]) is None

    asyncio.run(story())


def test_an_engine_that_fails_leaves_the_effect_unknown() -> None:
    async def story() -> None:
        tried = Tried()
        tried.core.errored = True
        del tried.core.answers[None]
        assert await tried.effect(1, PLAIN) is None
        tried.core.answers = {None: BARE, 1: OTHER_TOKEN}
        assert await tried.effect(1, PLAIN) is True

    asyncio.run(story())


def test_the_prompt_is_the_adapters_first_example_unless_it_is_long() -> None:
    short = Example(title="t", prompt="How many?")
    own = Adapter(name="a", source="a", system="Be brief.", examples=(short,))
    long = own.model_copy(update={"examples": (Example(title="t", prompt="x" * 300),)})
    other = own.model_copy(update={"examples": (short.model_copy(update={"system": "Be wise."}),)})
    check = Tried().check
    assert check._prompt(own).text == "Be brief.|How many?"
    assert check._prompt(other).text == "Be wise.|How many?"
    assert check._prompt(long).text == f"Be brief.|{GENERAL_PROMPT}"
    assert check._prompt(PLAIN).text == GENERAL_PROMPT
