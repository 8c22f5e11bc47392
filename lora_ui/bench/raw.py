"""The engine without the app: vLLM's own `generate`, called straight on the engine's event loop."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Sequence
from typing import Any
from uuid import uuid4

from lora_ui.bench.clients import Timed
from lora_ui.compare.running import chat
from lora_ui.engine.core import lora_request, sampling_params
from lora_ui.engine.local import LocalEngine
from lora_ui.engine.protocol import BASE
from lora_ui.sampling import FALLBACK

QUIET_WAIT_S = 60.0


class RawEngine:
    """One prompt, a fixed number of tokens, no gate and no bridge between."""

    def __init__(self, engine: LocalEngine, prompt: str, tokens: int) -> None:
        until = time.monotonic() + QUIET_WAIT_S  # the engine still tries its adapters out
        while any(a.state == "slot" and a.has_effect is None for a in engine.adapters()):
            if time.monotonic() > until:
                break
            time.sleep(0.1)
        self._llm, self._loop, self._identity = engine.internals()
        self._prompt = list(engine.render(chat(prompt, None)).token_ids)
        self._params = sampling_params(FALLBACK.model_copy(update={"max_tokens": tokens}))

    def time(self, adapters: Sequence[str], together: bool) -> Timed:
        """How long these columns take, in one batch or one after another."""
        return asyncio.run_coroutine_threadsafe(self._time(adapters, together), self._loop).result()

    async def _time(self, adapters: Sequence[str], together: bool) -> Timed:
        began = time.monotonic()
        if together:
            written = await asyncio.gather(*(self._generate(name) for name in adapters))
        else:
            written = [await self._generate(name) for name in adapters]
        return time.monotonic() - began, sum(written)

    async def _generate(self, name: str) -> int:
        request: Any = None if name == BASE else lora_request(self._identity(name))
        written = 0
        prompt: Any = {"prompt_token_ids": self._prompt}
        async for output in self._llm.generate(
            prompt, self._params, uuid4().hex, lora_request=request
        ):
            written += len(output.outputs[0].token_ids)
        return written
