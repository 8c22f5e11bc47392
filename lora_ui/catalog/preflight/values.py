"""What goes into the check of an adapter, and what comes out."""

from __future__ import annotations

import os
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from lora_ui.catalog.findings import Finding, Verdict, verdict_of

CONFIG_NAME = "adapter_config.json"
WEIGHTS_NAME = "adapter_model.safetensors"

TABLES = {"embed_in", "embed_tokens", "tok_embeddings", "word_embeddings", "wte"}
"""What the families call the embedding of tokens (last parts of names)."""

Mark = tuple[int, int, int, int]
"""One file at one moment: time of its contents in ns, size in bytes, time of any change, inode.

The first two alone would not do: cp -p, tar and rsync bring old times along, often in whole
seconds, and adapters of one training recipe all have one size.
"""
Stamp = tuple[Mark | None, Mark | None]
"""Config and weights; None for one that isn't there."""


@dataclass(frozen=True)
class BaseFacts:
    """The base model, as far as an adapter has to fit it.

    `name` is its repository id or folder, `config` its `config.json`. `modules` maps the full name
    of every linear layer, of the embedding and of the head to (inputs, outputs), the embedding's
    inputs being the vocabulary; None when the shapes could not be found out.
    """

    name: str
    config: Mapping[str, Any] = field(default_factory=dict)
    modules: Mapping[str, tuple[int, int]] | None = None

    @property
    def is_text_only(self) -> bool:
        """Whether its modules have the same names in its files, in PEFT and in vLLM."""
        return not {"text_config", "vision_config", "audio_config"} & set(self.config)


@dataclass(frozen=True)
class Limits:
    """What one engine serves.

    `target_modules` are its `lora_target_modules`, mostly last parts of names; none means all.
    """

    max_lora_rank: int
    target_modules: tuple[str, ...] = ()
    vllm_version: str | None = None


@dataclass(frozen=True)
class Report:
    """One adapter, checked. Values that could not be read are None.

    `rank` is the largest that an engine must allow for it, `target_modules` are the modules that it
    must serve: the last parts of the names of those that have weights, sorted. `parameters` counts
    the numbers in the weights file and `bytes` is its size; `sha256` is that of the weights file,
    None before `examine`.
    """

    folder: Path
    findings: tuple[Finding, ...] = ()
    rank: int | None = None
    alpha: float | None = None
    target_modules: tuple[str, ...] = ()
    base_model: str | None = None
    parameters: int | None = None
    bytes: int | None = None
    sha256: str | None = None
    stamp: Stamp = (None, None)

    @property
    def verdict(self) -> Verdict:
        """ok, warning (it may run) or refused, by the worst finding."""
        return verdict_of(self.findings)

    @property
    def weights(self) -> Path:
        """The weights file."""
        return self.folder / WEIGHTS_NAME

    def is_current(self) -> bool:
        """Whether both files still are what they were when they were checked."""
        return self.stamp == stamp_of(self.folder)


def stamp_of(folder: Path) -> Stamp:
    """Both files as they are now."""
    return _stamp(folder / CONFIG_NAME), _stamp(folder / WEIGHTS_NAME)


def mark_of(stat: os.stat_result) -> Mark:
    """What tells this state of a file from every other one."""
    return stat.st_mtime_ns, stat.st_size, stat.st_ctime_ns, stat.st_ino


def _stamp(path: Path) -> Mark | None:
    try:
        return mark_of(path.stat())
    except (OSError, ValueError):
        return None
