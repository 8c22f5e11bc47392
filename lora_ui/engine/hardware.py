"""What this machine offers, as far as the choice of settings asks."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import psutil


@dataclass(frozen=True)
class Hardware:
    """`kind` is "gpu" or "cpu"; `name` is for people; `memory_bytes` is the device's own memory.

    `fast_bfloat16` says whether it multiplies bfloat16 natively.
    """

    kind: str
    name: str
    memory_bytes: int
    fast_bfloat16: bool


def nvidia_gpu() -> tuple[str, int] | None:
    """Name and total memory (bytes) of the first NVIDIA GPU, or None when none answers."""
    import pynvml

    try:
        pynvml.nvmlInit()
    except pynvml.NVMLError:
        return None
    try:
        handle = pynvml.nvmlDeviceGetHandleByIndex(0)
        return str(pynvml.nvmlDeviceGetName(handle)), int(
            pynvml.nvmlDeviceGetMemoryInfo(handle).total
        )
    except pynvml.NVMLError:
        return None
    finally:
        pynvml.nvmlShutdown()


def cpu() -> Hardware:
    """This machine's processor and the memory that is free to use."""
    flags, name = _cpuinfo()
    native = bool({"avx512_bf16", "amx_bf16"} & flags)
    return Hardware("cpu", name, psutil.virtual_memory().available, native)


def gpu() -> Hardware | None:
    """The first NVIDIA GPU, if one answers."""
    found = nvidia_gpu()
    return Hardware("gpu", found[0], found[1], True) if found else None


def _cpuinfo() -> tuple[set[str], str]:
    try:
        lines = Path("/proc/cpuinfo").read_text().splitlines()
    except OSError:
        return set(), "CPU"
    values = {
        key.strip(): value.strip() for key, _, value in (line.partition(":") for line in lines)
    }
    return set(values.get("flags", "").split()), values.get("model name", "CPU")
