"""A deterministic engine in process, for unit tests alone: it answers without any model."""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncIterator, Sequence
from dataclasses import replace
from pathlib import Path

from lora_ui.catalog.models import Adapter, Catalog
from lora_ui.engine.protocol import (
    BASE,
    AdapterStatus,
    Began,
    Delta,
    EngineEvent,
    EngineStatus,
    Finished,
    GenerationRequest,
    Loading,
    Message,
    Provenance,
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
        self._shelf = {
            (None, a.name): AdapterStatus(
                a, "refused" if a.name in broken else "disk", "ok", rank=16, sha256="ab" * 32
            )
            for a in catalog.adapters
        }

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

    def adapters(self, visitor: str | None = None) -> Sequence[AdapterStatus]:
        return [s for (owner, _), s in self._shelf.items() if owner in (None, visitor)]

    async def add(
        self,
        adapter: Adapter,
        folder: Path,  # noqa: ARG002
        visitor: str | None = None,
        revision: str | None = None,
    ) -> AdapterStatus:
        if any(s.adapter.name == adapter.name for s in self.adapters(visitor)):
            raise Problem("unexpected", detail=f"{adapter.name} is taken")
        status = AdapterStatus(
            adapter, "disk", "ok", rank=8, revision=revision, added=True, visitor=visitor
        )
        self._shelf[visitor, adapter.name] = status
        return status

    async def remove(self, name: str, visitor: str | None = None) -> None:
        del self._shelf[self._key(name, visitor)]

    async def preload(self, name: str, visitor: str | None = None) -> None:
        self._change(name, visitor, state="slot", load_s={"disk": 0.05})

    async def pin(self, name: str, pinned: bool, visitor: str | None = None) -> None:
        self._change(name, visitor, state="slot", pinned=pinned)

    def _key(self, name: str, visitor: str | None) -> tuple[str | None, str]:
        return (visitor, name) if (visitor, name) in self._shelf else (None, name)

    def _change(self, name: str, visitor: str | None, **changed: object) -> None:
        key = self._key(name, visitor)
        self._shelf[key] = replace(self._shelf[key], **changed)

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
            yield Began(Provenance(request.adapter, "fake/model", "fake 1.0", "none", "none"))
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
