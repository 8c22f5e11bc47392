"""The check of an adapter before any engine sees it (docs/catalog.md has the rules)."""

from lora_ui.catalog.preflight.base import read_base
from lora_ui.catalog.preflight.check import preflight
from lora_ui.catalog.preflight.examination import WeightsCache, examine
from lora_ui.catalog.preflight.values import (
    CONFIG_NAME,
    WEIGHTS_NAME,
    BaseFacts,
    Limits,
    Report,
)

__all__ = [
    "CONFIG_NAME",
    "WEIGHTS_NAME",
    "BaseFacts",
    "Limits",
    "Report",
    "WeightsCache",
    "examine",
    "preflight",
    "read_base",
]
