"""Function calls through a running app's endpoint `/call_functions`, for the scoreboard."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator, Mapping, Sequence
from typing import Any, cast

from gradio_client.client import Job
from gradio_client.exceptions import AppError

from lora_ui.client import POLL_S, RemoteApp, fail, fill, words_of
from lora_ui.compare.batch import Row
from lora_ui.compare.columns import Column
from lora_ui.errors import Problem
from lora_ui.functions.columns import CallColumn, CallSpec
from lora_ui.functions.results import ParseResult
from lora_ui.functions.scoreboard import case_of
from lora_ui.sampling import Sampling


class RemoteCallAsker:
    """Answers a scoreboard's rows through a running app; its refusals stand in the columns."""

    def __init__(self, app: RemoteApp, shared: Sampling) -> None:
        self._app = app
        self._shared = shared

    async def __call__(self, row: Row) -> AsyncIterator[None]:
        """Run the row as one call of the endpoint for the free columns, and one for the others."""
        columns = [CallColumn(cast("CallSpec", c.spec), state="waiting") for c in row.columns]
        row.columns = cast("list[Column]", columns)
        yield
        modes = list(dict.fromkeys(column.spec.constrained for column in columns))
        parts = [[c for c in columns if c.spec.constrained == mode] for mode in modes]
        tasks = [asyncio.create_task(self._ask(row, part)) for part in parts]
        try:
            while not all(task.done() for task in tasks):
                await asyncio.wait(tasks, timeout=POLL_S)
                yield
            for task in tasks:
                task.result()
        finally:
            for task in tasks:
                task.cancel()
            await asyncio.gather(*tasks, return_exceptions=True)
        yield

    async def _ask(self, row: Row, columns: Sequence[CallColumn]) -> None:
        part = Row(row.prompt, cast("list[Column]", list(columns)))
        job: Job | None = None
        try:
            arguments = self._arguments(row, columns)
            job = await asyncio.to_thread(self._app.call_functions, arguments)
            while not job.done():
                await asyncio.sleep(POLL_S)
            answer = job.result()
            for column, data in zip(columns, answer["columns"], strict=True):
                _take(column, data)
            fill(part, answer, ended=True)
        except AppError as refusal:  # the app's own sentence
            fail(part, refusal.message)
        except Exception as error:
            problem = Problem("remote_failed", url=self._app.url, detail=words_of(error))
            fail(part, problem.message)
        finally:
            if job is not None and not job.done():
                await asyncio.to_thread(job.cancel)

    def _arguments(self, row: Row, columns: Sequence[CallColumn]) -> dict[str, Any]:
        case = case_of(row)
        return {
            "message": case.message,
            "functions_json": json.dumps([function.as_json() for function in case.functions]),
            "adapters": [column.spec.adapter for column in columns],
            "constrained": columns[0].spec.constrained,
            **self._shared.model_dump(exclude_none=True, exclude={"stop"}),
        }


def _take(column: CallColumn, data: Mapping[str, Any]) -> None:
    """What the app's parser found; where calls stand in the text, the endpoint does not say."""
    calls = [{**call, "start": 0, "end": 0} for call in data["calls"]]
    column.parsed = ParseResult.model_validate(
        {"calls": calls, "content": data["content"], "errors": data["errors"]}
    )
    column.format = data.get("format")
    column.notes = tuple(data.get("notes", ()))
