"""Which of a visitor's files make an adapter: the config and one safetensors file, nothing else."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import PurePosixPath

from lora_ui.catalog.preflight import CONFIG_NAME, WEIGHTS_NAME
from lora_ui.errors import Problem

_PICKLES = (".bin", ".pt", ".pth", ".pkl", ".pickle", ".ckpt", ".joblib")
_ARCHIVES = (".zip", ".tar", ".gz", ".tgz", ".bz2", ".xz", ".7z", ".rar", ".zst")
_SUPERFLUOUS = (".md", ".txt", ".json", ".jinja", ".model", ".yaml", ".yml")
_SUPERFLUOUS_NAMES = (".ds_store", "thumbs.db", "desktop.ini", ".gitattributes", "license")
"""What lies beside adapters and does no harm: it is left out without a word."""


def chosen_files(names: Iterable[str]) -> dict[str, str]:
    """The name given → the name in PEFT's layout, for the two files that are wanted.

    `names` are plain names of files, without folders. A `Problem` when a file is of a kind that is
    never taken, when one of the two is missing, or when one is there twice.
    """
    chosen: dict[str, str] = {}
    for name in names:
        target = _target(name)
        if target is None:
            continue
        if name in chosen or target in chosen.values():
            raise Problem("addition_twice", name=shown(target))
        chosen[name] = target
    for wanted in (CONFIG_NAME, WEIGHTS_NAME):
        if wanted not in chosen.values():
            raise Problem("addition_incomplete", name=wanted)
    return chosen


def shown(name: str) -> str:
    """A name from outside, fit for a sentence: printable and not too long."""
    plain = "".join(c if c.isprintable() else "�" for c in name)
    return plain if len(plain) <= 60 else f"{plain[:59]}…"


def _target(name: str) -> str | None:
    lower = name.lower()
    suffix = PurePosixPath(lower).suffix
    if lower == CONFIG_NAME:
        return CONFIG_NAME
    if suffix == ".safetensors":
        return WEIGHTS_NAME
    if suffix in _PICKLES:
        raise Problem("addition_pickle", name=shown(name))
    if suffix in _ARCHIVES:
        raise Problem("addition_archive", name=shown(name))
    if suffix not in _SUPERFLUOUS and lower not in _SUPERFLUOUS_NAMES:
        raise Problem("addition_foreign_file", name=shown(name))
    return None
