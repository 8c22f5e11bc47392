"""The slot gate: never more distinct adapters in flight than the engine has slots.

More of them would make the engine swap adapters in the middle of answers. Requests for an adapter
that is in flight pass at once; others wait in order. Base requests need no slot and never wait.
"""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field

PlaceChanged = Callable[[int], None]
"""Told the place in the queue, from 1, whenever it changes."""


@dataclass(eq=False)
class _Waiter:
    adapter: str
    on_place: PlaceChanged
    admitted: asyncio.Future[None] = field(default_factory=asyncio.Future)


class SlotGate:
    """Holds back requests whose adapter would be one too many. For one event loop."""

    def __init__(self, slots: int) -> None:
        self.slots = slots
        self._active: Counter[str] = Counter()
        self._queue: list[_Waiter] = []

    @property
    def waiting(self) -> int:
        """How many requests are held back now."""
        return len(self._queue)

    @property
    def active(self) -> frozenset[str]:
        """The adapters in flight."""
        return frozenset(self._active)

    @asynccontextmanager
    async def slot(self, adapter: str, on_place: PlaceChanged) -> AsyncIterator[None]:
        """Hold a place for one request of `adapter`, waiting for it if need be."""
        await self._enter(adapter, on_place)
        try:
            yield
        finally:
            self._leave(adapter)

    async def _enter(self, adapter: str, on_place: PlaceChanged) -> None:
        if self._fits(adapter) and (adapter in self._active or not self._queue):
            self._active[adapter] += 1
            return
        waiter = _Waiter(adapter, on_place)
        self._queue.append(waiter)
        on_place(len(self._queue))
        try:
            await waiter.admitted
        except asyncio.CancelledError:
            if waiter in self._queue:
                self._queue.remove(waiter)
                self._tell_places()
            else:
                self._leave(adapter)  # admitted and cancelled in the same moment
            raise

    def _leave(self, adapter: str) -> None:
        self._active[adapter] -= 1
        if not self._active[adapter]:
            del self._active[adapter]
        admitted = False
        for waiter in list(self._queue):
            if waiter.admitted.cancelled():
                continue  # it takes itself off the queue when it wakes
            if self._fits(waiter.adapter):
                self._queue.remove(waiter)
                self._active[waiter.adapter] += 1
                waiter.admitted.set_result(None)
                admitted = True
        if admitted:
            self._tell_places()

    def _fits(self, adapter: str) -> bool:
        return adapter in self._active or len(self._active) < self.slots

    def _tell_places(self) -> None:
        for place, waiter in enumerate(self._queue, start=1):
            waiter.on_place(place)
