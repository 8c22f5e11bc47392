"""Where a command gets its engine: started in this process, its stages shown until it is ready."""

from __future__ import annotations

import argparse
import asyncio
from collections.abc import Callable

from rich.console import Console

from lora_ui.catalog.models import Catalog
from lora_ui.engine.protocol import Engine, EngineStatus
from lora_ui.settings import load_settings
from lora_ui.strings import word

OpenEngine = Callable[[argparse.Namespace], tuple[Engine, Catalog]]

LOOK_S = 0.25


def open_engine(arguments: argparse.Namespace) -> tuple[Engine, Catalog]:
    """The engine that flags, environment and catalog ask for, starting in the background."""
    settings = load_settings(arguments)
    from lora_ui.engine.start import make_engine  # vLLM comes with it: only when it is needed

    engine = make_engine(settings)
    engine.start()
    return engine, settings.catalog


async def wait_until_ready(engine: Engine, console: Console) -> None:
    """Return once the engine serves, showing its stages meanwhile; `Problem` when it cannot."""
    ready = asyncio.ensure_future(engine.ready())
    try:
        with console.status(word("cli_starting")) as spinner:
            shown = ""
            while not ready.done():
                status = engine.status()
                spinner.update(_stage(status, with_time=True))
                stage = _stage(status, with_time=False)
                if not console.is_terminal and stage != shown:
                    console.print(stage, highlight=False, markup=False)
                    shown = stage
                await asyncio.wait([ready], timeout=LOOK_S)
        await ready
    finally:
        ready.cancel()
    status = engine.status()
    line = word("cli_ready", model=status.model, device=status.device)
    console.print(line, highlight=False, markup=False)


def _stage(status: EngineStatus, *, with_time: bool) -> str:
    name = f"{status.stage}: {status.detail}" if status.detail else status.stage
    if with_time:
        return word("cli_stage", stage=name, seconds=f"{status.elapsed_s:.0f}")
    return name
