"""`make bench`: what the app costs on top of the engine, measured side by side in one run.

python -m lora_ui.bench [--only PART] [--repeat 3] [--out FILE.md] [flags of part and engine]
"""

from __future__ import annotations

import argparse
import asyncio
import dataclasses
import signal
import socket
import sys
import tempfile
from collections.abc import Callable
from concurrent.futures import ProcessPoolExecutor
from datetime import date
from multiprocessing import get_context
from pathlib import Path

from rich.console import Console

from lora_ui.bench import clients
from lora_ui.bench.adapters import make_adapters
from lora_ui.bench.clients import Timed
from lora_ui.bench.functions import functions_table
from lora_ui.bench.parser import parser_table
from lora_ui.bench.raw import RawEngine
from lora_ui.bench.sampler import sampler_rows
from lora_ui.bench.start import measure_start
from lora_ui.bench.starvation import Load, measure_starvation
from lora_ui.engine.base_model import locate_base_model
from lora_ui.engine.local import LocalEngine
from lora_ui.engine.protocol import BASE
from lora_ui.errors import Problem
from lora_ui.settings import Settings, add_arguments, load_settings

PROMPT = "Write a very long story about a lighthouse keeper, with many chapters and much detail."
Row = tuple[str, str]


def main(argv: list[str] | None = None) -> int:
    """Run all measurements and print the table; the exit status.

    A run that is interrupted or ended ends its engine first.
    """
    args = _parser().parse_args(argv)
    for number in (signal.SIGINT, signal.SIGTERM):  # SIGINT is ignored where a shell's `&` says so
        signal.signal(number, lambda *_: sys.exit(130))
    console = Console(stderr=True)
    measuring = {
        "columns": columns_table,
        "starvation": starvation_table,
        "parser": lambda _settings, args, _scratch, say: parser_table(args.repeat, say),
        "functions": lambda settings, args, _scratch, say: functions_table(
            settings, args.examples, say
        ),
        "sampler": lambda settings, args, _scratch, say: as_markdown(
            sampler_rows(settings, args.sampled, say)
        ),
    }
    parts = [args.only] if args.only else list(measuring)
    try:
        settings = load_settings(args)
        for part in parts:
            with tempfile.TemporaryDirectory(prefix="lora-ui-bench-") as scratch:
                table = measuring[part](settings, args, Path(scratch), console.print)
            print(f"{table}\n")
            if args.out:
                with args.out.open("a") as file:
                    file.write(f"\n{table}\n")
    except Problem as problem:
        print(problem.message, file=sys.stderr)
        return 2
    return 0


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m lora_ui.bench", description=__doc__)
    parser.add_argument(
        "--only",
        choices=["columns", "starvation", "parser", "functions", "sampler"],
        help="one part, not all",
    )
    parser.add_argument("--out", type=Path, help="append the tables to this Markdown file")
    parser.add_argument("--repeat", type=int, default=3, help="runs of each")
    columns = parser.add_argument_group("columns: the app against the engine; the median counts")
    columns.add_argument("--adapters", type=int, default=3, help="columns beside base (default 3)")
    columns.add_argument("--tokens", type=int, default=60, help="per column (default 60)")
    columns.add_argument("--rank", type=int, default=16)
    columns.add_argument("--skip-start", action="store_true", help="do not time a start of app.py")
    starvation = parser.add_argument_group("starvation: one adapter while two others are busy")
    starvation.add_argument("--answer", type=int, default=16, help="tokens (default 16)")
    starvation.add_argument(
        "--every", type=float, default=20, help="seconds between cold requests (default 20)"
    )
    starvation.add_argument(
        "--seconds", type=float, default=50, help="that one way of one round takes (default 50)"
    )
    functions = parser.add_argument_group("functions: the demo adapter's calls on unseen schemas")
    functions.add_argument(
        "--examples", type=int, default=100, help="held-out ones that want a call (default 100)"
    )
    sampler = parser.add_argument_group("sampler: what measuring the memory costs")
    sampler.add_argument(
        "--sampled", type=float, default=60, help="seconds that it is watched for (default 60)"
    )
    add_arguments(parser)
    return parser


def columns_table(
    settings: Settings, args: argparse.Namespace, scratch: Path, say: Callable[[str], None]
) -> str:
    """A start of the app, then its columns against the bare engine's."""
    rows = [] if args.skip_start else measure_start(settings, say)
    return as_markdown(rows + measure(settings, args, scratch, say))


def starvation_table(
    settings: Settings, args: argparse.Namespace, scratch: Path, say: Callable[[str], None]
) -> str:
    """A cold adapter between two busy ones, with and without fairness."""
    load = Load(args.seconds, args.answer, args.every)
    return measure_starvation(settings, load, args.repeat, scratch, PROMPT, say)


def measure(
    settings: Settings, args: argparse.Namespace, scratch: Path, say: Callable[[str], None]
) -> list[Row]:
    """Start one engine with synthetic adapters and ask it directly, by endpoint and by page."""
    model, name = locate_base_model(settings, lambda _: None)
    adapters = make_adapters(model, name, scratch, args.adapters, args.rank)
    catalog = settings.catalog.model_copy(update={"adapters": tuple(adapters)})
    engine = LocalEngine(dataclasses.replace(settings, catalog=catalog))
    engine.start()
    try:
        say("waiting for the engine")
        asyncio.run(engine.ready())
        url = serve(engine)
        names = [BASE, *(a.name for a in adapters)]
        return compare_ways(engine, url, names, args, say)
    finally:
        engine.close()


def serve(engine: LocalEngine) -> str:
    """The app's page over this engine; its address."""
    from lora_ui.ui.page import build_page, launch_options
    from lora_ui.ui.services import Services

    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    page = build_page(Services(engine, engine.catalog))
    options = {"server_port": port, "prevent_thread_lock": True, "quiet": True}
    return page.launch(**options, **launch_options())[1]


def compare_ways(
    engine: LocalEngine,
    url: str,
    names: list[str],
    args: argparse.Namespace,
    say: Callable[[str], None],
) -> list[Row]:
    """The same columns in every way, in turn, so that a machine's moods meet all of them alike."""
    raw = RawEngine(engine, PROMPT, args.tokens)
    with ProcessPoolExecutor(1, mp_context=get_context("spawn")) as outside:

        def by(way: Callable[..., Timed]) -> Callable[[], Timed]:
            return lambda: outside.submit(way, url, PROMPT, names, args.tokens).result()

        ways: dict[str, Callable[[], Timed]] = {
            "together": lambda: raw.time(names, together=True),
            "apart": lambda: raw.time(names, together=False),
            "one": lambda: raw.time(names[:1], together=True),
            "endpoint": by(clients.by_endpoint),
        }
        if clients.browser_is_there():
            ways["page"] = by(clients.by_page)
        for way in ways.values():
            way()  # once for what is cached
        taken: dict[str, list[Timed]] = {name: [] for name in ways}
        for round_number in range(args.repeat):
            for name, way in ways.items():
                taken[name].append(way())
                say(f"round {round_number + 1}: {name} {taken[name][-1][0]:.2f} s")
    medians = {k: sorted(v)[len(v) // 2] for k, v in taken.items()}
    return describe(engine, medians, len(names), args)


def describe(
    engine: LocalEngine, medians: dict[str, Timed], columns: int, args: argparse.Namespace
) -> list[Row]:
    """The table's rows from the median run of each way."""
    status = engine.status()
    together, tokens = medians["together"]
    apart, one = medians["apart"][0], medians["one"][0]
    rows = [
        ("date, machine", f"{date.today()}, {status.device}, {status.dtype}"),
        (
            "columns",
            f"base and {columns - 1} adapters of rank {args.rank}, {args.tokens} tokens each",
        ),
        ("raw engine, together", f"{together:.2f} s, {tokens / together:.0f} tokens/s"),
        ("raw engine, one after another", f"{apart:.2f} s"),
        ("together / one after another", f"{together / apart:.2f}"),
        ("raw engine, one column", f"{one:.2f} s"),
        ("all columns / one column", f"{together / one:.2f}"),
    ]
    for way in ("endpoint", "page"):
        if way not in medians:
            rows.append((f"through the {way}", "not measured: no browser here"))
            continue
        seconds, written = medians[way]
        rate, raw_rate = written / seconds, tokens / together
        share = f"{rate / raw_rate:.0%} of raw"
        rows.append((f"through the {way}", f"{seconds:.2f} s, {rate:.0f} tokens/s, {share}"))
    return rows


def as_markdown(rows: list[Row]) -> str:
    """The rows as a Markdown table."""
    return "\n".join(["| measured | value |", "|---|---|", *(f"| {k} | {v} |" for k, v in rows)])


if __name__ == "__main__":
    sys.exit(main())
