"""What each visitor has on the Functions tab: a thread a column, a round an answer.

Threads live as long as the visit: a new run takes their place, leaving the page drops them.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from itertools import count
from typing import Literal

from lora_ui.functions.columns import CallColumn, CallSpec
from lora_ui.functions.results import Call
from lora_ui.functions.running import Ask
from lora_ui.sampling import Sampling
from lora_ui.ui.board.views import LIVE
from lora_ui.ui.visits import LiveRun


@dataclass(frozen=True)
class Given:
    """What a call gave, as JSON text, and whether a built-in function or a person said so."""

    text: str
    by: Literal["tool", "hand"]


@dataclass
class Round:
    """One answer of a column with what became of its calls, by their places.

    `repair` and `exports` are filled in when the answer has ended.
    """

    run: LiveRun
    column: CallColumn
    is_built_in: Callable[[str], bool]
    results: dict[int, Given] = field(default_factory=dict)
    problems: dict[int, str] = field(default_factory=dict)
    tries: dict[int, int] = field(default_factory=dict)
    repair: str = ""
    exports: dict[str, str] = field(default_factory=dict)

    @property
    def calls(self) -> tuple[Call, ...]:
        """The valid calls of the answer."""
        return tuple(self.column.parsed.calls) if self.column.parsed else ()

    @property
    def is_live(self) -> bool:
        """Whether the answer is still being written, or waits for its turn."""
        return self.column.state in LIVE


@dataclass
class Thread:
    """One column: what was asked of it, and its rounds so far, at most `limit`."""

    key: str
    title: str
    spec: CallSpec
    ask: Ask
    shared: Sampling
    limit: int
    rounds: list[Round] = field(default_factory=list)

    @property
    def last(self) -> Round:
        """The round that counts now."""
        return self.rounds[-1]

    @property
    def is_live(self) -> bool:
        """Whether its last answer is still under way."""
        return self.last.is_live

    @property
    def is_full(self) -> bool:
        """Whether there can be no further round."""
        return len(self.rounds) >= self.limit

    @property
    def may_go_on(self) -> bool:
        """Whether results for the last round's calls can still be given."""
        return not self.is_live and not self.is_full and bool(self.last.calls)


class Desk:
    """One visitor's threads in the order of their columns."""

    def __init__(self) -> None:
        self.threads: dict[str, Thread] = {}
        self._numbers = count(1)

    def new_key(self) -> str:
        """A key that no earlier column had: what belongs to an old one can't reach a new one."""
        return f"c{next(self._numbers)}"

    def replace(self, threads: Iterable[Thread]) -> None:
        """Show these threads; those before are ended."""
        self.stop()
        self.threads = {thread.key: thread for thread in threads}

    def stop(self, key: str | None = None) -> None:
        """End the answer under way in one column, or in all, in the engine too."""
        for name, thread in self.threads.items():
            if key in (None, name):
                thread.last.run.stop(name)


class Desks:
    """All visitors' desks by their session."""

    def __init__(self) -> None:
        self._desks: dict[str, Desk] = {}

    def __len__(self) -> int:
        return len(self._desks)

    def of(self, session: str | None) -> Desk:
        """The desk of `session`; a caller without a session gets one of its own."""
        if session is None:
            return Desk()
        return self._desks.setdefault(session, Desk())

    def leave(self, session: str | None) -> None:
        """The visitor has gone."""
        desk = self._desks.pop(session, None) if session else None
        if desk is not None:
            desk.stop()
