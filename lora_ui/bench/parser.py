"""What the parser of function calls takes: hostile texts, plain prose, usual answers, its import.

No engine and no page. Every figure is the best of some runs, since a busy machine only adds.
"""

from __future__ import annotations

import math
import platform
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from datetime import date
from pathlib import Path
from typing import Any

from lora_ui.bench.hostile import FUNCTIONS, Hostile, hostile, prose
from lora_ui.functions import StreamParser, formats, parse_calls

MEGABYTE = 1_000_000
SMALL = MEGABYTE // 4
"""A size to compare with: in linear time a megabyte takes four times as long."""
TINY = MEGABYTE // 40
HOPELESS_S = 0.5
"""What takes this long for the tiny size would take minutes for a megabyte, and is not tried."""
SHOWN = 15
"""Hostile texts that stand in the table, the slowest first."""
CHUNK = 16
"""Characters of one piece of a stream: some tokens."""
IMPORT = (
    "import time; begin = time.perf_counter(); import lora_ui.functions; "
    "print(time.perf_counter() - begin)"
)
WEATHER: list[dict[str, Any]] = [
    {
        "name": name,
        "description": "For the benchmark.",
        "parameters": {
            "type": "object",
            "properties": {
                "city": {"type": "string"},
                "unit": {"type": "string", "enum": ["celsius", "fahrenheit"]},
                "days": {"type": "integer", "minimum": 1},
            },
            "required": [] if name == "get_time" else ["city"],
        },
    }
    for name in ("get_weather", "get_time", "get_forecast", "get_tides", "get_sunrise")
]
BEFORE = "I will look that up for you.\n"


def parser_table(repeat: int, say: Callable[[str], None]) -> str:
    """All figures as Markdown; `repeat` is how often each is measured."""
    parts = [_head(), _prose(repeat, say), _answers(repeat, say), _hostile(repeat, say)]
    return "\n\n".join("\n".join(part) for part in parts)


def best_s(run: Callable[[], Any], repeat: int) -> float:
    """The fewest seconds that `run` took."""
    taken = []
    for _ in range(max(1, repeat)):
        begin = time.perf_counter()
        run()
        taken.append(time.perf_counter() - begin)
    return min(taken)


def _head() -> Iterator[str]:
    yield "| measured | value |"
    yield "|---|---|"
    yield f"| date, machine | {date.today()}, {_processor()}, Python {platform.python_version()} |"
    command = [sys.executable, "-c", IMPORT]
    taken = [
        float(subprocess.run(command, check=True, capture_output=True, text=True).stdout)
        for _ in range(3)
    ]
    yield f"| import of `lora_ui.functions` in a fresh process | {min(taken):.2f} s |"


def _processor() -> str:
    info = Path("/proc/cpuinfo")
    lines = info.read_text().splitlines() if info.exists() else []
    names = [line.split(":", 1)[1].strip() for line in lines if line.startswith("model name")]
    return f"{len(names)} × {names[0]}" if names else platform.machine()


def _prose(repeat: int, say: Callable[[str], None]) -> Iterator[str]:
    """Megabytes of prose without calls that are read in a second."""
    text = prose(MEGABYTE)
    yield "| prose without calls, 1 MB | whole | as a stream |"
    yield "|---|---:|---:|"
    for id in (formats.AUTO, *formats.ids()):
        whole_s = best_s(lambda id=id: parse_calls(text, WEATHER, id), repeat)
        stream_s = best_s(lambda id=id: streamed(text, WEATHER, id), 1)
        yield f"| `{id}` | {1 / whole_s:.0f} MB/s | {1 / stream_s:.1f} MB/s |"
        say(f"prose, {id}: {whole_s:.3f} s")


def streamed(text: str, functions: list[dict[str, Any]], id: str) -> Any:
    """Through the streaming parser, in small pieces."""
    parser = StreamParser(functions, id)
    for at in range(0, len(text), CHUNK):
        parser.feed(text[at : at + CHUNK])
    return parser.finish("stop")


def _answers(repeat: int, say: Callable[[str], None]) -> Iterator[str]:
    """A sentence and a call, with five functions given."""
    yield "| a usual answer | read as the format | read as `auto` | as a stream |"
    yield "|---|---:|---:|---:|"
    for format in formats.every():
        text = BEFORE + format.example
        assert parse_calls(text, WEATHER, format.id).verdict == "valid", format.id
        runs = (
            lambda id=format.id, text=text: parse_calls(text, WEATHER, id),
            lambda text=text: parse_calls(text, WEATHER),
            lambda id=format.id, text=text: streamed(text, WEATHER, id),
        )
        cells = " | ".join(f"{best_s(run, 100 * repeat) * 1000:.3f} ms" for run in runs)
        yield f"| `{format.id}` | {cells} |"
        say(f"answer, {format.id}: {cells}")


def _hostile(repeat: int, say: Callable[[str], None]) -> Iterator[str]:
    """The slowest of the hostile texts, and how their time grows with their length."""
    found = []
    for case in hostile():
        seconds, grown = growth(case, repeat)
        found.append((seconds, grown, case))
        say(f"{case.format}, {case.name}: {seconds:.3f} s, {grown:.1f}")
    found.sort(key=lambda one: one[0], reverse=True)
    within = sum(seconds < 1 for seconds, _, _ in found)
    yield f"Of {len(found)} hostile texts of 1 MB (nested ones: 10,000 levels) {within} took less "
    yield f"than 1 s. The slowest {SHOWN} (inf: hopeless, and not tried):"
    yield ""
    yield "| format | text | seconds | against a quarter of it |"
    yield "|---|---|---:|---:|"
    for seconds, grown, case in found[:SHOWN]:
        name = case.name.replace("|", "\\|").replace("<", "&lt;")
        yield f"| `{case.format}` | {name} | {seconds:.3f} | {grown:.1f} × |"


def growth(case: Hostile, repeat: int) -> tuple[float, float]:
    """Seconds for a megabyte, and how many times those of a quarter of it; infinite if hopeless."""
    tiny = case.make(TINY)
    if best_s(lambda: parse_calls(tiny, FUNCTIONS, case.format), 1) > HOPELESS_S:
        return math.inf, math.inf
    whole, part = case.make(MEGABYTE), case.make(SMALL)
    seconds = best_s(lambda: parse_calls(whole, FUNCTIONS, case.format), repeat)
    return seconds, seconds / best_s(lambda: parse_calls(part, FUNCTIONS, case.format), repeat)
