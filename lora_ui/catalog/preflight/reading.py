"""Opening files that nobody vouches for, and putting their words into sentences."""

from __future__ import annotations

import errno
import json
import os
import stat
from collections.abc import Callable, Sequence
from io import BufferedReader
from pathlib import Path
from typing import Any


class BadFile(Exception):
    """What is wrong with a file: the code of a finding, and its parameters."""

    def __init__(self, code: str, **params: Any) -> None:
        super().__init__(code)
        self.code = code
        self.params = params


class TwiceNamed(ValueError):
    """A JSON object that has one key twice: readers differ in which of the two they take."""

    def __init__(self, key: str) -> None:
        super().__init__(key)
        self.key = key


def open_regular(path: Path) -> BufferedReader:
    """Open a regular file; anything else (a pipe would block for ever) is an `OSError`."""
    descriptor = os.open(path, os.O_RDONLY | os.O_NONBLOCK | os.O_CLOEXEC)
    if not stat.S_ISREG(os.fstat(descriptor).st_mode):
        os.close(descriptor)
        raise OSError(errno.EINVAL, "not a regular file")
    return os.fdopen(descriptor, "rb")


def parse_json(text: str, make: Callable[[dict[str, Any]], Any] = lambda found: found) -> Any:
    """The value in `text`; `ValueError` when it isn't JSON or is too deep.

    `make` turns every object into what is to stand in its place, the innermost first.
    """
    try:
        return json.loads(text, object_pairs_hook=lambda pairs: make(_unique(pairs)))
    except RecursionError:
        raise ValueError("nested too deeply") from None


def _unique(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found = dict(pairs)
    if len(found) < len(pairs):
        seen: set[str] = set()
        for key, _ in pairs:
            if key in seen:
                raise TwiceNamed(key)
            seen.add(key)
    return found


def shown(value: object) -> str:
    """Something out of a file, fit to stand in a sentence: short and printable."""
    text = value if isinstance(value, str) else repr(value)
    clean = "".join(c if c.isprintable() else "?" for c in text[:100])
    return clean if len(text) <= 100 else f"{clean[:99]}…"


def places(names: Sequence[str]) -> str:
    """The first of some names, and how many more there are."""
    more = f" and {len(names) - 1} more" if len(names) > 1 else ""
    return shown(names[0]) + more
