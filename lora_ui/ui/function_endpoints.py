"""`/call_functions`: the Functions tab's work for gradio_client and anything else over HTTP."""

from __future__ import annotations

import json
from collections.abc import AsyncIterator, Sequence
from contextlib import aclosing
from typing import Any

import gradio as gr
from gradio.events import api

from lora_ui.compare.asking import printable, sampling_of
from lora_ui.errors import Problem
from lora_ui.functions.columns import AUTO, Ask, CallColumn, CallSpec
from lora_ui.functions.running import CallRun
from lora_ui.functions.schema import Function, read_functions
from lora_ui.ui.services import Services
from lora_ui.ui.visits import LiveRun, Visits


def register_function_endpoints(services: Services, visits: Visits) -> None:
    """Add `/call_functions` to the page that is being built."""

    async def call_functions(
        message: str,
        functions_json: str,
        adapters: list[str],
        request: gr.Request,
        format: str = AUTO,
        tool_choice: str = AUTO,
        constrained: bool = False,
        parallel: bool = True,
        system: str | None = None,
        temperature: float | None = None,
        top_p: float | None = None,
        max_tokens: int | None = None,
        seed: int | None = None,
        top_k: int | None = None,
        min_p: float | None = None,
        repetition_penalty: float | None = None,
        stop: list[str] | None = None,
    ) -> AsyncIterator[dict[str, Any]]:
        """One message and its functions through several adapters at once; "base" is the bare model.

        functions_json is a JSON list of functions, plain ({"name", "description", "parameters"}) or
        in OpenAI's form. format is a format's id, or "auto": each adapter's own from the catalog.
        tool_choice is "auto", "required", "none" or a function's name. constrained lets only text
        through whose calls satisfy the functions' schemas; what a schema says beyond that stands in
        notes. parallel=False allows one call. system stands before what tells of the functions.
        What is left out is each adapter's own setting, then the catalog's default. The answer
        streams; its last value is the result: {"columns": [{"calls": [{"name", "arguments"}],
        "content", "errors": [{"kind", "message", "start", "end", "path"}], "verdict", "format",
        "constrained", "notes", and all that /compare answers}], "wall_s"}, with the columns in the
        order asked. verdict is "valid", "invalid", "truncated" or "no_call", and null for a column
        that failed or still runs.

        Example: client.predict("Rain in Lisbon?", '[{"name": "get_weather", "parameters": '
        '{"type": "object", "properties": {"city": {"type": "string"}}, "required": ["city"]}}]',
        ["base", "function"], constrained=True, api_name="/call_functions")
        """
        sampling = {
            "temperature": temperature,
            "top_p": top_p,
            "top_k": top_k,
            "min_p": min_p,
            "repetition_penalty": repetition_penalty,
            "max_tokens": max_tokens,
            "seed": seed,
            "stop": stop,
        }
        session = services.visitor(request)
        try:
            ask = Ask(
                printable(str(message or "")),
                functions_of(functions_json),
                printable(str(tool_choice or AUTO)),
                bool(parallel),
                printable(str(format or AUTO)),
            )
            specs = specs_of(adapters, system, bool(constrained))
            services.check(f"{message}{functions_json}", specs, session)
            shared = sampling_of(sampling)
            engine, catalog = services.engine, services.catalog
            run = LiveRun(engine, CallRun(engine, catalog, ask, specs, shared, session))
            await engine.ready()
            visit = visits.of(session)
            async with visit.live(run), aclosing(run.changes()) as changes:  # type: ignore[type-var]
                async for _ in changes:
                    yield calls_result(run)
        except Problem as problem:
            raise gr.Error(problem.message, print_exception=False) from None
        finally:
            visits.tidy(session)

    api(call_functions, api_name="call_functions", concurrency_limit=None)


def functions_of(text: Any) -> tuple[Function, ...]:
    """The functions of a JSON text; what is wrong with it is a `Problem`."""
    try:
        listed = json.loads(text) if isinstance(text, str | bytes) else text
        functions = read_functions(listed)
    except (TypeError, ValueError, RecursionError) as error:
        raise Problem("functions_unreadable", detail=str(error)[:500]) from None
    if not functions:
        raise Problem("no_functions")
    return functions


def specs_of(adapters: Any, system: str | None, constrained: bool) -> list[CallSpec]:
    """A column for each adapter, in the order asked."""
    names: Sequence[Any] = [adapters] if isinstance(adapters, str) else list(adapters or [])
    return [
        CallSpec(
            key=str(place),
            adapter=printable(str(name))[:128] or "?",
            system=None if system is None else printable(str(system)),
            constrained=constrained,
        )
        for place, name in enumerate(names)
    ]


def calls_result(run: LiveRun[CallColumn]) -> dict[str, Any]:
    """The run as it stands, in the shape of `/call_functions`."""
    columns = [column.as_result() for column in run.columns]
    return {"columns": [_sendable(column) for column in columns], "wall_s": run.wall_s}


def _sendable(value: Any) -> Any:
    """`value` with every text in it fit for UTF-8."""
    if isinstance(value, str):
        return printable(value)
    if isinstance(value, dict):
        return {printable(str(key)): _sendable(one) for key, one in value.items()}
    if isinstance(value, list | tuple):
        return [_sendable(one) for one in value]
    return value
