"""Shelves of a test's own, and an adapter to put on them."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from lora_ui.catalog.additions import Shelf
from lora_ui.catalog.models import Additions
from tests.catalog.adapter_files import tensors, write_adapter


@pytest.fixture
def adapter(tmp_path: Path) -> Path:
    """A folder with an adapter of about 9 KB."""
    return write_adapter(tmp_path / "poems", tensors(width=128))


@pytest.fixture
def make(tmp_path: Path) -> Iterator[Callable[..., Shelf]]:
    """Makes shelves below one root, with rules by keyword, and closes them."""
    made: list[Shelf] = []

    def make_shelf(names: tuple[str, ...] = (), **rules: Any) -> Shelf:
        shelf = Shelf(Additions(**rules), tmp_path / "root", tmp_path, names)
        made.append(shelf)
        return shelf

    yield make_shelf
    for shelf in made:
        shelf.close()
