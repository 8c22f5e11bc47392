"""Measure the demo adapters: `python -m lora_ui.embedded.evaluate --model DIR --adapters DIR`.

Base and adapter answer the same prompts greedily, in chat turns as the page sends them, and the
task's grader judges. `heldout` are examples of the generator from schemas and sentences that the
training never uses; `handwritten` are the prompts composed one by one. The results tell everything
about held-out prompts, but of hand-written ones only ids, verdicts and reasons: whoever widens the
generator must not see them.
"""

from __future__ import annotations

import argparse
import json
import sys
import time
from collections.abc import Callable, Iterator
from itertools import islice
from pathlib import Path
from typing import Any, Protocol, runtime_checkable

from lora_ui.embedded.cards import share
from lora_ui.embedded.demos import TASK_NAMES, load_task
from lora_ui.embedded.tasks.base import Example, Split, Task

HANDWRITTEN = Path(__file__).parent / "handwritten"
HELDOUT_SEED = 20_000
"""The generator's seed of held-out examples."""
NEW_TOKENS = {"text2sql": 160, "math": 200, "function": 160}
"""Tokens of an answer at most, by task."""
Results = dict[str, dict[str, dict[str, Any]]]
"""Task, then set (`heldout`, `rounds`, `handwritten`): total, right ones, prompts."""


@runtime_checkable
class HasRounds(Protocol):
    """A task whose conversations go on after an answer."""

    def rounds(self, seed: int, split: Split) -> Iterator[Example]:
        """An endless stream of what comes later in conversations."""
        ...


class Answers(Protocol):
    """Whoever answers prompts: see `answering.Answerer`."""

    def answer(
        self,
        adapter: str | None,
        chats: list[list[dict[str, str]]],
        new_tokens: int,
        batch_tokens: int | None = None,
    ) -> list[str]:
        """One answer per chat, by the adapter, or by the base when it is None."""
        ...


def heldout(task: Task, count: int) -> list[Example]:
    """The first `count` held-out examples of the generator."""
    return list(islice(task.generate(HELDOUT_SEED, "heldout"), count))


def handwritten(name: str, folder: Path = HANDWRITTEN) -> list[Example]:
    """The prompts composed by hand for a task; they have no reference answer but a `check`."""
    lines = (folder / f"{name}.jsonl").read_text("utf-8").splitlines()
    rows = [json.loads(line) for line in lines if line.strip()]
    return [Example(row["id"], row["messages"], "", row["check"]) for row in rows]


def judge(
    task: Task, examples: list[Example], answers: dict[str, list[str]], tell: bool
) -> dict[str, Any]:
    """Count the right answers of `base` and `adapter`; with `tell`, record prompts and answers."""
    rows: list[dict[str, Any]] = []
    for number, example in enumerate(examples):
        row: dict[str, Any] = {"id": example.id}
        if tell:
            row |= {"messages": example.messages, "check": example.check, "gold": example.answer}
        for who, texts in answers.items():
            grade = task.grade(example, texts[number])
            verdict: dict[str, Any] = {"right": grade.right}
            if not grade.right:
                verdict["reason"] = grade.reason
            row[who] = verdict | ({"answer": texts[number]} if tell else {})
        rows.append(row)
    counts = {who: sum(row[who]["right"] for row in rows) for who in answers}
    return {"total": len(rows), **counts, "prompts": rows}


def measure(
    task: Task,
    answerer: Answers,
    sets: dict[str, list[Example]],
    say: Callable[[str], None] = print,
    batch_tokens: int | None = None,
) -> dict[str, dict[str, Any]]:
    """Base and adapter on all sets of a task, together in one go each, so that batches are full."""
    started = time.monotonic()
    examples = [example for members in sets.values() for example in members]
    chats = [example.messages for example in examples]
    answers = {
        who: answerer.answer(adapter, chats, NEW_TOKENS.get(task.name, 200), batch_tokens)
        for who, adapter in (("base", None), ("adapter", task.name))
    }
    results, first = {}, 0
    for title, members in sets.items():
        part = {who: texts[first : first + len(members)] for who, texts in answers.items()}
        results[title] = judge(task, members, part, tell=title != "handwritten")
        first += len(members)
    say(f"{task.name}: {len(chats)} prompts twice in {time.monotonic() - started:.0f} s")
    return results


def table(results: Results) -> str:
    """Base beside adapter, a line per task and set, as Markdown."""
    lines = ["| task | prompts | base | adapter |", "|---|---|---:|---:|"]
    for task, sets in results.items():
        for title, numbers in sets.items():
            cells = [share(numbers[who], numbers["total"]) for who in ("base", "adapter")]
            lines.append(f"| {task} | {title} | {cells[0]} | {cells[1]} |")
    return "\n".join(lines)


def failures(results: Results, title: str = "handwritten") -> str:
    """What the adapters got wrong in one set: id and reason, a line each."""
    lines = [
        f"{row['id']}: {row['adapter']['reason']}"
        for sets in results.values()
        for row in sets.get(title, {"prompts": []})["prompts"]
        if not row["adapter"]["right"]
    ]
    return "\n".join(lines)


def parser() -> argparse.ArgumentParser:
    """The command line."""
    p = argparse.ArgumentParser(prog="python -m lora_ui.embedded.evaluate", description=__doc__)
    p.add_argument("--model", type=Path, required=True, help="folder of the base model")
    p.add_argument("--adapters", type=Path, required=True, help="folder with one folder per task")
    p.add_argument("--tasks", nargs="+", choices=TASK_NAMES, default=list(TASK_NAMES))
    p.add_argument("--heldout", type=int, default=500, metavar="N", help="prompts (default 500)")
    p.add_argument("--rounds", type=int, default=0, metavar="N", help="also N after results")
    p.add_argument("--handwritten", action="store_true", help="also the hand-written prompts")
    p.add_argument("--handwritten-limit", type=int, metavar="N", help="only the first N of them")
    p.add_argument("--batch-tokens", type=int, help="of a batch (131072 on a GPU, 8192 else)")
    p.add_argument("--device", default="auto", help="auto, cuda, cuda:1, cpu")
    p.add_argument("--out", type=Path, metavar="FILE.json", help="write everything there")
    return p


def evaluate(args: argparse.Namespace) -> dict[str, Any]:
    """Measure all tasks of a command line; the results with what they were measured on."""
    from lora_ui.embedded.answering import Answerer
    from lora_ui.embedded.recipe import base_dtype, device_title, pick_device, versions

    device = pick_device(args.device)
    answerer = Answerer(args.model, {name: args.adapters / name for name in args.tasks}, device)
    results: Results = {}
    for name in args.tasks:
        task = load_task(name)
        sets = {"heldout": heldout(task, args.heldout)}
        if args.rounds and isinstance(task, HasRounds):
            stream = task.rounds(HELDOUT_SEED, "heldout")
            sets["rounds"] = list(islice(stream, args.rounds))
        if args.handwritten:
            sets["handwritten"] = handwritten(name)[: args.handwritten_limit]
        results[name] = measure(task, answerer, sets, batch_tokens=args.batch_tokens)
    return {
        "device": device_title(device),
        "dtype": str(base_dtype(device)).removeprefix("torch."),
        "heldout_seed": HELDOUT_SEED,
        "versions": versions(),
        "tasks": results,
    }


def main(argv: list[str] | None = None) -> int:
    """Run the command line; the exit status."""
    p = parser()
    args = p.parse_args(argv)
    if not (args.model / "config.json").is_file():
        p.error(f"there is no model in {args.model}: `python -m lora_ui.embedded.model` makes one")
    for name in args.tasks:
        if not (args.adapters / name / "adapter_config.json").is_file():
            p.error(f"there is no adapter in {args.adapters / name}; --tasks leaves tasks out")
    measured = evaluate(args)
    print(table(measured["tasks"]))
    if lines := failures(measured["tasks"]):
        print(f"\nhand-written, wrong with the adapter:\n{lines}")
    if args.out:
        args.out.write_text(json.dumps(measured, indent=1, ensure_ascii=False) + "\n", "utf-8")
    return 0


if __name__ == "__main__":
    sys.exit(main())
