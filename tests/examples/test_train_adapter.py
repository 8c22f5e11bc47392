"""The tutorial's training script, on a model that is small enough for a second."""

from __future__ import annotations

import json
import random
from pathlib import Path

import pytest
from safetensors.torch import load_file
from transformers import AutoTokenizer

from examples.train_adapter import IGNORED, encode, example, main
from lora_ui.catalog.preflight import Limits, preflight, read_base
from tests.embedded.tiny import save_model


@pytest.fixture(scope="module")
def model_folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return save_model(tmp_path_factory.mktemp("model"))


def trained(model: Path, folder: Path, steps: int) -> Path:
    main([str(folder), "--model", str(model), "--steps", str(steps), "--batch", "2"])
    return folder


def changed(folder: Path) -> bool:
    """Whether any B matrix has left the zero that it begins with."""
    weights = load_file(folder / "adapter_model.safetensors")
    return any(bool(w.any()) for name, w in weights.items() if "lora_B" in name)


def test_an_order_and_its_answer_tell_the_same():
    prompt, answer = example(random.Random(7))
    order = json.loads(answer)
    assert set(order) == {"item", "color", "count", "city"}
    assert all(str(value) in prompt for value in order.values())


def test_only_the_answer_and_its_end_are_learned(model_folder: Path):
    tokenizer = AutoTokenizer.from_pretrained(model_folder)
    ids, labels = encode(tokenizer, "an order", "one answer")
    learned = [label for label in labels if label != IGNORED]
    assert ids[-len(learned) :] == learned
    assert len(learned) == 3
    assert learned[-1] == tokenizer.eos_token_id


def test_what_it_saves_passes_the_check_and_has_learned(model_folder: Path, tmp_path: Path):
    folder = trained(model_folder, tmp_path / "orders", steps=3)
    limits = Limits(max_lora_rank=8, target_modules=("q_proj", "k_proj", "v_proj", "o_proj"))
    report = preflight(folder, read_base(model_folder, str(model_folder)), limits)
    assert (report.verdict, report.findings, report.rank) == ("ok", (), 8)
    assert changed(folder)


def test_without_a_step_it_answers_like_the_base(model_folder: Path, tmp_path: Path):
    assert not changed(trained(model_folder, tmp_path / "untrained", steps=0))
