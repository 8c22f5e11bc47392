"""What fairness costs and brings: two busy adapters have both slots, and a third one is asked for.

Three ways, in turn on one engine with two slots: bare (vLLM's own `generate` after `add_lora`),
without fairness (the app, but nobody's slot is ever taken), and the app as it is.

Tokens are also counted per CPU second of the engine's core: other work on the machine stretches
the seconds on the clock, but not those.
"""

from __future__ import annotations

import asyncio
import dataclasses
import random
import time
from collections.abc import AsyncIterator, Callable
from contextlib import aclosing
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from uuid import uuid4

from lora_ui.bench.adapters import make_adapters
from lora_ui.compare.running import chat
from lora_ui.engine.base_model import locate_base_model
from lora_ui.engine.core import lora_request, sampling_params
from lora_ui.engine.local import LocalEngine
from lora_ui.engine.protocol import Delta, GenerationRequest, Rendered
from lora_ui.engine.supervision import CoreProcesses
from lora_ui.sampling import FALLBACK, Sampling
from lora_ui.settings import Settings

SLOTS = 2
CLIENTS = 3
"""Per busy adapter; each sends one request after another."""
SETTLING_S = 6.0
"""What is written before this is not counted."""
LENGTHS = (0.6, 1.4)
"""Answers are this much shorter or longer than asked for: real ones don't end together."""
NEVER_S = 1e6
BARE = "bare vLLM"

Tokens = AsyncIterator[int]
"""For each output of one answer, how many tokens came with it."""
Ask = Callable[[str, int], Tokens]
"""An adapter's name and the tokens wanted → the answer."""


@dataclass(frozen=True)
class Load:
    """How long a round takes, the tokens of an answer, and how often the third adapter is asked."""

    seconds: float
    tokens: int
    every_s: float


@dataclass
class Seen:
    """One way's figures: `cold_s` are times to the first token, `unanswered_s` how long those
    had waited at the end of their round that never got one.
    """

    cold_s: list[float] = field(default_factory=list)
    unanswered_s: list[float] = field(default_factory=list)
    busy_tokens: int = 0
    cold_tokens: int = 0
    seconds: float = 0.0
    cpu_s: float = 0.0

    def row(self, way: str, ungated: Seen) -> str:
        """This way as a line of the table."""
        waits = sorted((s, "") for s in self.cold_s)
        waits = sorted([*waits, *((s, "> ") for s in self.unanswered_s)])
        shown = [waits[round(share * (len(waits) - 1))] for share in (0.5, 0.9, 1.0)]
        cells = [f"{over}{seconds:.1f} s" for seconds, over in shown]
        every = len(waits)
        rates = [f"{seen:.1f}" for seen in (self.busy_rate, self.rate)]
        shares = [
            f"{self.busy_rate / ungated.busy_rate:.0%}",
            f"{self.rate / ungated.rate:.0%}",
            f"{self.cpu_rate / ungated.cpu_rate:.0%}" if ungated.cpu_s else "?",
        ]
        return (
            " | ".join([f"| {way}", f"{len(self.cold_s)} of {every}", *cells, *rates, *shares])
            + " |"
        )

    @property
    def busy_rate(self) -> float:
        """Tokens a second of the busy adapters."""
        return self.busy_tokens / self.seconds

    @property
    def rate(self) -> float:
        """Tokens a second of all three."""
        return (self.busy_tokens + self.cold_tokens) / self.seconds

    @property
    def cpu_rate(self) -> float:
        """Tokens of all three for each CPU second of the core."""
        return (self.busy_tokens + self.cold_tokens) / self.cpu_s


class Round:
    """One round in one way."""

    def __init__(self, ask: Ask, names: list[str], load: Load, seen: Seen, seed: int) -> None:
        self._ask = ask
        self._busy, self._cold = names[:SLOTS], names[SLOTS]
        self._load = load
        self._seen = seen
        self._random = random.Random(seed)

    async def play(self) -> None:
        """Returns when the time is over; what still runs is given up."""
        cpu_s = CoreProcesses.of_this_process().cpu_s
        self._counts_from_s = time.monotonic() + SETTLING_S
        clients = [self._be_busy(name) for name in self._busy for _ in range(CLIENTS)]
        tasks = [asyncio.create_task(c) for c in [*clients, self._be_cold()]]
        try:
            await _failing_early(tasks, SETTLING_S)
            before_s = cpu_s()
            await _failing_early(tasks, self._load.seconds)
            self._seen.seconds += time.monotonic() - self._counts_from_s
            self._seen.cpu_s += (cpu_s() or 0.0) - (before_s or 0.0)
        finally:
            for task in tasks:
                task.cancel()
            await asyncio.gather(*tasks, return_exceptions=True)

    def _length(self) -> int:
        return round(self._load.tokens * self._random.uniform(*LENGTHS))

    async def _be_busy(self, name: str) -> None:
        await asyncio.sleep(self._random.uniform(0, SETTLING_S / 2))
        while True:
            async with aclosing(self._ask(name, self._length())) as answer:  # type: ignore[type-var]
                async for tokens in answer:
                    if time.monotonic() >= self._counts_from_s:
                        self._seen.busy_tokens += tokens

    async def _be_cold(self) -> None:
        due_s = self._counts_from_s
        while True:
            await asyncio.sleep(max(0.0, due_s - time.monotonic()))
            began = time.monotonic()
            first_s: float | None = None
            try:
                async with aclosing(self._ask(self._cold, self._length())) as answer:  # type: ignore[type-var]
                    async for tokens in answer:
                        if first_s is None:
                            first_s = time.monotonic() - began
                            self._seen.cold_s.append(first_s)
                        self._seen.cold_tokens += tokens
            except asyncio.CancelledError:
                if first_s is None:
                    self._seen.unanswered_s.append(time.monotonic() - began)
                raise
            due_s = max(due_s + self._load.every_s, time.monotonic())


async def _failing_early(tasks: list[asyncio.Task[None]], seconds: float) -> None:
    done, _ = await asyncio.wait(tasks, timeout=seconds, return_when=asyncio.FIRST_EXCEPTION)
    for task in done:
        task.result()


def measure_starvation(
    settings: Settings, load: Load, rounds: int, scratch: Path, prompt: str, say: Callable[..., Any]
) -> str:
    """Start an engine with two slots and play all ways on it in turn; the table."""
    model, name = locate_base_model(settings, lambda _: None)
    adapters = make_adapters(model, name, scratch, SLOTS + 1, 16)
    engine_settings = settings.catalog.engine.model_copy(update={"max_loras": SLOTS})
    catalog = settings.catalog.model_copy(
        update={"adapters": tuple(adapters), "engine": engine_settings}
    )
    engine = LocalEngine(dataclasses.replace(settings, catalog=catalog))
    engine.start()
    try:
        say("waiting for the engine")
        asyncio.run(engine.ready())
        return _play_all(engine, [a.name for a in adapters], load, rounds, prompt, say)
    finally:
        engine.close()


def _play_all(
    engine: LocalEngine,
    names: list[str],
    load: Load,
    rounds: int,
    prompt: str,
    say: Callable[..., Any],
) -> str:
    rendered = engine.render(chat(prompt, None))
    fair_wait_s = engine.admission.fair_wait_s
    ways = {
        BARE: (bare(engine, rendered), fair_wait_s),
        "without fairness": (through_app(engine, rendered), NEVER_S),
        "with fairness": (through_app(engine, rendered), fair_wait_s),
    }
    for cold in names[SLOTS:]:  # read once, so that all ways find its files in memory
        asyncio.run(engine.preload(cold))
    seen = {way: Seen() for way in ways}
    for number in range(rounds):
        for way, (ask, wait_s) in ways.items():
            engine.admission.fair_wait_s = wait_s
            play = Round(ask, names, load, seen[way], seed=number).play()
            if way == BARE:
                _, loop, _ = engine.internals()
                asyncio.run_coroutine_threadsafe(play, loop).result()
            else:
                asyncio.run(play)
            say(f"round {number + 1}: {seen[way].row(way, seen['bare vLLM'])}")
    return as_table(seen, load, fair_wait_s)


def bare(engine: LocalEngine, prompt: Rendered) -> Ask:
    """vLLM's own engine; for its loop."""
    llm, _, identity = engine.internals()

    async def ask(name: str, tokens: int) -> Tokens:
        adapter = lora_request(identity(name))
        await llm.add_lora(adapter)
        outputs = llm.generate(
            {"prompt_token_ids": list(prompt.token_ids)},
            sampling_params(_sampling(tokens)),
            uuid4().hex,
            lora_request=adapter,
        )
        async with aclosing(outputs):
            async for output in outputs:
                yield len(output.outputs[0].token_ids)

    return ask


def through_app(engine: LocalEngine, prompt: Rendered) -> Ask:
    """The app's engine, as the page uses it."""

    async def ask(name: str, tokens: int) -> Tokens:
        request = GenerationRequest(uuid4().hex, name, prompt, _sampling(tokens))
        written = 0
        async with aclosing(engine.generate(request)) as events:  # type: ignore[type-var]
            async for event in events:
                if isinstance(event, Delta):
                    yield event.tokens - written
                    written = event.tokens

    return ask


def _sampling(tokens: int) -> Sampling:
    return FALLBACK.model_copy(update={"max_tokens": tokens})


def as_table(seen: dict[str, Seen], load: Load, fair_wait_s: float) -> str:
    """All ways in Markdown, after a sentence that says what was measured."""
    low, high = (round(load.tokens * factor) for factor in LENGTHS)
    head = (
        f"{SLOTS} slots, {SLOTS} adapters with {CLIENTS} busy clients each, answers of {low} to "
        f"{high} tokens; a third adapter is asked {load.every_s:.0f} s after the last time, or as "
        f"soon as it has answered; fair_wait_s {fair_wait_s:g}. Shares are of bare vLLM."
    )
    titles = (
        "| way | cold answered | cold TTFT p50 | p90 | max | busy tokens/s | all tokens/s "
        "| share, busy | share, all | share, all, per CPU s |\n|---" + "|---:" * 9 + "|"
    )
    rows = [figures.row(way, seen[BARE]) for way, figures in seen.items()]
    return "\n".join([head, "", titles, *rows])
