"""What was added while the app runs, and how much of it a visitor has."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from lora_ui.catalog.models import Adapter

BYTES_PER_MB = 1_000_000


@dataclass(frozen=True)
class Added:
    """An adapter that a visitor added: its catalog entry, and where its files are.

    `revision` is the Hub's commit. `bytes` is what its files weigh. `expires_s` is when it has to
    go, in seconds since the epoch (`time.time()`). `shared` ones are for everybody.
    """

    adapter: Adapter
    folder: Path
    revision: str | None
    visitor: str
    bytes: int
    expires_s: float
    shared: bool = False

    @property
    def audience(self) -> str | None:
        """Who may use it, as `Engine.add` wants it: its visitor, or None for everybody."""
        return None if self.shared else self.visitor


@dataclass(frozen=True)
class Usage:
    """What a visitor has added, what is being added just now included, and how much they may."""

    adapters: int
    bytes: int
    max_adapters: int
    max_bytes: int
    max_adapter_bytes: int
    keep_s: float


@dataclass(frozen=True)
class CacheUse:
    """The Hub's local cache: its size, its repositories, and what of it nothing here needs.

    `unneeded` are the ids of the repositories that would go, `unneeded_bytes` what that would free.
    """

    bytes: int
    repos: int
    unneeded_bytes: int
    unneeded: tuple[str, ...]
