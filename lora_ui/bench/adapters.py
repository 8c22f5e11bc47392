"""Adapters for measuring: real files of the right shape, with hardly an effect on the answer."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
from safetensors.numpy import save_file

from lora_ui.catalog.models import Adapter

MODULES = ("q_proj", "k_proj", "v_proj", "o_proj")
_SPREAD = 1e-3


def make_adapters(model: Path, name: str, into: Path, count: int, rank: int) -> list[Adapter]:
    """Write `count` adapters on the attention layers of the Llama-shaped `model`."""
    config = json.loads((model / "config.json").read_text())
    return [_make(config, name, into / f"bench-{i}", rank, seed=i) for i in range(1, count + 1)]


def _make(config: dict, name: str, folder: Path, rank: int, seed: int) -> Adapter:
    random = np.random.default_rng(seed)
    hidden, heads = config["hidden_size"], config["num_attention_heads"]
    head = config.get("head_dim") or hidden // heads
    query, key = heads * head, config.get("num_key_value_heads", heads) * head
    sizes = {"q": (hidden, query), "k": (hidden, key), "v": (hidden, key), "o": (query, hidden)}
    tensors: dict[str, np.ndarray] = {}
    for layer in range(config["num_hidden_layers"]):
        for letter, (inner, outer) in sizes.items():
            at = f"base_model.model.model.layers.{layer}.self_attn.{letter}_proj"
            for part, shape in (("lora_A", (rank, inner)), ("lora_B", (outer, rank))):
                noise = random.standard_normal(shape) * _SPREAD
                tensors[f"{at}.{part}.weight"] = noise.astype(np.float16)
    folder.mkdir(parents=True)
    save_file(tensors, folder / "adapter_model.safetensors")
    peft = {
        "peft_type": "LORA",
        "task_type": "CAUSAL_LM",
        "r": rank,
        "lora_alpha": rank,
        "target_modules": list(MODULES),
        "base_model_name_or_path": name,
        "bias": "none",
    }
    (folder / "adapter_config.json").write_text(json.dumps(peft))
    return Adapter(name=folder.name, source=str(folder))
