"""The check itself: two files in, a report out."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import TypeVar

from lora_ui.catalog.findings import Finding, finding
from lora_ui.catalog.preflight.adapter_config import AdapterConfig, read_config, understand
from lora_ui.catalog.preflight.fit import RULES, Checked, needed_rank
from lora_ui.catalog.preflight.header import read_header
from lora_ui.catalog.preflight.reading import BadFile, shown
from lora_ui.catalog.preflight.tensor_names import (
    Named,
    half_pairs,
    served_name,
    sort_out,
    strange_tensors,
)
from lora_ui.catalog.preflight.values import (
    CONFIG_NAME,
    WEIGHTS_NAME,
    BaseFacts,
    Limits,
    Report,
    stamp_of,
)
from lora_ui.errors import Problem

T = TypeVar("T")
PICKLES = (".bin", ".pt", ".pth", ".pkl", ".ckpt")


def preflight(
    folder: Path,
    base: BaseFacts | None,
    limits: Limits | None,
    declared_base: str | None = None,
) -> Report:
    """Check the adapter in `folder` against the base model and what an engine serves.

    Only the config and the header of the weights are read. `declared_base` is the base model that
    the catalog names, for adapters that name none. With `base` None shapes and names are not
    checked, which is a warning; with `limits` None only what every vLLM refuses counts. Raises
    `Problem` only where there is no folder that can be read.
    """
    _check_folder(folder)
    stamp = stamp_of(folder)
    findings: list[Finding] = []
    raw = _read(findings, folder, CONFIG_NAME, read_config)
    config, about_config = understand(raw) if raw is not None else (AdapterConfig(), [])
    findings += about_config
    header = _read(findings, folder, WEIGHTS_NAME, read_header)
    it = Checked(config, sort_out(header) if header else Named(), base, limits)
    if header and all(f.code != "not_lora" for f in findings):
        findings += _weights(it, {f.code for f in findings})
    declared = config.base_model or declared_base
    findings += _declared(declared, base)
    return Report(
        folder=folder,
        findings=tuple(findings),
        rank=needed_rank(it),
        alpha=config.alpha,
        target_modules=tuple(sorted({served_name(m) for m in it.named.pairs})),
        base_model=declared,
        parameters=sum(math.prod(t.shape) for t in header.tensors.values()) if header else None,
        bytes=stamp[1][1] if stamp[1] else None,
        stamp=stamp,
    )


def _check_folder(folder: Path) -> None:
    try:
        if not folder.is_dir():
            raise Problem("adapter_folder_missing", path=folder)
        next(folder.iterdir(), None)
    except (OSError, ValueError) as error:
        detail = getattr(error, "strerror", None) or error
        raise Problem("adapter_folder_unreadable", path=folder, detail=detail) from None


def _read(findings: list[Finding], folder: Path, name: str, read: Callable[[Path], T]) -> T | None:
    """What `read` makes of a file, or None and a finding."""
    path = folder / name
    try:
        if _leads_outside(path):
            raise BadFile("link_outside", file=name)
        return read(path)
    except BadFile as bad:
        findings.append(finding(bad.code, "error", **bad.params))
    except FileNotFoundError:
        findings.append(_missing(folder, name))
    except (OSError, RuntimeError) as error:  # RuntimeError: a link that leads to itself
        detail = getattr(error, "strerror", None) or "a link that leads to itself"
        findings.append(finding("file_unreadable", "error", file=name, detail=detail))
    return None


def _leads_outside(path: Path) -> bool:
    """Whether a file is a link to somewhere else, the Hub's own cache aside.

    There `…/snapshots/COMMIT/file` links to `…/blobs/HASH`.
    """
    if not path.is_symlink():
        return False
    target, folder = path.resolve(strict=True), path.parent.resolve()
    inside = [folder, *(p.with_name("blobs") for p in folder.parents if p.name == "snapshots")]
    return not any(target.is_relative_to(place) for place in inside)


def _missing(folder: Path, name: str) -> Finding:
    """A file isn't there: what there is in its place decides what to do."""
    if name == WEIGHTS_NAME:
        others = sorted(p.name for p in folder.iterdir())
        other = next((n for n in others if n.endswith(".safetensors")), None)
        if other:
            return finding("weights_other_name", "error", found=shown(other), file=name)
        pickle = next((n for n in others if n.endswith(PICKLES)), None)
        if pickle:
            return finding("weights_pickled", "error", found=shown(pickle))
    return finding("file_missing", "error", file=name)


def _weights(it: Checked, already: set[str]) -> Iterator[Finding]:
    """All that the header of the weights tells."""
    yield from strange_tensors(it.named, already)
    if not it.named.pairs:
        yield finding("no_lora_weights", "error")
        return
    yield from half_pairs(it.named)
    for rule in RULES:
        yield from rule(it)


def _declared(declared: str | None, base: BaseFacts | None) -> Iterator[Finding]:
    """Whether the adapter says that it was trained on this base model."""
    if base is None or Path(base.name).is_absolute():
        return  # a folder says nothing of whose model it holds
    if declared is None:
        yield finding("base_not_named", "info", model=base.name)
    elif declared.casefold() != base.name.casefold():
        yield finding("other_base", "warning", declared=shown(declared), model=base.name)
