"""Train a small LoRA adapter with PEFT on the embedded model, on a CPU, in minutes.

    python -m examples.train_adapter my-adapters/orders

It teaches one thing: an order in plain words becomes one line of JSON. Everything that is special
to your own task is in `example()`; the rest is PEFT as usual. docs/tutorial.md goes on from here.
"""

from __future__ import annotations

import argparse
import json
import random
import time
from pathlib import Path
from typing import Any

import torch
from peft import LoraConfig, get_peft_model
from transformers import AutoModelForCausalLM, AutoTokenizer
from transformers.utils.logging import disable_progress_bar

from lora_ui.embedded.demos import BASE_MODEL
from lora_ui.embedded.model import install_embedded
from lora_ui.settings import load_settings

ITEMS = ("lamps", "mugs", "chairs", "books", "candles", "pillows", "clocks", "plates", "rugs")
COLORS = ("red", "blue", "green", "black", "white", "yellow", "grey", "orange", "purple", "brown")
CITIES = ("Lisbon", "Oslo", "Berlin", "Madrid", "Vienna", "Dublin", "Athens", "Prague", "Kyoto")
WORDINGS = (
    "Please send {count} {color} {item} to {city}.",
    "I would like to order {count} {item} in {color}, for {city}.",
    "We need {count} {color} {item} at our shop in {city} by Friday.",
    "Could {city} get {count} of the {color} {item}?",
    "Hello! {count} {item}, {color} ones, shipped to {city}, thank you.",
)
IGNORED = -100
"""Labels that PyTorch's loss leaves out."""


def example(dice: random.Random) -> tuple[str, str]:
    """One order, and the answer that the adapter is to learn."""
    order = {
        "item": dice.choice(ITEMS),
        "color": dice.choice(COLORS),
        "count": dice.randint(2, 60),
        "city": dice.choice(CITIES),
    }
    return dice.choice(WORDINGS).format(**order), json.dumps(order)


def encode(tokenizer: Any, prompt: str, answer: str) -> tuple[list[int], list[int]]:
    """Tokens of the chat as the engine will render it, and labels on the answer alone."""
    chat = [{"role": "user", "content": prompt}]
    text = tokenizer.apply_chat_template(chat, add_generation_prompt=True, tokenize=False)
    before = tokenizer(text, add_special_tokens=False)["input_ids"]
    after = tokenizer(answer, add_special_tokens=False)["input_ids"] + [tokenizer.eos_token_id]
    return before + after, [IGNORED] * len(before) + after


def batch(tokenizer: Any, dice: random.Random, size: int) -> dict[str, torch.Tensor]:
    """`size` fresh examples, padded on the right to the longest."""
    rows = [encode(tokenizer, *example(dice)) for _ in range(size)]
    longest = max(len(ids) for ids, _ in rows)

    def padded(filling: int, column: int) -> torch.Tensor:
        return torch.tensor([row[column] + [filling] * (longest - len(row[0])) for row in rows])

    # no attention mask: real tokens only look back, at real tokens
    return {"input_ids": padded(tokenizer.eos_token_id, 0), "labels": padded(IGNORED, 1)}


def train(model: Any, tokenizer: Any, steps: int, size: int, rate: float) -> None:
    """Train the adapter's weights, and say now and then how far it is."""
    weights = [weight for weight in model.parameters() if weight.requires_grad]
    optimizer = torch.optim.AdamW(weights, lr=rate)
    dice, began = random.Random(0), time.monotonic()
    for step in range(1, steps + 1):
        for group in optimizer.param_groups:  # straight down to nearly nothing
            group["lr"] = rate * (1 - (step - 1) / steps)
        loss = model(**batch(tokenizer, dice, size)).loss
        loss.backward()
        optimizer.step()
        optimizer.zero_grad()
        if step % 4 == 0 or step == steps:
            seconds = time.monotonic() - began
            print(f"step {step}/{steps}  loss {loss:.3f}  {seconds:.0f} s", flush=True)


def main(argv: list[str] | None = None) -> None:
    """The command line."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("out", type=Path, help="the adapter's folder")
    parser.add_argument("--model", help="another base model's folder (default: the embedded one)")
    parser.add_argument("--steps", type=int, default=24)
    parser.add_argument("--batch", type=int, default=4, help="examples in a step")
    parser.add_argument("--rank", type=int, default=8)
    parser.add_argument("--modules", default="q_proj,k_proj,v_proj,o_proj", help="with commas")
    parser.add_argument("--rate", type=float, default=2e-3, help="learning rate at the start")
    arguments = parser.parse_args(argv)

    disable_progress_bar()
    cache = load_settings(argparse.Namespace()).cache_dir
    folder = arguments.model or install_embedded(cache, lambda text: print(f"base model: {text}"))
    tokenizer = AutoTokenizer.from_pretrained(folder)
    base = AutoModelForCausalLM.from_pretrained(folder, dtype=torch.float32)
    torch.manual_seed(0)
    config = LoraConfig(
        r=arguments.rank,
        lora_alpha=2 * arguments.rank,
        target_modules=arguments.modules.split(","),
        task_type="CAUSAL_LM",
    )
    model = get_peft_model(base, config)
    train(model, tokenizer, arguments.steps, arguments.batch, arguments.rate)
    if arguments.model is None:  # the base's name says more than a folder of this machine
        model.peft_config["default"].base_model_name_or_path = BASE_MODEL
    model.save_pretrained(arguments.out, save_embedding_layers=False)
    print(f"saved in {arguments.out}")


if __name__ == "__main__":
    main()
