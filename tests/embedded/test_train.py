"""The recipe: what counts in the loss, what a batch holds, and an adapter that really learns."""

from __future__ import annotations

import json
import multiprocessing
from itertools import islice
from pathlib import Path

import pytest
import torch
from peft import PeftModel
from safetensors.torch import load_file
from torch.nn.functional import cross_entropy
from transformers import AutoModelForCausalLM, AutoTokenizer

from lora_ui.embedded import train as command
from lora_ui.embedded.cards import card
from lora_ui.embedded.examples import (
    CHUNK,
    WORKER_SEEDS,
    Encoded,
    batches,
    cut,
    encode,
    encode_stream,
    stream_examples,
)
from lora_ui.embedded.recipe import Recipe, answer_loss, collate, rate_factor, train
from tests.embedded.signals import Signals
from tests.embedded.tiny import save_model

RECIPE = Recipe(steps=100, batch_examples=16, batch_tokens=400, rank=8, lr=2e-2, workers=0)


@pytest.fixture(scope="module")
def model_folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return save_model(tmp_path_factory.mktemp("model"))


def quiet(_: str) -> None:
    """Progress that nobody reads."""


def test_the_answer_and_its_end_are_what_counts(model_folder: Path) -> None:
    tokenizer = AutoTokenizer.from_pretrained(model_folder)
    examples = list(islice(Signals().generate(1, "train"), 6))
    encoded = encode(tokenizer, examples)
    batch = collate(encoded, tokenizer.eos_token_id)
    expected = [f"{e.answer} <|im_end|>" for e in examples]
    assert tokenizer.decode(batch.targets).split() == " ".join(expected).split()
    flat = batch.ids.flatten()
    assert torch.equal(flat[batch.places + 1], batch.targets)
    prompt = tokenizer.decode(encoded[0].ids[: encoded[0].prompt_length])
    assert prompt.split()[-2:] == ["<|im_start|>", "assistant"]


def test_loss_of_a_padded_batch_is_that_of_its_examples_alone(model_folder: Path) -> None:
    tokenizer = AutoTokenizer.from_pretrained(model_folder)
    model = AutoModelForCausalLM.from_pretrained(model_folder)
    encoded = encode(tokenizer, list(islice(Signals().generate(2, "train"), 7)))
    assert len({len(e.ids) for e in encoded}) > 1
    losses = []
    for one in encoded:
        ids = torch.tensor([one.ids])
        logits = model(input_ids=ids).logits[0, one.prompt_length - 1 : -1]
        losses.append(cross_entropy(logits, ids[0, one.prompt_length :], reduction="none"))
    together = answer_loss(model, collate(encoded, tokenizer.eos_token_id))
    assert together.item() == pytest.approx(torch.cat(losses).mean().item(), rel=1e-5)


def test_batches_keep_to_the_budget_and_lose_nothing() -> None:
    pool = [Encoded([i] * (1 + i * 7 % 90), 1) for i in range(200)]
    parts = cut(pool, max_examples=10, max_tokens=300)
    assert sorted(e.ids for part in parts for e in part) == sorted(e.ids for e in pool)
    assert max(len(part) for part in parts) == 10
    assert all(len(part) * max(len(e.ids) for e in part) <= 300 for part in parts)
    assert cut([Encoded([1] * 50, 1)] * 2, 10, 40) == [[Encoded([1] * 50, 1)]] * 2
    once, again = (list(batches(pool, 3, 10, 300)) for _ in range(2))
    assert once == again
    assert once != list(batches(pool, 4, 10, 300))


def test_learning_rate_rises_then_falls_to_nothing() -> None:
    assert [rate_factor(p) for p in (0, 0.05, 1, 2)] == pytest.approx([0, 1, 0, 0])
    assert rate_factor(0.025) == pytest.approx(0.5)
    assert rate_factor(0.525) == pytest.approx(0.5)


def test_too_long_examples_are_left_out(
    model_folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("lora_ui.embedded.examples.LONGEST", 12)
    tokenizer = AutoTokenizer.from_pretrained(model_folder)
    examples = list(islice(Signals().generate(2, "train"), 50))
    lengths = [len(e.ids) for e in encode(tokenizer, examples)]
    kept = [len(e.ids) for e in encode_stream(tokenizer, examples)]
    assert max(lengths) > 12
    assert kept == [n for n in lengths if n <= 12]


def test_workers_give_the_same_stream_every_time_and_end_with_it() -> None:
    task = Signals()
    others = set(multiprocessing.active_children())
    stream = stream_examples(task, seed=5, workers=2)
    got = list(islice(stream, 4 * CHUNK))
    ours = set(multiprocessing.active_children()) - others
    stream.close()
    first, second = (
        list(islice(task.generate(5 * WORKER_SEEDS + w, "train"), 2 * CHUNK)) for w in (0, 1)
    )
    assert got == first[:CHUNK] + second[:CHUNK] + first[CHUNK:] + second[CHUNK:]
    assert len(ours) == 2
    assert not any(process.is_alive() for process in ours)


def test_a_worker_that_breaks_ends_the_training(model_folder: Path, tmp_path: Path) -> None:
    recipe = Recipe(steps=1000, batch_examples=4, workers=1)
    with pytest.raises(RuntimeError, match="worker 0 of signals stopped"):
        train(Signals(last=40), model_folder, tmp_path, recipe, "cpu", quiet)


def test_an_adapter_learns_and_loads_back(model_folder: Path, tmp_path: Path) -> None:
    lines: list[str] = []
    report = train(Signals(), model_folder, tmp_path, RECIPE, "cpu", lines.append)
    losses = [float(line.split("loss ")[1].split()[0]) for line in lines if "loss" in line]
    assert len(losses) == 2
    assert losses[1] < losses[0] / 3
    assert report.steps == 100
    assert report.examples > 1000

    weights = load_file(tmp_path / "adapter_model.safetensors")
    assert {w.dtype for w in weights.values()} == {torch.bfloat16}
    assert all(n.startswith("base_model.model.model.layers.") for n in weights)
    config = json.loads((tmp_path / "adapter_config.json").read_text())
    assert config["base_model_name_or_path"] == "HuggingFaceTB/SmolLM2-135M-Instruct"
    assert config["target_modules"] == sorted(RECIPE.modules)
    assert (config["r"], config["lora_alpha"]) == (8, 16)
    assert str(model_folder) not in (tmp_path / "training.json").read_text()

    ids = torch.tensor([[1, 3, 9, 2]])
    base = AutoModelForCausalLM.from_pretrained(model_folder)
    before = base(input_ids=ids).logits
    adapted = PeftModel.from_pretrained(base, tmp_path)
    assert not torch.allclose(before, adapted(input_ids=ids).logits, atol=0.1)
    with adapted.disable_adapter():
        assert torch.equal(before, adapted(input_ids=ids).logits)


def test_the_same_seed_gives_the_same_file(model_folder: Path, tmp_path: Path) -> None:
    files = []
    for name, seed in (("a", 0), ("b", 0), ("c", 1)):
        recipe = Recipe(steps=3, batch_examples=4, rank=2, workers=0, seed=seed)
        train(Signals(), model_folder, tmp_path / name, recipe, "cpu", quiet)
        files.append((tmp_path / name / "adapter_model.safetensors").read_bytes())
    assert files[0] == files[1]
    assert files[0] != files[2]


def test_time_ends_a_training_too(model_folder: Path, tmp_path: Path) -> None:
    recipe = Recipe(steps=10**6, max_seconds=1.5, batch_examples=4, workers=0)
    report = train(Signals(), model_folder, tmp_path, recipe, "cpu", quiet)
    assert 0 < report.steps < 10**6
    assert report.seconds < 5
    assert (tmp_path / "adapter_model.safetensors").is_file()


def test_a_training_goes_on_from_another(model_folder: Path, tmp_path: Path) -> None:
    recipe = Recipe(steps=2, batch_examples=4, rank=2, workers=0)
    train(Signals(), model_folder, tmp_path / "a", recipe, "cpu", quiet)
    still = Recipe(steps=1, batch_examples=4, rank=2, workers=0, lr=0.0)
    report = train(Signals(), model_folder, tmp_path / "b", still, "cpu", quiet, tmp_path / "a")
    a, b = (tmp_path / name / "adapter_model.safetensors" for name in "ab")
    assert a.read_bytes() == b.read_bytes(), "without a learning rate nothing changes"
    assert report.before is not None
    assert report.before["steps"] == 2
    told = card("math", json.loads((tmp_path / "b" / "training.json").read_text()))
    assert "goes on from an adapter that had seen 8 examples" in told
    assert "--after DIR" in told
    other = Recipe(steps=1, rank=4, workers=0)
    with pytest.raises(ValueError, match="has rank 2 on"):
        train(Signals(), model_folder, tmp_path / "c", other, "cpu", quiet, tmp_path / "a")


def test_an_unknown_module_is_named(model_folder: Path, tmp_path: Path) -> None:
    recipe = Recipe(modules=("q_proj", "w_proj"), workers=0)
    with pytest.raises(ValueError, match=r"no module called w_proj; there are .*q_proj"):
        train(Signals(), model_folder, tmp_path, recipe, "cpu", quiet)


def test_flags_travel_to_the_processes_of_single_tasks(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "config.json").touch()
    calls: list[tuple[list[str], list[str]]] = []
    monkeypatch.setattr(command, "train_apart", lambda *call: calls.append(call) or 0)
    argv = ["--model", str(tmp_path), "--out", str(tmp_path), "--max-seconds", "90", "--lr", "1e-3"]
    argv.append("--no-compile")
    assert command.main(["all", *argv]) == 0
    names, flags = calls[0]
    assert names == ["text2sql", "math", "function"]
    args, again = (command.parser().parse_args([*a]) for a in (["all", *argv], ["all", *flags]))
    assert args == again


def test_a_missing_model_is_a_sentence(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit):
        command.main(["math", "--model", str(tmp_path / "no"), "--out", str(tmp_path)])
    assert "there is no model in" in capsys.readouterr().err


def test_a_card_tells_recipe_and_figures(model_folder: Path, tmp_path: Path) -> None:
    recipe = Recipe(steps=1, batch_examples=4, workers=0, seed=8)
    train(Signals(), model_folder, tmp_path, recipe, "cpu", quiet)
    training = json.loads((tmp_path / "training.json").read_text())
    assert "Not measured yet" in card("math", training)
    counts = {"total": 200, "base": 20, "adapter": 181, "prompts": []}
    results = {"tasks": {"math": {"heldout": counts}}, "dtype": "bfloat16", "device": "a GPU"}
    text = card("math", training, results)
    assert "| 20/200 (10.0 %) | 181/200 (90.5 %) |" in text
    assert "--seed 8" in text
    assert text.startswith("---\nbase_model: HuggingFaceTB/SmolLM2-135M-Instruct\n")
    assert "####" in text
