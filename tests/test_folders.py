"""Where the app keeps things: at home, and on the persistent storage of a Space."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from lora_ui import folders
from lora_ui.embedded.model import FOLDER_NAME
from lora_ui.engine.base_model import locate_base_model
from lora_ui.settings import Settings
from tests.app_process import ROOT
from tests.test_settings import load

SPACE = {"SPACE_ID": "somebody/lora-ui"}


def settings(environment: dict[str, str]) -> Settings:
    """The shipped catalog's."""
    return load(ROOT / "adapters.yaml", environment=environment)


@pytest.fixture
def storage(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder that stands for the storage which a Space sees as /data."""
    folder = tmp_path / "data"
    folder.mkdir()
    monkeypatch.setattr(folders, "STORAGE", folder)
    return folder


def test_a_space_with_storage_keeps_its_cache_there(storage: Path) -> None:
    assert folders.default_cache(SPACE) == storage / "lora-ui"
    assert settings(SPACE).cache_dir == storage / "lora-ui"


@pytest.mark.usefixtures("storage")
def test_a_chosen_cache_stays_chosen() -> None:
    assert settings({**SPACE, "LORA_UI_CACHE_DIR": "/chosen"}).cache_dir == Path("/chosen")


@pytest.mark.usefixtures("storage")
def test_storage_means_nothing_outside_a_space() -> None:
    assert folders.default_cache({"XDG_CACHE_HOME": "/caches"}) == Path("/caches/lora-ui")
    environment: dict[str, str] = {}
    folders.keep_downloads(environment)
    assert environment == {}


def test_a_space_without_storage_keeps_its_cache_at_home(storage: Path) -> None:
    storage.rmdir()
    expected = Path("~/.cache/lora-ui").expanduser()
    assert folders.default_cache(SPACE) == expected


@pytest.mark.usefixtures("storage")
def test_storage_that_may_not_be_written_counts_as_none(monkeypatch: pytest.MonkeyPatch) -> None:
    # root may write everywhere, so the system's answer is put in its place
    monkeypatch.setattr(os, "access", lambda _, mode: not mode & os.W_OK)
    assert folders.space_storage(SPACE) is None


@pytest.mark.usefixtures("storage")
@pytest.mark.parametrize("chosen", [{"HF_HOME": "/mine"}, {"HF_HUB_CACHE": "/mine"}])
def test_a_chosen_place_for_downloads_stays_chosen(chosen: dict[str, str]) -> None:
    environment = {**SPACE, **chosen}
    folders.keep_downloads(environment)
    assert environment == {**SPACE, **chosen}


def test_what_the_app_downloads_goes_to_the_storage(storage: Path) -> None:
    """In a process of its own, as `huggingface_hub` reads the place once, at its import."""
    script = f"""
import runpy, sys
from pathlib import Path
from lora_ui import folders, serve
folders.STORAGE = Path({str(storage)!r})
assert "huggingface_hub" not in sys.modules

def main():
    from huggingface_hub import constants
    print(constants.HF_HUB_CACHE)

serve.main = main
runpy.run_path("app.py", run_name="__main__")
"""
    environment = {k: v for k, v in os.environ.items() if not k.startswith("HF_")} | SPACE
    said = subprocess.run(
        [sys.executable, "-c", script],
        cwd=ROOT,
        env=environment,
        capture_output=True,
        text=True,
        check=True,
    )
    assert said.stdout.strip() == str(storage / "huggingface" / "hub")


def test_the_model_in_the_image_is_used_although_the_cache_is_elsewhere(
    storage: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("SPACE_ID", SPACE["SPACE_ID"])
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "image"))
    model = tmp_path / "image" / "lora-ui" / "models" / FOLDER_NAME
    model.mkdir(parents=True)
    (model / "config.json").write_text("{}")
    (model / "complete.json").write_text(json.dumps({"config.json": 2}))

    folder, name = locate_base_model(settings(SPACE), lambda _: None)

    assert folder == model
    assert name == "HuggingFaceTB/SmolLM2-135M-Instruct"
    assert list(storage.iterdir()) == []
