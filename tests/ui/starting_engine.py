"""The test engine with a start that the test leads: loading, then ready or failed."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator

from lora_ui.engine.protocol import (
    Choice,
    EngineEvent,
    EngineStatus,
    GenerationRequest,
    Stage,
)
from lora_ui.errors import Problem
from tests.fake_engine import FakeEngine
from tests.ui.fake_page import CATALOG

CHOICES = (
    Choice("max_loras", "4", "three adapters in the catalog, and one spare slot"),
    Choice("max_lora_rank", "16", "the smallest allowed rank that fits the catalog's largest"),
    Choice("lora_target_modules", "q_proj, v_proj", "the modules that the adapters really use"),
)
LOG = ("INFO loading weights", "ERROR not enough memory: <3 GiB>")


class StartingEngine(FakeEngine):
    """Loads until `state` is set to "ready" or "failed"; set to "loading" again, it restarts."""

    def __init__(self, *, delay_s: float = 0.02) -> None:
        super().__init__(CATALOG, delay_s=delay_s)
        self.state = "loading"
        self.seconds = 3.2
        self.model: str | None = None

    def status(self) -> EngineStatus:
        if self.state == "loading":
            self.seconds += 0.1
            stages = (
                Stage("installing the base model", 1.4, True),
                Stage("loading weights", self.seconds, False),
            )
            return EngineStatus("loading", "loading weights", stages=stages, model=self.model)
        if self.state == "failed":
            return EngineStatus("failed", "failed", error=str(self.problem()), log_tail=LOG)
        self.model = "HuggingFaceTB/SmolLM2-135M-Instruct"
        return EngineStatus(
            "ready",
            "ready",
            model=self.model,
            device="CPU, 2 cores",
            dtype="bfloat16",
            max_loras=4,
            max_lora_rank=16,
            max_model_len=256,
            running=self.running,
            choices=CHOICES,
        )

    def problem(self) -> Problem:
        """Why the start failed."""
        return Problem("unexpected", detail="not enough memory")

    async def generate(self, request: GenerationRequest) -> AsyncIterator[EngineEvent]:
        async for event in super().generate(request):
            if self.state != "ready":
                raise Problem("engine_restarts")
            yield event

    async def ready(self) -> None:
        while self.state == "loading":
            await asyncio.sleep(0.02)
        if self.state == "failed":
            raise self.problem()
