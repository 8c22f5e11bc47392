"""The same questions to the bare engine: vLLM's own `generate`, without door, page and bridge."""

from __future__ import annotations

import argparse
import asyncio
import os
import time
from collections.abc import Sequence
from concurrent.futures import ProcessPoolExecutor
from multiprocessing import get_context
from pathlib import Path
from typing import Any
from uuid import uuid4

from lora_ui.compare.running import chat
from lora_ui.engine.core import lora_request, sampling_params
from lora_ui.engine.local import LocalEngine
from lora_ui.engine.protocol import BASE
from lora_ui.sampling import FALLBACK
from lora_ui.settings import add_arguments, load_settings
from tests.app_process import CACHE
from tests.soak.crowd import READ_EVERY_S, SETTLING_SHARE, Answer, Nonces, Seen, prompt_for
from tests.soak.processes import Processes


def ask_bare_engine(
    catalog: Path, askers: int, seconds: float, adapters: Sequence[str], tokens: int, seed: int
) -> Seen:
    """Start an engine in a process of its own and let as many askers as visitors ask it."""
    with ProcessPoolExecutor(1, mp_context=get_context("spawn")) as outside:
        asked = (str(catalog), askers, seconds, list(adapters), tokens, seed)
        return outside.submit(_measure, *asked).result()


def _measure(
    catalog: str, askers: int, seconds: float, adapters: list[str], tokens: int, seed: int
) -> Seen:
    os.environ |= {"LORA_UI_CACHE_DIR": str(CACHE), "LORA_UI_DTYPE": "float32"}  # as AppProcess
    parser = argparse.ArgumentParser()
    add_arguments(parser)
    engine = LocalEngine(load_settings(parser.parse_args(["--catalog", catalog])))
    engine.start()
    try:
        asyncio.run(engine.ready())
        for name in adapters:
            if name != BASE:
                asyncio.run(engine.preload(name))
        bare = _Bare(engine, adapters, tokens, seed)
        _, loop, _ = engine.internals()
        return asyncio.run_coroutine_threadsafe(bare.play(askers, seconds), loop).result()
    finally:
        engine.close()


class _Bare:
    """Askers of the bare engine, on its own event loop."""

    def __init__(self, engine: LocalEngine, adapters: list[str], tokens: int, seed: int) -> None:
        self._engine, self._adapters, self._tokens = engine, adapters, tokens
        self._llm, _, self._identity = engine.internals()
        self._nonces = Nonces(seed)
        self._seen = Seen()

    async def play(self, askers: int, seconds: float) -> Seen:
        seen, began_s = self._seen, time.monotonic()
        until_s = began_s + seconds
        reading = asyncio.create_task(self._read())
        await asyncio.gather(*(self._be(until_s) for _ in range(askers)))
        reading.cancel()
        seen.count(began_s + SETTLING_SHARE * seconds, until_s, seen.readings)
        return seen

    async def _read(self) -> None:
        processes = Processes()
        while True:
            self._seen.readings.append(processes.read(memory=False))
            await asyncio.sleep(READ_EVERY_S / 5)

    async def _be(self, until_s: float) -> None:
        while time.monotonic() < until_s:
            nonce = self._nonces.new()
            await asyncio.gather(*(self._ask(name, nonce) for name in self._adapters))

    async def _ask(self, name: str, nonce: str) -> None:
        catalog = self._engine.catalog
        adapter = None if name == BASE else catalog.adapter(name)
        own = adapter.sampling.over(catalog.defaults) if adapter else catalog.defaults
        sampling = own.over(FALLBACK).model_copy(update={"max_tokens": self._tokens})
        messages = chat(prompt_for(nonce), adapter.system if adapter else None)
        prompt: Any = {"prompt_token_ids": list(self._engine.render(messages).token_ids)}
        request: Any = None if adapter is None else lora_request(self._identity(name))
        first_s, tokens, text = None, 0, ""
        params = sampling_params(sampling)
        async for output in self._llm.generate(prompt, params, uuid4().hex, lora_request=request):
            first_s = first_s or time.monotonic()
            tokens += len(output.outputs[0].token_ids)
            text += output.outputs[0].text
        found = self._nonces.in_text(text)
        self._seen.answers.append(
            Answer(
                name,
                tokens,
                first_s or time.monotonic(),
                time.monotonic(),
                nonce in found,
                len(found - {nonce}),
            )
        )
