"""Uploaded files into a folder of ours, counted byte by byte."""

from __future__ import annotations

import errno
import os
import stat
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import BinaryIO, Protocol

from lora_ui.catalog.additions.choosing import chosen_files, shown
from lora_ui.catalog.additions.ledger import Claim
from lora_ui.catalog.additions.room import require_room
from lora_ui.catalog.preflight import CONFIG_NAME
from lora_ui.errors import Problem

CHUNK_BYTES = 1 << 20
_MAX_FILES = 50
_MAX_CONFIG_BYTES = 1 << 20
"""PEFT's configs have a few KB; this one will be parsed as a whole."""


class Readable(Protocol):
    """What bytes are copied from."""

    def read(self, n: int, /) -> bytes:
        """At most `n` bytes; none at the end."""
        ...


def take_files(files: Sequence[Path], into: Path, claim: Claim) -> None:
    """Copy the config and the weights among `files` into the folder `into`."""
    if not files:
        raise Problem("addition_nothing")
    if len(files) > _MAX_FILES:
        raise Problem("addition_many_files", limit=_MAX_FILES)
    chosen = chosen_files(file.name for file in files)
    for file in files:
        if target := chosen.get(file.name):
            with opened(file) as source:
                copy(source, into / target, claim)


@contextmanager
def opened(file: Path) -> Iterator[BinaryIO]:
    """An uploaded file, which must be a plain one: no link, no pipe, no device."""
    try:
        number = os.open(file, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC)
    except (OSError, ValueError) as error:
        raise _unreadable(file, error) from None
    if not stat.S_ISREG(os.fstat(number).st_mode):
        os.close(number)
        raise Problem("addition_unreadable", name=shown(file.name), detail="not a file")
    with os.fdopen(number, "rb") as source:
        yield source


def copy(source: Readable, target: Path, claim: Claim) -> None:
    """Copy to the end of `source`, within the claim's quota and the disk's room."""
    most = _MAX_CONFIG_BYTES if target.name == CONFIG_NAME else None
    try:
        with target.open("xb") as out:
            while chunk := source.read(CHUNK_BYTES):
                claim.grow(len(chunk))
                require_room(target.parent, len(chunk))
                out.write(chunk)
                if most is not None and out.tell() > most:
                    raise Problem("addition_config_too_big", name=CONFIG_NAME)
    except OSError as error:
        if error.errno in (errno.ENOSPC, errno.EDQUOT):
            require_room(target.parent, CHUNK_BYTES)  # the usual sentence, where it is true
        raise _unreadable(target, error) from None


def _unreadable(file: Path, error: Exception) -> Problem:
    detail = error.strerror if isinstance(error, OSError) and error.strerror else error
    return Problem("addition_unreadable", name=shown(file.name), detail=detail)
