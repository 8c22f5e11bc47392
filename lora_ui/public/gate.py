"""The limits of a public demo as they stand now, for all visitors together."""

from __future__ import annotations

import time
from collections.abc import Callable

from lora_ui.catalog.models import Limits
from lora_ui.public.allowances import Allowances
from lora_ui.public.door import Door


class Gate:
    """Who may ask for how much. Belongs to the event loop that serves the page."""

    def __init__(self, limits: Limits, clock: Callable[[], float] = time.monotonic) -> None:
        self.limits = limits
        self.clock = clock
        self.door = Door(limits.running, limits.queue, limits.at_once, clock)
        self.allowances = Allowances(limits.per_minute, limits.columns, clock)

    def meet(self, visitor: str | None, host: str | None) -> None:
        """`visitor` asks from `host`, whose allowance counts for it from now on."""
        self.allowances.meet(visitor or "", host)

    def check(self, visitor: str | None, answers: int, *, patient: bool = False) -> None:
        """Refuse a run of so many answers as a whole, before any of it starts: a `Problem`.

        A `patient` one waits for its allowance; only a full line keeps it from starting.
        """
        self.door.check(answers)
        if not patient:
            self.allowances.check(visitor or "", answers)
