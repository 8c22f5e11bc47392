"""When is the engine dead or hung, when is it started again, and which adapters are to blame.

Only the rules: whoever drives the engine feeds them and does what they say. Nothing here imports
vLLM, and every clock is the caller's.

A dead core is easy to see: its process is gone, or vLLM says so. A hung one is not, since silence
is normal: kernels are compiled, long prompts are read. But all that costs CPU time. So a core
is hung only when something waits for it while it neither gives a token nor uses the CPU.
"""

from __future__ import annotations

import multiprocessing
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Literal

import psutil

from lora_ui.errors import Problem

LOOK_EVERY_S = 1.0
"""How often the driver looks; a death is noticed within this time."""
HANG_S = 10.0
"""This long without a token and without CPU time, and the core is hung."""
IDLE_CPU_SHARE = 0.02
"""Below this share of one CPU a process only keeps house."""
GRACE_S = 15.0
"""Right after the start nothing counts as hung."""
BLIND_S = 5.0
"""After a gap like this between two looks, it was this process that stood still."""

CORE_NAME = "EngineCore"
"""How vLLM names the processes of its core ("EngineCore_DP0" in some versions)."""

Health = Literal["healthy", "dead", "hung"]


@dataclass(frozen=True)
class Vitals:
    """The core at one moment.

    `time_s` is a monotonic clock. `awaited` counts what waits for the core: requests in it, and
    adapters being loaded. `steps` counts all outputs that it has given so far, finished loads
    included. `errored` is what vLLM says, `alive` whether its processes exist.
    """

    time_s: float
    awaited: int
    steps: int
    errored: bool = False
    alive: bool = True


class Watch:
    """Looks at one core from its start to its end; make a new one for each start."""

    def __init__(self, ready_s: float, *, hang_s: float = HANG_S, grace_s: float = GRACE_S) -> None:
        """`ready_s` is the moment at which the core was ready, on the clock of the vitals."""
        self._hang_s = hang_s
        self._calm_until_s = ready_s + grace_s
        self._seen: Vitals | None = None
        self._quiet_since_s: float | None = None
        self._cpu_s = 0.0

    def look(self, vitals: Vitals, cpu_s: Callable[[], float | None]) -> Health:
        """Judge the core now.

        `cpu_s` gives the CPU seconds that its processes have used so far, None when they are known
        to be busy. It is asked only while something waits and no output comes, since finding them
        out costs milliseconds.
        """
        seen, self._seen = self._seen, vitals
        if vitals.errored or not vitals.alive:
            return "dead"
        if (
            seen is None
            or vitals.awaited == 0
            or vitals.steps != seen.steps
            or vitals.time_s < self._calm_until_s
            or vitals.time_s - seen.time_s > BLIND_S
        ):
            self._quiet_since_s = None
            return "healthy"
        used_s = cpu_s()
        if used_s is None:
            self._quiet_since_s = None
            return "healthy"
        if self._quiet_since_s is not None:
            quiet_s = vitals.time_s - self._quiet_since_s
            # processes that end take their share out of the sum: less is activity, too
            if abs(used_s - self._cpu_s) <= IDLE_CPU_SHARE * self._hang_s:
                return "hung" if quiet_s >= self._hang_s else "healthy"
        self._quiet_since_s, self._cpu_s = vitals.time_s, used_s
        return "healthy"


class CoreProcesses:
    """The processes of a running core and of its workers. Make it once the core is ready."""

    def __init__(self, cores: Iterable[psutil.Process]) -> None:
        self._cores = tuple(cores)

    @classmethod
    def of_this_process(cls) -> CoreProcesses:
        """Those that vLLM has started from here. If it names them otherwise, none is watched."""
        cores = []
        for child in multiprocessing.active_children():
            if child.name.startswith(CORE_NAME) and child.pid is not None:
                try:
                    cores.append(psutil.Process(child.pid))
                except psutil.NoSuchProcess:
                    continue  # gone in this moment; vLLM will say so
        return cls(cores)

    def alive(self) -> bool:
        """Whether all of them still run; a process that has ended and is not reaped does not."""
        return all(_lives(core) for core in self._cores)

    def pids(self) -> tuple[int, ...]:
        """Their numbers, and those of all that they have started; takes milliseconds."""
        found: list[int] = []
        for core in self._cores:
            try:
                found += [core.pid, *(child.pid for child in core.children(recursive=True))]
            except psutil.NoSuchProcess:
                continue
        return tuple(found)

    def cpu_s(self) -> float | None:
        """The CPU seconds used so far, by all that they have started, too.

        None when that says nothing: no process is known, or one waits for a disk.
        """
        if not self._cores:
            return None
        total = 0.0
        for core in self._cores:
            try:
                family = [core, *core.children(recursive=True)]
            except psutil.NoSuchProcess:
                continue
            for process in family:
                try:
                    if process.status() == psutil.STATUS_DISK_SLEEP:
                        return None
                    times = process.cpu_times()
                except psutil.Error:
                    continue  # ended meanwhile
                total += times.user + times.system
        return total


def _lives(process: psutil.Process) -> bool:
    try:
        return process.is_running() and process.status() != psutil.STATUS_ZOMBIE
    except psutil.NoSuchProcess:
        return False


class RestartPolicy:
    """Whether and when the engine is started again after it has failed.

    The waits double from `first_wait_s` to `longest_wait_s`. After `most_failures` within
    `window_s` it is over. An engine that has been ready for `healthy_s` has put its past behind it.
    """

    def __init__(
        self,
        *,
        most_failures: int = 5,
        window_s: float = 900.0,
        healthy_s: float = 300.0,
        first_wait_s: float = 1.0,
        longest_wait_s: float = 60.0,
    ) -> None:
        self.most_failures = most_failures
        self.window_s = window_s
        self.healthy_s = healthy_s
        self.first_wait_s = first_wait_s
        self.longest_wait_s = longest_wait_s
        self._failures_s: list[float] = []
        self._ready_s: float | None = None

    def ready(self, now_s: float) -> None:
        """The engine has started and serves."""
        self._ready_s = now_s

    def failed(self, now_s: float) -> float | None:
        """It has died, hung, or failed to start: the seconds until the next start, None for no."""
        if self._ready_s is not None and now_s - self._ready_s >= self.healthy_s:
            self._failures_s.clear()
        self._ready_s = None
        recent = [at for at in self._failures_s if now_s - at < self.window_s]
        self._failures_s = [*recent, now_s]
        count = len(self._failures_s)
        if count >= self.most_failures:
            return None
        return min(self.first_wait_s * 2 ** (count - 1), self.longest_wait_s)

    def giving_up(self, cause: str) -> Problem:
        """What to show once `failed` has said no. `cause` is the last failure in words."""
        count = len(self._failures_s)
        return Problem("engine_gave_up", count=count, cause=cause.rstrip(" .:"))


class Quarantine:
    """Adapters that were in flight when the engine died, by a key of their content.

    One death may be bad luck; being there at the second within `within_s` is taken for the cause.
    The innocent may be hit, too: an app that many can use is better off without one adapter than
    with an engine that dies again and again.
    """

    def __init__(self, *, deaths: int = 2, within_s: float = 86_400.0) -> None:
        self._deaths = deaths
        self._within_s = within_s
        self._seen_s: dict[str, list[float]] = {}
        self._held: set[str] = set()

    def died(self, now_s: float, in_flight: Iterable[str]) -> frozenset[str]:
        """The engine has died or hung over these; the ones that are quarantined from now on."""
        fresh = set()
        for key in set(in_flight) - self._held:
            recent = [at for at in self._seen_s.get(key, []) if now_s - at < self._within_s]
            self._seen_s[key] = [*recent, now_s]
            if len(self._seen_s[key]) >= self._deaths:
                fresh.add(key)
        self._held |= fresh
        return frozenset(fresh)

    def __contains__(self, key: str) -> bool:
        return key in self._held

    def problem(self, name: str) -> Problem:
        """Why the adapter called `name` is not served any more."""
        return Problem("adapter_quarantined", name=name, count=self._deaths)
