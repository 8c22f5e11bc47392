"""The worker extension on a GPU: what the allocator, the graphs and the driver hold besides.

What is outside the allocator (the CUDA context, libraries, the kernels' code) is measured when
graphs are about to be captured, not as what is left over at the end: NVML's figure for this process
less what the allocator holds at that moment. Where NVML does not show our pid, it is the device's
free memory before this process opened it (vLLM imports this module in every worker before that)
less that of the moment, which is wrong if another process takes or gives back memory meanwhile.
Without a capture it is measured, in that second way, by vLLM's first look (`init_snapshot`), when
no kernels are there yet: 190 MB less on an H100.

By how much graphs lowered the free memory vLLM measures itself, but only its log tells: so
`capture_model`, which returns it, is wrapped.
"""

from __future__ import annotations

import functools
import os
import sys
from contextlib import suppress
from typing import Any

from lora_ui.engine import worker
from lora_ui.engine.worker import Sizes

GRAPHS = "_lora_ui_graphs_bytes"
OUTSIDE = "_lora_ui_outside_bytes"
RUNNERS = ("vllm.v1.worker.gpu_model_runner", "vllm.v1.worker.gpu.model_runner")
"""Where vLLM's two model runners are; which one runs depends on version and model."""


class WorkerExtension(worker.WorkerExtension):
    """Tells the parts of a GPU worker's memory as `WorkerMemory` describes them."""

    def lora_ui_memory(self) -> Sizes:
        """See `WorkerExtension.lora_ui_memory`; takes some milliseconds."""
        import torch

        sizes = super().lora_ui_memory()
        device = torch.cuda.current_device()
        allocated, reserved = torch.cuda.memory_allocated(), torch.cuda.memory_reserved()
        captured = getattr(self.model_runner, GRAPHS, None)
        pooled = _pooled_bytes(torch)
        tensors = ("weights_bytes", "slots_bytes", "kv_reserved_bytes")
        sizes |= {
            "device_index": device,
            "graphs_bytes": None if captured is None else max(captured, pooled),
            "workspace_bytes": reserved - pooled - sum(sizes[name] or 0 for name in tensors),
            "context_bytes": self._lora_ui_context(torch, device),
            "allocated_bytes": allocated,
            "reserved_bytes": reserved,
            "process_bytes": _process_bytes(_uuid(torch, device)),
        }
        return sizes

    def _lora_ui_context(self, torch: Any, device: int) -> int | None:
        """What is outside the allocator; see the top of this module."""
        outside = getattr(self.model_runner, OUTSIDE, None)
        if outside is not None:
            return outside
        opened = getattr(self, "init_snapshot", None)
        free = getattr(opened, "free_memory", None)
        before = FREE_BEFORE.get(_uuid(torch, device) or "")
        if free is None or before is None:
            return None
        taken = before - free - getattr(opened, "torch_memory", 0)
        return taken if taken > 0 else None


def _pooled_bytes(torch: Any) -> int:
    """What the allocator holds in the pools of graphs. It is part of what their capture took."""
    segments = torch.cuda.memory.memory_snapshot()
    return sum(
        segment["total_size"]
        for segment in segments
        if tuple(segment.get("segment_pool_id", (0, 0))) != (0, 0)
    )


def _uuid(torch: Any, device: int) -> str | None:
    """The device's name as NVML has it."""
    uuid = str(getattr(torch.cuda.get_device_properties(device), "uuid", ""))
    return f"GPU-{uuid.removeprefix('GPU-')}" if uuid else None


def _free_bytes() -> dict[str, int]:
    """The free memory of each device by its UUID; empty where NVML does not answer."""
    found: dict[str, int] = {}
    with suppress(Exception):
        import pynvml

        pynvml.nvmlInit()
        for index in range(pynvml.nvmlDeviceGetCount()):
            handle = pynvml.nvmlDeviceGetHandleByIndex(index)
            uuid = pynvml.nvmlDeviceGetUUID(handle)
            found[uuid] = int(pynvml.nvmlDeviceGetMemoryInfo(handle).free)
    return found


def _process_bytes(uuid: str | None) -> int | None:
    """NVML's figure for this process; None where it does not show our pid, as in containers."""
    with suppress(Exception):
        import pynvml

        handle = pynvml.nvmlDeviceGetHandleByUUID(uuid)
        for process in pynvml.nvmlDeviceGetComputeRunningProcesses(handle):
            if process.pid == os.getpid() and process.usedGpuMemory is not None:
                return int(process.usedGpuMemory)
    return None


def _outside_bytes() -> int | None:
    """What this process holds of its device now, outside torch's allocator."""
    import torch

    uuid = _uuid(torch, torch.cuda.current_device())
    held, before = _process_bytes(uuid), FREE_BEFORE.get(uuid or "")
    if held is None and before is not None:
        held = before - torch.cuda.mem_get_info()[0]
    outside = None if held is None else held - torch.cuda.memory_reserved()
    return outside if outside is None or outside > 0 else None


def _remember_captures() -> None:
    """Keep what `capture_model` returns: the bytes by which the free memory fell meanwhile."""
    if "vllm" not in sys.modules:  # not in a worker
        return
    for path in RUNNERS:
        with suppress(Exception):  # another vLLM: then nothing is told of graphs
            module = __import__(path, fromlist=["GPUModelRunner"])
            _wrap(module.GPUModelRunner)


def _wrap(runner: Any) -> None:
    capture = runner.capture_model

    @functools.wraps(capture)
    def captured(self: Any, *args: Any, **kwargs: Any) -> Any:
        if kwargs.get("profile_only"):
            return capture(self, *args, **kwargs)
        with suppress(Exception):  # a figure less is no reason not to serve
            setattr(self, OUTSIDE, _outside_bytes())
        taken = capture(self, *args, **kwargs)
        if isinstance(taken, (int, float)):
            setattr(self, GRAPHS, int(taken))
        return taken

    runner.capture_model = captured


FREE_BEFORE = _free_bytes()
_remember_captures()
