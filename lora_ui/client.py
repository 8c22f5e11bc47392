"""Talking to a running app over its endpoints, instead of starting an engine."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from typing import Any

from gradio_client import Client
from gradio_client.client import Job
from gradio_client.exceptions import AppError

from lora_ui.compare.batch import Row
from lora_ui.compare.columns import Column
from lora_ui.errors import Problem
from lora_ui.sampling import Sampling

POLL_S = 0.05


class RemoteApp:
    """The app at one address."""

    def __init__(self, url: str) -> None:
        self.url = url
        try:
            self._client = Client(url, verbose=False)
        except Exception as error:  # the client lets through whatever its transport raises
            raise Problem("remote_unreachable", url=url, detail=words_of(error)) from None

    def adapters(self) -> list[str]:
        """The names of the app's adapters, without base."""
        try:
            return [entry["name"] for entry in self._client.predict(api_name="/adapters")]
        except Exception as error:
            raise Problem("remote_failed", url=self.url, detail=words_of(error)) from None

    def compare(self, arguments: dict[str, Any]) -> Job:
        """Start one comparison; `arguments` are those of the endpoint `/compare`."""
        return self._client.submit(api_name="/compare", **arguments)

    def call_functions(self, arguments: dict[str, Any]) -> Job:
        """Start function calls; `arguments` are those of the endpoint `/call_functions`."""
        return self._client.submit(api_name="/call_functions", **arguments)

    def close(self) -> None:
        """Let go of the connection."""
        self._client.close()


class RemoteAsker:
    """Answers the rows of a batch through a running app; what it refuses stands in the columns."""

    def __init__(self, app: RemoteApp, shared: Sampling) -> None:
        self._app = app
        self._shared = shared

    async def __call__(self, row: Row) -> AsyncIterator[None]:
        """Run the row as one call of `/compare`, which streams."""
        for column in row.columns:
            column.state = "waiting"
        yield
        job: Job | None = None
        try:
            job = await asyncio.to_thread(self._app.compare, self._arguments(row))
            seen = 0
            while not job.done():
                await asyncio.sleep(POLL_S)
                outputs = job.outputs()
                if len(outputs) > seen:
                    seen = len(outputs)
                    fill(row, outputs[-1], ended=False)
                    yield
            fill(row, job.result(), ended=True)
        except AppError as refusal:  # the app's own sentence
            fail(row, refusal.message)
        except Exception as error:
            problem = Problem("remote_failed", url=self._app.url, detail=words_of(error))
            fail(row, problem.message)
        finally:
            if job is not None and not job.done():
                await asyncio.to_thread(job.cancel)
        yield

    def _arguments(self, row: Row) -> dict[str, Any]:
        given = self._shared.model_dump(exclude_none=True, exclude={"stop"})
        system = row.columns[0].spec.system
        if system is not None:
            given["system"] = system
        adapters = [column.spec.adapter for column in row.columns]
        return {"prompt": row.prompt.text, "adapters": adapters, **given}


def fill(row: Row, answer: Any, *, ended: bool) -> None:
    """Take over what `/compare` answered; a column without finish reason is still being written."""
    for column, data in zip(row.columns, answer["columns"], strict=True):
        for name in FIELDS:
            if name in data:
                setattr(column, name, data[name])
        column.take(data.get("provenance"))
        column.state = _state(column, ended)
    if ended:
        row.wall_s = answer.get("wall_s")


FIELDS = (
    "text",
    "finish_reason",
    "prompt_tokens",
    "tokens",
    "ttft_s",
    "seconds",
    "tokens_per_s",
    "error",
    "warnings",
    "has_effect",
)


def fail(row: Row, sentence: str) -> None:
    """End all columns of the row with this sentence."""
    for column in row.columns:
        column.state, column.finish_reason, column.error = "error", "error", sentence


def _state(column: Column, ended: bool) -> Any:
    if column.error or column.finish_reason == "error":
        return "error"
    if column.finish_reason == "abort":
        return "stopped"
    if column.finish_reason or ended:
        return "done"
    return "running" if column.text else "waiting"


def words_of(error: BaseException) -> str:
    """What went wrong, in one line."""
    text = str(error).strip() or type(error).__name__
    return text.splitlines()[0][:300].rstrip(".")
