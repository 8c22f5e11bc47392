"""One state of an adapter's files: checked, numbered, and never mistaken for another.

vLLM knows an adapter by a number and a name, and goes by them: what has been loaded under a number
stays what that number answers with, and old versions of vLLM find a prompt's beginning in their
cache by the name alone. So each state of the files gets a number and a name of its own, also when
two visitors bring the same files, and none is ever used again.
"""

from __future__ import annotations

import asyncio
import itertools
import threading
from dataclasses import dataclass, field
from pathlib import Path

from lora_ui.catalog.preflight import (
    BaseFacts,
    Limits,
    Report,
    WeightsCache,
    examine,
    preflight,
)
from lora_ui.errors import Problem


@dataclass(frozen=True)
class Identity:
    """An adapter as vLLM knows it."""

    name: str
    number: int
    folder: Path


@dataclass(eq=False)
class Content:
    """What was found in the files. `failure` says why the engine does not serve it all the same.

    `users` counts what holds it in its slot; `idle` is set while that is nothing. Both belong to
    the engine's event loop. `has_effect` is None until it has been tried out, `probe` tries it.
    """

    number: int
    report: Report
    examined: bool = False
    failure: Problem | None = None
    has_effect: bool | None = None
    probe: asyncio.Task[None] | None = None
    users: int = 0
    idle: asyncio.Event = field(default_factory=asyncio.Event)

    def __post_init__(self) -> None:
        self.idle.set()

    @property
    def sha256(self) -> str | None:
        """The hash of the weights file, once it has been read."""
        return self.report.sha256

    def identity(self, name: str) -> Identity:
        """How vLLM is to know it; `name` is what people call the adapter."""
        digest = (self.report.sha256 or "")[:16]
        return Identity(f"{name}-{digest}-{self.number}", self.number, self.report.folder)

    def hold(self) -> None:
        """Somebody needs it in its slot."""
        self.users += 1
        self.idle.clear()

    def let_go(self) -> None:
        """Somebody no longer does."""
        self.users -= 1
        if not self.users:
            self.idle.set()


class Checker:
    """Checks adapters' files against the base model and, once it is known, the engine.

    Safe to use from several threads. Its methods read files: milliseconds for `check`, about a
    second for 500 MB for `examine`.
    """

    def __init__(self) -> None:
        self._base: BaseFacts | None = None
        self._limits: Limits | None = None
        self._cache = WeightsCache()
        self._numbers = itertools.count(1)
        self._lock = threading.Lock()

    def know(self, base: BaseFacts, limits: Limits | None = None) -> None:
        """What is checked against from now on."""
        self._base, self._limits = base, limits

    @property
    def ready(self) -> bool:
        """Whether the engine's limits are known."""
        return self._limits is not None

    def check(self, folder: Path, declared_base: str | None) -> Content:
        """What is in `folder` now; a `Problem` when there is no folder."""
        report = preflight(folder, self._base, self._limits, declared_base)
        with self._lock:
            return Content(next(self._numbers), report)

    def examine(self, content: Content) -> None:
        """Read the weights, once: afterwards the content has its hash."""
        if not content.examined:
            content.report = examine(content.report, self._cache)
            content.examined = True
