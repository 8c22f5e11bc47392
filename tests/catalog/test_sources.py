"""Sources: folders beside the catalog, and downloads from a Hub that runs in this test."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from lora_ui.catalog.preflight import preflight
from lora_ui.catalog.sources import is_hub, locate, repository
from lora_ui.errors import Problem
from tests.catalog.adapter_files import tensors, write_adapter
from tests.catalog.fake_hub import FakeHub, Repository

ROOT = Path(__file__).resolve().parents[2]
SCRIPT = """
import json, sys
from pathlib import Path
from lora_ui.catalog.sources import locate
from lora_ui.errors import Problem
lines = []
try:
    result = {"folder": str(locate(sys.argv[1], Path("/nowhere"), lines.append))}
except Problem as problem:
    result = {"code": problem.code, "message": problem.message}
print(json.dumps({"lines": lines, **result}))
"""


@dataclass
class Visitor:
    """Downloads in a process of its own, since huggingface_hub reads its settings on import."""

    url: str
    home: Path

    def get(self, source: str, **environment: str) -> dict[str, Any]:
        """What `locate` answers: "folder" or "code" and "message", and "lines" of progress."""
        kept = {k: v for k, v in os.environ.items() if not k.startswith(("HF_", "HUGGING"))}
        settings = {
            "HF_ENDPOINT": self.url,
            "HF_HUB_OFFLINE": "0",
            "HF_HOME": str(self.home),
            "HF_HUB_DISABLE_TELEMETRY": "1",
        }
        done = subprocess.run(
            [sys.executable, "-c", SCRIPT, source],
            cwd=ROOT,
            env={**kept, **settings, "no_proxy": "127.0.0.1", **environment},
            capture_output=True,
            text=True,
            timeout=120,
            check=False,
        )
        assert done.returncode == 0, done.stderr
        return json.loads(done.stdout)


def files_of(folder: Path) -> dict[str, bytes]:
    return {p.name: p.read_bytes() for p in folder.iterdir()}


@pytest.fixture
def hub(tmp_path: Path) -> Iterator[FakeHub]:
    """Two revisions of an adapter of six megabytes, and repositories that make trouble."""
    main = files_of(write_adapter(tmp_path / "main", tensors(width=48_000)))
    main["README.md"] = b"# An adapter"
    main["optimizer.pt"] = b"nobody needs this"
    old = files_of(write_adapter(tmp_path / "old", tensors({"q_proj": 2})))
    revisions = {"main": main, "v1": old, "try/1": old}
    troubles = ("gated", "broken", "cut")
    repositories = {f"owner/{t}": Repository(revisions, t) for t in troubles}
    repositories["owner/adapter"] = Repository(revisions)
    with FakeHub(repositories).serve() as served:
        yield served


@pytest.fixture
def visitor(hub: FakeHub, tmp_path: Path) -> Visitor:
    return Visitor(hub.url, tmp_path / "home")


def nothing(line: str) -> None:
    raise AssertionError(f"no download was expected, but: {line}")


def test_a_relative_path_counts_from_the_catalogs_folder(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "elsewhere").mkdir()
    monkeypatch.chdir(tmp_path / "elsewhere")
    beside = tmp_path / "catalogs"
    assert locate("adapters/a", beside, nothing) == beside / "adapters" / "a"
    assert locate("../a", beside, nothing) == tmp_path / "a"
    assert locate(str(tmp_path / "b"), beside, nothing) == tmp_path / "b"
    assert locate("a", Path(), nothing) == tmp_path / "elsewhere" / "a"


def test_a_tilde_is_the_home_folder(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("HOME", str(tmp_path))
    assert locate("~/a", Path("/nowhere"), nothing) == tmp_path / "a"


def test_the_home_of_nobody_is_a_folder_that_does_not_exist() -> None:
    with pytest.raises(Problem, match="~nobody-of-that-name/a"):
        preflight(locate("~nobody-of-that-name/a", Path("/catalogs"), nothing), None, None)


def test_hub_sources_are_told_from_folders() -> None:
    assert is_hub("hf:owner/repo@v1")
    assert not is_hub("owner/repo")
    assert repository("hf:owner/repo@v1") == "owner/repo"
    assert repository("hf:owner/repo") == "owner/repo"


def test_an_adapter_is_downloaded_with_progress_and_without_other_files(
    visitor: Visitor, hub: FakeHub
) -> None:
    result = visitor.get("hf:owner/adapter")
    folder = Path(result["folder"])
    assert folder.is_relative_to(visitor.home)
    expected = hub.repositories["owner/adapter"].revisions["main"]
    wanted = ["README.md", "adapter_config.json", "adapter_model.safetensors"]
    assert sorted(p.name for p in folder.iterdir()) == wanted
    assert all((folder / name).read_bytes() == expected[name] for name in wanted)
    assert preflight(folder, None, None).rank == 4
    assert result["lines"][-1] == "owner/adapter: 6 of 6 MB"
    assert all(line.startswith("owner/adapter: ") for line in result["lines"])


@pytest.mark.parametrize("revision", ["v1", "try/1"])
def test_a_revision_is_what_comes(visitor: Visitor, revision: str) -> None:
    result = visitor.get(f"hf:owner/adapter@{revision}")
    assert preflight(Path(result["folder"]), None, None).rank == 2


def test_what_was_downloaded_is_there_without_the_hub(visitor: Visitor, hub: FakeHub) -> None:
    first = visitor.get("hf:owner/adapter@v1")
    asked = len(hub.requests)
    offline = visitor.get("hf:owner/adapter@v1", HF_HUB_OFFLINE="1")
    assert offline["folder"] == first["folder"]
    assert len(hub.requests) == asked
    away = Visitor("http://127.0.0.1:9", visitor.home)
    assert away.get("hf:owner/adapter@v1")["folder"] == first["folder"]


@pytest.mark.parametrize(
    ("source", "code", "parts"),
    [
        ("hf:owner/nothing", "hub_no_repository", ["owner/nothing", "HF_TOKEN"]),
        ("hf:owner/adapter@v9", "hub_no_revision", ["owner/adapter", "“v9”", "branch, tag"]),
        ("hf:owner/gated", "hub_gated", ["owner/gated", "accept its terms", "HF_TOKEN"]),
        ("hf:owner/broken", "hub_failed", ["owner/broken", "500", "try again"]),
        ("hf:owner/a--b", "hub_failed", ["owner/a--b"]),
    ],
)
def test_what_goes_wrong_is_a_sentence_with_the_fix(
    visitor: Visitor, source: str, code: str, parts: list[str]
) -> None:
    result = visitor.get(source)
    assert result.get("code") == code, result
    assert all(part in result["message"] for part in parts), result
    assert len(result["message"]) < 400


def test_a_hub_that_is_down_or_switched_off(visitor: Visitor, hub: FakeHub) -> None:
    for result in (
        Visitor("http://127.0.0.1:9", visitor.home).get("hf:owner/adapter"),
        visitor.get("hf:owner/adapter", HF_HUB_OFFLINE="1"),
    ):
        assert result["code"] == "hub_offline", result
        assert "owner/adapter is not in the local cache" in result["message"]
        assert "HF_HUB_OFFLINE" in result["message"]
    assert hub.requests == []


def test_a_download_that_was_cut_off_goes_well_the_next_time(
    visitor: Visitor, hub: FakeHub
) -> None:
    result = visitor.get("hf:owner/cut")
    assert result.get("code") == "hub_failed", result
    assert "owner/cut" in result["message"]
    assert "try again" in result["message"]
    hub.repositories["owner/cut"].trouble = ""
    assert preflight(Path(visitor.get("hf:owner/cut")["folder"]), None, None).rank == 4
