"""How many answers a visitor, and everybody behind one address, may ask for in a minute.

Sessions cost a script nothing, so the address that they come from has an allowance, too. Addresses
of this machine have none of their own: a reverse proxy that does not say for whom it asks would
otherwise make one visitor of all.
"""

from __future__ import annotations

import ipaddress
import math
import time
from collections import OrderedDict
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass

from lora_ui.errors import Problem
from lora_ui.public.spans import about

MINUTE_S = 60.0
ADDRESS_FACTOR = 4
"""An address has the allowance of so many visitors: people share addresses."""
PATIENCE_S = 600.0
"""How long a patient answer waits for its allowance before it is refused, too."""
MOST_KNOWN = 10_000
"""Visitors and addresses that are remembered; the one unheard of for longest is forgotten first."""
_IPV6_NETWORK = 64
"""Bits of an IPv6 address that a household shares: the rest is chosen freely."""


class Bucket:
    """`most` answers at once, and as many again within a minute of `per_minute` each."""

    def __init__(self, most: int, per_minute: float, now_s: float) -> None:
        self.left = float(most)
        self._most = most
        self._per_s = per_minute / MINUTE_S
        self._filled_s = now_s

    def fill(self, now_s: float) -> None:
        """Add what has come since the last time."""
        self.left = min(self._most, self.left + (now_s - self._filled_s) * self._per_s)
        self._filled_s = now_s

    def wait_s(self, answers: int) -> float:
        """How long until so many may be taken; after `fill`."""
        return max(0.0, (answers - self.left) / self._per_s)

    def is_full(self) -> bool:
        """Whether it is as good as a new one; after `fill`."""
        return self.left >= self._most


@dataclass(frozen=True)
class Claim:
    """An answer that was counted. It may go on from `due_s` on, by the clock of `Allowances`."""

    due_s: float
    per_minute: int

    def number(self, now_s: float) -> int:
        """Where it stands among those that wait for the same allowance, from 1."""
        return max(1, math.ceil((self.due_s - now_s) * self.per_minute / MINUTE_S))


class Allowances:
    """The allowances of all visitors and addresses. `burst` is what may come at once at least."""

    def __init__(
        self, per_minute: int, burst: int = 1, clock: Callable[[], float] = time.monotonic
    ) -> None:
        self.per_minute = per_minute
        self._most = max(per_minute, burst)
        self._clock = clock
        self._addresses: OrderedDict[str, str] = OrderedDict()
        self._buckets: OrderedDict[tuple[str, str], Bucket] = OrderedDict()

    def __len__(self) -> int:
        return max(len(self._buckets), len(self._addresses))

    def meet(self, visitor: str, host: str | None) -> None:
        """`visitor` asks from `host`, None where that is unknown."""
        self._addresses.pop(visitor, None)
        if (address := address_of(host)) is not None:
            self._addresses[visitor] = address
            _keep(self._addresses)

    def check(self, visitor: str, answers: int) -> None:
        """`Problem` when `visitor` may not ask for so many now."""
        waits = self._waits(visitor, answers)
        self._forget()
        self._refuse(waits, 0.0)

    @contextmanager
    def take(self, visitor: str, *, patient: bool = False) -> Iterator[Claim]:
        """Count an answer. One that is left before it is due is given back.

        `Problem` when it is not due yet; a `patient` one may be due within `PATIENCE_S`.
        """
        waits = self._waits(visitor, 1)
        self._refuse(waits, PATIENCE_S if patient else 0.0)
        buckets = self._of(visitor)
        for bucket in buckets.values():
            bucket.left -= 1
        self._forget()
        factor = ADDRESS_FACTOR if waits.get("address", 0.0) > waits["visitor"] else 1
        claim = Claim(self._clock() + max(waits.values()), factor * self.per_minute)
        try:
            yield claim
        finally:
            if self._clock() < claim.due_s:
                for bucket in buckets.values():
                    bucket.left += 1

    def _waits(self, visitor: str, answers: int) -> dict[str, float]:
        """Seconds to wait for each allowance that `visitor` needs."""
        return {kind: bucket.wait_s(answers) for kind, bucket in self._of(visitor).items()}

    def _of(self, visitor: str) -> dict[str, Bucket]:
        found = {"visitor": self._bucket("visitor", visitor, 1)}
        if (address := self._addresses.get(visitor)) is not None:
            found["address"] = self._bucket("address", address, ADDRESS_FACTOR)
        return found

    def _bucket(self, kind: str, name: str, factor: int) -> Bucket:
        """The bucket, filled up to now."""
        now_s = self._clock()
        bucket = self._buckets.pop((kind, name), None)
        if bucket is None:
            bucket = Bucket(factor * self._most, factor * self.per_minute, now_s)
        bucket.fill(now_s)
        self._buckets[kind, name] = bucket
        return bucket

    def _forget(self) -> None:
        """Let go of those unheard of for longest that are as good as new ones."""
        now_s = self._clock()
        while self._buckets:
            key, oldest = next(iter(self._buckets.items()))
            oldest.fill(now_s)
            if not oldest.is_full():
                break
            del self._buckets[key]
        _keep(self._buckets)

    def _refuse(self, waits: dict[str, float], patience_s: float) -> None:
        for kind, wait_s in waits.items():
            if wait_s > patience_s:
                factor = ADDRESS_FACTOR if kind == "address" else 1
                limit = factor * self.per_minute
                raise Problem(f"public_rate_{kind}", limit=limit, wait=about(wait_s))


def address_of(host: str | None) -> str | None:
    """What counts as one address: None for those of this machine, the network for IPv6."""
    try:
        address = ipaddress.ip_address((host or "").partition("%")[0])
    except ValueError:  # a test client, or a socket without one
        return None
    if isinstance(address, ipaddress.IPv6Address):
        if address.ipv4_mapped is not None:
            return address_of(str(address.ipv4_mapped))
        if not address.is_loopback:
            return str(ipaddress.ip_network((address, _IPV6_NETWORK), strict=False))
    return None if address.is_loopback else str(address)


def _keep(known: OrderedDict) -> None:
    while len(known) > MOST_KNOWN:
        known.popitem(last=False)
