"""What a model weighs, against models whose size is known."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from lora_ui.catalog.footprint import ModelShape, read_shape, served_modules
from lora_ui.errors import Problem
from tests.memory import shapes

MIB = 1024**2
QKVO = ("q_proj", "k_proj", "v_proj", "o_proj")


@pytest.mark.parametrize(("config", "parameters"), shapes.PARAMETERS)
def test_parameters(config, parameters):
    assert read_shape(config).parameters == parameters


@pytest.mark.parametrize(
    ("config", "rank_16", "rank_64"),
    [
        (shapes.TINYLLAMA, 26, 105),
        (shapes.QWEN3_17B, 43, 171),
        (shapes.LLAMA2_7B, 78, 314),
        (shapes.LLAMA3_8B, 88, 352),
    ],
)
def test_slots_of_all_modules(config, rank_16, rank_64):
    shape = read_shape(config)
    assert [round(shape.slot_bytes(r, "auto") / MIB) for r in (16, 64)] == [rank_16, rank_64]


def test_a_slot_of_some_modules_by_hand():
    shape = read_shape(shapes.SMOLLM2)
    # q and o map 576 to 576, k and v 576 to 192, in 30 layers
    by_hand = 16 * 2 * 30 * (2 * (576 + 576) + 2 * (576 + 192))
    assert shape.slot_bytes(16, "bfloat16", QKVO) == by_hand
    assert shape.slot_bytes(16, "float32", QKVO) == 2 * by_hand


def test_fused_modules_are_served_together():
    shape = read_shape(shapes.SMOLLM2)
    assert shape.slot_bytes(8, "auto", ["q_proj"]) == shape.slot_bytes(8, "auto", ["qkv_proj"])
    assert served_modules(["up_proj"]) == {"gate_up_proj", "gate_proj", "up_proj"} - {
        "gate_up_proj"
    }
    assert served_modules(["o_proj"]) == {"o_proj"}


def test_families_without_slots_for_the_embedding():
    qwen = read_shape(shapes.QWEN2_7B)
    named = qwen.slot_bytes(1, "float32", [*QKVO, "gate_proj", "up_proj", "down_proj"])
    assert qwen.slot_bytes(1, "float32") == named
    with_head = qwen.slot_bytes(1, "float32", [*QKVO, "gate_proj", "down_proj", "lm_head"])
    assert with_head - named == 4 * (3584 + 152064)
    assert "lm_head" not in qwen.served(None)
    assert "lm_head" in read_shape(shapes.LLAMA2_7B).served(None)


@pytest.mark.parametrize(
    ("config", "per_token"),
    [(shapes.SMOLLM2, 23_040), (shapes.LLAMA2_7B, 524_288), (shapes.LLAMA3_8B, 131_072)],
)
def test_kv_cache_per_token(config, per_token):
    assert read_shape(config).kv_bytes_per_token("bfloat16") == per_token
    assert read_shape(config).kv_bytes_per_token("float32") == 2 * per_token


def test_head_sizes_that_a_config_leaves_out():
    whole = read_shape(shapes.QWEN3_17B)
    without = {k: v for k, v in shapes.QWEN3_17B.items() if k != "head_dim"}
    assert read_shape(without) == whole


def test_windows_are_told():
    assert read_shape(shapes.GEMMA2_2B).slides
    assert not read_shape(shapes.MISTRAL_7B).slides
    assert not read_shape({**shapes.QWEN2_7B, "sliding_window": 131072}).slides


@pytest.mark.parametrize(
    ("change", "code"),
    [
        ({"num_local_experts": 8}, "plan_experts"),
        ({"num_experts": 128, "model_type": "qwen3_moe"}, "plan_experts"),
        ({"text_config": {}}, "plan_not_text"),
        ({"quantization_config": {"bits": 4}}, "plan_quantized"),
        ({"model_type": "gpt2"}, "plan_family"),
        ({"model_type": None}, "plan_family"),
        ({"hidden_size": None}, "plan_config"),
        ({"hidden_size": 10**30}, "plan_config"),
        ({"num_attention_heads": 0}, "plan_config"),
        ({"num_key_value_heads": "many"}, "plan_config"),
        ({"num_key_value_heads": -1}, "plan_config"),
        ({"head_dim": 10**12}, "plan_config"),
    ],
)
def test_what_is_not_counted(change, code):
    with pytest.raises(Problem) as raised:
        read_shape({**shapes.LLAMA3_8B, **change})
    assert raised.value.code == code


def test_float32_weights_are_computed_in_16_bits_by_default():
    shape = read_shape({**shapes.SMOLLM2, "torch_dtype": "float32"})
    assert shape.weights_bytes("auto") == 2 * 134_515_008
    assert shape.weights_bytes("float32") == 4 * 134_515_008


@settings(deadline=None)
@given(
    st.integers(1, 40),
    st.sampled_from(["llama", "qwen2", "qwen3", "mistral", "gemma2"]),
    st.sampled_from([1, 8, 16, 32, 64, 128, 256]),
    st.sets(st.sampled_from([*QKVO, "gate_proj", "up_proj", "down_proj"])),
)
def test_slots_grow_with_what_they_hold(layers, family, rank, targets):
    def shape(count: int) -> ModelShape:
        return read_shape(shapes.config(family, 128, 256, count, 4, 2, 1000))

    one, more = shape(layers), shape(layers + 1)
    slot = one.slot_bytes(rank, "bfloat16", targets)
    assert slot == rank * one.slot_bytes(1, "bfloat16", targets)
    assert (layers + 1) * slot == layers * more.slot_bytes(rank, "bfloat16", targets)
    assert slot <= one.slot_bytes(rank, "bfloat16")
    assert (slot == 0) == (not targets)
