"""What the charts show, point by point: columns of plain numbers out of samples.

Sizes are in GiB, shares in percent, times in seconds since 1970. None is a gap. Where more than
`GAP_S` lies between two samples, two rows stand in between that let the areas fall to nothing and
interrupt the lines: what was not measured is not drawn.
"""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Iterable, Mapping, Sequence
from functools import partial
from typing import Any

from lora_ui.memory.figures import STACK
from lora_ui.memory.sampler import STALE_S, Sample
from lora_ui.memory.series import values_of

GIB = 1024**3
GAP_S = STALE_S
RATE_S = 2.0
"""Over how long tokens a second are counted."""
MINUTE_S = 60.0
LEVELS = ("total", "used", "rss", "pss")
RATES = ("kv_share", "running", "waiting", "speed", "ttft", "hit_rate", "loads")
COLUMNS = ("time", *STACK["nvml"], *LEVELS, *RATES)
_EDGE_S = 0.001
_SLACK_S = 0.3
"""A sample that much before the beginning of a while still counts as its beginning."""

_COUNTERS = ("generated_tokens", "slot_hits_total", "slot_misses_total", "loads_total")

Columns = Mapping[str, Sequence[float | None]]
Points = dict[str, list[Any]]


def columns_of(samples: Sequence[Sample], first: int = 0) -> dict[str, list[float | None]]:
    """The samples' figures by the names of `values_of`, and `time_s`.

    Of those before `first` only the counters, which is all that later rows need of them.
    """
    counters = [_counters(sample) for sample in samples[:first]]
    rows = [*counters, *(values_of(sample) for sample in samples[first:])]
    names = dict.fromkeys(name for row in rows for name in row)
    found: dict[str, list[float | None]] = {n: [row.get(n) for row in rows] for n in names}
    found["time_s"] = [sample.time_s for sample in samples]
    return found


def engine_devices(sample: Sample | None) -> tuple[int, ...]:
    """The GPUs that this app's processes use; while there are none, the first."""
    devices = sample.reading.devices if sample else ()
    own = [one.index for one in devices if one.own_bytes]
    return tuple(own or [one.index for one in devices[:1]])


def _counters(sample: Sample) -> dict[str, float | None]:
    told = sample.observation
    row = {name: getattr(told.residency, name, None) for name in _COUNTERS[1:]}
    return {**row, _COUNTERS[0]: getattr(told.load, _COUNTERS[0], None)}


def points(
    raw: Columns, devices: Sequence[int] = (), *, after: float | None = None, gap_s: float = GAP_S
) -> Points:
    """The charts' columns of the rows in `raw` that are newer than `after`; `gap` names edge rows.

    `raw` is from `columns_of` or a `Series`, the oldest row first. Rows up to `after` are only
    there for what is counted over a while. `devices` are the GPUs to show, together; without any
    it is the host's memory.
    """
    rows = [row for row, time in enumerate(raw["time_s"]) if not _empty(raw, row, time)]
    times = [raw["time_s"][row] or 0.0 for row in rows]
    first = 0 if after is None else bisect_left(times, after + _EDGE_S / 2)
    kept = {name: [column[row] for row in rows] for name, column in raw.items()}
    read = partial(_on_gpus, kept, devices) if devices else partial(_on_host, kept)
    found: Points = {name: [] for name in COLUMNS}
    found["gap"] = []
    for row in range(first, len(times)):
        if row and times[row] - times[row - 1] > gap_s:
            _gap(found, times[row - 1] + _EDGE_S)
            _gap(found, times[row] - _EDGE_S)
        memory = read(row)
        if memory["total"] is None:  # nothing was measured: what the engine says is no measuring
            memory = dict.fromkeys(STACK["nvml"], 0.0)
        parts = {"time": round(times[row], 3), **memory, **_shown(kept, times, row, gap_s)}
        for name in COLUMNS:
            found[name].append(parts.get(name))
    return found


def _empty(raw: Columns, row: int, time: float | None) -> bool:
    return time is None or all(
        column[row] is None for name, column in raw.items() if name != "time_s"
    )


def _gap(found: Points, time: float) -> None:
    found["gap"].append(len(found["time"]))
    for name in COLUMNS:
        found[name].append(0 if name in STACK["nvml"] else None)
    found["time"][-1] = round(time, 3)


# ---------------------------------------------------------------- one row


def _at(raw: Columns, name: str, row: int) -> float | None:
    column = raw.get(name)
    return column[row] if column else None


def _told(raw: Columns, row: int) -> dict[str, float | None]:
    """The parts that the engine knows of itself."""
    names = ("weights", "slots", "graphs", "context", "workspace")
    found = {name: _at(raw, f"{name}_bytes", row) for name in names}
    reserved = _at(raw, "kv_reserved_bytes", row)
    if reserved is not None:
        found["kv_used"] = reserved * (_at(raw, "kv_used_fraction", row) or 0.0)
        found["kv_free"] = reserved - found["kv_used"]
    return found


def _on_gpus(raw: Columns, devices: Sequence[int], row: int) -> dict[str, float | None]:
    def total(name: str) -> float | None:
        return _sum(_at(raw, f"gpu{index}_{name}_bytes", row) for index in devices)

    found = _told(raw, row)
    own = total("own")
    found["rest"] = None if own is None else max(0.0, own - (_sum(found.values()) or 0.0))
    found |= {"others": total("other"), "used": total("used"), "total": total("total")}
    return {name: _gib(value) for name, value in found.items()}


def _on_host(raw: Columns, row: int) -> dict[str, float | None]:
    """On the host, a KV cache that is reserved counts only as far as its pages were touched."""
    rss, pss = _at(raw, "host_rss_bytes", row), _at(raw, "host_pss_bytes", row)
    found = _told(raw, row)
    if rss is not None:
        free = found.pop("kv_free", None)
        left = max(0.0, rss - (_sum(found.values()) or 0.0))
        if free is not None:
            found["kv_free"] = min(free, left)
        found["rest"] = left - (found.get("kv_free") or 0.0)
    used = _at(raw, "host_used_bytes", row)
    own = pss if pss is not None else rss
    found["others"] = None if used is None else max(0.0, used - (own or 0.0))
    found |= {"rss": rss, "pss": pss, "total": _at(raw, "host_total_bytes", row)}
    return {name: _gib(value) for name, value in found.items()}


def _sum(values: Iterable[float | None]) -> float | None:
    known = [value for value in values if value is not None]
    return sum(known) if known else None


def _gib(value: float | None) -> float | None:
    return None if value is None else round(value / GIB, 4)


# ---------------------------------------------------------------- load and rates


def _shown(raw: Columns, times: Sequence[float], row: int, gap_s: float) -> dict[str, float | None]:
    """What is shown as it is, and what is counted over a while."""
    share, ttft = _at(raw, "kv_used_fraction", row), _at(raw, "ttft_s", row)
    found: dict[str, float | None] = {
        "kv_share": None if share is None else round(100 * share, 2),
        "running": _at(raw, "running", row),
        "waiting": _at(raw, "waiting", row),
        "ttft": None if ttft is None else round(ttft, 4),
    }
    grown = partial(_growth, raw, times, row)
    speed = grown("generated_tokens", max(RATE_S, gap_s / 2))
    if speed is not None:
        found["speed"] = round(speed[0] / speed[1], 2)
    minute_s = max(MINUTE_S, gap_s)
    loads = grown("loads_total", minute_s)
    if loads is not None:
        found["loads"] = round(60 * loads[0] / max(loads[1], MINUTE_S), 2)
    hits, misses = grown("slot_hits_total", minute_s), grown("slot_misses_total", minute_s)
    if hits is not None and misses is not None and hits[0] + misses[0] > 0:
        found["hit_rate"] = round(100 * hits[0] / (hits[0] + misses[0]), 1)
    return found


def _growth(
    raw: Columns, times: Sequence[float], row: int, name: str, span_s: float
) -> tuple[float, float] | None:
    """By how much a counter has grown up to `row` within `span_s`, and over how many seconds.

    None where it is unknown, or where it fell: then the engine has started anew in between.
    """
    totals, now = raw.get(name), _at(raw, name, row)
    if totals is None or now is None:
        return None
    start = min(bisect_left(times, times[row] - span_s - _SLACK_S), row)
    while start < row and totals[start] is None:
        start += 1
    then, seconds = totals[start], times[row] - times[start]
    if then is None or seconds <= 0 or now < then:
        return None
    return now - then, seconds
