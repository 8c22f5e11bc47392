"""The real engine in this process, for tests that look closer than the page lets them."""

from __future__ import annotations

import argparse
import asyncio
import dataclasses
import os
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from typing import Any
from uuid import uuid4

import psutil

from lora_ui.catalog.models import EngineSettings
from lora_ui.engine.guard import TAG_VARIABLE
from lora_ui.engine.local import LocalEngine
from lora_ui.engine.protocol import Began, Delta, GenerationRequest, Message, Provenance
from lora_ui.sampling import FALLBACK
from lora_ui.settings import load_settings
from tests.app_process import CACHE, ROOT

CORE = "EngineCore"


@dataclass(frozen=True)
class Told:
    """An answer's text, and what the engine says has written it."""

    text: str
    provenance: Provenance


@contextmanager
def real_engine(adapters: Sequence[str], **engine: Any) -> Iterator[LocalEngine]:
    """A ready engine in float32 with these adapters of the shipped catalog; ended afterwards."""
    settings = load_settings(
        argparse.Namespace(catalog=str(ROOT / "adapters.yaml"), cache_dir=str(CACHE)), {}
    )
    catalog = settings.catalog.model_copy(
        update={
            "engine": EngineSettings.model_validate({"dtype": "float32", **engine}),
            "adapters": tuple(a for a in settings.catalog.adapters if a.name in adapters),
        }
    )
    kept = dict(os.environ)
    local = LocalEngine(dataclasses.replace(settings, catalog=catalog))
    try:
        local.start()
        asyncio.run(local.ready())
        yield local
    finally:
        local.close()
        # the engine marks what it starts; what other tests start later is not its own
        os.environ.pop(TAG_VARIABLE, None)
        os.environ.update({k: v for k, v in kept.items() if k != TAG_VARIABLE})


async def ask(
    engine: LocalEngine, adapter: str, messages: Sequence[Message], max_tokens: int
) -> Told:
    """One greedy answer; a `Problem` when the adapter may not run."""
    sampling = FALLBACK.model_copy(update={"max_tokens": max_tokens})
    prompt = engine.render(messages)
    text, provenance = "", None
    async for event in engine.generate(GenerationRequest(uuid4().hex, adapter, prompt, sampling)):
        if isinstance(event, Began):
            provenance = event.provenance
        elif isinstance(event, Delta):
            text += event.text
    assert provenance is not None
    return Told(text, provenance)


def core_processes() -> set[psutil.Process]:
    """The processes of the engine's core that run below this one; equal ones are the same ones."""
    found: set[psutil.Process] = set()
    for process in psutil.Process().children(recursive=True):
        with suppress(psutil.NoSuchProcess):  # it has just ended
            if CORE in process.name() or CORE in " ".join(process.cmdline()):
                found.add(process)
    return found
