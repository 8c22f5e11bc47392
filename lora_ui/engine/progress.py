"""The stages of a start with their times, written by the engine's thread and read by any other."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable

from lora_ui.engine.protocol import Stage


class StartProgress:
    """What the start is doing now, and how long each stage before took."""

    def __init__(self, on_stage: Callable[[str], None] = lambda _: None) -> None:
        """`on_stage` is told the name of each stage as it begins."""
        self._on_stage = on_stage
        self._lock = threading.Lock()
        self._began = time.monotonic()
        self._stages: list[tuple[str, float]] = []
        self._ended: float | None = None
        self._detail = ""

    def enter(self, name: str) -> None:
        """A new stage begins, unless it is the present one."""
        with self._lock:
            if self._stages and self._stages[-1][0] == name:
                return
            self._stages.append((name, time.monotonic()))
            self._detail = ""
        self._on_stage(name)

    def note(self, detail: str) -> None:
        """One line about how far the present stage is."""
        with self._lock:
            self._detail = detail

    def end(self) -> None:
        """The start is over, well or badly."""
        with self._lock:
            self._ended = time.monotonic()
            self._detail = ""

    @property
    def elapsed_s(self) -> float:
        """Seconds since the start began, or the whole time that it took."""
        return (self._ended or time.monotonic()) - self._began

    @property
    def detail(self) -> str:
        """The last note of the present stage."""
        return self._detail

    def stages(self) -> tuple[Stage, ...]:
        """All stages so far, in order."""
        with self._lock:
            if not self._stages:
                return ()
            ends = [began for _, began in self._stages[1:]] + [self._ended or time.monotonic()]
            last = len(self._stages) - 1
            return tuple(
                Stage(name, end - began, done=index < last or self._ended is not None)
                for index, ((name, began), end) in enumerate(zip(self._stages, ends, strict=True))
            )
