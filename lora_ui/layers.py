"""One setting out of two layers: a flag goes over its environment variable."""

from __future__ import annotations

import argparse
from collections.abc import Mapping
from pathlib import Path

from lora_ui.errors import Problem

PREFIX = "LORA_UI_"
_SWITCH = {"true": True, "yes": True, "1": True, "false": False, "no": False, "0": False}
_LONGEST_QUOTE = 80


def pick(flags: argparse.Namespace, environment: Mapping[str, str], key: str) -> str | None:
    """What the flag of `key` says, else its variable; None where neither says anything."""
    return getattr(flags, key, None) or environment.get(PREFIX + key.upper()) or None


def pick_switch(flags: argparse.Namespace, environment: Mapping[str, str], key: str) -> bool | None:
    """`pick` for true or false; anything else is a `Problem`."""
    text = pick(flags, environment, key)
    if text is None:
        return None
    said = switch(text)
    if said is None:
        name = flag(key) if getattr(flags, key, None) else f"{PREFIX}{key.upper()}"
        raise wrong(name, text, "true or false")
    return said


def switch(text: str) -> bool | None:
    """True or false as people write it; None for any other text."""
    return _SWITCH.get(text.lower())


def path_of(text: str, key: str) -> Path:
    """A path, with `~` filled in."""
    try:
        return Path(text).expanduser()
    except (RuntimeError, ValueError):  # ~somebody, where nobody has that name
        allowed = "a path on this machine (it has no user of that name)"
        raise wrong(flag(key), text, allowed) from None


def flag(key: str) -> str:
    """The flag that sets `key`."""
    return f"--{key.replace('_', '-')}"


def wrong(name: str, found: str, allowed: str) -> Problem:
    """The `Problem` of a flag or variable with a value that it cannot have."""
    return Problem("bad_setting", name=name, found=short(found), allowed=allowed)


def short(text: str) -> str:
    """`text` as a sentence can quote it."""
    return text if len(text) <= _LONGEST_QUOTE else f"{text[: _LONGEST_QUOTE - 1]}…"
