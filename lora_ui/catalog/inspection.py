"""What an adapter's files say, without reading a single weight.

The PEFT layout is `adapter_config.json` beside `adapter_model.safetensors`; a safetensors file
begins with a header that names every tensor with its shape, so a look at it takes milliseconds
whatever the file weighs (format: https://huggingface.co/docs/safetensors).
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from pathlib import Path

from safetensors import SafetensorError, safe_open

from lora_ui.errors import Problem

CONFIG_NAME = "adapter_config.json"
WEIGHTS_NAME = "adapter_model.safetensors"


@dataclass(frozen=True)
class AdapterFiles:
    """An adapter's own words about itself.

    `rank` is the largest rank of any tensor pair; `target_modules` are the last parts of the names
    of the modules that the weights belong to, sorted; `bytes` is the size of the weights file.
    """

    folder: Path
    rank: int
    alpha: float | None
    target_modules: tuple[str, ...]
    base_model: str | None
    bytes: int


def inspect_adapter(folder: Path) -> AdapterFiles:
    """Read config and header of the adapter in `folder`; a `Problem` says what is wrong."""
    if not folder.is_dir():
        raise Problem("adapter_folder_missing", path=folder)
    config = _config(folder / CONFIG_NAME)
    kind = config.get("peft_type")
    if kind != "LORA":
        raise Problem("adapter_not_lora", path=folder, kind=kind)
    weights = folder / WEIGHTS_NAME
    shapes = _shapes(weights)
    ranks = {shape[0] for name, shape in shapes.items() if ".lora_A." in name and shape}
    modules = {
        name.split(".lora_A.")[0].rsplit(".", 1)[-1] for name in shapes if ".lora_A." in name
    }
    if not any(ranks):
        raise Problem("adapter_without_weights", path=weights)
    alpha = config.get("lora_alpha")
    base = config.get("base_model_name_or_path")
    return AdapterFiles(
        folder=folder,
        rank=max(ranks),
        alpha=float(alpha) if isinstance(alpha, (int, float)) else None,
        target_modules=tuple(sorted(modules)),
        base_model=base if isinstance(base, str) and base else None,
        bytes=weights.stat().st_size,
    )


def _config(path: Path) -> dict[str, object]:
    try:
        config = json.loads(path.read_text(encoding="utf-8"))
    except FileNotFoundError:
        raise Problem("adapter_file_missing", path=path.parent, name=path.name) from None
    except (OSError, ValueError, RecursionError) as error:
        raise Problem("adapter_config_unreadable", path=path, detail=error) from None
    if not isinstance(config, dict):
        raise Problem("adapter_config_unreadable", path=path, detail="not a JSON object")
    return config


def _shapes(path: Path) -> dict[str, tuple[int, ...]]:
    """Tensor names and shapes from the header of a safetensors file."""
    if not path.is_file():
        raise Problem("adapter_file_missing", path=path.parent, name=path.name)
    try:
        with safe_open(path, framework="numpy") as file:
            return {name: tuple(file.get_slice(name).get_shape()) for name in file.keys()}  # noqa: SIM118
    except (SafetensorError, OSError) as error:
        raise Problem("adapter_weights_unreadable", path=path, detail=error) from None
