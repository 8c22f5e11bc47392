"""`python -m lora_ui scoreboard`: how rightly adapters call functions, on a held-out set."""

from __future__ import annotations

import argparse
import sys
from pathlib import Path

from rich import box
from rich.console import Console
from rich.table import Table

from lora_ui.cli.engines import OpenEngine, wait_until_ready
from lora_ui.cli.following import INTERRUPTED, follow, interrupted
from lora_ui.compare.asking import sampling_of
from lora_ui.compare.batch import AT_ONCE
from lora_ui.compare.text_table import FILE_WIDTH, plain
from lora_ui.engine.protocol import BASE
from lora_ui.functions.heldout import read_set
from lora_ui.functions.score_files import check_score_path, write_scores
from lora_ui.functions.scoreboard import (
    BOTH,
    CONSTRAINED,
    FREE,
    MEASURES,
    CallAsker,
    Scoreboard,
    case_of,
)
from lora_ui.sampling import Sampling
from lora_ui.settings import add_arguments
from lora_ui.strings import word

MODES = {"free": (FREE,), "constrained": (CONSTRAINED,), "both": BOTH}


def add(commands: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    """Describe the command's flags."""
    parser = commands.add_parser(
        "scoreboard", help=word("cli_scoreboard"), description=word("cli_scoreboard_more")
    )
    parser.add_argument("--set", type=Path, metavar="FILE", help=word("cli_scoreboard_set"))
    parser.add_argument("--adapters", nargs="+", metavar="NAME", help=word("cli_adapters"))
    parser.add_argument(
        "--decoding", choices=list(MODES), default="both", help=word("cli_scoreboard_decoding")
    )
    parser.add_argument(
        "--output",
        action="append",
        type=Path,
        metavar="FILE",
        default=[],
        help=word("cli_scoreboard_output"),
    )
    parser.add_argument(
        "--at-once",
        type=int,
        default=AT_ONCE,
        metavar="N",
        help=word("cli_at_once", default=AT_ONCE),
    )
    parser.add_argument("--max-tokens", type=int, metavar="N", help=word("cli_max_tokens"))
    parser.add_argument("--url", metavar="URL", help=word("cli_url"))
    add_arguments(parser)
    parser.set_defaults(run=run)


def run(arguments: argparse.Namespace, open_engine: OpenEngine) -> int:
    """Ask, print, write. Exit status 1 when a column failed, whatever the scores are."""
    read_set(*_file(arguments))  # a wrong set is told before an engine is started
    shared = sampling_of({"max_tokens": arguments.max_tokens})
    for path in arguments.output:
        check_score_path(path)
    console = Console(stderr=True)
    play = _through_app if arguments.url else _through_engine
    scores, interrupted = play(arguments, shared, console, open_engine)
    results = scores.results()
    if results["answers"]:
        for path in arguments.output:
            write_scores(results, path)
            console.print(plain(word("cli_written", path=path)), soft_wrap=True)
        _print(scores)
    if interrupted:
        line = word("cli_stopped", done=scores.finished(), total=scores.total)
        console.print(plain(line))
        return INTERRUPTED
    return 1 if scores.batch.failed() else 0


def _file(arguments: argparse.Namespace) -> tuple[Path, ...]:
    return (arguments.set,) if arguments.set else ()


Outcome = tuple[Scoreboard, bool]
"""The scoreboard as far as it came, and whether it was interrupted."""


def _through_engine(
    arguments: argparse.Namespace, shared: Sampling, console: Console, open_engine: OpenEngine
) -> Outcome:
    engine, catalog = open_engine(arguments)
    try:
        names = arguments.adapters or [BASE, *(adapter.name for adapter in catalog.adapters)]
        scores = Scoreboard(
            CallAsker(engine, catalog, shared),
            read_set(*_file(arguments)),
            names,
            MODES[arguments.decoding],
            at_once=arguments.at_once,
        )

        async def work() -> None:
            await wait_until_ready(engine, console)
            await _follow(scores, console)

        return scores, interrupted(work)
    finally:
        engine.close()


def _through_app(
    arguments: argparse.Namespace, shared: Sampling, console: Console, _: OpenEngine
) -> Outcome:
    from lora_ui.call_client import RemoteCallAsker  # gradio_client: only for --url
    from lora_ui.client import RemoteApp

    app = RemoteApp(arguments.url)
    try:
        scores = Scoreboard(
            RemoteCallAsker(app, shared),
            read_set(*_file(arguments)),
            arguments.adapters or [BASE, *app.adapters()],
            MODES[arguments.decoding],
            at_once=arguments.at_once,
        )
        return scores, interrupted(lambda: _follow(scores, console))
    finally:
        app.close()


async def _follow(scores: Scoreboard, console: Console) -> None:
    await follow(word("cli_cases"), scores.total, scores.changes, scores.finished, console)


def _print(scores: Scoreboard) -> None:
    """The table on standard output."""
    terminal = Console()
    width = terminal.width if terminal.is_terminal else FILE_WIDTH
    calls = sum(bool(case_of(row).expected) for row in scores.batch.rows)
    table = Table(
        box=box.SIMPLE_HEAD, caption=word("score_caption", calls=calls, none=scores.total - calls)
    )
    table.add_column(word("score_adapter"), overflow="fold")
    table.add_column(word("score_mode"), no_wrap=True)
    for key in (*MEASURES, "errors", "seconds"):
        table.add_column(word(f"score_{key}"), justify="right")
    for score in scores.scores():
        shares = ["–" if one.share is None else f"{one.share:.0%}" for one in score.measures]
        seconds = "–" if score.seconds is None else f"{score.seconds:.2f}"
        cells = [score.adapter, score.mode, *shares, str(score.errors), seconds]
        table.add_row(*(plain(cell) for cell in cells))
    Console(width=width).print(table)
    sys.stdout.flush()
