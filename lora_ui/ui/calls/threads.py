"""What each visitor has on the Functions tab: a thread a column, a round an answer.

Threads live as long as the visit: a new run takes their place, leaving the page drops them.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import count

from lora_ui.functions.columns import Ask, CallColumn, CallSpec
from lora_ui.functions.export import exports
from lora_ui.functions.loop import (
    ROUND_LIMIT,
    Outcome,
    calls_of,
    finish_round,
    go_on,
    run_call,
    typed_result,
)
from lora_ui.functions.repair import Suggestion, suggest
from lora_ui.functions.results import Call
from lora_ui.ui.board.views import LIVE
from lora_ui.ui.visits import LiveRun


@dataclass
class Round:
    """One answer of a column with the outcomes of its calls so far, by their places.

    `suggestions` and `exports` are filled in when the answer has ended.
    """

    column: CallColumn
    run: LiveRun[CallColumn] | None = None
    outcomes: dict[int, Outcome] = field(default_factory=dict)
    tries: int = 0
    suggestions: Sequence[Suggestion] = ()
    exports: Mapping[str, str] = field(default_factory=dict)
    is_concluded: bool = False

    @property
    def calls(self) -> tuple[Call, ...]:
        """The valid calls of the answer."""
        return tuple(self.column.parsed.calls) if self.column.parsed else ()

    def run_call(self, place: int) -> None:
        """Run the call at `place` with the built-in function of its name; may take a second."""
        self.tries += 1
        if 0 <= place < len(self.calls):
            self.outcomes[place] = run_call(self.calls[place])

    def conclude(self, ask: Ask, url: str) -> None:
        """What can be said only of an answer that has ended; once. `url` is the app's address."""
        if self.is_live or self.is_concluded:
            return
        self.is_concluded = True
        if self.column.parsed is not None and self.column.error is None:
            self.exports = exports(url, ask, self.column)
            self.suggestions = suggest(self.column.text, self.column.parsed, ask.functions)

    @property
    def is_live(self) -> bool:
        """Whether the answer is still being written, or waits for its turn."""
        return self.column.state in LIVE


@dataclass
class Thread:
    """One column: what was asked of it, and its rounds so far, at most `limit`.

    `url` is where the visitor found the app, for snippets.
    """

    key: str
    title: str
    spec: CallSpec
    ask: Ask
    url: str = ""
    limit: int = ROUND_LIMIT
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

    def next_spec(self, typed: Mapping[int, str]) -> CallSpec:
        """What is asked next, with a result for each call of the last round.

        `typed` are results typed by hand, by the calls' places from 0; they come before those of
        built-in functions. `Problem` when a call has none, or one can't be taken.
        """
        column, known = self.last.column, dict(self.last.outcomes)
        calls = calls_of(column, self.limit)
        for place, call in enumerate(calls):
            text = typed.get(place, "")
            if text.strip() or place not in known:
                known[place] = Outcome(typed_result(text, place + 1, call.name), "hand")
        done = finish_round(column, calls, [known[place] for place in range(len(calls))])
        self.last.outcomes = known
        return go_on(column.spec, done.turn)

    def stop(self) -> None:
        """End the answer under way, in the engine too."""
        if self.last.run is not None:
            self.last.run.stop(self.key)


class Desk:
    """One visitor's threads in the order of their columns."""

    def __init__(self) -> None:
        self.threads: dict[str, Thread] = {}
        self._numbers = count(1)

    def conclude(self) -> None:
        """Look at the answers that have ended since."""
        for thread in self.threads.values():
            for one in thread.rounds:
                one.conclude(thread.ask, thread.url)

    def beat(self) -> int:
        """A number that was not given out before."""
        return next(self._numbers)

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
                thread.stop()


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
