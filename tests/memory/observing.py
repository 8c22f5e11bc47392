"""Observations of an engine, as short as the tests need them."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any


def observed(processes: tuple[int, ...] = (), workers: Any = (), load: Any = None) -> Any:
    memory = SimpleNamespace(workers=tuple(workers)) if workers else None
    return SimpleNamespace(processes=processes, memory=memory, load=load, residency=None)


def worker(pid: int, device: int, **parts: int) -> Any:
    return SimpleNamespace(
        pid=pid, device_index=device, **{f"{k}_bytes": v for k, v in parts.items()}
    )
