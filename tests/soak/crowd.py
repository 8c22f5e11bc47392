"""Visitors who compare at the same time, and what came of it."""

from __future__ import annotations

import random
import re
import threading
import time
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

from gradio_client import Client
from gradio_client.exceptions import AppError

from tests.soak.processes import Processes, Reading

SETTLING_SHARE = 0.15
"""What is written in this first part of the time does not count for speed and memory."""
READ_EVERY_S = 5.0
RELEASE_S = 15.0
TIMEOUT_S = 60.0
"""How long a visitor waits for any sign of life; browsers wait for longer, httpx only 5 s."""
REFUSALS = ("This public demo is full", "Each visitor of this public demo", "All visitors with")
"""How the sentences of a polite refusal begin."""
SMALLEST, LARGEST = 100_000, 999_999


class Nonces:
    """Numbers that nobody else has, and which of them a text holds.

    Small models copy a number of six digits more surely than a word that they have never seen.
    """

    def __init__(self, seed: int) -> None:
        self._random = random.Random(seed)
        self._given: set[str] = set()
        self._lock = threading.Lock()

    def new(self) -> str:
        """One that was not given before."""
        with self._lock:
            while True:
                number = str(self._random.randint(SMALLEST, LARGEST))
                if number not in self._given:
                    self._given.add(number)
                    return number

    def in_text(self, text: str) -> set[str]:
        """Those that were given to anybody and stand in `text`, with or without commas."""
        return self._given & set(re.findall(r"\d+", text.replace(",", "")))


def prompt_for(nonce: str) -> str:
    """A question whose answer repeats the nonce, in SQL as in plain words."""
    return f"CREATE TABLE people (id INT, name TEXT, age INT)\n\nWhich people have the id {nonce}?"


@dataclass(frozen=True)
class Answer:
    """One column as a visitor got it; times by `time.monotonic()`."""

    adapter: str
    tokens: int
    first_s: float
    last_s: float
    own_nonce: bool
    foreign_nonces: int

    def tokens_within(self, begin_s: float, end_s: float) -> float:
        """Its tokens in that time, as if they had come evenly."""
        length_s = self.last_s - self.first_s
        if length_s <= 0:
            return self.tokens if begin_s <= self.last_s < end_s else 0
        within_s = min(end_s, self.last_s) - max(begin_s, self.first_s)
        return self.tokens * max(0.0, within_s) / length_s


@dataclass
class Seen:
    """What all visitors saw. `window_s` is the time that counts for speed."""

    answers: list[Answer] = field(default_factory=list)
    waits_s: list[float] = field(default_factory=list)
    comparisons: Counter[int] = field(default_factory=Counter)
    refusals: Counter[str] = field(default_factory=Counter)
    errors: Counter[str] = field(default_factory=Counter)
    readings: list[Reading] = field(default_factory=list)
    window_s: float = 0.0
    written: float = 0.0
    engine_cpu_s: float = 0.0
    app_cpu_s: float = 0.0

    def count(self, begin_s: float, end_s: float, readings: Sequence[Reading]) -> None:
        """Take the window for speed, and what the processes used in it."""
        self.window_s = end_s - begin_s
        self.written = sum(answer.tokens_within(begin_s, end_s) for answer in self.answers)
        inside = [reading for reading in readings if begin_s <= reading.time_s <= end_s]
        if len(inside) > 1:
            stretch = self.window_s / (inside[-1].time_s - inside[0].time_s)
            self.engine_cpu_s = stretch * (inside[-1].engine_cpu_s - inside[0].engine_cpu_s)
            self.app_cpu_s = stretch * (inside[-1].app_cpu_s - inside[0].app_cpu_s)

    def add(self, other: Seen) -> None:
        """Put another time of the same kind to it."""
        self.answers += other.answers
        self.window_s += other.window_s
        self.written += other.written
        self.engine_cpu_s += other.engine_cpu_s
        self.app_cpu_s += other.app_cpu_s

    @property
    def rate(self) -> float:
        """Tokens a second."""
        return self.written / self.window_s if self.window_s else 0.0

    @property
    def cpu_rate(self) -> float:
        """Tokens for each CPU second of the engine: what other work on the machine cannot take."""
        return self.written / self.engine_cpu_s if self.engine_cpu_s else 0.0


class Crowd:
    """Visitors of the app at `url`, each with a session of its own."""

    def __init__(
        self, url: str, visitors: int, adapters: Sequence[str], tokens: int, seed: int
    ) -> None:
        patient = {"timeout": TIMEOUT_S}
        self._clients = [Client(url, verbose=False, httpx_kwargs=patient) for _ in range(visitors)]
        self._adapters, self._tokens = list(adapters), tokens
        self._nonces = Nonces(seed)
        self._lock = threading.Lock()

    def play(self, seconds: float, processes: Processes | None = None) -> Seen:
        """Everybody compares until the time is over, and then ends what they have begun."""
        seen, began_s = Seen(), time.monotonic()
        until_s = began_s + seconds
        threads = [
            threading.Thread(target=self._be, args=(number, client, until_s, seen), daemon=True)
            for number, client in enumerate(self._clients)
        ]
        for thread in threads:
            thread.start()
        while (left_s := until_s - time.monotonic()) > 0:
            if processes is not None:
                seen.readings.append(processes.read())
            time.sleep(min(READ_EVERY_S, left_s))
        for thread in threads:
            thread.join()
        seen.count(began_s + SETTLING_SHARE * seconds, until_s, seen.readings)
        return seen

    def _be(self, visitor: int, client: Any, until_s: float, seen: Seen) -> None:
        while time.monotonic() < until_s:
            nonce, asked_s = self._nonces.new(), time.monotonic()
            try:
                result = client.predict(
                    prompt_for(nonce),
                    self._adapters,
                    max_tokens=self._tokens,
                    api_name="/compare",
                )
            except AppError as refused:
                self._note_failure(seen, str(refused))
                time.sleep(1.0)
                continue
            except Exception as fault:
                self._note_failure(seen, f"{type(fault).__name__}: {fault}")
                time.sleep(1.0)
                continue
            self._note(visitor, nonce, asked_s, result, seen)

    def _note(
        self, visitor: int, nonce: str, asked_s: float, result: dict[str, Any], seen: Seen
    ) -> None:
        failed = [column["error"] for column in result["columns"] if column["error"]]
        with self._lock:
            for column in result["columns"]:
                if not column["error"]:
                    seen.answers.append(answer_of(column, nonce, asked_s, self._nonces))
                    seen.waits_s.append(column["ttft_s"])
            if not failed:
                seen.comparisons[visitor] += 1
        for sentence in failed:
            self._note_failure(seen, sentence)

    def _note_failure(self, seen: Seen, sentence: str) -> None:
        with self._lock:
            polite = sentence.startswith(REFUSALS)
            (seen.refusals if polite else seen.errors)[sentence] += 1


def answer_of(column: dict[str, Any], nonce: str, asked_s: float, nonces: Nonces) -> Answer:
    """A column of `/compare`'s result, asked at `asked_s` with `nonce`."""
    found = nonces.in_text(column["text"])
    return Answer(
        column["adapter"],
        column["tokens"],
        asked_s + (column["ttft_s"] or 0.0),
        asked_s + column["seconds"],
        nonce in found,
        len(found - {nonce}),
    )


def ended(url: str) -> dict[str, int]:
    """What still runs or waits in the app, after a moment in which it may end."""
    client = Client(url, verbose=False)
    until_s = time.monotonic() + RELEASE_S
    while True:
        status = client.predict(api_name="/engine")
        left = {name: status[name] for name in ("running", "waiting")}
        if not any(left.values()) or time.monotonic() > until_s:
            return left
        time.sleep(0.5)
