"""Admission against random traffic in simulated time: what must hold whatever comes.

The test keeps its own books of who runs, who waits and what is pinned, from what the requests
themselves see, and compares.
"""

from __future__ import annotations

import asyncio
from dataclasses import dataclass, field

from hypothesis import given, settings
from hypothesis import strategies as st

from lora_ui.engine.admission import Admission, Place
from lora_ui.errors import Problem
from tests.engine.simulated import simulate

KEYS = "abcdef"
LONGEST_S = 8.0
FOR_EVER_S = 3000.0
"""More than any trace takes: whoever waits now is lost."""


@dataclass(frozen=True)
class Client:
    """Asks `requests` times for `key`, each taking `takes_s`; gives one up after `patience_s`."""

    key: str
    starts_s: float
    takes_s: float
    requests: int
    thinks_s: float
    patience_s: float | None


@dataclass(frozen=True)
class Pin:
    """Pins `key` at one moment and lets go at another, whether it has got a slot or not."""

    key: str
    starts_s: float
    takes_s: float


@dataclass(frozen=True)
class Trace:
    """All that happens to an admission; the engine dies at `deaths_s`."""

    slots: int
    fair_wait_s: float
    clients: tuple[Client, ...]
    pins: tuple[Pin, ...]
    deaths_s: tuple[float, ...]


def _seconds(most: float, least: float = 0.0) -> st.SearchStrategy[float]:
    return st.integers(round(least * 20), round(most * 20)).map(lambda n: n / 20)


clients = st.builds(
    Client,
    key=st.sampled_from(KEYS),
    starts_s=_seconds(6),
    takes_s=_seconds(LONGEST_S),
    requests=st.integers(1, 5),
    thinks_s=st.sampled_from([0.0, 0.0, 0.05, 1.0]),
    patience_s=st.none() | _seconds(3),
)
pins = st.builds(Pin, key=st.sampled_from(KEYS), starts_s=_seconds(10), takes_s=_seconds(10))
traces = st.builds(
    Trace,
    slots=st.integers(1, 4),
    fair_wait_s=st.sampled_from([0.0, 0.25, 1.0, 3.0]),
    clients=st.lists(clients, min_size=1, max_size=14).map(tuple),
    pins=st.lists(pins, max_size=3).map(tuple),
    deaths_s=st.lists(_seconds(12), max_size=1).map(tuple),
)


@dataclass(eq=False)
class Request:
    """One request in the test's books."""

    key: str
    since_s: float
    life: int
    until_s: float
    place: Place | None = None


@dataclass
class Books:
    """What the requests have seen. `life` counts the engine's deaths."""

    trace: Trace
    admission: Admission
    waiting: list[Request] = field(default_factory=list)
    running: list[Request] = field(default_factory=list)
    pinned: set[str] = field(default_factory=set)
    longest_wait_s: float = 0.0
    refused: list[tuple[str, bool]] = field(default_factory=list)
    unpinned: list[str] = field(default_factory=list)
    ended: int = 0
    life: int = 0

    def in_flight(self) -> set[str]:
        return {r.key for r in self.running if r.life == self.life}

    def held(self) -> set[str]:
        return self.in_flight() | self.pinned

    def check_slots(self) -> None:
        assert len(self.held()) <= self.trace.slots

    def check_settled(self) -> None:
        """Once all that can happen at this moment has happened, both books say the same."""
        admission = self.admission
        assert admission.active == self.held()
        assert admission.pinned == self.pinned
        assert admission.waiting >= len(self.waiting)  # wishes to pin stand in line, too
        for key in KEYS:
            assert admission.running(key) == sum(
                r.key == key and r.life == self.life for r in self.running
            )
        closed = admission.closed
        assert not closed & self.pinned
        assert len(closed) <= max(1, (self.trace.slots - len(self.pinned)) // 2)
        if closed:
            assert any(key not in closed for key in admission.next_keys(len(KEYS)))
        for request in self.waiting:
            assert request.key not in self.held() or request.key in closed
            assert request.place is not None
            assert request.place.holders == tuple(sorted(self.held()))
        if admission.waiting == len(self.waiting):
            told = [r.place.place for r in self.waiting if r.place]
            assert told == list(range(1, len(self.waiting) + 1))
        if admission.next_keys(1):
            assert len(self.held()) == self.trace.slots  # no slot idles while somebody wants it


async def ask(books: Books, client: Client) -> None:
    await asyncio.sleep(client.starts_s)
    for _ in range(client.requests):
        patience_s = FOR_EVER_S if client.patience_s is None else client.patience_s
        request = Request(client.key, now(), books.life, now() + patience_s)
        try:
            async with asyncio.timeout(patience_s):
                await one(books, client, request)
        except TimeoutError:
            pass
        except Problem as problem:
            books.refused.append((problem.code, request.life < books.life))
        books.ended += 1
        await asyncio.sleep(client.thinks_s)


async def one(books: Books, client: Client, request: Request) -> None:
    def on_place(place: Place) -> None:
        request.place = place

    books.waiting.append(request)
    try:
        async with books.admission.slot(client.key, on_place):
            books.waiting.remove(request)
            check_turn(books, request)
            books.running.append(request)
            books.longest_wait_s = max(books.longest_wait_s, now() - request.since_s)
            books.check_slots()
            try:
                await asyncio.sleep(client.takes_s)
            finally:
                books.running.remove(request)
    finally:
        if request in books.waiting:
            books.waiting.remove(request)


def check_turn(books: Books, request: Request) -> None:
    """Nobody overtakes an older request of an adapter without a slot to get a slot."""
    if books.admission.running(request.key) > 1 or request.key in books.pinned:
        return  # it used the slot of its own adapter
    older = [
        waiter
        for waiter in books.waiting
        if waiter.since_s < request.since_s
        and waiter.life == books.life  # else it is about to hear of the engine's death
        and waiter.until_s > now()  # else it is about to give up
    ]
    assert all(w.key in books.admission.active for w in older)


async def pin(books: Books, wish: Pin) -> None:
    await asyncio.sleep(wish.starts_s)

    async def hold() -> None:
        try:
            await books.admission.pin(wish.key)
        except Problem as problem:
            books.unpinned.append(problem.code)
        else:
            books.pinned.add(wish.key)
            books.check_slots()

    holding = asyncio.create_task(hold())
    await asyncio.sleep(wish.takes_s)
    books.admission.unpin(wish.key)
    books.pinned.discard(wish.key)
    await holding
    books.admission.unpin(wish.key)  # a pin that came in this very moment
    books.pinned.discard(wish.key)


async def die(books: Books, at_s: float) -> None:
    await asyncio.sleep(at_s)
    books.admission.clear(Problem("engine_restarts"))
    books.life += 1


async def look(books: Books) -> None:
    await asyncio.sleep(0.02)  # all that happens, happens at multiples of 0.05 s
    while True:
        books.check_settled()
        await asyncio.sleep(0.45)


async def play(trace: Trace) -> Books:
    books = Books(trace, Admission(trace.slots, trace.fair_wait_s))
    watching = asyncio.create_task(look(books))
    async with asyncio.timeout(FOR_EVER_S), asyncio.TaskGroup() as everybody:
        for client in trace.clients:
            everybody.create_task(ask(books, client))
        for wish in trace.pins:
            everybody.create_task(pin(books, wish))
        for at_s in trace.deaths_s:
            everybody.create_task(die(books, at_s))
        everybody.create_task(stop_if(watching))
    watching.cancel()
    await asyncio.wait([watching])
    assert watching.cancelled()  # and has not failed
    return books


async def stop_if(watching: asyncio.Task[None]) -> None:
    """Let what `look` has found end the play at once."""
    await asyncio.sleep(0)
    if watching.done():
        watching.result()


def now() -> float:
    return asyncio.get_running_loop().time()


@settings(deadline=None, max_examples=200)
@given(trace=traces)
def test_whatever_comes(trace: Trace) -> None:
    books = simulate(play(trace))
    assert books.ended == sum(c.requests for c in trace.clients)  # nobody is lost
    assert set(books.refused) <= {("engine_restarts", True)}
    assert set(books.unpinned) <= {"pins_full", "pin_withdrawn", "engine_restarts"}
    assert not books.waiting
    assert not books.running
    assert books.admission.waiting == 0
    assert books.admission.active == frozenset()
    assert books.admission.closed == frozenset()


@settings(deadline=None, max_examples=100)
@given(trace=traces)
def test_everybody_is_admitted_in_bounded_turns(trace: Trace) -> None:
    books = simulate(play(trace))
    # each adapter in front costs at most: the wait until one is closed, the turn of that one, and
    # the longest of its requests. A pin can open a closed one again, and start that anew.
    adapters = len({c.key for c in trace.clients} | {p.key for p in trace.pins})
    rounds = adapters + 2 * len(trace.pins) + 1
    assert books.longest_wait_s <= rounds * (2 * trace.fair_wait_s + LONGEST_S) + 1


def test_a_pin_lets_the_requests_in_front_of_it_pass_too() -> None:
    """Found by a random trace: they had been held back while their adapter was closed."""
    busy = [
        Client(key=key, starts_s=start, takes_s=takes, requests=5, thinks_s=1.0, patience_s=None)
        for key, start, takes in (
            ("a", 0.0, 0.8),
            ("f", 0.2, 4.5),
            ("f", 0.35, 4.45),
            ("b", 0.3, 4.75),
            ("e", 0.15, 3.45),
            ("b", 0.15, 2.75),
            ("f", 0.15, 1.4),
        )
    ]
    pins = (Pin(key="b", starts_s=4.65, takes_s=3.05),)
    trace = Trace(slots=2, fair_wait_s=0.0, clients=tuple(busy), pins=pins, deaths_s=())
    assert simulate(play(trace)).ended == 5 * len(busy)
