"""What came of the visitors, as a table, and which aims were missed."""

from __future__ import annotations

import os
import statistics
from collections.abc import Sequence
from dataclasses import dataclass

from tests.soak.crowd import SETTLING_SHARE, Answer, Seen
from tests.soak.processes import Reading

MIB = 2**20


@dataclass(frozen=True)
class Aims:
    """The least share of the bare engine's tokens/s, and the most that memory may grow."""

    share: float
    growth: float


def report(
    seen: Seen, raw: Seen, left: dict[str, int], visitors: int, aims: Aims
) -> tuple[str, list[str]]:
    """The table in Markdown, and a sentence for each aim that was missed."""
    least = min(seen.comparisons[number] for number in range(visitors))
    own, foreign = nonces(seen.answers)
    growth = grown(seen.readings)
    rows = [
        ("visitors, time counted, load", f"{visitors}, {seen.window_s:.0f} s, {_load()}"),
        ("comparisons; the fewest of one visitor", f"{seen.comparisons.total():,}; {least}"),
        ("answers; tokens", f"{len(seen.answers):,}; {sum(a.tokens for a in seen.answers):,}"),
        ("errors", f"{seen.errors.total()}"),
        ("polite refusals", f"{seen.refusals.total()}"),
        ("answers with their own nonce", own),
        ("answers with another visitor's nonce", f"{foreign}"),
        ("time to first token, waiting included: p50, p90, most", _spread(seen.waits_s)),
        ("still running, waiting afterwards", f"{left['running']}, {left['waiting']}"),
        ("memory of the app and its engine (PSS)", _memory(seen.readings, growth)),
        ("tokens/s through the app", f"{seen.rate:.1f}"),
    ]
    if raw.window_s:
        rows += [
            ("tokens/s of the bare engine", f"{raw.rate:.1f} ({nonces(raw.answers)[0]} own nonce)"),
            ("share of the bare engine", f"**{seen.rate / raw.rate:.0%}**"),
            ("the same per CPU second of the engine", _cpu_share(seen, raw)),
        ]
    lines = ["| measured | value |", "|---|---|", *(f"| {key} | {value} |" for key, value in rows)]
    for kind, counted in (("refused", seen.refusals), ("error", seen.errors)):
        lines += [f"\n{kind}, {count} times: {said}" for said, count in counted.most_common(5)]
    checks = {
        "There were errors.": seen.errors.total() == 0,
        "A visitor completed no comparison.": least > 0,
        "An answer carries another visitor's nonce.": foreign == 0,
        "Something still runs or waits.": not any(left.values()),
        "Memory grew by more than it may.": abs(growth) <= aims.growth,
        "Too few tokens a second.": not raw.window_s or seen.rate >= aims.share * raw.rate,
    }
    return "\n".join(lines), [sentence for sentence, holds in checks.items() if not holds]


def nonces(answers: Sequence[Answer]) -> tuple[str, int]:
    """How many answers have their own nonce, by adapter; and how many another's."""
    names = dict.fromkeys(answer.adapter for answer in answers)
    parts = []
    for name in names:
        of = [answer for answer in answers if answer.adapter == name]
        parts.append(f"{name} {sum(a.own_nonce for a in of):,} of {len(of):,}")
    return ", ".join(parts), sum(answer.foreign_nonces > 0 for answer in answers)


def grown(readings: Sequence[Reading]) -> float:
    """By which share memory has grown from the first to the last part of the time."""
    sizes = [one.app_bytes + one.engine_bytes for one in readings]
    sizes = sizes[int(SETTLING_SHARE * len(sizes)) :]
    part = max(1, len(sizes) // 5)
    if not sizes:
        return 0.0
    return statistics.median(sizes[-part:]) / statistics.median(sizes[:part]) - 1


def _memory(readings: Sequence[Reading], growth: float) -> str:
    if not readings:
        return "not measured"
    settled = readings[int(SETTLING_SHARE * len(readings)) :]
    app, engine = (
        [getattr(one, f"{name}_bytes") / MIB for one in (settled[0], settled[-1])]
        for name in ("app", "engine")
    )
    return (
        f"{app[0]:.0f} + {engine[0]:.0f} MiB, at the end {app[1]:.0f} + {engine[1]:.0f} MiB: "
        f"{growth:+.1%}"
    )


def _cpu_share(seen: Seen, raw: Seen) -> str:
    if not (seen.cpu_rate and raw.cpu_rate):
        return "not measured"
    used = [part / seen.window_s for part in (seen.engine_cpu_s, seen.app_cpu_s)]
    raw_used = raw.engine_cpu_s / raw.window_s
    return (
        f"{seen.cpu_rate / raw.cpu_rate:.0%} (cores: engine {used[0]:.2f}, app {used[1]:.2f}; "
        f"bare engine {raw_used:.2f})"
    )


def _spread(values: Sequence[float]) -> str:
    ordered = sorted(values) or [0.0]
    picked = [ordered[round(share * (len(ordered) - 1))] for share in (0.5, 0.9, 1.0)]
    return ", ".join(f"{value:.1f} s" for value in picked)


def _load() -> str:
    return f"{os.getloadavg()[1]:.1f} on {os.cpu_count()} cores"
