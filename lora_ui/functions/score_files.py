"""The scoreboard on disk: CSV, JSON and Markdown, and the data of its bar chart."""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from lora_ui.compare.export import cell, check_path, md, md_row, write_text
from lora_ui.functions.scoreboard import MEASURES, Score, mode_word
from lora_ui.strings import word

Results = Mapping[str, Any]
"""What `Scoreboard.results` gives."""

CSV_HEADER = ("adapter", "constrained", "answered", "errors", "seconds")


@dataclass(frozen=True)
class Bars:
    """One group of bars: `name` of the adapter and mode, and a share (0 to 1, or None) for each of
    the chart's measures."""

    name: str
    shares: tuple[float | None, ...]


def chart_data(scores: Sequence[Score]) -> tuple[tuple[str, ...], tuple[Bars, ...]]:
    """Labels of the measures, and the bars of each row of the table."""
    labels = tuple(word(f"score_{key}") for key in MEASURES)
    bars = tuple(
        Bars(f"{score.adapter}, {score.mode}", tuple(one.share for one in score.measures))
        for score in scores
    )
    return labels, bars


def as_json(results: Results) -> str:
    """The results as they are: scores, and every answer with its calls and marks."""
    return json.dumps(results, ensure_ascii=False, indent=2, allow_nan=False) + "\n"


def as_csv(results: Results) -> str:
    """A line for each adapter and mode; of each measure how many passed, and of how many."""
    out = io.StringIO()
    writer = csv.writer(out)
    counts = [f"{key}_{what}" for key in MEASURES for what in ("passed", "total")]
    writer.writerow([*CSV_HEADER, *counts])
    for score in results["scores"]:
        measures = [score["measures"][key] for key in MEASURES]
        numbers = [one[what] for one in measures for what in ("passed", "total")]
        writer.writerow([*(cell(score[key]) for key in CSV_HEADER), *numbers])
    return out.getvalue()


def as_markdown(results: Results) -> str:
    """One table, for a report."""
    head = [word("score_adapter"), word("score_mode")]
    head += [word(f"score_{key}") for key in (*MEASURES, "errors", "seconds")]
    lines = [f"# {word('score_title')}", "", word("score_cases", cases=results["cases"]), ""]
    lines += [md_row(head), md_row(["---", "---", *["--:"] * (len(head) - 2)])]
    for score in results["scores"]:
        shares = [share_words(**score["measures"][key]) for key in MEASURES]
        seconds = "–" if score["seconds"] is None else f"{score['seconds']:.2f}"
        names = [md(score["adapter"]), mode_word(score["constrained"])]
        lines.append(md_row([*names, *shares, str(score["errors"]), seconds]))
    return "\n".join(lines) + "\n"


def share_words(passed: int, total: int, share: float | None) -> str:
    """A measure as a table shows it."""
    return "–" if share is None else f"{passed} / {total} ({share:.0%})"


WRITERS: dict[str, Callable[[Results], str]] = {
    ".csv": as_csv,
    ".json": as_json,
    ".md": as_markdown,
}


def check_score_path(path: Path) -> None:
    """Raise a `Problem` when a scoreboard cannot be written there; the file is not touched."""
    check_path(path, tuple(WRITERS))


def write_scores(results: Results, path: Path) -> None:
    """Write the scoreboard in the form that the suffix names; the file is whole or untouched."""
    check_score_path(path)
    write_text(WRITERS[path.suffix.lower()](results), path)
