"""How much of a GPU is this app's: by the driver's list of processes, else by the engine's word."""

from __future__ import annotations

import os
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import psutil

from lora_ui.engine.observation import Observation
from lora_ui.memory.readings import Attribution, ProcessUse

UNLISTED_BYTES = 2**30
"""More in use than this with no process listed: the list is hidden. Drivers keep less by themselves
(some hundred MB at most)."""


@dataclass(frozen=True)
class Shares:
    """Who uses a device; `problem` is the code of what keeps that from being known exactly."""

    own_bytes: int | None
    other_bytes: int | None
    attribution: Attribution | None
    problem: str | None = None


@dataclass(frozen=True)
class EngineClaim:
    """What the engine says of one device: its workers' pids, and the bytes that they hold there."""

    pids: frozenset[int]
    bytes: int | None


def share(
    used_bytes: int | None, processes: Sequence[ProcessUse] | None, claim: EngineClaim
) -> Shares:
    """Divide what is used. `processes` is None where the driver does not list them.

    The driver's list is believed when the engine's workers are in it. Containers hide it or show
    pids that mean nothing here; then the engine's own account stands in, which misses what the
    driver adds (so `other_bytes` is then a little too large).
    """
    if used_bytes is None:
        return Shares(None, None, None)
    listed = processes or ()
    own = [p for p in listed if p.own]
    seen = any(p.pid in claim.pids for p in own) if claim.pids else bool(own)
    sizes = [p.used_bytes for p in own if p.used_bytes is not None]
    if seen and len(sizes) == len(own):
        return _divided(used_bytes, sum(sizes), "driver")
    problem = "nvml_no_processes" if processes is None else "nvml_hidden_processes"
    if claim.bytes:
        return _divided(used_bytes, claim.bytes, "engine", problem)
    if processes is None or own or _is_hidden(used_bytes, listed):
        return Shares(None, None, None, problem)
    return _divided(used_bytes, 0, "driver")


def claims(
    observation: Observation, uuids: Mapping[int, str], visible: str | None = None
) -> dict[int, EngineClaim]:
    """What the engine says of each device, by NVML's index.

    `uuids` are the devices' by that index. `visible` is `CUDA_VISIBLE_DEVICES`, after which workers
    count their devices; by default this process's.
    """
    order = _visible_order(
        os.environ.get("CUDA_VISIBLE_DEVICES", "") if visible is None else visible
    )
    found: dict[int, EngineClaim] = {}
    for worker in observation.memory.workers if observation.memory else ():
        index = _index(worker.device_index, order, uuids)
        if index is None:
            continue
        before = found.get(index, EngineClaim(frozenset(), None))
        held = (before.bytes or 0) + worker.parts_bytes
        found[index] = EngineClaim(before.pids | {worker.pid}, held or None)
    return found


NO_CLAIM = EngineClaim(frozenset(), None)


def _divided(used: int, own: int, attribution: Attribution, problem: str | None = None) -> Shares:
    return Shares(own, max(0, used - own), attribution, problem)


def _is_hidden(used_bytes: int, processes: Sequence[ProcessUse]) -> bool:
    if not processes:
        return used_bytes > UNLISTED_BYTES
    return not all(psutil.pid_exists(p.pid) for p in processes)


def _visible_order(visible: str) -> list[str]:
    return [part.strip() for part in visible.split(",") if part.strip()]


def _index(counted: int | None, order: list[str], uuids: Mapping[int, str]) -> int | None:
    if counted is None:
        return None
    if not order:
        return counted
    if counted >= len(order):
        return None
    name = order[counted]
    if name.isdecimal():
        return int(name)
    return next((index for index, uuid in uuids.items() if uuid.startswith(name)), None)
