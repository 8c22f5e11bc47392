"""What an engine tells of itself at one moment: memory by its parts, load, adapters, happenings.

All values are frozen and plain, so that they can be kept for a day and written as JSON. None stands
for "this engine does not tell", never for zero.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

MarkKind = Literal[
    "stage", "loaded", "evicted", "moved", "removed", "restart", "failed", "requests"
]
"""stage: a step of the start began. loaded: read from disk into a slot. moved: from host memory
into a slot. evicted: driven out of its slot, or out of host memory. removed: taken out on purpose.
restart: the engine died and starts again. failed: a start or a load failed. requests: the engine
became busy, or idle."""

ENGINE_PARTS = (
    "weights_bytes",
    "slots_bytes",
    "kv_reserved_bytes",
    "graphs_bytes",
    "context_bytes",
    "workspace_bytes",
)
"""The parts of an engine's memory that it knows of itself; they do not overlap."""


@dataclass(frozen=True)
class WorkerMemory:
    """The memory of one of the engine's worker processes, by its parts, which do not overlap.

    `device_index` is that of the GPU as its driver counts (None on a CPU). Bytes:

    - `weights_bytes`: the model's own tensors, adapter slots left out
    - `slots_bytes`: the stacked tensors of all adapter slots, of which there are `slot_count`
    - `kv_reserved_bytes`: the KV cache's tensors, used or not
    - `graphs_bytes`: by how much the capture of CUDA graphs lowered the device's free memory
    - `workspace_bytes`: the rest of what the allocator holds: buffers, activations, and freed
      blocks that it keeps (on a CPU nothing tells it)
    - `context_bytes`: the CUDA context, libraries and kernels outside the allocator, measured
      before graphs were captured (see `gpu_worker`)

    Beside them, for comparison: `loaded_bytes`, what vLLM measured while it loaded the model (slots
    included); `allocated_bytes` and `reserved_bytes` of torch's allocator; `process_bytes`, the
    driver's figure for this process, where it tells one.
    """

    pid: int
    device_index: int | None = None
    weights_bytes: int | None = None
    slots_bytes: int | None = None
    slot_count: int | None = None
    kv_reserved_bytes: int | None = None
    graphs_bytes: int | None = None
    workspace_bytes: int | None = None
    context_bytes: int | None = None
    loaded_bytes: int | None = None
    allocated_bytes: int | None = None
    reserved_bytes: int | None = None
    process_bytes: int | None = None

    @property
    def parts_bytes(self) -> int:
        """The sum of the parts that are known."""
        return sum(getattr(self, part) or 0 for part in ENGINE_PARTS)


@dataclass(frozen=True)
class EngineMemory:
    """All workers of an engine. `kv_tokens`: so many tokens fit into the KV cache."""

    workers: tuple[WorkerMemory, ...]
    kv_tokens: int | None = None

    @property
    def weights_bytes(self) -> int | None:
        """The model's own tensors, over all workers; likewise the other sums."""
        return _sum([w.weights_bytes for w in self.workers])

    @property
    def slots_bytes(self) -> int | None:
        """All adapter slots."""
        return _sum([w.slots_bytes for w in self.workers])

    @property
    def slot_bytes(self) -> int | None:
        """One adapter slot."""
        counts = {w.slot_count for w in self.workers}
        total = self.slots_bytes
        count = counts.pop() if len(counts) == 1 else None
        return total // count if total is not None and count else None

    @property
    def kv_reserved_bytes(self) -> int | None:
        """The KV cache, used or not."""
        return _sum([w.kv_reserved_bytes for w in self.workers])

    @property
    def graphs_bytes(self) -> int | None:
        """CUDA graphs."""
        return _sum([w.graphs_bytes for w in self.workers])

    @property
    def workspace_bytes(self) -> int | None:
        """What else the allocator holds."""
        return _sum([w.workspace_bytes for w in self.workers])

    @property
    def context_bytes(self) -> int | None:
        """CUDA contexts."""
        return _sum([w.context_bytes for w in self.workers])


def _sum(parts: Sequence[int | None]) -> int | None:
    """None when one of them is not known, and when there is none."""
    known = [part for part in parts if part is not None]
    return sum(known) if known and len(known) == len(parts) else None


@dataclass(frozen=True)
class EngineLoad:
    """What the engine is doing. Totals count since the app's start, over restarts.

    `running` and `waiting` count requests in the engine and in front of it; `kv_used_fraction` is
    0…1 of the KV cache. `ttft_s` is the median time to the first token of the last requests, None
    while there was none.
    """

    running: int = 0
    waiting: int = 0
    kv_used_fraction: float | None = None
    prompt_tokens: int = 0
    generated_tokens: int = 0
    requests_done: int = 0
    ttft_s: float | None = None


@dataclass(frozen=True)
class SlotUse:
    """One adapter slot; `name` is None while it is empty."""

    index: int
    name: str | None = None


@dataclass(frozen=True)
class HostAdapter:
    """An adapter in host memory; those in slots are there, too. `bytes` None: not told."""

    name: str
    bytes: int | None = None


@dataclass(frozen=True)
class Residency:
    """Where adapters are, and how often each thing has happened since the app's start.

    A hit is a request that found its adapter in a slot, a miss one that had to bring it there.
    Loads count adapters brought into a slot, evictions those driven out of one.
    """

    slots: tuple[SlotUse, ...] = ()
    host: tuple[HostAdapter, ...] = ()
    loads_total: int = 0
    slot_hits_total: int = 0
    slot_misses_total: int = 0
    evictions_total: int = 0


@dataclass(frozen=True)
class Observation:
    """An engine at one moment. `time_s` is Unix time.

    `processes` are the pids of the engine's processes below this one; empty while there is none.
    `memory` is None until the engine has told it; it is refreshed after loads and now and then.
    """

    time_s: float
    processes: tuple[int, ...] = ()
    memory: EngineMemory | None = None
    load: EngineLoad = EngineLoad()
    residency: Residency = Residency()


@dataclass(frozen=True)
class Mark:
    """Something that happened: `number` counts up from 1, `time_s` is Unix time, `text` words."""

    number: int
    time_s: float
    kind: MarkKind
    text: str
