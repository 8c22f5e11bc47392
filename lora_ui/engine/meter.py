"""Counts what the engine does at every step, as vLLM's loop reports it. Read from any thread."""

from __future__ import annotations

from collections import deque
from statistics import median
from typing import Any

RECENT = 32
"""So many of the last requests count for the time to the first token."""


class Meter:
    """Totals over all engines of the app, warm-ups and trials included; the rest is of now."""

    def __init__(self) -> None:
        self.prompt_tokens = 0
        self.generated_tokens = 0
        self.requests_done = 0
        self.held_back = 0
        """Requests that the engine has, but has not begun."""
        self.kv_used_fraction: float | None = None
        self._first_s: deque[float] = deque(maxlen=RECENT)

    @property
    def ttft_s(self) -> float | None:
        """The median time to the first token of the last requests."""
        times = list(self._first_s)
        return median(times) if times else None

    def record(self, scheduler: Any, iteration: Any) -> None:
        """One step: vLLM's `SchedulerStats` and `IterationStats`, either of which may be None."""
        if scheduler is not None:
            self.held_back = getattr(scheduler, "num_waiting_reqs", 0)
            self.kv_used_fraction = getattr(scheduler, "kv_cache_usage", None)
        if iteration is not None:
            self.prompt_tokens += getattr(iteration, "num_prompt_tokens", 0)
            self.generated_tokens += getattr(iteration, "num_generation_tokens", 0)
            self.requests_done += len(getattr(iteration, "finished_requests", ()))
            self._first_s.extend(getattr(iteration, "time_to_first_tokens_iter", ()))

    def began_anew(self) -> None:
        """The engine has gone: nothing is in it."""
        self.held_back = 0
        self.kv_used_fraction = None


def stat_logger(meter: Meter) -> Any:
    """What `AsyncLLM` takes among its `stat_loggers`: a class that feeds `meter`. Imports vLLM."""
    from vllm.v1.metrics.loggers import StatLoggerBase

    class Feeding(StatLoggerBase):
        def __init__(self, vllm_config: Any, engine_index: int = 0) -> None:
            del vllm_config, engine_index

        def record(
            self, scheduler_stats: Any = None, iteration_stats: Any = None, *_: Any, **__: Any
        ) -> None:
            meter.record(scheduler_stats, iteration_stats)

        def log_engine_initialized(self) -> None:
            return None

    return Feeding
