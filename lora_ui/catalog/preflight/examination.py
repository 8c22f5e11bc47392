"""The one look at the weights themselves: their hash, and whether they are numbers.

The file is read once, in pieces, and the numbers are judged by their bits: without its sign, a
floating-point number grows with the whole number that its bits make, up to infinity and, above it,
NaN. So the largest of them tells all.
"""

from __future__ import annotations

import hashlib
import math
import os
import threading
from collections import OrderedDict
from collections.abc import Iterator
from dataclasses import dataclass, replace
from io import BufferedReader
from typing import Protocol

import numpy as np

from lora_ui.catalog.findings import Finding, finding
from lora_ui.catalog.preflight.adapter_config import MOST_ALPHA
from lora_ui.catalog.preflight.header import Header, Tensor, header_of
from lora_ui.catalog.preflight.reading import BadFile, open_regular, places
from lora_ui.catalog.preflight.tensor_names import sort_out
from lora_ui.catalog.preflight.values import Report, mark_of

CHUNK_BYTES = 4 * 1024**2
MOST_REMEMBERED = 4096
MOST_BROKEN = 1000
MOST = float(np.finfo(np.float32).max) / MOST_ALPHA
"""What is beyond it, or may be after scaling, is infinite in every engine."""
HUGE = 65_504.0
"""The largest number of float16; what is beyond becomes infinite in an engine that uses it."""


@dataclass(frozen=True)
class Kind:
    """A floating-point type: NumPy's names of its bits and of the type that shows their value.

    `shift` is by how many bits it is shorter than that type.
    """

    bits: str
    shows: str
    shift: int = 0

    def largest(self, raw: memoryview) -> int:
        """The bits of the largest number in `raw`, signs aside."""
        bits = np.frombuffer(raw, self.bits)
        without_sign = bits.dtype.type(np.iinfo(bits.dtype).max >> 1)
        return int((bits & without_sign).max(initial=0))

    def value(self, bits: int) -> float:
        """The number of these bits."""
        unsigned = self.shows.replace("f", "u")
        return float(np.array(bits << self.shift, unsigned).view(self.shows)[()])


KINDS = {
    "BF16": Kind("<u2", "<f4", 16),
    "F16": Kind("<u2", "<f2"),
    "F32": Kind("<u4", "<f4"),
    "F64": Kind("<u8", "<f8"),
}


@dataclass(frozen=True)
class Look:
    """What a weights file holds. `broken` are tensors with NaN or infinity."""

    sha256: str
    broken: tuple[str, ...] = ()
    is_zero: bool = False
    largest: float = 0.0


class Digest(Protocol):
    """A hash that is being worked out."""

    def update(self, data: memoryview, /) -> None:
        """Take more bytes in."""
        ...


class WeightsCache:
    """What was seen of weights files, by path and mark, so that none is read twice.

    Safe to use from several threads.
    """

    def __init__(self) -> None:
        self._looks: OrderedDict[object, Look] = OrderedDict()
        self._lock = threading.Lock()

    def get(self, report: Report) -> Look | None:
        """What is known of the report's weights file as it was then."""
        with self._lock:
            return self._looks.get(self._key(report))

    def keep(self, report: Report, look: Look) -> None:
        """Remember it; the oldest of thousands is forgotten."""
        with self._lock:
            self._looks[self._key(report)] = look
            if len(self._looks) > MOST_REMEMBERED:
                self._looks.popitem(last=False)

    @staticmethod
    def _key(report: Report) -> object:
        return str(report.weights.absolute()), report.stamp[1]


def examine(report: Report, cache: WeightsCache | None = None) -> Report:
    """`report` with the hash of the weights file and what was found in the weights.

    Takes about a second for 500 MB; the second time nothing, given the same `cache`. Never raises:
    a file that can't be read, or is another than the one that was checked, is a finding.
    """
    look = cache.get(report) if cache else None
    if look is None:
        if report.stamp[1] is None:
            return report  # there was no such file, and the report says so
        try:
            with open_regular(report.weights) as file:
                look = _look(file, report)
        except OSError as error:
            detail = error.strerror or error
            unreadable = finding(
                "file_unreadable", "error", file=report.weights.name, detail=detail
            )
            return replace(report, findings=(*report.findings, unreadable))
        if look is None:
            changed = finding("weights_changed", "error")
            return replace(report, findings=(*report.findings, changed))
        if cache:
            cache.keep(report, look)
    findings = (*report.findings, *_findings(look))
    return replace(report, findings=findings, sha256=look.sha256)


def _findings(look: Look) -> Iterator[Finding]:
    if look.broken:
        yield finding("weights_not_numbers", "error", tensors=places(look.broken))
    elif look.is_zero:
        yield finding("weights_zero", "warning")
    elif look.largest > HUGE:
        yield finding("weights_huge", "warning", largest=f"{look.largest:.2g}")


def _look(file: BufferedReader, report: Report) -> Look | None:
    """Read a whole file; None when it isn't, or doesn't stay, the one of the report."""
    if not _is_the_one(file, report):
        return None
    try:
        header: Header | None = header_of(file)
    except BadFile:
        header = None
    file.seek(0)
    digest, buffer = hashlib.sha256(), memoryview(bytearray(CHUNK_BYTES))
    largest: dict[str, float] = {}
    if header:
        _hash_on(file, digest, buffer, header.data_start)
        for name, tensor in header.tensors.items():
            largest[name] = _largest(file, digest, buffer, tensor)
    _hash_on(file, digest, buffer, report.stamp[1][1] if report.stamp[1] else 0)
    if not _is_the_one(file, report):
        return None
    broken = [name for name, value in largest.items() if not value <= MOST]
    return Look(
        sha256=digest.hexdigest(),
        broken=tuple(broken[:MOST_BROKEN]),
        is_zero=bool(header) and _is_zero(header, largest),
        largest=max(largest.values(), default=0.0),
    )


def _hash_on(file: BufferedReader, digest: Digest, buffer: memoryview, count: int) -> None:
    """Hash the next `count` bytes, or as many as there are."""
    while count > 0 and (got := file.readinto(buffer[:count])):
        digest.update(buffer[:got])
        count -= got


def _largest(file: BufferedReader, digest: Digest, buffer: memoryview, tensor: Tensor) -> float:
    """Hash the next tensor and return its largest value without sign; NaN counts as largest."""
    kind = KINDS.get(tensor.dtype)
    if kind is None:
        _hash_on(file, digest, buffer, tensor.end - tensor.start)
        return 0.0
    left, bits = tensor.end - tensor.start, 0
    while left > 0:
        piece = buffer[: min(left, len(buffer))]
        if file.readinto(piece) < len(piece):
            return math.nan  # the file has just been cut off, which is seen in the end
        digest.update(piece)
        bits = max(bits, kind.largest(piece))
        left -= len(piece)
    return kind.value(bits)


def _is_zero(header: Header, largest: dict[str, float]) -> bool:
    """Whether in every pair one matrix is zero, so that the product is."""
    value = {id(tensor): largest[name] for name, tensor in header.tensors.items()}
    pairs = [pair.whole for pair in sort_out(header).pairs.values()]
    whole = [pair for pair in pairs if pair]
    return bool(whole) and all(0.0 in (value[id(a)], value[id(b)]) for a, b in whole)


def _is_the_one(file: BufferedReader, report: Report) -> bool:
    return mark_of(os.fstat(file.fileno())) == report.stamp[1]
