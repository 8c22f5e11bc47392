"""How the Memory tab's scripts reach the server, and the planner its forecast.

The charts and the strip ask functions of their components, which all read what the sampler has
found already: many open pages cost little more than one.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import gradio as gr
from fastapi import Request

from lora_ui.ui.memory_view import MemoryView
from lora_ui.ui.services import Services

Answer = Callable[..., Any]


def memory_view(services: Services) -> MemoryView:
    """What the page is told of this app's engine."""
    return MemoryView(services.engine, services.sampler, len(services.catalog.adapters))


def strip_functions(view: MemoryView) -> list[Answer]:
    """What the strip's script asks: `tick`."""

    async def tick(asked: Any, request: gr.Request) -> dict[str, Any]:
        return view.tick(asked, await _session(request))

    return [tick]


def chart_functions(view: MemoryView) -> list[Answer]:
    """What the charts' script asks: `whole`, and `series` for a file to save."""

    async def whole(asked: Any, request: gr.Request) -> dict[str, Any]:
        return view.whole(asked, await _session(request))

    def series(asked: Any) -> dict[str, Any]:
        return view.series(asked)

    return [whole, series]


async def _session(request: gr.Request | Request) -> str | None:
    """The visitor. Gradio hands a component's function the bare request, its body already read."""
    body = await request.json() if isinstance(request, Request) else {}
    session = body.get("session_hash")
    return session if isinstance(session, str) else None
