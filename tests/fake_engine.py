"""A deterministic engine in process, for unit tests alone: it answers without any model."""

from __future__ import annotations

import asyncio
import json
import os
import time
from collections.abc import AsyncIterator, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

from lora_ui.catalog.findings import Finding, finding
from lora_ui.catalog.models import Adapter, Catalog
from lora_ui.engine.journal import Journal
from lora_ui.engine.observation import (
    EngineLoad,
    EngineMemory,
    HostAdapter,
    Mark,
    Observation,
    Residency,
    SlotUse,
    WorkerMemory,
)
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
    Waiting,
)
from lora_ui.errors import Problem
from lora_ui.strings import word

SHA256 = "ab" * 32
MAX_RANK = 16
SLOTS = 4


class FakeEngine:
    """Answers `<adapter>: <the prompt's last words>`, one word a token, `delay_s` apart.

    Adapters named in `broken` fail to load; the answer is cut at `max_tokens`. Requests for
    adapters in `held` wait until they are taken out of it. `shelf` maps visitor and name to how an
    adapter stands. Added ones are refused when their config's rank is over `MAX_RANK`.
    """

    def __init__(
        self, catalog: Catalog, *, delay_s: float = 0.001, broken: frozenset[str] = frozenset()
    ) -> None:
        self.catalog = catalog
        self.delay_s = delay_s
        self.broken = broken
        self.held: set[str] = set()
        self.running = 0
        self.generated = 0
        self.journal = Journal()
        self.requests: list[GenerationRequest] = []
        self.shelf = {
            (None, a.name): AdapterStatus(
                a, "refused" if a.name in broken else "disk", "ok", rank=16, sha256=SHA256
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
            max_loras=SLOTS,
            max_lora_rank=MAX_RANK,
            max_model_len=256,
            running=self.running,
        )

    def adapters(self, visitor: str | None = None) -> Sequence[AdapterStatus]:
        return [s for (owner, _), s in self.shelf.items() if owner in (None, visitor)]

    def observe(self, visitor: str | None = None) -> Observation:
        places = [name for (_, name), s in self.shelf.items() if s.state == "slot"]
        seen = {s.adapter.name for s in self.adapters(visitor)}
        names = [name if name in seen else word("someones_adapter") for name in places]
        slots = (*names, *[None] * SLOTS)[:SLOTS]
        worker = WorkerMemory(
            os.getpid(),
            weights_bytes=270_000_000,
            slots_bytes=SLOTS * 1_000_000,
            slot_count=SLOTS,
            kv_reserved_bytes=500_000_000,
            graphs_bytes=0,
        )
        return Observation(
            time.time(),
            processes=(os.getpid(),),
            memory=EngineMemory((worker,), kv_tokens=8_192),
            load=EngineLoad(
                running=self.running,
                kv_used_fraction=min(1.0, self.running / 8),
                generated_tokens=self.generated,
                requests_done=len(self.requests) - self.running,
            ),
            residency=Residency(
                slots=tuple(SlotUse(index, name) for index, name in enumerate(slots)),
                host=tuple(HostAdapter(name, 1_000_000) for name in names),
                loads_total=sum(bool(s.load_s) for s in self.shelf.values()),
            ),
        )

    def marks(self, after: int = 0, visitor: str | None = None) -> Sequence[Mark]:
        return self.journal.marks(after, visitor)

    async def add(
        self,
        adapter: Adapter,
        folder: Path,
        visitor: str | None = None,
        revision: str | None = None,
    ) -> AdapterStatus:
        if any(s.adapter.name == adapter.name for s in self.adapters(visitor)):
            raise Problem("addition_name_taken", name=adapter.name)
        config = _config(folder)
        rank = int(config.get("r", 8))
        found: tuple[Finding, ...] = ()
        if rank > MAX_RANK:
            found = (finding("rank_too_high", "error", rank=rank, limit=MAX_RANK, needed=2 * rank),)
        status = AdapterStatus(
            adapter,
            "refused" if found else "disk",
            "refused" if found else "ok",
            found,
            rank=rank,
            alpha=config.get("lora_alpha"),
            target_modules=tuple(config.get("target_modules", ())),
            base_model=config.get("base_model_name_or_path"),
            bytes=sum(f.stat().st_size for f in folder.glob("*.safetensors")) or None,
            sha256=SHA256,
            revision=revision,
            added=True,
            visitor=visitor,
        )
        self.shelf[visitor, adapter.name] = status
        return status

    async def remove(self, name: str, visitor: str | None = None) -> None:
        key = self._key(name, visitor)
        if not self.shelf[key].added:
            raise Problem("adapter_not_added", name=name)
        del self.shelf[key]
        self.journal.note("removed", "mark_removed", adapter=name, visitor=key[0])

    async def preload(self, name: str, visitor: str | None = None) -> None:
        if name in self.broken:
            raise Problem("unexpected", detail=f"{name} cannot be loaded")
        self.change(name, visitor, state="slot", load_s={"disk": 0.05})
        owner = self._key(name, visitor)[0]
        self.journal.note("loaded", "mark_loaded", adapter=name, visitor=owner, seconds=0.05)

    async def pin(self, name: str, pinned: bool, visitor: str | None = None) -> None:
        others = sum(s.pinned for key, s in self.shelf.items() if key[1] != name)
        if pinned and others >= SLOTS - 1:
            raise Problem("pins_full", name=name, pinned=others, slots=SLOTS)
        if pinned:
            await self.preload(name, visitor)
        self.change(name, visitor, pinned=pinned)

    def change(self, name: str, visitor: str | None = None, **changed: Any) -> None:
        """Let an adapter stand differently."""
        key = self._key(name, visitor)
        self.shelf[key] = replace(self.shelf[key], **changed)

    def _key(self, name: str, visitor: str | None) -> tuple[str | None, str]:
        key = (visitor, name) if (visitor, name) in self.shelf else (None, name)
        if key not in self.shelf:
            known = ", ".join([BASE, *(s.adapter.name for s in self.adapters(visitor))])
            raise Problem("unknown_adapter", name=name, known=known)
        return key

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
            while request.adapter in self.held:
                yield Waiting(2, "waits for an adapter slot; in use by others")
                await asyncio.sleep(self.delay_s)
            if request.adapter != BASE:
                yield Loading()
            yield Began(self._provenance(request))
            words = self.says(request).split()
            limit = request.sampling.max_tokens or len(words)
            for count, word in enumerate(words[:limit], start=1):
                await asyncio.sleep(self.delay_s)
                self.generated += 1
                yield Delta(f"{word} ", count, time.monotonic())
            yield Finished("length" if limit < len(words) else "stop")
        finally:
            self.running -= 1

    def says(self, request: GenerationRequest) -> str:
        """The whole answer, which a test may want otherwise."""
        return f"{request.adapter}: {request.prompt.text}"

    def _provenance(self, request: GenerationRequest) -> Provenance:
        told = {"model": "fake/model", "engine": "fake 1.0", "dtype": "none", "device": "none"}
        if request.adapter == BASE:
            return Provenance(BASE, **told)
        status = self.shelf[self._key(request.adapter, request.visitor)]
        return Provenance(
            request.adapter,
            **told,
            source=status.adapter.source,
            sha256=status.sha256,
            revision=status.revision,
        )

    def close(self) -> None:
        self.running = 0


def _config(folder: Path) -> dict[str, Any]:
    path = folder / "adapter_config.json"
    return json.loads(path.read_text()) if path.is_file() else {}
