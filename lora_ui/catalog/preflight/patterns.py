"""PEFT's `rank_pattern` and `alpha_pattern`: values for the modules whose names fit an expression.

The expressions come with the adapter and are run over every module's name, here and in vLLM, so
only those are taken that cannot run for long.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any, Generic, TypeVar

T = TypeVar("T", int, float)

LONGEST = 200
MOST_REPEATS = 2
MOST_WITH_REPEATS = 8
_ATOM = r"(?:\\[dwDW.\-_]|\[\^?[\w\-]+\]|[\w.\-^$])"
_PLAIN_END = re.compile(r"(?:^|\.)([\w\-]+)$")
_MODEST = re.compile(rf"(?:{_ATOM}[*+?]?|\((?:\?:)?|\)|\|)+")
"""Names, classes, alternatives; single characters may repeat, but never a group."""


class Pattern(Generic[T]):
    """Values by expression; the first that fits the end of a name, from a dot on, counts."""

    def __init__(self, values: Mapping[str, T] | None = None) -> None:
        """Take checked expressions (see `is_modest`)."""
        self._values = [
            (_plain_end(key), _compiled(key), value) for key, value in (values or {}).items()
        ]
        self._known: dict[str, T | None] = {}

    def __len__(self) -> int:
        return len(self._values)

    def of(self, module: str, otherwise: T | None) -> T | None:
        """The value for the module of this full name."""
        if module not in self._known:
            fitting = (v for end, e, v in self._values if module.endswith(end) and e.match(module))
            self._known[module] = next(fitting, None)
        found = self._known[module]
        return otherwise if found is None else found

    def values(self) -> list[T]:
        """All values, in order."""
        return [value for _, _, value in self._values]


def _plain_end(key: str) -> str:
    """What every name ends with that fits `key`; spares most of the matching."""
    match = _PLAIN_END.search(key)
    return match[1] if match and "|" not in key else ""


def is_modest(keys: Mapping[str, Any]) -> bool:
    """Whether all keys are valid expressions that cannot run for long."""
    repeating = 0
    for key in keys:
        repeats = sum(key.count(sign) for sign in "*+?") - key.count("(?:")
        repeating += repeats > 0
        if len(key) > LONGEST or repeats > MOST_REPEATS or not _MODEST.fullmatch(key):
            return False
        try:
            _compiled(key)
        except re.error:
            return False
    return repeating <= MOST_WITH_REPEATS


def _compiled(key: str) -> re.Pattern[str]:
    return re.compile(rf"(.*\.)?({key})$")
