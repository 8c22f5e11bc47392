"""Adapters that look odd, and that vLLM serves exactly as PEFT does."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path

import numpy as np

from lora_ui.catalog.preflight import CONFIG_NAME, WEIGHTS_NAME
from tests.zoo.parts import PREFIX, Parts, file_bytes, good, header_of, is_a, random_parts
from tests.zoo.specimen import WIDE, Specimen, made, smollm2


def _rank_pattern() -> Parts:
    """Rank 4 in the k_proj of all layers and 8 in everything of layer 3."""
    cut = good().rank(4, lambda n: "k_proj" in n)
    cut = cut.rank(8, lambda n: ".layers.3." in n and "k_proj" not in n)
    return cut.with_config(rank_pattern={"k_proj": 4, "layers.3.self_attn.[qvo]_proj": 8})


def _eva() -> Parts:
    """A rank of its own for each module, under full names, as the EVA init leaves them."""
    parts = good()
    modules = sorted({n.removeprefix(PREFIX).split(".lora_")[0] for n in parts.tensors})
    ranks = {module: 2 + number % 7 for number, module in enumerate(modules)}
    for module, rank in ranks.items():
        parts = replace(
            parts, tensors=dict(parts.rank(rank, lambda n, m=module: f"{m}." in n).tensors)
        )
    return parts.with_config(rank_pattern=ranks, init_lora_weights="eva", eva_config=None)


def _mixed_dtypes() -> Parts:
    dtypes = dict.fromkeys((n for n in good().tensors if is_a(n)), "F32")
    return replace(good(), dtypes=dtypes, dtype="F16")


def _odd_header(folder: Path) -> Path:
    """Metadata first, the tensors' names in reverse, spaces behind: all of it allowed."""
    good().write(folder)
    tensors = good().encoded()
    told = header_of(tensors)
    turned = {"__metadata__": {"format": "pt"}, **dict(reversed(told.items()))}
    text = json.dumps(turned, indent=1)
    text += " " * (-len(text.encode()) % 8)
    (folder / WEIGHTS_NAME).write_bytes(file_bytes(tensors, header=text))
    return folder


def _more_files(folder: Path) -> Path:
    good().write(folder)
    (folder / "README.md").write_text("# An adapter\n")
    (folder / "training.json").write_text("{}")
    (folder / "optimizer.pt").write_bytes(b"\x80\x04N.")
    (folder / "adapter_model.bin").write_bytes(b"\x80\x04N.")
    (folder / "checkpoint-10").mkdir()
    return folder


def _hub_cache(folder: Path) -> Path:
    """As the Hub's client keeps it: links from a snapshot to files named by their hash."""
    root = folder.with_name(f"{folder.name}-cache")
    real = good().write(root / "blobs")
    snapshot = root / "snapshots" / "abc123"
    snapshot.mkdir(parents=True)
    for name in (CONFIG_NAME, WEIGHTS_NAME):
        (real / name).rename(real / f"hash-of-{name}")
        (snapshot / name).symlink_to(f"../../blobs/hash-of-{name}")
    return snapshot


def _wide(*modules: str, rank: int = 8) -> Parts:
    return random_parts(smollm2(), modules, rank, seed=len(modules) + rank)


def _unprefixed() -> Parts:
    return good().rename(lambda n: n.removeprefix(PREFIX))


UNUSUAL = [
    Specimen("plain", made(good), "served", None, "the demo adapter as it is"),
    Specimen(
        "rslora",
        made(lambda: good().with_config(use_rslora=True, lora_alpha=8)),
        "served",
        None,
        "scaled by alpha / sqrt(r)",
    ),
    Specimen("rank-pattern", made(_rank_pattern), "served", None, "ranks by module and layer"),
    Specimen("eva-ranks", made(_eva), "served", None, "a rank for every module, by full names"),
    Specimen(
        "alpha-pattern",
        made(
            lambda: good().with_config(
                alpha_pattern={"v_proj": 8, "layers.0.self_attn.q_proj": 3.5}
            )
        ),
        "served",
        None,
        "alphas by module",
    ),
    Specimen(
        "both-patterns-rslora",
        made(lambda: _rank_pattern().with_config(use_rslora=True, alpha_pattern={"k_proj": 5})),
        "served",
        None,
        "all ways to scale at once",
    ),
    Specimen("one-module", made(lambda: good().modules("q_proj")), "served", None, "q_proj alone"),
    Specimen(
        "one-packed-part",
        made(lambda: good().modules("v_proj", "o_proj")),
        "served",
        None,
        "one of the three parts that vLLM fuses",
    ),
    Specimen(
        "one-layer",
        made(lambda: good().layers([12])),
        "served",
        None,
        "weights for one layer; the config does not say so",
    ),
    Specimen(
        "layers-to-transform",
        made(lambda: good().layers([3, 4, 29]).with_config(layers_to_transform=[3, 4, 29])),
        "served",
        None,
        "some layers, and the config says so",
    ),
    Specimen(
        "float32", made(lambda: replace(good(), dtype="F32")), "served", None, "PEFT's default"
    ),
    Specimen(
        "float16", made(lambda: replace(good(), dtype="F16")), "served", None, "half precision"
    ),
    Specimen(
        "float64", made(lambda: replace(good(), dtype="F64")), "served", None, "double precision"
    ),
    Specimen("mixed-dtypes", made(_mixed_dtypes), "served", None, "A in float32, B in float16"),
    Specimen(
        "without-prefix",
        made(_unprefixed),
        "served",
        None,
        "full module names without PEFT's prefix; vLLM takes them",
        twin=made(good),
    ),
    *(
        Specimen(
            f"rank-{rank}",
            made(lambda rank=rank: good().rank(rank).with_config(r=rank)),
            "served",
            None,
            "a rank below all that vLLM's kernels are made for",
        )
        for rank in (1, 2, 3)
    ),
    Specimen(
        "odd-alpha",
        made(lambda: good().with_config(lora_alpha=21.7)),
        "served",
        None,
        "alpha is no multiple of r, nor whole",
    ),
    Specimen(
        "negative-alpha",
        made(lambda: good().with_config(lora_alpha=-16)),
        "served",
        None,
        "the adapter is subtracted",
    ),
    Specimen("more-files", _more_files, "served", None, "other files beside, pickles too"),
    Specimen("odd-header", _odd_header, "served", None, "unsorted, padded, with metadata"),
    Specimen("hub-cache", _hub_cache, "served", None, "links within the Hub's cache"),
    Specimen(
        "newer-keys",
        made(lambda: good().with_config(some_new_option=None, another=False, and_a_third=[])),
        "served",
        None,
        "keys of a newer PEFT, none of them set",
    ),
    Specimen(
        "newer-key-set",
        made(lambda: good().with_config(some_new_option=True)),
        "served",
        "unknown_key",
        "a key of a newer PEFT is set: nobody knows what it means",
    ),
    Specimen(
        "regex-targets",
        made(lambda: good().with_config(target_modules=r".*self_attn\.[qkvo]_proj")),
        "served",
        None,
        "target_modules as an expression",
    ),
    Specimen(
        "all-linear",
        made(lambda: good().with_config(target_modules="all-linear", exclude_modules=["lm_head"])),
        "served",
        None,
        "the tensors say which modules, not the config",
    ),
    Specimen(
        "gaussian-init",
        made(lambda: good().with_config(init_lora_weights="gaussian", fan_in_fan_out=True)),
        "served",
        None,
        "an init that leaves the base alone; the other key has no meaning for these layers",
    ),
    Specimen(
        "no-base-named",
        made(lambda: good().without("base_model_name_or_path")),
        "served",
        None,
        "the config names no base model",
    ),
    Specimen(
        "another-base-named",
        made(lambda: good().with_config(base_model_name_or_path="someone/SmolLM2-copy")),
        "served",
        "other_base",
        "a copy of the base under another name, or not",
    ),
    Specimen(
        "zero-b",
        made(lambda: good().each(lambda n, t: t if is_a(n) else np.zeros_like(t))),
        "served",
        "weights_zero",
        "never trained: answers like the base",
    ),
    Specimen(
        "alpha-0",
        made(lambda: good().with_config(lora_alpha=0)),
        "served",
        "alpha_zero",
        "switched off: answers like the base",
    ),
    Specimen(
        "mlp",
        made(lambda: _wide("gate_proj", "up_proj", "down_proj")),
        "served",
        None,
        "the other linear layers, on an engine that serves them",
        limits=WIDE,
    ),
    Specimen(
        "one-mlp-part",
        made(lambda: _wide("up_proj", "q_proj", rank=5)),
        "served",
        None,
        "one part of two fused layers",
        limits=WIDE,
    ),
    Specimen(
        "embedding",
        made(lambda: _wide("embed_tokens", "q_proj", rank=4)),
        "served",
        None,
        "the embedding, under PEFT's own names for it",
        limits=WIDE,
    ),
    Specimen(
        "head",
        made(lambda: _wide("lm_head", "v_proj", rank=4)),
        "served",
        None,
        "the output layer, which shares its weights with the embedding",
        limits=WIDE,
    ),
]
