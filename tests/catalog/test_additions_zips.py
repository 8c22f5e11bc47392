"""Zips of adapters: good ones in the forms that people make, hostile ones in all that are known."""

from __future__ import annotations

import os
import stat
import struct
import zipfile
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from lora_ui.catalog.additions import Shelf
from lora_ui.catalog.models import Additions
from lora_ui.catalog.preflight import preflight
from lora_ui.errors import Problem
from tests.catalog.adapter_files import tensors, write_adapter

CONFIG, WEIGHTS = "adapter_config.json", "adapter_model.safetensors"
MAX_MB = 30


@pytest.fixture
def adapter(tmp_path: Path) -> dict[str, bytes]:
    folder = write_adapter(tmp_path / "poems", tensors(width=128))
    return {p.name: p.read_bytes() for p in folder.iterdir()}


@pytest.fixture
def shelf(tmp_path: Path) -> Iterator[Shelf]:
    made = Shelf(Additions(max_mb=MAX_MB), tmp_path / "root", tmp_path)
    yield made
    made.close()


def write_zip(
    path: Path,
    entries: list[tuple[str | zipfile.ZipInfo, bytes]],
    method: int = zipfile.ZIP_DEFLATED,
) -> Path:
    with zipfile.ZipFile(path, "w", method) as archive:
        for name, data in entries:
            archive.writestr(name, data, compress_type=method)
    return path


def refused(shelf: Shelf, file: Path) -> str:
    """The code of the refusal, after which nothing may be left, neither within nor beside."""
    before = {p for p in file.parent.rglob("*") if "root" not in p.parts}
    with pytest.raises(Problem) as raised:
        shelf.add_upload([file], "ann")
    assert {p for p in file.parent.rglob("*") if "root" not in p.parts} == before
    assert [p for p in (file.parent / "root").rglob("*") if p.name != ".lock" and p.is_file()] == []
    assert shelf.used("ann").adapters == 0
    assert "\x00" not in raised.value.message
    assert len(raised.value.message) < 400
    return raised.value.code


@pytest.mark.parametrize("method", [zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED])
@pytest.mark.parametrize("folder", ["", "my-poems/"])
def test_a_zip_is_unpacked_flat_or_with_one_folder(
    shelf: Shelf, tmp_path: Path, adapter: dict[str, bytes], method: int, folder: str
) -> None:
    entries = [(folder + name, data) for name, data in adapter.items()]
    extra = [("README.md", b"x"), ("tokenizer.json", b"{}"), (".DS_Store", b"x")]
    entries += [(folder + name, data) for name, data in extra]
    entries += [("__MACOSX/" + folder + "._adapter_config.json", b"x")]
    if folder:
        entries.insert(0, (folder, b""))
    added = shelf.add_upload([write_zip(tmp_path / "My poems.zip", entries, method)], "ann")
    assert added.adapter.name == "my-poems"
    assert {p.name: p.read_bytes() for p in added.folder.iterdir()} == adapter
    assert added.bytes == sum(map(len, adapter.values()))
    assert preflight(added.folder, None, None).rank == 4


@pytest.mark.parametrize(
    "name",
    [
        "../" + CONFIG,
        "a/../" + CONFIG,
        "/etc/" + CONFIG,
        "/" + CONFIG,
        "//host/" + CONFIG,
        "C:/" + CONFIG,
        "c:" + CONFIG,
        "..\\" + CONFIG,
        "a\\" + CONFIG,
        "./" + CONFIG,
        "a//" + CONFIG,
        CONFIG + "\x00.md",
        "a\n/" + CONFIG,
        CONFIG + ":stream",
    ],
)
def test_names_that_lead_elsewhere_are_refused(
    shelf: Shelf, tmp_path: Path, adapter: dict[str, bytes], name: str
) -> None:
    entry = zipfile.ZipInfo(CONFIG)
    entry.filename = name  # or ZipInfo would tidy it up
    file = write_zip(tmp_path / "a.zip", [(WEIGHTS, adapter[WEIGHTS]), (entry, adapter[CONFIG])])
    assert refused(shelf, file) == "zip_name"


@pytest.mark.parametrize(
    ("name", "code"),
    [
        ("a/b/" + CONFIG, "zip_deep"),
        ("b/" + CONFIG, "zip_folders"),
        ("optimizer.bin", "addition_pickle"),
        ("more.zip", "addition_archive"),
        ("run.sh", "addition_foreign_file"),
        ("other.safetensors", "addition_twice"),
        ("ADAPTER_CONFIG.JSON", "addition_twice"),
    ],
)
def test_entries_that_have_no_place_in_an_adapter_are_refused(
    shelf: Shelf, tmp_path: Path, adapter: dict[str, bytes], name: str, code: str
) -> None:
    entries = [*adapter.items(), (name, b"x" * 100)]
    assert refused(shelf, write_zip(tmp_path / "a.zip", entries)) == code


@pytest.mark.filterwarnings("ignore:Duplicate name")
def test_a_name_that_stands_there_twice_is_refused(
    shelf: Shelf, tmp_path: Path, adapter: dict[str, bytes]
) -> None:
    entries = [*adapter.items(), (CONFIG, b"{}")]
    assert refused(shelf, write_zip(tmp_path / "a.zip", entries)) == "addition_twice"


@pytest.mark.parametrize("kind", [stat.S_IFLNK, stat.S_IFIFO, stat.S_IFCHR, stat.S_IFSOCK])
def test_links_and_devices_are_refused(
    shelf: Shelf, tmp_path: Path, adapter: dict[str, bytes], kind: int
) -> None:
    entry = zipfile.ZipInfo(CONFIG)
    entry.external_attr = (kind | 0o777) << 16
    file = write_zip(tmp_path / "a.zip", [(WEIGHTS, adapter[WEIGHTS]), (entry, b"/etc/passwd")])
    assert refused(shelf, file) == "zip_link"


@pytest.mark.parametrize("method", [zipfile.ZIP_BZIP2, zipfile.ZIP_LZMA])
def test_only_plain_compression_is_undone(
    shelf: Shelf, tmp_path: Path, adapter: dict[str, bytes], method: int
) -> None:
    file = write_zip(tmp_path / "a.zip", list(adapter.items()), method)
    assert refused(shelf, file) == "zip_method"


def patched(file: Path, change: Callable[[bytearray], None]) -> Path:
    data = bytearray(file.read_bytes())
    change(data)
    file.write_bytes(data)
    return file


def test_encrypted_entries_are_refused(
    shelf: Shelf, tmp_path: Path, adapter: dict[str, bytes]
) -> None:
    def encrypt(data: bytearray) -> None:
        at = data.index(b"PK\x01\x02")
        while at >= 0:
            data[at + 8] |= 1
            at = data.find(b"PK\x01\x02", at + 1)

    file = write_zip(tmp_path / "a.zip", list(adapter.items()))
    assert refused(shelf, patched(file, encrypt)) == "zip_encrypted"


def test_a_changed_byte_is_noticed(shelf: Shelf, tmp_path: Path, adapter: dict[str, bytes]) -> None:
    file = write_zip(tmp_path / "a.zip", list(adapter.items()), zipfile.ZIP_STORED)
    where = file.read_bytes().index(adapter[WEIGHTS]) + 500

    def flip(data: bytearray) -> None:
        data[where] ^= 0xFF

    assert refused(shelf, patched(file, flip)) == "zip_broken"


def test_what_is_cut_off_or_no_zip_at_all_is_a_sentence(
    shelf: Shelf, tmp_path: Path, adapter: dict[str, bytes]
) -> None:
    whole = write_zip(tmp_path / "a.zip", list(adapter.items())).read_bytes()
    for data in (b"", b"PK", b"hello" * 100, whole[: len(whole) // 2], whole[:-10], whole[100:]):
        (tmp_path / "a.zip").write_bytes(data)
        assert refused(shelf, tmp_path / "a.zip") == "zip_broken"
    (tmp_path / "a.zip").unlink()
    with pytest.raises(Problem, match=r"a\.zip could not be taken over"):
        shelf.add_upload([tmp_path / "a.zip"], "ann")


def test_too_many_entries_are_refused(
    shelf: Shelf, tmp_path: Path, adapter: dict[str, bytes]
) -> None:
    entries = [*adapter.items(), *((f"{n}.txt", b"") for n in range(49))]
    assert refused(shelf, write_zip(tmp_path / "a.zip", entries)) == "zip_many_entries"


@pytest.mark.parametrize("zip64", [False, True])
def test_a_list_of_contents_of_any_length_costs_no_memory(
    shelf: Shelf, tmp_path: Path, zip64: bool
) -> None:
    length = 200_000_000
    file = tmp_path / "a.zip"
    with file.open("wb") as out:
        out.seek(length)  # a hole: it takes no room on the disk
        if zip64:
            fields = (44, 45, 45, 0, 0, 4_000_000, 4_000_000, length, 0)
            out.write(b"PK\x06\x06" + struct.pack("<QHHIIQQQQ", *fields))
            out.write(b"PK\x06\x07" + struct.pack("<IQI", 0, length, 1))
        size = 46 if zip64 else length
        out.write(b"PK\x05\x06" + struct.pack("<4H2IH", 0, 0, 1, 1, size, 0, 0))
    assert refused(shelf, file) == "zip_many_entries"


def test_a_bomb_is_refused_by_its_ratio_whatever_it_says_of_itself(
    shelf: Shelf, tmp_path: Path, adapter: dict[str, bytes]
) -> None:
    bomb = [(CONFIG, adapter[CONFIG]), (WEIGHTS, bytes(20_000_000))]
    file = write_zip(tmp_path / "a.zip", bomb)
    assert file.stat().st_size < 30_000
    assert refused(shelf, file) == "zip_bomb"


def test_unpacking_stops_at_the_limit_and_not_after_it(
    shelf: Shelf, tmp_path: Path, adapter: dict[str, bytes]
) -> None:
    most = 0
    real = shelf._ledger.grow

    def watched(claim, more_bytes: int) -> None:
        nonlocal most
        real(claim, more_bytes)
        most = max(most, claim.bytes)

    shelf._ledger.grow = watched  # type: ignore[method-assign]
    data = os.urandom(1_000_000) * (2 * MAX_MB)
    bomb = [(CONFIG, adapter[CONFIG]), (WEIGHTS, data)]
    assert refused(shelf, write_zip(tmp_path / "a.zip", bomb, zipfile.ZIP_STORED)) == (
        "addition_too_big"
    )
    assert most <= MAX_MB * 1_000_000


def test_an_entry_cannot_be_longer_than_it_says(
    shelf: Shelf, tmp_path: Path, adapter: dict[str, bytes]
) -> None:
    """Its size in the list of contents is made small: what is there does not fit its checksum."""

    def lie(data: bytearray) -> None:
        at = data.rindex(b"PK\x01\x02")
        data[at + 24 : at + 28] = struct.pack("<I", 100)

    file = write_zip(tmp_path / "a.zip", list(adapter.items()))
    assert refused(shelf, patched(file, lie)) == "zip_broken"


def test_zeros_of_an_untrained_adapter_are_no_bomb(shelf: Shelf, tmp_path: Path) -> None:
    folder = write_adapter(tmp_path / "zeros", tensors(width=60_000))
    entries = [(p.name, p.read_bytes()) for p in folder.iterdir()]
    size = sum(len(data) for _, data in entries)
    file = write_zip(tmp_path / "z.zip", entries)
    assert size > 200 * file.stat().st_size
    assert shelf.add_upload([file], "ann").bytes == size
