"""Folders on this machine, as far as the operator opened them."""

from __future__ import annotations

import stat
from collections.abc import Sequence
from pathlib import Path

from lora_ui.catalog.additions.choosing import shown
from lora_ui.catalog.preflight import CONFIG_NAME, WEIGHTS_NAME
from lora_ui.errors import Problem


def opened_folders(folders: Sequence[str], beside: Path) -> tuple[Path, ...]:
    """The operator's folders as real paths; relative ones count from `beside`."""
    found = []
    for text in folders:
        try:
            found.append((beside / Path(text).expanduser()).resolve())
        except (OSError, RuntimeError, ValueError):  # nobody's home, links in a circle
            continue
    return tuple(found)


def allowed_folder(text: str, allowed: Sequence[Path], names: Sequence[str]) -> Path:
    """The real folder that a visitor's `text` means; a `Problem` unless it may be added.

    It and the files in it must lie below one of `allowed` once all links are followed. What does
    not is refused in the same words whether it exists or not. `names` are the operator's words for
    the allowed folders. A relative path counts from each of them.
    """
    if not allowed:
        raise Problem("addition_no_folders")
    outside = Problem("addition_folder_outside", path=shown(text), allowed=", ".join(names))
    text = text.strip()
    if not text:
        raise outside
    candidates = [
        real for root in allowed if (real := _real(root / text)) and _below(real, allowed)
    ]
    if not candidates:
        raise outside
    folder = next((c for c in candidates if _is(c, stat.S_IFDIR)), None)
    if folder is None:
        raise Problem("addition_folder_missing", path=shown(text))
    for name in (CONFIG_NAME, WEIGHTS_NAME):
        file = _real(folder / name)
        if file is None or not _below(file, allowed):
            raise outside
        if not _is(file, stat.S_IFREG):
            raise Problem("addition_folder_incomplete", path=shown(text), name=name)
    return folder


def _real(path: Path) -> Path | None:
    try:
        return path.resolve()
    except (OSError, RuntimeError, ValueError):  # links in a circle, a null byte, a name too long
        return None


def _is(path: Path, kind: int) -> bool:
    try:
        return stat.S_IFMT(path.stat().st_mode) == kind
    except (OSError, ValueError):  # not there, not for us to see, a name too long
        return False


def _below(path: Path, allowed: Sequence[Path]) -> bool:
    return any(path.is_relative_to(root) for root in allowed)
