"""What happens in the Batch tab. A visitor has at most one batch; leaving the page ends it."""

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

from lora_ui.compare.asking import check_size, printable, sampling_of
from lora_ui.compare.batch import Batch, EngineAsker, specs_for
from lora_ui.compare.export import write_results
from lora_ui.compare.prompts import MAX_BYTES, Prompt, decode, parse_prompts
from lora_ui.engine.protocol import BASE
from lora_ui.errors import Problem
from lora_ui.strings import word
from lora_ui.ui.batch_tab import FORMATS, SAMPLING, BatchTab
from lora_ui.ui.grid import GridView, problem_view
from lora_ui.ui.services import Services

PAGE_PROMPTS = 200
"""What one batch on the page may hold; the command line takes more."""

REDRAW_S = 0.15
_KNOWN = "(text, names, ...rest) => [text, window.loraBoard?.known(names) ?? names, ...rest]"
_QUIET: dict[str, Any] = {"show_progress": "hidden", "api_visibility": "private"}


def wire_batch_tab(tab: BatchTab, services: Services) -> None:
    """Connect the tab's components to what they do."""
    running: dict[str, Batch] = {}
    handler = _Runner(services, running)

    def stop(request: gr.Request) -> None:
        batch = running.get(request.session_hash or "")
        if batch is not None:
            batch.stop()

    tab.run.click(
        handler.run,
        inputs=[tab.prompts, tab.adapters, *tab.sampling],
        outputs=[tab.grid, tab.run, tab.stop, *tab.downloads],
        js=_KNOWN,
        concurrency_limit=None,
        **_QUIET,
    )
    tab.stop.click(stop, queue=False, **_QUIET)
    tab.upload.upload(
        _read_upload, inputs=tab.upload, outputs=[tab.prompts, tab.grid], queue=False, **_QUIET
    )
    example = example_prompts(services)
    tab.example.click(lambda: example, outputs=tab.prompts, queue=False, **_QUIET)


def example_prompts(services: Services) -> str:
    """A prompt file made of the catalog's own examples, or a plain one where it has none."""
    found = [
        adapter.examples[0].prompt for adapter in services.catalog.adapters if adapter.examples
    ]
    return "\n---\n".join(found) if found else word("batch_example_text")


def page_prompts(text: str) -> list[Prompt]:
    """The prompts in what was typed, as many as the page takes."""
    if not text.strip():
        raise Problem("empty_prompt")
    prompts = parse_prompts(text)
    if len(prompts) > PAGE_PROMPTS:
        raise Problem("prompts_many_page", found=len(prompts), limit=PAGE_PROMPTS)
    return prompts


def _read_upload(path: str | None) -> tuple[Any, Any]:
    """The text of an uploaded file for the prompt box, or a sentence why not."""
    if path is None:
        return gr.skip(), gr.skip()
    try:
        with Path(path).open("rb") as file:
            text = decode(file.read(MAX_BYTES + 1), Path(path).name)
        page_prompts(text)
    except Problem as problem:
        return gr.skip(), problem_view(problem.message)
    return text.replace("\r\n", "\n"), gr.skip()


class _Runner:
    """The run handler: streams the table, then hands out the files."""

    def __init__(self, services: Services, running: dict[str, Batch]) -> None:
        self._services = services
        self._running = running

    async def run(
        self, request: gr.Request, text: str, adapters: list[str], *sampling: Any
    ) -> AsyncIterator[tuple[Any, ...]]:
        """One press of Run: outputs are the table, Run, Stop and the download buttons."""
        session = self._services.visitor(request) or secrets.token_hex(8)
        try:
            batch = self._batch(text, adapters, sampling, session)
        except Problem as problem:
            yield problem_view(problem.message), *[gr.skip()] * (2 + len(FORMATS))
            return
        self._running[session] = batch
        began = time.monotonic()
        grid = GridView(batch, self._titles(session))
        yield self._value(grid, batch, began), *_buttons(busy=True), *_no_files()
        problem = ""
        try:
            async with aclosing(batch.changes(REDRAW_S)) as changes:  # type: ignore[type-var]
                async for rows in changes:
                    grid.redraw(rows)
                    yield self._value(grid, batch, began), *[gr.skip()] * (2 + len(FORMATS))
        except Problem as failed:
            problem = failed.message
        finally:
            self._running.pop(session, None)
        files = await asyncio.to_thread(_files, batch.results())
        grid.redraw(range(len(batch.rows)))
        value = self._value(grid, batch, began, busy=False, problem=problem)
        yield value, *_buttons(busy=False), *files

    def _titles(self, session: str) -> dict[str, str]:
        seen = self._services.engine.adapters(session)
        return {one.adapter.name: one.adapter.title for one in seen} | {BASE: word("batch_base")}

    def _batch(
        self, text: str, adapters: list[str], sampling: Sequence[Any], session: str
    ) -> Batch:
        shared = sampling_of(dict(zip(SAMPLING, sampling, strict=True)))
        engine, catalog = self._services.engine, self._services.catalog
        asker = EngineAsker(engine, catalog, shared, session)
        prompts, specs = page_prompts(printable(text or "")), specs_for(adapters or [])
        for prompt in prompts:
            check_size(prompt.text, specs)
        self._services.check("", specs, session, patient=True)
        return Batch(asker, prompts, specs)

    def _value(
        self, grid: GridView, batch: Batch, began: float, *, busy: bool = True, problem: str = ""
    ) -> dict[str, Any]:
        seconds = batch.wall_s if batch.wall_s is not None else time.monotonic() - began
        status = word(
            "batch_stopped" if batch.stopped else "batch_status",
            done=batch.finished(),
            total=len(batch.rows),
            seconds=f"{seconds:.1f}",
        )
        engine = self._services.engine.status()
        if busy and engine.state == "loading":
            status = word("batch_loading", stage=engine.stage)
        return grid.value(status=status, busy=busy, problem=problem)


def _buttons(*, busy: bool) -> tuple[Any, Any]:
    return gr.update(interactive=not busy), gr.update(interactive=busy)


def _no_files() -> list[Any]:
    return [gr.update(value=None, interactive=False) for _ in FORMATS]


def _files(results: list[dict[str, Any]]) -> list[Any]:
    """The results in every format, in Gradio's cache, which the page clears by age."""
    if not results:
        return _no_files()
    folder = Path(get_upload_folder())
    folder.mkdir(parents=True, exist_ok=True)
    name = f"lora-ui-{time.strftime('%Y%m%d-%H%M%S')}-{secrets.token_hex(16)}"
    paths = [folder / f"{name}.{form}" for form in FORMATS]
    for path in paths:
        write_results(results, path)
    return [gr.update(value=str(path), interactive=True) for path in paths]
