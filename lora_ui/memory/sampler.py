"""One background thread measures memory; everybody else looks at what it has found."""

from __future__ import annotations

import logging
import threading
import time
from collections import deque
from dataclasses import dataclass
from typing import Protocol

from lora_ui.engine.observation import Observation
from lora_ui.engine.protocol import Engine
from lora_ui.memory.readings import Reading
from lora_ui.memory.series import EXACT_S, History, Series, values_of
from lora_ui.strings import sentence

log = logging.getLogger(__name__)

STALE_S = 2.0
"""A sample older than this must not be shown as if it were live."""
_END_WITHIN_S = 2.0


@dataclass(frozen=True)
class Sample:
    """One tick: what was measured, and what the engine told at the same moment.

    `number` counts up from 1 without holes. `time_s` is Unix time and never goes backwards;
    `taken_s` is the same moment on `time.monotonic()`.
    """

    number: int
    time_s: float
    taken_s: float
    reading: Reading
    observation: Observation

    def age_s(self) -> float:
        """Seconds since it was taken."""
        return time.monotonic() - self.taken_s

    def is_live(self) -> bool:
        """Whether it may still be shown as the figures of now."""
        return self.age_s() <= STALE_S


class MemorySource(Protocol):
    """Where readings come from. Only the sampler's thread calls it."""

    def read(self, time_s: float, observation: Observation) -> Reading:
        """Measure now. What cannot be read is left out and told in `Reading.problem`."""
        ...

    def close(self) -> None:
        """Let go of what it holds."""
        ...


class Sampler:
    """Measures `rate_hz` times a second on a thread of its own, from `start` until `stop`.

    Everything else may be called from any thread and takes microseconds: visitors share what was
    measured once. Nothing that goes wrong ends the thread.
    """

    def __init__(
        self, engine: Engine, source: MemorySource | None = None, rate_hz: float = 2.0
    ) -> None:
        """Without a `source`, NVIDIA's driver is asked for a GPU, and else the host."""
        self._engine = engine
        self._source = source
        self.period_s = 1 / rate_hz
        self.cpu_s = 0.0
        """CPU seconds that the thread has used so far."""
        self._samples: deque[Sample] = deque(maxlen=round(EXACT_S * rate_hz))
        self._history = History(rate_hz)
        self._lock = threading.Lock()
        self._ended = threading.Event()
        self._thread: threading.Thread | None = None
        self._logged = ""
        self._offset_s = time.time() - time.monotonic()

    def start(self) -> None:
        """Begin to measure; once begun, nothing more happens."""
        if self._thread is None:
            self._thread = threading.Thread(target=self._run, name="memory", daemon=True)
            self._thread.start()

    def stop(self) -> None:
        """End the thread. It is not waited for when a driver holds it up."""
        self._ended.set()
        if self._thread is not None:
            self._thread.join(_END_WITHIN_S)

    def latest(self) -> Sample | None:
        """The last sample, however old: ask `is_live()` before it is shown as of now."""
        with self._lock:
            return self._samples[-1] if self._samples else None

    def age_s(self) -> float | None:
        """Seconds since the last sample; None before the first."""
        sample = self.latest()
        return sample.age_s() if sample else None

    def since(self, number: int) -> list[Sample]:
        """The samples after `number`, oldest first, as far as they are kept (ten minutes)."""
        with self._lock:
            if not self._samples:
                return []
            missing = min(self._samples[-1].number - number, len(self._samples))
            return [self._samples[-back] for back in range(missing, 0, -1)]

    def series(self, range_s: float) -> Series:
        """The last `range_s` seconds as columns; at most about 1,200 rows."""
        with self._lock:
            return self._history.series(range_s, self._now_s(time.monotonic()))

    def _run(self) -> None:
        source = self._source or self._default_source()
        due_s = time.monotonic()
        while not self._ended.is_set():
            try:
                self._tick(source)
            except Exception as error:  # a chart must never be the end of anything: it has a gap
                if repr(error) != self._logged:
                    log.exception("memory could not be sampled")
                self._logged = repr(error)
            self.cpu_s = time.thread_time()
            due_s += self.period_s
            now_s = time.monotonic()
            if due_s < now_s:  # late by more than a tick: go on from here, catch nothing up
                due_s = now_s
            self._ended.wait(due_s - now_s)
        source.close()

    def _tick(self, source: MemorySource) -> None:
        taken_s = time.monotonic()
        time_s = self._now_s(taken_s)
        observation = self._engine.observe()
        try:
            reading = source.read(time_s, observation)
        except Exception as error:  # whatever a driver or a container thinks of
            detail = f"{type(error).__name__}: {error}"
            reading = Reading(time_s, "host", problem=sentence("memory_unread", detail=detail))
        with self._lock:
            before = self._samples[-1] if self._samples else None
            number = before.number + 1 if before else 1
            sample = Sample(number, time_s, taken_s, reading, observation)
            self._samples.append(sample)
            self._history.append(time_s, values_of(sample, before))

    def _now_s(self, monotonic_s: float) -> float:
        """Unix time that never goes backwards: a clock set back is not followed."""
        ahead_s = time.time() - monotonic_s - self._offset_s
        if ahead_s > STALE_S:  # set forward, or the machine was asleep
            self._offset_s += ahead_s
        return monotonic_s + self._offset_s

    def _default_source(self) -> MemorySource:
        from lora_ui.memory.choosing import AnySource

        return AnySource(lambda: self._engine.status().device)
