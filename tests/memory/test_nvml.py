"""NVML's readings of N GPUs, and each way in which drivers and containers fail to give them."""

from __future__ import annotations

import os
from collections.abc import Iterator
from dataclasses import replace

import pynvml
import pytest

from lora_ui.memory.host import OwnProcesses
from lora_ui.memory.nvml import NvmlSource
from lora_ui.memory.readings import Device, Reading
from tests.memory.fake_nvml import GIB, OTHER_PID, FakeGpu, FakeNvml
from tests.memory.observing import observed, worker


class Asked:
    """A source over invented GPUs, at a clock that the test turns."""

    def __init__(self, patch: pytest.MonkeyPatch, *gpus: FakeGpu) -> None:
        self.nvml = FakeNvml(*gpus).install(patch)
        self.now_s = 1000.0
        patch.setattr("lora_ui.memory.nvml.time.monotonic", lambda: self.now_s)
        self.source = NvmlSource(OwnProcesses())
        self.observation = observed()

    def read(self, after_s: float = 0.5) -> Reading:
        self.now_s += after_s
        return self.source.read(self.now_s, self.observation)

    def device(self, after_s: float = 0.5) -> Device:
        return self.read(after_s).devices[0]


@pytest.fixture
def one(monkeypatch: pytest.MonkeyPatch) -> Iterator[Asked]:
    asked = Asked(monkeypatch, FakeGpu())
    yield asked
    asked.source.close()
    assert asked.nvml.opened == 0


@pytest.mark.parametrize("count", [1, 2, 8])
def test_every_gpu_is_read(monkeypatch, count):
    asked = Asked(
        monkeypatch, *(FakeGpu(used=(i + 1) * GIB, uuid=f"GPU-{i}") for i in range(count))
    )
    reading = asked.read()
    assert reading.problem is None
    assert reading.source == "nvml"
    assert [d.index for d in reading.devices] == list(range(count))
    assert [d.used_bytes for d in reading.devices] == [(i + 1) * GIB for i in range(count)]
    first = reading.devices[0]
    assert (first.total_bytes, first.reserved_bytes) == (80 * GIB, GIB // 2)
    assert (first.utilization, first.power_w, first.temperature_c) == (0.93, 512.4, 51.0)
    assert reading.host is not None
    assert reading.host.total_bytes > 0


def test_the_driver_is_opened_once(one):
    for _ in range(5):
        one.read()
    assert one.nvml.calls["nvmlInit"] == 1
    assert one.nvml.calls["nvmlDeviceGetMemoryInfo"] == 5


def test_own_processes_are_told_from_others(one):
    one.nvml.gpus[0].processes = [(os.getpid(), 4 * GIB), (OTHER_PID, 3 * GIB)]
    one.nvml.gpus[0].graphics = [(OTHER_PID, 3 * GIB)]
    device = one.device()
    assert [(p.pid, p.used_bytes, p.own) for p in device.processes] == [
        (OTHER_PID, 3 * GIB, False),
        (os.getpid(), 4 * GIB, True),
    ]
    assert (device.own_bytes, device.other_bytes) == (4 * GIB, 6 * GIB)
    assert device.attribution == "driver"


def test_the_engines_workers_are_own_processes(one):
    one.observation = observed(processes=(4_000_000, 4_000_001))
    one.nvml.gpus[0].processes = [(4_000_000, 4 * GIB), (4_000_001, GIB)]
    assert one.device().own_bytes == 5 * GIB


def test_an_idle_gpu_belongs_to_nobody(one):
    one.nvml.gpus[0].used, one.nvml.gpus[0].processes = GIB // 4, []
    device = one.device()
    assert (device.own_bytes, device.other_bytes) == (0, GIB // 4)
    assert device.attribution == "driver"


# what may be missing


@pytest.mark.parametrize(
    ("function", "field"),
    [
        ("UtilizationRates", "utilization"),
        ("PowerUsage", "power_w"),
        ("Temperature", "temperature_c"),
    ],
)
def test_each_of_the_extras_may_be_missing(one, function, field):
    one.nvml.gpus[0].errors[function] = pynvml.NVML_ERROR_NOT_SUPPORTED
    reading = one.read()
    device = reading.devices[0]
    assert getattr(device, field) is None
    assert (device.used_bytes, reading.problem) == (10 * GIB, None)
    for _ in range(60):
        one.read()
    name = f"nvmlDeviceGet{function}"
    assert one.nvml.calls[name] <= 6  # asked again ever more seldom
    one.nvml.gpus[0].errors.clear()
    assert getattr(one.device(after_s=61), field) is not None


def test_an_old_driver_counts_reserved_as_used(one):
    one.nvml.gpus[0].errors["version2"] = pynvml.NVML_ERROR_FUNCTION_NOT_FOUND
    reading = one.read()
    device = reading.devices[0]
    assert (device.used_bytes, device.reserved_bytes) == (10 * GIB + GIB // 2, None)
    assert "version 510" in (reading.problem or "")


def test_mig_instances_are_devices_of_their_own(monkeypatch):
    refused = {"UtilizationRates": pynvml.NVML_ERROR_NOT_SUPPORTED}
    small = FakeGpu(total=10 * GIB, used=GIB // 2, name="H100 MIG 1g.10gb", errors=refused)
    big = replace(small, total=40 * GIB, used=20 * GIB, name="H100 MIG 3g.40gb")
    asked = Asked(monkeypatch, FakeGpu(instances={0: small, 3: big}), FakeGpu())
    reading = asked.read()
    assert [(d.index, d.total_bytes) for d in reading.devices] == [
        (0, 10 * GIB),
        (1, 40 * GIB),
        (2, 80 * GIB),
    ]
    assert [d.utilization for d in reading.devices] == [None, None, 0.93]
    assert "MIG instance (H100 MIG 1g.10gb)" in (reading.problem or "")


# what goes wrong


@pytest.mark.parametrize(
    ("code", "said"),
    [
        (pynvml.NVML_ERROR_DRIVER_NOT_LOADED, "does not answer"),
        (pynvml.NVML_ERROR_UNINITIALIZED, "does not answer"),
        (pynvml.NVML_ERROR_LIB_RM_VERSION_MISMATCH, "was updated while it was in use"),
    ],
)
def test_a_lost_driver_is_a_gap_and_heals(one, code, said):
    one.read()
    one.nvml.gpus[0].errors["MemoryInfo"] = one.nvml.errors["nvmlInit"] = code
    for _ in range(20):
        reading = one.read()
        assert said in (reading.problem or "")
        assert [d.used_bytes for d in reading.devices] == [None]
        assert reading.host is not None
    assert one.nvml.calls["nvmlInit"] <= 1 + 4  # 20 ticks are 10 s: after 1, 3 and 7 s
    one.nvml.errors.clear()
    one.nvml.gpus[0].errors.clear()
    healed = one.read(after_s=61)
    assert (healed.problem, healed.devices[0].used_bytes) == (None, 10 * GIB)


def test_a_driver_lost_while_optional_figures_are_read(one):
    one.read()
    one.nvml.gpus[0].errors["PowerUsage"] = pynvml.NVML_ERROR_UNINITIALIZED
    assert [d.used_bytes for d in one.read().devices] == [None]
    one.nvml.gpus[0].errors.clear()
    assert one.device(after_s=2).power_w == 512.4


def test_a_gpu_off_the_bus_leaves_the_others(monkeypatch):
    asked = Asked(monkeypatch, FakeGpu(), FakeGpu(used=2 * GIB, uuid="GPU-1"))
    asked.read()
    asked.nvml.gpus[0].errors[""] = pynvml.NVML_ERROR_GPU_IS_LOST
    for _ in range(4):
        reading = asked.read()
        assert [d.used_bytes for d in reading.devices] == [None, 2 * GIB]
        assert "GPU 0" in (reading.problem or "")
        assert "fallen off the bus" in (reading.problem or "")
    assert asked.nvml.calls["nvmlInit"] == 1
    asked.nvml.gpus[0].errors.clear()
    healed = asked.read(after_s=61)
    assert [d.used_bytes for d in healed.devices] == [10 * GIB, 2 * GIB]
    assert healed.problem is None


def test_a_gpu_that_was_off_the_bus_from_the_start(monkeypatch):
    lost = {"": pynvml.NVML_ERROR_GPU_IS_LOST}
    asked = Asked(monkeypatch, FakeGpu(errors=dict(lost)), FakeGpu(uuid="GPU-1"))
    reading = asked.read()
    assert [d.used_bytes for d in reading.devices] == [None, 10 * GIB]
    assert "fallen off the bus" in (reading.problem or "")
    asked.nvml.gpus[0].errors.clear()
    assert [d.used_bytes for d in asked.read(after_s=61).devices] == [10 * GIB, 10 * GIB]


def test_when_all_gpus_are_lost_the_driver_is_opened_anew(one):
    one.read()
    one.nvml.gpus[0].errors["MemoryInfo"] = pynvml.NVML_ERROR_GPU_IS_LOST
    for _ in range(40):
        reading = one.read()
        assert "fallen off the bus" in (reading.problem or "")
        assert [d.used_bytes for d in reading.devices] == [None]
    assert 2 <= one.nvml.calls["nvmlInit"] <= 6
    one.nvml.gpus[0].errors.clear()
    assert one.device(after_s=61).used_bytes == 10 * GIB


@pytest.mark.parametrize(
    ("code", "said"),
    [
        (pynvml.NVML_ERROR_NO_PERMISSION, "may not read the memory of GPU 0"),
        (pynvml.NVML_ERROR_NOT_SUPPORTED, "tells no memory of its own"),
        (pynvml.NVML_ERROR_TIMEOUT, "Timeout"),
    ],
)
def test_memory_that_is_not_told_is_a_gap_with_its_sentence(one, code, said):
    one.nvml.gpus[0].errors["MemoryInfo"] = code
    reading = one.read()
    assert said in (reading.problem or "")
    assert reading.devices[0].used_bytes is None


def test_no_library_and_no_gpu(monkeypatch):
    asked = Asked(monkeypatch)
    asked.nvml.errors["nvmlInit"] = pynvml.NVML_ERROR_LIBRARY_NOT_FOUND
    assert not asked.source.available()
    reading = asked.read()
    assert "libnvidia-ml.so.1" in (reading.problem or "")
    assert reading.devices == ()
    asked.nvml.errors.clear()
    assert "shows no GPU" in (asked.read(after_s=5).problem or "")
    assert not asked.source.available()


# whose memory is it


def test_a_hidden_list_leaves_the_engines_own_account(one):
    one.nvml.gpus[0].processes = []
    one.observation = observed(processes=(77,), workers=[worker(77, 0, weights=6 * GIB)])
    reading = one.read()
    device = reading.devices[0]
    assert (device.own_bytes, device.other_bytes) == (6 * GIB, 4 * GIB)
    assert device.attribution == "engine"
    assert "hides who uses GPU 0" in (reading.problem or "")


def test_pids_from_outside_the_container_do_not_count(one):
    one.observation = observed(processes=(77,), workers=[worker(77, 0, weights=6 * GIB)])
    one.nvml.gpus[0].processes = [(os.getpid(), GIB), (OTHER_PID, 9 * GIB)]  # by chance ours
    assert one.device().attribution == "engine"


def test_a_hidden_list_before_the_engine_has_told_anything(one):
    one.nvml.gpus[0].processes = []
    reading = one.read()
    device = reading.devices[0]
    assert (device.own_bytes, device.other_bytes, device.attribution) == (None, None, None)
    assert "hides who uses" in (reading.problem or "")


def test_pids_that_do_not_exist_here_are_a_hidden_list(one):
    one.nvml.gpus[0].processes = [(2**22 + 5, 9 * GIB)]
    assert one.device().own_bytes is None


def test_a_list_that_is_refused(one):
    one.nvml.gpus[0].errors["RunningProcesses"] = pynvml.NVML_ERROR_NO_PERMISSION
    reading = one.read()
    assert reading.devices[0].attribution is None
    assert "does not list the processes" in (reading.problem or "")
    one.observation = observed(processes=(77,), workers=[worker(77, 0, weights=6 * GIB)])
    assert one.device().own_bytes == 6 * GIB


def test_sizes_that_are_not_told_are_not_taken_for_nothing(one):
    one.nvml.gpus[0].processes = [(os.getpid(), None)]
    assert one.device().own_bytes is None
    one.observation = observed(processes=(77,), workers=[worker(77, 0, slots=GIB)])
    one.nvml.gpus[0].processes = [(77, None)]
    assert one.device().own_bytes == GIB


@pytest.mark.parametrize("visible", ["1", "GPU-1", "GPU-1,GPU-0"])
def test_workers_count_the_devices_that_they_may_see(monkeypatch, visible):
    monkeypatch.setenv("CUDA_VISIBLE_DEVICES", visible)
    asked = Asked(monkeypatch, FakeGpu(), FakeGpu(uuid="GPU-1"))
    asked.observation = observed(processes=(77,), workers=[worker(77, 0, weights=3 * GIB)])
    devices = asked.read().devices
    assert [d.own_bytes for d in devices] == [0, 3 * GIB]


def test_each_gpu_has_the_share_of_its_own_workers(monkeypatch):
    monkeypatch.delenv("CUDA_VISIBLE_DEVICES", raising=False)
    asked = Asked(monkeypatch, FakeGpu(), FakeGpu(uuid="GPU-1"))
    workers = [worker(77, 0, weights=GIB), worker(78, 0, slots=GIB), worker(79, 1, graphs=GIB)]
    asked.observation = observed(processes=(77, 78, 79), workers=workers)
    assert [d.own_bytes for d in asked.read().devices] == [2 * GIB, GIB]


# nothing gets out


ERRORS = sorted(
    {
        value
        for name, value in vars(pynvml).items()
        if name.startswith("NVML_ERROR_") and isinstance(value, int)
    }
)
FUNCTIONS = [name for name in dir(FakeNvml) if name.startswith("nvml")]


@pytest.mark.parametrize("function", FUNCTIONS)
def test_no_error_of_nvml_gets_out_wherever_it_comes_from(monkeypatch, function):
    for code in ERRORS:
        asked = Asked(monkeypatch, FakeGpu(), FakeGpu(uuid="GPU-1"))
        asked.nvml.errors[function] = code
        for _ in range(3):
            assert asked.read().source == "nvml"
        asked.nvml.errors.clear()
        asked.read(after_s=61)
        asked.nvml.errors[function] = code
        for _ in range(3):
            assert asked.read(after_s=2).source == "nvml"
        asked.nvml.errors.clear()
        healed = asked.read(after_s=61)
        assert [d.used_bytes for d in healed.devices] == [10 * GIB, 10 * GIB], code
        asked.source.close()
