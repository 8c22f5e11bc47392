"""xgrammar with the embedded model's tokenizer, as vLLM's engine has it."""

from __future__ import annotations

import random
import subprocess
import sys
from functools import lru_cache
from typing import Any

import numpy as np
import xgrammar
from transformers import AutoTokenizer

from tests.app_process import CACHE, ROOT

MODEL = CACHE / "models" / "SmolLM2-135M-Instruct"
LONGEST = 250
"""Tokens of a random walk at most."""
COMMON = 300
"""The tokens below this number are single characters."""


class Grammars:
    """Compiles structural tags and asks what they let through."""

    def __init__(self) -> None:
        if not (MODEL / "tokenizer.json").is_file():
            module = [sys.executable, "-m", "lora_ui.embedded.model", "--out", str(MODEL)]
            subprocess.run(module, check=True, cwd=ROOT)
        self._tokenizer: Any = AutoTokenizer.from_pretrained(MODEL)
        self._words = len(self._tokenizer)
        info = xgrammar.TokenizerInfo.from_huggingface(self._tokenizer, vocab_size=self._words)
        self._compiler = xgrammar.GrammarCompiler(info)
        self.compile = lru_cache(maxsize=256)(self._compiler.compile_structural_tag)

    def compiles(self, tag: str) -> bool:
        """Whether xgrammar takes it; it raises where it does not."""
        return self.compile(tag) is not None

    def takes(self, tag: str, text: str) -> bool:
        """Whether an answer may be `text` and end there."""
        matcher = xgrammar.GrammarMatcher(self.compile(tag))
        end = self._tokenizer.eos_token_id
        return matcher.accept_string(text) and matcher.accept_token(end)

    def walk(self, tag: str, rng: random.Random, hint: str) -> str | None:
        """An answer of random tokens that the grammar allows; None when it does not end.

        It begins like `hint`, so that calls come up; then common tokens are likelier than others,
        and the end likeliest, so that it does end.
        """
        matcher = xgrammar.GrammarMatcher(self.compile(tag))
        mask = xgrammar.allocate_token_bitmask(1, self._words)
        start = self._tokenizer(hint, add_special_tokens=False)["input_ids"]
        start = start[: rng.randrange(len(start))]
        end = self._tokenizer.eos_token_id
        written: list[int] = []
        while len(written) < LONGEST:
            matcher.fill_next_token_bitmask(mask)
            allowed = _allowed(mask, self._words)
            if allowed[end]:
                return self._tokenizer.decode(written)
            token = start[len(written)] if len(written) < len(start) else None
            if token is None or not allowed[token]:
                some = np.flatnonzero(allowed[:COMMON])
                some = some if len(some) and rng.random() < 0.7 else np.flatnonzero(allowed)
                token = int(some[rng.randrange(len(some))])
            assert matcher.accept_token(token)
            written.append(token)
        return None


def _allowed(mask: Any, words: int) -> np.ndarray:
    """For each token whether it is allowed."""
    return np.unpackbits(mask[0].numpy().view(np.uint8), bitorder="little")[:words].astype(bool)
