"""The adapters of the app: whose each is, what was found of it, and whether it may run."""

from __future__ import annotations

import asyncio
import itertools
import threading
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from pathlib import Path

from lora_ui.catalog.findings import Finding, finding, finding_of, verdict_of
from lora_ui.catalog.models import Adapter
from lora_ui.catalog.preflight import Report
from lora_ui.catalog.sources import Progress, locate
from lora_ui.engine.contents import Checker, Content
from lora_ui.engine.protocol import BASE, AdapterState, AdapterStatus
from lora_ui.engine.tiers import Tiers
from lora_ui.errors import Problem
from lora_ui.strings import word

SNAPSHOTS = "snapshots"
"""The Hub's cache keeps a revision in a folder `snapshots/COMMIT`."""


@dataclass(eq=False)
class Entry:
    """One adapter: the catalog's, or one that was added for `visitor` (None: for all).

    `key` is unique for ever, also after a removal. `content` is what its files were when they were
    last looked at, `stale` are earlier ones that the engine may still hold. `missing` says why
    there are no files. The rest is counted as requests go by.
    """

    adapter: Adapter
    key: str
    visitor: str | None = None
    added: bool = False
    folder: Path | None = None
    revision: str | None = None
    missing: Problem | None = None
    content: Content | None = None
    stale: list[Content] = field(default_factory=list)
    removed: bool = False
    pinned: bool = False
    loading: int = 0
    running: int = 0
    waiting: int = 0
    tokens: int = 0
    load_s: dict[str, float] = field(default_factory=dict)
    used_s: float | None = None
    """When it was last brought into a slot or used there (monotonic)."""
    checking: threading.Lock = field(default_factory=threading.Lock)
    bringing: asyncio.Lock = field(default_factory=asyncio.Lock)

    @property
    def name(self) -> str:
        """What people call it."""
        return self.adapter.name

    def findings(self) -> tuple[Finding, ...]:
        """Everything that was found, the worst reasons included."""
        if self.missing:
            return (finding_of(self.missing),)
        content = self.content
        if content is None:
            return ()
        found = list(content.report.findings)
        if content.failure:
            found.append(finding_of(content.failure))
        if content.has_effect is False:
            found.append(finding("no_effect", "warning"))
        return tuple(found)

    def problem(self) -> Problem | None:
        """Why it may not run, in one sentence."""
        if self.removed:
            return Problem("adapter_removed", name=self.name)
        own = self.missing or (self.content.failure if self.content else None)
        if own:
            return Problem(own.code, severity=own.severity, **own.params)
        errors = [f for f in self.findings() if f.severity == "error"]
        if not errors:
            return None
        found = " ".join(filter(None, [errors[0].message, errors[0].fix]))
        return Problem("adapter_refused", name=self.name, found=found)

    def check(self, checker: Checker) -> Content | None:
        """Look at the files unless they are as they were; reads headers, so not on a loop."""
        with self.checking:
            if self.folder is None:
                return None
            if self.content and self.content.report.is_current():
                return self.content
            return self._look(self.folder, checker)

    def judge(self, checker: Checker) -> None:
        """Look at the files again, as they may have to fit something else now."""
        with self.checking:
            if self.folder is not None:
                self._look(self.folder, checker)

    def examine(self, checker: Checker) -> Content | None:
        """Check the weights as well, once for each state of the files."""
        content = self.check(checker)
        if content and verdict_of(content.report.findings) != "refused":
            with self.checking:
                checker.examine(content)
        return content

    def _look(self, folder: Path, checker: Checker) -> Content | None:
        before, content, missing = self.content, None, None
        try:
            content = checker.check(folder, self.adapter.base_model)
        except Problem as problem:
            missing = problem
        self.content, self.missing = content, missing  # at once: others are reading
        if before:
            self.stale.append(before)
        return content


class Roster:
    """All entries, by whom they belong to and their name. Safe to use from several threads."""

    def __init__(self, adapters: Iterable[Adapter]) -> None:
        self._lock = threading.Lock()
        self._serials = itertools.count(1)
        self._entries: dict[tuple[str | None, str], Entry] = {
            (None, a.name): Entry(a, self._key(a)) for a in adapters
        }
        self._by_key = {e.key: e for e in self._entries.values()}
        self.tiers = Tiers()
        """Where the adapters are; a new one for each engine."""

    def __iter__(self) -> Iterator[Entry]:
        with self._lock:
            return iter(list(self._entries.values()))

    def fetch(self, beside: Path, progress: Progress) -> None:
        """Find or download the catalog's adapters; one that fails is refused alone."""
        for entry in self:
            if entry.added:
                continue
            try:
                entry.folder = locate(entry.adapter.source, beside, progress)
                entry.revision = revision_of(entry.folder)
            except Problem as problem:
                entry.missing = problem

    def judge(self, checker: Checker) -> None:
        """Hold every adapter against what is known now."""
        for entry in self:
            entry.judge(checker)

    def usable(self) -> list[Report]:
        """What was found of all adapters that are not refused."""
        return [e.content.report for e in self if e.content and not e.problem()]

    def seen_by(self, visitor: str | None) -> list[Entry]:
        """The catalog's, then the added ones that `visitor` may use."""
        entries = [e for e in self if e.visitor in (None, visitor)]
        return sorted(entries, key=lambda e: e.added)

    def entry(self, name: str, visitor: str | None = None) -> Entry:
        """What `visitor` calls `name`; a `Problem` when there is no such adapter."""
        entry = self._entries.get((visitor, name)) or self._entries.get((None, name))
        if entry is None:
            known = ", ".join([BASE, *(e.name for e in self.seen_by(visitor))])
            raise Problem("unknown_adapter", name=name, known=known)
        return entry

    def add(
        self, adapter: Adapter, folder: Path, visitor: str | None, revision: str | None
    ) -> Entry:
        """Take in one more; a `Problem` when its name is taken among what `visitor` sees."""
        with self._lock:
            # one for all must not hide behind what a visitor has added under the same name
            rivals = self._entries.values()
            seen = [e for e in rivals if visitor is None or e.visitor in (None, visitor)]
            if any(e.name == adapter.name for e in seen):
                raise Problem("addition_name_taken", name=adapter.name)
            entry = Entry(
                adapter,
                self._key(adapter),
                visitor,
                added=True,
                folder=folder,
                revision=revision or revision_of(folder),
            )
            self._entries[visitor, adapter.name] = self._by_key[entry.key] = entry
            return entry

    def take(self, name: str, visitor: str | None) -> Entry:
        """Remove an added adapter; from now on nobody finds it. A `Problem` for the catalog's."""
        entry = self.entry(name, visitor)
        if not entry.added:
            raise Problem("adapter_not_added", name=name)
        with self._lock:
            self._entries.pop((entry.visitor, name), None)
            self._by_key.pop(entry.key, None)
        entry.removed = True
        return entry

    def statuses(self, visitor: str | None = None) -> list[AdapterStatus]:
        """How everything that `visitor` sees stands now."""
        return [self.status(e) for e in self.seen_by(visitor)]

    def status(self, entry: Entry) -> AdapterStatus:
        """How one adapter stands now."""
        content, findings = entry.content, entry.findings()
        report = content.report if content else None
        return AdapterStatus(
            adapter=entry.adapter,
            state=self._state(entry, findings),
            verdict=verdict_of(findings) if report or entry.missing else None,
            findings=findings,
            rank=report.rank if report else None,
            alpha=report.alpha if report else None,
            target_modules=report.target_modules if report else (),
            base_model=(report.base_model if report else None) or entry.adapter.base_model,
            bytes=report.bytes if report else None,
            parameters=report.parameters if report else None,
            sha256=report.sha256 if report else None,
            revision=entry.revision,
            has_effect=content.has_effect if content else None,
            added=entry.added,
            visitor=entry.visitor,
            pinned=entry.pinned,
            load_s=dict(entry.load_s),
            running=entry.running,
            waiting=entry.waiting,
            tokens=entry.tokens,
        )

    def by_key(self, key: str) -> Entry | None:
        """The entry with this key, unless it has been removed."""
        return self._by_key.get(key)

    def by_number(self, number: int) -> Entry | None:
        """The entry whose files, as they are or as they were, the engine knows by this number."""
        for entry in self:
            contents = (entry.content, *entry.stale)
            if any(content and content.number == number for content in contents):
                return entry
        return None

    def name_for(self, visitor: str | None, key: str) -> str:
        """What `visitor` may read of the adapter with this key."""
        entry = self.by_key(key)
        mine = entry is not None and entry.visitor in (None, visitor)
        return entry.name if entry and mine else word("someones_adapter")

    def _state(self, entry: Entry, findings: tuple[Finding, ...]) -> AdapterState:
        if verdict_of(findings) == "refused":
            return "refused"
        if entry.loading:
            return "loading"
        return self.tiers.of(entry.content.number) if entry.content else "disk"

    def _key(self, adapter: Adapter) -> str:
        return f"{adapter.name}#{next(self._serials)}"


def revision_of(folder: Path) -> str | None:
    """The Hub's commit, when the folder is one of the Hub's cache."""
    return folder.name if folder.parent.name == SNAPSHOTS else None
