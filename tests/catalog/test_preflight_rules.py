"""What the zoo leaves open: no base or engine known, limits met exactly, whose word counts."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from lora_ui.catalog.preflight import (
    BaseFacts,
    Limits,
    Report,
    preflight,
)
from lora_ui.catalog.preflight.fit import MOST_HEAD_TOKENS
from lora_ui.strings.en import FINDINGS
from tests.zoo import LIMITS, ZOO, random_parts, smollm2
from tests.zoo.parts import ADAPTERS, PREFIX, Parts, small


def codes(report: Report) -> list[str]:
    return [f.code for f in report.findings]


def checked(
    parts: Parts,
    folder: Path,
    base: BaseFacts | None = None,
    limits: Limits | None = LIMITS,
    declared: str | None = None,
) -> Report:
    return preflight(parts.write(folder / "a"), base or smollm2(), limits, declared)


def named(*modules: str, rank: int = 4, shape: tuple[int, int] = (576, 576)) -> Parts:
    """An adapter with weights for exactly these modules, given by their full names."""
    inputs, outputs = shape
    tensors = {}
    for module in modules:
        tensors[f"{PREFIX}{module}.lora_A.weight"] = np.ones((rank, inputs), np.float32)
        tensors[f"{PREFIX}{module}.lora_B.weight"] = np.ones((outputs, rank), np.float32)
    return replace(small(), tensors=tensors).with_config(r=rank)


@pytest.mark.parametrize("name", ["math", "function", "text2sql"])
def test_the_shipped_adapters_are_without_findings(name: str):
    report = preflight(ADAPTERS / name, smollm2(), LIMITS)
    assert report.findings == ()
    assert (report.verdict, report.rank, report.alpha) == ("ok", 16, 32.0)
    assert report.target_modules == ("k_proj", "o_proj", "q_proj", "v_proj")
    assert report.base_model == "HuggingFaceTB/SmolLM2-135M-Instruct"
    assert report.parameters == 1_843_200
    assert report.bytes == report.weights.stat().st_size
    assert report.is_current()
    assert report.sha256 is None


def test_the_shipped_adapters_are_as_small_as_promised():
    reports = [preflight(ADAPTERS / name, None, None) for name in ("text2sql", "math", "function")]
    assert sum(r.bytes or 0 for r in reports) <= 15 * 1024**2
    assert all((r.folder / "README.md").is_file() for r in reports)


def test_without_a_base_everything_else_is_still_checked(tmp_path: Path):
    report = preflight(small().write(tmp_path / "a"), None, None)
    assert codes(report) == ["shapes_not_checked"]
    assert report.verdict == "warning"
    lying = preflight(small().with_config(r=8).write(tmp_path / "b"), None, None)
    assert lying.verdict == "refused"
    assert "rank_contradicts" in codes(lying)


def test_without_limits_only_those_of_every_vllm_count(tmp_path: Path):
    parts = random_parts(smollm2(), ("up_proj",), rank=512).layers([0])
    report = checked(parts, tmp_path, limits=None)
    assert report.findings == ()
    assert (report.rank, report.target_modules) == (512, ("up_proj",))
    over = parts.rank(513).with_config(r=513)
    assert codes(checked(over, tmp_path, limits=None)) == ["rank_impossible"]


@pytest.mark.parametrize(
    ("rank", "needed"), [(16, None), (17, 32), (64, 64), (65, 128), (500, 512)]
)
def test_the_fix_names_the_next_rank_that_vllm_takes(tmp_path: Path, rank: int, needed: int | None):
    report = checked(small().layers([0]).rank(rank).with_config(r=rank), tmp_path)
    assert report.rank == rank
    if needed is None:
        assert report.findings == ()
    else:
        assert report.findings[0].fix == f"Restart with --max-lora-rank {needed}."


def test_the_config_rank_counts_too_where_patterns_override_it(tmp_path: Path):
    """vLLM goes by `r` and refuses it, whatever the tensors are."""
    parts = small().rank(4).with_config(r=32, rank_pattern={".*proj": 4})
    report = checked(parts, tmp_path)
    assert codes(report) == ["rank_too_high"]
    assert report.rank == 32
    assert codes(checked(parts.with_config(r=16), tmp_path)) == []


@pytest.mark.parametrize(
    ("serves", "dropped"),
    [
        ((), None),
        (("q_proj", "k_proj", "v_proj", "o_proj", "up_proj"), None),
        (("qkv_proj", "o_proj"), None),
        (("q_proj", "o_proj"), "k_proj, v_proj"),
        (("gate_up_proj",), "k_proj, o_proj, q_proj, v_proj"),
    ],
    ids=str,
)
def test_weights_that_the_engine_would_drop(
    tmp_path: Path, serves: tuple[str, ...], dropped: str | None
):
    report = checked(small(), tmp_path, limits=Limits(16, serves))
    if dropped is None:
        assert report.findings == ()
    else:
        (found,) = report.findings
        assert f"weights for {dropped}, which" in found.message
        wider = found.fix.removeprefix("Restart with --lora-target-modules ").removesuffix(".")
        assert codes(checked(small(), tmp_path, limits=Limits(16, tuple(wider.split(","))))) == []


def test_a_module_may_be_served_by_its_full_name(tmp_path: Path):
    name = "model.layers.0.self_attn.q_proj"
    assert codes(checked(named(name), tmp_path, limits=Limits(16, (name,)))) == []


def test_experts_are_served_as_one(tmp_path: Path):
    expert = "model.layers.0.mlp.experts.3.up_proj"
    base = BaseFacts("x/moe", {}, {expert: (576, 576)})
    parts = named(expert).with_config(base_model_name_or_path="x/moe")
    assert checked(parts, tmp_path, base, limits=None).target_modules == ("experts",)
    assert codes(checked(parts, tmp_path, base, Limits(16, ("up_proj",)))) == ["modules_not_served"]
    assert codes(checked(parts, tmp_path, base, Limits(16, ("experts",)))) == []


@pytest.mark.parametrize(
    ("version", "refused"),
    [
        ("0.26.0", True),
        ("0.31.2", True),
        ("0.32.0", False),
        ("0.33.1+cpu", False),
        ("1.0", False),
        (None, False),
        ("dev", False),
    ],
)
def test_patterns_count_by_the_version(tmp_path: Path, version: str | None, refused: bool):
    limits = Limits(16, LIMITS.target_modules, version)
    parts = small().with_config(alpha_pattern={"q_proj": 4})
    assert ("patterns_overlooked" in codes(checked(parts, tmp_path, limits=limits))) is refused


def test_a_pattern_that_changes_nothing_is_fine_for_every_version(tmp_path: Path):
    limits = Limits(16, LIMITS.target_modules, "0.26.0")
    for pattern in ({"q_proj": 32}, {"nothing_of_this_name": 1}, {}, None):
        parts = small().with_config(alpha_pattern=pattern)
        assert codes(checked(parts, tmp_path, limits=limits)) == []
    # half the rank and half the alpha: the same factor
    same = small().rank(8, lambda n: "q_proj" in n)
    same = same.with_config(rank_pattern={"q_proj": 8}, alpha_pattern={"q_proj": 16})
    assert codes(checked(same, tmp_path, limits=limits)) == []


def test_inits_that_change_the_base_are_refused_whatever_the_version(tmp_path: Path):
    parts = small().with_config(init_lora_weights="PiSSA")
    for version in ("0.26.0", "0.32.0", None):
        limits = Limits(16, LIMITS.target_modules, version)
        assert codes(checked(parts, tmp_path, limits=limits)) == ["init_changes_base"]


@pytest.mark.parametrize("init", [True, False, "gaussian", "Orthogonal", "eva", "lora_ga", None])
def test_inits_that_leave_the_base_alone(tmp_path: Path, init: object):
    assert codes(checked(small().with_config(init_lora_weights=init), tmp_path)) == []


MODEL = "HuggingFaceTB/SmolLM2-135M-Instruct"


@pytest.mark.parametrize(
    ("told", "catalog", "base", "found", "reported"),
    [
        (MODEL, None, MODEL, [], MODEL),
        (MODEL.lower(), None, MODEL, [], MODEL.lower()),
        ("owner/other", None, MODEL, ["other_base"], "owner/other"),
        (None, MODEL, MODEL, [], MODEL),
        (None, "owner/other", MODEL, ["other_base"], "owner/other"),
        ("owner/other", MODEL, MODEL, ["other_base"], "owner/other"),
        (None, None, MODEL, ["base_not_named"], None),
        ("", None, MODEL, ["base_not_named"], None),
        (7, None, MODEL, ["base_not_named"], None),
        ("owner/other", None, "/models/mine", [], "owner/other"),
    ],
)
def test_the_declared_base_model(
    tmp_path: Path,
    told: object,
    catalog: str | None,
    base: str,
    found: list[str],
    reported: str | None,
):
    parts = small().with_config(base_model_name_or_path=told)
    report = checked(parts, tmp_path, replace(smollm2(), name=base), LIMITS, catalog)
    assert (codes(report), report.base_model) == (found, reported)
    assert report.verdict == ("warning" if found == ["other_base"] else "ok")


def test_names_in_models_of_several_senses_cannot_be_compared(tmp_path: Path):
    modules = {f"language_model.{name}": shape for name, shape in (smollm2().modules or {}).items()}
    base = BaseFacts(MODEL, {"vision_config": {}, "text_config": {}}, modules)
    assert codes(checked(small(), tmp_path, base)) == ["names_not_checked"]
    assert codes(checked(small(), tmp_path, replace(base, config={}))) == ["prefix_differs"]
    unknown = named("model.layers.0.self_attn.query")
    assert "modules_unknown" in codes(checked(unknown, tmp_path, base, None))


@pytest.mark.parametrize(
    ("tokens", "fits"), [(MOST_HEAD_TOKENS, True), (MOST_HEAD_TOKENS + 1, False)]
)
def test_vllms_limit_for_adapted_heads(tmp_path: Path, tokens: int, fits: bool):
    base = BaseFacts(MODEL, {"vocab_size": tokens}, {"lm_head": (8, tokens)})
    report = checked(named("lm_head", rank=1, shape=(8, tokens)), tmp_path, base, None)
    assert codes(report) == ([] if fits else ["head_too_large"])


@pytest.mark.parametrize("module", ["model.embed_tokens", "model.layers.0.self_attn.q_proj"])
def test_embeddings_and_layers_have_names_of_their_own(tmp_path: Path, module: str):
    """PEFT ignores the wrong ones, so they are no weights to it."""
    shape = (smollm2().modules or {})[module]
    parts = named(module, shape=shape)
    if "q_proj" in module:
        ends = (("lora_A.weight", "lora_embedding_A"), ("lora_B.weight", "lora_embedding_B"))
        for old, new in ends:
            parts = parts.rename(lambda n, old=old, new=new: n.replace(old, new))
    assert codes(checked(parts, tmp_path, limits=None)) == ["tensor_unknown"]


def test_a_copy_of_the_embedding_is_overlooked_with_a_word(tmp_path: Path):
    raw = {f"{PREFIX}model.embed_tokens.base_layer.weight": ("BF16", (50, 8), bytes(800))}
    base = replace(smollm2(), modules={**(smollm2().modules or {}), "model.embed_tokens": (50, 8)})
    report = checked(replace(small(), raw=raw), tmp_path, base)
    assert codes(report) == ["embedding_overlooked"]


def test_everything_that_is_wrong_is_said_at_once(tmp_path: Path):
    parts = small().with_config(use_dora=True, bias="all", lora_alpha="x", r=8)
    raw = {f"{PREFIX}model.layers.0.self_attn.q_proj.lora_magnitude_vector": ("F32", (0,), b"")}
    report = checked(replace(parts, raw=raw), tmp_path)
    assert codes(report) == ["config_value", "dora", "bias", "rank_contradicts"]


@pytest.mark.parametrize(
    ("value", "told"),
    [
        ("16", 'is "16"'),
        (True, "is true"),
        (None, "is null"),
        (float("nan"), "is NaN"),
        (-1, "is -1"),
    ],
)
def test_a_wrong_value_is_told_as_it_stands_in_the_file(tmp_path: Path, value: object, told: str):
    (found,) = checked(small().with_config(r=value), tmp_path).findings
    assert f"r {told}, but must be a whole number from 1." in found.message


@pytest.mark.parametrize(
    ("task", "found"),
    [("CAUSAL_LM", []), (None, []), ("SEQ_CLS", ["other_task"]), (["x"], ["other_task"])],
)
def test_the_task_it_was_trained_for(tmp_path: Path, task: object, found: list[str]):
    report = checked(small().with_config(task_type=task), tmp_path)
    assert codes(report) == found
    assert report.verdict == ("warning" if found else "ok")


def test_another_kind_of_adapter_is_not_picked_to_pieces(tmp_path: Path):
    parts = small().with_config(peft_type="IA3").rename(lambda n: n.replace("lora", "ia3"))
    report = checked(parts, tmp_path)
    assert codes(report) == ["not_lora"]
    assert "IA3" in report.findings[0].message


@pytest.mark.parametrize("value", ["x" * 10_000, "a\nb\x1b[31m", {"a": ["b"] * 9999}, "{name}"])
def test_what_a_file_says_stays_short_and_harmless_in_a_sentence(tmp_path: Path, value: object):
    report = checked(small().with_config(peft_type=value, r=value), tmp_path)
    (found,) = report.findings
    assert len(found.message) < 300
    assert found.message.isprintable()


def test_names_of_tensors_stay_short_and_harmless_in_a_sentence(tmp_path: Path):
    raw: Mapping[str, Any] = {
        f"{PREFIX}{'x' * 10_000}.lora_A.weight": ("F32", (0,), b""),
        "\x1b[31m\n.lora_B.weight": ("F32", (0,), b""),
    }
    report = checked(replace(small(), raw=raw), tmp_path)
    assert report.verdict == "refused"
    for found in report.findings:
        assert len(found.message) < 400
        assert found.message.isprintable()


def test_every_sentence_can_come_up():
    """Every finding of the check is shown by the zoo or by a test of this package."""
    tests = "".join(p.read_text() for p in Path(__file__).parent.glob("test_preflight*.py"))
    shown = {s.code for s in ZOO}
    missing = [c for c in FINDINGS if c not in shown and f'"{c}"' not in tests and c != "no_effect"]
    assert missing == []
