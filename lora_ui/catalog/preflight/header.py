"""The header of a safetensors file: every tensor with its data type, shape and place.

The format (https://huggingface.co/docs/safetensors): eight bytes with the header's length, the
header as a JSON object, then the tensors' bytes without a gap. Read here and not by the library,
because a file that lies must cost no memory, must not be mapped (a mapped file that is cut off
kills the process) and is to be explained to people. The tests hold the two against each other.
"""

from __future__ import annotations

import codecs
import json
import math
import os
import stat
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any, BinaryIO, NamedTuple

MOST_HEADER_BYTES = 16 * 1024**2
MOST_TENSORS = 60_000
COMMAS_A_TENSOR = 12
"""A tensor of n dimensions has n + 3 commas; the average of a real file is 5."""

BITS = {
    "BOOL": 8,
    "U8": 8,
    "I8": 8,
    "F8_E5M2": 8,
    "F8_E4M3": 8,
    "F8_E8M0": 8,
    "F8_E4M3FNUZ": 8,
    "F8_E5M2FNUZ": 8,
    "I16": 16,
    "U16": 16,
    "F16": 16,
    "BF16": 16,
    "I32": 32,
    "U32": 32,
    "F32": 32,
    "C64": 64,
    "F64": 64,
    "I64": 64,
    "U64": 64,
}


class Tensor(NamedTuple):
    """`dtype` as the format calls it; its bytes are [start, end) behind the header."""

    dtype: str
    shape: tuple[int, ...]
    start: int
    end: int


@dataclass(frozen=True)
class Header:
    """The tensors in the order of their bytes; `data_start` is where the first begins."""

    tensors: dict[str, Tensor]
    data_start: int


class BadFile(Exception):
    """What is wrong with a file: the code of a finding, and its parameters."""

    def __init__(self, code: str, **params: Any) -> None:
        super().__init__(code)
        self.code = code
        self.params = params


def open_regular(path: Path) -> BinaryIO:
    """Open a regular file; anything else (a pipe would block for ever) is an `OSError`."""
    descriptor = os.open(path, os.O_RDONLY | os.O_NONBLOCK | os.O_CLOEXEC)
    if not stat.S_ISREG(os.fstat(descriptor).st_mode):
        os.close(descriptor)
        raise OSError("not a regular file")
    return os.fdopen(descriptor, "rb")


def read_header(path: Path) -> Header:
    """The header of the file at `path`; `BadFile` says what is wrong, `OSError` passes through."""
    with open_regular(path) as file:
        size = os.fstat(file.fileno()).st_size
        length = int.from_bytes(file.read(8), "little")
        if size < 8 or length > size - 8:
            raise BadFile("weights_cut_off" if _begins_well(file, size) else "weights_no_header")
        if length > MOST_HEADER_BYTES:
            raise BadFile("header_too_long", limit_mib=MOST_HEADER_BYTES // 1024**2)
        raw = file.read(length)
    if len(raw) < length:
        raise BadFile("weights_cut_off")
    tensors = _tensors(_text(raw))
    _check_places(tensors, size - 8 - length)
    return Header(tensors, 8 + length)


def _begins_well(file: BinaryIO, size: int) -> bool:
    """Whether a header seems to follow, so that the file is cut off and not of another kind."""
    return size == 0 or (size >= 10 and file.read(2) == b'{"')


def _text(raw: bytes) -> str:
    """The header one character a byte, so that it takes no more memory than in the file.

    JSON's own characters are ASCII; names that are not are of no known module anyhow.
    """
    braces, commas = raw.count(b"{"), raw.count(b",")
    if braces > MOST_TENSORS:
        raise BadFile("header_many_tensors", limit=MOST_TENSORS)
    if not raw.startswith(b"{") or commas > COMMAS_A_TENSOR * (braces + 100):
        raise BadFile("header_not_valid")
    decoder = codecs.getincrementaldecoder("utf-8")()
    try:
        for start in range(0, len(raw), 65536):
            decoder.decode(raw[start : start + 65536])
        decoder.decode(b"", final=True)
    except UnicodeDecodeError:
        raise BadFile("header_not_valid") from None
    return raw.decode("latin-1")


def _tensors(text: str) -> dict[str, Tensor]:
    try:
        found = json.loads(text, object_pairs_hook=_unique)
    except (ValueError, RecursionError):
        raise BadFile("header_not_valid") from None
    found.pop("__metadata__", None)
    tensors = {name: _tensor(name, told) for name, told in found.items()}
    return dict(sorted(tensors.items(), key=lambda item: item[1].start))


def _unique(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found = dict(pairs)
    if len(found) < len(pairs):
        seen: set[str] = set()
        twice = next(name for name, _ in pairs if name in seen or seen.add(name))
        raise BadFile("header_duplicate", tensor=shown(twice))
    return found


def _tensor(name: str, told: Any) -> Tensor:
    lie = BadFile("header_lies", tensor=shown(name))
    if not isinstance(told, dict) or set(told) != {"dtype", "shape", "data_offsets"}:
        raise lie
    dtype, shape, places = told["dtype"], told["shape"], told["data_offsets"]
    if not (_counts(shape) and _counts(places) and len(places) == 2 and places[0] <= places[1]):
        raise lie
    if not isinstance(dtype, str) or dtype not in BITS:
        raise BadFile("header_unknown_dtype", tensor=shown(name), dtype=shown(str(dtype)))
    if math.prod(shape) * BITS[dtype] != (places[1] - places[0]) * 8:
        raise lie
    return Tensor(dtype, tuple(shape), *places)


def _counts(value: Any) -> bool:
    """Whether it is a list of sizes, each within 64 bits."""
    return isinstance(value, list) and all(type(n) is int and 0 <= n < 2**63 for n in value)


def _check_places(tensors: dict[str, Tensor], data_bytes: int) -> None:
    """Every byte of the data must belong to one tensor."""
    end = 0
    for name, tensor in tensors.items():
        if tensor.start != end:
            raise BadFile("header_lies", tensor=shown(name))
        end = tensor.end
    if end > data_bytes:
        raise BadFile("weights_cut_off")
    if end < data_bytes:
        raise BadFile("weights_too_long", surplus=data_bytes - end)


def shown(text: str) -> str:
    """A name out of a file, fit to stand in a sentence: short and printable."""
    clean = "".join(c if c.isprintable() else "?" for c in text[:200])
    return clean if len(text) <= 80 else f"{clean[:40]}…{clean[-39:]}"


def modules_of(header: Header) -> Iterator[str]:
    """The full names of all modules that have a lora_A, as they stand in the file."""
    for name in header.tensors:
        if ".lora_A." in name:
            yield name.split(".lora_A.")[0]
