"""Added adapters: what is taken, what is refused, and what each visitor may have."""

from __future__ import annotations

import json
import os
import shutil
import threading
from collections.abc import Callable
from pathlib import Path

import pytest

from lora_ui.catalog.additions import Added, Shelf
from lora_ui.catalog.additions import room as room_module
from lora_ui.catalog.additions.naming import suggested_name
from lora_ui.catalog.models import Adapter, Additions
from lora_ui.catalog.preflight import preflight
from lora_ui.errors import Problem
from tests.catalog.shelf_steps import CONFIG, WEIGHTS, kept, pair, refused


def test_an_upload_becomes_an_adapter_in_a_folder_of_its_own(
    make: Callable[..., Shelf], adapter: Path, tmp_path: Path
) -> None:
    (adapter / "README.md").write_text("# Poems")
    shelf = make()
    added = shelf.add_upload([*pair(adapter), adapter / "README.md"], "ann", "poems")
    assert added.adapter.name == "poems"
    assert added.adapter.source.startswith("upload:")
    assert (added.visitor, added.audience, added.revision) == ("ann", "ann", None)
    assert sorted(p.name for p in added.folder.iterdir()) == [CONFIG, WEIGHTS]
    assert (added.folder / WEIGHTS).read_bytes() == (adapter / WEIGHTS).read_bytes()
    assert added.folder.is_relative_to(tmp_path / "root")
    assert added.bytes == sum(f.stat().st_size for f in pair(adapter))
    assert preflight(added.folder, None, None).rank == 4
    assert all(file.exists() for file in pair(adapter)), "what was uploaded is not ours to remove"


def test_the_same_upload_twice_never_shares_a_folder_or_a_name(
    make: Callable[..., Shelf], adapter: Path
) -> None:
    shelf = make()
    first, second = (shelf.add_upload(pair(adapter), "ann") for _ in range(2))
    assert first.folder != second.folder
    assert (first.adapter.name, second.adapter.name) == ("upload", "upload-2")
    shelf.release(first)
    assert not first.folder.exists()
    assert preflight(second.folder, None, None).rank == 4


def test_weights_of_any_name_are_taken_and_lend_their_name(
    make: Callable[..., Shelf], adapter: Path
) -> None:
    own = (adapter / WEIGHTS).rename(adapter / "Mein Gedicht (v2).safetensors")
    added = make().add_upload([adapter / CONFIG, own], "ann")
    assert added.adapter.name == "mein-gedicht-v2"
    assert (added.folder / WEIGHTS).is_file()


@pytest.mark.parametrize(
    ("text", "name"),
    [
        ("Poems", "poems"),
        ("Ünïcode", "unicode"),
        ("日本", "adapter"),
        ("..", "adapter"),
        ("-_.x", "x"),
        ("base", "base-2"),
        ("BASE", "base-2"),
        ("math", "math-3"),
        ("x" * 300, "x" * 56),
        ("a/b\\c\x00d", "a-b-c-d"),
    ],
)
def test_suggested_names_are_valid_and_free(text: str, name: str) -> None:
    assert suggested_name(text, {"math", "math-2"}) == name
    Adapter(name=name, source="x")


def test_a_name_of_ones_own_is_checked(make: Callable[..., Shelf], adapter: Path) -> None:
    shelf = make(names=("math",))
    for bad in ("Base camp", "base", "ä", "x" * 65, "../x", "-x"):
        assert refused(lambda b=bad: shelf.add_upload(pair(adapter), "ann", b)) == "addition_name"
    assert refused(lambda: shelf.add_upload(pair(adapter), "ann", "math")) == "addition_name_taken"
    shelf.add_upload(pair(adapter), "ann", " poems ")
    assert refused(lambda: shelf.add_upload(pair(adapter), "ann", "poems")) == "addition_name_taken"
    assert shelf.add_upload(pair(adapter), "bob", "poems").adapter.name == "poems"
    assert shelf.used("ann").adapters == 1


def test_shared_additions_are_everybodys_so_their_names_are_too(
    make: Callable[..., Shelf], adapter: Path
) -> None:
    shelf = make(shared=True, max_per_visitor=1)
    added = shelf.add_upload(pair(adapter), "ann", "poems")
    assert (added.audience, added.visitor) == (None, "ann")
    assert refused(lambda: shelf.add_upload(pair(adapter), "bob", "poems")) == "addition_name_taken"
    assert shelf.add_upload(pair(adapter), "bob", "others").visitor == "bob"
    assert shelf.leave("ann") == []
    assert shelf.living("ann") == (added,)


@pytest.mark.parametrize(
    ("names", "code"),
    [
        ([], "addition_nothing"),
        ([CONFIG], "addition_incomplete"),
        ([WEIGHTS], "addition_incomplete"),
        (["README.md"], "addition_incomplete"),
        ([CONFIG, "adapter_model.bin"], "addition_pickle"),
        ([CONFIG, WEIGHTS, "optimizer.PT"], "addition_pickle"),
        ([CONFIG, "weights.pkl"], "addition_pickle"),
        ([CONFIG, "weights.tar.gz"], "addition_archive"),
        ([CONFIG, WEIGHTS, "run.exe"], "addition_foreign_file"),
        ([CONFIG, WEIGHTS, "noname"], "addition_foreign_file"),
        ([CONFIG, WEIGHTS, "other.safetensors"], "addition_twice"),
        ([CONFIG, "Adapter_Config.json", WEIGHTS], "addition_twice"),
        (["a.zip", CONFIG], "addition_zip_alone"),
        (["a.zip", "b.zip"], "addition_zip_alone"),
        ([CONFIG, WEIGHTS, *(f"{n}.txt" for n in range(49))], "addition_many_files"),
    ],
)
def test_files_that_are_no_adapter_are_refused_and_leave_nothing(
    make: Callable[..., Shelf], tmp_path: Path, names: list[str], code: str
) -> None:
    (tmp_path / "sent").mkdir()
    files = [tmp_path / "sent" / name for name in names]
    for file in files:
        file.write_bytes(b"x" * 100)
    shelf = make()
    assert refused(lambda: shelf.add_upload(files, "ann")) == code
    assert kept(tmp_path) == []
    assert shelf.used("ann").adapters == 0
    assert shelf.used("ann").bytes == 0


def test_what_lies_beside_an_adapter_is_left_out(make: Callable[..., Shelf], adapter: Path) -> None:
    for name in ("README.md", "tokenizer.json", "chat_template.jinja", ".DS_Store", "LICENSE"):
        (adapter / name).write_text("x")
    added = make().add_upload(list(adapter.iterdir()), "ann")
    assert sorted(p.name for p in added.folder.iterdir()) == [CONFIG, WEIGHTS]


def test_only_plain_files_are_read(make: Callable[..., Shelf], adapter: Path) -> None:
    shelf = make()
    weights = adapter / WEIGHTS
    real = weights.rename(adapter / "real")
    for put in (
        lambda: weights.symlink_to(real),
        lambda: weights.mkdir(),
        lambda: os.mkfifo(weights),
        lambda: None,
    ):
        put()
        assert refused(lambda: shelf.add_upload(pair(adapter), "ann")) == "addition_unreadable"
        if weights.is_dir() and not weights.is_symlink():
            weights.rmdir()
        else:
            weights.unlink(missing_ok=True)


def test_sizes_are_limited_per_adapter_and_per_visitor(
    make: Callable[..., Shelf], adapter: Path, tmp_path: Path
) -> None:
    size = sum(f.stat().st_size for f in pair(adapter))
    exactly = make(max_mb=size / 1e6, max_mb_per_visitor=2.5 * size / 1e6)
    for _ in range(2):
        exactly.add_upload(pair(adapter), "ann")
    assert refused(lambda: exactly.add_upload(pair(adapter), "ann")) == "addition_quota"
    assert exactly.used("ann").bytes == 2 * size
    assert exactly.add_upload(pair(adapter), "bob").bytes == size
    exactly.release(exactly.living("ann")[0])
    exactly.add_upload(pair(adapter), "ann")
    too_small = make(max_mb=(size - 1) / 1e6)
    before = kept(tmp_path)
    assert refused(lambda: too_small.add_upload(pair(adapter), "ann")) == "addition_too_big"
    assert kept(tmp_path) == before


def test_the_number_of_adapters_is_limited(make: Callable[..., Shelf], adapter: Path) -> None:
    shelf = make(max_per_visitor=2)
    first = shelf.add_upload(pair(adapter), "ann")
    shelf.add_upload(pair(adapter), "ann")
    assert refused(lambda: shelf.add_upload(pair(adapter), "ann")) == "addition_too_many"
    usage = shelf.used("ann")
    assert (usage.adapters, usage.max_adapters) == (2, 2)
    shelf.release(first)
    shelf.release(first)
    assert shelf.used("ann").adapters == 1
    shelf.add_upload(pair(adapter), "ann")
    assert refused(lambda: make(max_per_visitor=0).add_upload(pair(adapter), "x")) == (
        "addition_too_many"
    )


def test_many_at_once_never_get_past_the_limits(
    make: Callable[..., Shelf], adapter: Path, tmp_path: Path
) -> None:
    shelf = make(max_per_visitor=3)
    outcomes: list[Added | str] = []

    def add() -> None:
        try:
            outcomes.append(shelf.add_upload(pair(adapter), "ann"))
        except Problem as problem:
            outcomes.append(problem.code)

    threads = [threading.Thread(target=add) for _ in range(16)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    added = [o for o in outcomes if isinstance(o, Added)]
    # one that fails for lack of a place may do so before another has let go of its own
    assert 1 <= len(added) <= 3
    assert {o for o in outcomes if isinstance(o, str)} == {"addition_too_many"}
    assert len({a.folder for a in added}) == len({a.adapter.name for a in added}) == len(added)
    assert set(shelf.living("ann")) == set(added)
    assert len(kept(tmp_path)) == 2 * len(added)


def test_a_config_is_never_large(make: Callable[..., Shelf], adapter: Path, tmp_path: Path) -> None:
    (adapter / CONFIG).write_text(json.dumps({"x": "y" * (1 << 21)}))
    assert refused(lambda: make().add_upload(pair(adapter), "ann")) == "addition_config_too_big"
    assert kept(tmp_path) == []


def test_the_disk_is_never_filled(
    make: Callable[..., Shelf], adapter: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    real = shutil.disk_usage(tmp_path)
    shelf = make()
    little = real._replace(free=room_module.SPARE_BYTES + 100)
    monkeypatch.setattr(room_module.shutil, "disk_usage", lambda _path: little)
    assert refused(lambda: shelf.add_upload(pair(adapter), "ann")) == "addition_no_room"
    assert kept(tmp_path) == []
    assert shelf.used("ann").bytes == 0


def test_a_root_that_cannot_be_written_is_a_sentence(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    assert refused(lambda: Shelf(Additions(), tmp_path / "file" / "x", tmp_path)) == (
        "cache_not_writable"
    )


def test_what_is_switched_off_is_refused(make: Callable[..., Shelf], adapter: Path) -> None:
    shelf = make(hub=False, uploads=False)
    assert refused(lambda: shelf.add_upload(pair(adapter), "ann")) == "addition_no_uploads"
    assert refused(lambda: shelf.add_hub("a/b", None, "ann")) == "addition_no_hub"
    assert refused(lambda: shelf.add_folder("poems", "ann")) == "addition_no_folders"
