"""`python -m lora_ui measure`: the article's experiment, repeated on this machine."""

from __future__ import annotations

import argparse
import dataclasses
import json
import shlex
import signal
import sys
import tempfile
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path

from rich.console import Console

from lora_ui.catalog.models import Adapter
from lora_ui.cli.engines import OpenEngine
from lora_ui.cli.following import INTERRUPTED
from lora_ui.compare.text_table import plain
from lora_ui.errors import Problem
from lora_ui.memory.engine_once import EngineFigures
from lora_ui.memory.experiment import (
    MOST_ADAPTERS,
    WAYS,
    Measured,
    Start,
    Way,
    default_kv_bytes,
    plan_starts,
    run_experiment,
)
from lora_ui.memory.experiment_report import Report, as_json, as_markdown, chart
from lora_ui.memory.made_model import make_dummy_model
from lora_ui.memory.planning import size
from lora_ui.settings import Settings, add_arguments, load_settings
from lora_ui.strings import word

MIB = 1024**2
MADE_RANK = 16
USUAL_ADAPTERS = 3


def add(commands: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    """Describe the command's flags."""
    parser = commands.add_parser(
        "measure", help=word("cli_measure"), description=word("cli_measure_more")
    )
    parser.add_argument(
        "--output", type=Path, required=True, metavar="DIR", help=word("cli_measure_output")
    )
    parser.add_argument("--adapters", type=int, metavar="N", help=word("cli_measure_adapters"))
    parser.add_argument("--made", action="store_true", help=word("cli_measure_made"))
    parser.add_argument(
        "--dummy-config", type=Path, metavar="CONFIG.json", help=word("cli_measure_dummy")
    )
    parser.add_argument(
        "--ways", default=",".join(WAYS), metavar="WAY,…", help=word("cli_measure_ways")
    )
    parser.add_argument("--kv-mib", type=int, metavar="N", help=word("cli_measure_kv"))
    parser.add_argument("--one-for-all", action="store_true", help=word("cli_measure_one"))
    add_arguments(parser)
    parser.set_defaults(run=run)


def run(arguments: argparse.Namespace, _: OpenEngine) -> int:
    """Start each engine in turn; write what was measured after each, so that nothing is lost."""
    ways = _ways(arguments.ways)
    settings = load_settings(arguments)
    output: Path = arguments.output
    try:
        output.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        detail = error.strerror or error
        raise Problem("output_unwritable", path=output, detail=detail) from None
    console = Console(stderr=True)
    for number in (signal.SIGINT, signal.SIGTERM):  # SIGINT is ignored where a shell's `&` says so
        signal.signal(number, signal.default_int_handler)
    with tempfile.TemporaryDirectory(prefix="lora-ui-measure-") as scratch:
        settings, adapters, model, name = _subject(arguments, settings, Path(scratch), console)
        kv_bytes = (
            arguments.kv_mib * MIB
            if arguments.kv_mib
            else default_kv_bytes(model, settings, len(adapters))
        )
        starts = plan_starts(settings, adapters, ways, kv_bytes, each=not arguments.one_for_all)
        measured: list[Measured] = []
        report = Report(_now(), name, tuple(a.name for a in adapters), _command(), ())
        try:
            tell = _teller(console, len(starts))
            for one in run_experiment(starts, len(adapters), output, tell):
                measured.append(one)
                report = dataclasses.replace(report, measured=tuple(measured))
                _write(report, output)
        except KeyboardInterrupt:
            line = word("cli_measure_stopped", done=len(measured), total=len(starts))
            console.print(plain(line))
            return INTERRUPTED
    print(as_markdown(report))
    console.print(plain(word("cli_written", path=output)), soft_wrap=True)
    return 0


def _ways(text: str) -> list[Way]:
    asked = [part.strip() for part in text.split(",") if part.strip()]
    for part in asked:
        if part not in WAYS:
            raise Problem("measure_way", found=part[:40], allowed=", ".join(WAYS))
    if not asked:
        raise Problem("measure_way", found="", allowed=", ".join(WAYS))
    return [way for way in WAYS if way in asked]


Subject = tuple[Settings, list[Adapter], Path, str]
"""Settings, adapters, the base model's folder and the name that the report gives it."""


def _subject(
    arguments: argparse.Namespace, settings: Settings, scratch: Path, console: Console
) -> Subject:
    """What is measured: the catalog's model and adapters, or made ones."""
    from lora_ui.engine.base_model import locate_base_model

    wanted = arguments.adapters
    if wanted is not None and not 1 <= wanted <= MOST_ADAPTERS:
        raise Problem("measure_adapters", found=wanted, limit=MOST_ADAPTERS)
    dummy: Path | None = arguments.dummy_config
    name = ""
    if dummy:
        folder = make_dummy_model(dummy, scratch / "model")
        settings = _of_model(settings, folder)
        name = word("measure_dummy", name=dummy.stem)
    model, real_name = locate_base_model(settings, _printer(console))
    if dummy or arguments.made:
        from lora_ui.bench.adapters import make_adapters

        count = wanted or USUAL_ADAPTERS
        made = make_adapters(model, real_name, scratch / "adapters", count, MADE_RANK)
        return settings, made, model, name or real_name
    catalog = settings.catalog.adapters
    count = min(wanted or len(catalog) or 1, MOST_ADAPTERS)
    if count > len(catalog):
        raise Problem("measure_too_few", found=len(catalog), wanted=count)
    return settings, list(catalog[:count]), model, real_name


def _of_model(settings: Settings, folder: Path) -> Settings:
    """The settings for a base model whose weights vLLM makes up."""
    engine = settings.catalog.engine
    extra = {**engine.extra, "load_format": "dummy"}
    changed = engine.model_copy(update={"model": str(folder), "extra": extra})
    catalog = settings.catalog.model_copy(update={"engine": changed})
    return dataclasses.replace(settings, catalog=catalog)


def _printer(console: Console) -> Callable[[str], None]:
    return lambda text: console.print(plain(text), soft_wrap=True)


def _teller(console: Console, count: int) -> Callable[[Start, EngineFigures | None], None]:
    """Prints a line when an engine is being started, and one with its figures."""
    begun = 0

    def tell(start: Start, figures: EngineFigures | None) -> None:
        nonlocal begun
        begun += figures is None
        names = ", ".join(adapter.name for adapter in start.settings.catalog.adapters)
        line = word(
            "cli_measure_start",
            number=begun,
            total=count,
            engine=word(
                f"measure_{start.kind}",
                names=names,
                count=len(start.settings.catalog.adapters),
            ),
            way=word(f"measure_way_{start.way}"),
        )
        if figures is not None:
            taken = "?" if figures.bytes is None else size(figures.bytes)
            seconds = f"{figures.started_in_s:.0f}"
            line = word("cli_measure_done", bytes=taken, seconds=seconds)
        console.print(plain(line), soft_wrap=True)

    return tell


def _write(report: Report, output: Path) -> None:
    """Table, figures and chart; the chart only once one way is complete."""
    try:
        (output / "measure.json").write_text(
            json.dumps(as_json(report), indent=2, ensure_ascii=False), encoding="utf-8"
        )
        (output / "measure.md").write_text(as_markdown(report), encoding="utf-8")
        if report.results:
            # a file that opens without a network, as large as Plotly itself
            chart(report).write_html(output / "measure.html", include_plotlyjs=True)
    except OSError as error:
        detail = error.strerror or error
        raise Problem("output_unwritable", path=output, detail=detail) from None


def _command() -> str:
    return shlex.join(["python", "-m", "lora_ui", *sys.argv[1:]])


def _now() -> str:
    return datetime.now(UTC).strftime("%Y-%m-%d %H:%M UTC")
