"""The folders that `make space` lays out: what is in them, and what is never overwritten."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from lora_ui.catalog.loading import load_catalog
from lora_ui.catalog.sources import is_hub
from scripts import space
from tests.app_process import ROOT

KINDS = list(space.KINDS)


def names(folder: Path) -> set[str]:
    return {p.relative_to(folder).as_posix() for p in folder.rglob("*") if p.is_file()}


@pytest.mark.parametrize("kind", KINDS)
def test_a_space_has_the_app_and_nothing_for_developers(kind: str, tmp_path: Path) -> None:
    files = space.plan(kind)
    size = space.lay_out(files, tmp_path / "out")
    laid = names(tmp_path / "out")

    assert laid == {*files, space.MANIFEST}
    assert {"app.py", "adapters.yaml", "lora_ui/serve.py", "LICENSE", "README.md"} <= laid
    tops = {name.partition("/")[0] for name in laid}
    assert tops <= {*space.APP, *space.KINDS[kind], space.MANIFEST}
    assert size < 32e6


@pytest.mark.parametrize("kind", KINDS)
def test_the_catalog_finds_its_adapters_in_the_folder(kind: str, tmp_path: Path) -> None:
    space.lay_out(space.plan(kind), tmp_path / "out")
    adapters = load_catalog(tmp_path / "out" / "adapters.yaml").adapters
    assert adapters
    for adapter in adapters:
        assert not is_hub(adapter.source)
        assert (tmp_path / "out" / adapter.source / "adapter_model.safetensors").is_file()


def test_only_files_that_git_knows_are_taken(tmp_path: Path) -> None:
    source = a_source(tmp_path / "source")
    for command in (["init", "-q"], ["add", "app.py", "lora_ui/known.py"]):
        subprocess.run(["git", *command], cwd=source, check=True)
    assert space.app_files(source) == ["app.py", "lora_ui/known.py"]


def test_without_git_all_is_taken_but_what_python_made(tmp_path: Path) -> None:
    source = a_source(tmp_path / "source")
    assert space.app_files(source) == ["app.py", "lora_ui/known.py", "lora_ui/new.py"]


def a_source(root: Path) -> Path:
    for name in ("app.py", "lora_ui/known.py", "lora_ui/new.py", "lora_ui/__pycache__/known.pyc"):
        (root / name).parent.mkdir(parents=True, exist_ok=True)
        (root / name).write_text(name)
    (root / "secret.txt").write_text("not of the app")
    return root


@pytest.fixture
def laid_out(tmp_path: Path) -> Path:
    """A folder that was laid out before, from two files."""
    space.lay_out({"app.py": ROOT / "app.py", "old/LICENSE": ROOT / "LICENSE"}, tmp_path / "out")
    return tmp_path / "out"


def test_what_was_laid_out_before_is_replaced(laid_out: Path) -> None:
    (laid_out / "__pycache__").mkdir()
    (laid_out / "__pycache__" / "app.pyc").write_text("made by a run of it")
    space.lay_out({"app.py": ROOT / "app.py"}, laid_out)
    assert names(laid_out) == {"app.py", space.MANIFEST}


@pytest.mark.parametrize("name", ["mine.txt", "app.py", "old/mine.txt"])
def test_what_somebody_put_or_changed_there_is_not_overwritten(laid_out: Path, name: str) -> None:
    (laid_out / name).write_text("mine")
    with pytest.raises(space.Refused, match=f"holds {name}, which was not laid out here"):
        space.lay_out({"app.py": ROOT / "app.py"}, laid_out)
    assert (laid_out / name).read_text() == "mine"


def test_a_file_in_the_folders_place_is_refused(tmp_path: Path) -> None:
    (tmp_path / "out").write_text("mine")
    with pytest.raises(space.Refused, match="is a file"):
        space.lay_out({"app.py": ROOT / "app.py"}, tmp_path / "out")


def test_the_command_says_how_to_publish(tmp_path: Path) -> None:
    out = tmp_path / "out"
    said = run("--kind", "cpu", "--out", str(out))
    assert said.returncode == 0
    assert f"hf upload OWNER/NAME {out} . --repo-type=space" in said.stdout

    (out / "mine.txt").write_text("mine")
    refused = run("--kind", "cpu", "--out", str(out))
    assert refused.returncode == 1
    assert refused.stderr.strip().count("\n") == 0
    assert "mine.txt" in refused.stderr


def test_one_folder_cannot_hold_both_kinds(tmp_path: Path) -> None:
    said = run("--out", str(tmp_path / "out"))
    assert said.returncode == 2
    assert "--kind" in said.stderr


def run(*arguments: str) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-S", "scripts/space.py", *arguments]  # -S: Python and nothing else
    return subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)
