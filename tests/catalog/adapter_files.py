"""Small adapters in PEFT's layout, written as PEFT writes them."""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np
from safetensors.numpy import save_file

CONFIG: Mapping[str, Any] = {
    "peft_type": "LORA",
    "r": 4,
    "lora_alpha": 8,
    "target_modules": ["q_proj", "v_proj"],
    "base_model_name_or_path": "owner/base",
}


def tensors(
    ranks: Mapping[str, int] = {"q_proj": 4, "v_proj": 4}, width: int = 16
) -> dict[str, np.ndarray]:
    """A pair of matrices for each module of two layers."""
    found = {}
    for layer in range(2):
        for module, rank in ranks.items():
            name = f"base_model.model.model.layers.{layer}.self_attn.{module}"
            found[f"{name}.lora_A.weight"] = np.zeros((rank, width), np.float32)
            found[f"{name}.lora_B.weight"] = np.zeros((width, rank), np.float32)
    return found


def write_adapter(
    folder: Path,
    weights: Mapping[str, np.ndarray] | None = None,
    *,
    without: tuple[str, ...] = (),
    **config: Any,
) -> Path:
    """An adapter in `folder`; `config` goes over `CONFIG`, the keys in `without` are left out."""
    folder.mkdir(parents=True, exist_ok=True)
    whole = {k: v for k, v in {**CONFIG, **config}.items() if k not in without}
    (folder / "adapter_config.json").write_text(json.dumps(whole))
    save_file(dict(tensors() if weights is None else weights), folder / "adapter_model.safetensors")
    return folder
