"""What a model weighs, from its `config.json` alone: parameters, LoRA slots and KV cache in bytes.

The one place of these formulas: the planner and the experiment count with them, and tests hold what
a running engine tells of its tensors against them.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import Any

from lora_ui.catalog.preflight.base import LLAMA_LIKE, Shapes, modules_from_config
from lora_ui.catalog.preflight.fit import PACKED
from lora_ui.catalog.preflight.tensor_names import last
from lora_ui.errors import Problem

DTYPE_BYTES = {"float32": 4, "float16": 2, "bfloat16": 2}
EMBEDDINGS = ("embed_tokens", "lm_head")
WRAPS_EMBEDDINGS = {"granite", "llama", "qwen3"}
"""Families whose embedding and head get slots, too, when no module is named (vLLM 0.32:
`embedding_modules` of the model's class)."""

_TIED = {"gemma", "gemma2", "gemma3_text", "smollm3"}
"""Families that use the embedding as head where the config says nothing of it."""
_FOUR_NORMS = {"gemma2", "gemma3_text"}
_HEAD_NORMS = {"gemma3_text", "qwen3"}
_EXPERTS = ("num_local_experts", "num_experts", "n_routed_experts", "moe_intermediate_size")


@dataclass(frozen=True)
class ModelShape:
    """A dense model of the Llama kind.

    `modules` maps the full name of each linear layer, of the embedding and of the head to (inputs,
    outputs). `parameters` are those that are kept once: a tied head counts nothing. `kv_numbers`
    are the numbers that one token leaves in the KV cache, keys and values of all layers.
    `slides` says that some layers look back over a window only, so that they may keep less.
    """

    family: str
    modules: Mapping[str, tuple[int, int]]
    parameters: int
    kv_numbers: int
    vocabulary: int
    hidden: int
    intermediate: int
    context: int | None
    dtype: str
    slides: bool

    def weights_bytes(self, dtype: str) -> int:
        """All weights in `dtype`; "auto" is the config's own."""
        return self.parameters * self.element_bytes(dtype)

    def kv_bytes_per_token(self, dtype: str) -> int:
        """What one token takes of the KV cache."""
        return self.kv_numbers * self.element_bytes(dtype)

    def slot_bytes(self, rank: int, dtype: str, targets: Iterable[str] | None = None) -> int:
        """One LoRA slot; `targets` are last parts of names, None stands for all modules."""
        served = self.served(targets)
        numbers = sum(width for name, width in self._widths.items() if name in served)
        return rank * self.element_bytes(dtype) * numbers

    def served(self, targets: Iterable[str] | None) -> set[str]:
        """Last parts of the names of the modules that have slots when vLLM is told `targets`."""
        if targets is None:
            return set(self._widths) - self._unserved
        return served_modules(targets) & set(self._widths)

    @property
    def _unserved(self) -> set[str]:
        return set() if self.family in WRAPS_EMBEDDINGS else set(EMBEDDINGS)

    @cached_property
    def _widths(self) -> Mapping[str, int]:
        return widths(self.modules)

    def element_bytes(self, dtype: str) -> int:
        """The size of one number; "auto" is the config's own type, as vLLM takes it."""
        return DTYPE_BYTES[self.own_dtype if dtype == "auto" else dtype]

    @property
    def own_dtype(self) -> str:
        """What vLLM makes of `dtype: auto`: float32 weights are computed in float16's size."""
        return "bfloat16" if self.dtype == "float32" else self.dtype


def widths(modules: Mapping[str, tuple[int, int]]) -> dict[str, int]:
    """Σ (inputs + outputs) by the last part of the modules' names: a slot's numbers per rank.

    vLLM keeps A as (rank, inputs) and B as (outputs, rank) for each module that it serves, padded
    to `max_lora_rank` (`create_lora_weights` in `vllm/lora/layers/`). Without `targets` it serves
    all linear layers, and embedding and head where the model's class says so.
    """
    found: dict[str, int] = {}
    for name, (inputs, outputs) in modules.items():
        found[last(name)] = found.get(last(name), 0) + inputs + outputs
    return found


def served_modules(targets: Iterable[str]) -> set[str]:
    """The modules that vLLM serves when it is told `targets`: fused ones come together."""
    served = {last(target) for target in targets}
    for packed, parts in PACKED.items():
        if packed in served or parts & served:
            served |= parts
    return served


def read_shape(config: Mapping[str, Any]) -> ModelShape:
    """The shape that a `config.json` tells of; a `Problem` for models that are built otherwise."""
    family = str(config.get("model_type"))
    if any(config.get(key) for key in _EXPERTS):
        raise Problem("plan_experts")
    if "text_config" in config:
        raise Problem("plan_not_text")
    if config.get("quantization_config"):
        raise Problem("plan_quantized")
    if family not in LLAMA_LIKE:
        raise Problem("plan_family", found=family[:60], allowed=", ".join(sorted(LLAMA_LIKE)))
    modules = modules_from_config(config)
    if modules is None:
        raise Problem("plan_config")
    query, key = (
        modules["model.layers.0.self_attn.q_proj"],
        modules["model.layers.0.self_attn.k_proj"],
    )
    layers = sum(name.endswith(".q_proj") for name in modules)
    context = config.get("max_position_embeddings")
    return ModelShape(
        family=family,
        modules=modules,
        parameters=_parameters(config, family, modules, layers),
        kv_numbers=2 * layers * key[1],
        vocabulary=modules["lm_head"][1],
        hidden=query[0],
        intermediate=modules["model.layers.0.mlp.up_proj"][1],
        context=context if type(context) is int and context > 0 else None,
        dtype=_dtype(config),
        slides=_slides(config, family),
    )


def _parameters(config: Mapping[str, Any], family: str, modules: Shapes, layers: int) -> int:
    """Every number among the weights: matrices, biases and norms."""
    tied = config.get("tie_word_embeddings", family in _TIED)
    matrices = sum(
        inputs * outputs
        for name, (inputs, outputs) in modules.items()
        if not (tied and name == "lm_head")
    )
    hidden = modules["lm_head"][0]
    norms = hidden * (layers * (4 if family in _FOUR_NORMS else 2) + 1)
    if family in _HEAD_NORMS:
        norms += layers * 2 * _head(config, modules)
    return matrices + norms + sum(modules[name][1] for name in modules if _has_bias(config, name))


def _head(config: Mapping[str, Any], modules: Shapes) -> int:
    """The numbers of one attention head."""
    return modules["model.layers.0.self_attn.q_proj"][1] // int(config["num_attention_heads"])


def _has_bias(config: Mapping[str, Any], name: str) -> bool:
    if "self_attn" in name:
        if config.get("model_type") == "qwen2":  # always on these three, whatever the config says
            return not name.endswith("o_proj")
        return bool(config.get("attention_bias"))
    return "mlp" in name and bool(config.get("mlp_bias"))


def _dtype(config: Mapping[str, Any]) -> str:
    """The type that the weights were saved in; transformers reads float32 where nothing is said."""
    told = str(config.get("dtype") or config.get("torch_dtype") or "float32")
    return told if told in DTYPE_BYTES else "float32"


def _slides(config: Mapping[str, Any], family: str) -> bool:
    if family == "qwen2":
        return bool(config.get("use_sliding_window"))
    return bool(config.get("sliding_window"))
