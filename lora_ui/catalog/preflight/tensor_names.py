"""What the names of an adapter's tensors mean, by the rules of vLLM's loader.

`vllm/lora/utils.py` (`parse_fine_tuned_lora_name`, 0.32): an optional prefix `base_model.model.`,
the module's full name in the base model, and one of four endings.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field

from lora_ui.catalog.findings import Finding, finding
from lora_ui.catalog.preflight.header import Header, Tensor
from lora_ui.catalog.preflight.reading import places

PREFIX = "base_model.model."
LONGEST_NAME = 300
_LORA = re.compile(r"(?P<module>.+)\.lora_(?:(?P<side>[AB])\.weight|embedding_(?P<table>[AB]))")
_SAVED_EMBEDDING = (".embed_tokens.base_layer.weight", ".lm_head.base_layer.weight")
_STRANGE = (
    ("dora", re.compile(r"\.lora_magnitude_vector")),
    ("added_tokens", re.compile(r"\.trainable_tokens|(?:embed_tokens|lm_head)\.weight$")),
    ("bias", re.compile(r"\.bias$")),
    ("modules_to_save", re.compile(r"\.modules_to_save\.|^(?!.*lora_).*\.weight$")),
)
"""Tensors that are no part of plain LoRA: the code of the finding, by what is in the name."""


@dataclass
class Pair:
    """The two matrices of one module, as (rank, inputs) and (outputs, rank).

    `is_table` is for an embedding, which PEFT saves under names of their own.
    """

    a: Tensor | None = None
    b: Tensor | None = None
    is_table: bool = False

    @property
    def whole(self) -> tuple[Tensor, Tensor] | None:
        """Both matrices, if they are two and are matrices."""
        a, b = self.a, self.b
        if a is None or b is None or len(a.shape) != 2 or len(b.shape) != 2:
            return None
        return a, b


@dataclass
class Named:
    """The tensors of a file, sorted out.

    `pairs` by the module's full name in the base model; `embeddings` are the base's own, saved with
    the adapter (vLLM overlooks them); `strange` lists the other names by the code of the finding.
    """

    pairs: dict[str, Pair] = field(default_factory=dict)
    embeddings: dict[str, Tensor] = field(default_factory=dict)
    strange: dict[str, list[str]] = field(default_factory=dict)


def sort_out(header: Header) -> Named:
    """Group all tensors of a file by what they are."""
    named = Named()
    for name, tensor in header.tensors.items():
        if name.endswith(_SAVED_EMBEDDING):
            named.embeddings[name.removeprefix(PREFIX).removesuffix(".base_layer.weight")] = tensor
        elif not _take(named.pairs, name, tensor):
            named.strange.setdefault(_kind(name), []).append(name)
    return named


def _take(pairs: dict[str, Pair], name: str, tensor: Tensor) -> bool:
    """Put a LoRA matrix in its pair; False for any other tensor, and for a second one."""
    match = _LORA.fullmatch(name.removeprefix(PREFIX)) if len(name) <= LONGEST_NAME else None
    if match is None:
        return False
    is_table = match["table"] is not None
    side = match["table"] or match["side"]
    pair = pairs.setdefault(match["module"], Pair(is_table=is_table))
    if pair.is_table != is_table or (pair.a if side == "A" else pair.b) is not None:
        return False
    if side == "A":
        pair.a = tensor
    else:
        pair.b = tensor
    return True


def _kind(name: str) -> str:
    if len(name) <= LONGEST_NAME:
        for code, expression in _STRANGE:
            if expression.search(name):
                return code
    return "tensor_unknown"


def served_name(module: str) -> str:
    """The name by which an engine is told to serve a module: its last part.

    vLLM wraps all experts of a layer as one module.
    """
    return "experts" if "experts" in module.split(".") else last(module)


def last(module: str) -> str:
    """The last part of a module's name."""
    return module.rpartition(".")[2]


def strange_tensors(named: Named, already: set[str]) -> Iterator[Finding]:
    """What is no part of plain LoRA, unless the config has told of it `already`."""
    for code, names in named.strange.items():
        if code not in already:
            yield finding(code, "error", modules=places(names))


def half_pairs(named: Named) -> Iterator[Finding]:
    """Modules that have only one of their two matrices."""
    halves = [m for m, pair in named.pairs.items() if pair.a is None or pair.b is None]
    if halves:
        yield finding("half_a_pair", "error", modules=places(halves))


def matrices(pairs: Mapping[str, Pair]) -> Iterator[tuple[str, Tensor]]:
    """Every matrix with its module's name."""
    for module, pair in pairs.items():
        yield from ((module, t) for t in (pair.a, pair.b) if t is not None)
