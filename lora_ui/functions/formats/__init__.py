"""The registry of formats: those that are known, and those that a catalog adds."""

from __future__ import annotations

import difflib
from collections.abc import Iterable

from lora_ui.functions.formats.known import KNOWN
from lora_ui.functions.formats.values import Body, Format, FunctionsAs, Template

AUTO = "auto"
"""The id that stands for: whatever format the text shows. It is no format itself."""

_KNOWN = {format.id: format for format in KNOWN}
_added: dict[str, Format] = {}

__all__ = [
    "AUTO",
    "Body",
    "Format",
    "FunctionsAs",
    "Template",
    "add",
    "every",
    "get",
    "ids",
    "known_ids",
    "nearest",
]


def every() -> tuple[Format, ...]:
    """All formats, those of the catalog last."""
    return (*_KNOWN.values(), *_added.values())


def ids() -> tuple[str, ...]:
    """The ids of all formats, without `auto`."""
    return (*_KNOWN, *_added)


def known_ids() -> tuple[str, ...]:
    """The ids of the formats that need no catalog."""
    return tuple(_KNOWN)


def get(id: str) -> Format:
    """The format called `id`; ValueError names the ids there are."""
    format = _KNOWN.get(id) or _added.get(id)
    if format is None:
        near = nearest(id, ids())
        hint = f" Did you mean {near}?" if near else ""
        raise ValueError(f"There is no format {id!r}.{hint} Known: {', '.join(ids())}.")
    return format


def add(formats: Iterable[Format]) -> None:
    """Make the formats of the catalog known, in place of those of the catalog before.

    An app has one catalog, so the ids hold for the whole process. A known id cannot be replaced.
    """
    added = {format.id: format for format in formats}
    if taken := sorted({AUTO, *_KNOWN} & added.keys()):
        raise ValueError(f"{', '.join(taken)} cannot be defined anew")
    _added.clear()
    _added.update(added)


def nearest(id: str, known: Iterable[str]) -> str | None:
    """The one of `known` that `id` was likely meant to be."""
    near = difflib.get_close_matches(id.lower(), list(known), n=1, cutoff=0.5)
    return near[0] if near else None
