"""The evaluation: batches, verdicts, tables, and answers that don't depend on the company."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

import pytest
import torch
from transformers import AutoModelForCausalLM, AutoTokenizer

from lora_ui.embedded import evaluate
from lora_ui.embedded.answering import MOST_PROMPTS, Answerer, batched
from lora_ui.embedded.demos import TASK_NAMES
from lora_ui.embedded.recipe import Recipe, train
from lora_ui.embedded.tasks.base import Example
from tests.embedded.signals import Signals
from tests.embedded.tiny import save_model


@pytest.fixture(scope="module")
def folders(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Path]:
    """A tiny model and an adapter that has learnt the signals."""
    root = tmp_path_factory.mktemp("evaluate")
    model = save_model(root / "model")
    recipe = Recipe(steps=150, batch_examples=16, batch_tokens=400, rank=8, lr=2e-2, workers=0)
    train(Signals(), model, root / "signals", recipe, "cpu", lambda _: None)
    return model, root / "signals"


@pytest.fixture(scope="module")
def answerer(folders: tuple[Path, Path]) -> Answerer:
    return Answerer(folders[0], {"signals": folders[1]}, torch.device("cpu"))


class Canned:
    """Answers by a function of adapter and prompt."""

    def __init__(self, say: Callable[[str | None, str], str]) -> None:
        self.say = say

    def answer(self, adapter, chats, new_tokens, batch_tokens=None) -> list[str]:  # noqa: ARG002
        return [self.say(adapter, chat[-1]["content"]) for chat in chats]


def test_batches_hold_every_prompt_once_within_the_budget() -> None:
    lengths = [(i * 37) % 200 + 1 for i in range(300)]
    parts = list(batched(lengths, room=50, max_tokens=2000))
    assert sorted(i for part in parts for i in part) == list(range(300))
    assert all(len(p) * (max(lengths[i] for i in p) + 50) <= 2000 for p in parts)
    assert list(batched([5000], 50, 2000)) == [[0]]
    assert [len(p) for p in batched([1] * (MOST_PROMPTS + 1), 1, 10**9)] == [MOST_PROMPTS, 1]


def test_an_adapter_beats_its_base_on_heldout_prompts(answerer: Answerer) -> None:
    task = Signals()
    sets = {"heldout": evaluate.heldout(task, 40)}
    numbers = evaluate.measure(task, answerer, sets, say=lambda _: None)["heldout"]
    assert numbers["total"] == 40
    assert numbers["base"] <= 10
    assert numbers["adapter"] >= 30


def test_answers_do_not_depend_on_the_batch_nor_the_base_on_adapters(
    answerer: Answerer, folders: tuple[Path, Path]
) -> None:
    chats = [e.messages for e in evaluate.heldout(Signals(), 12)]
    together = answerer.answer("signals", chats, 8)
    assert together == [answerer.answer("signals", [chat], 8)[0] for chat in chats]
    assert together == answerer.answer("signals", chats, 8, batch_tokens=60)

    tokenizer = AutoTokenizer.from_pretrained(folders[0])
    plain = AutoModelForCausalLM.from_pretrained(folders[0])
    for chat, text in zip(chats, answerer.answer(None, chats, 8), strict=True):
        prompt = tokenizer.apply_chat_template(chat, add_generation_prompt=True, tokenize=False)
        ids = tokenizer(prompt, add_special_tokens=False, return_tensors="pt").input_ids
        out = plain.generate(input_ids=ids, max_new_tokens=8, do_sample=False)
        assert text == tokenizer.decode(out[0, ids.shape[1] :], skip_special_tokens=True)


def test_verdicts_stay_with_their_prompts_and_sets() -> None:
    task = Signals()
    examples = evaluate.heldout(task, 9)
    byhand = [Example("h1", [{"role": "user", "content": "x red"}], "", {"gold": "please stop"})]
    gold = {e.messages[-1]["content"]: e.answer for e in examples}
    canned = Canned(lambda adapter, prompt: gold.get(prompt, "no") if adapter else "dunno")
    sets = {"heldout": examples, "handwritten": byhand}
    results = {"signals": evaluate.measure(task, canned, sets, say=lambda _: None)}
    heldout, handwritten = results["signals"]["heldout"], results["signals"]["handwritten"]
    assert (heldout["base"], heldout["adapter"], heldout["total"]) == (0, 9, 9)
    row = heldout["prompts"][0]
    assert row["messages"] == examples[0].messages
    assert row["base"] == {"right": False, "reason": "said 'dunno'", "answer": "dunno"}
    assert row["adapter"] == {"right": True, "answer": examples[0].answer}
    assert handwritten["prompts"] == [
        {
            "id": "h1",
            "base": {"right": False, "reason": "said 'dunno'"},
            "adapter": {"right": False, "reason": "said 'no'"},
        }
    ]
    assert evaluate.failures(results) == "h1: said 'no'"
    assert evaluate.table(results).splitlines()[2:] == [
        "| signals | heldout | 0/9 (0.0 %) | 9/9 (100.0 %) |",
        "| signals | handwritten | 0/1 (0.0 %) | 0/1 (0.0 %) |",
    ]


@pytest.mark.parametrize("name", TASK_NAMES)
def test_handwritten_prompts_can_be_read(name: str) -> None:
    examples = evaluate.handwritten(name)
    assert len(examples) >= 50
    assert len({e.id for e in examples}) == len(examples)
    assert all(e.check and e.messages[-1]["role"] == "user" for e in examples)


def test_the_command_writes_everything_down(
    folders: tuple[Path, Path],
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    model, adapter = folders
    (tmp_path / "math").symlink_to(adapter)
    monkeypatch.setattr(evaluate, "load_task", lambda name: Signals(name))
    out = tmp_path / "results.json"
    argv = ["--model", str(model), "--adapters", str(tmp_path), "--tasks", "math"]
    assert evaluate.main([*argv, "--heldout", "4", "--out", str(out), "--device", "cpu"]) == 0
    assert "| math | heldout |" in capsys.readouterr().out
    written = json.loads(out.read_text())
    assert written["device"] == "CPU"
    assert len(written["tasks"]["math"]["heldout"]["prompts"]) == 4


def test_a_missing_adapter_is_a_sentence(
    folders: tuple[Path, Path], tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    with pytest.raises(SystemExit):
        evaluate.main(["--model", str(folders[0]), "--adapters", str(tmp_path), "--tasks", "math"])
    assert "there is no adapter in" in capsys.readouterr().err
