"""The page over a test engine that tells of itself, and memory that a test sets."""

from __future__ import annotations

import time
from dataclasses import dataclass, field, replace

from lora_ui.engine.observation import (
    EngineLoad,
    EngineMemory,
    HostAdapter,
    Mark,
    MarkKind,
    Observation,
    Residency,
    SlotUse,
    WorkerMemory,
)
from lora_ui.hosting import Hosting
from lora_ui.memory.readings import Device, HostMemory, Reading
from lora_ui.memory.sampler import Sampler
from tests.fake_engine import FakeEngine
from tests.ui.fake_page import CATALOG, HOSTING, FakePage, serve_engine

GIB = 1024**3
MEMORY = EngineMemory(
    (
        WorkerMemory(
            pid=4242,
            device_index=0,
            weights_bytes=13 * GIB,
            slots_bytes=GIB,
            slot_count=4,
            kv_reserved_bytes=40 * GIB,
            graphs_bytes=GIB,
            workspace_bytes=GIB,
            context_bytes=GIB // 2,
        ),
    ),
    kv_tokens=80_000,
)
GPU = Device(
    index=0,
    name="Test GPU",
    total_bytes=80 * GIB,
    used_bytes=60 * GIB,
    reserved_bytes=GIB // 2,
    utilization=0.5,
    power_w=300.0,
    temperature_c=50.0,
    own_bytes=57 * GIB,
    other_bytes=3 * GIB,
    attribution="driver",
)
HOST = HostMemory(16 * GIB, 8 * GIB, rss_bytes=3 * GIB, pss_bytes=2 * GIB, pss_age_s=1.0)
RESIDENCY = Residency(
    slots=(SlotUse(0, "text2sql"), SlotUse(1, "math"), SlotUse(2), SlotUse(3)),
    host=(HostAdapter("function", 3_700_000),),
)


class ObservedEngine(FakeEngine):
    """Tells what a test lets it tell; every look generates ten tokens."""

    def __init__(self) -> None:
        super().__init__(CATALOG, delay_s=0.02)
        self.memory: EngineMemory | None = MEMORY
        self.load = EngineLoad(running=1, kv_used_fraction=0.25, ttft_s=0.05)
        self.residency = RESIDENCY
        self.happened: list[Mark] = []

    def observe(self, visitor: str | None = None) -> Observation:
        del visitor
        tokens = self.load.generated_tokens + 10
        self.load = replace(self.load, generated_tokens=tokens)
        return Observation(time.time(), (4242,), self.memory, self.load, self.residency)

    def marks(self, after: int = 0, visitor: str | None = None) -> list[Mark]:
        del visitor
        return [mark for mark in self.happened if mark.number > after]

    def happen(self, kind: MarkKind, text: str) -> None:
        """Let something have happened now."""
        self.happened.append(Mark(len(self.happened) + 1, time.time(), kind, text))


@dataclass
class SetSource:
    """Memory as a test sets it; while `stalled`, nothing is measured at all."""

    device: Device | None = GPU
    host: HostMemory | None = None
    problem: str | None = None
    stalled: bool = False
    reads: int = field(default=0)

    def read(self, time_s: float, observation: Observation) -> Reading:
        del observation
        while self.stalled:
            time.sleep(0.05)
        self.reads += 1
        source = "nvml" if self.host is None else "host"
        devices = (self.device,) if self.device and self.host is None else ()
        return Reading(time_s, source, devices, self.host, self.problem)

    def close(self) -> None:
        self.stalled = False


@dataclass
class MemoryTestPage:
    """A served page with what is behind it; `end()` closes all."""

    served: FakePage
    engine: ObservedEngine
    source: SetSource
    sampler: Sampler

    @property
    def url(self) -> str:
        return self.served.url

    def end(self) -> None:
        self.source.stalled = False
        self.sampler.stop()
        self.served.demo.close()


def serve_memory(
    source: SetSource | None = None, *, port: int | None = None, hosting: Hosting = HOSTING
) -> MemoryTestPage:
    """Serve the page; the sampler runs."""
    engine, source = ObservedEngine(), source or SetSource()
    sampler = Sampler(engine, source)
    sampler.start()
    served = serve_engine(engine, port=port, sampler=sampler, hosting=hosting)
    return MemoryTestPage(served, engine, source, sampler)
