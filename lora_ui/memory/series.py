"""What has been measured so far: every sample of the last ten minutes, and a day in buckets.

Rows of plain numbers in NumPy arrays of a fixed size, so that a day costs a few megabytes and a
tick costs microseconds, whatever the number of GPUs.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from lora_ui.engine.observation import ENGINE_PARTS

if TYPE_CHECKING:
    from lora_ui.memory.sampler import Sample

EXACT_S = 600.0
"""For so long every sample is kept."""
LEVELS: tuple[tuple[float, float], ...] = ((5.0, 3600.0), (30.0, 21_600.0), (90.0, 86_400.0))
"""Then come buckets: (width, how far back), in seconds. None needs more than 960 for its range."""
GAP_S = 2.0
"""Two samples further apart than this have a gap between them."""
_FIRST_COLUMNS = 32

Values = Mapping[str, float | int | None]
Column = list[float | None]


@dataclass(frozen=True)
class Series:
    """Columns of equal length by name; `time_s` is Unix time, and None is a gap.

    Where `width_s` is None, each row is one sample. Else it is a bucket of that many seconds:
    `columns` holds the means, `highest` the largest values, and `time_s` the bucket's middle.
    A row of nothing but None stands where nothing was measured.
    """

    range_s: float
    width_s: float | None
    time_s: list[float]
    columns: dict[str, Column]
    highest: dict[str, Column]


class History:
    """The rows of the last day. Not for several threads at once: its owner has a lock."""

    def __init__(self, rate_hz: float = 2.0) -> None:
        self._names: dict[str, int] = {}
        self._gap_s = max(GAP_S, 2.5 / rate_hz)
        self._exact = Ring(math.ceil(EXACT_S * rate_hz) + 1)
        self._levels = [Buckets(width_s, range_s) for width_s, range_s in LEVELS]

    def append(self, time_s: float, values: Values) -> None:
        """Add a row; `time_s` must not be before that of the last one."""
        for name in values:
            self._names.setdefault(name, len(self._names))
        row = np.full(len(self._names), np.nan)
        for name, value in values.items():
            if value is not None:
                row[self._names[name]] = value
        self._exact.append(time_s, row)
        for level in self._levels:
            level.append(time_s, row)

    def series(self, range_s: float, now_s: float) -> Series:
        """The last `range_s` seconds before `now_s`, from the finest rows that reach so far."""
        since_s = now_s - range_s
        if range_s <= EXACT_S:
            times, rows = self._exact.since(since_s)
            return self._as_series(range_s, now_s, None, times, rows, rows[:, :0])
        level = next(
            (level for level in self._levels if range_s <= level.range_s), self._levels[-1]
        )
        times, means, highest = level.since(since_s)
        return self._as_series(range_s, now_s, level.width_s, times, means, highest)

    def _as_series(
        self,
        range_s: float,
        now_s: float,
        width_s: float | None,
        times: np.ndarray,
        rows: np.ndarray,
        highest: np.ndarray,
    ) -> Series:
        # one empty row behind each row that is followed by a gap: lines must not bridge it
        widest_s = self._gap_s if width_s is None else 1.5 * width_s
        ends = np.flatnonzero(np.diff(times, append=now_s) > widest_s) + 1
        step_s = (width_s or self._gap_s) / 2
        with_gaps = np.insert(times, ends, times[ends - 1] + step_s)
        return Series(
            range_s,
            width_s,
            [round(time_s, 3) for time_s in with_gaps.tolist()],
            self._by_name(np.insert(rows, ends, np.nan, axis=0)),
            self._by_name(np.insert(highest, ends, np.nan, axis=0)),
        )

    def _by_name(self, rows: np.ndarray) -> dict[str, Column]:
        return {
            name: [None if value != value else value for value in rows[:, place].tolist()]
            for name, place in self._names.items()
            if place < rows.shape[1]
        }


class Ring:
    """The last `capacity` rows. Rows may get longer: what came before has NaN there."""

    def __init__(self, capacity: int) -> None:
        self.capacity = capacity
        self._times = np.zeros(capacity)
        self._rows = np.full((capacity, _FIRST_COLUMNS), np.nan)
        self._width = 0
        self._count = 0

    def append(self, time_s: float, row: np.ndarray) -> None:
        """Add a row, over the oldest one when it is full."""
        self._widen(len(row))
        place = self._count % self.capacity
        self._times[place] = time_s
        self._rows[place, : len(row)] = row
        self._rows[place, len(row) :] = np.nan
        self._count += 1

    def since(self, time_s: float) -> tuple[np.ndarray, np.ndarray]:
        """Times and rows (copies) that are not before `time_s`, oldest first."""
        kept = min(self._count, self.capacity)
        order = np.arange(self._count - kept, self._count) % self.capacity
        order = order[self._times[order] >= time_s]
        return self._times[order], self._rows[order, : self._width]

    def _widen(self, width: int) -> None:
        self._width = max(self._width, width)
        missing = self._width - self._rows.shape[1]
        if missing > 0:
            more = np.full((self.capacity, missing + _FIRST_COLUMNS), np.nan)
            self._rows = np.hstack([self._rows, more])


class Buckets:
    """Mean and largest value of each column in every `width_s` seconds, `range_s` back.

    Buckets begin at whole multiples of their width. What is None in a sample counts in neither.
    """

    def __init__(self, width_s: float, range_s: float) -> None:
        self.width_s = width_s
        self.range_s = range_s
        capacity = math.ceil(range_s / width_s) + 1
        self._means = Ring(capacity)
        self._highest = Ring(capacity)
        self._bucket: int | None = None
        self._clear(0)

    def append(self, time_s: float, row: np.ndarray) -> None:
        """Add a sample to its bucket; the first one of a later bucket closes the one before."""
        bucket = int(time_s // self.width_s)
        if bucket != self._bucket:
            self._close()
            self._bucket = bucket
            self._clear(len(row))
        missing = len(row) - len(self._sums)
        if missing > 0:
            self._sums = np.pad(self._sums, (0, missing))
            self._counts = np.pad(self._counts, (0, missing))
            self._largest = np.pad(self._largest, (0, missing), constant_values=np.nan)
        there = ~np.isnan(row)
        self._sums[there] += row[there]
        self._counts[there] += 1
        self._largest = np.fmax(self._largest, row)

    def since(self, time_s: float) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
        """Middles of the buckets (the unfinished one, too) from `time_s` on; means; largest."""
        times, means = self._means.since(time_s)
        _, highest = self._highest.since(time_s)
        if self._bucket is not None:
            wide = len(self._sums)
            means = _padded(means, wide)
            highest = _padded(highest, wide)
            times = np.append(times, self._middle_s())
            means = np.vstack([means, _padded(self._mean()[None], means.shape[1])])
            highest = np.vstack([highest, _padded(self._largest[None], highest.shape[1])])
        return times, means, highest

    def _close(self) -> None:
        if self._bucket is not None:
            self._means.append(self._middle_s(), self._mean())
            self._highest.append(self._middle_s(), self._largest)

    def _clear(self, width: int) -> None:
        self._sums = np.zeros(width)
        self._counts = np.zeros(width)
        self._largest = np.full(width, np.nan)

    def _mean(self) -> np.ndarray:
        with np.errstate(invalid="ignore"):
            return self._sums / self._counts  # 0 / 0 is NaN: a gap

    def _middle_s(self) -> float:
        return ((self._bucket or 0) + 0.5) * self.width_s


def _padded(rows: np.ndarray, width: int) -> np.ndarray:
    missing = max(0, width - rows.shape[1])
    return np.pad(rows, ((0, 0), (0, missing)), constant_values=np.nan)


_LOAD = (
    "running",
    "waiting",
    "kv_used_fraction",
    "generated_tokens",
    "prompt_tokens",
    "ttft_s",
    "requests_done",
)
_COUNTS = ("loads_total", "slot_hits_total", "slot_misses_total", "evictions_total")
_DEVICE = (
    "total_bytes",
    "used_bytes",
    "reserved_bytes",
    "own_bytes",
    "other_bytes",
    "utilization",
    "power_w",
    "temperature_c",
)
_HOST = ("total_bytes", "used_bytes", "rss_bytes", "pss_bytes", "pss_age_s")


def values_of(sample: Sample, before: Sample | None = None) -> dict[str, float | int | None]:
    """The sample as one row.

    Columns: `gpu0_used_bytes` and so on for each device, `host_…`, the engine's parts as in
    `ENGINE_PARTS`, its load and its counters, `slots_used`, and `tokens_per_s`, which is the tokens
    generated since the sample `before` (None without one, and where the counter began anew).
    """
    reading, seen = sample.reading, sample.observation
    row: dict[str, float | int | None] = {}
    for device in reading.devices:
        row.update(_fields(device, _DEVICE, f"gpu{device.index}_"))
    row.update(_fields(reading.host, _HOST, "host_"))
    row.update(_fields(seen.memory, (*ENGINE_PARTS, "slot_bytes", "kv_tokens")))
    row.update(_fields(seen.load, _LOAD))
    row.update(_fields(seen.residency, _COUNTS))
    row["slots_used"] = sum(slot.name is not None for slot in seen.residency.slots)
    sizes = [a.bytes for a in seen.residency.host if a.bytes is not None]
    row["host_adapters_bytes"] = sum(sizes) if sizes else None
    row["tokens_per_s"] = _rate(sample, before)
    return row


def _fields(value: Any, names: Sequence[str], prefix: str = "") -> dict[str, float | int | None]:
    return {prefix + name: getattr(value, name, None) for name in names}


def _rate(sample: Sample, before: Sample | None) -> float | None:
    if before is None:
        return None
    seconds = sample.taken_s - before.taken_s
    if not 0 < seconds <= GAP_S:
        return None
    tokens = sample.observation.load.generated_tokens - before.observation.load.generated_tokens
    return tokens / seconds if tokens >= 0 else None
