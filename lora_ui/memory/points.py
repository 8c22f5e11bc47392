"""What the charts show, point by point: columns of plain numbers out of samples.

Sizes are in GiB, shares in percent, times in seconds since 1970. None is a gap. Where more than
`GAP_S` lies between two samples, two rows stand in between that let the areas fall to nothing and
interrupt the lines: what was not measured is not drawn.
"""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Mapping, Sequence
from typing import Any

from lora_ui.memory.figures import STACK
from lora_ui.memory.readings import Device, Source
from lora_ui.memory.sampler import STALE_S, Sample

GIB = 1024**3
GAP_S = STALE_S
RATE_S = 2.0
"""Over how long tokens a second are counted."""
MINUTE_S = 60.0
LEVELS = ("total", "used", "rss", "pss")
RATES = ("kv_share", "running", "waiting", "speed", "ttft", "hit_rate", "loads")
COLUMNS = ("time", *STACK["nvml"], *LEVELS, *RATES)
_EDGE_S = 0.001

Raw = Mapping[str, Sequence[float | None]]
Points = dict[str, list[Any]]


def raw_columns(samples: Sequence[Sample], device: int | None = None) -> dict[str, list[Any]]:
    """The figures that the charts need, sizes in bytes; on a GPU those of `device` alone."""
    rows = [_raw(sample, device) for sample in samples]
    names = dict.fromkeys(name for row in rows for name in row) or {"time": None}
    return {name: [row.get(name) for row in rows] for name in names}


def device_of(sample: Sample, index: int | None) -> Device | None:
    """The GPU `index`, else the first on which this app's processes are, else the first."""
    devices = sample.reading.devices
    for one in devices:
        if one.index == index:
            return one
    own = [one for one in devices if one.own_bytes]
    return next(iter([*own, *devices]), None)


def _raw(sample: Sample, index: int | None) -> dict[str, float | None]:
    reading, told = sample.reading, sample.observation
    memory, load, residency = told.memory, told.load, told.residency
    row: dict[str, float | None] = {
        "time": sample.time_s,
        "kv_share": load.kv_used_fraction,
        "running": load.running,
        "waiting": load.waiting,
        "generated": load.generated_tokens,
        "ttft": load.ttft_s,
        "hits": residency.slot_hits_total,
        "misses": residency.slot_misses_total,
        "loads": residency.loads_total,
    }
    device = device_of(sample, index) if reading.source == "nvml" else None
    workers = [w for w in memory.workers if device is not None and w.device_index == device.index]
    for name in _PARTS:
        values = [getattr(worker, f"{name}_bytes") for worker in workers] or [
            getattr(memory, f"{name}_bytes")
        ]
        known = [value for value in values if value is not None]
        row[name] = sum(known) if known else None
    if device is not None:
        row |= {"own": device.own_bytes, "others": device.other_bytes}
        row |= {"used": device.used_bytes, "total": device.total_bytes}
    host = reading.host
    if host is not None and reading.source == "host":
        row |= {"rss": host.rss_bytes, "pss": host.pss_bytes, "total": host.total_bytes}
        row["others"] = max(0, host.used_bytes - (host.pss_bytes or host.rss_bytes or 0))
    return row


_PARTS = ("weights", "slots", "kv_reserved", "graphs", "context", "workspace")


def points(raw: Raw, source: Source, *, after: float | None = None, gap_s: float = GAP_S) -> Points:
    """The charts' columns of the rows in `raw` that are newer than `after`; `gap` names edge rows.

    `raw` has the columns of `raw_columns`, the oldest row first. Rows up to `after` are only
    there for what is counted over a while.
    """
    times = [time for time in raw["time"] if time is not None]
    first = 0 if after is None else bisect_left(times, after + _EDGE_S / 2)
    found: Points = {name: [] for name in COLUMNS}
    found["gap"] = []
    for row in range(first, len(times)):
        before = times[row - 1] if row else None
        if before is not None and times[row] - before > gap_s:
            _gap(found, before + _EDGE_S, times[row] - _EDGE_S)
        parts = _parts(raw, row, source)
        for name in COLUMNS:
            found[name].append(parts.get(name))
    _rates(found, raw, times, first, gap_s)
    return found


def _gap(found: Points, *times: float) -> None:
    for time in times:
        found["gap"].append(len(found["time"]))
        for name in COLUMNS:
            found[name].append(0 if name in STACK["nvml"] else None)
        found["time"][-1] = round(time, 3)


def _parts(raw: Raw, row: int, source: Source) -> dict[str, float | None]:
    """One row: the parts of the memory, and what is shown as it is."""

    def at(name: str) -> float | None:
        column = raw.get(name)
        return column[row] if column else None

    reserved, share = at("kv_reserved"), at("kv_share")
    kv_used = None if reserved is None else reserved * (share or 0.0)
    known = {name: at(name) for name in ("weights", "slots", "graphs", "context", "workspace")}
    known["kv_used"] = kv_used
    known["kv_free"] = None if reserved is None or kv_used is None else reserved - kv_used
    own = at("rss") if source == "host" else at("own")
    if source == "host":
        known = _resident(known, own)
    told = sum(part for part in known.values() if part is not None)
    known["rest"] = None if own is None else max(0.0, own - told)
    known["others"] = at("others")
    found = {name: _gib(value) for name, value in known.items()}
    found |= {name: _gib(at(name)) for name in LEVELS}
    time = at("time")
    found["time"] = None if time is None else round(time, 3)
    found["kv_share"] = None if share is None else round(100 * share, 2)
    found |= {name: at(name) for name in ("running", "waiting")}
    ttft = at("ttft")
    found["ttft"] = None if ttft is None else round(ttft, 4)
    return found


def _resident(parts: dict[str, float | None], rss: float | None) -> dict[str, float | None]:
    """On the host: a reserved KV cache counts only as far as its pages have been touched."""
    free = parts.get("kv_free")
    if free is None or rss is None:
        return parts
    others = sum(part for name, part in parts.items() if name != "kv_free" and part is not None)
    return {**parts, "kv_free": max(0.0, min(free, rss - others))}


def _gib(value: float | None) -> float | None:
    return None if value is None else round(value / GIB, 4)


def _rates(found: Points, raw: Raw, times: Sequence[float], first: int, gap_s: float) -> None:
    """Fill in what is counted over a while: speed, hit rate and loads a minute."""
    rows = [row for row in range(len(found["time"])) if row not in set(found["gap"])]
    minute = max(MINUTE_S, gap_s)
    for place, row in zip(rows, range(first, len(times)), strict=True):
        speed = _growth(raw.get("generated"), times, row, max(RATE_S, gap_s / 2))
        if speed is not None:
            found["speed"][place] = round(speed[0] / speed[1], 2)
        loads = _growth(raw.get("loads"), times, row, minute)
        if loads is not None:
            found["loads"][place] = round(60 * loads[0] / max(loads[1], MINUTE_S), 2)
        hits = _growth(raw.get("hits"), times, row, minute)
        misses = _growth(raw.get("misses"), times, row, minute)
        if hits is not None and misses is not None and hits[0] + misses[0] > 0:
            found["hit_rate"][place] = round(100 * hits[0] / (hits[0] + misses[0]), 1)


def _growth(
    totals: Sequence[float | None] | None, times: Sequence[float], row: int, span_s: float
) -> tuple[float, float] | None:
    """By how much a total has grown up to `row` within `span_s`, and over how many seconds.

    None where it is unknown, or where it fell: then the engine has started anew in between.
    """
    now = totals[row] if totals else None
    if totals is None or now is None:
        return None
    start = min(bisect_left(times, times[row] - span_s - 0.3), row)
    while start < row and totals[start] is None:
        start += 1
    then = totals[start]
    if then is None or start == row or now < then:
        return None
    return now - then, times[row] - times[start]
