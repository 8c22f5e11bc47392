"""Zips as an enemy would pack them."""

from __future__ import annotations

import io
import stat
import struct
import warnings
import zipfile
from dataclasses import dataclass

from hypothesis import strategies as st

from tests.fuzz.adapters import configs, damage, rarely, weights_files

CONFIG, WEIGHTS = "adapter_config.json", "adapter_model.safetensors"
PARTS = (
    "..",
    ".",
    "",
    "a",
    "C:",
    "__MACOSX",
    "._x",
    "\\",
    "..\\..",
    "~",
    "ä",
    "\x00",
    "\n",
    "x" * 300,
)
KINDS = (0, stat.S_IFREG, stat.S_IFDIR, stat.S_IFLNK, stat.S_IFIFO, stat.S_IFCHR, 0o170000)
_MIB = bytes(1 << 20)
METHODS = (
    zipfile.ZIP_DEFLATED,
    zipfile.ZIP_DEFLATED,
    zipfile.ZIP_STORED,
    zipfile.ZIP_BZIP2,
    zipfile.ZIP_LZMA,
)


@dataclass(frozen=True)
class Item:
    """One entry of a zip; `data` is what is in it, or so many MiB of zeros."""

    name: str
    data: bytes | int
    method: int = zipfile.ZIP_DEFLATED
    mode: int = 0
    extra: bytes = b""


@st.composite
def names(draw: st.DrawFn) -> str:
    """An entry's name: mostly a fitting one, sometimes one that leads elsewhere."""
    last = draw(
        st.sampled_from(
            [CONFIG, WEIGHTS, "w.safetensors", "README.md", "o.bin", "n.zip", "run", CONFIG.upper()]
        )
    )
    if not rarely(draw, 3):
        return last
    return "/".join([*draw(st.lists(st.sampled_from(PARTS), max_size=3)), last])


@st.composite
def items(draw: st.DrawFn) -> list[Item]:
    """The entries: mostly the adapter's two, then whatever comes to mind."""
    folder = draw(st.sampled_from(["", "", "", "", "a/", "a/", "../", "/", "a/b/"]))
    found = []
    if not rarely(draw, 8):
        found.append(Item(folder + CONFIG, draw(configs())))
    if not rarely(draw, 8):
        found.append(Item(folder + WEIGHTS, draw(weights_files())))
    for _ in range(draw(st.sampled_from([0, 0, 0, 1, 2, 3]))):
        found.append(
            Item(
                draw(names()),
                draw(st.one_of(st.binary(max_size=40), st.sampled_from([1, 9, 12]))),
                draw(st.sampled_from(METHODS)),
                draw(st.sampled_from(KINDS)),
                draw(st.one_of(st.just(b""), st.binary(max_size=12))),
            )
        )
    return draw(st.permutations(found))


def pack(entries: list[Item]) -> bytes:
    """A zip of these entries, their names as they are."""
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w") as archive, warnings.catch_warnings():
        warnings.simplefilter("ignore")  # names that stand there twice are the point
        for item in entries:
            info = zipfile.ZipInfo("x")
            info.filename = item.name  # or it would be tidied up
            info.external_attr = item.mode << 16
            packed_here = item.method in (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED)
            info.compress_type = item.method if packed_here else zipfile.ZIP_STORED
            info.extra = item.extra
            with archive.open(info, "w") as entry:
                if isinstance(item.data, bytes):
                    entry.write(item.data)
                elif info.compress_type == zipfile.ZIP_DEFLATED:  # else the zip would be large
                    for _ in range(item.data):
                        entry.write(_MIB)
            info.compress_type = item.method  # LZMA would take 100 MB to pack: it is only claimed
    return out.getvalue()


@st.composite
def archives(draw: st.DrawFn) -> bytes:
    """The bytes of a zip: packed, then perhaps with fields that lie, then perhaps damaged."""
    packed = bytearray(pack(draw(items())))
    for _ in range(draw(st.sampled_from([0, 0, 0, 0, 1, 2]))):
        _lie(draw, packed)
    if rarely(draw, 15):
        packed[:0] = draw(st.binary(max_size=30))
    return draw(damage(bytes(packed)))


def _lie(draw: st.DrawFn, packed: bytearray) -> None:
    """Overwrite one field of one of the zip's records."""
    signature, length = draw(
        st.sampled_from([(b"PK\x01\x02", 46), (b"PK\x03\x04", 30), (b"PK\x05\x06", 22)])
    )
    at = packed.rfind(signature)
    if at < 0:
        return
    width, form = draw(st.sampled_from([(2, "<H"), (4, "<I")]))
    offset = at + draw(st.integers(4, length - width))
    value = draw(
        st.one_of(
            st.integers(0, 20), st.sampled_from([0xFFFF, 0xFFFE, 99]), st.integers(0, 2**32 - 1)
        )
    )
    packed[offset : offset + width] = struct.pack(form, value % 2 ** (8 * width))
