"""When the engine is dead or hung, when it starts again, and which adapters are kept out."""

from __future__ import annotations

import multiprocessing
import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from dataclasses import replace

import psutil
import pytest
from hypothesis import given
from hypothesis import strategies as st

from lora_ui.engine.supervision import (
    BLIND_S,
    CORE_NAME,
    GRACE_S,
    HANG_S,
    CoreProcesses,
    Quarantine,
    RestartPolicy,
    Vitals,
    Watch,
)

READY_S = 1000.0
CALM_S = READY_S + GRACE_S


class Life:
    """A core under watch, second by second; `cpu_s` grows by `busy` a second."""

    def __init__(self) -> None:
        self.watch = Watch(READY_S)
        self.vitals = Vitals(CALM_S, awaited=0, steps=0)
        self.cpu_s = 50.0
        self.asked = 0

    def goes_on(
        self, seconds: int, *, awaited: int = 0, steps: int = 0, busy: float = 0.0
    ) -> list[str]:
        """What the watch says each second."""
        said = []
        for _ in range(seconds):
            self.cpu_s += busy
            self.vitals = Vitals(self.vitals.time_s + 1, awaited, self.vitals.steps + steps)
            said.append(self.watch.look(self.vitals, self._cpu_s))
        return said

    def _cpu_s(self) -> float:
        self.asked += 1
        return self.cpu_s


def test_an_idle_core_is_healthy_and_costs_no_look_at_its_processes() -> None:
    life = Life()
    assert set(life.goes_on(1000)) == {"healthy"}
    assert set(life.goes_on(1000, awaited=3, steps=2)) == {"healthy"}
    assert life.asked == 0


def test_a_core_without_tokens_and_without_cpu_is_hung_after_ten_seconds() -> None:
    life = Life()
    life.goes_on(5, awaited=2, steps=4, busy=0.9)
    said = life.goes_on(20, awaited=2)
    first = said.index("hung")
    assert HANG_S <= first <= HANG_S + 2
    assert said[:first] == ["healthy"] * first


def test_a_busy_core_is_never_hung() -> None:
    life = Life()
    assert set(life.goes_on(1000, awaited=1, busy=0.3)) == {"healthy"}


def test_keeping_house_is_not_being_busy() -> None:
    life = Life()
    assert "hung" in life.goes_on(15, awaited=1, busy=0.005)


def test_silence_counts_from_the_last_sign_of_life() -> None:
    life = Life()
    for _ in range(20):
        assert set(life.goes_on(8, awaited=1)) == {"healthy"}
        assert set(life.goes_on(1, awaited=1, steps=1)) == {"healthy"}
    for _ in range(20):
        assert set(life.goes_on(8, awaited=1)) == {"healthy"}
        assert set(life.goes_on(1, awaited=1, busy=0.5)) == {"healthy"}


def test_a_core_that_nobody_waits_for_may_be_silent() -> None:
    life = Life()
    for _ in range(20):
        assert set(life.goes_on(9, awaited=1)) == {"healthy"}
        assert set(life.goes_on(1)) == {"healthy"}


def test_processes_that_end_are_activity() -> None:
    life = Life()
    assert set(life.goes_on(8, awaited=1)) == {"healthy"}
    life.cpu_s -= 20  # of a compiler that has done its work
    assert set(life.goes_on(9, awaited=1)) == {"healthy"}


def test_right_after_the_start_silence_is_normal() -> None:
    watch = Watch(READY_S)
    said = [
        watch.look(Vitals(READY_S + second, awaited=1, steps=0), lambda: 1.0)
        for second in range(60)
    ]
    assert GRACE_S + HANG_S <= said.index("hung") <= GRACE_S + HANG_S + 2


def test_a_gap_between_looks_says_nothing_of_the_core() -> None:
    life = Life()
    life.goes_on(9, awaited=1)
    life.vitals = replace(life.vitals, time_s=life.vitals.time_s + BLIND_S + 60)
    assert set(life.goes_on(9, awaited=1)) == {"healthy"}


def test_processes_that_cannot_be_judged_are_never_hung() -> None:
    watch = Watch(READY_S)
    for second in range(200):
        vitals = Vitals(CALM_S + second, awaited=1, steps=0)
        assert watch.look(vitals, lambda: None) == "healthy"


@pytest.mark.parametrize("sign", [{"errored": True}, {"alive": False}])
@pytest.mark.parametrize("after_s", [1, GRACE_S + 1])
def test_a_dead_core_is_seen_at_the_next_look_even_right_after_the_start(
    sign: dict[str, bool], after_s: float
) -> None:
    watch = Watch(READY_S)
    vitals = Vitals(READY_S + after_s, awaited=0, steps=0)
    assert watch.look(vitals, lambda: 1.0) == "healthy"
    assert watch.look(replace(vitals, time_s=vitals.time_s + 1, **sign), lambda: 1.0) == "dead"


@given(
    seconds=st.lists(
        st.tuples(st.integers(0, 3), st.integers(0, 2), st.sampled_from([0.0, 0.001, 0.5])),
        max_size=80,
    )
)
def test_hung_means_ten_silent_seconds(seconds: list[tuple[int, int, float]]) -> None:
    """Whatever the core does: "hung" comes only, and always, after silence that was long enough."""
    life = Life()
    life.goes_on(1, steps=1)
    silent = 0
    for awaited, steps, busy in seconds:
        [said] = life.goes_on(1, awaited=awaited, steps=steps, busy=busy)
        silent = silent + 1 if awaited and not steps and busy < 0.5 else 0
        if said == "hung":
            assert silent > HANG_S
        if silent > HANG_S + 2:
            assert said == "hung"


# -- processes ------------------------------------------------------------------------------


def _sleeps() -> None:
    time.sleep(600)


@pytest.fixture
def core() -> Iterator[multiprocessing.Process]:
    process = multiprocessing.get_context("spawn").Process(target=_sleeps, name=f"{CORE_NAME}_DP0")
    process.start()
    yield process
    process.kill()
    process.join()


def test_the_cores_of_this_process_are_found_and_missed(core: multiprocessing.Process) -> None:
    processes = CoreProcesses.of_this_process()
    assert processes.alive()
    while processes.cpu_s() is None:  # it says nothing while the new process waits for the disk
        time.sleep(0.01)
    os.kill(core.pid or 0, signal.SIGKILL)
    psutil.Process(core.pid).wait(10)
    assert not processes.alive()


def test_a_zombie_is_not_alive() -> None:
    child = subprocess.Popen([sys.executable, "-c", ""])
    process = psutil.Process(child.pid)
    while process.status() != psutil.STATUS_ZOMBIE:
        time.sleep(0.01)
    assert not CoreProcesses([process]).alive()
    child.wait()


def test_work_of_workers_counts_and_a_stopped_family_uses_nothing() -> None:
    spin = "while True: pass"
    start = f"import subprocess, sys; subprocess.run([sys.executable, '-c', {spin!r}])"
    child = subprocess.Popen([sys.executable, "-c", start])
    core = psutil.Process(child.pid)
    family = CoreProcesses([core])
    try:
        while (family.cpu_s() or 0.0) < 0.5:
            time.sleep(0.05)
        stopped = [core, *core.children(recursive=True)]
        for process in stopped:
            process.suspend()
        while any(p.status() != psutil.STATUS_STOPPED for p in stopped):
            time.sleep(0.01)
        before_s = family.cpu_s()
        time.sleep(0.3)
        assert family.alive()  # it is there, as vLLM thinks, too
        assert family.cpu_s() == before_s
    finally:
        for process in [*core.children(recursive=True), core]:
            process.kill()
        child.wait()


def test_without_known_processes_nothing_can_be_said() -> None:
    nobody = CoreProcesses([])
    assert nobody.alive()
    assert nobody.cpu_s() is None


# -- restarts and quarantine ----------------------------------------------------------------


def test_the_waits_double_and_end() -> None:
    policy = RestartPolicy(most_failures=5)
    assert [policy.failed(now_s) for now_s in (0, 60, 120, 180, 240)] == [1, 2, 4, 8, None]
    problem = policy.giving_up("The engine died (out of memory).")
    assert problem.code == "engine_gave_up"
    assert "failed 5 times" in problem.message
    assert "The engine died (out of memory). Correct" in problem.message


def test_the_waits_have_a_limit() -> None:
    policy = RestartPolicy(most_failures=50, longest_wait_s=10)
    assert [policy.failed(now_s) for now_s in range(7)] == [1, 2, 4, 8, 10, 10, 10]


def test_a_long_healthy_time_makes_good() -> None:
    policy = RestartPolicy(most_failures=3, healthy_s=300)
    for death_s in (1000, 2000, 3000, 4000):
        policy.ready(death_s - 300)
        assert policy.failed(death_s) == 1


def test_short_lives_do_not() -> None:
    policy = RestartPolicy(most_failures=3, window_s=900, healthy_s=300)
    waits = []
    for death_s in (100, 200, 300):
        policy.ready(death_s - 50)
        waits.append(policy.failed(death_s))
    assert waits == [1, 2, None]


def test_failed_starts_after_a_long_life_count_anew() -> None:
    policy = RestartPolicy(most_failures=4, healthy_s=300)
    policy.ready(0)
    assert [policy.failed(now_s) for now_s in (5000, 5010, 5020, 5030)] == [1, 2, 4, None]


def test_failures_far_apart_are_forgotten() -> None:
    policy = RestartPolicy(most_failures=2, window_s=900)
    assert [policy.failed(now_s) for now_s in (0, 1000, 2000)] == [1, 1, 1]


def test_in_flight_at_two_deaths_is_quarantined() -> None:
    quarantine = Quarantine()
    assert quarantine.died(0, ["a", "b", "b"]) == frozenset()  # twice at one death is once
    assert "b" not in quarantine
    assert quarantine.died(100, ["b", "c"]) == {"b"}
    assert "b" in quarantine
    assert "a" not in quarantine
    assert quarantine.died(200, ["b", "a"]) == {"a"}  # b is known already
    problem = quarantine.problem("my adapter")
    assert problem.code == "adapter_quarantined"
    assert "“my adapter” was running 2 times" in problem.message


def test_deaths_a_day_apart_are_not_held_against_an_adapter() -> None:
    quarantine = Quarantine(within_s=1000)
    assert quarantine.died(0, ["a"]) == frozenset()
    assert quarantine.died(1000, ["a"]) == frozenset()
    assert quarantine.died(1999, ["a"]) == {"a"}
