"""The named endpoints, for gradio_client and anything else that speaks HTTP."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import aclosing
from dataclasses import asdict
from typing import Any

import gradio as gr
from gradio.events import api

from lora_ui.catalog.models import Limits
from lora_ui.compare.asking import printable, sampling_of
from lora_ui.compare.columns import ColumnSpec
from lora_ui.engine.protocol import AdapterStatus, EngineStatus
from lora_ui.errors import Problem
from lora_ui.ui.memory_endpoints import register_memory_endpoint
from lora_ui.ui.services import Services
from lora_ui.ui.visits import LiveRun, Visits, live_run

ENGINE_FIELDS = (
    "state",
    "stage",
    "detail",
    "model",
    "device",
    "dtype",
    "max_loras",
    "max_lora_rank",
    "max_model_len",
    "running",
    "waiting",
    "elapsed_s",
    "error",
)


def register_endpoints(services: Services, visits: Visits) -> None:
    """Add `/engine`, `/adapters`, `/memory` and `/compare` to the page that is being built."""

    def engine() -> dict[str, Any]:
        """How the engine stands.

        state is "loading", "ready" or "failed"; running and waiting count requests; limits are
        those of a public demo, else null; what is not known yet is null.

        Example: client.predict(api_name="/engine")["state"] == "ready"
        """
        return engine_result(services.engine.status(), services.limits)

    def adapters(request: gr.Request) -> list[dict[str, Any]]:
        """The catalog's adapters in its order, then what the caller added, without "base".

        state is where an adapter is now: "slot", "host", "disk", "loading" or "refused".

        Example: [adapter["name"] for adapter in client.predict(api_name="/adapters")]
        """
        seen = services.engine.adapters(request.session_hash)
        return [adapter_result(status) for status in seen]

    api(engine, api_name="engine", queue=False)
    api(adapters, api_name="adapters", queue=False)
    register_memory_endpoint(services)
    _register_compare(services, visits)


def _register_compare(services: Services, visits: Visits) -> None:
    async def compare(
        prompt: str,
        adapters: list[str],
        request: gr.Request,
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
        """One prompt through several adapters at once; "base" is the bare model.

        What is left out is each adapter's own setting, then the catalog's default; system="" means
        no system message. stop adds to the catalog's stop strings. The answer streams; its last
        value is the result: {"columns": [{"adapter", "text", "finish_reason", "prompt_tokens",
        "tokens", "ttft_s", "seconds", "tokens_per_s", "error", "warnings", "has_effect",
        "provenance"}], "wall_s"}, with the columns in the order asked. What
        goes wrong with one adapter is that column's error. At most 64 columns and 200,000
        characters (prompt and system message) are taken. A public demo takes less: see limits of
        /engine.

        Example: client.predict("Natalia sold 48 clips in April and half as many in May. "
        "How many?", ["base", "math"], max_tokens=80, api_name="/compare")
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
            run = api_run(services, prompt, adapters, system, sampling, session)
            await services.engine.ready()
            visit = visits.of(session)
            async with visit.live(run), aclosing(run.changes()) as changes:  # type: ignore[type-var]
                async for _ in changes:
                    yield compare_result(run)
        except Problem as problem:
            raise gr.Error(problem.message, print_exception=False) from None
        finally:
            visits.tidy(session)

    api(compare, api_name="compare", concurrency_limit=None)


def api_run(
    services: Services,
    prompt: Any,
    adapters: Any,
    system: str | None,
    sampling: dict[str, Any],
    visitor: str | None = None,
) -> LiveRun:
    """The run that `/compare` was asked for; wrong arguments raise `Problem`."""
    names = [adapters] if isinstance(adapters, str) else list(adapters or [])
    shared = sampling_of(sampling)
    specs = [
        ColumnSpec(
            key=str(place),
            adapter=printable(str(name))[:128] or "?",
            system=None if system is None else printable(str(system)),
        )
        for place, name in enumerate(names)
    ]
    return live_run(services, str(prompt or ""), specs, shared, visitor)


def compare_result(run: LiveRun) -> dict[str, Any]:
    """The run as it stands, in the shape of `/compare`."""
    columns = [column.as_result() for column in run.columns]
    for column in columns:
        column["text"] = printable(column["text"])
    return {"columns": columns, "wall_s": run.wall_s}


def engine_result(status: EngineStatus, limits: Limits | None = None) -> dict[str, Any]:
    """The status in the shape of `/engine`; `limits` are those of a public demo."""
    told = {name: getattr(status, name) for name in ENGINE_FIELDS}
    return {**told, "limits": limits.model_dump() if limits else None}


def adapter_result(status: AdapterStatus) -> dict[str, Any]:
    """One entry in the shape of `/adapters`."""
    adapter = status.adapter
    return {
        "name": adapter.name,
        "title": adapter.title or adapter.name,
        "description": adapter.description,
        "source": adapter.source,
        "rank": status.rank,
        "alpha": status.alpha,
        "target_modules": list(status.target_modules),
        "base_model": status.base_model or adapter.base_model,
        "format": adapter.format,
        "verdict": status.verdict,
        "findings": [asdict(finding) for finding in status.findings],
        "state": status.state,
        "bytes": status.bytes,
        "parameters": status.parameters,
        "sha256": status.sha256,
        "revision": status.revision,
        "has_effect": status.has_effect,
        "added": status.added,
        "pinned": status.pinned,
        "load_s": {tier: status.load_s.get(tier) for tier in ("disk", "host")},
        "running": status.running,
        "waiting": status.waiting,
        "tokens": status.tokens,
    }
