"""From the engine's event loop to the caller's: a one-way channel that wakes its reader sparingly.

The engine lives on a loop of its own, so that the page, a test and the command line can all use it
and none of them can hold it up. While the reader is busy, events pile up and cost no more wake-ups.
"""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import AsyncIterator
from contextlib import suppress
from typing import Generic, TypeVar

T = TypeVar("T")


class Channel(Generic[T]):
    """Written from any thread, read once, on the loop that was running when it was made."""

    def __init__(self) -> None:
        self._loop = asyncio.get_running_loop()
        self._items: deque[T] = deque()
        self._ready = asyncio.Event()
        self._wake_is_due = False
        self._closed = False
        self._error: BaseException | None = None

    def put(self, item: T) -> None:
        """Add an item."""
        self._items.append(item)
        self._wake()

    def close(self, error: BaseException | None = None) -> None:
        """No more items; the reader ends, or raises `error`, once it has read what is there."""
        self._error = error
        self._closed = True
        self._wake()

    def _wake(self) -> None:
        if not self._wake_is_due:
            self._wake_is_due = True
            with suppress(RuntimeError):  # the reader's loop has ended: nobody to wake
                self._loop.call_soon_threadsafe(self._ready.set)

    async def read(self) -> AsyncIterator[T]:
        """Every item in order, until the channel is closed."""
        while True:
            await self._ready.wait()
            self._ready.clear()
            self._wake_is_due = False
            closed = self._closed  # looked at before the last items are taken
            while self._items:
                yield self._items.popleft()
            if closed:
                if self._error is not None:
                    raise self._error
                return
