"""An adapter taken apart: its config and its matrices, to change and to write again.

Written here and not with safetensors, so that files can also lie.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field, replace
from functools import lru_cache
from pathlib import Path
from typing import Any

import numpy as np

from lora_ui.catalog.preflight import CONFIG_NAME, WEIGHTS_NAME, BaseFacts
from lora_ui.catalog.preflight.header import read_header

ADAPTERS = Path(__file__).resolve().parents[2] / "adapters"
PREFIX = "base_model.model."
ATTENTION = ("q_proj", "k_proj", "v_proj", "o_proj")

Raw = tuple[str, tuple[int, ...], bytes]
"""A tensor as it stands in a file: data type, shape, bytes."""


@dataclass(frozen=True)
class Parts:
    """`tensors` by their names in the file, in float32; `dtype` is what they are saved as.

    `dtypes` are exceptions to `dtype`, `raw` are tensors that are written as they are.
    """

    config: Mapping[str, Any]
    tensors: Mapping[str, np.ndarray]
    dtype: str = "BF16"
    dtypes: Mapping[str, str] = field(default_factory=dict)
    raw: Mapping[str, Raw] = field(default_factory=dict)

    def with_config(self, **changes: Any) -> Parts:
        """With other values in the config."""
        return replace(self, config={**self.config, **changes})

    def without(self, *keys: str) -> Parts:
        """With keys left out of the config."""
        return replace(self, config={k: v for k, v in self.config.items() if k not in keys})

    def keep(self, wanted: Callable[[str], bool]) -> Parts:
        """Only the tensors whose names are wanted."""
        return replace(self, tensors={n: t for n, t in self.tensors.items() if wanted(n)})

    def layers(self, numbers: Iterable[int]) -> Parts:
        """Only the weights of some layers."""
        marks = tuple(f".layers.{n}." for n in numbers)
        return self.keep(lambda name: any(mark in name for mark in marks))

    def modules(self, *names: str) -> Parts:
        """Only the weights of some modules, and the config that goes with them."""
        kept = self.keep(lambda name: name.split(".lora_")[0].split(".")[-1] in names)
        return kept.with_config(target_modules=list(names))

    def rename(self, new: Callable[[str], str]) -> Parts:
        """The same tensors under other names."""
        return replace(self, tensors={new(n): t for n, t in self.tensors.items()})

    def each(self, change: Callable[[str, np.ndarray], np.ndarray]) -> Parts:
        """Every tensor changed."""
        return replace(self, tensors={n: change(n, t) for n, t in self.tensors.items()})

    def rank(self, rank: int, only: Callable[[str], bool] = lambda _: True) -> Parts:
        """Matrices of another rank: the first ones of it, repeated where there aren't enough."""

        def cut(name: str, tensor: np.ndarray) -> np.ndarray:
            if not only(name):
                return tensor
            axis = 0 if is_a(name) else 1
            wanted = np.arange(rank) % tensor.shape[axis]
            return np.take(tensor, wanted, axis=axis)

        return self.each(cut)

    def encoded(self) -> dict[str, Raw]:
        """Every tensor as it is written."""
        written = {
            name: encode(tensor, self.dtypes.get(name, self.dtype))
            for name, tensor in self.tensors.items()
        }
        return {**written, **self.raw}

    def write(self, folder: Path) -> Path:
        """Both files, as PEFT writes them."""
        folder.mkdir(parents=True, exist_ok=True)
        (folder / CONFIG_NAME).write_text(json.dumps(dict(self.config), indent=2))
        (folder / WEIGHTS_NAME).write_bytes(file_bytes(self.encoded()))
        return folder


def is_a(name: str) -> bool:
    """Whether a tensor is the first of its pair."""
    return ".lora_A." in name or name.endswith("lora_embedding_A")


def encode(tensor: np.ndarray, dtype: str) -> Raw:
    """A float32 tensor in another data type."""
    whole = np.ascontiguousarray(tensor, np.float32)
    if dtype == "BF16":
        bits = whole.view(np.uint32)
        rounded = bits + 0x7FFF + ((bits >> 16) & 1)  # to the nearest, ties to even
        special = ~np.isfinite(whole)
        data = np.where(special, bits >> 16, rounded >> 16).astype("<u2")
    else:
        data = whole.astype({"F32": "<f4", "F16": "<f2", "F64": "<f8", "I8": "i1"}[dtype])
    return dtype, tuple(tensor.shape), data.tobytes()


def decode(dtype: str, shape: tuple[int, ...], data: bytes) -> np.ndarray:
    """A stored tensor as float32."""
    if dtype == "BF16":
        wide = np.frombuffer(data, "<u2").astype(np.uint32) << 16
        return wide.view(np.float32).reshape(shape)
    kind = {"F32": "<f4", "F16": "<f2"}[dtype]
    return np.frombuffer(data, kind).astype(np.float32).reshape(shape)


def header_of(tensors: Mapping[str, Raw]) -> dict[str, dict[str, Any]]:
    """The header that belongs to the tensors, one after another."""
    header, end = {}, 0
    for name, (dtype, shape, data) in tensors.items():
        places = [end, end + len(data)]
        header[name] = {"dtype": dtype, "shape": list(shape), "data_offsets": places}
        end += len(data)
    return header


def file_bytes(
    tensors: Mapping[str, Raw],
    header: str | None = None,
    length: int | None = None,
) -> bytes:
    """A safetensors file; `header` and `length` take the place of the true ones."""
    text = json.dumps(header_of(tensors)) if header is None else header
    raw = text.encode()
    told = len(raw) if length is None else length
    return told.to_bytes(8, "little") + raw + b"".join(data for _, _, data in tensors.values())


@lru_cache(maxsize=4)
def load(folder: Path) -> Parts:
    """A good adapter from disk."""
    weights = folder / WEIGHTS_NAME
    header = read_header(weights)
    data = weights.read_bytes()[header.data_start :]
    tensors = {
        name: decode(t.dtype, t.shape, data[t.start : t.end]) for name, t in header.tensors.items()
    }
    return Parts(json.loads((folder / CONFIG_NAME).read_text()), tensors)


def good() -> Parts:
    """The demo adapter that all specimens are made from."""
    return load(ADAPTERS / "math")


def small() -> Parts:
    """Two layers of it, for specimens that are refused whatever their size."""
    return good().layers((0, 1))


def random_parts(
    base: BaseFacts, modules: Iterable[str] = ATTENTION, rank: int = 8, seed: int = 0
) -> Parts:
    """An untrained adapter with an effect, for every module of `base` that has one of the names."""
    assert base.modules
    generator, wanted = np.random.default_rng(seed), set(modules)
    tensors: dict[str, np.ndarray] = {}
    for module, (inputs, outputs) in base.modules.items():
        last = module.rsplit(".", 1)[-1]
        if last not in wanted:
            continue
        ends = (
            ("embedding_A", "embedding_B") if last == "embed_tokens" else ("A.weight", "B.weight")
        )
        shapes = (rank, inputs), (outputs, rank)
        for end, shape in zip(ends, shapes, strict=True):
            values = generator.standard_normal(shape, np.float32) * 0.05
            tensors[f"{PREFIX}{module}.lora_{end}"] = values
    config = {
        **good().config,
        "base_model_name_or_path": base.name,
        "r": rank,
        "lora_alpha": 2 * rank,
        "target_modules": sorted(wanted),
    }
    return Parts(config, tensors)
