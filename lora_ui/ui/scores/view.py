"""From a scoreboard's figures to what the table and the chart show."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

from lora_ui.compare.asking import printable
from lora_ui.functions.score_files import chart_data, share_words
from lora_ui.functions.scoreboard import MEASURES, Score
from lora_ui.strings import word
from lora_ui.ui.board.views import seconds

if TYPE_CHECKING:
    from plotly.graph_objects import Figure

COLORS = ("#0f766e", "#1849a9", "#b54708", "#7a5af8", "#c11574", "#4b586c", "#3ebaaf")
"""Those of the bars, one a measure; each stands out from a light and a dark page."""


def scores_view(
    scores: Sequence[Score], titles: Mapping[str, str], status: str, problem: str = ""
) -> dict[str, Any]:
    """The table: a row for each adapter and mode; `titles` are the adapters' titles by name."""
    return {
        "columns": [word(f"score_{key}") for key in (*MEASURES, "errors", "seconds")],
        "rows": [_row(score, titles.get(score.adapter, score.adapter)) for score in scores],
        "status": status,
        "problem": printable(problem),
    }


def problem_view(sentence: str) -> dict[str, Any]:
    """An empty table below a sentence."""
    return scores_view((), {}, "", sentence)


def _row(score: Score, title: str) -> dict[str, Any]:
    cells = [
        {"text": share_words(one.passed, one.total, one.share), "share": one.share}
        for one in score.measures
    ]
    mean = "–" if score.seconds is None else seconds(score.seconds)
    cells += [{"text": str(score.errors), "share": None}, {"text": mean, "share": None}]
    return {"name": printable(title), "mode": score.mode, "cells": cells}


def chart(scores: Sequence[Score]) -> Figure:
    """The shares as bars: a group for each adapter and mode, a bar for each measure."""
    import plotly.graph_objects as go  # half a second, and only who asks for the chart needs it

    labels, groups = chart_data(scores)
    names = [printable(group.name) for group in groups]
    bars = [
        go.Bar(
            name=label,
            x=names,
            y=[group.shares[place] for group in groups],
            marker_color=COLORS[place % len(COLORS)],
            hovertemplate="%{x}<br>%{fullData.name}: %{y:.0%}<extra></extra>",
        )
        for place, label in enumerate(labels)
    ]
    layout = go.Layout(
        barmode="group",
        height=340,
        margin={"l": 48, "r": 12, "t": 12, "b": 40},
        paper_bgcolor="rgba(0,0,0,0)",
        plot_bgcolor="rgba(0,0,0,0)",
        font={"color": "#7a8699"},
        yaxis={"range": [0, 1], "tickformat": ".0%", "gridcolor": "rgba(128,128,128,0.25)"},
        legend={"orientation": "h", "y": 1.02, "yanchor": "bottom"},
    )
    return go.Figure(bars, layout)
