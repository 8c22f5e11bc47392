"""The charts of one engine with many adapters against separate engines, as Plotly figures."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from lora_ui.memory.comparison import ARTICLE, Against, Comparison
from lora_ui.memory.figures import Scheme, colors_of, layout_of
from lora_ui.strings import word

GIB = 1024**3
_ROOM = 1.6
"""How much further than the longest bar the axis reaches: its text stands behind it."""


def comparison_charts(found: Comparison, scheme: Scheme) -> list[dict[str, Any]]:
    """The bars of this catalog and the curve to 1,000 adapters; both with points in them.

    Without the engine's figures there are no bars, and the curve shows the article's points alone.
    """
    bars = {
        "key": "against",
        "title": word("chart_against", adapters=found.adapters),
        "hint": "\n".join(filter(None, (found.note, found.filled, found.article_filled))),
        "live": False,
        "figure": _bars(found, scheme),
    }
    growth = {
        "key": "growth",
        "title": word("chart_growth"),
        "hint": f"{word('chart_growth_hint')}\n{found.formula}",
        "live": False,
        "figure": _growth(found, scheme),
    }
    return [bars, growth] if found.now is not None else [growth]


def _bars(found: Comparison, scheme: Scheme) -> dict[str, Any]:
    colors = colors_of(scheme)
    if found.now is None or found.article is None:
        return {"data": [], "layout": layout_of(scheme, height=300)}
    rows = (
        ("one", found.now.multi_bytes, None, colors["slots"]),
        ("equal", found.now.separate_bytes, found.now.saved, colors["weights"]),
        ("articles", found.article.separate_bytes, found.article.saved, colors["rest"]),
    )
    labels = [word(f"against_{key}", adapters=found.adapters) for key, *_ in rows]
    texts = [_bar_text(count, saved) for _, count, saved, _ in rows]
    layout = layout_of(scheme, height=300)
    layout |= {"hovermode": "closest", "showlegend": False, "dragmode": False}
    layout["margin"] |= {"l": 12, "r": 24, "b": 40}
    layout["xaxis"] = {
        **layout["xaxis"],
        "type": "linear",
        "title": {"text": "GiB", "font": {"size": 11, "color": colors["soft"]}},
        "fixedrange": True,
        "range": [0, _ROOM * max(count for _, count, _, _ in rows) / GIB],
    }
    layout["xaxis"].pop("hoverformat", None)
    layout["yaxis"] |= {"type": "category", "autorange": "reversed", "fixedrange": True}
    layout["yaxis"] |= {"automargin": True}
    trace = {
        "type": "bar",
        "orientation": "h",
        "x": [round(count / GIB, 4) for _, count, _, _ in rows],
        "y": labels,
        "text": texts,
        "textposition": "outside",
        "textangle": 0,
        "cliponaxis": False,
        "marker": {"color": [color for *_, color in rows]},
        "hovertemplate": "%{y}: %{x:,.3f} GiB<extra></extra>",
    }
    return {"data": [trace], "layout": layout}


def _bar_text(count: int, saved: float | None) -> str:
    size = word("against_size", gib=count / GIB)
    return size if saved is None else f"{size} · {word('against_saved', saved=100 * saved)}"


def _growth(found: Comparison, scheme: Scheme) -> dict[str, Any]:
    colors = colors_of(scheme)
    layout = layout_of(scheme, height=300)
    layout |= {"hovermode": "x unified"}
    layout["xaxis"] = {
        **layout["xaxis"],
        "type": "log",
        "range": [0, 3],
        "tickvals": [1, 3, 10, 50, 100, 200, 500, 1000],
        "hoverformat": ",d",
    }
    layout["yaxis"] |= {"ticksuffix": " %", "range": [_lowest(found.equal_kv_curve), 101]}
    data = [
        _curve("against_curve_equal", found.equal_kv_curve, colors["slots"], "solid"),
        _curve("against_curve_article", found.article_curve, colors["second"], "dot"),
        _article(colors["ink"]),
    ]
    return {"data": [trace for trace in data if trace["x"]], "layout": layout}


def _lowest(curve: Sequence[Against]) -> float:
    """Where the axis begins: with one adapter a separate engine may need less than this one."""
    return min(0.0, *(100 * one.saved - 2 for one in curve)) if curve else 0.0


def _curve(key: str, curve: Sequence[Against], color: str, dash: str) -> dict[str, Any]:
    return {
        "type": "scatter",
        "mode": "lines",
        "name": word(key),
        "x": [one.adapters for one in curve],
        "y": [round(100 * one.saved, 2) for one in curve],
        "line": {"width": 2, "color": color, "dash": dash},
        "hovertemplate": f"{word(key)}: %{{y:.1f}} %<extra></extra>",
    }


def _article(color: str) -> dict[str, Any]:
    """The article's own points, a range where it names one."""
    middles = [50 * (low + high) for _, low, high in ARTICLE]
    return {
        "type": "scatter",
        "mode": "markers",
        "name": word("against_points"),
        "x": [adapters for adapters, *_ in ARTICLE],
        "y": middles,
        "error_y": {
            "type": "data",
            "array": [50 * (high - low) for _, low, high in ARTICLE],
            "color": color,
        },
        "marker": {"size": 9, "color": color, "symbol": "diamond"},
        "hovertemplate": f"{word('against_points')}: %{{y:.2f}} %<extra></extra>",
    }
