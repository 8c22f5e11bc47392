"""What would fit: a model's `config.json`, the engine's settings and a GPU, put into bytes.

Weights, slots and KV cache are exact (`lora_ui.catalog.footprint`). What vLLM takes beside them
depends on the GPU and the version: estimates, unless a running engine has been measured.
"""

from __future__ import annotations

import dataclasses
import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import yaml

from lora_ui.catalog.footprint import DTYPE_BYTES, ModelShape, read_shape
from lora_ui.catalog.models import ALLOWED_RANKS
from lora_ui.errors import Problem
from lora_ui.strings import word

MIB, GIB = 1024**2, 1024**3
KV_BLOCK_TOKENS = 16
"""vLLM hands out the KV cache of a GPU in blocks of so many tokens."""
BATCH_TOKENS = 8192
"""The tokens that vLLM computes at once on large GPUs (`max_num_batched_tokens`)."""
SAMPLED_ROWS = 256
"""Rows of logits that are there at once while vLLM sizes its memory."""
USUAL_GPUS_GIB = (16, 24, 32, 40, 48, 80, 96, 141, 180, 192)
MOST_UTILIZATION = 0.95
SHORTEST_CONTEXT = 64
ATTENTION = ("k_proj", "o_proj", "q_proj", "v_proj")


@dataclass(frozen=True)
class Beside:
    """What the engine takes beside weights, slots and KV cache; None where an estimate is to do."""

    context_bytes: int | None = None
    graphs_bytes: int | None = None
    workspace_bytes: int | None = None


@dataclass(frozen=True)
class Wish:
    """The settings to try. `lora_target_modules` None stands for all that vLLM can serve."""

    gpu_bytes: int
    max_loras: int = 8
    max_lora_rank: int = 16
    max_model_len: int = 2048
    gpu_memory_utilization: float = 0.85
    dtype: str = "auto"
    lora_target_modules: tuple[str, ...] | None = ATTENTION

    def __post_init__(self) -> None:
        """A `Problem` for the first value that vLLM would not take."""
        for name, fits, allowed in (
            ("gpu_bytes", 0 < self.gpu_bytes < 2**50, "a size above 0"),
            ("max_loras", 1 <= self.max_loras <= 4096, "1 to 4096"),
            (
                "max_lora_rank",
                self.max_lora_rank in ALLOWED_RANKS,
                ", ".join(map(str, ALLOWED_RANKS)),
            ),
            ("max_model_len", 64 <= self.max_model_len <= 2**30, "at least 64"),
            ("gpu_memory_utilization", 0 < self.gpu_memory_utilization <= 1, "above 0, at most 1"),
            ("dtype", self.dtype in ("auto", *DTYPE_BYTES), f"auto, {', '.join(DTYPE_BYTES)}"),
            ("lora_target_modules", self.lora_target_modules != (), "names of modules"),
        ):
            if not fits:
                raise Problem("plan_value", name=name, found=getattr(self, name), allowed=allowed)


@dataclass(frozen=True)
class Part:
    """One part of the GPU's memory. `key` names it, `label` is for people."""

    key: str
    label: str
    bytes: int
    exact: bool


@dataclass(frozen=True)
class Change:
    """One setting that alone makes it fit, and the KV cache that is left then.

    `value` is as the catalog takes it; for `key` "gpu" it is bytes.
    """

    key: str
    value: Any
    kv_tokens: int


@dataclass(frozen=True)
class Forecast:
    """What the settings come to.

    `parts` add up to the GPU's memory where it fits. `kv_bytes` is what is left for the KV cache
    and may be negative; `kv_tokens` are whole blocks of it, `full_contexts` how many requests of
    `max_model_len` tokens they hold at once. `fits` asks for at least one.
    """

    shape: ModelShape
    wish: Wish
    parts: tuple[Part, ...]
    slot_bytes: int
    kv_bytes_per_token: int
    kv_bytes: int
    kv_tokens: int
    full_contexts: int
    fits: bool
    changes: tuple[Change, ...]
    notes: tuple[str, ...]
    formula: str

    @property
    def sentence(self) -> str:
        """Whether it fits, and with what."""
        needed = self.kv_bytes_per_token * blocks(self.wish.max_model_len)
        return word(
            "plan_fits" if self.fits else "plan_misses",
            kv=size(self.kv_bytes),
            tokens=f"{self.kv_tokens:,}",
            contexts=f"{self.full_contexts:,}",
            context=f"{self.wish.max_model_len:,}",
            wanted=size(needed),
        )

    @property
    def advice(self) -> tuple[str, ...]:
        """Each change as a sentence; one sentence where none is enough, none where it fits."""
        if self.fits:
            return ()
        return tuple(map(_advice, self.changes)) or (word("plan_no_change"),)


def read_config_text(text: str) -> ModelShape:
    """The shape out of a `config.json` that somebody has given; a `Problem` says what is wrong."""
    try:
        config = json.loads(text)
    except (ValueError, RecursionError) as error:
        raise Problem("plan_json", detail=str(error)[:200]) from None
    if not isinstance(config, dict):
        raise Problem("plan_json", detail="it holds no object")
    return read_shape(config)


def forecast(shape: ModelShape, wish: Wish, beside: Beside = Beside()) -> Forecast:
    """Compute the plan, and where it does not fit, each single change that would make it."""
    found = _compute(shape, wish, beside)
    if found.fits:
        return found
    return dataclasses.replace(found, changes=tuple(_changes(found, beside)))


def settings_yaml(plan: Forecast, model: str | None = None) -> str:
    """The `engine:` section of a catalog that asks for this plan."""
    wish = plan.wish
    targets = wish.lora_target_modules or sorted(plan.shape.served(None))
    engine: dict[str, Any] = {
        **({"model": model} if model else {}),
        "max_loras": wish.max_loras,
        "max_lora_rank": wish.max_lora_rank,
        "lora_target_modules": list(targets),
        "max_model_len": wish.max_model_len,
        "dtype": wish.dtype,
        "gpu_memory_utilization": wish.gpu_memory_utilization,
    }
    return yaml.safe_dump({"engine": engine}, sort_keys=False, allow_unicode=True)


def size(count: int) -> str:
    """Bytes for people, in the unit that suits."""
    if abs(count) >= GIB:
        return f"{count / GIB:,.2f} GiB"
    return f"{count / MIB:,.1f} MiB"


def blocks(tokens: int) -> int:
    """Tokens rounded up to whole blocks of the KV cache."""
    return -(-tokens // KV_BLOCK_TOKENS) * KV_BLOCK_TOKENS


def _compute(shape: ModelShape, wish: Wish, beside: Beside) -> Forecast:
    slot = shape.slot_bytes(wish.max_lora_rank, wish.dtype, wish.lora_target_modules)
    parts = [
        Part("weights", word("plan_part_weights"), shape.weights_bytes(wish.dtype), True),
        Part("slots", word("plan_part_slots"), wish.max_loras * slot, True),
        *_beside(shape, wish, beside),
    ]
    pool = int(wish.gpu_bytes * wish.gpu_memory_utilization)
    kv_bytes = pool - sum(part.bytes for part in parts)
    per_token = shape.kv_bytes_per_token(wish.dtype)
    kv_tokens = max(kv_bytes, 0) // (per_token * KV_BLOCK_TOKENS) * KV_BLOCK_TOKENS
    contexts = kv_tokens // blocks(wish.max_model_len)
    allowed = shape.context is None or wish.max_model_len <= shape.context
    parts.append(Part("kv", word("plan_part_kv"), max(kv_bytes, 0), True))
    parts.append(Part("free", word("plan_part_free"), wish.gpu_bytes - pool, True))
    return Forecast(
        shape=shape,
        wish=wish,
        parts=tuple(parts),
        slot_bytes=slot,
        kv_bytes_per_token=per_token,
        kv_bytes=kv_bytes,
        kv_tokens=kv_tokens,
        full_contexts=contexts,
        fits=contexts >= 1 and allowed,
        changes=(),
        notes=tuple(_notes(shape, wish)),
        formula=_formula(shape, wish, slot),
    )


def _beside(shape: ModelShape, wish: Wish, beside: Beside) -> Iterator[Part]:
    """Graphs, context and workspace: measured ones where there are such, else estimates."""
    element = shape.element_bytes(wish.dtype)
    # activations of one batch (gate and up, their product, the residual stream) and the logits,
    # once as the model gives them and once in float32
    rows = BATCH_TOKENS * (3 * shape.intermediate + 4 * shape.hidden) * element
    estimates = {
        "context": 600 * MIB,
        "graphs": GIB // 2 + shape.weights_bytes(wish.dtype) // 50,
        "workspace": rows + SAMPLED_ROWS * shape.vocabulary * (4 + element),
    }
    for key, estimate in estimates.items():
        measured: int | None = getattr(beside, f"{key}_bytes")
        label = f"plan_part_{key}" if measured is None else f"plan_part_{key}_measured"
        yield Part(key, word(label), estimate if measured is None else measured, False)


def _notes(shape: ModelShape, wish: Wish) -> Iterator[str]:
    if shape.context is not None and wish.max_model_len > shape.context:
        yield word("plan_context_over", made=f"{shape.context:,}", asked=f"{wish.max_model_len:,}")
    if shape.slides:
        yield word("plan_slides")
    yield word("plan_estimates")


def _formula(shape: ModelShape, wish: Wish, slot: int) -> str:
    element = shape.element_bytes(wish.dtype)
    return word(
        "plan_formula",
        slots=wish.max_loras,
        rank=wish.max_lora_rank,
        element=element,
        numbers=f"{slot // (element * wish.max_lora_rank):,}",
        total=size(wish.max_loras * slot),
    )


def _changes(now: Forecast, beside: Beside) -> Iterator[Change]:
    """The least change of each setting that alone is enough."""
    for key, values in _candidates(now).items():
        field = "gpu_bytes" if key == "gpu" else key
        for value in values:
            wish = dataclasses.replace(now.wish, **{field: value})
            found = _compute(now.shape, wish, beside)
            if found.fits:
                yield Change(key, value, found.kv_tokens)
                break


def _candidates(now: Forecast) -> Mapping[str, Sequence[Any]]:
    """By setting, the values to try, the one nearest to the wish first."""
    wish = now.wish
    shares = range(int(wish.gpu_memory_utilization * 100) + 1, int(MOST_UTILIZATION * 100) + 1)
    short_bytes = now.kv_bytes_per_token * blocks(wish.max_model_len) - now.kv_bytes
    slots = wish.max_loras - max(-(-short_bytes // now.slot_bytes), 1) if now.slot_bytes else 0
    longest = min(now.kv_tokens, now.shape.context or now.kv_tokens, wish.max_model_len - 1)
    context = longest // KV_BLOCK_TOKENS * KV_BLOCK_TOKENS
    return {
        "gpu_memory_utilization": [share / 100 for share in shares],
        "max_loras": [slots] if slots >= 1 else [],
        "max_lora_rank": [r for r in reversed(ALLOWED_RANKS) if r < wish.max_lora_rank],
        "lora_target_modules": [ATTENTION],
        "max_model_len": [context] if context >= SHORTEST_CONTEXT else [],
        "gpu": [gib * GIB for gib in USUAL_GPUS_GIB if gib * GIB > wish.gpu_bytes],
    }


def _advice(change: Change) -> str:
    value, tokens = change.value, f"{change.kv_tokens:,}"
    if change.key == "gpu":
        return word("plan_change_gpu", value=size(value), tokens=tokens)
    shown = ", ".join(value) if isinstance(value, tuple) else value
    return word("plan_change", setting=change.key, value=shown, tokens=tokens)
