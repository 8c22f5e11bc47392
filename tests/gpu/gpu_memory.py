"""The parts of the memory against the driver's figure, on a real GPU.

Its name keeps it out of `make test`, which collects `test_*.py`: it is run by name, with
`make test-gpu`, and fails where no NVIDIA GPU answers.
"""

from __future__ import annotations

import json
import subprocess
import sys
from typing import Any

import pytest

from tests.gpu.look import ROOT

LARGEST_REST = 2.0
"""Percent of the driver's figure that the parts may leave unexplained."""


@pytest.fixture(scope="module")
def looked(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Any]:
    out = tmp_path_factory.mktemp("look") / "look.json"
    subprocess.run([sys.executable, "-m", "tests.gpu.look", str(out)], cwd=ROOT, check=True)
    return json.loads(out.read_text())


@pytest.mark.parametrize("moment", ["rested", "answered"])
def test_parts_come_to_the_drivers_figure(looked: dict[str, Any], moment: str) -> None:
    sums = looked[moment]["sums"]
    rest = sums.get("driver_own_rest_percent", sums["driver_rise_rest_percent"])
    assert abs(rest) <= LARGEST_REST, sums


def test_every_part_is_known(looked: dict[str, Any]) -> None:
    sums = looked["rested"]["sums"]
    unknown = [
        name
        for name in ("weights", "slots", "kv_reserved", "graphs", "context", "workspace")
        if sums[name] is None
    ]
    assert unknown == []
