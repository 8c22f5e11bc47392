"""What has to hold whatever strangers send; each raises when it does not."""

from __future__ import annotations

import json
import os
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from lora_ui.catalog.additions import Added, Shelf
from lora_ui.catalog.additions.hub import read_address
from lora_ui.catalog.models import Additions
from lora_ui.catalog.preflight import Report, WeightsCache, examine, preflight
from lora_ui.errors import Problem
from tests.fuzz.adapters import BASE, LIMITS, Large

CONFIG, WEIGHTS = "adapter_config.json", "adapter_model.safetensors"
MAX_MB = 8.0


@dataclass(frozen=True)
class Placed:
    """A file to be: its name, its bytes, and whether it is one at all."""

    name: str
    data: bytes | Large = b""
    kind: str = "file"  # or "folder", "pipe", "link", "circle", "missing"

    def put(self, folder: Path, secret: Path) -> Path:
        """Make it in `folder`; a link leads to `secret`."""
        path = folder / self.name
        if self.kind == "file" and isinstance(self.data, Large):
            self.data.write(path)
        elif self.kind == "file":
            path.write_bytes(self.data)
        elif self.kind == "folder":
            path.mkdir()
        elif self.kind == "pipe":
            os.mkfifo(path)
        elif self.kind in ("link", "circle"):
            path.symlink_to(secret if self.kind == "link" else path)
        return path


class World:
    """A place to try things in, with something beside it that must never be touched or shown.

    It lies deep enough that a name with a few `..` in front stays within what is watched.
    """

    def __init__(self, base: Path) -> None:
        self.base = base
        self.here = base / "a" / "b" / "c"
        self.open = self.here / "open"
        self.secret = base / "secret"
        self.sent = self.here / "sent"
        self.secret.mkdir(parents=True)
        for name in (CONFIG, WEIGHTS):
            (self.secret / name).write_text("nobody may see this")
        (self.open / "poems").mkdir(parents=True)
        for name in (CONFIG, WEIGHTS):
            (self.open / "poems" / name).write_text("{}")
        (self.open / "out").symlink_to(self.secret)
        (self.open / "up").symlink_to("..")
        (self.open / "circle").symlink_to("circle")
        (self.open / "linked").mkdir()
        for name in (CONFIG, WEIGHTS):
            (self.open / "linked" / name).symlink_to(self.secret / name)
        rules = Additions(folders=("open",), max_mb=MAX_MB, max_mb_per_visitor=3 * MAX_MB)
        self.root = self.here / "root"
        self.shelf = Shelf(rules, self.root, self.here, names=("poems",))

    def close(self) -> None:
        """The app ends."""
        self.shelf.close()

    @contextmanager
    def watched(self) -> Iterator[None]:
        """Nothing outside `sent` may be another afterwards, and no file may stay open."""
        before, opened = self._seen(), len(os.listdir("/proc/self/fd"))  # noqa: PTH208
        yield
        assert self._seen() == before, "something was written, or left behind"
        assert len(os.listdir("/proc/self/fd")) == opened, "a file stayed open"  # noqa: PTH208

    def _seen(self) -> dict[str, Any]:
        found = {}
        for folder, folders, files in os.walk(self.base):
            if Path(folder) == self.sent.parent and "sent" in folders:
                folders.remove("sent")
            for name in (*folders, *files):
                stat = (Path(folder) / name).lstat()
                found[f"{folder}/{name}"] = (stat.st_mode, stat.st_size if name in files else 0)
        return found

    @contextmanager
    def sending(self, files: list[Placed]) -> Iterator[list[Path]]:
        """These files, made; removed in the end."""
        self.sent.mkdir()
        try:
            yield [file.put(self.sent, self.secret / CONFIG) for file in files]
        finally:
            for path in self.sent.iterdir():
                path.rmdir() if path.is_dir() and not path.is_symlink() else path.unlink()
            self.sent.rmdir()


def check_preflight(world: World, files: list[Placed]) -> str:
    """The check ends in a report or a problem, in words that can be sent anywhere."""
    with world.sending(files), world.watched():
        try:
            report = preflight(world.sent, BASE, LIMITS, "owner/base")
        except Problem as problem:
            _readable(problem.message)
            return problem.code
        _check_report(report)
        seen = examine(report, WeightsCache())
        _check_report(seen)
        assert set(report.findings) <= set(seen.findings)
        return seen.verdict if not seen.findings else seen.findings[-1].code


def check_upload(world: World, files: list[Placed], name: str | None) -> str:
    """An upload becomes an addition with exactly its two files, or a problem and nothing at all."""
    with world.sending(files) as paths, world.watched():
        try:
            added = world.shelf.add_upload(paths, "ann", name)
        except Problem as problem:
            _readable(problem.message)
            _nothing_is_left(world)
            return problem.code
        _check_added(world, added)
        given = {file.data for file in files if file.kind == "file"}
        if not any(path.suffix.lower() == ".zip" for path in paths):
            assert {p.read_bytes() for p in added.folder.iterdir()} <= given
        _check_report(examine(preflight(added.folder, BASE, LIMITS)))
        world.shelf.release(added)
        assert not added.folder.exists()
        _nothing_is_left(world)
        return "added"


def check_folder(world: World, path: str) -> str:
    """A folder is taken only below the opened one, and left as it was."""
    text = path.replace("{here}", str(world.here)).replace("{secret}", str(world.secret))
    with world.watched():
        try:
            added = world.shelf.add_folder(text, "ann")
        except Problem as problem:
            _readable(problem.message)
            _nothing_is_left(world)
            return problem.code
        assert added.folder.resolve().is_relative_to(world.open.resolve())
        assert "nobody" not in (added.folder / CONFIG).read_text()
        world.shelf.release(added)
        _nothing_is_left(world)
        return "added"


def check_address(text: str, revision: str | None) -> str:
    """Words become a repository id and a revision that are safe in a path, or a problem."""
    try:
        repo, wanted = read_address(text, revision)
    except Problem as problem:
        _readable(problem.message)
        return problem.code
    owner, name = repo.split("/")
    for part in (owner, name, *(wanted or "x").split("/")):
        assert part not in (".", "..")
        assert part.isascii()
        assert part.isprintable()
        assert not set(part) & set(" \\?#%:@")
    return "understood"


def _check_report(report: Report) -> None:
    assert isinstance(report, Report)
    assert report.verdict in ("ok", "warning", "refused")
    for found in report.findings:
        _readable(found.message, found.fix)
    told = [report.rank, report.alpha, report.target_modules, report.base_model, report.parameters]
    json.dumps([*told, report.bytes, report.sha256], allow_nan=False).encode()
    _encodable(report.base_model or "", *report.target_modules)


def _check_added(world: World, added: Added) -> None:
    assert added.folder.is_relative_to(world.root)
    assert sorted(p.name for p in added.folder.iterdir()) == [CONFIG, WEIGHTS]
    for path in added.folder.iterdir():
        assert not path.is_symlink()
        assert path.is_file()
        assert b"nobody may see this" not in path.read_bytes()[:100]
    assert added.bytes == sum(p.stat().st_size for p in added.folder.iterdir())
    assert added.bytes <= MAX_MB * 1e6
    _encodable(added.adapter.name, added.adapter.source)


def _nothing_is_left(world: World) -> None:
    used = world.shelf.used("ann")
    assert (used.adapters, used.bytes) == (0, 0)
    assert [p for p in world.root.rglob("*") if p.is_file() and p.name != ".lock"] == []


def _readable(*sentences: str) -> None:
    """Words for people: something that prints, on one line, and not pages of it."""
    for text in sentences:
        _encodable(text)
        assert len(text) < 1500, f"{len(text)} characters"
        assert text.replace("\n", "").isprintable(), ascii(text)


def _encodable(*texts: str) -> None:
    for text in texts:
        text.encode()
