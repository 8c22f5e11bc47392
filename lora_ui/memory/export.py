"""What was measured, for other programs: CSV, JSON, the `/memory` answer, and Prometheus."""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Iterable, Iterator
from dataclasses import asdict
from typing import Any

from prometheus_client import CollectorRegistry, generate_latest
from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily, Metric
from prometheus_client.registry import Collector

from lora_ui.engine.observation import ENGINE_PARTS
from lora_ui.memory.readings import Reading
from lora_ui.memory.sampler import Sample, Sampler
from lora_ui.memory.series import Series

HIGHEST = "_max"
"""What the columns of largest values end with."""
_HOST_NAME = "host memory"
_DEVICE_FIELDS = (
    "index",
    "name",
    "total_bytes",
    "used_bytes",
    "reserved_bytes",
    "own_bytes",
    "other_bytes",
    "attribution",
    "utilization",
    "power_w",
    "temperature_c",
)


def to_csv(series: Series) -> str:
    """The series as a table: `time_s`, the columns, and in buckets `<name>_max`; gaps are empty."""
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\n")
    names, columns = _table(series)
    writer.writerow(["time_s", *names])
    writer.writerows(zip(series.time_s, *columns, strict=True))
    return text.getvalue()


def to_json(series: Series) -> str:
    """The series as one JSON object: the fields of `Series`; gaps are null."""
    return json.dumps(asdict(series), allow_nan=False)


def _table(series: Series) -> tuple[list[str], list[list[float | None]]]:
    names = list(series.columns) + [name + HIGHEST for name in series.highest]
    return names, [*series.columns.values(), *series.highest.values()]


def memory_result(sampler: Sampler | None) -> dict[str, Any]:
    """The last sample in the shape of `/memory`; `age_s` says how old it is.

    Without a GPU, `devices` holds the host's memory as one entry. `engine.other_bytes` is what the
    engine's processes use beyond the parts that it knows of, None where either is not known.
    """
    sample = sampler.latest() if sampler else None
    reading = sample.reading if sample else None
    seen = sample.observation if sample else None
    memory, load = (seen.memory, seen.load) if seen else (None, None)
    parts = {name: getattr(memory, name, None) for name in ENGINE_PARTS}
    return {
        "time_s": sample.time_s if sample else None,
        "age_s": sample.age_s() if sample else None,
        "source": reading.source if reading else None,
        "devices": devices_result(reading) if reading else [],
        "host": asdict(reading.host) if reading and reading.host else None,
        "engine": {
            **parts,
            "kv_used_fraction": load.kv_used_fraction if load else None,
            "other_bytes": remainder_bytes(sample),
            "slot_bytes": memory.slot_bytes if memory else None,
            "kv_tokens": memory.kv_tokens if memory else None,
            "running": load.running if load else None,
            "waiting": load.waiting if load else None,
        },
        "problem": reading.problem if reading else None,
    }


def devices_result(reading: Reading) -> list[dict[str, Any]]:
    """The devices for `/memory`; the host stands in for one where it is what was measured."""
    if reading.source == "nvml" or reading.host is None:
        return [
            {name: getattr(device, name) for name in _DEVICE_FIELDS} for device in reading.devices
        ]
    host = reading.host
    known = dict.fromkeys(_DEVICE_FIELDS) | {
        "index": 0,
        "name": _HOST_NAME,
        "total_bytes": host.total_bytes,
        "used_bytes": host.used_bytes,
        "own_bytes": host.rss_bytes,
    }
    if host.rss_bytes is not None:
        known["other_bytes"] = max(0, host.used_bytes - host.rss_bytes)
    return [known]


def own_bytes(reading: Reading) -> int | None:
    """What the engine's processes use: on all GPUs together by the driver, or of the host (RSS).

    None where the driver does not tell it: the engine's own account is not measured.
    """
    if reading.source == "host":
        return reading.host.rss_bytes if reading.host else None
    sizes = [d.own_bytes if d.attribution == "driver" else None for d in reading.devices]
    known = [size for size in sizes if size is not None]
    return sum(known) if known and len(known) == len(sizes) else None


def remainder_bytes(sample: Sample | None) -> int | None:
    """What was measured of the engine's processes beyond the parts that the engine knows of."""
    if sample is None or sample.observation.memory is None:
        return None
    measured = own_bytes(sample.reading)
    sizes = [getattr(sample.observation.memory, name) for name in ENGINE_PARTS]
    known = [size for size in sizes if size is not None]
    if measured is None or not known:
        return None
    return max(0, measured - sum(known))


def prometheus_text(sampler: Sampler) -> bytes:
    """The last sample in Prometheus' text format; what is stale or not known is left out."""
    registry = CollectorRegistry()
    registry.register(_LastSample(sampler))
    return generate_latest(registry)


_GPU_METRICS = (
    ("gpu_memory_total_bytes", "total_bytes", "Memory of the GPU"),
    ("gpu_memory_used_bytes", "used_bytes", "Memory in use, without what the driver reserves"),
    ("gpu_memory_reserved_bytes", "reserved_bytes", "Memory that driver and firmware reserve"),
    ("gpu_memory_engine_bytes", "own_bytes", "Memory in use by the engine's processes"),
    ("gpu_memory_other_bytes", "other_bytes", "Memory in use by anything else"),
    ("gpu_utilization_ratio", "utilization", "Share of the time in which the GPU was busy"),
    ("gpu_power_watts", "power_w", "Power drawn"),
    ("gpu_temperature_celsius", "temperature_c", "Temperature of the GPU"),
)
_HOST_METRICS = (
    ("host_memory_total_bytes", "total_bytes", "Memory of the machine or container"),
    ("host_memory_used_bytes", "used_bytes", "Memory in use there"),
    ("host_engine_rss_bytes", "rss_bytes", "Resident size of the engine's processes, added up"),
    ("host_engine_pss_bytes", "pss_bytes", "Proportional size of the engine's processes"),
    ("host_engine_pss_age_seconds", "pss_age_s", "Time since the proportional size was read"),
)
_LOAD_METRICS = (
    ("requests_running", "running", "Requests that the engine is answering"),
    ("requests_waiting", "waiting", "Requests that wait in the engine"),
    ("kv_cache_used_ratio", "kv_used_fraction", "Share of the KV cache in use"),
    ("time_to_first_token_seconds", "ttft_s", "Time to first token of recent requests"),
)
_LOAD_COUNTERS = (
    ("generated_tokens", "generated_tokens", "Tokens generated"),
    ("prompt_tokens", "prompt_tokens", "Tokens of prompts"),
    ("requests_done", "requests_done", "Requests answered"),
)
_RESIDENCY_COUNTERS = (
    ("adapter_loads", "loads_total", "Adapters loaded"),
    ("adapter_slot_hits", "slot_hits_total", "Requests whose adapter was in a slot"),
    ("adapter_slot_misses", "slot_misses_total", "Requests whose adapter was not in a slot"),
    ("adapter_evictions", "evictions_total", "Adapters that lost their slot"),
)


class _LastSample(Collector):
    """Makes metrics of the last sample, in Prometheus' own way: when they are asked for."""

    def __init__(self, sampler: Sampler) -> None:
        self._sampler = sampler

    def collect(self) -> Iterable[Metric]:
        sample = self._sampler.latest()
        if sample is None:
            return
        age = GaugeMetricFamily("lora_ui_sample_age_seconds", "Time since the last measuring")
        age.add_metric([], sample.age_s())
        yield age
        if sample.is_live():
            yield from _of_devices(sample)
            yield from _plain(_HOST_METRICS, sample.reading.host)
            yield from _of_engine(sample)


def _of_devices(sample: Sample) -> Iterator[Metric]:
    for name, field, text in _GPU_METRICS:
        metric = GaugeMetricFamily(f"lora_ui_{name}", text, labels=["gpu", "name"])
        for device in sample.reading.devices:
            value = getattr(device, field)
            if value is not None:
                metric.add_metric([str(device.index), device.name], value)
        yield from _unless_empty(metric)


def _of_engine(sample: Sample) -> Iterator[Metric]:
    seen = sample.observation
    parts = GaugeMetricFamily(
        "lora_ui_engine_memory_bytes", "The engine's memory by its own account", labels=["part"]
    )
    for name in ENGINE_PARTS:
        value = getattr(seen.memory, name, None)
        if value is not None:
            parts.add_metric([name.removesuffix("_bytes")], value)
    yield from _unless_empty(parts)
    yield from _plain(_LOAD_METRICS, seen.load)
    for names, value in ((_LOAD_COUNTERS, seen.load), (_RESIDENCY_COUNTERS, seen.residency)):
        yield from _plain(names, value, CounterMetricFamily)


def _unless_empty(metric: Metric) -> Iterator[Metric]:
    if metric.samples:
        yield metric


def _plain(
    names: Iterable[tuple[str, str, str]],
    value: Any,
    family: type[GaugeMetricFamily] | type[CounterMetricFamily] = GaugeMetricFamily,
) -> Iterator[Metric]:
    for name, field, text in names:
        number = getattr(value, field, None)
        if number is not None:
            yield family(f"lora_ui_{name}", text, value=number)
