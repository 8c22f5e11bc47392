"""Admission: who may use one of the engine's adapter slots, and in which order.

Never more distinct adapters are in flight (or pinned) than the engine has slots: more of them would
make it swap adapters in the middle of answers, and one pinned too many ends it. Requests for an
adapter that is in flight pass at once, since they cost no slot. That alone would let a busy one
hold its slot for as long as requests for it keep coming. So once a request has waited for
`fair_wait_s`, one of the busy adapters is *closed*: its running requests end, new ones queue
behind, and the slot that falls free goes to the head of the queue. Base requests need no slot and
never come here.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field

from lora_ui.errors import Problem
from lora_ui.strings import word

CLOCK_S = 0.001
"""A timer may fire this much early."""
NEWEST_WEIGHT = 0.3
"""How much the last request counts in an adapter's usual time in the slot."""


@dataclass(frozen=True)
class Place:
    """Where a request stands in the queue, and why it waits. Adapters by their keys.

    `place` counts from 1. `holders` have the slots. `turn_of` is the adapter that has been closed
    for this request: when its running requests have ended, the slot is free. `yields_to` is set
    when this request's own adapter is closed, for the sake of that other one.
    """

    place: int
    holders: tuple[str, ...]
    turn_of: str | None = None
    yields_to: str | None = None


PlaceChanged = Callable[[Place], None]
"""Told the place and the reason whenever one of them changes; must not raise."""


def why(place: Place, name_of: Callable[[str], str] = str) -> str:
    """The reason for waiting in words. `name_of` turns a key into the name to be shown."""
    if place.yields_to is not None:
        return word("waiting_yields", other=name_of(place.yields_to))
    holders = _listed([name_of(key) for key in place.holders])
    if place.turn_of is not None:
        return word("waiting_turn", busy=holders, closed=name_of(place.turn_of))
    return word("waiting_for_slot", busy=holders)


def _listed(names: list[str]) -> str:
    if len(names) < 2:
        return "".join(names)
    return word("and", before=", ".join(names[:-1]), last=names[-1])


@dataclass(eq=False)
class _Waiter:
    """One request, or one wish to pin, in front of the slots. `since` is the loop's time.

    `outcome` becomes None when it is admitted, or the problem that ends it.
    """

    key: str
    since: float
    on_place: PlaceChanged
    pins: bool
    outcome: asyncio.Future[Problem | None]
    told: Place | None = None


@dataclass(eq=False)
class _Holder:
    """An adapter that has a slot, `since` when, and when each of its running requests began.

    `closed_for` is the adapter that is to have the slot next.
    """

    key: str
    since: float
    running: dict[_Waiter, float] = field(default_factory=dict)
    pinned: bool = False
    closed_for: str | None = None


class Admission:
    """The queue in front of the engine. For one event loop, whose clock it uses.

    `fair_wait_s` is also the time that an adapter keeps its slot before it may be closed.
    """

    def __init__(self, slots: int, fair_wait_s: float) -> None:
        self.slots = slots
        self.fair_wait_s = fair_wait_s
        self._holders: dict[str, _Holder] = {}
        self._queue: list[_Waiter] = []
        self._usual_s: dict[str, float] = {}
        self._timer: asyncio.TimerHandle | None = None
        self._loop: asyncio.AbstractEventLoop | None = None  # known from the first request on

    # -- what can be seen -------------------------------------------------------------------

    @property
    def waiting(self) -> int:
        """How many requests are held back now."""
        return len(self._queue)

    @property
    def active(self) -> frozenset[str]:
        """The adapters in flight or pinned."""
        return frozenset(self._holders)

    @property
    def pinned(self) -> frozenset[str]:
        """The adapters that keep their slot."""
        return frozenset(h.key for h in self._holders.values() if h.pinned)

    @property
    def closed(self) -> frozenset[str]:
        """The active adapters that take no more requests until another has had its slot."""
        return frozenset(h.key for h in self._closed())

    def running(self, key: str) -> int:
        """How many requests for this adapter are in flight."""
        return len(self._holders[key].running) if key in self._holders else 0

    def waiting_for(self, key: str) -> int:
        """How many requests for this adapter are held back."""
        return sum(waiter.key == key for waiter in self._queue)

    def next_keys(self, count: int) -> list[str]:
        """At most `count` adapters that wait for a slot, the first in line first."""
        return [key for key in self._first_waiters() if key not in self._holders][:count]

    # -- what requests do -------------------------------------------------------------------

    @asynccontextmanager
    async def slot(self, key: str, on_place: PlaceChanged) -> AsyncIterator[None]:
        """Hold a place for one request of adapter `key`, waiting for it if need be."""
        lease = await self._enter(key, on_place, pins=False)
        try:
            yield
        finally:
            self._leave(lease)

    async def pin(
        self, key: str, *, name: str | None = None, on_place: PlaceChanged = lambda _: None
    ) -> None:
        """Give adapter `key` a slot of its own, waiting in line if it has none yet.

        `Problem` "pins_full" when no slot would be left for the others; `name` is the adapter's
        name in that sentence. Cancelling it takes the wish back.
        """
        wished = {w.key for w in self._queue if w.pins} | self.pinned | {key}
        if len(wished) >= self.slots:
            raise Problem("pins_full", name=name or key, pinned=len(wished) - 1, slots=self.slots)
        await self._enter(key, on_place, pins=True)

    def unpin(self, key: str, *, name: str | None = None) -> None:
        """Let the slot go to others once nothing runs on it; ends a wish that still waits."""
        for waiter in [w for w in self._queue if w.pins and w.key == key]:
            self._end(waiter, Problem("pin_withdrawn", name=name or key))
        if key in self._holders:
            self._holders[key].pinned = False
            self._free(self._holders[key])
        self._decide()

    def clear(self, error: Problem) -> None:
        """The engine is gone: all that wait end with `error`, and what ran holds no slot any more.

        Pinned adapters stay pinned, for the next engine.
        """
        for waiter in list(self._queue):
            self._end(waiter, error.again())
        self._holders = {k: _Holder(k, self._now(), pinned=True) for k in self.pinned}
        self._decide()

    def _now(self) -> float:
        return self._loop.time() if self._loop else 0.0

    # -- the rule ---------------------------------------------------------------------------

    async def _enter(self, key: str, on_place: PlaceChanged, *, pins: bool) -> _Waiter:
        loop = self._loop = asyncio.get_running_loop()
        waiter = _Waiter(key, loop.time(), on_place, pins, loop.create_future())
        self._queue.append(waiter)
        self._decide()
        if not waiter.outcome.done():
            try:
                await waiter.outcome
            except asyncio.CancelledError:
                self._give_up(waiter)
                raise
        if problem := waiter.outcome.result():
            raise problem
        return waiter

    def _give_up(self, waiter: _Waiter) -> None:
        """It was cancelled: in the queue, or in the very moment of its admission."""
        if waiter in self._queue:
            self._queue.remove(waiter)
            self._decide()
        elif waiter.pins and waiter.outcome.done() and not waiter.outcome.cancelled():
            self.unpin(waiter.key)
        else:
            self._leave(waiter)

    def _leave(self, lease: _Waiter) -> None:
        """A request has ended. One of an engine that is gone holds nothing."""
        holder = self._holders.get(lease.key)
        if holder is None or lease not in holder.running:
            return
        took_s = self._now() - holder.running.pop(lease)
        usual_s = self._usual_s.get(lease.key, took_s)
        self._usual_s[lease.key] = usual_s + NEWEST_WEIGHT * (took_s - usual_s)
        self._free(holder)
        self._decide()

    def _free(self, holder: _Holder) -> None:
        if not holder.running and not holder.pinned:
            del self._holders[holder.key]

    def _end(self, waiter: _Waiter, problem: Problem | None) -> None:
        self._queue.remove(waiter)
        if not waiter.outcome.done():
            waiter.outcome.set_result(problem)

    def _decide(self) -> None:
        """Admit, close and reopen as the rule says, and wake up when time alone may change it."""
        now = self._now()
        self._queue = [w for w in self._queue if not w.outcome.cancelled()]
        self._admit(now)
        while self._reopen(now):
            self._admit(now)
        self._wake_at(self._close(now))
        self._tell_places()

    def _admit(self, now: float) -> None:
        opened = False
        for waiter in list(self._queue):
            holder = self._holders.get(waiter.key)
            if holder is None and len(self._holders) < self.slots:
                holder = self._holders[waiter.key] = _Holder(waiter.key, now)
            if holder is None or (holder.closed_for is not None and not waiter.pins):
                continue
            if waiter.pins:
                opened = opened or holder.closed_for is not None
                holder.pinned = True
                holder.closed_for = None
            else:
                holder.running[waiter] = now
            self._end(waiter, None)
        if opened:  # requests that stood in front of the pin have been passed over
            self._admit(now)

    def _reopen(self, now: float) -> bool:
        """Keep closed what is closed for somebody who still waits in front; whether one opened."""
        first = self._first_waiters()
        order = {key: position for position, key in enumerate(first)}
        starving = self._starving(now)
        opened = False
        for holder in self._closed():
            if starving and order[starving[0]] < order.get(holder.key, len(order)):
                holder.closed_for = starving.pop(0)
            else:
                holder.closed_for = None
                opened = True
        return opened

    def _close(self, now: float) -> float | None:
        """Close one adapter for each starving one; the time at which to look again, if any."""
        served = {h.closed_for for h in self._closed()}
        unserved = [key for key in self._starving(now) if key not in served]
        open_ones = [h for h in self._holders.values() if not h.pinned and h.closed_for is None]
        most = max(1, (self.slots - len(self.pinned)) // 2)  # the others keep the engine busy
        while unserved and open_ones and len(self._closed()) < most:
            chosen = min(open_ones, key=lambda h: (self._free_at(h, now), h.since))
            turn_ends = chosen.since + self.fair_wait_s
            if turn_ends > now + CLOCK_S:
                return turn_ends
            chosen.closed_for = unserved.pop(0)
            open_ones.remove(chosen)
        patient = [
            waiter.since + self.fair_wait_s
            for key, waiter in self._first_waiters().items()
            if key not in self._holders
        ]
        return min((at for at in patient if at > now + CLOCK_S), default=None)

    def _free_at(self, holder: _Holder, now: float) -> float:
        """When the slot may be free if nothing more comes, from how long requests usually take."""
        known = self._usual_s.values()
        usual_s = self._usual_s.get(holder.key, sum(known) / len(known) if known else 0.0)
        return max([now, *(began + usual_s for began in holder.running.values())])

    def _closed(self) -> list[_Holder]:
        return [h for h in self._holders.values() if h.closed_for is not None]

    def _first_waiters(self) -> dict[str, _Waiter]:
        """For each adapter in the queue, in order, the waiter that came first."""
        first: dict[str, _Waiter] = {}
        for waiter in self._queue:
            first.setdefault(waiter.key, waiter)
        return first

    def _starving(self, now: float) -> list[str]:
        """The adapters without a slot whose first request has waited too long, in order."""
        late = now + CLOCK_S - self.fair_wait_s
        return [
            key
            for key, waiter in self._first_waiters().items()
            if key not in self._holders and waiter.since <= late
        ]

    def _wake_at(self, when: float | None) -> None:
        if self._timer is not None:
            self._timer.cancel()
        loop = self._loop
        self._timer = loop.call_at(when, self._decide) if loop and when is not None else None

    def _tell_places(self) -> None:
        holders = tuple(sorted(self._holders))
        turns = {h.closed_for: h.key for h in self._closed()}
        for number, waiter in enumerate(self._queue, start=1):
            own = self._holders.get(waiter.key)
            yields_to = own.closed_for if own else None
            place = Place(number, holders, turns.get(waiter.key), yields_to)
            if place != waiter.told:
                waiter.told = place
                waiter.on_place(place)
