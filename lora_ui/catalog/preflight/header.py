"""The header of a safetensors file: every tensor with its data type, shape and place.

The format (https://huggingface.co/docs/safetensors): eight bytes with the header's length, the
header as a JSON object, then the tensors' bytes without a gap. It is read here and not by the
library, because a file that lies must cost no memory, must not be mapped (a mapped file that is cut
off meanwhile kills the process) and is to be explained to people. The tests hold the two against
each other: what passes here, the library opens and sees the same.
"""

from __future__ import annotations

import codecs
import math
import os
import sys
from dataclasses import dataclass
from io import BufferedReader
from pathlib import Path
from typing import Any, NamedTuple

from lora_ui.catalog.preflight.reading import BadFile, TwiceNamed, open_regular, parse_json, shown

MOST_HEADER_BYTES = 16 * 1024**2
MOST_TENSORS = 60_000
MOST_AXES = 16
MOST_COMMAS = 8
"""For each tensor, on average. One of n dimensions has n + 3, so a real file stays at 5."""

BITS = {
    **dict.fromkeys(("BOOL", "U8", "I8", "F8_E5M2", "F8_E4M3", "F8_E8M0"), 8),
    **dict.fromkeys(("I16", "U16", "F16", "BF16"), 16),
    **dict.fromkeys(("I32", "U32", "F32"), 32),
    **dict.fromkeys(("I64", "U64", "F64", "C64"), 64),
}
"""The data types of the format, whole bytes alone: those of 4 and 6 bits are of no use here."""


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


def read_header(path: Path) -> Header:
    """The header of the file at `path`; `BadFile` says what is wrong, `OSError` passes through."""
    with open_regular(path) as file:
        return header_of(file)


def header_of(file: BufferedReader) -> Header:
    """The header of an open file, read from its begin."""
    size = os.fstat(file.fileno()).st_size
    first = file.read(10)
    length = int.from_bytes(first[:8], "little")
    if size < 10 or length > size - 8:
        whole_would_be_safetensors = size < 10 or first[8:] == b'{"'
        raise BadFile("weights_cut_off" if whole_would_be_safetensors else "weights_other_kind")
    if length > MOST_HEADER_BYTES:
        raise BadFile("header_too_long", limit_mib=MOST_HEADER_BYTES // 1024**2)
    file.seek(8)
    raw = file.read(length)
    if len(raw) < length:
        raise BadFile("weights_cut_off")
    tensors = _tensors(_text(raw))
    _check_places(tensors, size - 8 - length)
    return Header(tensors, 8 + length)


def _text(raw: bytes) -> str:
    """The header with one character a byte, so that it takes no more memory than in the file.

    JSON's own characters are ASCII, and so are the names of all modules there are.
    """
    if not raw.startswith(b"{"):
        raise BadFile("weights_other_kind")
    braces = raw.count(b"{")
    if braces > MOST_TENSORS:
        raise BadFile("header_many_tensors", limit=MOST_TENSORS)
    if raw.count(b",") > MOST_COMMAS * (braces + 100):
        raise BadFile("header_damaged")
    decoder = codecs.getincrementaldecoder("utf-8")()
    try:
        for start in range(0, len(raw), 65536):
            decoder.decode(raw[start : start + 65536])
        decoder.decode(b"", final=True)
    except UnicodeDecodeError:
        raise BadFile("header_damaged") from None
    return raw.decode("latin-1")


def _tensors(text: str) -> dict[str, Tensor]:
    try:
        told = parse_json(text, _Objects().take)
    except TwiceNamed as twice:
        raise BadFile("header_names_twice", tensor=shown(twice.key)) from None
    except ValueError:
        raise BadFile("header_damaged") from None
    if not isinstance(told, dict) or isinstance(told.get("__metadata__"), Tensor):
        raise BadFile("header_damaged")
    metadata = told.pop("__metadata__", {})
    if not (isinstance(metadata, dict) and all(isinstance(v, str) for v in metadata.values())):
        raise BadFile("header_damaged")
    for name, tensor in told.items():
        _check(name, tensor)
    return dict(sorted(told.items(), key=lambda item: item[1][2:]))


class _Objects:
    """Makes a tensor of each object that tells of one, at once, so that it takes little memory.

    Beside them a header has two: itself and its metadata.
    """

    def __init__(self) -> None:
        self._others = 0

    def take(self, told: dict[str, Any]) -> Tensor | dict[str, Any]:
        """What stands in the object's place."""
        if told.keys() != {"dtype", "shape", "data_offsets"}:
            self._others += 1
            if self._others > 2:
                raise BadFile("header_damaged")
            return told
        dtype, shape, offsets = told["dtype"], told["shape"], told["data_offsets"]
        if not (_are_sizes(shape) and _are_sizes(offsets) and len(offsets) == 2):
            raise BadFile("header_damaged")
        if not isinstance(dtype, str):
            raise BadFile("header_damaged")
        return Tensor(sys.intern(dtype), tuple(shape), *offsets)


def _check(name: str, tensor: Any) -> None:
    """Its type is known, and its shape is as large as its place."""
    if not isinstance(tensor, Tensor):
        raise BadFile("header_damaged")
    dtype, shape, start, end = tensor
    if dtype not in BITS:
        raise BadFile("tensor_dtype", tensor=shown(name), dtype=shown(dtype))
    if start > end or math.prod(shape) * BITS[dtype] != (end - start) * 8:
        raise BadFile("header_contradicts_itself", tensor=shown(name))


def _are_sizes(value: Any) -> bool:
    if not isinstance(value, list) or len(value) > MOST_AXES:
        return False
    return all(type(n) is int and 0 <= n < 2**63 for n in value)


def _check_places(tensors: dict[str, Tensor], data_bytes: int) -> None:
    """Every byte of the data has to belong to exactly one tensor."""
    end = 0
    for name, tensor in tensors.items():
        if tensor.start != end:
            raise BadFile("header_contradicts_itself", tensor=shown(name))
        end = tensor.end
    if end > data_bytes:
        raise BadFile("weights_cut_off")
    if end < data_bytes:
        raise BadFile("weights_too_long", surplus=data_bytes - end)
