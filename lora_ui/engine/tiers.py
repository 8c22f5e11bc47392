"""Where the adapters are: in a slot, in host memory, or only on disk.

vLLM keeps two lists, each with the most recently used last, and drops from their beginnings. The
worker tells what is in them (see `worker`); where it can't, the same lists are kept here.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Literal

Tier = Literal["slot", "host", "disk"]


class Tiers:
    """For one engine. Read from any thread, changed on the engine's loop alone."""

    def __init__(self, slots: int = 0, host: int = 0) -> None:
        """`slots` and `host` are how many adapters fit, those in slots being in host memory too."""
        self._most = slots, host
        self._slots: tuple[int, ...] = ()
        self._host: tuple[int, ...] = ()
        self._places: tuple[int | None, ...] = (None,) * slots
        self._bytes: Mapping[int, int | None] = {}

    @property
    def slots(self) -> tuple[int | None, ...]:
        """The adapter in each slot, None for an empty one; in order of use when not told."""
        inside, places = self._slots, self._places
        kept = [number if number in inside else None for number in places]
        for number in inside:
            if number not in kept:
                free = kept.index(None) if None in kept else len(kept)
                kept[free : free + 1] = [number]
        return tuple(kept)

    @property
    def host(self) -> dict[int, int | None]:
        """The adapters in host memory with their bytes there, None where that is not told."""
        return {number: self._bytes.get(number) for number in self._host}

    def places(self) -> dict[int, Tier]:
        """The tier of every adapter that is not only on disk."""
        return {number: self.of(number) for number in self._host}

    def of(self, number: int) -> Tier:
        """Where the adapter with this number is."""
        if number in self._slots:
            return "slot"
        return "host" if number in self._host else "disk"

    @property
    def full(self) -> bool:
        """Whether the next adapter drives another one out of its slot."""
        return len(self._slots) >= self._most[0] or len(self._host) >= self._most[1]

    def used(self, number: int) -> None:
        """It has just been brought into a slot, or used there."""
        slots, host = self._most
        self._slots = (*(n for n in self._slots if n != number), number)[-slots:]
        self._host = (*(n for n in self._host if n != number), number)[-host:]
        self._slots = tuple(n for n in self._slots if n in self._host)

    def gone(self, number: int) -> None:
        """It has been removed."""
        self._slots = tuple(n for n in self._slots if n != number)
        self._host = tuple(n for n in self._host if n != number)

    def told(self, slots: Iterable[int | None], host: Iterable[tuple[int, int | None]]) -> None:
        """What the worker says is so (see `worker.Tiers`); the order of use is kept from here."""
        self._places, self._bytes = tuple(slots), dict(host)
        now_slots = {number for number in self._places if number is not None}
        now_host = set(self._bytes)
        self._slots = _ordered(self._slots, now_slots)
        self._host = _ordered(self._host, now_host | now_slots)


def _ordered(before: tuple[int, ...], now: set[int]) -> tuple[int, ...]:
    kept = [n for n in before if n in now]
    return (*sorted(now - set(kept)), *kept)
