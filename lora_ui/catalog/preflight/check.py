"""The check itself: files in, report out."""

from __future__ import annotations

import json
import math
from pathlib import Path
from typing import Any

from lora_ui.catalog.findings import Finding, finding
from lora_ui.catalog.models import ALLOWED_RANKS
from lora_ui.catalog.preflight.header import BadFile, Header, modules_of, open_regular, read_header
from lora_ui.catalog.preflight.values import (
    CONFIG_NAME,
    WEIGHTS_NAME,
    BaseFacts,
    Limits,
    Report,
    stamp_of,
)
from lora_ui.errors import Problem

MOST_CONFIG_BYTES = 1024**2


def preflight(
    folder: Path,
    base: BaseFacts | None,
    limits: Limits | None,
    declared_base: str | None = None,
) -> Report:
    """Check the adapter in `folder` against the base model and what an engine serves.

    Only the config and the header of the weights are read. `declared_base` is what the catalog
    says of its base model. `limits` None: only vLLM's own limits count. Raises `Problem` only where
    there is no folder that can be read.
    """
    if not folder.is_dir():
        raise Problem("adapter_folder_missing", path=folder)
    stamp = stamp_of(folder)
    findings: list[Finding] = []
    config = _try(findings, read_config, folder / CONFIG_NAME) or {}
    header: Header | None = _try(findings, read_header, folder / WEIGHTS_NAME)
    if config and config.get("peft_type") != "LORA":
        findings.append(finding("not_lora", "error", kind=config.get("peft_type")))
    modules = sorted({m.rsplit(".", 1)[-1] for m in modules_of(header)}) if header else []
    rank = _rank(header)
    if header and not rank:
        findings.append(finding("no_lora_weights", "error"))
    if rank:
        findings += _limits(rank, modules, limits)
    alpha, told = config.get("lora_alpha"), config.get("base_model_name_or_path")
    declared = told if isinstance(told, str) and told else declared_base
    if base and declared and declared != base.name and not Path(base.name).is_absolute():
        findings.append(finding("other_base", "warning", declared=declared, model=base.name))
    return Report(
        folder=folder,
        findings=tuple(findings),
        rank=rank,
        alpha=float(alpha) if isinstance(alpha, (int, float)) else None,
        target_modules=tuple(modules),
        base_model=declared,
        parameters=sum(math.prod(t.shape) for t in header.tensors.values()) if header else None,
        bytes=stamp[1][1] if stamp[1] else None,
        stamp=stamp,
    )


def read_config(path: Path) -> dict[str, Any]:
    """The JSON object in `path`; `BadFile` says what is wrong."""
    with open_regular(path) as file:
        raw = file.read(MOST_CONFIG_BYTES + 1)
    if len(raw) > MOST_CONFIG_BYTES:
        raise BadFile("config_too_long", limit_kib=MOST_CONFIG_BYTES // 1024)
    try:
        config = json.loads(raw.decode())
    except (ValueError, RecursionError):
        raise BadFile("config_not_valid") from None
    if not isinstance(config, dict):
        raise BadFile("config_not_an_object")
    return config


def _try(findings: list[Finding], read: Any, path: Path) -> Any:
    try:
        return read(path)
    except BadFile as bad:
        findings.append(finding(bad.code, "error", **bad.params))
    except FileNotFoundError:
        findings.append(finding("file_missing", "error", file=path.name))
    except OSError as error:
        detail = error.strerror or error
        findings.append(finding("file_unreadable", "error", file=path.name, detail=detail))
    return None


def _rank(header: Header | None) -> int | None:
    tensors = header.tensors.items() if header else ()
    return max((t.shape[0] for n, t in tensors if ".lora_A." in n and t.shape), default=None)


def _limits(rank: int, modules: list[str], limits: Limits | None) -> list[Finding]:
    if rank > ALLOWED_RANKS[-1]:
        return [finding("rank_impossible", "error", rank=rank, limit=ALLOWED_RANKS[-1])]
    found = []
    if limits and rank > limits.max_lora_rank:
        needed = next(r for r in ALLOWED_RANKS if r >= rank)
        told = {"rank": rank, "limit": limits.max_lora_rank, "needed": needed}
        found.append(finding("rank_too_high", "error", **told))
    strange = sorted(set(modules) - set(limits.target_modules)) if limits else []
    if limits and limits.target_modules and strange:
        wider = ",".join(sorted({*limits.target_modules, *modules}))
        names = ", ".join(strange)
        found.append(finding("modules_not_served", "error", modules=names, wider=wider))
    return found
