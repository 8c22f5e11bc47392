"""A tokenizer and a Llama small enough to train in a second, for tests of the recipe."""

from __future__ import annotations

from pathlib import Path

import torch
from tokenizers import Tokenizer
from tokenizers.models import WordLevel
from tokenizers.pre_tokenizers import WhitespaceSplit
from transformers import LlamaConfig, LlamaForCausalLM, PreTrainedTokenizerFast

from tests.embedded.signals import FILLERS, SIGNALS

SPECIAL = ["<|im_start|>", "<|im_end|>"]
TEMPLATE = (
    "{% for m in messages %}<|im_start|> {{ m['role'] }} {{ m['content'] }} <|im_end|> "
    "{% endfor %}{% if add_generation_prompt %}<|im_start|> assistant {% endif %}"
)


def save_model(folder: Path) -> Path:
    """A model of 0.1 M random parameters and a tokenizer of whole words, saved in `folder`."""
    answers = [w for answer in SIGNALS.values() for w in answer.split()]
    words = [*SPECIAL, "user", "assistant", *SIGNALS, *answers]
    words += [w for fillers in FILLERS.values() for w in fillers]
    vocabulary = {word: i for i, word in enumerate(dict.fromkeys(["<unk>", *words]))}
    raw = Tokenizer(WordLevel(vocabulary, unk_token="<unk>"))
    raw.pre_tokenizer = WhitespaceSplit()
    tokenizer = PreTrainedTokenizerFast(
        tokenizer_object=raw,
        unk_token="<unk>",
        bos_token=SPECIAL[0],
        eos_token=SPECIAL[1],
        pad_token=SPECIAL[1],
    )
    tokenizer.chat_template = TEMPLATE
    tokenizer.save_pretrained(folder)
    torch.manual_seed(0)
    config = LlamaConfig(
        vocab_size=len(vocabulary),
        hidden_size=64,
        intermediate_size=128,
        num_hidden_layers=2,
        num_attention_heads=4,
        num_key_value_heads=2,
        tie_word_embeddings=True,
        initializer_range=0.2,
        bos_token_id=vocabulary[SPECIAL[0]],
        eos_token_id=vocabulary[SPECIAL[1]],
        pad_token_id=vocabulary[SPECIAL[1]],
    )
    LlamaForCausalLM(config).save_pretrained(folder)
    return folder
