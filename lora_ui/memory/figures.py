"""The live charts as Plotly figures: what is drawn, in which colours, from which column.

A figure here is plain JSON without points: each trace names the column of `points` that it shows
(`meta.column`), so that a page sends the points once for all charts, and later the new ones alone.
`filled` puts both together.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Literal

from lora_ui.memory.readings import Source
from lora_ui.strings import word

Scheme = Literal["light", "dark"]
Column = Sequence[float | None]

FONT = "ui-sans-serif, system-ui, -apple-system, 'Segoe UI', sans-serif"

STACK: dict[Source, tuple[str, ...]] = {
    "nvml": (
        "weights",
        "slots",
        "kv_used",
        "kv_free",
        "graphs",
        "context",
        "workspace",
        "rest",
        "others",
    ),
    "host": ("weights", "slots", "kv_used", "kv_free", "graphs", "workspace", "rest", "others"),
}
"""The parts of the memory chart from the bottom up."""

_COLORS: dict[Scheme, dict[str, str]] = {
    "light": {
        "face": "#ffffff",
        "ink": "#202939",
        "soft": "#4b586c",
        "line": "#e4e9f1",
        "mark": "#94a2b6",
        "weights": "#31598f",
        "slots": "#0f8a7e",
        "kv_used": "#d97706",
        "kv_free": "#f6dcb0",
        "graphs": "#7c4dbd",
        "context": "#7b8794",
        "workspace": "#c2477f",
        "rest": "#b4bfcc",
        "others": "#dfe5ec",
        "first": "#0f766e",
        "second": "#b45309",
    },
    "dark": {
        "face": "#151c28",
        "ink": "#ebeff5",
        "soft": "#a5b1c2",
        "line": "#2b3648",
        "mark": "#66758b",
        "weights": "#5f8fd0",
        "slots": "#2fb5a8",
        "kv_used": "#f0a23b",
        "kv_free": "#6b5330",
        "graphs": "#a98be0",
        "context": "#8b98a8",
        "workspace": "#e07fac",
        "rest": "#56637a",
        "others": "#333f52",
        "first": "#3ebaaf",
        "second": "#f0a23b",
    },
}


@dataclass(frozen=True)
class Line:
    """A line of a chart: its column, its colour, its axis, and how it is drawn."""

    column: str
    color: str
    axis: Literal["y", "y2"] = "y"
    dash: str = "solid"
    steps: bool = False


@dataclass(frozen=True)
class Axis:
    """An axis: `unit` is a key of `_UNITS`, `top` what it reaches up to at least."""

    unit: str
    top: float | None = None


_UNITS = {
    "gib": ("%{y:,.3f} GiB", " GiB", ",~g"),
    "percent": ("%{y:.1f} %", " %", "~g"),
    "count": ("%{y:,.0f}", "", ",d"),
    "speed": ("%{y:,.1f} tokens/s", "", ",~g"),
    "seconds": ("%{y:.3f} s", " s", ",.3~f"),
    "rate": ("%{y:,.1f} /min", "", ",~g"),
}
"""Of each unit: what a point says, what follows a tick's number, how that number is written."""

_LINES: dict[str, tuple[tuple[Line, ...], Axis, Axis]] = {
    "kv": (
        (
            Line("kv_share", "kv_used"),
            Line("running", "first", "y2", steps=True),
            Line("waiting", "workspace", "y2", "dot", steps=True),
        ),
        Axis("percent", 100),
        Axis("count", 4),
    ),
    "speed": (
        (Line("speed", "first"), Line("ttft", "second", "y2", "dot")),
        Axis("speed", 10),
        Axis("seconds", 0.1),
    ),
    "slots": (
        (Line("hit_rate", "slots"), Line("loads", "graphs", "y2", "dot")),
        Axis("percent", 100),
        Axis("rate", 4),
    ),
}


def live_charts(source: Source, scheme: Scheme) -> list[dict[str, Any]]:
    """The charts over time, each `{"key", "title", "hint", "live", "figure"}`."""
    figures = {"memory": _memory(source, scheme)}
    figures |= {key: _lines(*parts, scheme) for key, parts in _LINES.items()}
    return [
        {
            "key": key,
            "title": word(f"chart_{key}"),
            "hint": word(f"chart_{key}_{source}" if key == "memory" else f"chart_{key}_hint"),
            "live": True,
            "figure": figure,
        }
        for key, figure in figures.items()
    ]


def filled(figure: Mapping[str, Any], points: Mapping[str, Column]) -> dict[str, Any]:
    """The whole figure for Plotly; `points` are columns of one length, `time` among them.

    Times are seconds since 1970, which Plotly takes in milliseconds and shows as UTC.
    """
    x = [round(1000 * time) for time in points["time"] if time is not None]
    traces = []
    for trace in figure["data"]:
        column = trace.get("meta", {}).get("column")
        if column in points:
            trace = {**trace, "x": x, "y": list(points[column])}
        traces.append(trace)
    layout = {key: value for key, value in figure["layout"].items() if key != "meta"}
    return {"data": traces, "layout": layout}


# ---------------------------------------------------------------- the memory chart


def _memory(source: Source, scheme: Scheme) -> dict[str, Any]:
    colors = _COLORS[scheme]
    areas = [_area(part, colors) for part in STACK[source]]
    lines = [_level("total", "ink", "dash", colors)]
    if source == "host":
        lines += [_level("rss", "ink", "solid", colors), _level("pss", "second", "dot", colors)]
    else:
        lines.append(_level("used", "ink", "solid", colors))
    layout = layout_of(scheme, height=430)
    layout["yaxis"] |= _axis(Axis("gib"))
    layout["yaxis2"] = {"overlaying": "y", "range": [0, 1], "visible": False, "fixedrange": True}
    layout["legend"]["y"] = -0.09
    layout["meta"] = {"narrow_extra": 110}
    return {"data": [*areas, *lines, *_marks(colors)], "layout": layout}


def _area(part: str, colors: Mapping[str, str]) -> dict[str, Any]:
    return {
        **_gib_trace(part),
        "stackgroup": "memory",
        "line": {"width": 0.5, "color": colors[part]},
        "fillcolor": colors[part],
    }


def _level(column: str, color: str, dash: str, colors: Mapping[str, str]) -> dict[str, Any]:
    return {
        **_gib_trace(column),
        "connectgaps": False,
        "line": {"width": 1.5, "color": colors[color], "dash": dash},
    }


def _gib_trace(column: str) -> dict[str, Any]:
    """What every trace of the chart of memory has; `column` is that of its points."""
    name = word(f"part_{column}")
    return {
        "type": "scatter",
        "uid": column,
        "meta": {"column": column},
        "name": name,
        "mode": "lines",
        "hovertemplate": f"{name}: {_UNITS['gib'][0]}<extra></extra>",
    }


def _marks(colors: Mapping[str, str]) -> list[dict[str, Any]]:
    """A thin line for each mark, and a point on it with its name."""
    common = {"type": "scatter", "yaxis": "y2", "showlegend": False, "cliponaxis": False}
    return [
        {
            **common,
            "uid": "mark-lines",
            "meta": {"column": "marks", "part": "lines"},
            "mode": "lines",
            "line": {"width": 1, "color": colors["mark"], "dash": "dot"},
            "hoverinfo": "skip",
        },
        {
            **common,
            "uid": "mark-names",
            "meta": {"column": "marks", "part": "names"},
            "mode": "markers+text",
            "textfont": {"size": 11, "color": colors["ink"]},
            "marker": {"color": colors["ink"], "size": 8},
            "hovertemplate": "%{customdata}<extra></extra>",
        },
    ]


# ---------------------------------------------------------------- the charts of lines


def _lines(lines: Sequence[Line], left: Axis, right: Axis, scheme: Scheme) -> dict[str, Any]:
    colors = _COLORS[scheme]
    layout = layout_of(scheme, height=270)
    layout["margin"]["r"] = 52
    plain = layout["yaxis"]
    layout["yaxis"] = plain | _axis(left)
    layout["yaxis2"] = {
        **plain,
        **_axis(right),
        "overlaying": "y",
        "side": "right",
        "showgrid": False,
        "tickmode": "auto",
    }
    axes = {"y": left, "y2": right}
    return {"data": [_line(line, axes[line.axis], colors) for line in lines], "layout": layout}


def _line(line: Line, axis: Axis, colors: Mapping[str, str]) -> dict[str, Any]:
    name = word(f"line_{line.column}")
    return {
        "type": "scatter",
        "uid": line.column,
        "meta": {"column": line.column},
        "name": name,
        "mode": "lines",
        "connectgaps": False,
        "yaxis": line.axis,
        "line": {
            "width": 2,
            "color": colors[line.color],
            "dash": line.dash,
            "shape": "hv" if line.steps else "linear",
        },
        "hovertemplate": f"{name}: {_UNITS[axis.unit][0]}<extra></extra>",
    }


def _axis(axis: Axis) -> dict[str, Any]:
    _, suffix, form = _UNITS[axis.unit]
    found: dict[str, Any] = {"ticksuffix": suffix, "tickformat": form, "rangemode": "tozero"}
    if axis.unit == "percent":
        found |= {"range": [0, 101], "autorange": False}
    elif axis.top is not None:
        found["autorangeoptions"] = {"include": [0, axis.top]}
    return found


# ---------------------------------------------------------------- what all charts share


def layout_of(scheme: Scheme, *, height: int) -> dict[str, Any]:
    """The layout of a chart over time: calm, without a title, its legend below."""
    colors = _COLORS[scheme]
    axis = {
        "gridcolor": colors["line"],
        "linecolor": colors["line"],
        "nticks": 6,
        "zeroline": False,
        "tickfont": {"color": colors["soft"], "size": 11},
        "automargin": False,
    }
    return {
        "height": height,
        "margin": {"l": 64, "r": 16, "t": 12, "b": 32},
        "paper_bgcolor": colors["face"],
        "plot_bgcolor": colors["face"],
        "font": {"family": FONT, "size": 12, "color": colors["ink"]},
        "hovermode": "x unified",
        "hoverlabel": {"bgcolor": colors["face"], "bordercolor": colors["mark"]},
        "dragmode": "zoom",
        "legend": {
            "orientation": "h",
            "x": 0,
            "y": -0.14,
            "yanchor": "top",
            "traceorder": "normal",
            "font": {"size": 12},
        },
        "modebar": {
            "bgcolor": "rgba(0,0,0,0)",
            "color": colors["mark"],
            "activecolor": colors["first"],
        },
        "xaxis": {**axis, "type": "date", "hoverformat": "%H:%M:%S"},
        "yaxis": dict(axis),
    }


def colors_of(scheme: Scheme) -> Mapping[str, str]:
    """The charts' colours by name."""
    return _COLORS[scheme]
