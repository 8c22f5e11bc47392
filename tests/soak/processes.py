"""Memory and CPU time of an app and of its engine's processes."""

from __future__ import annotations

import time
from contextlib import suppress
from dataclasses import dataclass

import psutil


@dataclass(frozen=True)
class Reading:
    """One look. PSS: memory that processes share counts once."""

    time_s: float
    app_bytes: int
    engine_bytes: int
    app_cpu_s: float
    engine_cpu_s: float


class Processes:
    """The process `pid`, and everything below it, which is the engine's."""

    def __init__(self, pid: int | None = None) -> None:
        self._app = psutil.Process(pid)

    def read(self, *, memory: bool = True) -> Reading:
        """Look now."""
        engine = self._app.children(recursive=True)
        return Reading(
            time.monotonic(),
            _pss(self._app) if memory else 0,
            sum(_pss(one) for one in engine) if memory else 0,
            _cpu_s(self._app),
            sum(_cpu_s(one) for one in engine),
        )


def _pss(process: psutil.Process) -> int:
    with suppress(psutil.Error):
        return process.memory_full_info().pss
    return 0


def _cpu_s(process: psutil.Process) -> float:
    with suppress(psutil.Error):
        used = process.cpu_times()
        return used.user + used.system
    return 0.0
