"""The starvation benchmark's own arithmetic, on answers made up here."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator

import pytest

from lora_ui.bench import starvation
from lora_ui.bench.starvation import BARE, Load, Round, Seen, as_table

NAMES = ["a", "b", "cold"]
LOAD = Load(seconds=0.3, tokens=10, every_s=0.05)


@pytest.fixture(autouse=True)
def _no_settling(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(starvation, "SETTLING_S", 0.02)


def play(cold_answers: bool) -> tuple[Seen, list[tuple[str, int]]]:
    asked: list[tuple[str, int]] = []

    async def ask(name: str, tokens: int) -> AsyncIterator[int]:
        asked.append((name, tokens))
        if name == "cold" and not cold_answers:
            await asyncio.Event().wait()
        for _ in range(tokens):
            await asyncio.sleep(0.001)
            yield 1

    seen = Seen()
    asyncio.run(Round(ask, NAMES, LOAD, seen, seed=1).play())
    return seen, asked


def test_busy_clients_ask_again_and_again_and_the_cold_one_now_and_then() -> None:
    seen, asked = play(cold_answers=True)
    names = [name for name, _ in asked]
    assert names.count("a") > starvation.CLIENTS
    assert names.count("b") > starvation.CLIENTS
    assert len(seen.cold_s) in (names.count("cold"), names.count("cold") - 1)
    assert len(seen.cold_s) > 1
    assert seen.rate == pytest.approx((seen.busy_tokens + seen.cold_tokens) / seen.seconds)
    assert {tokens for _, tokens in asked} <= set(range(6, 15))


def test_one_that_is_never_answered_counts_with_the_time_that_it_has_waited() -> None:
    seen, asked = play(cold_answers=False)
    assert [name for name, _ in asked].count("cold") == 1
    assert seen.cold_s == []
    [waited_s] = seen.unanswered_s
    assert 0 < waited_s <= seen.seconds + 0.2  # what tells it that the time is over comes after
    assert seen.cold_tokens == 0 < seen.busy_tokens


def test_the_table_has_median_ninetieth_and_longest_and_shares_of_the_first_way() -> None:
    ungated = Seen(unanswered_s=[60.0], busy_tokens=4000, seconds=100.0, cpu_s=80.0)
    fair = Seen([float(n) for n in range(1, 11)], [12.0], 3800, 100, 100.0, 75.0)
    seen = {BARE: ungated, "fair": fair}
    table = as_table(seen, LOAD, 1.0)
    assert (
        "| bare vLLM | 0 of 1 | > 60.0 s | > 60.0 s | > 60.0 s | 40.0 | 40.0 | 100% | 100% | 100% |"
        in table
    )
    assert (
        "| fair | 10 of 11 | 6.0 s | 10.0 s | > 12.0 s | 38.0 | 39.0 | 95% | 98% | 104% |" in table
    )
    assert "answers of 6 to 14 tokens" in table
