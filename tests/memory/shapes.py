"""Configs of models whose size is known, as their `config.json` on the Hub has it."""

from __future__ import annotations

from typing import Any


def config(
    family: str,
    hidden: int,
    wide: int,
    layers: int,
    heads: int,
    groups: int,
    tokens: int,
    **more: Any,
) -> dict[str, Any]:
    """The keys that count, the rest as the families have it."""
    return {
        "model_type": family,
        "torch_dtype": "bfloat16",
        "hidden_size": hidden,
        "intermediate_size": wide,
        "num_hidden_layers": layers,
        "num_attention_heads": heads,
        "num_key_value_heads": groups,
        "vocab_size": tokens,
        "max_position_embeddings": 32768,
        **more,
    }


TINYLLAMA = config("llama", 2048, 5632, 22, 32, 4, 32000)
LLAMA2_7B = config("llama", 4096, 11008, 32, 32, 32, 32000)
LLAMA3_8B = config("llama", 4096, 14336, 32, 32, 8, 128256)
SMOLLM2 = config("llama", 576, 1536, 30, 9, 3, 49152, tie_word_embeddings=True)
SMOLLM3 = config("smollm3", 2048, 11008, 36, 16, 4, 128256)
QWEN2_05B = config("qwen2", 896, 4864, 24, 14, 2, 151936, tie_word_embeddings=True)
QWEN2_7B = config("qwen2", 3584, 18944, 28, 28, 4, 152064, tie_word_embeddings=False)
QWEN3_17B = config("qwen3", 2048, 6144, 28, 16, 8, 151936, head_dim=128, tie_word_embeddings=True)
MISTRAL_7B = config("mistral", 4096, 14336, 32, 32, 8, 32000, sliding_window=None)
GEMMA_2B = config("gemma", 2048, 16384, 18, 8, 1, 256000, head_dim=256)
GEMMA2_2B = config("gemma2", 2304, 9216, 26, 8, 4, 256000, head_dim=256, sliding_window=4096)
GEMMA3_1B = config("gemma3_text", 1152, 6912, 26, 4, 1, 262144, head_dim=256, sliding_window=512)

PARAMETERS = [
    (TINYLLAMA, 1_100_048_384),
    (LLAMA2_7B, 6_738_415_616),
    (LLAMA3_8B, 8_030_261_248),
    (SMOLLM2, 134_515_008),
    (SMOLLM3, 3_075_098_624),
    (QWEN2_05B, 494_032_768),
    (QWEN2_7B, 7_615_616_512),
    (QWEN3_17B, 1_720_574_976),
    (MISTRAL_7B, 7_241_732_096),
    (GEMMA_2B, 2_506_172_416),
    (GEMMA2_2B, 2_614_341_888),
    (GEMMA3_1B, 999_885_952),
]
"""Configs and the numbers of parameters that the models' own pages give."""
