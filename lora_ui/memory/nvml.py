"""Readings of NVIDIA GPUs, through NVML (the module `pynvml` of nvidia-ml-py).

Drivers get lost, GPUs fall off the bus, containers hide what belongs to whom. Each of these leaves
a gap and one sentence, and is tried again, ever more seldom.
"""

from __future__ import annotations

import os
import time
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass, field
from typing import Any, TypeVar

import psutil
import pynvml

from lora_ui.engine.observation import Observation
from lora_ui.memory.attribution import NO_CLAIM, EngineClaim, claims, share
from lora_ui.memory.host import HostMeter, OwnProcesses
from lora_ui.memory.readings import Device, HostMemory, ProcessUse, Reading
from lora_ui.strings import sentence

FIRST_RETRY_S = 1.0
LONGEST_RETRY_S = 60.0

_T = TypeVar("_T")

_DRIVER_GONE = {
    pynvml.NVML_ERROR_UNINITIALIZED: "nvml_driver_lost",
    pynvml.NVML_ERROR_DRIVER_NOT_LOADED: "nvml_driver_lost",
    pynvml.NVML_ERROR_LIBRARY_NOT_FOUND: "nvml_missing",
    pynvml.NVML_ERROR_LIB_RM_VERSION_MISMATCH: "nvml_driver_changed",
}
"""Errors that concern the driver as a whole: everything is opened anew."""
_DEVICE_GONE = {
    pynvml.NVML_ERROR_GPU_IS_LOST: "nvml_gpu_lost",
    pynvml.NVML_ERROR_RESET_REQUIRED: "nvml_gpu_lost",
    pynvml.NVML_ERROR_NO_PERMISSION: "nvml_no_permission",
    pynvml.NVML_ERROR_NOT_SUPPORTED: "nvml_no_memory_figure",
}
_NO_VERSION_2 = {
    pynvml.NVML_ERROR_FUNCTION_NOT_FOUND,
    pynvml.NVML_ERROR_ARGUMENT_VERSION_MISMATCH,
}


@dataclass
class Retry:
    """When to try again: after 1, 2, 4 … 60 s."""

    next_s: float = 0.0
    wait_s: float = FIRST_RETRY_S

    def failed(self, now_s: float) -> None:
        """Wait, and twice as long the next time."""
        self.next_s = now_s + self.wait_s
        self.wait_s = min(2 * self.wait_s, LONGEST_RETRY_S)

    def succeeded(self) -> None:
        """All is well: the next failure waits the shortest time again."""
        self.next_s, self.wait_s = 0.0, FIRST_RETRY_S


@dataclass
class Slot:
    """A place for a device: what is known of it, and when what failed is tried again.

    `instance` is the number of the MIG instance on the GPU `parent`, None for a whole GPU.
    """

    index: int
    parent: int
    instance: int | None
    handle: Any
    name: str
    uuid: str
    total_bytes: int | None = None
    old_memory: bool = False
    problem: str | None = None
    memory: Retry = field(default_factory=Retry)
    optional: dict[str, Retry] = field(default_factory=dict)


class NvmlSource:
    """Every GPU, and the host's memory beside it."""

    def __init__(self, own: OwnProcesses | None = None) -> None:
        self._own = own or OwnProcesses()
        self._meter = HostMeter(pss=False)
        self._slots: list[Slot] = []
        self._open = False
        self._driver = Retry()
        self._problem: str | None = None
        self._been_there = False

    def available(self) -> bool:
        """Whether there is a GPU now, or was one before: then its loss is worth a sentence."""
        self._try_open(time.monotonic())
        return self._been_there

    def read(self, time_s: float, observation: Observation) -> Reading:
        """Measure now."""
        now_s = time.monotonic()
        processes = self._own.of(tuple(observation.processes))
        host = self._host(processes)
        if not self._try_open(now_s):
            return Reading(time_s, "nvml", self._gaps(), host, self._problem)
        own = {os.getpid(), *observation.processes, *(process.pid for process in processes)}
        told = claims(observation, {slot.index: slot.uuid for slot in self._slots})
        try:
            devices = [
                self._device(slot, own, told.get(slot.index, NO_CLAIM), now_s)
                for slot in self._slots
            ]
        except pynvml.NVMLError as error:  # only those that concern all devices come so far
            self._lose(error, now_s)
            return Reading(time_s, "nvml", self._gaps(), host, self._problem)
        problem = next((slot.problem for slot in self._slots if slot.problem), None)
        if any(device.used_bytes is not None for device in devices):
            self._driver.succeeded()
        else:  # nothing answers: the driver is opened anew, since GPUs may have been reset
            self._shut()
            self._driver.failed(now_s)
            self._problem = problem
        return Reading(time_s, "nvml", tuple(devices), host, problem)

    def close(self) -> None:
        """Let go of the driver."""
        self._shut()

    def _host(self, processes: tuple[psutil.Process, ...]) -> HostMemory | None:
        try:
            return self._meter.read(processes)
        except (OSError, psutil.Error):
            return None

    def _gaps(self) -> tuple[Device, ...]:
        """The devices that are known, with nothing measured."""
        return tuple(Device(s.index, s.name, s.total_bytes, None) for s in self._slots)

    # the driver

    def _try_open(self, now_s: float) -> bool:
        if self._open:
            return True
        if now_s < self._driver.next_s:
            return False
        try:
            pynvml.nvmlInit()
        except pynvml.NVMLError as error:
            self._lose(error, now_s)
            return False
        self._open = True
        try:
            self._slots = _find_slots()
        except pynvml.NVMLError as error:
            self._lose(error, now_s)
            return False
        if not self._slots:
            self._shut()
            self._driver.failed(now_s)
            self._problem = sentence("nvml_none")
            return False
        self._problem, self._been_there = None, True
        return True

    def _lose(self, error: pynvml.NVMLError, now_s: float) -> None:
        self._shut()
        self._driver.failed(now_s)
        code = _DRIVER_GONE.get(_code(error), "nvml_failed")
        self._problem = sentence(code, detail=str(error))

    def _shut(self) -> None:
        if self._open:
            with suppress(pynvml.NVMLError):
                pynvml.nvmlShutdown()
        self._open = False

    # one device

    def _device(self, slot: Slot, own: set[int], claim: EngineClaim, now_s: float) -> Device:
        used, reserved = self._memory(slot, now_s)
        if used is None:
            return Device(slot.index, slot.name, slot.total_bytes, None)

        def optional(name: str, ask: Callable[[], _T]) -> _T | None:
            return _unless_refused(slot.optional.setdefault(name, Retry()), now_s, ask)

        handle = slot.handle
        listed = optional("processes", lambda: _processes(handle, own))
        shares = share(used, listed, claim)
        slot.problem = slot.problem or _told(shares.problem, slot)
        utilization = optional("utilization", lambda: _utilization(handle))
        power_w = optional("power", lambda: pynvml.nvmlDeviceGetPowerUsage(handle) / 1000)
        temperature_c = optional("temperature", lambda: _temperature_c(handle))
        return Device(
            index=slot.index,
            name=slot.name,
            total_bytes=slot.total_bytes,
            used_bytes=used,
            reserved_bytes=reserved,
            utilization=utilization,
            power_w=power_w,
            temperature_c=temperature_c,
            processes=tuple(listed or ()),
            own_bytes=shares.own_bytes,
            other_bytes=shares.other_bytes,
            attribution=shares.attribution,
        )

    def _memory(self, slot: Slot, now_s: float) -> tuple[int | None, int | None]:
        """Used and reserved bytes; used is None while the device does not answer."""
        if now_s < slot.memory.next_s:
            return None, None
        try:
            if slot.handle is None or slot.memory.wait_s > FIRST_RETRY_S:
                slot.handle = _handle(slot)  # the old one may be that of a lost device
            info, slot.old_memory = _memory_info(slot)
        except pynvml.NVMLError as error:
            if _code(error) in _DRIVER_GONE:
                raise
            slot.memory.failed(now_s)
            slot.problem = _told(_DEVICE_GONE.get(_code(error), "nvml_failed"), slot, error)
            return None, None
        slot.memory.succeeded()
        slot.total_bytes = int(info.total)
        if slot.old_memory:
            slot.problem = _told("nvml_old_driver", slot)
            return int(info.used), None
        slot.problem = None if slot.instance is None else _told("nvml_mig", slot)
        return int(info.used), int(info.reserved)


def _memory_info(slot: Slot) -> tuple[Any, bool]:
    """The device's memory, and whether only the old form of the answer is known here.

    The old form counts what is reserved as used.
    """
    if not slot.old_memory:
        try:
            version = pynvml.nvmlMemory_v2
            return pynvml.nvmlDeviceGetMemoryInfo(slot.handle, version=version), False
        except pynvml.NVMLError as error:
            if _code(error) not in _NO_VERSION_2:
                raise
    return pynvml.nvmlDeviceGetMemoryInfo(slot.handle), True


def _processes(handle: Any, own: set[int]) -> list[ProcessUse]:
    """All processes on the device, those that compute and those that draw, each once."""
    found: dict[int, int | None] = {}
    for ask in (
        pynvml.nvmlDeviceGetComputeRunningProcesses,
        pynvml.nvmlDeviceGetGraphicsRunningProcesses,
    ):
        for process in ask(handle):
            used = None if process.usedGpuMemory is None else int(process.usedGpuMemory)
            before = found.get(int(process.pid))
            known = [size for size in (used, before) if size is not None]
            found[int(process.pid)] = max(known) if known else None
    return [ProcessUse(pid, used, pid in own) for pid, used in sorted(found.items())]


def _utilization(handle: Any) -> float:
    rates: Any = pynvml.nvmlDeviceGetUtilizationRates(handle)
    return rates.gpu / 100


def _temperature_c(handle: Any) -> float:
    return float(pynvml.nvmlDeviceGetTemperature(handle, pynvml.NVML_TEMPERATURE_GPU))


def _find_slots() -> list[Slot]:
    """One for every GPU, and in place of one that is divided by MIG one for each instance."""
    slots: list[Slot] = []
    for parent in range(pynvml.nvmlDeviceGetCount()):
        try:
            handle = pynvml.nvmlDeviceGetHandleByIndex(parent)
        except pynvml.NVMLError as error:
            if _code(error) in _DRIVER_GONE:
                raise
            slots.append(Slot(len(slots), parent, None, None, f"GPU {parent}", ""))
            continue
        instances = _instances(handle)
        for instance, held in instances or [(None, handle)]:
            slots.append(_slot(len(slots), parent, instance, held))
    return slots


def _slot(index: int, parent: int, instance: int | None, handle: Any) -> Slot:
    name, uuid = f"GPU {index}", ""
    with suppress(pynvml.NVMLError):
        name = str(pynvml.nvmlDeviceGetName(handle))
    with suppress(pynvml.NVMLError):
        uuid = str(pynvml.nvmlDeviceGetUUID(handle))
    return Slot(index, parent, instance, handle, name, uuid)


def _instances(handle: Any) -> list[tuple[int | None, Any]]:
    """The MIG instances of a GPU; none where it is not divided, or knows no MIG."""
    found: list[tuple[int | None, Any]] = []
    with suppress(pynvml.NVMLError):
        if pynvml.nvmlDeviceGetMigMode(handle)[0] != pynvml.NVML_DEVICE_MIG_ENABLE:
            return []
        for number in range(pynvml.nvmlDeviceGetMaxMigDeviceCount(handle)):
            with suppress(pynvml.NVMLError):  # numbers without an instance are not found
                found.append((number, pynvml.nvmlDeviceGetMigDeviceHandleByIndex(handle, number)))
    return found


def _handle(slot: Slot) -> Any:
    handle = pynvml.nvmlDeviceGetHandleByIndex(slot.parent)
    if slot.instance is None:
        return handle
    return pynvml.nvmlDeviceGetMigDeviceHandleByIndex(handle, slot.instance)


def _unless_refused(retry: Retry, now_s: float, ask: Callable[[], _T]) -> _T | None:
    """What `ask` gives; what the device does not tell is asked for again later."""
    if now_s < retry.next_s:
        return None
    try:
        value = ask()
    except pynvml.NVMLError as error:
        if _code(error) in _DRIVER_GONE:
            raise
        retry.failed(now_s)
        return None
    retry.succeeded()
    return value


def _told(code: str | None, slot: Slot, error: Exception | None = None) -> str | None:
    return code and sentence(code, gpu=slot.index, name=slot.name, detail=str(error or ""))


def _code(error: pynvml.NVMLError) -> int:
    return int(getattr(error, "value", -1))
