"""A model of a given shape without its weights: a folder that vLLM loads with dummy ones.

Memory does not depend on what the weights say, so a `config.json` is enough to measure a model that
is not here. The tokenizer is made, too: its tokens are the 256 bytes, which every vocabulary holds.
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from lora_ui.catalog.footprint import read_shape
from lora_ui.errors import Problem

END = "<|end|>"
CHAT = (
    "{% for m in messages %}{{ m['role'] + ': ' + m['content'] + '\n' }}{% endfor %}"
    "{% if add_generation_prompt %}{{ 'assistant: ' }}{% endif %}"
)
LEAST_VOCABULARY = 257


def make_dummy_model(config_file: Path, into: Path) -> Path:
    """Write config and tokenizer into folder `into` and return it; a `Problem` for a bad config."""
    try:
        config = json.loads(config_file.read_text(encoding="utf-8"))
    except (OSError, ValueError, RecursionError) as error:
        raise Problem("plan_json", detail=str(error)[:200]) from None
    if not isinstance(config, dict):
        raise Problem("plan_json", detail="it holds no object")
    if read_shape(config).vocabulary < LEAST_VOCABULARY:
        raise Problem("plan_config")
    into.mkdir(parents=True)
    (into / "config.json").write_text(json.dumps(config))
    (into / "tokenizer.json").write_text(json.dumps(_tokenizer()))
    (into / "tokenizer_config.json").write_text(
        json.dumps(
            {
                "tokenizer_class": "PreTrainedTokenizerFast",
                "eos_token": END,
                "pad_token": END,
                "chat_template": CHAT,
            }
        )
    )
    return into


def _tokenizer() -> dict[str, Any]:
    """A tokenizer of the `tokenizers` library that takes text byte by byte."""
    from tokenizers import Tokenizer, decoders, models, pre_tokenizers

    alphabet = sorted(pre_tokenizers.ByteLevel.alphabet())
    made = Tokenizer(models.BPE(vocab={c: i for i, c in enumerate(alphabet)}, merges=[]))
    made.pre_tokenizer = pre_tokenizers.ByteLevel(add_prefix_space=False)
    made.decoder = decoders.ByteLevel()
    made.add_special_tokens([END])
    return json.loads(made.to_str())
