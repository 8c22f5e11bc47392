"""The base model's modules, from the headers of its weights or from its config."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from safetensors.numpy import save_file

from lora_ui.catalog.preflight import read_base
from lora_ui.embedded.model import install_embedded
from tests.app_process import CACHE
from tests.zoo import smollm2

LLAMA: dict[str, Any] = {
    "model_type": "llama",
    "hidden_size": 8,
    "intermediate_size": 20,
    "num_hidden_layers": 2,
    "num_attention_heads": 4,
    "num_key_value_heads": 2,
    "vocab_size": 50,
}
QWEN3 = {**LLAMA, "model_type": "qwen3", "head_dim": 6}


def tensors(config: dict[str, Any], prefix: str = "model.") -> dict[str, np.ndarray]:
    """A model's weights as transformers saves them."""
    hidden, wide = config["hidden_size"], config["intermediate_size"]
    head = config.get("head_dim", hidden // config["num_attention_heads"])
    heads, groups = config["num_attention_heads"] * head, config["num_key_value_heads"] * head
    shapes = {"embed_tokens.weight": (config["vocab_size"], hidden), "norm.weight": (hidden,)}
    for n in range(config["num_hidden_layers"]):
        shapes |= {
            f"layers.{n}.self_attn.q_proj.weight": (heads, hidden),
            f"layers.{n}.self_attn.q_proj.bias": (heads,),
            f"layers.{n}.self_attn.k_proj.weight": (groups, hidden),
            f"layers.{n}.self_attn.v_proj.weight": (groups, hidden),
            f"layers.{n}.self_attn.o_proj.weight": (hidden, heads),
            f"layers.{n}.mlp.gate_proj.weight": (wide, hidden),
            f"layers.{n}.mlp.up_proj.weight": (wide, hidden),
            f"layers.{n}.mlp.down_proj.weight": (hidden, wide),
            f"layers.{n}.input_layernorm.weight": (hidden,),
        }
    return {prefix + name: np.zeros(shape, np.float16) for name, shape in shapes.items()}


def write(folder: Path, config: dict[str, Any], *files: dict[str, np.ndarray]) -> Path:
    """A model of one file, or of several with an index."""
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "config.json").write_text(json.dumps(config))
    if len(files) == 1:
        save_file(files[0], folder / "model.safetensors")
        return folder
    where = {}
    for number, file in enumerate(files, start=1):
        name = f"model-{number:05}-of-{len(files):05}.safetensors"
        save_file(file, folder / name)
        where |= dict.fromkeys(file, name)
    (folder / "model.safetensors.index.json").write_text(json.dumps({"weight_map": where}))
    return folder


def test_the_embedded_model_and_its_config_agree():
    folder = install_embedded(CACHE, print)
    base = read_base(folder, "HuggingFaceTB/SmolLM2-135M-Instruct")
    assert base.modules == smollm2().modules
    assert base.modules is not None
    assert base.modules["model.layers.29.self_attn.k_proj"] == (576, 192)
    assert base.modules["model.embed_tokens"] == (49152, 576)
    assert base.modules["lm_head"] == (576, 49152)
    assert len(base.modules) == 30 * 7 + 2
    assert base.is_text_only


@pytest.mark.parametrize("config", [LLAMA, QWEN3], ids=["llama", "qwen3-with-head_dim"])
def test_headers_and_config_say_the_same(tmp_path: Path, config: dict[str, Any]):
    from_headers = read_base(write(tmp_path / "a", config, tensors(config)), "x").modules
    bare = tmp_path / "b"
    bare.mkdir()
    (bare / "config.json").write_text(json.dumps(config))
    assert read_base(bare, "x").modules == from_headers
    assert from_headers is not None
    assert len(from_headers) == 2 * 7 + 2


def test_several_files_and_no_others_than_the_index_names(tmp_path: Path):
    whole = tensors(LLAMA)
    names = list(whole)
    parts = [{n: whole[n] for n in names[:5]}, {n: whole[n] for n in names[5:]}]
    folder = write(tmp_path / "a", LLAMA, *parts)
    save_file({"other.weight": np.zeros((2, 2), np.float16)}, folder / "consolidated.safetensors")
    save_file({"other.weight": np.zeros((2, 2), np.float16)}, folder / "adapter_model.safetensors")
    single = read_base(write(tmp_path / "b", LLAMA, whole), "x")
    assert read_base(folder, "x").modules == single.modules


def test_an_index_cannot_name_files_elsewhere(tmp_path: Path):
    folder = write(tmp_path / "a", {}, tensors(LLAMA))
    (folder / "model.safetensors").rename(tmp_path / "elsewhere.safetensors")
    index = {"weight_map": {"x": "../elsewhere.safetensors"}}
    (folder / "model.safetensors.index.json").write_text(json.dumps(index))
    assert read_base(folder, "x").modules is None


def test_a_head_of_its_own_is_not_the_embedding(tmp_path: Path):
    whole = {**tensors(LLAMA), "lm_head.weight": np.zeros((52, 8), np.float16)}
    modules = read_base(write(tmp_path / "a", LLAMA, whole), "x").modules
    assert modules is not None
    assert (modules["lm_head"], modules["model.embed_tokens"]) == ((8, 52), (50, 8))


@pytest.mark.parametrize("name", ["wte", "embed_in", "word_embeddings"])
def test_embeddings_of_other_names_are_turned_round_too(tmp_path: Path, name: str):
    whole = {f"transformer.{name}.weight": np.zeros((50, 8), np.float16)}
    modules = read_base(write(tmp_path / "a", {"model_type": "strange"}, whole), "x").modules
    assert modules == {f"transformer.{name}": (50, 8)}


def test_a_body_without_its_name_gets_the_name_that_it_runs_under(tmp_path: Path):
    short = read_base(write(tmp_path / "a", LLAMA, tensors(LLAMA, prefix="")), "x")
    whole = read_base(write(tmp_path / "b", LLAMA, tensors(LLAMA)), "x")
    assert short.modules == whole.modules


@pytest.mark.parametrize(
    "packed",
    [
        {"model.layers.0.mlp.up_proj.qweight": np.zeros((2, 3), np.int32)},
        {"model.layers.0.mlp.up_proj.weight_packed": np.zeros((2, 3), np.int32)},
        {"model.layers.0.mlp.up_proj.weight": np.zeros((160, 1), np.uint8)},
    ],
    ids=["gptq-awq", "compressed-tensors", "bitsandbytes"],
)
def test_packed_weights_have_no_shapes_so_the_config_counts(
    tmp_path: Path, packed: dict[str, np.ndarray]
):
    whole = read_base(write(tmp_path / "a", LLAMA, tensors(LLAMA)), "x")
    known = read_base(write(tmp_path / "b", LLAMA, {**tensors(LLAMA), **packed}), "x")
    assert known.modules == whole.modules
    strange = {**LLAMA, "model_type": "strange"}
    unknown = read_base(write(tmp_path / "c", strange, {**tensors(LLAMA), **packed}), "x")
    assert unknown.modules is None


@pytest.mark.parametrize(
    "change",
    [
        {"model_type": "strange"},
        {"hidden_size": None},
        {"hidden_size": "8"},
        {"num_hidden_layers": 10**9},
        {"num_attention_heads": 0},
        {"head_dim": [1]},
        {"model_type": ["llama"]},
    ],
    ids=str,
)
def test_what_cannot_be_found_out_is_unknown(tmp_path: Path, change: dict[str, Any]):
    (tmp_path / "config.json").write_text(json.dumps({**LLAMA, **change}))
    assert read_base(tmp_path, "x").modules is None


@pytest.mark.parametrize("text", ["", "[]", "{"])
def test_a_broken_model_is_no_error_here(tmp_path: Path, text: str):
    (tmp_path / "config.json").write_text(text)
    (tmp_path / "model.safetensors").write_text("nonsense")
    base = read_base(tmp_path, "x")
    assert (base.name, base.config, base.modules) == ("x", {}, None)
    assert read_base(tmp_path / "nowhere", "y").modules is None


def test_a_model_of_several_senses_says_so(tmp_path: Path):
    config = {"model_type": "gemma3", "vision_config": {}, "text_config": {}}
    (tmp_path / "config.json").write_text(json.dumps(config))
    assert not read_base(tmp_path, "x").is_text_only
