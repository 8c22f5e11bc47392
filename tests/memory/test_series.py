"""The stored samples against plain lists: exact rows, buckets, gaps, and a day's worth of them."""

from __future__ import annotations

import math
import statistics
from itertools import pairwise

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from lora_ui.memory.series import EXACT_S, LEVELS, Buckets, History, Ring

values = st.one_of(st.none(), st.floats(-1e12, 1e12))
rows = st.dictionaries(st.sampled_from(["a", "b", "c", "d"]), values, max_size=4)
steps = st.floats(0, 40, allow_subnormal=False)
ticks = st.lists(st.tuples(steps, rows), max_size=60)


def timed(ticked: list[tuple[float, dict]]) -> list[tuple[float, dict]]:
    """Steps between samples as times, beginning at an hour of their own."""
    now_s, out = 3600.0, []
    for step_s, row in ticked:
        now_s += step_s
        out.append((now_s, row))
    return out


def column_at(series, place: int) -> dict[str, float]:
    """What a row of the series holds, without its gaps."""
    row = {name: column[place] for name, column in series.columns.items()}
    return {name: value for name, value in row.items() if value is not None}


def told(row: dict) -> dict[str, float]:
    return {name: value for name, value in row.items() if value is not None}


@given(ticks)
def test_ten_minutes_are_exact_whatever_columns_come_and_go(ticked):
    history = History()
    samples = timed(ticked)
    for time_s, row in samples:
        history.append(time_s, row)
    now_s = samples[-1][0] if samples else 3600.0
    series = history.series(EXACT_S, now_s)
    assert series.width_s is None
    real = [place for place, _ in enumerate(series.time_s) if column_at(series, place)]
    kept = [(t, told(row)) for t, row in samples if t >= now_s - EXACT_S]
    assert [column_at(series, place) for place in real] == [row for _, row in kept if row]
    assert len(set(map(len, series.columns.values()))) <= 1


@given(ticks)
def test_lines_never_bridge_a_gap(ticked):
    history = History()
    samples = [(time_s, {"a": 1.0}) for time_s, _ in timed(ticked)]
    for time_s, row in samples:
        history.append(time_s, row)
    now_s = samples[-1][0] + 5.0 if samples else 3600.0
    series = history.series(EXACT_S, now_s)
    points = list(zip(series.time_s, series.columns.get("a", []), strict=False))
    for (early_s, early), (late_s, late) in pairwise(points):
        if late_s - early_s > 2.001:
            assert early is None or late is None
    if any(value is not None for _, value in points):
        assert points[-1][1] is None  # nothing was measured for five seconds


@given(st.integers(1, 20), st.lists(st.lists(values, max_size=70), max_size=50))
def test_a_ring_keeps_the_last_rows(capacity, lines):
    ring = Ring(capacity)
    longest = 0
    for place, line in enumerate(lines):
        longest = max(longest, len(line))
        ring.append(float(place), np.array([math.nan if v is None else v for v in line]))
    times, kept = ring.since(0.0)
    assert times.tolist() == [float(place) for place in range(len(lines))][-capacity:]
    for row, line in zip(kept, lines[-capacity:], strict=True):
        assert row.shape == (longest,)
        padded = [*line, *[None] * (longest - len(line))]
        assert [None if math.isnan(v) else v for v in row] == padded


@given(ticks)
def test_buckets_hold_mean_and_largest(ticked):
    samples = timed(ticked)
    history = History()
    for time_s, row in samples:
        history.append(time_s, row)
    now_s = samples[-1][0] if samples else 3600.0
    series = history.series(3600.0, now_s)
    expected: dict[float, dict[str, list[float]]] = {}
    for time_s, row in samples:
        middle_s = (time_s // 5 + 0.5) * 5
        for name, value in told(row).items():
            expected.setdefault(middle_s, {}).setdefault(name, []).append(value)
    found = {
        time_s: (column_at(series, place), place)
        for place, time_s in enumerate(series.time_s)
        if column_at(series, place)
    }
    assert {t: set(c) for t, (c, _) in found.items()} == {t: set(c) for t, c in expected.items()}
    for time_s, (means, place) in found.items():
        for name, mean in means.items():
            numbers = expected[time_s][name]
            assert mean == pytest.approx(statistics.fmean(numbers), rel=1e-9, abs=1e-3)
            assert series.highest[name][place] == max(numbers)


@settings(max_examples=5, deadline=None)
@given(st.sampled_from([60.0, 600.0, 1800.0, 3600.0, 21_600.0, 86_400.0, 1e9]))
def test_a_day_fits_and_no_range_gives_more_than_about_1200_points(range_s):
    series = whole_day().series(range_s, DAY_END_S)
    assert 0 < len(series.time_s) <= 1_205
    reach_s = DAY_END_S - series.time_s[0]
    assert reach_s <= min(range_s, 86_400) + 90
    assert reach_s >= min(range_s, 86_400) - 90
    assert [value for value in series.columns["used"] if value is None] == []


DAY_END_S = 90_000.0
_day: list[History] = []


def whole_day() -> History:
    """25 h, the last 20 min of them at 2 Hz, made once; the value is the time."""
    if not _day:
        history = History()
        seldom = [5.0 * tick for tick in range(int(DAY_END_S - 1200) // 5)]
        often = [DAY_END_S - 1200 + tick / 2 for tick in range(2401)]
        for time_s in seldom + often:
            history.append(time_s, {"used": time_s})
        _day.append(history)
    return _day[0]


def test_a_peak_of_one_sample_is_still_seen_a_day_later():
    history = History()
    for tick in range(7200):
        history.append(tick / 2, {"used": 9.0 if tick == 1000 else 1.0})
    series = history.series(86_400.0, 3600.0)
    assert max(value or 0 for value in series.highest["used"]) == 9.0
    assert max(value or 0 for value in series.columns["used"]) < 2.0


def test_each_level_reaches_as_far_as_it_says():
    for width_s, range_s in LEVELS:
        level = Buckets(width_s, range_s)
        count = int(2 * range_s / width_s)
        for place in range(count):
            level.append(place * width_s, np.array([1.0]))
        times, _, _ = level.since(0.0)
        assert times[-1] - times[0] >= range_s
        assert len(times) <= range_s / width_s + 2


def test_the_rate_decides_what_is_exact_and_what_is_a_gap():
    history = History(rate_hz=0.5)
    for place in range(10):
        history.append(place * 2.0, {"a": 1.0})
    assert history.series(600.0, 18.0).columns["a"] == [1.0] * 10
