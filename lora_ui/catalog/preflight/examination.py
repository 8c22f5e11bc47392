"""The one look at the weights themselves: their hash, and whether each is a number."""

from __future__ import annotations

import hashlib
from dataclasses import replace

from lora_ui.catalog.preflight.header import open_regular
from lora_ui.catalog.preflight.values import Report

CHUNK_BYTES = 4 * 1024**2


class WeightsCache:
    """What was found of weights files, by path, time and size, so that none is read twice."""

    def __init__(self) -> None:
        self._known: dict[tuple[str, tuple[int, int]], str] = {}

    def sha256(self, report: Report) -> str | None:
        """The hash of the report's weights file, if it was computed before."""
        return self._known.get((str(report.weights), report.stamp[1] or (0, 0)))

    def keep(self, report: Report, sha256: str) -> None:
        """Remember the hash of the report's weights file."""
        self._known[str(report.weights), report.stamp[1] or (0, 0)] = sha256


def examine(report: Report, cache: WeightsCache | None = None) -> Report:
    """`report` with the hash of the weights file."""
    sha256 = cache.sha256(report) if cache else None
    if sha256 is None:
        digest = hashlib.sha256()
        try:
            with open_regular(report.weights) as file:
                while chunk := file.read(CHUNK_BYTES):
                    digest.update(chunk)
        except OSError:
            return report
        sha256 = digest.hexdigest()
        if cache:
            cache.keep(report, sha256)
    return replace(report, sha256=sha256)
