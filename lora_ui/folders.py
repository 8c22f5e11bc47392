"""Where the app keeps what it makes and downloads."""

from __future__ import annotations

import os
from collections.abc import Mapping, MutableMapping
from pathlib import Path

STORAGE = Path("/data")
"""Where a Space has its persistent storage, if it has some."""


def space_storage(environment: Mapping[str, str]) -> Path | None:
    """The persistent storage of the Space that this runs in; None without one to write to."""
    if environment.get("SPACE_ID") and STORAGE.is_dir() and os.access(STORAGE, os.W_OK | os.X_OK):
        return STORAGE
    return None


def user_cache(environment: Mapping[str, str]) -> Path:
    """The app's folder in the user's own cache."""
    base = environment.get("XDG_CACHE_HOME") or Path("~/.cache").expanduser()
    return Path(base) / "lora-ui"


def default_cache(environment: Mapping[str, str]) -> Path:
    """The cache where nobody names one: storage that outlives the Space, else the user's own."""
    storage = space_storage(environment)
    return storage / "lora-ui" if storage else user_cache(environment)


def keep_downloads(environment: MutableMapping[str, str] = os.environ) -> None:
    """Let the Hub's downloads outlive the Space, too, unless somebody has chosen their place.

    To be called before anything imports `huggingface_hub`, which reads this once.
    """
    storage = space_storage(environment)
    if storage and not environment.get("HF_HUB_CACHE"):
        environment.setdefault("HF_HOME", str(storage / "huggingface"))
