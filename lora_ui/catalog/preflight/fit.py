"""The tensors of an adapter against its config, the base model and the engine."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from lora_ui.catalog.findings import Finding, finding
from lora_ui.catalog.models import ALLOWED_RANKS
from lora_ui.catalog.preflight.adapter_config import AdapterConfig
from lora_ui.catalog.preflight.header import Tensor
from lora_ui.catalog.preflight.reading import places, shown
from lora_ui.catalog.preflight.tensor_names import PREFIX, Named, Pair, last, matrices, served_name
from lora_ui.catalog.preflight.values import TABLES, BaseFacts, Limits

DTYPES = {"F64", "F32", "F16", "BF16"}
MOST_HEAD_TOKENS = 258_048
"""vLLM's `LogitsProcessorWithLoRA` takes no larger vocabulary (0.32)."""
PATTERNS_SINCE = (0, 32)
"""From this vLLM on, rank and alpha patterns are known to count; 0.26 overlooks them."""
PACKED = {
    "qkv_proj": {"q_proj", "k_proj", "v_proj"},
    "gate_up_proj": {"gate_proj", "up_proj"},
}
"""Layers that vLLM fuses: an engine told to serve one of these serves its parts."""


@dataclass(frozen=True)
class Checked:
    """Everything that a rule may look at. `base` and `limits` are None where nothing is known."""

    config: AdapterConfig
    named: Named
    base: BaseFacts | None
    limits: Limits | None

    @property
    def modules(self) -> Mapping[str, tuple[int, int]] | None:
        """The base model's modules, if they are known."""
        return self.base.modules if self.base else None

    def shape(self, module: str) -> tuple[int, int] | None:
        """Inputs and outputs of a module of the base model, if they are known."""
        return (self.modules or {}).get(module)

    def fitting(self) -> Iterator[tuple[str, Tensor, Tensor]]:
        """Modules whose matrices have the right form; their ranks can be relied on."""
        for module, pair in self.named.pairs.items():
            if pair.whole and not (self.shape(module) and misfit(pair, self.shape(module))):
                yield module, *pair.whole


def misfit(pair: Pair, shape: tuple[int, int] | None) -> str | None:
    """The finding for a pair that doesn't fit a module of (inputs, outputs), None when it does."""
    if shape is None or not pair.whole:
        return None
    a, b = (tensor.shape for tensor in pair.whole)
    inputs, outputs = shape
    if (a[1], b[0]) == (inputs, outputs):
        return None
    if (a[0], b[1]) == (inputs, outputs) or (a[0], b[1]) == (outputs, inputs):
        return "shapes_turned"
    return "shapes_differ"


def forms(it: Checked) -> Iterator[Finding]:
    """Data types, dimensions and sizes of every matrix."""
    types = {t.dtype: m for m, t in matrices(it.named.pairs) if t.dtype not in DTYPES}
    for dtype, module in types.items():
        yield finding("tensor_dtype", "error", tensor=shown(module), dtype=dtype)
    empty = [m for m, t in matrices(it.named.pairs) if 0 in t.shape]
    if empty:
        yield finding("tensor_empty", "error", modules=places(empty))
    flat = [m for m, t in matrices(it.named.pairs) if len(t.shape) != 2 and 0 not in t.shape]
    if flat:
        yield finding("tensor_no_matrix", "error", modules=places(flat))


def names(it: Checked) -> Iterator[Finding]:
    """Whether the base model has every module that the adapter has weights for."""
    modules = it.modules
    if not modules:
        if it.named.pairs:
            yield finding("shapes_not_checked", "warning")
        return
    missing = [m for m in it.named.pairs if m not in modules]
    if not missing:
        confused = [m for m, p in it.named.pairs.items() if p.is_table != (last(m) in TABLES)]
        if confused:
            yield finding("tensor_unknown", "error", modules=places(confused))
        return
    tails = _by_tail(modules)
    meant = {m: _meant(m, modules, tails) for m in missing}
    if not all(meant.values()):
        unknown = [m for m, real in meant.items() if real is None]
        model = it.base.name if it.base else "?"
        yield finding("modules_unknown", "error", modules=places(unknown), model=model)
    elif it.base and it.base.is_text_only:
        yield finding(
            "prefix_differs",
            "error",
            found=shown(missing[0]),
            wanted=PREFIX + str(meant[missing[0]]),
        )
    else:  # such models are built of parts that vLLM names anew, each in its own way
        yield finding("names_not_checked", "warning", modules=places(missing))


def _by_tail(modules: Mapping[str, tuple[int, int]]) -> dict[str, str]:
    """Every module of the base by its own name and by each end of it."""
    tails: dict[str, str] = {}
    for name in modules:
        parts = name.split(".")
        for cut in range(len(parts)):
            tails.setdefault(".".join(parts[cut:]), name)
    return {**tails, **{name: name for name in modules}}


def _meant(
    module: str, modules: Mapping[str, tuple[int, int]], tails: dict[str, str]
) -> str | None:
    """The module of the base that has the same name but for what stands in front of it."""
    parts = module.split(".")
    ends = [".".join(parts[cut:]) for cut in range(min(4, len(parts) - 1))]
    whole = next((end for end in ends if end in modules), None)
    return whole or next((tails[end] for end in ends[:2] if end in tails), None)


def shapes(it: Checked) -> Iterator[Finding]:
    """Whether every matrix has the size that the base model's module asks for.

    vLLM raises for larger ones, half loaded, and takes smaller ones without a word.
    """
    wrong: dict[str, list[str]] = {}
    for module, pair in it.named.pairs.items():
        if code := misfit(pair, it.shape(module)):
            wrong.setdefault(code, []).append(module)
    for code, modules in wrong.items():
        first = modules[0]
        whole, shape = it.named.pairs[first].whole, it.shape(first)
        assert whole is not None
        assert shape is not None
        told = f"{list(whole[0].shape)}, {list(whole[1].shape)}"
        wanted = f"[r, {shape[0]}], [{shape[1]}, r]"
        params = {"modules": places(modules), "found": told, "wanted": wanted}
        yield finding(code, "error", **params, model=it.base.name if it.base else "?")
    for module, table in it.named.embeddings.items():
        shape = it.shape(module)
        if shape and sorted(shape) != sorted(table.shape):
            yield finding("added_tokens", "error", modules=shown(module))
        else:
            yield finding("embedding_overlooked", "warning", module=shown(module))


def ranks(it: Checked) -> Iterator[Finding]:
    """Both matrices of a pair must have one rank: the one that its scaling is worked out with."""
    between, told = [], []
    for module, a, b in it.fitting():
        if a.shape[0] != b.shape[1]:
            between.append(module)
        elif it.config.rank_of(module) not in (None, a.shape[0]):
            told.append((module, a.shape[0]))
    if between:
        yield finding("ranks_differ", "error", modules=places(between))
    if told:
        module, rank = told[0]
        modules = places([m for m, _ in told])
        wanted = it.config.rank_of(module)
        yield finding("rank_contradicts", "error", modules=modules, rank=rank, wanted=wanted)


def needed_rank(it: Checked) -> int | None:
    """The rank that an engine must allow: vLLM goes by the config, the slots by the tensors."""
    found = [a.shape[0] for _, a, _ in it.fitting()]
    if not found:
        return it.config.r
    if any(True for _ in ranks(it)):
        return max(found)
    return max([*found, *it.config.ranks.values(), *([it.config.r] if it.config.r else [])])


def rank_limit(it: Checked) -> Iterator[Finding]:
    """Whether the rank is one that this engine, or any, can serve."""
    rank = needed_rank(it)
    if rank is None or any(True for _ in ranks(it)):
        return
    if rank > ALLOWED_RANKS[-1]:
        yield finding("rank_impossible", "error", rank=rank, limit=ALLOWED_RANKS[-1])
    elif it.limits and rank > it.limits.max_lora_rank:
        needed = next(r for r in ALLOWED_RANKS if r >= rank)
        limit = it.limits.max_lora_rank
        yield finding("rank_too_high", "error", rank=rank, limit=limit, needed=needed)


def served(it: Checked) -> Iterator[Finding]:
    """Whether the engine serves every module: vLLM drops the others' weights without a word."""
    if it.limits is None or not it.limits.target_modules:
        return
    told = set(it.limits.target_modules)
    told |= {part for whole, parts in PACKED.items() if whole in told for part in parts}
    dropped = [m for m in it.named.pairs if served_name(m) not in told and m not in told]
    if dropped:
        wider = ",".join(sorted({*it.limits.target_modules, *map(served_name, dropped)}))
        modules = ", ".join(sorted({shown(served_name(m)) for m in dropped})[:12])
        yield finding("modules_not_served", "error", modules=modules, wider=wider)


def scaling(it: Checked) -> Iterator[Finding]:
    """Whether this vLLM scales every module as PEFT does."""
    version = _version(it.limits.vllm_version if it.limits else None)
    if version is None or version >= PATTERNS_SINCE:
        return
    plain = it.config.scaling(it.config.r, it.config.alpha)
    wrong = [m for m, _, _ in it.fitting() if it.config.scaling_of(m) != plain]
    if wrong:
        number = ".".join(map(str, version))
        yield finding("patterns_overlooked", "error", modules=places(wrong), version=number)


def _version(text: str | None) -> tuple[int, int] | None:
    match = re.match(r"(\d+)\.(\d+)", text or "")
    return (int(match[1]), int(match[2])) if match else None


def head(it: Checked) -> Iterator[Finding]:
    """vLLM serves an adapted output layer up to a vocabulary of some size."""
    for module in it.named.pairs:
        shape = it.shape(module)
        if last(module) == "lm_head" and shape and shape[1] > MOST_HEAD_TOKENS:
            yield finding("head_too_large", "error", found=shape[1], limit=MOST_HEAD_TOKENS)


RULES = (forms, names, shapes, ranks, rank_limit, served, scaling, head)
