"""A sample of the fuzz run, the same in every run of the tests; and that it would see a breach."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from lora_ui.catalog.additions import shelf as shelf_module
from lora_ui.catalog.additions import uploads
from tests.fuzz.adapters import CONFIG as GOOD_CONFIG
from tests.fuzz.adapters import good_header, weights
from tests.fuzz.properties import (
    CONFIG,
    WEIGHTS,
    Placed,
    World,
    check_folder,
    check_preflight,
    check_upload,
)
from tests.fuzz.zips import Item, pack

ROOT = Path(__file__).resolve().parents[2]
GOOD = {CONFIG: json.dumps(GOOD_CONFIG).encode(), WEIGHTS: weights(*good_header())}


@pytest.fixture
def world(tmp_path: Path) -> Iterator[World]:
    made = World(tmp_path / "world")
    yield made
    made.close()


def test_a_sample_finds_nothing() -> None:
    done = subprocess.run(
        [sys.executable, "-m", "tests.fuzz", "--rounds", "1", "--seed", "0", "--cases", "60"],
        cwd=ROOT,
        capture_output=True,
        text=True,
        timeout=280,
        check=False,
    )
    assert done.returncode == 0, done.stdout[-6000:] + done.stderr[-2000:]
    assert " 0 found." in done.stdout


def test_what_the_cases_are_made_of_is_good(world: World) -> None:
    """Or every case would be refused for one and the same reason."""
    files = [Placed(name, data) for name, data in GOOD.items()]
    assert check_preflight(world, files) == "ok"
    assert check_upload(world, files, None) == "added"
    packed = pack([Item(name, data) for name, data in GOOD.items()])
    assert check_upload(world, [Placed("a.zip", packed)], None) == "added"
    assert check_folder(world, "poems") == "added"


def test_a_folder_outside_would_be_seen(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(
        shelf_module, "allowed_folder", lambda text, allowed, _names: allowed[0] / text
    )
    with pytest.raises(AssertionError):
        check_folder(world, "out")


def test_a_file_left_behind_would_be_seen(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(world.shelf._home, "remove", lambda _folder: None)
    with pytest.raises(AssertionError):
        check_upload(world, [Placed(name, data) for name, data in GOOD.items()], None)


def test_a_file_written_elsewhere_would_be_seen(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    real = uploads.copy

    def leaky(source: uploads.Readable, target: Path, claim: uploads.Claim) -> None:
        (world.base / "leak").write_bytes(b"x")
        real(source, target, claim)

    monkeypatch.setattr(uploads, "copy", leaky)
    with pytest.raises(AssertionError, match="something was written"):
        check_upload(world, [Placed(name, data) for name, data in GOOD.items()], None)


def test_a_file_that_stays_open_would_be_seen(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    kept = []
    real = uploads.opened

    def careless(file: Path):
        kept.append(file.open("rb"))
        return real(file)

    monkeypatch.setattr(uploads, "opened", careless)
    with pytest.raises(AssertionError, match="a file stayed open"):
        check_upload(world, [Placed(name, data) for name, data in GOOD.items()], None)
    for file in kept:
        file.close()
