"""The base model's modules and their shapes: from the headers of its weights, else its config."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from lora_ui.catalog.preflight.adapter_config import read_config
from lora_ui.catalog.preflight.header import Tensor, read_header
from lora_ui.catalog.preflight.reading import BadFile, open_regular, parse_json
from lora_ui.catalog.preflight.tensor_names import last
from lora_ui.catalog.preflight.values import TABLES, BaseFacts

Shapes = dict[str, tuple[int, int]]

FLOATS = ("F64", "F32", "F16", "BF16", "F8_E4M3", "F8_E5M2")
"""A weight of these has its module's shape; packed integers have another."""
MOST_INDEX_BYTES = 32 * 1024**2
LLAMA_LIKE = {
    "gemma",
    "gemma2",
    "gemma3_text",
    "granite",
    "llama",
    "mistral",
    "qwen2",
    "qwen3",
    "smollm3",
}
"""Families (`model_type`) that name and shape their modules as Llama does."""
HEAD_SIZES = {"gemma": 256, "gemma2": 256, "gemma3_text": 256, "qwen3": 128}
"""Families whose heads have a size of their own, for configs that leave it out."""
TRANSPOSED = {"gpt2", "openai-gpt"}
"""Families that keep weights as (inputs, outputs), in layers of another name than in PEFT."""


def read_base(folder: Path, name: str) -> BaseFacts:
    """What an adapter has to fit, out of the base model in `folder` that goes by `name`.

    Never raises: what cannot be read is unknown.
    """
    try:
        config: Mapping[str, Any] = read_config(folder / "config.json")
    except (BadFile, OSError):
        config = {}
    if str(config.get("model_type")) in TRANSPOSED:
        return BaseFacts(name, config)
    try:
        modules = _from_headers(folder)
    except (BadFile, OSError):
        modules = None
    return BaseFacts(name, config, modules or modules_from_config(config))


def _from_headers(folder: Path) -> Shapes | None:
    """Every matrix among the weights; None where some are packed, or where there are none."""
    shapes: Shapes = {}
    for tensor, told in _tensors(folder):
        module, _, kind = tensor.rpartition(".")
        if kind in ("qweight", "weight_packed", "qzeros", "quant_state", "absmax"):
            return None
        if kind != "weight" or len(told.shape) != 2:
            continue
        if told.dtype not in FLOATS:
            return None
        outputs, inputs = told.shape
        shapes[module] = (inputs, outputs)
    shapes = _as_in_the_whole_model(shapes)
    _add_embedding(shapes)
    return shapes


def _tensors(folder: Path) -> Iterator[tuple[str, Tensor]]:
    for file in _weight_files(folder):
        yield from read_header(file).tensors.items()


def _weight_files(folder: Path) -> list[Path]:
    """The safetensors files that make up the model: those of the index, else the only one."""
    index = folder / "model.safetensors.index.json"
    if not index.is_file():
        single = folder / "model.safetensors"
        return [single] if single.exists() else sorted(folder.glob("model-*.safetensors"))
    with open_regular(index) as file:
        raw = file.read(MOST_INDEX_BYTES)
    try:
        names = {str(value) for value in parse_json(raw.decode())["weight_map"].values()}
    except (ValueError, KeyError, TypeError, AttributeError):
        raise BadFile("config_not_json") from None
    return [folder / name for name in sorted(names) if Path(name).name == name]


def _as_in_the_whole_model(shapes: Shapes) -> Shapes:
    """Some files leave out the name of the model's body, which the running model has."""
    if any(name.startswith("layers.0.") for name in shapes):
        return {n if n == "lm_head" else f"model.{n}": shape for n, shape in shapes.items()}
    return shapes


def _add_embedding(shapes: Shapes) -> None:
    """Turn the embedding round, which is kept as (tokens, size) and maps tokens to sizes.

    A model without a head of its own uses the embedding the other way round.
    """
    for table in [name for name in shapes if last(name) in TABLES]:
        size, tokens = shapes[table]
        shapes[table] = (tokens, size)
        if last(table) == "embed_tokens":
            shapes.setdefault("lm_head", (size, tokens))


def modules_from_config(config: Mapping[str, Any]) -> Shapes | None:
    """The modules of a model that is built as Llama is; None for all others."""
    if str(config.get("model_type")) not in LLAMA_LIKE:
        return None
    keys = ("hidden_size", "intermediate_size", "num_hidden_layers", "num_attention_heads")
    numbers = [config.get(key) for key in (*keys, "vocab_size")]
    if not all(type(n) is int and 0 < n < 2**24 for n in numbers):
        return None
    hidden, wide, layers, heads, tokens = (int(n or 0) for n in numbers)
    head = config.get("head_dim") or HEAD_SIZES.get(str(config["model_type"])) or hidden // heads
    groups = config.get("num_key_value_heads") or heads
    if layers > 1000 or not all(type(n) is int and 0 < n < 2**24 for n in (head, groups)):
        return None
    layer = {
        "self_attn.q_proj": (hidden, heads * head),
        "self_attn.k_proj": (hidden, groups * head),
        "self_attn.v_proj": (hidden, groups * head),
        "self_attn.o_proj": (heads * head, hidden),
        "mlp.gate_proj": (hidden, wide),
        "mlp.up_proj": (hidden, wide),
        "mlp.down_proj": (wide, hidden),
    }
    shapes = {f"model.layers.{n}.{m}": shape for n in range(layers) for m, shape in layer.items()}
    return {**shapes, "model.embed_tokens": (tokens, hidden), "lm_head": (hidden, tokens)}
