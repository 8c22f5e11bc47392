"""Added adapters go: with time, with their visitor, with the app, however that ends."""

from __future__ import annotations

import subprocess
import sys
import threading
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from lora_ui.catalog.additions import Added, Shelf, Stopped
from lora_ui.catalog.preflight import preflight
from tests.catalog.shelf_steps import CONFIG, WEIGHTS, kept, pair, refused

ROOT = Path(__file__).resolve().parents[2]


def test_what_has_stayed_long_enough_is_named_and_then_released(
    make: Callable[..., Shelf], adapter: Path, tmp_path: Path
) -> None:
    shelf = make(keep_minutes=10)
    added = shelf.add_upload(pair(adapter), "ann")
    assert shelf.expired() == []
    assert shelf.expired(added.expires_s - 1) == []
    assert shelf.expired(added.expires_s) == [added]
    assert shelf.used("ann").keep_s == 600
    assert added.folder.exists(), "the engine may still need it"
    shelf.release(added)
    assert shelf.expired(added.expires_s) == []
    assert kept(tmp_path) == []


def test_who_leaves_takes_everything_along(
    make: Callable[..., Shelf], adapter: Path, tmp_path: Path
) -> None:
    shelf = make()
    anns = [shelf.add_upload(pair(adapter), "ann") for _ in range(2)]
    bobs = shelf.add_upload(pair(adapter), "bob")
    assert shelf.leave("ann") == anns
    for added in anns:
        shelf.release(added)
    assert shelf.living() == (bobs,)
    assert sorted(p.parent for p in (tmp_path / "root").rglob(WEIGHTS)) == [bobs.folder]
    assert shelf.leave("nobody") == []


class Pausing:
    """An upload on a thread of its own that has begun and waits until it may go on."""

    def __init__(self, shelf: Shelf, files: list[Path], monkeypatch: pytest.MonkeyPatch) -> None:
        self.reached, self.go = threading.Event(), threading.Event()
        self.outcome: list[BaseException | Added] = []
        whole = shelf._ledger.grow

        def slow(claim: Any, more_bytes: int) -> None:
            self.reached.set()
            assert self.go.wait(30)
            whole(claim, more_bytes)

        monkeypatch.setattr(shelf._ledger, "grow", slow)
        self._thread = threading.Thread(target=self._add, args=(shelf, files))
        self._thread.start()
        assert self.reached.wait(30)

    def _add(self, shelf: Shelf, files: list[Path]) -> None:
        try:
            self.outcome.append(shelf.add_upload(files, "ann"))
        except BaseException as error:
            self.outcome.append(error)

    def finish(self) -> BaseException | Added:
        self.go.set()
        self._thread.join()
        return self.outcome[0]


def test_an_addition_under_way_counts_and_ends_when_its_visitor_leaves(
    make: Callable[..., Shelf], adapter: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    shelf = make(max_per_visitor=1)
    under_way = Pausing(shelf, pair(adapter), monkeypatch)
    assert shelf.used("ann").adapters == 1
    assert refused(lambda: shelf.add_upload(pair(adapter), "ann")) == "addition_too_many"
    assert shelf.leave("ann") == []
    assert isinstance(under_way.finish(), Stopped)
    assert shelf.used("ann").adapters == 0
    assert kept(tmp_path) == []


def test_nothing_half_written_is_ever_seen(
    make: Callable[..., Shelf], adapter: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    shelf = make()
    under_way = Pausing(shelf, pair(adapter), monkeypatch)
    home = next((tmp_path / "root").glob("added-*"))
    assert [p.name[:6] for p in home.iterdir() if p.is_dir()] == [".part-"]
    added = under_way.finish()
    assert isinstance(added, Added)
    assert [p for p in home.iterdir() if p.is_dir()] == [added.folder]


def test_the_app_that_ends_leaves_nothing(
    make: Callable[..., Shelf], adapter: Path, tmp_path: Path
) -> None:
    shelf = make()
    shelf.add_upload(pair(adapter), "ann")
    shelf.close()
    shelf.close()
    assert kept(tmp_path) == []
    assert refused(lambda: shelf.add_upload(pair(adapter), "ann")) == "cache_not_writable"


def test_what_a_killed_app_left_is_cleared_but_not_what_a_living_one_has(
    make: Callable[..., Shelf], adapter: Path, tmp_path: Path
) -> None:
    script = (
        "import os, signal, sys\n"
        "from pathlib import Path\n"
        "from lora_ui.catalog.additions import Shelf\n"
        "from lora_ui.catalog.models import Additions\n"
        "root, *files = map(Path, sys.argv[1:])\n"
        "Shelf(Additions(), root, root).add_upload(files, 'ann')\n"
        "os.kill(os.getpid(), signal.SIGKILL)\n"
    )
    alive = make().add_upload(pair(adapter), "bob")
    files = [str(file) for file in pair(adapter)]
    command = [sys.executable, "-c", script, str(tmp_path / "root"), *files]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, timeout=60, check=False)
    assert done.returncode == -9, done.stderr
    assert len(kept(tmp_path)) == 4
    make()
    assert kept(tmp_path) == [CONFIG, WEIGHTS]
    assert preflight(alive.folder, None, None).rank == 4
