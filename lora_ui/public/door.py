"""The door in front of the engine: so many answers at a time, and a fair line for the others.

Whose turn it is goes round among the visitors who wait, one answer each: one with eight columns
does not hold up one with three. A visitor who has `at_once` answers under way is passed over until
one of them has ended.
"""

from __future__ import annotations

import asyncio
import time
from collections import Counter, OrderedDict, deque
from collections.abc import AsyncGenerator, Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from itertools import zip_longest

from lora_ui.errors import Problem
from lora_ui.public.spans import TELL_S, about

REMEMBERED = 50
"""The expected wait comes from how long so many recent answers took."""


@dataclass(frozen=True)
class Place:
    """Where an answer stands in the line.

    `number` counts from 1; `expected_s` is an estimate, None before any answer has ended. `own`:
    it waits for an answer of its own visitor to end.
    """

    number: int
    expected_s: float | None
    own: bool


class Turn:
    """One answer at the door."""

    def __init__(self, door: Door, visitor: str) -> None:
        self.visitor = visitor
        self.began_s: float | None = None
        self._door = door
        self._came = asyncio.Event()

    @property
    def has_come(self) -> bool:
        """Whether it may be written now."""
        return self.began_s is not None

    async def places(self, tell_s: float = TELL_S) -> AsyncGenerator[Place]:
        """Where it stands, again whenever that has changed, until its turn has come."""
        told = None
        while not self.has_come:
            place = self._door.place(self)
            if place != told:
                told = place
                yield place
            with suppress(TimeoutError):
                async with asyncio.timeout(tell_s):
                    await self._came.wait()

    def begin(self, now_s: float) -> None:
        """Its turn has come; the door's to say."""
        self.began_s = now_s
        self._came.set()


class Door:
    """For one event loop; any thread may ask how many run and wait.

    `seats` answers are under way at most, `at_once` of one visitor, and `queue` wait, beside those
    that are too patient to be refused.
    """

    def __init__(
        self, seats: int, queue: int, at_once: int, clock: Callable[[], float] = time.monotonic
    ) -> None:
        self._seats = seats
        self._queue = queue
        self._at_once = at_once
        self._clock = clock
        self._waiting = 0  # counted, since other threads ask for it
        self._lines: OrderedDict[str, deque[Turn]] = OrderedDict()  # whose turn is next comes first
        self._seated: set[Turn] = set()
        self._of_visitor: Counter[str] = Counter()
        self._took_s: deque[float] = deque(maxlen=REMEMBERED)
        self._numbers: dict[Turn, int] | None = None

    @property
    def running(self) -> int:
        """Answers under way."""
        return len(self._seated)

    @property
    def waiting(self) -> int:
        """Answers in the line."""
        return self._waiting

    def check(self, answers: int) -> None:
        """`Problem` when there is no room for so many more."""
        waiting = self.waiting
        if self.running + waiting + answers > self._seats + self._queue:
            wait = about(self._expected_s((waiting + answers) / self._seats))
            raise Problem("public_full", waiting=waiting, wait=wait)

    @contextmanager
    def enter(self, visitor: str, *, patient: bool = False) -> Iterator[Turn]:
        """Stand in the line and, once the turn has come, hold a seat until this is left.

        `Problem` when the line is full; a `patient` one stands in it all the same.
        """
        if not patient:
            self.check(1)
        turn = Turn(self, visitor)
        self._lines.setdefault(visitor, deque()).append(turn)
        self._waiting += 1
        self._decide()
        try:
            yield turn
        finally:
            self._leave(turn)

    def place(self, turn: Turn) -> Place:
        """Where `turn` stands, while it waits."""
        if self._numbers is None:
            rounds = zip_longest(*self._lines.values())
            order = (one for together in rounds for one in together if one is not None)
            self._numbers = {one: number for number, one in enumerate(order, start=1)}
        number = self._numbers[turn]
        turns = number / self._seats
        own = self._of_visitor[turn.visitor] >= self._at_once
        if own:
            ahead = self._lines[turn.visitor].index(turn) + 1
            turns = max(turns, ahead / self._at_once)
        return Place(number, self._expected_s(turns), own)

    def _expected_s(self, turns: float) -> float | None:
        """How long it takes until all seats have been given away `turns` times."""
        took_s = self._took_s
        return turns * sum(took_s) / len(took_s) if took_s else None

    def _leave(self, turn: Turn) -> None:
        if turn.began_s is None:
            line = self._lines[turn.visitor]
            line.remove(turn)
            self._waiting -= 1
            if not line:
                del self._lines[turn.visitor]
        else:
            self._seated.remove(turn)
            self._took_s.append(self._clock() - turn.began_s)
            self._of_visitor[turn.visitor] -= 1
            if not self._of_visitor[turn.visitor]:
                del self._of_visitor[turn.visitor]
        self._decide()

    def _decide(self) -> None:
        """Give free seats away."""
        while self.running < self._seats and (turn := self._next()) is not None:
            self._seated.add(turn)
            self._of_visitor[turn.visitor] += 1
            turn.begin(self._clock())
        self._numbers = None

    def _next(self) -> Turn | None:
        """The next one in the line; its visitor goes to the end."""
        for visitor, line in self._lines.items():
            if self._of_visitor[visitor] < self._at_once:
                turn = line.popleft()
                self._waiting -= 1
                self._lines.move_to_end(visitor)
                if not line:
                    del self._lines[visitor]
                return turn
        return None
