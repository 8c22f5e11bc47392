"""The package's data files."""

from __future__ import annotations

from importlib import resources
from typing import Any

import yaml

_FOLDER = resources.files(__name__.rpartition(".")[0])


def load(name: str) -> dict[str, Any]:
    """The content of `<name>.yaml`."""
    return yaml.safe_load(_FOLDER.joinpath(f"{name}.yaml").read_text("utf-8"))
