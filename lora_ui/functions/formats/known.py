"""The formats that are known, one entry each."""

from __future__ import annotations

from lora_ui.functions.formats.lists import LISTS
from lora_ui.functions.formats.named import NAMED
from lora_ui.functions.formats.objects import OBJECTS
from lora_ui.functions.formats.texts import TEXTS
from lora_ui.functions.formats.values import Format

_ORDER = (
    "glaive",
    "hermes",
    "smollm2",
    "llama3_json",
    "functionary_v3.1",
    "mistral",
    "pythonic",
    "lfm2",
    "xlam",
    "granite",
    "granite-20b-fc",
    "deepseek_v3",
    "deepseek_v31",
    "qwen3_coder",
    "phi4_mini_json",
    "functiongemma",
)
_ALL = {format.id: format for format in (*OBJECTS, *LISTS, *NAMED, *TEXTS)}

KNOWN: tuple[Format, ...] = tuple(_ALL[id] for id in _ORDER)
