"""The experiment's result as Markdown, JSON and a chart."""

from __future__ import annotations

import dataclasses
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from lora_ui.memory.comparison import ARTICLE
from lora_ui.memory.experiment import WAYS, Measured, Sums, sums, total
from lora_ui.strings import word

if TYPE_CHECKING:
    from plotly.graph_objects import Figure

MIB = 1024**2
PARTS = ("weights", "slots", "kv_reserved", "graphs", "context", "workspace")


@dataclass(frozen=True)
class Report:
    """What was measured and where; `measured` may be incomplete after an interrupted run."""

    date: str
    model: str
    adapters: tuple[str, ...]
    command: str
    measured: tuple[Measured, ...]

    @property
    def results(self) -> list[Sums]:
        """The result of each way that was measured to its end."""
        found = (sums(self.measured, way, len(self.adapters)) for way in WAYS)
        return [one for one in found if one]


def as_json(report: Report) -> dict[str, Any]:
    """Everything, as plain values; unknown ones are None."""
    return {
        "date": report.date,
        "model": report.model,
        "adapters": list(report.adapters),
        "command": report.command,
        "engines": [dataclasses.asdict(one) for one in report.measured],
        "results": [dataclasses.asdict(one) for one in report.results],
        "article": [{"adapters": n, "from": low, "to": high} for n, low, high in ARTICLE],
    }


def as_markdown(report: Report) -> str:
    """A table of the engines and one of what is saved, for each way."""
    blocks = [f"# {word('measure_title', count=len(report.adapters))}", _about(report)]
    for way in WAYS:
        engines = [one for one in report.measured if one.way == way]
        if engines:
            blocks += [f"## {word(f'measure_way_{way}')}", _engines(engines, len(report.adapters))]
    if report.results:
        blocks += [f"## {word('measure_saved')}", _saved(report.results)]
    blocks.append("\n\n".join(_notes(report)))
    return "\n\n".join(blocks) + "\n"


def _about(report: Report) -> str:
    first = report.measured[0].figures if report.measured else None
    lines = [
        word("measure_about", date=report.date, model=report.model),
        word("measure_adapters_are", names=", ".join(report.adapters)),
    ]
    if first:
        device, engine = first.device or "?", first.engine or "?"
        lines.append(word("measure_on", device=device, engine=engine, dtype=first.dtype or "?"))
    return "\n".join(f"- {line}" for line in [*lines, word("measure_by", command=report.command)])


def _engines(engines: Sequence[Measured], count: int) -> str:
    """One row an engine, one for the separate ones together. Sizes in MiB."""
    heads = ["engine", "tokens", "read", *PARTS, "rest"]
    rows = [
        [word(f"measure_head_{head}") for head in heads],
        ["---", *["---:" for _ in heads[1:]]],
    ]
    separate = [one for one in engines if one.kind == "separate"]
    for one in engines:
        if one.kind == "multi" and sum(s.times for s in separate) == count:
            rows.append(_row(word("measure_together", count=count), separate))
        rows.append(_row(_name(one), [one], once=True))
    return "\n".join(f"| {' | '.join(row)} |" for row in rows)


def _name(one: Measured) -> str:
    name = word(f"measure_{one.kind}", names=", ".join(one.adapters), count=len(one.adapters))
    return f"{name} {word('measure_times', times=one.times)}" if one.times > 1 else name


def _row(name: str, engines: Sequence[Measured], *, once: bool = False) -> list[str]:
    if once:
        engines = [dataclasses.replace(one, times=1) for one in engines]
    tokens, read = total(engines, "kv_tokens"), total(engines, "bytes")
    parts, known = (
        total(engines, "parts_bytes"),
        [total(engines, f"{part}_bytes") for part in PARTS],
    )
    rest = None if read is None or parts is None else read - parts
    return [
        name,
        "–" if tokens is None else f"{tokens:,}",
        *(_mib(value) for value in (read, *known, rest)),
    ]


def _mib(count: int | None) -> str:
    return "–" if count is None else f"{count / MIB:,.0f}"


def _share(value: float | None) -> str:
    return "–" if value is None else f"{value:.1%}"


def _saved(results: Sequence[Sums]) -> str:
    heads = ["way", "separate", "multi", "saved", "saved_by_parts", "one_of", "article"]
    rows = [
        [word(f"measure_head_{head}") for head in heads],
        ["---", *["---:" for _ in heads[1:]]],
    ]
    for one in results:
        rows.append(
            [
                word(f"measure_way_{one.way}"),
                _mib(one.separate_bytes),
                _mib(one.multi_bytes),
                _share(one.saved),
                _share(one.saved_by_parts),
                _share(1 - 1 / one.adapters),
                articles_share(one.article),
            ]
        )
    return "\n".join(f"| {' | '.join(row)} |" for row in rows)


def articles_share(article: tuple[float, float] | None) -> str:
    """The article's figure, one number or a range."""
    if article is None:
        return "–"
    low, high = article
    return f"{low:.1%}" if low == high else f"{low:.1%} … {high:.1%}"


def _notes(report: Report) -> list[str]:
    sources = sorted({one.figures.source for one in report.measured})
    notes = [word(f"measure_source_{source}") for source in sources]
    if any(one.times > 1 for one in report.measured):
        notes.append(word("measure_note_times"))
    return [*notes, word("measure_note_parts"), word("measure_note_turn")]


def chart(report: Report) -> Figure:
    """Stacked bars: base, separate engines together, one engine; one panel a way."""
    from plotly.graph_objects import Bar
    from plotly.subplots import make_subplots

    results = report.results
    count = len(report.adapters)
    figure: Any = make_subplots(
        rows=1,
        cols=max(len(results), 1),
        subplot_titles=[_panel(one) for one in results],
    )
    for column, one in enumerate(results, 1):
        mine = [m for m in report.measured if m.way == one.way]
        groups = [[m for m in mine if m.kind == kind] for kind in ("base", "separate", "multi")]
        bars = [
            word("measure_bar_base"),
            word("measure_bar_separate", count=count),
            word("measure_bar_multi", count=count),
        ]
        for part, values in _stacks(groups).items():
            figure.add_trace(
                Bar(
                    x=bars,
                    y=[value / MIB for value in values],
                    name=word(f"measure_head_{part}"),
                    legendgroup=part,
                    showlegend=column == 1,
                    marker_color=COLOURS[part],
                ),
                row=1,
                col=column,
            )
    figure.update_layout(
        barmode="stack",
        title=word("measure_chart", model=report.model, count=count),
        template="plotly_white",
    )
    figure.update_yaxes(title_text="MiB", rangemode="tozero")
    return figure


COLOURS = {
    "weights": "#0072B2",
    "slots": "#D55E00",
    "kv_reserved": "#56B4E9",
    "graphs": "#009E73",
    "context": "#E69F00",
    "workspace": "#CC79A7",
    "rest": "#999999",
}
"""Okabe and Ito's palette, which the colour-blind can tell apart."""


def _panel(one: Sums) -> str:
    return word(
        "measure_panel",
        way=word(f"measure_way_{one.way}"),
        saved=_share(one.saved),
        article=articles_share(one.article),
    )


def _stacks(groups: Sequence[Sequence[Measured]]) -> dict[str, list[int]]:
    """By part, its bytes in each group; what no part accounts for is the rest."""
    stacks = {part: [total(group, f"{part}_bytes") or 0 for group in groups] for part in PARTS}
    reads = [(total(group, "bytes"), total(group, "parts_bytes") or 0) for group in groups]
    stacks["rest"] = [max((read or 0) - parts, 0) for read, parts in reads]
    return stacks
