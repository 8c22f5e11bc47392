"""Why a start failed, in one sentence with the fix."""

from __future__ import annotations

import re

from pydantic import ValidationError

from lora_ui.engine.logs import EngineLog
from lora_ui.errors import Problem

_KNOWN = tuple(
    (re.compile(pattern), code)
    for code, pattern in (
        (
            "start_memory_taken",
            r"Free memory on device|desired CPU memory|Error in memory profiling",
        ),
        ("start_no_memory", r"out of memory|OutOfMemoryError|No available memory for the cache"),
        ("start_no_room_for_context", r"KV cache is needed|number of tokens that can be stored"),
        ("no_gpu", r"Failed to infer device type|no NVIDIA|CUDA driver|No CUDA GPUs"),
        ("start_context_too_long", r"max_model_len|max_position_embeddings"),
        ("start_model_unsupported", r"architectures .*not supported|does not support LoRA"),
        ("start_disk_full", r"No space left on device"),
    )
)


def explain_start(error: BaseException, log: EngineLog) -> Problem:
    """What is behind a failed start: the problem raised, a known cause, or the first error."""
    if isinstance(error, Problem):
        return error
    cause = log.cause() or _in_words(error)
    for pattern, code in _KNOWN:
        if pattern.search(cause):
            return Problem(code, detail=_short(cause))
    return Problem("start_failed", detail=_short(cause))


def _in_words(error: BaseException) -> str:
    if isinstance(error, ValidationError):  # its own text begins with how many errors there are
        return error.errors()[0]["msg"].removeprefix("Value error, ")
    return f"{type(error).__name__}: {error}"


def _short(text: str) -> str:
    first = text.strip().partition("\n")[0]
    return first if len(first) <= 240 else first[:239] + "…"
