"""What happens on the scoreboard. A visitor has at most one under way; leaving the page ends it."""

from __future__ import annotations

import asyncio
import secrets
import time
from collections.abc import AsyncIterator, Sequence
from contextlib import aclosing
from pathlib import Path
from typing import Any

import gradio as gr
from gradio.utils import get_upload_folder

from lora_ui.compare.asking import printable
from lora_ui.engine.protocol import BASE
from lora_ui.errors import Problem
from lora_ui.functions.heldout import Case, read_set
from lora_ui.functions.score_files import write_scores
from lora_ui.functions.scoreboard import CallAsker, Scoreboard
from lora_ui.strings import word
from lora_ui.ui.scores import chart, problem_view, scores_view
from lora_ui.ui.scores_part import FORMS, ScoresPart
from lora_ui.ui.services import Services

PAGE_ANSWERS = 2_000
"""Cases times columns that one scoreboard on the page may hold; the command line takes more."""
REDRAW_S = 0.3
_KNOWN = "(file, names, ...rest) => [file, window.loraBoard?.known(names) ?? names, ...rest]"
_QUIET: dict[str, Any] = {"show_progress": "hidden", "api_visibility": "private"}


def wire_scores_part(part: ScoresPart, services: Services) -> ScoreRunner:
    """Connect the scoreboard's components to what they do."""
    runner = ScoreRunner(services)

    def stop(request: gr.Request) -> None:
        runner.stop(request.session_hash)

    part.run.click(
        runner.run,
        inputs=[part.file, part.adapters, part.decodings],
        outputs=[part.table, part.chart, part.run, part.stop, *part.downloads],
        js=_KNOWN,
        concurrency_limit=None,
        **_QUIET,
    )
    part.stop.click(stop, queue=False, **_QUIET)
    return runner


class ScoreRunner:
    """The run handler: the table while it fills, then the chart and the files."""

    def __init__(self, services: Services) -> None:
        self._services = services
        self._running: dict[str, Scoreboard] = {}

    def stop(self, session: str | None) -> None:
        """End the visitor's scoreboard, if one is under way."""
        board = self._running.get(session or "")
        if board is not None:
            board.stop()

    async def run(
        self, request: gr.Request, file: str | None, adapters: list[str], decodings: list[str]
    ) -> AsyncIterator[tuple[Any, ...]]:
        """Outputs are the table, the chart, Run, Stop and the downloads."""
        session = self._services.visitor(request) or secrets.token_hex(8)
        unchanged = [gr.skip()] * (3 + len(FORMS))
        try:
            cases = await asyncio.to_thread(read_set, *([Path(file)] if file else []))
            board = self._board(cases, adapters, decodings, session)
        except Problem as problem:
            yield problem_view(problem.message), *unchanged
            return
        titles, began = self._titles(session), time.monotonic()
        self._running[session] = board
        yield self._view(board, titles, began), gr.update(visible=False), *_busy(), *_no_files()
        problem = ""
        try:
            async with aclosing(board.changes(REDRAW_S)) as changes:  # type: ignore[type-var]
                async for _ in changes:
                    yield self._view(board, titles, began), *unchanged
        except Problem as failed:
            problem = failed.message
        finally:
            self._running.pop(session, None)
        figure = gr.update(value=await asyncio.to_thread(chart, board.scores()), visible=True)
        files = await asyncio.to_thread(_files, board.results())
        yield self._view(board, titles, began, problem), figure, *_idle(), *files

    def _board(
        self, cases: Sequence[Case], adapters: list[str], decodings: list[str], session: str
    ) -> Scoreboard:
        names = [printable(name)[:128] or "?" for name in adapters or []]
        modes = sorted(decoding == "on" for decoding in decodings or [])
        asked = len(cases) * len(names) * len(modes)
        if asked > PAGE_ANSWERS:
            raise Problem("scores_many", found=f"{asked:,}", limit=f"{PAGE_ANSWERS:,}")
        engine, catalog = self._services.engine, self._services.catalog
        board = Scoreboard(CallAsker(engine, catalog, visitor=session), cases, names, modes)
        self._services.check("", board.specs, session, patient=True)
        return board

    def _titles(self, session: str) -> dict[str, str]:
        seen = self._services.engine.adapters(session)
        return {one.adapter.name: one.adapter.title or one.adapter.name for one in seen} | {
            BASE: word("base_title")
        }

    def _view(
        self, board: Scoreboard, titles: dict[str, str], began: float, problem: str = ""
    ) -> dict[str, Any]:
        status = word(
            "scores_stopped" if board.batch.stopped else "scores_status",
            done=board.finished(),
            total=board.total,
            seconds=f"{time.monotonic() - began:.0f}",
        )
        return scores_view(board.scores(), titles, status, problem)


def _busy() -> tuple[Any, Any]:
    return gr.update(interactive=False), gr.update(interactive=True)


def _idle() -> tuple[Any, Any]:
    return gr.update(interactive=True), gr.update(interactive=False)


def _no_files() -> list[Any]:
    return [gr.update(value=None, interactive=False) for _ in FORMS]


def _files(results: dict[str, Any]) -> list[Any]:
    """The scoreboard in every form, in Gradio's cache, which the page clears by age."""
    folder = Path(get_upload_folder())
    folder.mkdir(parents=True, exist_ok=True)
    name = f"lora-ui-scores-{time.strftime('%Y%m%d-%H%M%S')}-{secrets.token_hex(16)}"
    paths = [folder / f"{name}.{form}" for form in FORMS]
    for path in paths:
        write_scores(results, path)
    return [gr.update(value=str(path), interactive=True) for path in paths]
