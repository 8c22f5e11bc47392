"""A zip of an adapter, opened as if its maker meant harm.

Nothing of what the archive says is believed: entries are counted before they are read, their names
are never used as paths (only two files are written, under names of our own), and bytes are counted
as they come out.
"""

from __future__ import annotations

import os
import re
import stat
import zipfile
from pathlib import Path
from typing import BinaryIO

from lora_ui.catalog.additions.choosing import chosen_files, shown
from lora_ui.catalog.additions.ledger import Claim
from lora_ui.catalog.additions.uploads import Readable, copy, opened
from lora_ui.catalog.sources import Stopped
from lora_ui.errors import Problem

MAX_ENTRIES = 50
_MAX_READ_BYTES = 4 << 20
"""More than a list of contents of `MAX_ENTRIES` entries can need, whatever their names are."""
_METHODS = (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED)
_ENCRYPTED = 0x1 | 0x40 | 0x2000
_MAX_RATIO = 200
_RATIO_COUNTS_FROM_BYTES = 10 << 20
"""Real weights hardly shrink; zeros of an untrained adapter do, but such a file is small."""


def take_zip(file: Path, into: Path, claim: Claim) -> None:
    """Unpack the config and the weights in the zip `file` into the folder `into`."""
    with opened(file) as source:
        try:
            with zipfile.ZipFile(_Modest(source)) as archive:  # type: ignore[arg-type]
                _unpack(archive, os.fstat(source.fileno()).st_size, into, claim)
        except (Problem, Stopped):
            raise
        except Exception as error:  # a broken archive makes zipfile raise whatever it likes
            detail = shown(str(error)) or type(error).__name__
            raise Problem("zip_broken", name=shown(file.name), detail=detail) from None


def _unpack(archive: zipfile.ZipFile, archive_bytes: int, into: Path, claim: Claim) -> None:
    entries = archive.infolist()
    if len(entries) > MAX_ENTRIES:
        raise Problem("zip_many_entries", limit=MAX_ENTRIES)
    files = [e for e in entries if _is_wanted_file(e)]
    folders = {e.filename.rpartition("/")[0] for e in files}
    if len(folders) > 1:
        raise Problem("zip_folders")
    chosen = chosen_files(e.filename.rpartition("/")[2] for e in files)
    for entry in files:
        if target := chosen.get(entry.filename.rpartition("/")[2]):
            _check_packing(entry)
            with archive.open(entry) as source:
                packed_bytes = min(entry.compress_size, archive_bytes)  # which may be a lie
                copy(_Ratio(source, packed_bytes), into / target, claim)


def _is_wanted_file(entry: zipfile.ZipInfo) -> bool:
    """Whether it is a file that counts; a `Problem` for a name or kind that no adapter has."""
    name = entry.orig_filename
    parts = name.split("/")
    if (
        re.search(r"[\x00-\x1f\x7f\\:]", name)
        or ".." in parts
        or "." in parts
        or "" in parts[:-1]
        or not name
    ):
        raise Problem("zip_name", name=shown(name))
    kind = stat.S_IFMT(entry.external_attr >> 16)
    if kind not in (0, stat.S_IFREG, stat.S_IFDIR):
        raise Problem("zip_link", name=shown(name))
    if parts[0] == "__MACOSX" or parts[-1].startswith("._"):
        return False  # what macOS puts into every archive
    is_folder = parts[-1] == ""
    if len(parts) > 2:
        raise Problem("zip_deep", name=shown(name))
    return not is_folder


def _check_packing(entry: zipfile.ZipInfo) -> None:
    if entry.flag_bits & _ENCRYPTED:
        raise Problem("zip_encrypted")
    if entry.compress_type not in _METHODS:  # others may ask for gigabytes of memory
        raise Problem("zip_method")


class _Ratio:
    """The bytes of an entry, as long as they have a likely relation to what they came from."""

    def __init__(self, source: Readable, packed_bytes: int) -> None:
        self._source = source
        self._most = max(_RATIO_COUNTS_FROM_BYTES, _MAX_RATIO * packed_bytes)
        self._read = 0

    def read(self, n: int, /) -> bytes:
        chunk = self._source.read(n)
        self._read += len(chunk)
        if self._read > self._most:
            raise Problem("zip_bomb", limit=_MAX_RATIO)
        return chunk


class _Modest:
    """A file of which nothing large can be read at once.

    `zipfile` reads an archive's whole list of contents into memory, however long it says it is.
    """

    def __init__(self, file: BinaryIO) -> None:
        self._file = file
        self.seek = file.seek
        self.tell = file.tell
        self.seekable = file.seekable

    def read(self, n: int = -1, /) -> bytes:
        data = self._file.read(_MAX_READ_BYTES + 1 if n < 0 else min(n, _MAX_READ_BYTES + 1))
        if len(data) > _MAX_READ_BYTES:
            raise Problem("zip_many_entries", limit=MAX_ENTRIES)
        return data
