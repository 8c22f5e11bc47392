"""What a specimen is: how to make it, and what has to come of it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from lora_ui.catalog.preflight import BaseFacts, Limits
from lora_ui.catalog.preflight.base import modules_from_config
from tests.zoo.parts import ATTENTION, Parts

LIMITS = Limits(max_lora_rank=16, target_modules=ATTENTION, vllm_version="0.32.0")
"""The engine that the shipped catalog gets."""
WIDE = Limits(
    max_lora_rank=16,
    target_modules=(
        *ATTENTION,
        "gate_proj",
        "up_proj",
        "down_proj",
        "embed_tokens",
        "lm_head",
    ),
    vllm_version="0.32.0",
)
"""An engine that serves every module."""

Expected = Literal["refused", "served"]


@dataclass(frozen=True)
class Specimen:
    """One adapter. `make` writes it into a folder that is not there yet and returns that.

    `code` is the finding that has to be among those of the check; None: there must be none that is
    an error or a warning. `limits` is the engine that it is held against. `twin` writes an adapter
    of the same meaning that PEFT can read, where it can't read this one (it wants its prefix).
    """

    name: str
    make: Callable[[Path], Path]
    expected: Expected
    code: str | None
    why: str
    limits: Limits = LIMITS
    twin: Callable[[Path], Path] | None = None


def smollm2() -> BaseFacts:
    """The embedded base model, from the numbers of its config: no file of it is needed."""
    config = {
        "model_type": "llama",
        "hidden_size": 576,
        "intermediate_size": 1536,
        "num_hidden_layers": 30,
        "num_attention_heads": 9,
        "num_key_value_heads": 3,
        "vocab_size": 49152,
    }
    name = "HuggingFaceTB/SmolLM2-135M-Instruct"
    return BaseFacts(name, config, modules_from_config(config))


def made(parts: Callable[[], Parts]) -> Callable[[Path], Path]:
    """The maker of an adapter that is written in the usual way; nothing is computed before."""
    return lambda folder: parts().write(folder)
