"""What tests of added adapters do and look at."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from lora_ui.errors import Problem

CONFIG, WEIGHTS = "adapter_config.json", "adapter_model.safetensors"


def pair(folder: Path) -> list[Path]:
    return [folder / CONFIG, folder / WEIGHTS]


def kept(tmp_path: Path) -> list[str]:
    """Everything below the root, but for the locks."""
    found = (tmp_path / "root").rglob("*")
    return sorted(p.name for p in found if p.is_file() and p.name != ".lock")


def refused(act: Callable[[], object]) -> str:
    with pytest.raises(Problem) as raised:
        act()
    assert "{" not in raised.value.message
    return raised.value.code
