"""The demo tasks by name, and the model that their adapters belong to."""

from __future__ import annotations

from importlib import import_module

from lora_ui.embedded.tasks.base import Task

TASK_NAMES = ("text2sql", "math", "function")
"""In the order in which tables show them."""

BASE_MODEL = "HuggingFaceTB/SmolLM2-135M-Instruct"
"""What the embedded model is called on the Hub; adapters name it as their base."""


def load_task(name: str) -> Task:
    """The task called `name`; only its own module is imported."""
    if name not in TASK_NAMES:
        raise ValueError(f"no task is called {name!r}; there are {', '.join(TASK_NAMES)}")
    return import_module(f"lora_ui.embedded.tasks.{name}").TASK
