"""Folders of this machine: only below those that the operator opened, however a path is written."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from lora_ui.catalog.additions import Shelf
from lora_ui.errors import Problem
from tests.catalog.adapter_files import write_adapter

CONFIG, WEIGHTS = "adapter_config.json", "adapter_model.safetensors"


@pytest.fixture
def make(tmp_path: Path) -> Iterator[Callable[..., Shelf]]:
    """Shelves whose catalog lies in `tmp_path`; `open/` and `secret/` each hold an adapter."""
    from lora_ui.catalog.models import Additions

    write_adapter(tmp_path / "open" / "poems")
    write_adapter(tmp_path / "secret" / "diary")
    made: list[Shelf] = []

    def make_shelf(*folders: str, **rules: Any) -> Shelf:
        made.append(Shelf(Additions(folders=folders, **rules), tmp_path / "root", tmp_path))
        return made[-1]

    yield make_shelf
    for shelf in made:
        shelf.close()


def refused(shelf: Shelf, path: str) -> Problem:
    with pytest.raises(Problem) as raised:
        shelf.add_folder(path, "ann")
    assert shelf.used("ann").adapters == 0
    return raised.value


@pytest.mark.parametrize("opened", ["open", "./open/", "{here}/open", "secret/../open", "link"])
@pytest.mark.parametrize("path", ["poems", "{here}/open/poems", "x/../poems/", " poems "])
def test_an_adapter_below_an_opened_folder_is_used_where_it_lies(
    make: Callable[..., Shelf], tmp_path: Path, opened: str, path: str
) -> None:
    (tmp_path / "link").symlink_to(tmp_path / "open")
    shelf = make(opened.format(here=tmp_path))
    added = shelf.add_folder(path.format(here=tmp_path), "ann")
    assert added.folder == tmp_path / "open" / "poems"
    assert added.adapter.name == "poems"
    assert added.adapter.source == str(added.folder)
    assert added.bytes == sum(p.stat().st_size for p in added.folder.iterdir())
    shelf.release(added)
    shelf.close()
    assert sorted(p.name for p in added.folder.iterdir()) == [CONFIG, WEIGHTS]


@pytest.mark.parametrize(
    "path",
    [
        "../secret/diary",
        "{here}/secret/diary",
        "{here}/secret/nothing",
        "{here}/open/../secret/diary",
        "{here}/open-too",
        "/",
        "/etc",
        "..",
        "",
        "   ",
        "\x00",
        "poems\x00",
        "\udc80",
        "out",
        "out/diary",
        "circle",
        "circle/x",
    ],
)
def test_whatever_leads_out_is_refused_in_the_same_words(
    make: Callable[..., Shelf], tmp_path: Path, path: str
) -> None:
    write_adapter(tmp_path / "open-too")
    (tmp_path / "open" / "out").symlink_to(tmp_path / "secret")
    (tmp_path / "open" / "circle").symlink_to(tmp_path / "open" / "circle")
    problem = refused(make("open"), path.format(here=tmp_path))
    if path.strip() in ("circle", "circle/x") or path == "\udc80":
        assert problem.code in ("addition_folder_outside", "addition_folder_missing")
    else:
        assert problem.code == "addition_folder_outside"
        assert problem.message.endswith("choose a folder below one of open.")


@pytest.mark.parametrize("path", ["nothing", "poems/adapter_config.json", "x" * 5000, "~", "a\tb"])
def test_a_folder_that_is_not_there_is_a_sentence(make: Callable[..., Shelf], path: str) -> None:
    problem = refused(make("open"), path)
    assert problem.code == "addition_folder_missing"
    assert len(problem.message) < 200
    assert "\t" not in problem.message


@pytest.mark.parametrize("name", [CONFIG, WEIGHTS])
def test_files_in_it_may_not_lead_out_either(
    make: Callable[..., Shelf], tmp_path: Path, name: str
) -> None:
    inside = tmp_path / "open" / "poems" / name
    inside.unlink()
    inside.symlink_to(tmp_path / "secret" / "diary" / name)
    assert refused(make("open"), "poems").code == "addition_folder_outside"
    assert make("open", "secret").add_folder("poems", "ann").folder == inside.parent


def test_links_that_stay_inside_are_followed(make: Callable[..., Shelf], tmp_path: Path) -> None:
    (tmp_path / "open" / "latest").symlink_to("poems")
    assert make("open").add_folder("latest", "ann").folder == tmp_path / "open" / "poems"


@pytest.mark.parametrize("name", [CONFIG, WEIGHTS])
@pytest.mark.parametrize("kind", ["missing", "folder", "pipe"])
def test_what_is_no_adapter_is_refused(
    make: Callable[..., Shelf], tmp_path: Path, name: str, kind: str
) -> None:
    file = tmp_path / "open" / "poems" / name
    file.unlink()
    if kind == "folder":
        file.mkdir()
    elif kind == "pipe":
        os.mkfifo(file)
    problem = refused(make("open"), "poems")
    assert problem.code == "addition_folder_incomplete"
    assert name in problem.message


def test_quotas_hold_for_folders_too(make: Callable[..., Shelf]) -> None:
    assert refused(make("open", max_mb=0.0001), "poems").code == "addition_too_big"
    shelf = make("open", max_per_visitor=1)
    shelf.add_folder("poems", "ann")
    with pytest.raises(Problem, match="1 adapters already"):
        shelf.add_folder("poems", "ann")


def test_an_operators_folder_that_cannot_be_is_no_folder(make: Callable[..., Shelf]) -> None:
    assert make("~nobody-of-that-name/x", "open").add_folder("poems", "ann").folder.name == "poems"
    assert refused(make("~nobody-of-that-name/x"), "poems").code == "addition_no_folders"
