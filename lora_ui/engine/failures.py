"""Why a start failed, in one sentence with the fix."""

from __future__ import annotations

import re

from lora_ui.engine.logs import EngineLog
from lora_ui.errors import Problem

_KNOWN: tuple[tuple[re.Pattern[str], str], ...] = (
    (re.compile(r"Free memory on device|less than desired (GPU|CPU) memory utilization"), "start_memory_taken"),
    (re.compile(r"out of memory|OutOfMemoryError|No available memory for the cache blocks"), "start_no_memory"),
    (re.compile(r"KV cache is needed|larger than the maximum number of tokens that can be stored"), "start_no_room_for_context"),
    (re.compile(r"Failed to infer device type|no NVIDIA|CUDA driver|No CUDA GPUs"), "no_gpu"),
    (re.compile(r"max_model_len|max_position_embeddings"), "start_context_too_long"),
    (re.compile(r"[Mm]odel architectures .* (are )?not supported|does not support LoRA"), "start_model_unsupported"),
    (re.compile(r"No space left on device"), "start_disk_full"),
)  # fmt: skip


def explain_start(error: BaseException, log: EngineLog) -> Problem:
    """The problem behind a failed start: the one raised, a known cause, or the first error logged."""
    if isinstance(error, Problem):
        return error
    cause = log.cause() or f"{type(error).__name__}: {error}"
    for pattern, code in _KNOWN:
        if pattern.search(cause):
            return Problem(code, detail=_short(cause))
    return Problem("start_failed", detail=_short(cause))


def _short(text: str) -> str:
    first = text.strip().partition("\n")[0]
    return first if len(first) <= 240 else first[:239] + "…"
