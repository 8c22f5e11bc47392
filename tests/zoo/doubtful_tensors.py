"""Weights that don't fit the base model, the config or the engine, or that are no LoRA weights."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import numpy as np

from lora_ui.catalog.preflight import Limits
from tests.zoo.parts import PREFIX, Parts, Raw, is_a, random_parts, small
from tests.zoo.specimen import LIMITS, Specimen, made, smollm2

HIDDEN = 576


def _refused(
    name: str, parts: Callable[[], Parts], code: str, why: str, limits: Limits = LIMITS
) -> Specimen:
    return Specimen(name, made(parts), "refused", code, why, limits=limits)


def _resized(tensor: np.ndarray, shape: tuple[int, ...]) -> np.ndarray:
    """Cut to `shape`, or padded with what stands at the front."""
    return np.resize(tensor, shape)


def _width(factor: float) -> Callable[[], Parts]:
    """As if trained on a model whose layers are wider or narrower."""

    def change(name: str, tensor: np.ndarray) -> np.ndarray:
        rows, columns = tensor.shape
        if is_a(name):
            return _resized(tensor, (rows, int(columns * factor)))
        return _resized(tensor, (int(rows * factor), columns))

    return lambda: small().each(change)


def _one(change: Callable[[np.ndarray], np.ndarray], part: str = "lora_B") -> Callable[[], Parts]:
    """One single matrix changed, in the middle of good ones."""

    def parts() -> Parts:
        whole = small()
        name = next(n for n in whole.tensors if "layers.1.self_attn.q_proj" in n and part in n)
        return replace(whole, tensors={**whole.tensors, name: change(whole.tensors[name].copy())})

    return parts


def _with(value: float) -> Callable[[np.ndarray], np.ndarray]:
    def change(tensor: np.ndarray) -> np.ndarray:
        tensor[-1, -1] = value
        return tensor

    return change


def _named(old: str, new: str) -> Callable[[], Parts]:
    return lambda: small().rename(lambda name: name.replace(old, new))


def _and(name: str, raw: Raw) -> Callable[[], Parts]:
    """The good adapter and one more tensor."""
    return lambda: replace(small(), raw={PREFIX + name: raw})


def _zeros(*shape: int) -> Raw:
    return "BF16", shape, bytes(2 * int(np.prod(shape)))


def _as_bytes(dtype: str) -> Callable[[], Parts]:
    """All weights in a type of one byte each."""

    def parts() -> Parts:
        whole = small()
        raw = {
            n: (dtype, t.shape, (t * 100).astype(np.int8).tobytes())
            for n, t in whole.tensors.items()
        }
        return replace(whole, tensors={}, raw=raw)

    return parts


def _swapped() -> Parts:
    return small().rename(
        lambda n: (
            n.replace("lora_A", "lora_?").replace("lora_B", "lora_A").replace("lora_?", "lora_B")
        )
    )


def _beyond_float32() -> Parts:
    whole = small()
    name = next(iter(whole.tensors))
    tensor = whole.tensors[name].astype(np.float64)
    tensor[0, 0] = 1e200
    raw = {name: ("F64", tensor.shape, tensor.tobytes())}
    return replace(whole.keep(lambda n: n != name), raw=raw)


def _foreign() -> Parts:
    """An adapter of TinyLlama, which says so."""
    name = "TinyLlama/TinyLlama-1.1B-Chat-v1.0"
    return _width(2048 / HIDDEN)().with_config(base_model_name_or_path=name)


def _packed() -> Parts:
    """The three attention matrices as one, as vLLM has them."""
    whole = small()
    tensors: dict[str, np.ndarray] = {}
    for layer in (0, 1):
        stem = f"{PREFIX}model.layers.{layer}.self_attn."
        first = whole.tensors[f"{stem}q_proj.lora_A.weight"]
        tensors[f"{stem}qkv_proj.lora_A.weight"] = first
        tensors[f"{stem}qkv_proj.lora_B.weight"] = np.zeros((960, len(first)), np.float32)
    return replace(whole, tensors=tensors)


def _same_name_twice() -> Parts:
    """With PEFT's prefix and without it, so that one of the two overwrites the other."""
    whole = small()
    bare = {n.removeprefix(PREFIX): t for n, t in whole.tensors.items() if "layers.0" in n}
    return replace(whole, tensors={**whole.tensors, **bare})


def _rank(rank: int) -> Callable[[], Parts]:
    return lambda: small().layers([0]).rank(rank).with_config(r=rank)


TENSORS: list[Specimen] = [
    _refused(
        "larger", _width(2), "shapes_differ", "vLLM raises half way, and leaks another's weights"
    ),
    _refused("smaller", _width(0.5), "shapes_differ", "vLLM takes them without a word"),
    _refused("foreign-base", _foreign, "shapes_differ", "trained on another model"),
    _refused(
        "one-smaller",
        _one(lambda t: t[:-1]),
        "shapes_differ",
        "a single row is missing in a single matrix",
    ),
    _refused(
        "transposed", lambda: small().each(lambda _, t: t.T), "shapes_turned", "as some tools save"
    ),
    _refused("swapped", _swapped, "shapes_turned", "A and B in each other's place"),
    _refused(
        "no-model-prefix",
        _named("model.model.layers", "model.layers"),
        "prefix_differs",
        "trained without the head: vLLM ignores every tensor",
    ),
    _refused(
        "prefix-twice",
        _named("base_model.model.model", "base_model.model.base_model.model.model"),
        "prefix_differs",
        "wrapped by PEFT twice: PEFT itself ignores every tensor",
    ),
    _refused(
        "foreign-prefix",
        _named("model.model.layers", "model.language_model.model.layers"),
        "prefix_differs",
        "from a model with more senses",
    ),
    _refused(
        "layer-30", _named("layers.1.", "layers.30."), "modules_unknown", "one layer too many"
    ),
    _refused("other-names", _named("q_proj", "query"), "modules_unknown", "another family's names"),
    _refused("packed", _packed, "modules_unknown", "named as vLLM has them inside"),
    _refused(
        "adapter-in-name",
        _named(".weight", ".default.weight"),
        "tensor_unknown",
        "saved with torch.save's names, not with save_pretrained",
    ),
    _refused("twice", _same_name_twice, "tensor_unknown", "one module under two names"),
    _refused(
        "whole-model",
        lambda: small().rename(lambda n: n.replace(".lora_A", "").replace(".lora_B", ".b")),
        "no_lora_weights",
        "a model's weights, not an adapter's",
    ),
    _refused(
        "no-tensors", lambda: small().keep(lambda _: False), "no_lora_weights", "an empty header"
    ),
    _refused("missing-b", lambda: small().keep(is_a), "half_a_pair", "only lora_A"),
    _refused(
        "one-missing-a",
        lambda: small().keep(lambda n: "layers.1.self_attn.q_proj.lora_A" not in n),
        "half_a_pair",
        "one matrix is missing",
    ),
    _refused("ranks-differ", _one(lambda t: t[:, :8]), "ranks_differ", "B has half the rank of A"),
    _refused(
        "rank-0", lambda: small().rank(0), "tensor_empty", "sharded training that wasn't gathered"
    ),
    _refused("three-axes", _one(lambda t: t[:, :, None]), "tensor_no_matrix", "not a matrix"),
    _refused("one-axis", _one(lambda t: t.ravel()), "tensor_no_matrix", "flattened"),
    _refused("rank-64", _rank(64), "rank_too_high", "over this engine's limit"),
    _refused("rank-1024", _rank(1024), "rank_impossible", "over every engine's limit"),
    _refused(
        "rank-pattern-64",
        lambda: (
            small()
            .rank(64, lambda n: "layers.1.self_attn.v_proj" in n)
            .with_config(rank_pattern={"layers.1.self_attn.v_proj": 64})
        ),
        "rank_too_high",
        "one module is over the limit",
    ),
    _refused(
        "patterns-on-0.26",
        lambda: small().with_config(alpha_pattern={"v_proj": 64}),
        "patterns_overlooked",
        "that vLLM would scale v_proj half as strong",
        limits=Limits(16, LIMITS.target_modules, "0.26.0"),
    ),
    _refused(
        "mlp-not-served",
        lambda: random_parts(smollm2(), ("q_proj", "down_proj")),
        "modules_not_served",
        "vLLM drops the MLP's weights without a word",
    ),
    _refused(
        "embedding-not-served",
        lambda: random_parts(smollm2(), ("embed_tokens",), 4),
        "modules_not_served",
        "this engine does not serve the embedding",
    ),
    _refused(
        "nan", _one(_with(np.nan)), "weights_not_numbers", "one NaN makes every answer nonsense"
    ),
    _refused("infinity", _one(_with(np.inf)), "weights_not_numbers", "one infinite value"),
    _refused(
        "minus-infinity", _one(_with(-np.inf), "lora_A"), "weights_not_numbers", "a negative one"
    ),
    _refused(
        "beyond-float32", _beyond_float32, "weights_not_numbers", "infinite once it is loaded"
    ),
    _refused("int8", _as_bytes("I8"), "tensor_dtype", "quantised, without its scales"),
    _refused("fp8", _as_bytes("F8_E4M3"), "tensor_dtype", "quantised, without its scales"),
    _refused(
        "dora-tensors",
        _and("model.layers.0.self_attn.q_proj.lora_magnitude_vector", _zeros(HIDDEN)),
        "dora",
        "the config does not say that it is DoRA",
    ),
    _refused(
        "bias-tensors",
        _and("model.layers.0.self_attn.q_proj.lora_B.bias", _zeros(HIDDEN)),
        "bias",
        "the config does not say that there are biases",
    ),
    _refused(
        "saved-norm",
        _and("model.norm.weight", _zeros(HIDDEN)),
        "modules_to_save",
        "a trained module of the base model",
    ),
    _refused(
        "resized-embedding",
        _and("model.embed_tokens.base_layer.weight", _zeros(49155, 8)),
        "added_tokens",
        "vLLM overlooks the new tokens",
    ),
    _refused(
        "saved-embedding",
        _and("model.embed_tokens.weight", _zeros(49155, 8)),
        "added_tokens",
        "new tokens",
    ),
    _refused(
        "token-deltas",
        _and("model.embed_tokens.token_adapter.trainable_tokens_delta", _zeros(1, HIDDEN)),
        "added_tokens",
        "new tokens",
    ),
]
