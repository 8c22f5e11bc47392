"""The header reader against the safetensors library: what passes here, it sees alike."""

from __future__ import annotations

import json
import tracemalloc
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from safetensors import safe_open

from lora_ui.catalog.preflight.header import MOST_HEADER_BYTES, MOST_TENSORS, read_header
from lora_ui.catalog.preflight.reading import BadFile
from tests.zoo.parts import ADAPTERS, file_bytes, header_of, small

MIB = 1024**2


def seen_by_the_library(path: Path) -> dict[str, tuple[str, tuple[int, ...]]]:
    with safe_open(path, framework="numpy") as file:
        names = list(file.keys())
        slices = {name: file.get_slice(name) for name in names}
        return {n: (s.get_dtype(), tuple(s.get_shape())) for n, s in slices.items()}


def seen_here(path: Path) -> dict[str, tuple[str, tuple[int, ...]]]:
    return {name: (t.dtype, t.shape) for name, t in read_header(path).tensors.items()}


def agree(path: Path) -> None:
    """Either both take the file and see the same, or it is refused here."""
    try:
        here = seen_here(path)
    except BadFile:
        return
    assert here == seen_by_the_library(path)


@pytest.mark.parametrize("name", ["math", "function", "text2sql"])
def test_both_see_the_same_in_good_files(name: str):
    path = ADAPTERS / name / "adapter_model.safetensors"
    assert seen_here(path) == seen_by_the_library(path)
    assert len(seen_here(path)) == 240


def test_every_byte_belongs_to_a_tensor():
    path = ADAPTERS / "math" / "adapter_model.safetensors"
    header = read_header(path)
    ends = [0, *(t.end for t in header.tensors.values())]
    assert [t.start for t in header.tensors.values()] == ends[:-1]
    assert header.data_start + ends[-1] == path.stat().st_size


@settings(max_examples=150, deadline=None, suppress_health_check=list(HealthCheck))
@given(data=st.data())
def test_no_changed_header_passes_that_the_library_sees_otherwise(tmp_path: Path, data):
    """One or two values of a good header are replaced by anything."""
    tensors = dict(list(small().encoded().items())[:3])
    told: dict[str, Any] = header_of(tensors)
    number = st.one_of(st.integers(-3, 2**70), st.floats(), st.booleans(), st.none())
    names = st.sampled_from(list(told))
    for _ in range(data.draw(st.integers(1, 2))):
        key = data.draw(st.sampled_from(["dtype", "shape", "data_offsets", "name", "extra"]))
        name = data.draw(names)
        if name not in told:
            continue
        if key == "name":
            told[data.draw(st.text(max_size=5))] = told.pop(name)
        elif key == "extra":
            told[data.draw(st.sampled_from([name, "__metadata__", "x"]))] = data.draw(
                st.one_of(number, st.just({}), st.just({"a": "b"}), st.just({"a": 1}))
            )
        elif isinstance(told[name], dict) and key == "dtype":
            told[name][key] = data.draw(st.sampled_from(["F32", "F16", "I8", "F4", "f16", 1, None]))
        elif isinstance(told[name], dict):
            told[name][key] = data.draw(st.lists(number, max_size=3))
    path = tmp_path / "x.safetensors"
    path.write_bytes(file_bytes(tensors, header=json.dumps(told)))
    agree(path)


@settings(max_examples=150, deadline=None, suppress_health_check=list(HealthCheck))
@given(place=st.integers(0, 2000), value=st.integers(0, 255))
def test_no_flipped_byte_passes_that_the_library_sees_otherwise(
    tmp_path: Path, place: int, value: int
):
    whole = bytearray(file_bytes(dict(list(small().encoded().items())[:3])))
    whole[place % len(whole)] = value
    path = tmp_path / "x.safetensors"
    path.write_bytes(whole)
    agree(path)


@settings(max_examples=150, deadline=None, suppress_health_check=list(HealthCheck))
@given(raw=st.binary(max_size=200))
def test_any_bytes_are_a_bad_file_or_agreed_on(tmp_path: Path, raw: bytes):
    path = tmp_path / "x.safetensors"
    path.write_bytes(raw)
    agree(path)


BOMBS = {
    "lists": "[" + "[]," * 4_000_000,
    "lists-in-an-object": '{"a":[' + "[]," * 4_000_000 + "1]}",
    "objects": "{" + '"a":{},' * 2_000_000 + '"b":1}',
    "numbers": '{"a":[' + "1," * 7_000_000 + "1]}",
    "one-name": '{"' + "a" * (15 * MIB) + '":1}',
    "wide-letters": '{"' + "😀" * (3 * MIB) + '":1}',
    "keys": "{"
    + ",".join(
        f'"t{n}":{{' + ",".join(f'"{k}":[]' for k in "abcdefgh") + "}" for n in range(59_000)
    )
    + "}",
    "tensors-and-lists": "{"
    + "".join(
        f'"t{n}":{{"dtype":"F32","shape":[0,0],"data_offsets":[0,0]}},' for n in range(59_000)
    )
    + '"a":['
    + "[]," * 170_000
    + "1]}",
    "deep": '{"a":' + "[" * (8 * MIB),
    "spaces": "{" + " " * (15 * MIB) + "}",
}


@pytest.mark.parametrize("bomb", BOMBS.values(), ids=list(BOMBS))
def test_no_header_takes_much_memory(tmp_path: Path, bomb: str):
    path = tmp_path / "x.safetensors"
    path.write_bytes(file_bytes({}, header=bomb))
    tracemalloc.start()
    try:
        read_header(path)
    except BadFile:
        pass
    finally:
        _, most = tracemalloc.get_traced_memory()
        tracemalloc.stop()
    assert most < 50 * MIB


def test_more_tensors_than_any_adapter_has(tmp_path: Path):
    told = {f"t{n}": {"dtype": "F32", "shape": [0], "data_offsets": [0, 0]} for n in range(70_000)}
    path = tmp_path / "x.safetensors"
    path.write_bytes(file_bytes({}, header=json.dumps(told)))
    with pytest.raises(BadFile, match="header_many_tensors"):
        read_header(path)
    fewer = dict(list(told.items())[: MOST_TENSORS - 1])
    path.write_bytes(file_bytes({}, header=json.dumps(fewer)))
    tracemalloc.start()
    assert len(read_header(path).tensors) == MOST_TENSORS - 1
    _, most = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert most < 50 * MIB


def test_a_header_over_the_limit_is_not_read(tmp_path: Path):
    path = tmp_path / "x.safetensors"
    with path.open("wb") as file:
        file.write((MOST_HEADER_BYTES + 1).to_bytes(8, "little") + b'{"')
        file.truncate(64 * MIB)
    tracemalloc.start()
    with pytest.raises(BadFile, match="header_too_long"):
        read_header(path)
    _, most = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert most < MIB
