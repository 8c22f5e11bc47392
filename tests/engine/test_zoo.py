"""The zoo on the real engine: what must not run doesn't, and what runs answers as PEFT does.

There are only two slots, and a good adapter is asked all the time, so that every specimen gets a
slot in which another adapter has been.
"""

from __future__ import annotations

import asyncio
import hashlib
import tempfile
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import psutil
import pytest

from lora_ui.catalog.models import Adapter
from lora_ui.catalog.preflight import WEIGHTS_NAME, Limits
from lora_ui.engine.local import LocalEngine
from lora_ui.engine.protocol import BASE, AdapterStatus
from lora_ui.errors import Problem
from tests.app_process import CACHE, ROOT
from tests.peft_reference import Answer
from tests.real_engine import ask, core_processes, real_engine
from tests.zoo import LIMITS, WIDE, ZOO, Specimen
from tests.zoo.proof import QUESTIONS, TOKENS, folder_for_peft, is_equal, reference

GOOD = "text2sql"
WITHOUT_EFFECT = {"weights_zero", "alpha_zero"}
AT_ONCE = 8

pytestmark = pytest.mark.timeout(900)  # PEFT answers for all of them before the first


@dataclass(frozen=True)
class House:
    """An engine, what PEFT answers for the served ones, GOOD and BASE, and where they lie."""

    engine: LocalEngine
    folders: dict[str, Path]
    expected: dict[str, list[Answer]]
    core: set[psutil.Process]

    async def check_company(self) -> None:
        """The good adapter and the base answer as ever."""
        for number, name in enumerate((GOOD, BASE)):
            told = await ask(self.engine, name, QUESTIONS[number], TOKENS)
            answer = self.expected[name][number]
            assert is_equal(told.text, answer), (name, told.text, answer.text)

    def check_life(self) -> None:
        """It is the same core as at the start."""
        assert self.core
        assert core_processes() == self.core
        assert self.engine.status().state == "ready"

    def status(self, name: str) -> AdapterStatus:
        (found,) = [s for s in self.engine.adapters() if s.adapter.name == name]
        return found


@pytest.fixture(scope="class")
def house(request: pytest.FixtureRequest) -> Iterator[House]:
    """The engine of a class of tests, started once for all that it is asked."""
    assert request.cls is not None
    limits: Limits = request.cls.limits
    settings = {
        "max_loras": 2,
        "max_lora_rank": limits.max_lora_rank,
        "lora_target_modules": limits.target_modules,
    }
    with tempfile.TemporaryDirectory() as name, real_engine([GOOD], **settings) as engine:
        place = Path(name)
        served = specimens("served", limits)
        folders = {s.name: s.make(place / s.name) for s in served}
        for_peft = {s.name: folder_for_peft(s, folders[s.name], place) for s in served}
        model = CACHE / "models" / "SmolLM2-135M-Instruct"
        good = ROOT / "adapters" / GOOD
        expected = reference(model, {**for_peft, GOOD: good, BASE: None})
        yield House(engine, folders, expected, core_processes())


def specimens(expected: str, limits: Limits) -> list[Specimen]:
    return [s for s in ZOO if s.expected == expected and s.limits == limits]


async def is_refused(house: House, specimen: Specimen, place: Path) -> None:
    """It is taken in and shows why it can't run; whoever asks for it is told the same."""
    engine, name = house.engine, specimen.name
    folder = specimen.make(place / name)
    await engine.add(Adapter(name=name, source=str(folder)), folder)
    with pytest.raises(Problem) as asked:
        await ask(engine, name, QUESTIONS[0], TOKENS)
    with pytest.raises(Problem) as preloaded:
        await engine.preload(name)
    status = house.status(name)
    assert status.state == status.verdict == "refused", name
    errors = {f.code: f for f in status.findings if f.severity == "error"}
    assert specimen.code in errors, (name, list(errors))
    assert all(found.message and found.fix for found in errors.values()), name
    first = next(iter(errors.values()))
    assert first.message in asked.value.message, name
    assert preloaded.value.message == asked.value.message, name
    await engine.remove(name)


async def is_served(house: House, specimen: Specimen) -> None:
    engine, name, folder = house.engine, specimen.name, house.folders[specimen.name]
    await engine.add(Adapter(name=name, source=str(folder)), folder)
    answers, _ = await asyncio.gather(
        asyncio.gather(*(ask(engine, name, question, TOKENS) for question in QUESTIONS)),
        house.check_company(),
    )
    sha256 = hashlib.sha256((folder / WEIGHTS_NAME).read_bytes()).hexdigest()
    for told, answer in zip(answers, house.expected[name], strict=True):
        assert is_equal(told.text, answer), (told.text, answer.text)
        assert told.provenance.adapter == name
        assert told.provenance.sha256 == sha256
    base = [answer.text for answer in house.expected[BASE]]
    differs = [answer.text for answer in house.expected[name]] != base
    assert differs == (specimen.code not in WITHOUT_EFFECT)  # or the comparison would say nothing
    status = house.status(name)  # with what the weights say, which are read before the first load
    assert status.has_effect in (differs, None)  # None: not known yet
    assert status.verdict == ("ok" if specimen.code is None else "warning")
    assert specimen.code is None or specimen.code in {f.code for f in status.findings}
    await engine.remove(name)
    await house.check_company()


async def none_runs(house: House, group: list[Specimen], place: Path) -> None:
    asked = [is_refused(house, specimen, place) for specimen in group]
    await asyncio.gather(*asked, house.check_company())
    await house.check_company()


def groups(doubtful: list[Specimen]) -> list[list[Specimen]]:
    return [doubtful[i : i + AT_ONCE] for i in range(0, len(doubtful), AT_ONCE)]


class TestUsualEngine:
    """The engine that the shipped catalog gets, but for the slots.

    The specimen that is held against another vLLM than the installed one is left out.
    """

    limits = LIMITS

    @pytest.mark.parametrize(
        "group", groups(specimens("refused", LIMITS)), ids=lambda g: f"{g[0].name}-etc"
    )
    def test_none_of_these_runs_and_nobody_else_notices(
        self, house: House, group: list[Specimen]
    ) -> None:
        with tempfile.TemporaryDirectory() as place:
            asyncio.run(none_runs(house, group, Path(place)))
        house.check_life()

    @pytest.mark.parametrize("specimen", specimens("served", LIMITS), ids=lambda s: s.name)
    def test_an_unusual_one_answers_as_peft_does_and_nobody_else_notices(
        self, house: House, specimen: Specimen
    ) -> None:
        asyncio.run(is_served(house, specimen))
        house.check_life()


class TestWideEngine:
    """One that serves every module."""

    limits = WIDE

    @pytest.mark.parametrize("specimen", specimens("served", WIDE), ids=lambda s: s.name)
    def test_an_unusual_one_answers_as_peft_does_and_nobody_else_notices(
        self, house: House, specimen: Specimen
    ) -> None:
        asyncio.run(is_served(house, specimen))
        house.check_life()
