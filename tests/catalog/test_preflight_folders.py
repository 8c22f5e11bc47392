"""Folders, links and files that cannot be read; and that a change of the files is noticed."""

from __future__ import annotations

import json
import os
from pathlib import Path

import pytest

from lora_ui.catalog.preflight import CONFIG_NAME, WEIGHTS_NAME, Report, preflight
from lora_ui.errors import Problem
from tests.zoo import LIMITS, smollm2
from tests.zoo.parts import Parts, file_bytes, good, small


def codes(report: Report) -> list[str]:
    return [f.code for f in report.findings]


def checked(parts: Parts, folder: Path) -> Report:
    return preflight(parts.write(folder / "a"), smollm2(), LIMITS)


def test_a_folder_that_is_not_there(tmp_path: Path):
    with pytest.raises(Problem) as raised:
        preflight(tmp_path / "nowhere", None, None)
    assert raised.value.code == "adapter_folder_missing"
    (tmp_path / "file").write_text("")
    with pytest.raises(Problem):
        preflight(tmp_path / "file", None, None)
    with pytest.raises(Problem):
        preflight(Path("nul\0byte"), None, None)


def test_a_folder_that_cannot_be_read(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    folder = small().write(tmp_path / "a")

    def refuse(_: Path):
        raise PermissionError(13, "Permission denied")

    monkeypatch.setattr(Path, "iterdir", refuse)  # rights don't bind the tests' own user
    with pytest.raises(Problem) as raised:
        preflight(folder, None, None)
    assert raised.value.code == "adapter_folder_unreadable"
    assert "Permission denied" in raised.value.message


def test_a_file_that_cannot_be_read(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    folder = small().write(tmp_path / "a")

    def refuse(*_: object):
        raise PermissionError(13, "Permission denied")

    monkeypatch.setattr(os, "open", refuse)
    report = preflight(folder, None, None)
    assert [f.code for f in report.findings] == ["file_unreadable"] * 2
    assert report.verdict == "refused"


def test_a_linked_folder_is_no_linked_file(tmp_path: Path):
    real = small().write(tmp_path / "real")
    (tmp_path / "link").symlink_to(real)
    assert codes(preflight(tmp_path / "link", smollm2(), LIMITS)) == []
    (real / WEIGHTS_NAME).rename(real / "other.safetensors")
    (real / WEIGHTS_NAME).symlink_to("other.safetensors")
    assert codes(preflight(tmp_path / "link", smollm2(), LIMITS)) == []
    (real / CONFIG_NAME).rename(tmp_path / CONFIG_NAME)
    (real / CONFIG_NAME).symlink_to(tmp_path / CONFIG_NAME)
    assert codes(preflight(tmp_path / "link", smollm2(), LIMITS))[0] == "link_outside"


def test_a_link_out_of_the_hubs_cache_is_a_link_outside(tmp_path: Path):
    secret = tmp_path / "blobs-of-another" / "x"
    secret.parent.mkdir()
    secret.write_bytes(file_bytes(small().encoded()))
    snapshot = tmp_path / "cache" / "snapshots" / "abc"
    small().write(snapshot)
    (snapshot / WEIGHTS_NAME).unlink()
    (snapshot / WEIGHTS_NAME).symlink_to(secret)
    assert codes(preflight(snapshot, smollm2(), LIMITS)) == ["link_outside"]


def test_a_change_is_noticed(tmp_path: Path):
    report = checked(small(), tmp_path)
    config = report.folder / CONFIG_NAME
    before = config.stat()
    config.write_text(json.dumps({**json.loads(config.read_text()), "r": 8}))
    os.utime(config, ns=(before.st_atime_ns, before.st_mtime_ns))
    assert not report.is_current()  # by its size
    checked(small(), tmp_path)
    os.utime(config, ns=(before.st_atime_ns, before.st_mtime_ns))
    os.utime(report.weights, ns=(1, 1))
    assert not report.is_current()  # by its time
    report = checked(good(), tmp_path)
    assert report.is_current()
    report.weights.unlink()
    assert not report.is_current()
