"""The folder in which an app keeps what was uploaded to it.

Each running app has one of its own below a common root, and holds a lock on it that the kernel
releases when the app ends, however it ends. So whoever starts next can tell what was left behind.
"""

from __future__ import annotations

import fcntl
import os
import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from uuid import uuid4

from lora_ui.errors import Problem

_LOCK = ".lock"
_PREFIX = "added-"


class Home:
    """A folder for added files that no other app uses, made on construction."""

    def __init__(self, root: Path) -> None:
        """Clear away what ended apps left below `root`, and make this app's own folder there."""
        try:
            root.mkdir(parents=True, exist_ok=True)
            with _locked(root / _LOCK):  # or two apps that start at once would clear each other
                for leftover in root.glob(f"{_PREFIX}*"):
                    _remove_if_left(leftover)
                self.folder = Path(tempfile.mkdtemp(prefix=_PREFIX, dir=root))
                self._lock = _lock(self.folder / _LOCK)
        except OSError as error:
            raise Problem("cache_not_writable", path=root, detail=error.strerror) from None

    @contextmanager
    def staging(self) -> Iterator[Path]:
        """A fresh folder to fill; it is gone afterwards unless it was moved by `settle`."""
        try:
            folder = Path(tempfile.mkdtemp(prefix=".part-", dir=self.folder))
        except OSError as error:
            raise Problem("cache_not_writable", path=self.folder, detail=error.strerror) from None
        try:
            yield folder
        finally:
            shutil.rmtree(folder, ignore_errors=True)

    def settle(self, staged: Path) -> Path:
        """Give a filled folder its final place, which no other addition ever had."""
        return staged.rename(self.folder / uuid4().hex)

    def remove(self, folder: Path) -> None:
        """Remove one addition's folder, if it lies here."""
        if folder.parent == self.folder:
            shutil.rmtree(folder, ignore_errors=True)

    def close(self) -> None:
        """Remove everything. Safe to call twice."""
        shutil.rmtree(self.folder, ignore_errors=True)
        if self._lock >= 0:
            os.close(self._lock)
            self._lock = -1


def _remove_if_left(folder: Path) -> None:
    with suppress(OSError):  # its app is alive and holds the lock, or has just removed it
        os.close(_lock(folder / _LOCK, wait=False))
        shutil.rmtree(folder, ignore_errors=True)


@contextmanager
def _locked(path: Path) -> Iterator[None]:
    number = _lock(path)
    try:
        yield
    finally:
        os.close(number)


def _lock(path: Path, *, wait: bool = True) -> int:
    """Lock `path`, made if need be, until the returned descriptor is closed."""
    number = os.open(path, os.O_RDWR | os.O_CREAT | os.O_NOFOLLOW | os.O_CLOEXEC, 0o600)
    try:
        fcntl.flock(number, fcntl.LOCK_EX if wait else fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError:
        os.close(number)
        raise
    return number
