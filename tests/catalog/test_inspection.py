"""What is read off an adapter's files, and what is said about files that are not one."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from lora_ui.catalog.inspection import CONFIG_NAME, WEIGHTS_NAME, inspect_adapter
from lora_ui.errors import Problem
from tests.catalog.adapter_files import tensors, write_adapter


def refusal(folder: Path) -> Problem:
    with pytest.raises(Problem) as raised:
        inspect_adapter(folder)
    assert str(folder) in raised.value.message
    return raised.value


def test_rank_alpha_modules_base_and_size_are_read(tmp_path: Path) -> None:
    found = inspect_adapter(write_adapter(tmp_path / "a"))
    assert found.folder == tmp_path / "a"
    assert found.rank == 4
    assert found.alpha == 8.0
    assert found.target_modules == ("q_proj", "v_proj")
    assert found.base_model == "owner/base"
    assert found.bytes == (tmp_path / "a" / WEIGHTS_NAME).stat().st_size


def test_the_weights_count_and_not_what_the_config_claims(tmp_path: Path) -> None:
    weights = tensors({"gate_proj": 2, "o_proj": 8})
    found = inspect_adapter(write_adapter(tmp_path / "a", weights, r=64))
    assert found.rank == 8
    assert found.target_modules == ("gate_proj", "o_proj")


@pytest.mark.parametrize("value", [None, "", 7])
def test_what_the_config_does_not_say_is_unknown(tmp_path: Path, value: object) -> None:
    silent = write_adapter(tmp_path / "a", lora_alpha="much", base_model_name_or_path=value)
    found = inspect_adapter(silent)
    assert found.alpha is None
    assert found.base_model is None
    absent = ("lora_alpha", "base_model_name_or_path", "r", "target_modules")
    found = inspect_adapter(write_adapter(tmp_path / "b", without=absent))
    assert (found.rank, found.alpha, found.base_model) == (4, None, None)


def test_the_shipped_adapters_are_as_small_as_promised() -> None:
    root = Path(__file__).resolve().parents[2] / "adapters"
    found = [inspect_adapter(root / name) for name in ("text2sql", "math", "function")]
    assert all(a.rank <= 16 for a in found)
    assert sum(a.bytes for a in found) <= 15 * 1024**2
    assert {a.base_model for a in found} == {"HuggingFaceTB/SmolLM2-135M-Instruct"}
    assert all((a.folder / "README.md").is_file() for a in found)


def test_a_missing_folder(tmp_path: Path) -> None:
    problem = refusal(tmp_path / "nowhere")
    assert problem.code == "adapter_folder_missing"
    assert "the adapter’s source in the catalog" in problem.message


def test_a_file_where_a_folder_should_be(tmp_path: Path) -> None:
    (tmp_path / "a").write_text("")
    assert refusal(tmp_path / "a").code == "adapter_folder_missing"


@pytest.mark.parametrize("name", [CONFIG_NAME, WEIGHTS_NAME])
def test_a_missing_file_is_named(tmp_path: Path, name: str) -> None:
    folder = write_adapter(tmp_path / "a")
    (folder / name).unlink()
    problem = refusal(folder)
    assert problem.code == "adapter_file_missing"
    assert f"has no {name}" in problem.message


@pytest.mark.parametrize("kind", ["PREFIX_TUNING", "lora", None, ["LORA"]])
def test_only_lora_adapters_are_taken(tmp_path: Path, kind: object) -> None:
    problem = refusal(write_adapter(tmp_path / "a", peft_type=kind))
    assert problem.code == "adapter_not_lora"
    assert f"of type {kind}" in problem.message


@pytest.mark.parametrize(
    "text",
    [b"", b"{", b'{"peft_type": "LORA",}', b"[]", b"3", b"\xff\xfe{}", b"[" * 100_000],
    ids=["empty", "open", "comma", "list", "number", "not-utf8", "too-deep"],
)
def test_a_config_that_is_no_json_object(tmp_path: Path, text: bytes) -> None:
    folder = write_adapter(tmp_path / "a")
    (folder / CONFIG_NAME).write_bytes(text)
    problem = refusal(folder)
    assert problem.code == "adapter_config_unreadable"
    assert CONFIG_NAME in problem.message
    assert len(problem.message) < 400


@pytest.mark.parametrize("share", [0.0, 0.0005, 0.01, 0.5, 0.999])
def test_a_weights_file_that_was_cut_off(tmp_path: Path, share: float) -> None:
    folder = write_adapter(tmp_path / "a", tensors(width=512))
    weights = folder / WEIGHTS_NAME
    whole = weights.read_bytes()
    weights.write_bytes(whole[: int(len(whole) * share)])
    problem = refusal(folder)
    assert problem.code == "adapter_weights_unreadable"
    assert "not a whole safetensors file" in problem.message


def test_a_weights_file_of_another_kind(tmp_path: Path) -> None:
    folder = write_adapter(tmp_path / "a")
    pointer = "version https://git-lfs.github.com/spec/v1\noid sha256:0\nsize 3718136\n"
    (folder / WEIGHTS_NAME).write_text(pointer)
    assert refusal(folder).code == "adapter_weights_unreadable"


@pytest.mark.parametrize(
    "weights",
    [{}, {"layers.0.q_proj.weight": np.zeros((4, 4), np.float32)}],
    ids=["nothing", "a whole model"],
)
def test_weights_without_lora(tmp_path: Path, weights: dict[str, np.ndarray]) -> None:
    problem = refusal(write_adapter(tmp_path / "a", weights))
    assert problem.code == "adapter_without_weights"
    assert "no lora_A tensors" in problem.message


def test_a_rank_of_nothing_is_no_rank(tmp_path: Path) -> None:
    folder = write_adapter(tmp_path / "a", tensors({"q_proj": 0}))
    assert refusal(folder).code == "adapter_without_weights"
