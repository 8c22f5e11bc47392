"""The base model's modules and their shapes, from the headers of its weights."""

from __future__ import annotations

import json
from pathlib import Path

from lora_ui.catalog.preflight.header import BadFile, read_header
from lora_ui.catalog.preflight.values import BaseFacts


def read_base(folder: Path, name: str) -> BaseFacts:
    """What an adapter has to fit, out of the base model in `folder` that goes by `name`."""
    config = json.loads((folder / "config.json").read_text())
    modules: dict[str, tuple[int, int]] = {}
    try:
        for file in sorted(folder.glob("*.safetensors")):
            for tensor, told in read_header(file).tensors.items():
                module, _, kind = tensor.rpartition(".")
                if kind == "weight" and len(told.shape) == 2:
                    outputs, inputs = told.shape
                    modules[module] = (inputs, outputs)
    except (BadFile, OSError):
        modules = {}
    return BaseFacts(name, config, modules or None)
