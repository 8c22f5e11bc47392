"""The adapters of this engine: what was found of each, whether it may run, and where it is now."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from lora_ui.catalog.findings import finding_of
from lora_ui.catalog.inspection import AdapterFiles, inspect_adapter
from lora_ui.catalog.models import ALLOWED_RANKS, Adapter
from lora_ui.catalog.sources import Progress, locate
from lora_ui.engine.protocol import AdapterState, AdapterStatus, EngineFacts
from lora_ui.errors import Problem


@dataclass
class Entry:
    """One catalog adapter. `number` is its id in the engine; `refusal` says why it may not run."""

    adapter: Adapter
    number: int
    files: AdapterFiles | None = None
    refusal: Problem | None = None
    warnings: list[Problem] = field(default_factory=list)
    loading: bool = False


class Roster:
    """All entries by name, and the order in which adapters were last used.

    vLLM keeps the most recently used adapters in its slots and more of them in host memory; nothing
    public tells which, so the same order is kept here.
    """

    def __init__(self, adapters: Iterable[Adapter]) -> None:
        self._entries = {a.name: Entry(a, number) for number, a in enumerate(adapters, start=1)}
        self._used: list[str] = []
        self._slots = self._host = 0

    def __iter__(self) -> Iterator[Entry]:
        return iter(self._entries.values())

    def fetch(self, beside: Path, progress: Progress) -> None:
        """Find or download every adapter and look at its files; one that fails is refused alone."""
        for entry in self._entries.values():
            try:
                entry.files = inspect_adapter(locate(entry.adapter.source, beside, progress))
            except Problem as problem:
                entry.refusal = problem
                continue
            if entry.files.rank > ALLOWED_RANKS[-1]:
                self._refuse(entry, "adapter_rank_impossible", limit=ALLOWED_RANKS[-1])

    def usable(self) -> list[AdapterFiles]:
        """The files of all adapters that are not refused."""
        return [e.files for e in self._entries.values() if e.files and not e.refusal]

    def judge(self, facts: EngineFacts) -> None:
        """Hold every adapter against the engine as it was started."""
        self._slots, self._host = facts.max_loras, facts.max_cpu_loras
        for entry in self._entries.values():
            if entry.files is None or entry.refusal:
                continue
            strange = set(entry.files.target_modules) - set(facts.target_modules)
            if entry.files.rank > facts.max_lora_rank:
                needed = next(r for r in ALLOWED_RANKS if r >= entry.files.rank)
                limit = facts.max_lora_rank
                self._refuse(entry, "adapter_rank_too_high", limit=limit, needed=needed)
            elif strange:
                modules = ", ".join(sorted(strange))
                self._refuse(entry, "adapter_modules_not_served", modules=modules)
            declared = entry.files.base_model or entry.adapter.base_model
            a_folder = Path(facts.model).is_absolute()  # says nothing of whose model it holds
            if declared and declared != facts.model and not a_folder:
                entry.warnings.append(
                    Problem(
                        "adapter_other_base",
                        severity="warning",
                        name=entry.adapter.name,
                        declared=declared,
                        model=facts.model,
                    )
                )

    def entry(self, name: str) -> Entry:
        """The entry called `name`; a `Problem` when it may not run."""
        entry = self._entries[name]
        if entry.refusal:
            raise entry.refusal
        return entry

    def used(self, name: str) -> None:
        """The engine has just made `name` its most recently used adapter."""
        if name in self._used:
            self._used.remove(name)
        self._used.append(name)

    def refuse(self, name: str, problem: Problem) -> None:
        """`name` failed to load and may not run."""
        self._entries[name].refusal = problem

    def statuses(self) -> list[AdapterStatus]:
        """How every adapter stands now."""
        return [self._status(e) for e in self._entries.values()]

    def _refuse(self, entry: Entry, code: str, **params: Any) -> None:
        assert entry.files is not None
        entry.refusal = Problem(code, name=entry.adapter.name, rank=entry.files.rank, **params)

    def _state(self, entry: Entry) -> AdapterState:
        if entry.refusal:
            return "refused"
        if entry.loading:
            return "loading"
        latest_first = self._used[::-1]
        if entry.adapter.name in latest_first[: self._slots]:
            return "slot"
        return "host" if entry.adapter.name in latest_first[: self._host] else "disk"

    def _status(self, entry: Entry) -> AdapterStatus:
        problems = [*([entry.refusal] if entry.refusal else []), *entry.warnings]
        files = entry.files
        verdict = "refused" if entry.refusal else "warning" if entry.warnings else "ok"
        return AdapterStatus(
            adapter=entry.adapter,
            state=self._state(entry),
            verdict=verdict if files or entry.refusal else None,
            findings=tuple(map(finding_of, problems)),
            rank=files.rank if files else None,
            alpha=files.alpha if files else None,
            target_modules=files.target_modules if files else (),
            base_model=(files.base_model if files else None) or entry.adapter.base_model,
            bytes=files.bytes if files else None,
        )
