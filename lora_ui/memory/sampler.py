"""One background thread measures memory; everybody else looks at what it has found."""

from __future__ import annotations

import time
from dataclasses import dataclass
from typing import TYPE_CHECKING

from lora_ui.memory.readings import Reading

if TYPE_CHECKING:
    from lora_ui.engine.observation import Observation

STALE_S = 2.0
"""A sample older than this must not be shown as if it were live."""


@dataclass(frozen=True)
class Sample:
    """One tick: what was measured, and what the engine told at the same moment.

    `number` counts up from 1 without holes. `time_s` is Unix time and never goes backwards;
    `taken_s` is the same moment on `time.monotonic()`.
    """

    number: int
    time_s: float
    taken_s: float
    reading: Reading
    observation: Observation

    def age_s(self) -> float:
        """Seconds since it was taken."""
        return time.monotonic() - self.taken_s

    def is_live(self) -> bool:
        """Whether it may still be shown as the figures of now."""
        return self.age_s() <= STALE_S
