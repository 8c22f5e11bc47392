"""Which engine an app gets."""

from __future__ import annotations

from lora_ui.engine.local import LocalEngine
from lora_ui.engine.protocol import Engine
from lora_ui.settings import Settings


def make_engine(settings: Settings) -> Engine:
    """The engine that the settings ask for, not started yet."""
    return LocalEngine(settings)
