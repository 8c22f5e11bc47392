"""A core that runs nothing: it records what it is told, and holds adapters as vLLM does."""

from __future__ import annotations

import asyncio
from collections import defaultdict
from collections.abc import AsyncIterator, Callable, Mapping

from lora_ui.engine.contents import Identity
from lora_ui.engine.observation import EngineMemory, WorkerMemory
from lora_ui.engine.protocol import (
    BASE,
    Delta,
    EngineEvent,
    Finished,
    GenerationRequest,
    Rendered,
)
from lora_ui.engine.worker import Tiers
from lora_ui.errors import Problem

Token = tuple[int, Mapping[int, float]]


class RecordingCore:
    """Keeps `slots` adapters in slots and as many again in host memory, least recently used out.

    `calls` are ("add" | "touch" | "remove", number). Adding takes until `gate` is set; `on_add`
    runs in the middle of it. Numbers in `broken` fail to load. `answers` maps a number, None being
    the base, to what `likeliest` gives.
    """

    def __init__(self, slots: int = 2) -> None:
        self.slots: list[int] = []
        self.host: list[int] = []
        self.most = slots
        self.calls: list[tuple[str, int]] = []
        self.names: dict[int, str] = {}
        self.broken: set[int] = set()
        self.errored = False
        self.dtype = "float32"
        self.gate = asyncio.Event()
        self.gate.set()
        self.on_add: Callable[[], None] = lambda: None
        self.answers: dict[int | None, list[Token]] = defaultdict(list)
        self.asked: list[int | None] = []
        self.tells = True
        self.awaited = self.steps = 0
        self.generated: list[int | None] = []
        self.talking = asyncio.Event()
        self.talking.set()

    def did(self, what: str) -> list[int]:
        return [number for call, number in self.calls if call == what]

    async def add_adapter(self, adapter: Identity, name: str) -> None:
        self.calls.append(("add", adapter.number))
        self.names[adapter.number] = adapter.name
        await self.gate.wait()
        self.on_add()
        if adapter.number in self.broken:
            raise Problem("adapter_load_failed", name=name, detail="broken")
        self._use(adapter.number)

    async def touch(self, adapter: Identity) -> None:
        self.calls.append(("touch", adapter.number))
        self._use(adapter.number)

    async def remove_adapter(self, number: int) -> None:
        self.calls.append(("remove", number))
        self.slots = [n for n in self.slots if n != number]
        self.host = [n for n in self.host if n != number]

    async def tiers(self) -> Tiers | None:
        host = [(number, 10 * number) for number in self.host]
        return ([*self.slots], [*host]) if self.tells else None

    async def memory(self) -> EngineMemory | None:
        return EngineMemory((WorkerMemory(pid=7, weights_bytes=100),), kv_tokens=64)

    async def likeliest(
        self,
        prompt: Rendered,  # noqa: ARG002
        adapter: Identity | None,
        tokens: int,
        top: int,  # noqa: ARG002
    ) -> list[Token]:
        number = adapter.number if adapter else None
        self.asked.append(number)
        await asyncio.sleep(0)
        return self.answers[number][:tokens]

    async def generate(
        self, request: GenerationRequest, adapter: Identity | None
    ) -> AsyncIterator[EngineEvent]:
        """One token that names the adapter; the end comes once `talking` is set."""
        if self.errored:
            raise RuntimeError("the engine is dead")
        number = adapter.number if adapter else None
        assert number is None or number in self.slots
        self.generated.append(number)
        self.awaited += 1
        try:
            yield Delta(f"{adapter.name if adapter else BASE}", 1, 0.0)
            await self.talking.wait()
            if self.errored:
                raise RuntimeError("the engine is dead")
            assert number is None or number in self.slots
            yield Delta(f" {request.prompt.text}", 2, 0.0)
            yield Finished("stop")
        finally:
            self.awaited -= 1

    async def warm_up(self, prompt: Rendered) -> None:
        self.asked.append(None)
        del prompt

    def _use(self, number: int) -> None:
        self.slots = [*(n for n in self.slots if n != number), number][-self.most :]
        self.host = [*(n for n in self.host if n != number), number][-2 * self.most :]
