"""The what-if planner: exact parts, advice that holds, settings that load."""

from __future__ import annotations

import dataclasses
import json
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from lora_ui.catalog.footprint import read_shape
from lora_ui.catalog.loading import load_catalog
from lora_ui.catalog.models import ALLOWED_RANKS
from lora_ui.errors import Problem
from lora_ui.memory.planning import (
    GIB,
    MIB,
    Beside,
    Change,
    Forecast,
    Wish,
    forecast,
    read_config_text,
    settings_yaml,
)
from tests.memory import shapes

LLAMA2 = read_shape(shapes.LLAMA2_7B)
NOTHING_BESIDE = Beside(0, 0, 0)


def part(plan: Forecast, key: str) -> int:
    return next(p.bytes for p in plan.parts if p.key == key)


def changed(wish: Wish, change: Change) -> Wish:
    key = "gpu_bytes" if change.key == "gpu" else change.key
    return dataclasses.replace(wish, **{key: change.value})


wishes = st.builds(
    Wish,
    gpu_bytes=st.integers(1, 200).map(lambda gib: gib * GIB),
    max_loras=st.integers(1, 300),
    max_lora_rank=st.sampled_from(ALLOWED_RANKS),
    max_model_len=st.integers(64, 200_000),
    gpu_memory_utilization=st.integers(1, 100).map(lambda share: share / 100),
    dtype=st.sampled_from(["auto", "float16", "bfloat16", "float32"]),
    lora_target_modules=st.sampled_from([None, ("q_proj", "o_proj"), ("down_proj",)]),
)
calm = settings(deadline=None, max_examples=60)
"""A busy machine is no error."""
configs = st.sampled_from([config for config, _ in shapes.PARAMETERS])


def test_every_byte_by_hand():
    plan = forecast(
        LLAMA2, Wish(80 * GIB, max_loras=64, max_model_len=4096), Beside(MIB, 2 * MIB, 3 * MIB)
    )
    slot = 16 * 2 * 32 * 4 * 8192
    pool = int(80 * GIB * 0.85)
    kv = pool - 2 * 6_738_415_616 - 64 * slot - 6 * MIB
    assert plan.slot_bytes == slot
    assert (plan.kv_bytes, plan.kv_bytes_per_token) == (kv, 524_288)
    assert plan.kv_tokens == kv // (16 * 524_288) * 16
    assert plan.full_contexts == plan.kv_tokens // 4096
    assert plan.fits
    assert plan.advice == ()
    assert "64 × 16 × 2 × 1,048,576 = 2.00 GiB" in plan.formula
    assert [p.label for p in plan.parts if not p.exact] == [
        "CUDA context (measured here)",
        "CUDA graphs (measured here)",
        "workspace (measured here)",
    ]


@calm
@given(configs, wishes)
def test_the_parts_of_what_fits_add_up_to_the_gpu(config, wish):
    plan = forecast(read_shape(config), wish)
    whole = sum(p.bytes for p in plan.parts)
    assert whole == wish.gpu_bytes + max(-plan.kv_bytes, 0)
    assert plan.kv_tokens % 16 == 0
    assert plan.kv_tokens * plan.kv_bytes_per_token <= max(plan.kv_bytes, 0)
    if plan.fits:
        assert plan.full_contexts * wish.max_model_len <= plan.kv_tokens
        assert plan.changes == ()


@calm
@given(configs, wishes)
def test_each_change_alone_makes_it_fit(config, wish):
    shape = read_shape(config)
    plan = forecast(shape, wish)
    for change in plan.changes:
        again = forecast(shape, changed(wish, change))
        assert again.fits
        assert again.kv_tokens == change.kv_tokens
    assert bool(plan.advice) == (not plan.fits)


@calm
@given(configs, wishes)
def test_a_change_is_the_least_that_is_enough(config, wish):
    shape = read_shape(config)
    for change in forecast(shape, wish).changes:
        if change.key == "max_loras":
            less = changed(wish, dataclasses.replace(change, value=change.value + 1))
        elif change.key == "max_model_len" and change.value + 16 <= (shape.context or 0):
            less = changed(wish, dataclasses.replace(change, value=change.value + 16))
        else:
            continue
        assert less == wish or not forecast(shape, less).fits


@calm
@given(configs, wishes, st.integers(1, 50))
def test_more_memory_never_leaves_less(config, wish, gib):
    shape = read_shape(config)
    larger = dataclasses.replace(wish, gpu_bytes=wish.gpu_bytes + gib * GIB)
    assert forecast(shape, larger).kv_tokens >= forecast(shape, wish).kv_tokens


def test_advice_in_words():
    plan = forecast(read_shape(shapes.LLAMA3_8B), Wish(24 * GIB, 64, 64, 16384))
    assert not plan.fits
    assert "-" in plan.sentence
    advice = {change.key: text for change, text in zip(plan.changes, plan.advice, strict=True)}
    assert advice["max_lora_rank"].startswith("Set max_lora_rank to 8: ")
    assert advice["gpu"].startswith("Or take a GPU of at least 32.00 GiB: ")


def test_no_single_change_is_enough():
    plan = forecast(LLAMA2, Wish(8 * GIB, 4096, 512, 32768, 0.1))
    assert plan.changes == ()
    assert plan.advice == (
        "No single setting is enough, nor any usual GPU: choose a smaller base model.",
    )


def test_a_context_beyond_the_models_own_does_not_fit():
    plan = forecast(read_shape(shapes.SMOLLM2), Wish(80 * GIB, max_model_len=32768 + 16))
    assert not plan.fits
    assert "32,768" in plan.notes[0]
    assert [change.value for change in plan.changes if change.key == "max_model_len"] == [32768]


def test_windows_are_noted():
    assert any("window" in n for n in forecast(read_shape(shapes.GEMMA3_1B), Wish(GIB)).notes)


@calm
@given(wishes)
def test_the_yaml_is_a_catalog_with_these_settings(tmp_path_factory, wish):
    plan = forecast(LLAMA2, wish)
    path: Path = tmp_path_factory.mktemp("catalog") / "adapters.yaml"
    path.write_text(settings_yaml(plan, "hf:meta-llama/Llama-2-7b-hf"))
    engine = load_catalog(path).engine
    assert engine.model == "hf:meta-llama/Llama-2-7b-hf"
    for key in ("max_loras", "max_lora_rank", "max_model_len", "dtype", "gpu_memory_utilization"):
        assert getattr(engine, key) == getattr(wish, key)
    named = engine.lora_target_modules
    assert named != "auto"
    assert LLAMA2.slot_bytes(8, "auto", named) == LLAMA2.slot_bytes(
        8, "auto", wish.lora_target_modules
    )


@pytest.mark.parametrize(
    ("key", "value"),
    [
        ("gpu_bytes", 0),
        ("max_loras", 0),
        ("max_loras", 5000),
        ("max_lora_rank", 24),
        ("max_model_len", 1),
        ("gpu_memory_utilization", 1.5),
        ("dtype", "int8"),
        ("lora_target_modules", ()),
    ],
)
def test_values_that_vllm_does_not_take(key, value):
    with pytest.raises(Problem) as raised:
        dataclasses.replace(Wish(GIB), **{key: value})
    assert raised.value.code == "plan_value"
    assert raised.value.message.startswith(key)


@calm
@given(st.text())
def test_any_text_is_a_shape_or_a_sentence(text):
    with pytest.raises(Problem):
        read_config_text(text)


@pytest.mark.parametrize("text", ["[]", "3", "[" * 100_000, '{"model_type": "llama"}'])
def test_json_that_is_no_config(text):
    with pytest.raises(Problem):
        read_config_text(text)


def test_a_config_as_text():
    assert read_config_text(json.dumps(shapes.LLAMA2_7B)) == LLAMA2
