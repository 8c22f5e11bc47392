"""Names for added adapters, made from what a file or a repository is called."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Collection
from itertools import count

from pydantic import ValidationError

from lora_ui.catalog.additions.choosing import shown
from lora_ui.catalog.models import Adapter
from lora_ui.errors import Problem

_LONGEST = 56
"""Leaves room for a number behind it: names have at most 64 characters."""


def chosen_name(text: str, taken: Collection[str]) -> str:
    """The name that a visitor typed, checked."""
    name = text.strip()
    try:
        Adapter(name=name, source="added")
    except ValidationError:
        raise Problem("addition_name", name=shown(name)) from None
    if name in taken:
        raise Problem("addition_name_taken", name=name)
    return name


def suggested_name(text: str, taken: Collection[str]) -> str:
    """A valid name close to `text` that is not in `taken`."""
    plain = unicodedata.normalize("NFKD", text).encode("ascii", "ignore").decode().lower()
    stem = re.sub(r"[^a-z0-9._-]+", "-", plain).lstrip("-._")[:_LONGEST].rstrip("-._") or "adapter"
    if stem != "base" and stem not in taken:
        return stem
    return next(name for n in count(2) if (name := f"{stem}-{n}") not in taken)
