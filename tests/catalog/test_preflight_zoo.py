"""Every specimen of the zoo gets the verdict that it has to get."""

from __future__ import annotations

import re
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest

from lora_ui.catalog.preflight import BaseFacts, examine, preflight
from tests.zoo import ZOO, Specimen, smollm2


@pytest.fixture(scope="module")
def base() -> BaseFacts:
    return smollm2()


@pytest.fixture
def place() -> Iterator[Path]:
    """A folder that is gone afterwards: the zoo weighs a few hundred megabytes."""
    with tempfile.TemporaryDirectory() as folder:
        yield Path(folder) / "adapter"


@pytest.mark.parametrize("specimen", ZOO, ids=lambda s: s.name)
def test_each_specimen_gets_its_verdict(specimen: Specimen, base: BaseFacts, place: Path):
    report = examine(preflight(specimen.make(place), base, specimen.limits))
    told = {f.code: f for f in report.findings}
    if specimen.expected == "refused":
        assert report.verdict == "refused"
        assert specimen.code is not None
        assert told[specimen.code].severity == "error"
        assert told[specimen.code].fix
    else:
        assert report.verdict == ("ok" if specimen.code is None else "warning"), told
        assert specimen.code is None or specimen.code in told
        assert report.sha256 is not None
        assert report.rank is not None
        assert report.alpha is not None
    for found in report.findings:
        assert not re.search(r"\{[a-z_]+\}", found.message + found.fix)
        assert len(found.message) < 500


def test_the_zoo_is_large_and_its_names_are_unique():
    refused = [s for s in ZOO if s.expected == "refused"]
    assert len(refused) >= 30
    assert len(ZOO) - len(refused) >= 12
    assert len({s.name for s in ZOO}) == len(ZOO)
