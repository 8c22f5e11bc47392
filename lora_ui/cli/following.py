"""What commands share that run many questions: a progress bar, and an end by Ctrl-C."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable, Coroutine
from contextlib import aclosing
from typing import Any

from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn

from lora_ui.compare.text_table import plain
from lora_ui.strings import word

INTERRUPTED = 130
"""The exit status of a command that Ctrl-C ended."""


def interrupted(work: Callable[[], Coroutine[Any, Any, None]]) -> bool:
    """Run `work()` to its end; True when Ctrl-C ended it early."""
    try:
        asyncio.run(work())
    except KeyboardInterrupt:
        return True
    return False


async def follow(
    label: str,
    total: int,
    changes: Callable[[], AsyncIterator[Any]],
    finished: Callable[[], int],
    console: Console,
) -> None:
    """Read `changes()` behind a progress bar; without a terminal, a line for each finished one."""
    bar = Progress(
        TextColumn(label),
        BarColumn(),
        MofNCompleteColumn(),
        TimeElapsedColumn(),
        console=console,
        transient=True,
        disable=not console.is_terminal,
    )
    with bar:
        task = bar.add_task("", total=total)
        shown = 0
        async with aclosing(changes()) as news:  # type: ignore[type-var]
            async for _ in news:
                done = finished()
                bar.update(task, completed=done)
                if done > shown and not console.is_terminal:
                    console.print(plain(word("cli_progress", done=done, total=total)))
                shown = done
