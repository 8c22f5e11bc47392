"""The parser's cases, read from the YAML files beside this; README.md has their form."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from ruamel.yaml import YAML

FOLDER = Path(__file__).parent
_CASE_KEYS = {
    "name",
    "rule",
    "text",
    "calls",
    "content",
    "errors",
    "finish_reason",
    "also",
    "functions",
    "covers",
}
_ERROR_KEYS = {"kind", "path", "at"}


@dataclass(frozen=True)
class Case:
    """A text and what must come of it; README.md describes the fields."""

    id: str
    text: str
    functions: list[dict[str, Any]]
    format: str
    also: tuple[str, ...]
    finish_reason: str
    calls: list[tuple[str, dict[str, Any]]]
    content: str | None
    errors: list[dict[str, Any]]
    covers: tuple[str, ...]


def _read(name: str) -> Any:
    return YAML(typ="safe", pure=True).load(FOLDER / name)


FUNCTIONS: list[dict[str, Any]] = _read("functions.yaml")


def _case(file: Path, format: str, raw: dict[str, Any]) -> Case:
    where = f"{file.stem}:{raw['name']}"
    assert raw.keys() <= _CASE_KEYS, f"{where}: {raw.keys() - _CASE_KEYS}"
    assert raw["rule"], where
    errors = raw.get("errors", [])
    for error in errors:
        assert error.keys() <= _ERROR_KEYS, where
        assert error.get("at", "") in raw["text"], where
    return Case(
        id=where,
        text=raw["text"],
        functions=raw.get("functions", FUNCTIONS),
        format=format,
        also=tuple(raw.get("also", [])),
        finish_reason=raw.get("finish_reason", "stop"),
        calls=[next(iter(call.items())) for call in raw.get("calls", [])],
        content=raw.get("content"),
        errors=errors,
        covers=tuple(raw.get("covers", [])),
    )


def _cases() -> Iterator[Case]:
    for file in sorted(FOLDER.glob("*.yaml")):
        told = _read(file.name)
        if isinstance(told, dict):
            yield from (_case(file, told["format"], raw) for raw in told["cases"])


CASES = list(_cases())
