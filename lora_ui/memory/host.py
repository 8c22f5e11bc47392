"""The host's memory, and that of the engine's processes, from the operating system."""

from __future__ import annotations

import time
from collections.abc import Iterable
from contextlib import suppress
from pathlib import Path

import psutil

from lora_ui.engine.observation import Observation
from lora_ui.memory.readings import HostMemory, Reading
from lora_ui.strings import sentence

LOOK_EVERY_S = 5.0
"""How often the engine's processes are looked for anew, at least."""
LOOK_SHARE = 0.002
"""Looking goes through all processes of the machine: it takes at most this share of one core."""
PSS_EVERY_S = 10.0
PSS_SHARE = 0.004
"""The kernel walks a process's pages for its PSS (12 ms a GiB): never more than this share."""

_GUARD = "lora_ui.engine.guard"
_CGROUPS = Path("/sys/fs/cgroup")


class OwnProcesses:
    """The engine's processes: those that it names, with all that they have started.

    While it names none (it is starting), they are this process's children without the guard.
    """

    def __init__(self) -> None:
        self._named: tuple[int, ...] | None = None
        self._processes: tuple[psutil.Process, ...] = ()
        self._next_s = 0.0

    def of(self, named: tuple[int, ...]) -> tuple[psutil.Process, ...]:
        """The processes now; `named` are the pids that the engine tells."""
        now_s = time.monotonic()
        if named != self._named or now_s >= self._next_s:
            began_s = time.thread_time()
            self._named, self._processes = named, tuple(_family(named))
            cost_s = time.thread_time() - began_s
            self._next_s = now_s + max(LOOK_EVERY_S, cost_s / LOOK_SHARE)
        return self._processes


def _family(named: tuple[int, ...]) -> list[psutil.Process]:
    if not named:
        return [child for child in psutil.Process().children(recursive=True) if not _guards(child)]
    found: dict[int, psutil.Process] = {}
    for pid in named:
        with suppress(psutil.Error):  # gone meanwhile
            process = psutil.Process(pid)
            found[pid] = process
            found.update((child.pid, child) for child in process.children(recursive=True))
    return list(found.values())


def _guards(process: psutil.Process) -> bool:
    try:
        return _GUARD in process.cmdline()
    except psutil.Error:
        return False


class HostMeter:
    """Memory of the host and of some processes. With `pss`, their PSS, too, now and then."""

    def __init__(self, *, pss: bool) -> None:
        self._pss = pss
        self._pss_bytes: int | None = None
        self._pss_of: tuple[int, ...] = ()
        self._pss_at_s = 0.0
        self._next_pss_s = 0.0
        self._container = Container()

    def read(self, processes: tuple[psutil.Process, ...]) -> HostMemory:
        """Measure now; a process that is gone counts as nothing, one that is closed to us, too."""
        total, used = self._container.memory()
        resident = [_resident(process) for process in processes]
        known = [size for size in resident if size is not None]
        rss = sum(known) if known else None
        if not self._pss:
            return HostMemory(total, used, rss)
        now_s = time.monotonic()
        pids = tuple(process.pid for process in processes)
        if now_s >= self._next_pss_s or pids != self._pss_of:
            self._read_pss(processes, now_s)
        age_s = None if self._pss_bytes is None else now_s - self._pss_at_s
        return HostMemory(total, used, rss, self._pss_bytes, age_s)

    def _read_pss(self, processes: tuple[psutil.Process, ...], now_s: float) -> None:
        began_s = time.thread_time()
        self._pss_bytes = _all(_proportional(process) for process in processes)
        self._pss_of = tuple(process.pid for process in processes)
        self._pss_at_s = now_s
        cost_s = time.thread_time() - began_s
        self._next_pss_s = now_s + max(PSS_EVERY_S, cost_s / PSS_SHARE)


def _resident(process: psutil.Process) -> int | None:
    try:
        return process.memory_info().rss
    except psutil.Error:
        return None


def _proportional(process: psutil.Process) -> int | None:
    try:
        return getattr(process.memory_full_info(), "pss", None)
    except psutil.NoSuchProcess:
        return 0
    except psutil.Error:
        return None


def _all(sizes: Iterable[int | None]) -> int | None:
    """The sum; None when there is nothing, or one size is not known: half a sum misleads."""
    known = list(sizes)
    if not known or None in known:
        return None
    return sum(size for size in known if size is not None)


class Container:
    """How much memory there is for this process: the machine's, or its control group's."""

    def __init__(self, folder: Path | None = None) -> None:
        """`folder` is the control group's (version 2); by default this process's own."""
        self._folder = folder or _own_group()

    def memory(self) -> tuple[int, int]:
        """Total and used bytes. Cached files that can be dropped at once do not count as used."""
        machine = psutil.virtual_memory()
        limit = _number(self._folder / "memory.max")
        used = _number(self._folder / "memory.current")
        if limit is None or used is None or limit >= machine.total:
            return machine.total, machine.total - machine.available
        return limit, max(0, used - self._droppable())

    def _droppable(self) -> int:
        with suppress(OSError, ValueError, IndexError):
            for line in (self._folder / "memory.stat").read_text().splitlines():
                if line.startswith("inactive_file "):
                    return int(line.split()[1])
        return 0


def _own_group() -> Path:
    with suppress(OSError, ValueError):
        for line in Path("/proc/self/cgroup").read_text().splitlines():
            if line.startswith("0::"):
                folder = _CGROUPS / line[3:].strip().lstrip("/")
                if (folder / "memory.max").exists():
                    return folder
    return _CGROUPS


def _number(path: Path) -> int | None:
    try:
        text = path.read_text().strip()
    except OSError:
        return None
    return int(text) if text.isdecimal() else None  # "max": no limit


class HostSource:
    """Readings of a machine without a GPU, or of an engine that does not use it."""

    def __init__(self, own: OwnProcesses | None = None) -> None:
        self._own = own or OwnProcesses()
        self._meter = HostMeter(pss=True)

    def read(self, time_s: float, observation: Observation) -> Reading:
        """The host's memory now; what the system does not tell becomes a sentence."""
        try:
            host = self._meter.read(self._own.of(tuple(observation.processes)))
        except (OSError, psutil.Error) as error:
            detail = str(error) or type(error).__name__
            return Reading(time_s, "host", problem=sentence("memory_host_unread", detail=detail))
        return Reading(time_s, "host", host=host)

    def close(self) -> None:
        """Nothing is held."""
