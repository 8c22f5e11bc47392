"""An NVML of invented GPUs, for unit tests alone: real ones do not fail when asked to."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from types import SimpleNamespace
from typing import Any

import pynvml
import pytest

GIB = 2**30
OTHER_PID = 1
"""Alive on every machine, and never the engine's."""


@dataclass
class FakeGpu:
    """One invented GPU. `errors` maps the end of a function's name to the error that it raises.

    `instances` makes it one that MIG has divided. `processes` are (pid, used bytes).
    """

    total: int = 80 * GIB
    used: int = 10 * GIB
    reserved: int = GIB // 2
    name: str = "NVIDIA H100 80GB HBM3"
    uuid: str = "GPU-0"
    processes: list[tuple[int, int | None]] = field(default_factory=lambda: [(OTHER_PID, GIB)])
    graphics: list[tuple[int, int | None]] = field(default_factory=list)
    errors: dict[str, int] = field(default_factory=dict)
    instances: dict[int, FakeGpu] = field(default_factory=dict)


class FakeNvml:
    """Put in place of `pynvml`'s functions by `install`; `calls` counts them by name."""

    def __init__(self, *gpus: FakeGpu) -> None:
        self.gpus = list(gpus)
        self.opened = 0
        self.errors: dict[str, int] = {}
        self.calls: dict[str, int] = {}

    def install(self, patch: pytest.MonkeyPatch) -> FakeNvml:
        """Replace the functions that the product uses, each checked to exist in the real module."""
        for name in [n for n in dir(self) if n.startswith("nvml")]:
            assert hasattr(pynvml, name), name
            patch.setattr(pynvml, name, self._counted(name))
        return self

    def _counted(self, name: str) -> Callable[..., Any]:
        real = getattr(self, name)

        def call(*args: Any, **kwargs: Any) -> Any:
            self.calls[name] = self.calls.get(name, 0) + 1
            fail(self.errors, name)
            if args and isinstance(args[0], FakeGpu):
                fail(args[0].errors, name)
            if name != "nvmlInit" and not self.opened:
                raise pynvml.NVMLError(pynvml.NVML_ERROR_UNINITIALIZED)
            return real(*args, **kwargs)

        return call

    def nvmlInit(self) -> None:
        self.opened += 1

    def nvmlShutdown(self) -> None:
        self.opened -= 1

    def nvmlDeviceGetCount(self) -> int:
        return len(self.gpus)

    def nvmlDeviceGetHandleByIndex(self, index: int) -> FakeGpu:
        fail(self.gpus[index].errors, "nvmlDeviceGetHandleByIndex")
        return self.gpus[index]

    def nvmlDeviceGetName(self, gpu: FakeGpu) -> str:
        return gpu.name

    def nvmlDeviceGetUUID(self, gpu: FakeGpu) -> str:
        return gpu.uuid

    def nvmlDeviceGetMemoryInfo(self, gpu: FakeGpu, version: int | None = None) -> Any:
        if version is None:
            return SimpleNamespace(total=gpu.total, used=gpu.used + gpu.reserved)
        fail(gpu.errors, "version2")
        return SimpleNamespace(total=gpu.total, used=gpu.used, reserved=gpu.reserved)

    def nvmlDeviceGetComputeRunningProcesses(self, gpu: FakeGpu) -> list[Any]:
        return [SimpleNamespace(pid=pid, usedGpuMemory=used) for pid, used in gpu.processes]

    def nvmlDeviceGetGraphicsRunningProcesses(self, gpu: FakeGpu) -> list[Any]:
        return [SimpleNamespace(pid=pid, usedGpuMemory=used) for pid, used in gpu.graphics]

    def nvmlDeviceGetUtilizationRates(self, _gpu: FakeGpu) -> Any:
        return SimpleNamespace(gpu=93, memory=40)

    def nvmlDeviceGetPowerUsage(self, _gpu: FakeGpu) -> int:
        return 512_400

    def nvmlDeviceGetTemperature(self, _gpu: FakeGpu, sensor: int) -> int:
        assert sensor == pynvml.NVML_TEMPERATURE_GPU
        return 51

    def nvmlDeviceGetMigMode(self, gpu: FakeGpu) -> list[int]:
        mode = pynvml.NVML_DEVICE_MIG_ENABLE if gpu.instances else pynvml.NVML_DEVICE_MIG_DISABLE
        return [mode, mode]

    def nvmlDeviceGetMaxMigDeviceCount(self, _gpu: FakeGpu) -> int:
        return 7

    def nvmlDeviceGetMigDeviceHandleByIndex(self, gpu: FakeGpu, index: int) -> FakeGpu:
        if index not in gpu.instances:
            raise pynvml.NVMLError(pynvml.NVML_ERROR_NOT_FOUND)
        return gpu.instances[index]


def fail(errors: dict[str, int], name: str) -> None:
    """Raise what is planned for the function, by the end of its name."""
    for end, code in errors.items():
        if name.endswith(end):
            raise pynvml.NVMLError(code)
