"""A start that fails: the page is up and says why in one sentence, and no engine runs."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from gradio_client import Client
from gradio_client.exceptions import AppError

from lora_ui.engine.guard import TAG_VARIABLE, tagged_processes
from tests.app_process import AppProcess

Fail = Callable[..., str]


@pytest.fixture
def fail(tmp_path: Path) -> Iterator[Fail]:
    """Starts an app that cannot start its engine, and gives the sentence that it says."""
    apps: list[AppProcess] = []

    def start(*arguments: str, catalog: str = "", **environment: str) -> str:
        path = tmp_path / "adapters.yaml"
        path.write_text(catalog)
        everything = ("--catalog", str(path), *arguments)
        app = AppProcess(tmp_path / "log.txt", everything, environment)
        apps.append(app)
        status = app.wait_for_engine("failed")
        assert status["stage"] == "failed"
        assert status["running"] == status["waiting"] == 0
        assert status["model"] is None
        assert_no_engine(app)
        with pytest.raises(AppError) as raised:
            Client(app.url, verbose=False).predict("Hello", ["base"], api_name="/compare")
        assert status["error"] in str(raised.value)
        assert "\n" not in status["error"]
        return status["error"]

    yield start
    for app in apps:
        app.end()
        assert app.process.returncode == 0, app.output()
        assert "Traceback" not in app.output()


def assert_no_engine(app: AppProcess) -> None:
    """Of the engine nothing is left but, at most, Python's own tracker of shared memory."""
    for process in app.descendants():
        command = " ".join(process.cmdline())
        assert "lora_ui.engine.guard" in command or "resource_tracker" in command, command
        tag = process.environ().get(TAG_VARIABLE)
        assert not tag or tagged_processes(tag) == [process]


def test_no_folder_for_the_base_model(fail: Fail) -> None:
    said = fail("--model", "/nowhere")
    assert said.startswith("There is no base model in /nowhere")
    assert "--model" in said


def test_a_folder_without_a_model(fail: Fail, tmp_path: Path) -> None:
    (tmp_path / "empty").mkdir()
    said = fail(catalog="engine: {model: empty}\n")  # counts from the catalog's folder
    assert f"no base model in {tmp_path / 'empty'}" in said
    assert "config.json" in said


def test_a_cache_that_cannot_be_written(fail: Fail, tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    said = fail(LORA_UI_CACHE_DIR=str(tmp_path / "file" / "cache"))
    assert said.startswith(f"The cache folder {tmp_path / 'file' / 'cache'} cannot be written")
    assert "--cache-dir" in said


def test_a_model_of_the_hub_without_a_network(fail: Fail, tmp_path: Path) -> None:
    said = fail("--model", "hf:owner/model", HF_HUB_OFFLINE="1", HF_HOME=str(tmp_path / "hf"))
    assert "owner/model is not in the local cache" in said
    assert "HF_HUB_OFFLINE" in said


def test_an_engine_argument_that_vllm_does_not_know(fail: Fail) -> None:
    said = fail(catalog="engine:\n  extra: {blok_size: 32, max_num_seqs: 4}\n")
    assert "knows no engine argument blok_size:" in said
    assert "engine.extra" in said


def test_a_context_longer_than_the_models(fail: Fail) -> None:
    said = fail("--max-model-len", "1000000")
    assert said.startswith("The base model does not take that context length")
    assert "1000000" in said
    assert "lower --max-model-len" in said
