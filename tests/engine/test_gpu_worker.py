"""The GPU worker's account with an invented device: what is asked when, what is added to what."""

from __future__ import annotations

import os
import sys
from types import SimpleNamespace
from typing import Any

import pytest

from lora_ui.engine import gpu_worker

UUID = "GPU-11"


class Tensor:
    """So much memory at one address."""

    def __init__(self, address: int, size: int) -> None:
        self.address, self.size = address, size

    def untyped_storage(self) -> Any:
        return SimpleNamespace(data_ptr=lambda: self.address, nbytes=lambda: self.size)

    def numel(self) -> int:
        return self.size


class Model:
    """Tied weights of 100 bytes, a buffer of 5, and two slots that take 40."""

    def __init__(self) -> None:
        self.q_a_stacked = (Tensor(7, 30), Tensor(8, 10))

    def parameters(self) -> list[Tensor]:
        return [Tensor(1, 100), Tensor(1, 100)]

    def buffers(self) -> list[Tensor]:
        return [Tensor(2, 5)]

    def modules(self) -> list[Any]:
        return [self]


class Runner:
    """A model runner whose capture takes 60 bytes, 20 of them in the allocator's pools."""

    def __init__(self) -> None:
        manager = SimpleNamespace(lora_slots=2)
        self.lora_manager = SimpleNamespace(_adapter_manager=manager)
        self.kv_caches = [[Tensor(3, 400)], Tensor(4, 400)]
        self.model_memory_usage = 150

    def get_model(self) -> Model:
        return Model()

    def capture_model(self, **_: Any) -> int:
        return 60


def invented(reserved: int, free: int) -> Any:
    segments = [
        {"total_size": 20, "segment_pool_id": (0, 1)},
        {"total_size": 980, "segment_pool_id": (0, 0)},
    ]
    cuda = SimpleNamespace(
        current_device=lambda: 0,
        memory_allocated=lambda: 950,
        memory_reserved=lambda: reserved,
        mem_get_info=lambda: (free, 5_000),
        get_device_properties=lambda _: SimpleNamespace(uuid="11"),
        memory=SimpleNamespace(memory_snapshot=lambda: segments),
    )
    return SimpleNamespace(cuda=cuda)


@pytest.fixture
def worker(monkeypatch: pytest.MonkeyPatch) -> Any:
    """Before its start 4,000 bytes were free; 1,000 in the allocator, 2,700 free at the capture."""
    monkeypatch.setitem(sys.modules, "torch", invented(reserved=1_000, free=2_700))
    monkeypatch.setattr(gpu_worker, "FREE_BEFORE", {UUID: 4_000})
    monkeypatch.setattr(gpu_worker, "_process_bytes", lambda _uuid: None)
    runner = type("CapturingRunner", (Runner,), {})
    gpu_worker._wrap(runner)
    one: Any = gpu_worker.WorkerExtension()
    one.model_runner = runner()
    return one


def test_the_parts_of_a_worker(worker: Any) -> None:
    assert worker.model_runner.capture_model() == 60
    assert worker.lora_ui_memory() == {
        "pid": os.getpid(),
        "device_index": 0,
        "weights_bytes": 105,
        "slots_bytes": 40,
        "slot_count": 2,
        "kv_reserved_bytes": 800,
        "graphs_bytes": 60,
        "workspace_bytes": 1_000 - 20 - 105 - 40 - 800,
        "context_bytes": 4_000 - 2_700 - 1_000,
        "loaded_bytes": 150,
        "allocated_bytes": 950,
        "reserved_bytes": 1_000,
        "process_bytes": None,
    }


def test_the_drivers_figure_for_the_process_goes_first(
    worker: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(gpu_worker, "_process_bytes", lambda _uuid: 1_250)
    worker.model_runner.capture_model()
    assert worker.lora_ui_memory()["context_bytes"] == 250


def test_without_a_capture_vllms_first_look_tells(worker: Any) -> None:
    assert worker.lora_ui_memory()["context_bytes"] is None
    worker.init_snapshot = SimpleNamespace(free_memory=3_800, torch_memory=10)
    told = worker.lora_ui_memory()
    assert (told["context_bytes"], told["graphs_bytes"]) == (190, None)


def test_a_capture_for_the_profile_counts_for_nothing(worker: Any) -> None:
    worker.model_runner.capture_model(profile_only=True)
    assert worker.lora_ui_memory()["graphs_bytes"] is None


def test_a_driver_that_fails_does_not_keep_the_engine_from_starting(
    worker: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fails(_uuid: object) -> int:
        raise RuntimeError("the driver is gone")

    monkeypatch.setattr(gpu_worker, "_process_bytes", fails)
    assert worker.model_runner.capture_model() == 60
