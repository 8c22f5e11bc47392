"""Which engine an app gets."""

from __future__ import annotations

from lora_ui.engine.local import LocalEngine
from lora_ui.engine.protocol import Engine
from lora_ui.settings import Settings


def start_engine(settings: Settings) -> Engine:
    """The engine that the settings ask for, already starting in the background."""
    engine = LocalEngine(settings)
    engine.start()
    return engine
