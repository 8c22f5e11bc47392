"""The exports read back by other readers than ours."""

from __future__ import annotations

import csv
import io
import json
import re
from pathlib import Path
from types import SimpleNamespace

import pytest
from prometheus_client.parser import text_string_to_metric_families

from lora_ui.engine.observation import (
    EngineLoad,
    EngineMemory,
    Observation,
    Residency,
    WorkerMemory,
)
from lora_ui.memory.export import (
    memory_result,
    prometheus_text,
    remainder_bytes,
    to_csv,
    to_json,
)
from lora_ui.memory.readings import Device, HostMemory, Reading
from lora_ui.memory.sampler import Sampler
from lora_ui.memory.series import ENGINE_PARTS, History
from tests.memory.fake_nvml import GIB

API_PAGE = Path(__file__).resolve().parents[2] / "docs" / "api.md"
PARTS = {name: (place + 1) * 1000 for place, name in enumerate(ENGINE_PARTS)}
LOAD = {
    "running": 3,
    "waiting": 1,
    "kv_used_fraction": 0.25,
    "generated_tokens": 500,
    "prompt_tokens": 700,
    "ttft_s": 0.125,
    "requests_done": 12,
}
COUNTS = {"loads_total": 5, "slot_hits_total": 9, "slot_misses_total": 2, "evictions_total": 1}
GPU = Device(
    index=0,
    name="NVIDIA H100",
    total_bytes=80 * GIB,
    used_bytes=10 * GIB,
    reserved_bytes=GIB,
    utilization=0.5,
    power_w=300.0,
    temperature_c=51.0,
    own_bytes=30_000,
    other_bytes=10 * GIB - 30_000,
    attribution="driver",
)
HOST = HostMemory(100 * GIB, 40 * GIB, rss_bytes=30_000, pss_bytes=25_000, pss_age_s=4.0)


def told(**missing: None) -> Observation:
    """An observation in which everything is known."""
    worker = WorkerMemory(77, 0, slot_count=4, **(PARTS | missing))
    memory = EngineMemory((worker,), kv_tokens=64)
    return Observation(0.0, (77,), memory, EngineLoad(**LOAD), Residency(**COUNTS))


def sampled(reading: Reading, observation: Observation) -> Sampler:
    """A sampler that has measured this, once."""
    engine = SimpleNamespace(observe=lambda: observation)
    source = SimpleNamespace(read=lambda *_: reading, close=lambda: None)
    sampler = Sampler(engine, source)  # type: ignore[arg-type]
    sampler._tick(source)  # type: ignore[arg-type]
    return sampler


def history() -> History:
    kept = History()
    for place in range(8):
        kept.append(place * 2.0, {"used": place * 1.5, "speed": None if place == 3 else 2.0})
    return kept


def test_a_csv_has_a_line_for_each_row_and_nothing_in_gaps():
    table = list(csv.DictReader(io.StringIO(to_csv(history().series(600, 14.0)))))
    assert [float(row["time_s"]) for row in table] == [place * 2.0 for place in range(8)]
    assert [float(row["used"]) for row in table] == [place * 1.5 for place in range(8)]
    assert [row["speed"] for row in table] == ["2.0"] * 3 + [""] + ["2.0"] * 4


def test_the_csv_of_buckets_has_the_largest_values_too():
    rows = list(csv.reader(io.StringIO(to_csv(history().series(3600, 14.0)))))
    assert rows[0] == ["time_s", "used", "speed", "used_max", "speed_max"]
    assert [row[3] for row in rows[1:]] == ["3.0", "6.0", "10.5"]


def test_json_is_the_series_with_null_for_gaps():
    series = json.loads(to_json(history().series(600, 14.0)))
    assert series["columns"]["speed"] == [2.0] * 3 + [None] + [2.0] * 4
    assert (series["range_s"], series["width_s"], series["highest"]) == (600, None, {})


def test_memory_on_a_gpu():
    result = memory_result(sampled(Reading(5.0, "nvml", (GPU,), HOST), told()))
    assert result["source"] == "nvml"
    assert 0 <= result["age_s"] < 20
    (device,) = result["devices"]
    assert device["used_bytes"] == 10 * GIB
    assert device["attribution"] == "driver"
    assert result["engine"] == {
        **PARTS,
        "kv_used_fraction": 0.25,
        "other_bytes": 30_000 - sum(PARTS.values()),
        "slot_bytes": 500,
        "kv_tokens": 64,
        "running": 3,
        "waiting": 1,
    }
    assert result["host"]["pss_bytes"] == 25_000
    json.dumps(result, allow_nan=False)


def test_memory_on_the_host_is_one_device():
    result = memory_result(sampled(Reading(5.0, "host", host=HOST), told()))
    (device,) = result["devices"]
    assert (device["index"], device["total_bytes"]) == (0, 100 * GIB)
    assert (device["used_bytes"], device["own_bytes"]) == (40 * GIB, 30_000)
    assert device["other_bytes"] == 40 * GIB - 30_000
    assert device["power_w"] is None


@pytest.mark.parametrize("sampler", [None, Sampler(SimpleNamespace())])  # type: ignore[arg-type]
def test_before_anything_is_measured_all_is_null(sampler):
    result = memory_result(sampler)
    full = memory_result(sampled(Reading(5.0, "host", host=HOST), told()))
    assert result.keys() == full.keys()
    assert result["engine"] == dict.fromkeys(full["engine"])
    assert result["devices"] == []
    assert {result[key] for key in ("time_s", "age_s", "source", "host", "problem")} == {None}


def test_an_engine_that_tells_nothing_yet_is_null():
    result = memory_result(sampled(Reading(5.0, "nvml", (GPU,)), Observation(0.0)))
    known = {key: value for key, value in result["engine"].items() if value is not None}
    assert known == {"running": 0, "waiting": 0}
    assert len(result["devices"]) == 1


def test_the_rest_is_measured_or_not_told():
    by_engine = Device(0, "H100", 80 * GIB, GIB, own_bytes=30_000, attribution="engine")
    for reading in (Reading(5.0, "nvml", (by_engine,)), Reading(5.0, "host"), Reading(5.0, "nvml")):
        assert remainder_bytes(sampled(reading, told()).latest()) is None
    partly = sampled(Reading(5.0, "nvml", (GPU,)), told(graphs_bytes=None)).latest()
    known = sum(PARTS.values()) - PARTS["graphs_bytes"]
    assert remainder_bytes(partly) == 30_000 - known


def metrics(sampler: Sampler) -> dict[str, float]:
    """Prometheus' text as its own parser reads it; the label that varies stands in the name."""
    found = {}
    for family in text_string_to_metric_families(prometheus_text(sampler).decode()):
        assert family.documentation
        for sample in family.samples:
            label = sample.labels.get("gpu") or sample.labels.get("part")
            found[f"{sample.name}{f'[{label}]' if label else ''}"] = sample.value
    return found


def test_prometheus_has_everything_that_is_known():
    found = metrics(sampled(Reading(5.0, "nvml", (GPU,), HOST), told()))
    assert found["lora_ui_gpu_memory_used_bytes[0]"] == 10 * GIB
    assert found["lora_ui_gpu_utilization_ratio[0]"] == 0.5
    assert found["lora_ui_engine_memory_bytes[slots]"] == 2000
    assert found["lora_ui_generated_tokens_total"] == 500
    assert found["lora_ui_adapter_evictions_total"] == 1
    assert found["lora_ui_host_engine_pss_age_seconds"] == 4.0
    described = API_PAGE.read_text().partition("## Prometheus")[2]
    named = set(re.findall(r"`(lora_ui_\w+)`", described))
    assert named == {name.partition("[")[0] for name in found}


def test_prometheus_leaves_out_what_is_stale_or_not_known(monkeypatch):
    lost = Device(0, "NVIDIA H100", 80 * GIB, None)
    sampler = sampled(Reading(5.0, "nvml", (lost,)), told(graphs_bytes=None))
    found = metrics(sampler)
    assert "lora_ui_gpu_memory_used_bytes[0]" not in found
    assert "lora_ui_engine_memory_bytes[graphs]" not in found
    assert "lora_ui_host_memory_used_bytes" not in found
    monkeypatch.setattr("lora_ui.memory.sampler.STALE_S", -1.0)
    assert set(metrics(sampler)) == {"lora_ui_sample_age_seconds"}
    assert metrics(Sampler(SimpleNamespace())) == {}  # type: ignore[arg-type]
