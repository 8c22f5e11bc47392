"""Free disk space: what is added must leave some for everything else."""

from __future__ import annotations

import shutil
from pathlib import Path

from lora_ui.catalog.additions.values import BYTES_PER_MB
from lora_ui.errors import Problem

SPARE_BYTES = 512 * BYTES_PER_MB
"""So much stays free whatever is added."""


def require_room(folder: Path, more_bytes: int) -> None:
    """A `Problem` when `more_bytes` more would leave too little free space where `folder` is.

    The folder need not exist yet.
    """
    there = next((p for p in (folder, *folder.parents) if p.exists()), Path("/"))
    free = shutil.disk_usage(there).free
    if free - more_bytes < SPARE_BYTES:
        raise Problem(
            "addition_no_room", free=free // BYTES_PER_MB, spare=SPARE_BYTES // BYTES_PER_MB
        )
