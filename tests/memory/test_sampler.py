"""The sampler's thread: what it gives, how it ends, and that nothing ends it."""

from __future__ import annotations

import threading
import time
from types import SimpleNamespace
from typing import Any

import pytest

from lora_ui.engine.observation import EngineLoad
from lora_ui.memory.choosing import AnySource
from lora_ui.memory.readings import Device, HostMemory, Reading
from lora_ui.memory.sampler import STALE_S, Sample, Sampler
from lora_ui.memory.series import values_of
from tests.memory.fake_nvml import GIB, FakeGpu, FakeNvml
from tests.memory.observing import observed

WITHIN_S = 20.0


class Source:
    """Counts; raises what it is told to, waits while it is held."""

    def __init__(self) -> None:
        self.reads = 0
        self.errors: dict[int, Exception] = {}
        self.free = threading.Event()
        self.free.set()
        self.closed = False

    def read(self, time_s: float, observation: Any) -> Reading:
        self.reads += 1
        self.free.wait()
        if self.reads in self.errors:
            raise self.errors[self.reads]
        return Reading(time_s, "host", host=HostMemory(100, self.reads, rss_bytes=observation.seen))

    def close(self) -> None:
        self.closed = True


class Engine:
    """Tells how often it was asked."""

    def __init__(self) -> None:
        self.seen = 0
        self.broken = False

    def observe(self, visitor: str | None = None) -> Any:
        assert visitor is None
        self.seen += 1
        if self.broken:
            raise RuntimeError("gone")
        return SimpleNamespace(**vars(observed()), seen=self.seen)


def sampling(rate_hz: float = 200.0) -> tuple[Sampler, Source, Engine]:
    source, engine = Source(), Engine()
    return Sampler(engine, source, rate_hz), source, engine  # type: ignore[arg-type]


def until(true: Any) -> None:
    end_s = time.monotonic() + WITHIN_S
    while not true():
        assert time.monotonic() < end_s
        time.sleep(0.002)


def test_nothing_is_known_before_the_start():
    sampler, _, _ = sampling()
    assert sampler.latest() is None
    assert sampler.age_s() is None
    assert sampler.since(0) == []
    assert sampler.series(600).time_s == []
    sampler.stop()


def test_samples_come_numbered_and_in_time():
    sampler, source, _ = sampling()
    sampler.start()
    sampler.start()
    until(lambda: len(sampler.since(0)) >= 5)
    sampler.stop()
    assert source.closed
    samples = sampler.since(0)
    assert [s.number for s in samples] == list(range(1, len(samples) + 1))
    assert [s.reading.host.used_bytes for s in samples if s.reading.host] == list(
        range(1, len(samples) + 1)
    )
    times = [s.time_s for s in samples]
    assert times == sorted(times)
    assert abs(times[-1] - time.time()) < WITHIN_S
    assert sampler.series(600).columns["host_used_bytes"] == [float(s.number) for s in samples]


def test_since_gives_only_what_is_new():
    sampler, _, _ = sampling()
    sampler.start()
    until(lambda: len(sampler.since(0)) >= 4)
    sampler.stop()
    last = sampler.latest()
    assert last is not None
    assert [s.number for s in sampler.since(last.number - 2)] == [last.number - 1, last.number]
    assert sampler.since(last.number) == []
    assert sampler.since(last.number + 10) == []


def test_ten_minutes_of_samples_are_kept():
    sampler, source, _ = sampling(rate_hz=0.02)  # so that ten minutes are 12 samples
    for _ in range(30):
        sampler._tick(source)
    assert [s.number for s in sampler.since(0)] == list(range(19, 31))


def test_an_error_of_the_source_is_a_gap_with_a_sentence():
    sampler, source, _ = sampling()
    source.errors = {2: ValueError("odd"), 3: OSError(5, "Input/output error")}
    sampler.start()
    until(lambda: len(sampler.since(0)) >= 5)
    sampler.stop()
    first, second, third, fourth, *_ = sampler.since(0)
    assert (first.reading.problem, fourth.reading.problem) == (None, None)
    assert "odd" in (second.reading.problem or "")
    assert "Input/output error" in (third.reading.problem or "")
    assert sampler.series(600).columns["host_used_bytes"][:4] == [1.0, None, None, 4.0]


def test_an_engine_that_cannot_be_asked_does_not_end_the_thread(caplog):
    sampler, _, engine = sampling()
    engine.broken = True
    sampler.start()
    until(lambda: engine.seen >= 5)
    assert sampler.latest() is None
    assert len(caplog.records) == 1  # the same trouble is told once
    engine.broken = False
    until(lambda: sampler.latest() is not None)
    sampler.stop()


def test_a_driver_that_hangs_makes_the_last_sample_stale_and_holds_nobody_up(monkeypatch):
    monkeypatch.setattr("lora_ui.memory.sampler._END_WITHIN_S", 0.05)
    sampler, source, _ = sampling()
    sampler.start()
    until(lambda: sampler.latest() is not None)
    source.free.clear()
    until(lambda: (sampler.age_s() or 0) > STALE_S)
    last = sampler.latest()
    assert last is not None
    assert not last.is_live()
    sampler.stop()
    assert not source.closed
    source.free.set()
    until(lambda: source.closed)


def test_a_gap_is_left_where_the_machine_slept(monkeypatch):
    sampler, source, _ = sampling()
    sampler._tick(source)
    later_s = time.time() + 30
    monkeypatch.setattr("lora_ui.memory.sampler.time.time", lambda: later_s)
    sampler._tick(source)
    column = sampler.series(600).columns["host_used_bytes"]
    assert column == [1.0, None, 2.0]


def test_a_clock_that_is_set_back_is_not_followed(monkeypatch):
    sampler, source, _ = sampling()
    sampler._tick(source)
    now_s = time.time()
    monkeypatch.setattr("lora_ui.memory.sampler.time.time", lambda: now_s - 3600)
    sampler._tick(source)
    first, second = sampler.since(0)
    assert first.time_s <= second.time_s < first.time_s + WITHIN_S


# which source


@pytest.fixture
def choosing(monkeypatch):
    def choose(device: str | None, *gpus: FakeGpu) -> AnySource:
        FakeNvml(*gpus).install(monkeypatch)
        return AnySource(lambda: device)

    return choose


@pytest.mark.parametrize(
    ("device", "gpus", "source"),
    [
        (None, 1, "nvml"),
        ("gpu: NVIDIA H100", 1, "nvml"),
        ("cpu: AMD EPYC", 1, "host"),
        (None, 0, "host"),
        ("cpu: AMD EPYC", 0, "host"),
        ("gpu: NVIDIA H100", 0, "nvml"),
    ],
)
def test_the_source_is_where_the_engine_computes(choosing, device, gpus, source):
    chosen = choosing(device, *[FakeGpu()] * gpus)
    reading = chosen.read(1.0, observed())
    assert reading.source == source
    assert (reading.problem is not None) == (device == "gpu: NVIDIA H100" and not gpus)
    chosen.close()


# the row


def loaded(number: int, tokens: int, taken_s: float) -> Sample:
    load = EngineLoad(generated_tokens=tokens, running=1, kv_used_fraction=0.5)
    device = Device(1, "H100", 80 * GIB, 10 * GIB, own_bytes=4 * GIB)
    reading = Reading(taken_s, "nvml", (device,))
    return Sample(number, taken_s, taken_s, reading, observed(load=load))


def test_a_row_has_the_devices_and_the_speed():
    row = values_of(loaded(2, 150, 10.5), loaded(1, 100, 10.0))
    assert row["gpu1_used_bytes"] == 10 * GIB
    assert row["gpu1_own_bytes"] == 4 * GIB
    assert row["gpu1_power_w"] is None
    assert row["tokens_per_s"] == 100.0
    assert (row["running"], row["kv_used_fraction"], row["weights_bytes"]) == (1, 0.5, None)


@pytest.mark.parametrize(
    ("before", "now"),
    [
        (None, loaded(2, 150, 10.5)),
        (loaded(1, 100, 10.0), loaded(2, 20, 10.5)),  # the engine was started again
        (loaded(1, 100, 10.0), loaded(2, 150, 20.0)),  # over a gap
    ],
)
def test_a_speed_that_is_not_known_is_none(before, now):
    assert values_of(now, before)["tokens_per_s"] is None
