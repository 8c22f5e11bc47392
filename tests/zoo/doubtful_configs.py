"""Configs that ask for what vLLM can't do, or that don't say what they must."""

from __future__ import annotations

from typing import Any

from tests.zoo.parts import small
from tests.zoo.specimen import Specimen, made


def _set(name: str, code: str, why: str, **config: Any) -> Specimen:
    """The good adapter with these values in its config."""
    return Specimen(name, made(lambda: small().with_config(**config)), "refused", code, why)


def _unset(key: str) -> Specimen:
    return Specimen(
        f"without-{key}",
        made(lambda: small().without(key)),
        "refused",
        "config_key_missing",
        "vLLM needs it",
    )


CONFIGS: list[Specimen] = [
    _set("prefix-tuning", "not_lora", "another kind of adapter", peft_type="PREFIX_TUNING"),
    _set("no-type", "not_lora", "no kind at all", peft_type=None),
    _unset("r"),
    _unset("lora_alpha"),
    _unset("target_modules"),
    _set("r-text", "config_value", "a number in quotes", r="16"),
    _set("r-true", "config_value", "true counts as 1 in Python", r=True),
    _set("r-negative", "config_value", "a negative rank", r=-1),
    _set("r-zero", "config_value", "division by zero", r=0),
    _set("r-float", "config_value", "16.5 ranks", r=16.5),
    _set("alpha-nan", "config_value", "every answer would be NaN", lora_alpha=float("nan")),
    _set("alpha-infinite", "config_value", "1e999 is infinity", lora_alpha=float("inf")),
    _set("alpha-text", "config_value", "a word", lora_alpha="high"),
    _set("alpha-huge", "config_value", "would overflow", lora_alpha=1e300),
    _set("targets-number", "config_value", "a number for names", target_modules=5),
    _set("rank-pattern-list", "config_value", "a list for a mapping", rank_pattern=[1, 2]),
    _set("rank-pattern-text", "config_value", "a word for a rank", rank_pattern={"q_proj": "a"}),
    _set(
        "rank-pattern-bomb",
        "config_value",
        "an expression that takes for ever on every module's name",
        rank_pattern={r"(([a-z_.]+)+)+#": 8},
    ),
    _set(
        "alpha-pattern-broken",
        "config_value",
        "no valid expression",
        alpha_pattern={"(q_proj": 8},
    ),
    _set("rank-smaller", "rank_contradicts", "scaled twice as strong as trained", r=8),
    _set("rank-larger", "rank_contradicts", "scaled half as strong as trained", r=32),
    _set(
        "rank-pattern-lie",
        "rank_contradicts",
        "the pattern promises another rank than the tensors have",
        rank_pattern={"layers.1.self_attn.q_proj": 8},
    ),
    _set("dora", "dora", "needs a norm that vLLM does not compute", use_dora=True),
    _set("bias-all", "bias", "biases are not served", bias="all"),
    _set("lora-bias", "bias", "biases are not served", lora_bias=True),
    _set("saves-head", "modules_to_save", "a whole module", modules_to_save=["lm_head"]),
    _set("saves-score", "modules_to_save", "for classifiers alone", modules_to_save=["score"]),
    _set("pissa", "init_changes_base", "needs another base", init_lora_weights="pissa_niter_4"),
    _set("olora", "init_changes_base", "needs another base", init_lora_weights="olora"),
    _set("corda", "init_changes_base", "needs another base", init_lora_weights="corda"),
    _set("loftq", "init_changes_base", "needs another base", init_lora_weights="loftq"),
    _set("alora", "variant", "works from a token on", alora_invocation_tokens=[1, 2]),
    _set("layers-twice", "variant", "another model", layer_replication=[[0, 4], [2, 5]]),
    _set("qalora", "variant", "pools its inputs", use_qalora=True),
    _set("kasa", "variant", "cuts the base model down first", kasa_config={"beta": 1e-4}),
    _set("token-indices", "added_tokens", "new embeddings", trainable_token_indices=[5]),
]
