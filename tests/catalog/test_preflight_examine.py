"""The look at the weights: hash, NaN and infinity in every type, once for each state of a file."""

from __future__ import annotations

import hashlib
import os
import tracemalloc
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from lora_ui.catalog.preflight import (
    WEIGHTS_NAME,
    Report,
    WeightsCache,
    examination,
    examine,
    preflight,
)
from tests.zoo.parts import Parts, encode, good, is_a, small
from tests.zoo.specimen import LIMITS, smollm2

MIB = 1024**2
DTYPES = ("BF16", "F16", "F32", "F64")


def report_of(parts: Parts, folder: Path) -> Report:
    return preflight(parts.write(folder), smollm2(), LIMITS)


def codes(report: Report) -> list[str]:
    return [f.code for f in report.findings]


def with_value(value: float, dtype: str, place: tuple[int, int] = (-1, -1)) -> Parts:
    """Good weights of a type, one value of one matrix replaced."""
    parts = replace(small(), dtype=dtype)
    name = list(parts.tensors)[5]
    tensor = parts.tensors[name].copy()
    tensor[place] = value
    return replace(parts, tensors={**parts.tensors, name: tensor})


@pytest.mark.parametrize("dtype", DTYPES)
@pytest.mark.parametrize("value", [np.nan, -np.nan, np.inf, -np.inf], ids=str)
@pytest.mark.parametrize("place", [(0, 0), (-1, -1)], ids=["first", "last"])
def test_one_wrong_value_in_any_type_and_place(
    tmp_path: Path, dtype: str, value: float, place: tuple[int, int]
):
    parts = with_value(value, dtype, place)
    report = examine(report_of(parts, tmp_path / "a"))
    assert codes(report) == ["weights_not_numbers"]
    assert list(parts.tensors)[5] in report.findings[0].message
    assert report.verdict == "refused"


@pytest.mark.parametrize("dtype", DTYPES)
@pytest.mark.parametrize("value", [0.0, -0.0, 1e-7, -65_504.0], ids=str)
def test_ordinary_values_of_any_type(tmp_path: Path, dtype: str, value: float):
    value = 60_000 if dtype == "BF16" and value < -1 else value  # its neighbour is 65,536
    report = examine(report_of(with_value(value, dtype), tmp_path / "a"))
    assert codes(report) == []


@pytest.mark.parametrize("dtype", ["BF16", "F32", "F64"])
def test_values_that_float16_does_not_hold_are_a_warning(tmp_path: Path, dtype: str):
    report = examine(report_of(with_value(-1e6, dtype), tmp_path / "a"))
    assert codes(report) == ["weights_huge"]
    assert "1e+06" in report.findings[0].message
    assert report.verdict == "warning"


@pytest.mark.parametrize("dtype", ["BF16", "F32", "F64"])
def test_values_that_overflow_once_they_are_scaled(tmp_path: Path, dtype: str):
    report = examine(report_of(with_value(1e35, dtype), tmp_path / "a"))
    assert codes(report) == ["weights_not_numbers"]


@pytest.mark.parametrize("dtype", DTYPES)
def test_zeros_of_both_signs_are_no_effect(tmp_path: Path, dtype: str):
    parts = small().each(lambda n, t: t if is_a(n) else np.full_like(t, -0.0))
    report = examine(report_of(replace(parts, dtype=dtype), tmp_path / "a"))
    assert codes(report) == ["weights_zero"]


def test_a_single_pair_with_an_effect_is_an_effect(tmp_path: Path):
    last = list(small().tensors)[-1]
    parts = small().each(lambda n, t: t if n == last or is_a(n) else np.zeros_like(t))
    assert codes(examine(report_of(parts, tmp_path / "a"))) == []


def test_the_hash_is_that_of_the_file_and_pieces_do_not_matter(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
):
    report = report_of(good(), tmp_path / "a")
    expected = hashlib.sha256(report.weights.read_bytes()).hexdigest()
    assert examine(report).sha256 == expected
    monkeypatch.setattr(examination, "CHUNK_BYTES", 1000)  # ends in the middle of rows
    assert examine(report).sha256 == expected
    assert codes(examine(report_of(with_value(np.nan, "F32"), tmp_path / "b"))) == [
        "weights_not_numbers"
    ]


def test_a_refused_adapter_gets_its_hash_all_the_same(tmp_path: Path):
    folder = small().write(tmp_path / "a")
    (folder / WEIGHTS_NAME).write_bytes(b"no safetensors at all")
    report = examine(preflight(folder, None, None))
    assert report.sha256 == hashlib.sha256(b"no safetensors at all").hexdigest()
    assert "weights_other_kind" in codes(report)


def test_without_weights_there_is_no_hash(tmp_path: Path):
    folder = small().write(tmp_path / "a")
    (folder / WEIGHTS_NAME).unlink()
    report = preflight(folder, None, None)
    assert examine(report) == report


def test_a_file_that_has_changed_since_is_not_taken_for_the_checked_one(tmp_path: Path):
    report = report_of(small(), tmp_path / "a")
    assert report.is_current()
    with_value(np.nan, "F32").write(report.folder)
    assert not report.is_current()
    seen = examine(report)
    assert codes(seen) == ["weights_changed"]
    assert seen.sha256 is None


def test_a_file_that_changes_while_it_is_read(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    report = report_of(good(), tmp_path / "a")
    judge = examination.Kind.largest

    def cut_off(kind: examination.Kind, raw: memoryview) -> int:
        if report.weights.stat().st_size > MIB:
            os.truncate(report.weights, MIB)
        return judge(kind, raw)

    monkeypatch.setattr(examination.Kind, "largest", cut_off)
    seen = examine(report)
    assert codes(seen) == ["weights_changed"]
    assert seen.sha256 is None


def test_a_file_that_has_gone(tmp_path: Path):
    report = report_of(small(), tmp_path / "a")
    report.weights.unlink()
    seen = examine(report)
    assert codes(seen) == ["file_unreadable"]
    assert not report.is_current()


def test_the_cache_spares_the_second_look(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    cache = WeightsCache()
    parts = with_value(np.nan, "F32")
    first = examine(report_of(parts, tmp_path / "a"), cache)

    def never(*_: object) -> None:
        raise AssertionError("the file is read again")

    monkeypatch.setattr(examination, "open_regular", never)
    again = examine(preflight(first.folder, smollm2(), LIMITS), cache)
    assert again == first
    assert codes(again) == ["weights_not_numbers"]
    with pytest.raises(AssertionError, match="read again"):
        examine(report_of(small(), tmp_path / "b"), cache)


def test_the_cache_knows_each_state_of_a_file(tmp_path: Path):
    cache = WeightsCache()
    first = examine(report_of(small(), tmp_path / "a"), cache)
    time = first.weights.stat().st_mtime_ns
    with_value(np.nan, "BF16").write(first.folder)
    os.utime(first.weights, ns=(time + 1, time + 1))  # same size, a nanosecond later
    second = examine(preflight(first.folder, smollm2(), LIMITS), cache)
    assert codes(second) == ["weights_not_numbers"]
    assert first.sha256 != second.sha256


def test_the_cache_forgets_the_oldest(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(examination, "MOST_REMEMBERED", 2)
    cache = WeightsCache()
    reports = [report_of(small(), tmp_path / str(n)) for n in range(3)]
    for report in reports:
        examine(report, cache)
    assert [cache.get(report) is not None for report in reports] == [False, True, True]


def test_a_large_file_takes_little_memory(tmp_path: Path):
    wide = np.ones((16, 600_000), np.float32)
    name = "base_model.model.model.layers.0.self_attn.q_proj.lora_{}.weight"
    raw = {name.format("A"): encode(wide, "F32"), name.format("B"): encode(wide.T, "F32")}
    report = preflight(replace(small(), tensors={}, raw=raw).write(tmp_path / "a"), None, None)
    assert report.bytes is not None
    assert report.bytes > 70 * MIB
    del raw, wide
    tracemalloc.start()
    seen = examine(report)
    _, most = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert seen.sha256 is not None
    assert most < 20 * MIB
