"""`adapter_config.json`: read, held against its types, and against what vLLM can do.

vLLM (seen in 0.26 and 0.32, `vllm/lora/peft_helper.py`) takes a handful of PEFT's keys, refuses
some features and overlooks others, which would then answer wrongly. The keys are those of PEFT 0.21
(`peft/tuners/lora/config.py`).
"""

from __future__ import annotations

import json
import math
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from lora_ui.catalog.findings import Finding, finding
from lora_ui.catalog.preflight.patterns import Pattern, is_modest
from lora_ui.catalog.preflight.reading import BadFile, TwiceNamed, open_regular, parse_json, shown
from lora_ui.strings import word

MOST_BYTES = 512 * 1024
MOST_ALPHA = 1e6
TASKS = ("CAUSAL_LM",)

INITS_OF_A_PLAIN_BASE = {"gaussian", "eva", "orthogonal", "mica", "lora_ga"}
"""Ways to begin a training that leave the base model's own weights as they are."""

VARIANTS = (
    "alora_invocation_tokens",
    "arrow_config",
    "kasa_config",
    "layer_replication",
    "monteclora_config",
    "use_bdlora",
    "use_qalora",
)
"""Keys that, when set, give the weights another meaning than plain LoRA."""

HARMLESS = {
    "auto_mapping",
    "base_model_name_or_path",
    "bias",
    "corda_config",
    "ensure_weight_tying",
    "eva_config",
    "exclude_modules",
    "fan_in_fan_out",
    "inference_mode",
    "init_lora_weights",
    "layers_pattern",
    "layers_to_transform",
    "loftq_config",
    "lora_dropout",
    "lora_ga_config",
    "megatron_config",
    "megatron_core",
    "modules_to_save",
    "peft_type",
    "peft_version",
    "qalora_group_size",
    "revision",
    "runtime_config",
    "target_parameters",
    "task_type",
    "trainable_token_indices",
    "velora_config",
}
"""Keys that matter in training alone, whose outcome the tensors show, or with their own rule."""


@dataclass(frozen=True)
class AdapterConfig:
    """What counts of a config; what is missing or wrong is None."""

    raw: Mapping[str, Any] = field(default_factory=dict)
    r: int | None = None
    alpha: float | None = None
    rslora: bool = False
    ranks: Pattern[int] = field(default_factory=Pattern[int])
    alphas: Pattern[float] = field(default_factory=Pattern[float])

    @property
    def base_model(self) -> str | None:
        """The base model that it names."""
        name = self.raw.get("base_model_name_or_path")
        return name.strip() or None if isinstance(name, str) else None

    def rank_of(self, module: str) -> int | None:
        """The rank that PEFT gives to the module of this full name."""
        return self.ranks.of(module, self.r)

    def scaling_of(self, module: str) -> float | None:
        """What the product of the module's matrices is multiplied by."""
        return self.scaling(self.rank_of(module), self.alphas.of(module, self.alpha))

    def scaling(self, rank: int | None, alpha: float | None) -> float | None:
        """The factor that belongs to a rank and an alpha."""
        if rank is None or alpha is None:
            return None
        return alpha / (math.sqrt(rank) if self.rslora else rank)


def read_config(path: Path) -> dict[str, Any]:
    """The JSON object in `path`; `BadFile` says what is wrong, `OSError` passes through."""
    with open_regular(path) as file:
        raw = file.read(MOST_BYTES + 1)
    if len(raw) > MOST_BYTES:
        raise BadFile("config_too_long", limit_kib=MOST_BYTES // 1024)
    try:
        config = parse_json(raw.decode())
    except TwiceNamed as twice:
        raise BadFile("config_names_twice", key=shown(twice.key)) from None
    except ValueError:
        raise BadFile("config_not_json") from None
    if not isinstance(config, dict):
        raise BadFile("config_not_an_object")
    return config


def understand(raw: Mapping[str, Any]) -> tuple[AdapterConfig, list[Finding]]:
    """The config's values, and everything that can be found without its weights."""
    kind = raw.get("peft_type")
    if kind != "LORA":
        return AdapterConfig(raw), [finding("not_lora", "error", kind=shown(kind))]
    good = {key: raw[key] for key, rule in FIELDS.items() if key in raw and rule.fits(raw[key])}
    config = AdapterConfig(
        raw=raw,
        r=good.get("r"),
        alpha=float(good["lora_alpha"]) if "lora_alpha" in good else None,
        rslora=bool(good.get("use_rslora")),
        ranks=Pattern(good.get("rank_pattern")),
        alphas=Pattern(good.get("alpha_pattern")),
    )
    return config, [*_wrong_values(raw), *_features(raw), *_doubts(raw, config)]


@dataclass(frozen=True)
class Field:
    """A key that vLLM reads: what fits it, and the key of the words that say so."""

    fits: Callable[[Any], bool]
    allowed: str
    required: bool = False


def _is_rank(value: Any) -> bool:
    return type(value) is int and 1 <= value <= 2**20


def _is_alpha(value: Any) -> bool:
    # one beyond would overflow the smaller floating-point types; NaN fails both comparisons
    return type(value) in (int, float) and -MOST_ALPHA <= value <= MOST_ALPHA


def _is_switch(value: Any) -> bool:
    return value is None or isinstance(value, bool)


def _are_names(value: Any) -> bool:
    all_text = isinstance(value, list) and all(isinstance(v, str) for v in value)
    return value is None or isinstance(value, str) or all_text


def _pattern_of(fits: Callable[[Any], bool]) -> Callable[[Any], bool]:
    def fits_all(value: Any) -> bool:
        if not isinstance(value, dict):
            return value is None
        return all(map(fits, value.values())) and is_modest(value)

    return fits_all


FIELDS: Mapping[str, Field] = {
    "r": Field(_is_rank, "allowed_rank", required=True),
    "lora_alpha": Field(_is_alpha, "allowed_alpha", required=True),
    "target_modules": Field(_are_names, "allowed_names", required=True),
    "use_rslora": Field(_is_switch, "allowed_switch"),
    "use_dora": Field(_is_switch, "allowed_switch"),
    "lora_bias": Field(_is_switch, "allowed_switch"),
    "rank_pattern": Field(_pattern_of(_is_rank), "allowed_ranks"),
    "alpha_pattern": Field(_pattern_of(_is_alpha), "allowed_alphas"),
}


def _wrong_values(raw: Mapping[str, Any]) -> Iterator[Finding]:
    for key, rule in FIELDS.items():
        if key not in raw:
            if rule.required:
                yield finding("config_key_missing", "error", key=key)
        elif not rule.fits(raw[key]):
            allowed = word(rule.allowed)
            yield finding(
                "config_value", "error", key=key, found=shown(json.dumps(raw[key])), allowed=allowed
            )


def _features(raw: Mapping[str, Any]) -> Iterator[Finding]:
    """What no vLLM from 0.26 to 0.33 serves as PEFT means it; some of them overlook it."""
    if raw.get("use_dora"):
        yield finding("dora", "error")
    if raw.get("bias", "none") != "none" or raw.get("lora_bias"):
        yield finding("bias", "error")
    if saved := raw.get("modules_to_save"):
        yield finding("modules_to_save", "error", modules=shown(saved))
    if raw.get("trainable_token_indices"):
        yield finding("added_tokens", "error", modules="trainable_token_indices")
    init = raw.get("init_lora_weights", True)
    if isinstance(init, str) and init.lower() not in INITS_OF_A_PLAIN_BASE:
        yield finding("init_changes_base", "error", init=shown(init))
    for key in VARIANTS:
        if raw.get(key):
            yield finding("variant", "error", key=key)


def _doubts(raw: Mapping[str, Any], config: AdapterConfig) -> Iterator[Finding]:
    """What may run, but not without a word."""
    task = raw.get("task_type")
    if task is not None and task not in TASKS:
        yield finding("other_task", "warning", task=shown(task))
    if config.alpha == 0 and not any(config.alphas.values()):
        yield finding("alpha_zero", "warning")
    if raw.get("megatron_config"):
        yield finding("unknown_key", "warning", keys="megatron_config")
    known = {*FIELDS, *VARIANTS, *HARMLESS}
    unknown = [shown(key) for key, value in raw.items() if value and key not in known]
    if unknown:
        yield finding("unknown_key", "warning", keys=", ".join(unknown[:5]))
