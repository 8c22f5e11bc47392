"""What has happened to the engine, in words and in totals. Safe to use from several threads."""

from __future__ import annotations

import threading
import time
from collections import deque
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from lora_ui.engine.observation import HostAdapter, Mark, MarkKind, Residency, SlotUse
from lora_ui.engine.roster import Entry, Roster
from lora_ui.engine.tiers import Tier
from lora_ui.strings import word

MOST_MARKS = 2_000


@dataclass(frozen=True)
class _Happening:
    """A mark before it is told to somebody: `word` and `params` make its text.

    `adapter` is the name of the adapter that it is about, `visitor` whose that is (None: for all).
    """

    number: int
    time_s: float
    kind: MarkKind
    word: str
    params: dict[str, Any]
    adapter: str | None
    visitor: str | None


class Journal:
    """The last happenings, and the totals since the app's start."""

    def __init__(self, most: int = MOST_MARKS) -> None:
        self._lock = threading.Lock()
        self._happenings: deque[_Happening] = deque(maxlen=most)
        self._last = 0
        self.loads = 0
        self.hits = 0
        self.misses = 0
        self.evictions = 0

    def note(
        self,
        kind: MarkKind,
        code: str,
        *,
        adapter: str | None = None,
        visitor: str | None = None,
        **params: Any,
    ) -> None:
        """Something has happened; `code` names the sentence, which may use `{name}`."""
        with self._lock:
            self._last += 1
            self._happenings.append(
                _Happening(self._last, time.time(), kind, code, params, adapter, visitor)
            )

    def about(self, kind: MarkKind, code: str, entry: Entry, **params: Any) -> None:
        """Something has happened to an adapter."""
        self.note(kind, code, adapter=entry.name, visitor=entry.visitor, **params)

    def used(self, *, hit: bool) -> None:
        """A request, or a wish to load, found its adapter in a slot or had to bring it there."""
        self.hits += hit
        self.misses += not hit

    def loaded(self, entry: Entry, tier: Tier, seconds: float) -> None:
        """An adapter has been brought into a slot from this tier."""
        self.loads += 1
        kind, code = ("moved", "mark_moved") if tier == "host" else ("loaded", "mark_loaded")
        self.about(kind, code, entry, seconds=seconds)

    def driven_out(self, roster: Roster, before: Mapping[int, Tier]) -> None:
        """A load is over; before it the adapters' tiers were these."""
        for number, tier in before.items():
            now = roster.tiers.of(number)
            if now == tier or now == "slot":
                continue
            self.evictions += tier == "slot"
            if entry := roster.by_number(number):
                code = "mark_evicted" if now == "host" else "mark_evicted_host"
                self.about("evicted", code, entry)

    def residency(self, roster: Roster, visitor: str | None) -> Residency:
        """Where the adapters are now and the totals, as `visitor` may see them."""
        tiers = roster.tiers

        def name(number: int) -> str:
            entry = roster.by_number(number)
            return roster.name_for(visitor, entry.key if entry else "")

        return Residency(
            slots=tuple(
                SlotUse(index, None if number is None else name(number))
                for index, number in enumerate(tiers.slots)
            ),
            host=tuple(HostAdapter(name(number), size) for number, size in tiers.host.items()),
            loads_total=self.loads,
            slot_hits_total=self.hits,
            slot_misses_total=self.misses,
            evictions_total=self.evictions,
        )

    def marks(self, after: int = 0, visitor: str | None = None) -> list[Mark]:
        """Those with a number over `after`, as `visitor` may read them, the oldest first."""
        with self._lock:
            fresh = [h for h in self._happenings if h.number > after]
        return [_told(happening, visitor) for happening in fresh]


def _told(happening: _Happening, visitor: str | None) -> Mark:
    params = dict(happening.params)
    if happening.adapter is not None:
        mine = happening.visitor in (None, visitor)
        params["name"] = happening.adapter if mine else word("someones_adapter")
    text = word(happening.word, **params)
    return Mark(happening.number, happening.time_s, happening.kind, text)
