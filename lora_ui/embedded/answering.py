"""Greedy answers for many prompts at once, by Transformers and PEFT."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import nullcontext
from pathlib import Path
from typing import Any

import torch
import transformers
from peft import PeftModel
from transformers import AutoModelForCausalLM, AutoTokenizer, GenerationConfig

from lora_ui.embedded.examples import render
from lora_ui.embedded.recipe import base_dtype

BATCH_TOKENS = {"cuda": 131_072, "cpu": 8_192}
"""Prompt and new tokens of a batch, padded, by kind of device: 131,072 hold 3 GiB of KV cache."""
MOST_PROMPTS = 512
"""Prompts of a batch at most."""


def batched(lengths: list[int], room: int, max_tokens: int) -> Iterator[list[int]]:
    """Indices in batches, longest first; `room` tokens are kept for each answer."""
    batch: list[int] = []
    widest = 0
    for index in sorted(range(len(lengths)), key=lambda i: -lengths[i]):
        if batch and (
            len(batch) == MOST_PROMPTS or (len(batch) + 1) * (widest + room) > max_tokens
        ):
            yield batch
            batch = []
        if not batch:
            widest = lengths[index]
        batch.append(index)
    if batch:
        yield batch


class Answerer:
    """The base model with the adapters on top, none of them merged into its weights."""

    def __init__(self, model: Path, adapters: dict[str, Path], device: torch.device) -> None:
        transformers.utils.logging.disable_progress_bar()
        self.device = device
        self.tokenizer = AutoTokenizer.from_pretrained(model, padding_side="left")
        if self.tokenizer.pad_token is None:  # an older transformers loses it
            self.tokenizer.pad_token = self.tokenizer.eos_token
        dtype = base_dtype(device)
        base: Any = AutoModelForCausalLM.from_pretrained(model, dtype=dtype)
        # Where the base runs in bf16, so does the adapter: as in the engine.
        upcast = dtype == torch.float32
        (first, folder), *others = adapters.items()
        self.model: Any = PeftModel.from_pretrained(
            base.to(device), folder, adapter_name=first, autocast_adapter_dtype=upcast
        )
        for name, folder in others:
            self.model.load_adapter(folder, adapter_name=name, autocast_adapter_dtype=upcast)
        self.model.to(device).eval()

    def _greedy(self, new_tokens: int) -> GenerationConfig:
        """Always the likeliest token, up to the end of the turn or of the text."""
        vocabulary = self.tokenizer.get_vocab()
        ends = {vocabulary[t] for t in ("<|im_end|>", "<|endoftext|>") if t in vocabulary}
        end = self.tokenizer.eos_token_id
        return GenerationConfig(
            do_sample=False,
            eos_token_id=sorted(ends | {end}),
            pad_token_id=end,
            use_cache=True,
            max_new_tokens=new_tokens,
        )

    @torch.inference_mode()
    def answer(
        self,
        adapter: str | None,
        chats: list[list[dict[str, str]]],
        new_tokens: int,
        batch_tokens: int | None = None,
    ) -> list[str]:
        """One answer of at most `new_tokens` tokens per chat; `adapter` None is the base alone."""
        texts = [render(self.tokenizer, chat) for chat in chats]
        ask: Any = self.tokenizer
        lengths = [len(ids) for ids in ask(texts, add_special_tokens=False)["input_ids"]]
        budget = batch_tokens or BATCH_TOKENS.get(self.device.type, BATCH_TOKENS["cpu"])
        answers = [""] * len(chats)
        if adapter is not None:
            self.model.set_adapter(adapter)
        with self.model.disable_adapter() if adapter is None else nullcontext():
            for batch in batched(lengths, new_tokens, budget):
                written = self._generate([texts[i] for i in batch], new_tokens)
                for index, text in zip(batch, written, strict=True):
                    answers[index] = text
        return answers

    def _generate(self, texts: list[str], new_tokens: int) -> list[str]:
        """One batch, padded on the left."""
        ask: Any = self.tokenizer
        inputs = ask(texts, add_special_tokens=False, padding=True, return_tensors="pt")
        ids = inputs["input_ids"].to(self.device)
        output = self.model.generate(
            input_ids=ids,
            attention_mask=inputs["attention_mask"].to(self.device),
            generation_config=self._greedy(new_tokens),
        )
        return ask.batch_decode(output[:, ids.shape[1] :], skip_special_tokens=True)
