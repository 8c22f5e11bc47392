"""Observations of an engine, as short as the tests need them."""

from __future__ import annotations

from collections.abc import Sequence

from lora_ui.engine.observation import EngineLoad, EngineMemory, Observation, WorkerMemory


def observed(
    processes: tuple[int, ...] = (),
    workers: Sequence[WorkerMemory] = (),
    load: EngineLoad | None = None,
) -> Observation:
    memory = EngineMemory(tuple(workers)) if workers else None
    return Observation(0.0, processes, memory, load or EngineLoad())


def worker(pid: int, device: int, **parts: int) -> WorkerMemory:
    """`weights=5` are `weights_bytes`, and so on."""
    return WorkerMemory(pid, device, **{f"{name}_bytes": size for name, size in parts.items()})
