"""A deterministic engine in process, for unit tests alone: it answers without any model."""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncIterator, Sequence

from lora_ui.catalog.models import Catalog
from lora_ui.engine.protocol import (
    BASE,
    AdapterStatus,
    Delta,
    EngineEvent,
    EngineStatus,
    Finished,
    GenerationRequest,
    Loading,
    Message,
    Rendered,
)
from lora_ui.errors import Problem


class FakeEngine:
    """Answers `<adapter>: <the prompt's last words>`, one word a token, `delay_s` apart.

    Adapters named in `broken` fail to load; the answer is cut at `max_tokens`.
    """

    def __init__(
        self, catalog: Catalog, *, delay_s: float = 0.001, broken: frozenset[str] = frozenset()
    ) -> None:
        self.catalog = catalog
        self.delay_s = delay_s
        self.broken = broken
        self.running = 0
        self.requests: list[GenerationRequest] = []

    def start(self) -> None:
        return None

    def status(self) -> EngineStatus:
        return EngineStatus(
            state="ready",
            stage="ready",
            model="fake/model",
            device="none",
            dtype="none",
            max_loras=4,
            max_lora_rank=16,
            max_model_len=256,
            running=self.running,
        )

    def adapters(self) -> Sequence[AdapterStatus]:
        return [
            AdapterStatus(a, "refused" if a.name in self.broken else "disk", "ok", rank=16)
            for a in self.catalog.adapters
        ]

    async def ready(self) -> None:
        return None

    def render(self, messages: Sequence[Message]) -> Rendered:
        text = "".join(f"<{m['role']}>{m['content']}\n" for m in messages)
        return Rendered(text, tuple(range(len(text.split()))))

    async def generate(self, request: GenerationRequest) -> AsyncIterator[EngineEvent]:
        self.requests.append(request)
        self.running += 1
        try:
            if request.adapter in self.broken:
                raise Problem("unexpected", detail=f"{request.adapter} cannot be loaded")
            if request.adapter != BASE:
                yield Loading()
            words = f"{request.adapter}: {request.prompt.text}".split()
            limit = request.sampling.max_tokens or len(words)
            for count, word in enumerate(words[:limit], start=1):
                await asyncio.sleep(self.delay_s)
                yield Delta(f"{word} ", count, time.monotonic())
            yield Finished("length" if limit < len(words) else "stop")
        finally:
            self.running -= 1

    def close(self) -> None:
        self.running = 0
