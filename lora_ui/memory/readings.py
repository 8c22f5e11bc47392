"""What a measuring of memory gives: frozen values, sizes in bytes, None for what is not known."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

Source = Literal["nvml", "host"]
"""Where the figures come from: NVIDIA's driver, or the operating system's account of processes."""

Attribution = Literal["driver", "engine"]
"""Who says how much of a device is the engine's: the driver's list of processes, or, where that is
hidden (containers, missing permissions), the engine's own account of what it has allocated."""


@dataclass(frozen=True)
class ProcessUse:
    """One process on a device. `used_bytes` is None where the driver does not tell.

    `own` says that it belongs to this app: the engine's processes, and this one.
    """

    pid: int
    used_bytes: int | None
    own: bool


@dataclass(frozen=True)
class Device:
    """One GPU, or one MIG instance of it, at one moment.

    `index` is NVML's (PCI bus order); MIG instances are counted through. `used_bytes` does not hold
    `reserved_bytes`, what the driver and the firmware keep for themselves; it is None while the
    device does not answer. `utilization` is from 0 to 1.

    `own_bytes` is what this app's processes use and `other_bytes` all the rest of `used_bytes`;
    `attribution` says by whose account, and is None where nobody can tell (both are None then).
    """

    index: int
    name: str
    total_bytes: int | None
    used_bytes: int | None
    reserved_bytes: int | None = None
    utilization: float | None = None
    power_w: float | None = None
    temperature_c: float | None = None
    processes: tuple[ProcessUse, ...] = ()
    own_bytes: int | None = None
    other_bytes: int | None = None
    attribution: Attribution | None = None


@dataclass(frozen=True)
class HostMemory:
    """The machine's memory, and the engine's processes in it.

    `total_bytes` and `used_bytes` are the container's, where it has a limit. `rss_bytes` is the sum
    over the engine's processes and counts pages that several of them share once each;
    `pss_bytes` counts those once in all, but is read seldom: `pss_age_s` ago.
    """

    total_bytes: int
    used_bytes: int
    rss_bytes: int | None = None
    pss_bytes: int | None = None
    pss_age_s: float | None = None


@dataclass(frozen=True)
class Reading:
    """Everything measured at `time_s` (Unix time).

    `problem` is one sentence with its fix, where something could not be read. What is missing then
    is None or absent: a gap in every chart, never the value of before.
    """

    time_s: float
    source: Source
    devices: tuple[Device, ...] = ()
    host: HostMemory | None = None
    problem: str | None = None
