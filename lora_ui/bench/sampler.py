"""What sampling the memory costs beside a real engine: its thread's CPU time, and its readers'."""

from __future__ import annotations

import asyncio
import statistics
import time
from collections.abc import Callable
from datetime import date

from lora_ui.engine.local import LocalEngine
from lora_ui.memory.sampler import Sampler
from lora_ui.settings import Settings

RATE_HZ = 2.0
TABS = 50
RANGES_S = {"10 min": 600.0, "1 h": 3600.0, "24 h": 86_400.0}
Row = tuple[str, str]


def sampler_rows(settings: Settings, seconds: float, say: Callable[[str], None]) -> list[Row]:
    """Start the engine, sample it for so many seconds, and end it."""
    engine = LocalEngine(settings)
    engine.start()
    sampler = Sampler(engine, rate_hz=RATE_HZ)
    try:
        say("waiting for the engine")
        asyncio.run(engine.ready())
        sampler.start()
        say(f"sampling for {seconds:.0f} s")
        return rows_of(sampler, seconds, engine.status().device or "")
    finally:
        sampler.stop()
        engine.close()


def rows_of(sampler: Sampler, seconds: float, device: str) -> list[Row]:
    """The rows of the table, of a sampler that has been started."""
    ticks_s, readers_s = watch(sampler, seconds)
    sample = sampler.latest()
    if sample is None or not ticks_s:
        return [("sampler", "not measured: no sample came")]
    reading = sample.reading
    reads = "host, RSS and PSS" if reading.source == "host" else f"{len(reading.devices)} GPU(s)"
    cost, readers = sum(ticks_s) / seconds, statistics.median(readers_s)
    rows = [
        ("date, machine", f"{date.today()}, {device}"),
        ("what it reads", f"{reads}; {len(sample.observation.processes)} processes of the engine"),
        (f"CPU of one core at {RATE_HZ:g} Hz, {seconds:.0f} s", f"{cost:.2%}"),
        ("CPU of a tick, median", f"{1e3 * statistics.median(ticks_s):.2f} ms"),
        ("CPU of a tick, longest", f"{1e3 * max(ticks_s):.2f} ms"),
        ("CPU of a reader's look at what is new", f"{1e6 * readers:.0f} µs"),
        (
            f"{TABS} readers at {RATE_HZ:g} Hz, beside the sampler's own CPU",
            f"{TABS * readers / statistics.mean(ticks_s):.1%}",
        ),
    ]
    for name, range_s in RANGES_S.items():
        began_s = time.thread_time()
        sampler.series(range_s)
        cost_s = time.thread_time() - began_s
        rows.append((f"CPU of the series of {name}, as far as filled", f"{1e3 * cost_s:.1f} ms"))
    return rows


def watch(sampler: Sampler, seconds: float) -> tuple[list[float], list[float]]:
    """CPU seconds of each tick, and of one reader's look after each, means over `TABS` looks."""
    ticks_s: list[float] = []
    readers_s: list[float] = []
    end_s = time.monotonic() + seconds
    seen, spent_s = _now(sampler)
    while time.monotonic() < end_s:
        time.sleep(0.25 / RATE_HZ)
        number, cpu_s = _now(sampler)
        if number == seen:
            continue
        began_s = time.thread_time()
        for _ in range(TABS):
            sampler.since(seen)
        readers_s.append((time.thread_time() - began_s) / TABS)
        ticks_s.append((cpu_s - spent_s) / (number - seen))
        seen, spent_s = number, cpu_s
    return ticks_s, readers_s


def _now(sampler: Sampler) -> tuple[int, float]:
    sample = sampler.latest()
    return (sample.number if sample else 0), sampler.cpu_s
