"""The process behind `asking.ask_peft`: JSON in, JSON out."""

from __future__ import annotations

import json
import sys
from copy import deepcopy
from typing import Any

import torch
from peft import PeftModel
from transformers import AutoModelForCausalLM, AutoTokenizer


class Reference:
    """The base in float32, and the adapters on it, loaded when first asked for."""

    def __init__(self, tokenizer: Any, model: Any) -> None:
        self.tokenizer: Any = tokenizer
        self.model: Any = model
        self.names: dict[str, str] = {}

    def prompt(self, messages: list[dict[str, str]]) -> list[int]:
        text = self.tokenizer.apply_chat_template(
            messages, tokenize=False, add_generation_prompt=True
        )
        return self.tokenizer(text, add_special_tokens=False)["input_ids"]

    def switch_to(self, adapter: str | None) -> None:
        if adapter is None:
            if self.names:
                self.model.base_model.disable_adapter_layers()
            return
        if adapter not in self.names:
            name = self.names[adapter] = f"a{len(self.names)}"
            if len(self.names) == 1:
                self.model = PeftModel.from_pretrained(self.model, adapter, adapter_name=name)
            else:
                self.model.load_adapter(adapter, name)
            self.model.eval()
        self.model.base_model.enable_adapter_layers()
        self.model.set_adapter(self.names[adapter])

    def decode(self, prompts: list[list[int]], max_tokens: int) -> list[dict[str, Any]]:
        """Greedy decoding of one adapter's prompts together, with the logits looked at."""
        width = max(map(len, prompts))
        pads = [width - len(prompt) for prompt in prompts]
        ids = torch.tensor([[0] * pad + prompt for pad, prompt in zip(pads, prompts, strict=True)])
        mask = torch.tensor([[0] * pad + [1] * (width - pad) for pad in pads])
        positions = (mask.cumsum(-1) - 1).clamp(min=0)
        answers: list[dict[str, Any]] = [{"tokens": [], "texts": [], "gaps": []} for _ in prompts]
        past = None
        for _ in range(max_tokens):
            with torch.inference_mode():
                out = self.model(
                    input_ids=ids,
                    attention_mask=mask,
                    position_ids=positions,
                    past_key_values=past,
                    use_cache=True,
                    logits_to_keep=1,  # 20 prompts of 1,000 tokens would make 4 GB of them
                )
            past = out.past_key_values
            best = torch.topk(out.logits[:, -1].float(), 2)
            for answer, token, gap in zip(
                answers, best.indices[:, 0].tolist(), best.values.diff().abs()[:, 0], strict=True
            ):
                self.extend(answer, token, float(gap))
            ids = best.indices[:, :1]
            mask = torch.cat([mask, torch.ones(len(prompts), 1, dtype=mask.dtype)], dim=1)
            positions = positions[:, -1:] + 1
        return answers

    def extend(self, answer: dict[str, Any], token: int, gap: float) -> None:
        """One token more, unless the answer has ended."""
        if answer["tokens"][-1:] == [self.tokenizer.eos_token_id]:
            return
        answer["tokens"].append(token)
        answer["gaps"].append(gap)
        answer["texts"].append(self.tokenizer.decode(answer["tokens"], skip_special_tokens=True))


def answer_all(reference: Reference, asked: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """The answers in the order asked; those of one adapter and length are made together."""
    groups: dict[tuple[str | None, int], list[int]] = {}
    for number, one in enumerate(asked):
        groups.setdefault((one["adapter"], one["max_tokens"]), []).append(number)
    found: dict[int, dict[str, Any]] = {}
    for (adapter, max_tokens), numbers in groups.items():
        reference.switch_to(adapter)
        prompts = [reference.prompt(asked[number]["messages"]) for number in numbers]
        found.update(zip(numbers, reference.decode(prompts, max_tokens), strict=True))
    return [found[number] for number in range(len(asked))]


def answer_apart(reference: Reference, asked: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """The same for adapters that nobody vouches for.

    Each gets a base of its own, as some change it, and what PEFT can't load gives `{"error": …}`.
    """
    found: list[dict[str, Any]] = []
    for adapter in dict.fromkeys(one["adapter"] for one in asked):
        alone = Reference(reference.tokenizer, deepcopy(reference.model))
        questions = [one for one in asked if one["adapter"] == adapter]
        try:
            found += answer_all(alone, questions)
        except Exception as error:
            lines = str(error).split("\n")[:2]  # the second is the reason, where there is one
            told = f"{type(error).__name__}: {' '.join(line.strip() for line in lines)}"
            found += [{"error": told}] * len(questions)
    return found


def main() -> None:
    call = json.load(sys.stdin)
    tokenizer = AutoTokenizer.from_pretrained(call["model"])
    model = AutoModelForCausalLM.from_pretrained(call["model"], dtype=torch.float32).eval()
    answer = answer_apart if call.get("apart") else answer_all
    json.dump(answer(Reference(tokenizer, model), call["asked"]), sys.stdout)


if __name__ == "__main__":
    main()
