"""`python -m lora_ui compare`: prompts through several adapters, the answers side by side."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Sequence
from pathlib import Path

from rich.console import Console

from lora_ui.cli.engines import OpenEngine, wait_until_ready
from lora_ui.cli.following import INTERRUPTED, follow, interrupted
from lora_ui.compare.asking import printable, sampling_of
from lora_ui.compare.batch import AT_ONCE, Batch, EngineAsker, specs_for
from lora_ui.compare.export import check_path, write_results
from lora_ui.compare.prompts import MAX_BYTES, Prompt, decode, parse_prompts, read_prompts
from lora_ui.compare.text_table import FILE_WIDTH, plain, side_by_side
from lora_ui.engine.protocol import BASE
from lora_ui.errors import Problem
from lora_ui.sampling import Sampling
from lora_ui.settings import add_arguments
from lora_ui.strings import word

SAMPLING_FLAGS: dict[str, type] = {
    "max_tokens": int,
    "temperature": float,
    "top_p": float,
    "top_k": int,
    "min_p": float,
    "repetition_penalty": float,
    "seed": int,
}


def add(commands: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    """Describe the command's flags."""
    parser = commands.add_parser(
        "compare", help=word("cli_compare"), description=word("cli_compare_more")
    )
    source = parser.add_mutually_exclusive_group(required=True)
    source.add_argument("--prompt", action="append", metavar="TEXT", help=word("cli_prompt"))
    source.add_argument("--prompt-file", metavar="FILE", help=word("cli_prompt_file"))
    parser.add_argument("--adapters", nargs="+", metavar="NAME", help=word("cli_adapters"))
    parser.add_argument("--system", metavar="TEXT", help=word("cli_system"))
    parser.add_argument(
        "--output", action="append", type=Path, metavar="FILE", default=[], help=word("cli_output")
    )
    parser.add_argument(
        "--at-once",
        type=int,
        default=AT_ONCE,
        metavar="N",
        help=word("cli_at_once", default=AT_ONCE),
    )
    parser.add_argument("--url", metavar="URL", help=word("cli_url"))
    sampling = parser.add_argument_group(word("cli_sampling"))
    for name, kind in SAMPLING_FLAGS.items():
        flag = f"--{name.replace('_', '-')}"
        sampling.add_argument(flag, type=kind, metavar="N", help=word(f"cli_{name}"))
    add_arguments(parser)
    parser.set_defaults(run=run)


def run(arguments: argparse.Namespace, open_engine: OpenEngine) -> int:
    """Ask, print, write. What cannot work is said before an engine is started."""
    prompts = _prompts(arguments)
    shared = sampling_of({name: getattr(arguments, name) for name in SAMPLING_FLAGS})
    for path in arguments.output:
        check_path(path)
    progress = Console(stderr=True)
    if arguments.url:
        batch, interrupted = _through_app(arguments, prompts, shared, progress)
    else:
        batch, interrupted = _through_engine(arguments, prompts, shared, progress, open_engine)
    results = batch.results() if batch else []
    if results:
        for path in arguments.output:
            write_results(results, path)
            progress.print(plain(word("cli_written", path=path)), soft_wrap=True)
    _print(results, batch)
    if interrupted:
        done = batch.finished() if batch else 0
        progress.print(plain(word("cli_stopped", done=done, total=len(prompts))))
        return INTERRUPTED
    return 1 if batch and batch.failed() else 0


def _prompts(arguments: argparse.Namespace) -> list[Prompt]:
    if arguments.prompt:
        if not all(text.strip() for text in arguments.prompt):
            raise Problem("empty_prompt")
        return [Prompt(printable(text)) for text in arguments.prompt]
    if arguments.prompt_file == "-":
        return parse_prompts(decode(sys.stdin.buffer.read(MAX_BYTES + 1), "-"))
    return read_prompts(Path(arguments.prompt_file))


Outcome = tuple[Batch | None, bool]
"""The batch as far as it came (None: it never began), and whether it was interrupted."""


def _through_engine(
    arguments: argparse.Namespace,
    prompts: Sequence[Prompt],
    shared: Sampling,
    console: Console,
    open_engine: OpenEngine,
) -> Outcome:
    engine, catalog = open_engine(arguments)
    try:
        names = arguments.adapters or [BASE, *(adapter.name for adapter in catalog.adapters)]
        specs = specs_for(names, system=arguments.system)
        asker = EngineAsker(engine, catalog, shared)
        batch = Batch(asker, prompts, specs, at_once=arguments.at_once)

        async def work() -> None:
            await wait_until_ready(engine, console)
            await _follow(batch, console)

        return batch, interrupted(work)
    finally:
        engine.close()


def _through_app(
    arguments: argparse.Namespace,
    prompts: Sequence[Prompt],
    shared: Sampling,
    console: Console,
) -> Outcome:
    from lora_ui.client import RemoteApp, RemoteAsker  # gradio_client: only for --url

    app = RemoteApp(arguments.url)
    try:
        specs = specs_for(arguments.adapters or [BASE, *app.adapters()], system=arguments.system)
        batch = Batch(RemoteAsker(app, shared), prompts, specs, at_once=arguments.at_once)
        return batch, interrupted(lambda: _follow(batch, console))
    finally:
        app.close()


async def _follow(batch: Batch, console: Console) -> None:
    await follow(word("cli_prompts"), len(batch.rows), batch.changes, batch.finished, console)


def _print(results: Sequence[dict], batch: Batch | None) -> None:
    """The answers side by side on standard output, then the pass rates."""
    terminal = Console()
    width = terminal.width if terminal.is_terminal else FILE_WIDTH
    console = Console(width=width, soft_wrap=False)
    for number, row in enumerate(results, start=1):
        console.print(side_by_side(row, number, len(results), width))
    for rate in batch.rates() if batch else []:
        if rate.judged:
            console.print(plain(f"{rate.adapter}: {rate_words(rate.passed, rate.judged)}"))
    sys.stdout.flush()


def rate_words(passed: int, judged: int) -> str:
    """A pass rate in words."""
    return word("rate_passed", passed=passed, judged=judged, percent=round(100 * passed / judged))
