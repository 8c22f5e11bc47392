"""Who has added what: names, numbers and bytes, counted while an addition is still under way."""

from __future__ import annotations

import threading
from collections.abc import Callable, Collection, Iterator
from contextlib import contextmanager

from lora_ui.catalog.additions.naming import chosen_name, suggested_name
from lora_ui.catalog.additions.values import BYTES_PER_MB, Added, Usage
from lora_ui.catalog.models import Additions
from lora_ui.catalog.sources import Stopped
from lora_ui.errors import Problem


class Claim:
    """One addition under way: its visitor, its name, and the bytes that it has taken so far.

    `source` is what it fetches from the Hub. `left` is true once its visitor has gone.
    """

    def __init__(self, ledger: Ledger, visitor: str, name: str, source: str | None) -> None:
        self._ledger = ledger
        self.visitor = visitor
        self.name = name
        self.source = source
        self.bytes = 0
        self.left = False

    def grow(self, more_bytes: int) -> None:
        """Take `more_bytes` more of the visitor's quota; a `Problem` when it does not hold them."""
        self._ledger.grow(self, more_bytes)


class Ledger:
    """The living additions and those under way. Safe to use from any thread."""

    def __init__(self, rules: Additions, names: Collection[str]) -> None:
        """`names` are those of the catalog, which nothing added may take."""
        self._rules = rules
        self._names = frozenset(names)
        self._lock = threading.RLock()
        self._living: list[Added] = []
        self._claims: list[Claim] = []

    @contextmanager
    def claim(
        self, visitor: str, name: str | None, suggestion: str, source: str | None = None
    ) -> Iterator[Claim]:
        """Take one place of the visitor's quota for as long as the addition is under way."""
        with self._lock:
            if self.used(visitor).adapters >= self._rules.max_per_visitor:
                raise Problem("addition_too_many", limit=self._rules.max_per_visitor)
            taken = self._taken(visitor)
            chosen = chosen_name(name, taken) if name else suggested_name(suggestion, taken)
            claim = Claim(self, visitor, chosen, source)
            self._claims.append(claim)
        try:
            yield claim
        finally:
            with self._lock:
                if claim in self._claims:
                    self._claims.remove(claim)

    def grow(self, claim: Claim, more_bytes: int) -> None:
        """See `Claim.grow`."""
        with self._lock:
            if claim.left:
                raise Stopped
            if claim.bytes + more_bytes > self._rules.max_mb * BYTES_PER_MB:
                raise Problem("addition_too_big", limit=_mb(self._rules.max_mb))
            together = self.used(claim.visitor).bytes + more_bytes
            if together > self._rules.max_mb_per_visitor * BYTES_PER_MB:
                raise Problem("addition_quota", limit=_mb(self._rules.max_mb_per_visitor))
            claim.bytes += more_bytes

    def keep(self, claim: Claim, make: Callable[[Claim], Added]) -> Added:
        """The addition is complete: what `make` returns lives from now on."""
        with self._lock:
            if claim.left:
                raise Stopped
            added = make(claim)
            self._living.append(added)
            self._claims.remove(claim)
            return added

    def drop(self, added: Added) -> bool:
        """Forget an addition; whether it was still known."""
        with self._lock:
            known = added in self._living
            if known:
                self._living.remove(added)
            return known

    def end_claims(self, visitor: str | None = None) -> None:
        """Let nothing come of what `visitor` is adding just now; None: of what anybody is."""
        with self._lock:
            for claim in self._claims:
                claim.left = claim.left or visitor in (None, claim.visitor)

    def living(self, visitor: str | None = None) -> tuple[Added, ...]:
        """What `visitor` has added and not let go; None: what anybody has."""
        with self._lock:
            return tuple(a for a in self._living if visitor in (None, a.visitor))

    def sources(self) -> frozenset[str]:
        """The Hub sources of living additions and of those under way."""
        with self._lock:
            under_way = {c.source for c in self._claims if c.source}
            return frozenset(under_way | {a.adapter.source for a in self._living if a.revision})

    def used(self, visitor: str) -> Usage:
        """See `Usage`."""
        with self._lock:
            living = self.living(visitor)
            claims = [c for c in self._claims if c.visitor == visitor]
        return Usage(
            adapters=len(living) + len(claims),
            bytes=sum(a.bytes for a in living) + sum(c.bytes for c in claims),
            max_adapters=self._rules.max_per_visitor,
            max_bytes=int(self._rules.max_mb_per_visitor * BYTES_PER_MB),
            max_adapter_bytes=int(self._rules.max_mb * BYTES_PER_MB),
            keep_s=self._rules.keep_minutes * 60,
        )

    def _taken(self, visitor: str) -> frozenset[str]:
        """Names that `visitor` sees already; with `shared` those are everybody's."""
        whose = None if self._rules.shared else visitor
        under_way = {c.name for c in self._claims if whose in (None, c.visitor)}
        return self._names | under_way | {a.adapter.name for a in self.living(whose)}


def _mb(value: float) -> str:
    return f"{value:g}"
