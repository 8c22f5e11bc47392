"""What the bench says of a sampler: that it counts the thread's CPU time, over this process."""

from __future__ import annotations

import time
from types import SimpleNamespace

from lora_ui.bench.sampler import rows_of, watch
from lora_ui.memory.readings import HostMemory, Reading
from lora_ui.memory.sampler import Sampler
from tests.memory.observing import observed


class Busy:
    """A source that computes for 20 ms and sleeps for 10."""

    def read(self, time_s: float, _observation: object) -> Reading:
        end_s = time.thread_time() + 0.02
        while time.thread_time() < end_s:
            pass
        time.sleep(0.01)
        return Reading(time_s, "host", host=HostMemory(100, 50))

    def close(self) -> None:
        return None


def sampler() -> Sampler:
    return Sampler(SimpleNamespace(observe=observed), Busy(), rate_hz=10)  # type: ignore[arg-type]


def test_ticks_cost_what_they_compute_and_not_what_they_sleep():
    busy = sampler()
    busy.start()
    ticks_s, readers_s = watch(busy, 2.0)
    busy.stop()
    assert len(ticks_s) == len(readers_s) >= 2
    assert sum(ticks_s) >= 0.02 * (len(ticks_s) - 1)  # the last one may not be counted yet
    assert 0.02 * len(busy.since(0)) <= busy.cpu_s


def test_a_sampler_that_gives_nothing_is_told_as_such():
    assert rows_of(sampler(), 0.3, "cpu")[0] == ("sampler", "not measured: no sample came")


def test_the_rows_name_what_was_read():
    busy = sampler()
    busy.start()
    rows = dict(rows_of(busy, 1.0, "cpu: test"))
    busy.stop()
    assert rows["what it reads"].startswith("host, RSS and PSS")
    assert rows["date, machine"].endswith("cpu: test")
    assert any(name.startswith("50 readers") for name in rows)
