"""From what was measured to what the charts show: parts, gaps, and what is counted over a while."""

from __future__ import annotations

import plotly.graph_objects as go
import pytest

from lora_ui.memory.against import comparison_charts
from lora_ui.memory.comparison import compare
from lora_ui.memory.figures import STACK, filled, live_charts
from lora_ui.memory.points import COLUMNS, GIB, points

PARTS = {
    "weights_bytes": 10 * GIB,
    "slots_bytes": 2 * GIB,
    "kv_reserved_bytes": 20 * GIB,
    "kv_used_fraction": 0.25,
    "graphs_bytes": GIB,
    "context_bytes": GIB,
    "workspace_bytes": 2 * GIB,
}
GPU = {
    "gpu0_own_bytes": 37 * GIB,
    "gpu0_other_bytes": 3 * GIB,
    "gpu0_used_bytes": 40 * GIB,
    "gpu0_total_bytes": 80 * GIB,
}
HOST = {
    "host_rss_bytes": 4 * GIB,
    "host_pss_bytes": 3 * GIB,
    "host_used_bytes": 8 * GIB,
    "host_total_bytes": 16 * GIB,
}


def columns(times, **values):
    """Rows at `times`; a value that is no list holds in every row."""
    return {
        "time_s": list(times),
        **{
            name: value if isinstance(value, list) else [value] * len(times)
            for name, value in values.items()
        },
    }


def at(found, row):
    return {name: found[name][row] for name in COLUMNS}


def test_the_parts_of_a_gpu_add_up_to_what_is_used():
    row = at(points(columns([100.0], **PARTS, **GPU), (0,)), 0)
    assert row["kv_used"] == 5
    assert row["kv_free"] == 15
    assert row["rest"] == 1
    assert sum(row[part] for part in STACK["nvml"]) == row["used"] == 40
    assert row["total"] == 80
    assert row["kv_share"] == 25


def test_several_gpus_are_shown_together_and_foreign_ones_left_out():
    second = {name.replace("gpu0", "gpu1"): value for name, value in GPU.items()}
    foreign = {name.replace("gpu0", "gpu2"): value for name, value in GPU.items()}
    row = at(points(columns([1.0], **PARTS, **GPU, **second, **foreign), (0, 1)), 0)
    assert row["total"] == 160
    assert row["rest"] == 2 * 37 - 36


def test_on_the_host_a_reserved_cache_counts_as_far_as_it_is_there():
    small = {**PARTS, "weights_bytes": GIB, "slots_bytes": 0, "kv_reserved_bytes": 8 * GIB}
    small |= {"graphs_bytes": None, "context_bytes": None, "workspace_bytes": None}
    row = at(points(columns([1.0], **small, **HOST)), 0)
    assert row["kv_used"] == 2
    assert row["kv_free"] == 1  # 4 GiB are resident, of which 3 are weights and cache in use
    assert row["rest"] == 0
    assert row["others"] == 5
    stacked = sum(row[part] or 0 for part in STACK["host"] if part != "others")
    assert stacked == row["rss"] == 4


def test_where_a_second_is_missing_the_areas_fall_and_the_lines_break():
    found = points(columns([10.0, 10.5, 20.0, 20.5], **PARTS, **GPU, running=1), (0,))
    assert found["time"] == [10.0, 10.5, 10.501, 19.999, 20.0, 20.5]
    assert found["gap"] == [2, 3]
    for row in found["gap"]:
        assert all(found[part][row] == 0 for part in STACK["nvml"])
        assert found["used"][row] is None
        assert found["running"][row] is None


def test_an_empty_row_of_a_series_is_a_gap_and_no_point():
    values = {name: [value, None, value] for name, value in (PARTS | GPU).items()}
    found = points(columns([10.0, 13.0, 16.0], **values), (0,))
    assert found["time"] == [10.0, 10.001, 15.999, 16.0]


def test_what_the_engine_says_is_not_drawn_where_nothing_was_measured():
    lost = dict.fromkeys(GPU)
    row = at(points(columns([1.0], **PARTS, **lost, running=2), (0,)), 0)
    assert all(row[part] == 0 for part in STACK["nvml"])
    assert row["used"] is None
    assert row["running"] == 2


def test_a_tick_holds_the_new_rows_alone_and_the_gap_before_them():
    raw = columns([10.0, 10.5, 14.0], **PARTS, **GPU)
    assert points(raw, (0,), after=10.5)["time"] == [10.501, 13.999, 14.0]
    assert points(raw, (0,), after=14.0)["time"] == []


def test_speed_is_counted_over_two_seconds_and_not_over_a_restart():
    times = [float(second) / 2 for second in range(12)]
    tokens = [0, 0, 10, 20, 30, 40, 50, 60, 3, 13, 23, 33]
    speed = points(columns(times, generated_tokens=tokens))["speed"]
    assert speed[0] is None
    assert speed[7] == 20  # 40 tokens in 2 s
    assert speed[8] is None  # the counter began anew
    assert speed[-1] is None or speed[-1] >= 0


def test_two_rows_at_the_same_moment_give_no_speed():
    found = points(columns([5.0, 5.0], generated_tokens=[1, 2], loads_total=[0, 1]))
    assert found["speed"] == [None, None]
    assert found["loads"] == [None, None]


def test_hits_and_loads_are_those_of_the_last_minute():
    times = [float(second) for second in range(0, 121, 10)]
    count = len(times)
    found = points(
        columns(
            times,
            slot_hits_total=[3 * row for row in range(count)],
            slot_misses_total=list(range(count)),
            loads_total=[2 * row for row in range(count)],
        ),
        gap_s=20,
    )
    assert found["hit_rate"][-1] == 75
    assert found["loads"][-1] == 12  # 6 rows a minute, 2 loads each


@pytest.mark.parametrize("source", ["nvml", "host"])
@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_plotly_takes_every_figure(source, scheme):
    raw = columns([1.0, 1.5], **PARTS, **GPU, **HOST, running=1, waiting=0, ttft_s=0.1)
    found = points(raw, (0,) if source == "nvml" else ())
    charts = live_charts(source, scheme)
    assert [chart["key"] for chart in charts] == ["memory", "kv", "speed", "slots"]
    for chart in charts:
        figure = go.Figure(filled(chart["figure"], found))
        assert figure.data
        shown = [trace for trace in figure.data if trace.meta["column"] != "marks"]
        assert all(len(trace.x) == len(trace.y) == 2 for trace in shown)


class Measured:
    weights_bytes = 10 * GIB
    slots_bytes = 4 * GIB
    slot_bytes = GIB
    kv_reserved_bytes = 20 * GIB
    graphs_bytes = GIB
    context_bytes = GIB
    workspace_bytes = GIB


def test_bars_and_curve_show_the_comparison():
    found = compare(Measured(), 3)
    bars, growth = comparison_charts(found, "light")
    assert go.Figure(bars["figure"]).data[0].x == (37, 62, 111)
    assert found.filled is not None
    assert found.filled in bars["hint"]
    curves = {trace.name: trace for trace in go.Figure(growth["figure"]).data}
    assert max(curves["Equal KV tokens"].x) == 1000
    assert curves["The article"].x == (3, 10, 50)
    assert curves["The article"].y == pytest.approx((66.6, 88.75, 97))


def test_without_figures_the_curve_shows_the_article_alone():
    (growth,) = comparison_charts(compare(None, 3), "dark")
    assert [trace["name"] for trace in growth["figure"]["data"]] == ["The article"]
