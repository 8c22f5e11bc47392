"""Adapters from the Hub, added while the app runs, and its cache: all against a Hub of our own."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import textwrap
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from lora_ui.catalog.additions.hub import read_address
from lora_ui.errors import Problem
from tests.catalog.adapter_files import tensors, write_adapter
from tests.catalog.fake_hub import FakeHub, Repository, commit_of

ROOT = Path(__file__).resolve().parents[2]
PRELUDE = """
import json, sys
from pathlib import Path
from lora_ui.catalog.additions import *
from lora_ui.catalog.additions import room
from lora_ui.catalog.models import Adapter, Additions, Catalog, EngineSettings
from lora_ui.errors import Problem

root, rules = Path(sys.argv[1]), json.loads(sys.argv[2])
shelf = Shelf(Additions(**rules), root, root)
lines, told = [], {}

def add(repo, revision=None, visitor="ann", progress=lines.append):
    try:
        return shelf.add_hub(repo, revision, visitor, None, progress)
    except Problem as problem:
        told.update(code=problem.code, message=problem.message)
        return None

"""


@dataclass
class App:
    """Runs lines of Python with a shelf, in a process of its own that knows our Hub alone."""

    url: str
    home: Path

    def run(self, code: str, rules: dict[str, Any] | None = None, **more: str) -> dict[str, Any]:
        """What the code puts into `told`, with `lines` of progress and what the shelf counts."""
        kept = {k: v for k, v in os.environ.items() if not k.startswith(("HF_", "HUGGING"))}
        settings = {
            "HF_ENDPOINT": self.url,
            "HF_HUB_OFFLINE": "0",
            "HF_HOME": str(self.home),
            "HF_HUB_DISABLE_TELEMETRY": "1",
            "no_proxy": "127.0.0.1",
        }
        end = """
        usage = shelf.used("ann")
        told.update(lines=lines, adapters=usage.adapters, bytes=usage.bytes)
        print(json.dumps(told))
        """
        script = PRELUDE + textwrap.dedent(code) + textwrap.dedent(end)
        root = str(self.home.parent / "root")
        done = subprocess.run(
            [sys.executable, "-c", script, root, json.dumps(rules or {})],
            cwd=ROOT,
            env={**kept, **settings, **more},
            capture_output=True,
            text=True,
            timeout=120,
            check=False,
        )
        assert done.returncode == 0, done.stderr
        return json.loads(done.stdout)

    def weights(self) -> list[Path]:
        """The weights files in the cache."""
        return sorted(self.home.rglob("adapter_model.safetensors"))


def files_of(folder: Path) -> dict[str, bytes]:
    return {p.name: p.read_bytes() for p in folder.iterdir()}


@pytest.fixture
def hub(tmp_path: Path) -> Iterator[FakeHub]:
    """Adapters of one and six megabytes, and repositories that are none."""
    small = files_of(write_adapter(tmp_path / "small", tensors(width=8_000)))
    large = files_of(write_adapter(tmp_path / "large", tensors(width=48_000)))
    config = {"adapter_config.json": small["adapter_config.json"]}
    revisions = {"main": {**large, "optimizer.pt": b"x" * 10}, "v1": small, "refs/pr/1": small}
    hub = FakeHub(
        {
            "owner/adapter": Repository(revisions),
            "owner/other": Repository({"main": small}),
            "owner/gated": Repository(revisions, "gated"),
            "owner/broken": Repository(revisions, "broken"),
            "owner/cut": Repository(revisions, "cut"),
            "owner/lying": Repository(revisions, "lying"),
            "owner/pickle": Repository({"main": {**config, "adapter_model.bin": b"x"}}),
            "owner/model": Repository({"main": {"model.safetensors": b"x", "config.json": b"{}"}}),
            "owner/config": Repository({"main": config}),
        }
    )
    with hub.serve() as served:
        yield served


@pytest.fixture
def app(hub: FakeHub, tmp_path: Path) -> App:
    return App(hub.url, tmp_path / "home")


def downloads(hub: FakeHub) -> list[str]:
    """The weights that somebody asked for."""
    return [r for r in hub.requests if r.startswith('"GET') and "safetensors" in r]


PAGE = "https://huggingface.co/owner/adapter"


@pytest.mark.parametrize(
    ("text", "revision", "expected"),
    [
        ("owner/adapter", None, None),
        (" owner/adapter ", " ", None),
        ("hf:owner/adapter@v1", None, "v1"),
        ("owner/adapter@v1", "v2", "v2"),
        (PAGE, None, None),
        (f"{PAGE}/", "v1", "v1"),
        (f"{PAGE}?library=peft#usage", None, None),
        (f"{PAGE}/tree/main", None, "main"),
        (f"{PAGE}/tree/refs%2Fpr%2F1", None, "refs/pr/1"),
        (f"{PAGE}/tree/main/sub", None, "main/sub"),
        (f"{PAGE}/blob/v1/adapter_config.json", None, "v1"),
        (f"{PAGE}/resolve/v1/adapter_model.safetensors?download=true", None, "v1"),
        (f"{PAGE}/commit/{'a' * 40}", None, "a" * 40),
        (f"{PAGE}/discussions/3", None, None),
        ("huggingface.co/owner/adapter", None, None),
        ("HTTP://HF.co/owner/adapter", None, None),
    ],
)
def test_ids_and_addresses_from_the_browser_are_understood(
    text: str, revision: str | None, expected: str | None
) -> None:
    assert read_address(text, revision) == ("owner/adapter", expected)


@pytest.mark.parametrize(
    "text",
    [
        "",
        "adapter",
        "../..",
        "./x",
        "owner/..",
        "owner/adapter/x",
        "/owner/adapter",
        "owner//adapter",
        "owner/a--b",
        "owner/a..b",
        "owner/-a",
        "öwner/adapter",
        "owner/adapter\n",
        "owner/a\x00b",
        "hf:hf:owner/adapter",
        "x" * 60 + "/" + "y" * 60,
        "https://elsewhere.example/owner/adapter",
        "https://huggingface.co.example/owner/adapter",
        "https://huggingface.co/owner",
        "https://huggingface.co/datasets/owner/adapter",
        "https://huggingface.co/%2e%2e/adapter",
        "https://huggingface.co/owner/a%2fb",
        "file:///etc/passwd",
    ],
)
def test_what_names_no_model_repository_is_refused(text: str) -> None:
    if text.strip() == "owner/adapter":
        assert read_address(text) == ("owner/adapter", None)
        return
    with pytest.raises(Problem) as raised:
        read_address(text)
    assert raised.value.code == "addition_repo"
    assert len(raised.value.message) < 250


@pytest.mark.parametrize(
    "revision", ["..", "a/../b", "-x", "a b", "a?b", "%2e", "v\x00", "x" * 300]
)
def test_odd_revisions_are_refused_before_anybody_is_asked(revision: str) -> None:
    with pytest.raises(Problem) as raised:
        read_address("owner/adapter", revision)
    assert raised.value.code == "hub_no_revision"


@pytest.mark.parametrize("text", ["owner/adapter@v1", "{url}/owner/adapter/tree/refs%2Fpr%2F1"])
def test_an_adapter_is_fetched_and_pinned_to_its_commit(app: App, hub: FakeHub, text: str) -> None:
    found = app.run(f"""
    added = add({text.format(url=hub.url)!r})
    told.update(name=added.adapter.name, source=added.adapter.source, revision=added.revision,
                folder=str(added.folder), audience=added.audience, in_use=sorted(shelf.in_use()))
    """)
    small = hub.repositories["owner/adapter"].revisions["v1"]
    commit = commit_of(small)
    assert found["name"] == "adapter"
    assert found["source"] == f"hf:owner/adapter@{commit}"
    assert found["revision"] == commit
    assert found["in_use"] == [found["source"]]
    assert found["audience"] == "ann"
    assert files_of(Path(found["folder"])) == small
    assert found["bytes"] == sum(map(len, small.values()))
    assert found["lines"][-1] == "owner/adapter: 1.0 MB"
    assert any(line == "owner/adapter: 1 of 1 MB" for line in found["lines"])


@pytest.mark.parametrize(
    ("repo", "code", "parts"),
    [
        ("owner/nothing", "hub_no_repository", ["owner/nothing", "HF_TOKEN"]),
        ("owner/adapter@v9", "hub_no_revision", ["owner/adapter", "“v9”"]),
        (f"{PAGE}/tree/main/sub", "hub_no_revision", ["“main/sub”"]),
        ("owner/gated", "hub_gated", ["accept its terms"]),
        ("owner/broken", "hub_failed", ["500"]),
        ("owner/cut", "hub_failed", ["owner/cut"]),
        ("owner/pickle", "hub_pickle", ["adapter_model.bin", "never opened"]),
        ("owner/model", "hub_no_adapter", ["adapter_config.json"]),
        ("owner/config", "hub_no_adapter", ["adapter_model.safetensors"]),
    ],
)
def test_what_goes_wrong_is_a_sentence_and_takes_no_quota(
    app: App, repo: str, code: str, parts: list[str]
) -> None:
    found = app.run(f"add({repo!r}); told['in_use'] = sorted(shelf.in_use())")
    assert found.get("code") == code, found
    assert all(part in found["message"] for part in parts), found
    assert (found["adapters"], found["bytes"], found["in_use"]) == (0, 0, [])


@pytest.mark.parametrize(
    ("rules", "code"),
    [
        ({"max_mb": 5}, "addition_too_big"),
        ({"max_mb_per_visitor": 5}, "addition_quota"),
        ({"max_per_visitor": 0}, "addition_too_many"),
    ],
)
def test_what_is_too_large_is_never_downloaded(
    app: App, hub: FakeHub, rules: dict[str, Any], code: str
) -> None:
    assert app.run("add('owner/adapter')", rules)["code"] == code
    assert downloads(hub) == []


def test_a_hub_that_tells_too_small_a_size_is_found_out(app: App) -> None:
    found = app.run("add('owner/lying')", {"max_mb": 4})
    assert found["code"] == "addition_too_big"
    assert found["adapters"] == 0


def test_without_the_hub_the_cache_serves(app: App, hub: FakeHub) -> None:
    """By the revision as somebody downloaded it, or by the commit as it was added before."""
    first = app.run("""
    from lora_ui.catalog.sources import download
    download("owner/adapter", "v1")
    told["folder"] = str(add("owner/adapter@v1").folder)
    """)
    asked = len(hub.requests)
    commit = Path(first["folder"]).name
    code = f"""
    by_name, by_commit = add("owner/adapter@v1"), add("owner/adapter@{commit}")
    told.update(folders=[str(a.folder) for a in (by_name, by_commit)], pinned=by_name.revision)
    add("owner/other")
    """
    unreachable = App("http://127.0.0.1:9", app.home)
    for offline in (app.run(code, HF_HUB_OFFLINE="1"), unreachable.run(code)):
        assert offline["folders"] == [first["folder"]] * 2
        assert offline["pinned"] == commit
        assert offline["bytes"] == 2 * first["bytes"]
        assert offline["code"] == "hub_offline"
    assert len(hub.requests) == asked


def test_a_download_can_be_stopped(app: App) -> None:
    found = app.run("""
    def stop(line):
        raise Stopped
    try:
        add("owner/adapter", progress=stop)
    except Stopped:
        told["stopped"] = True
    told["in_use"] = sorted(shelf.in_use())
    """)
    assert found["stopped"]
    assert found["in_use"] == []
    assert found["adapters"] == 0


def test_a_full_disk_is_a_sentence_before_the_download(app: App, hub: FakeHub) -> None:
    found = app.run("room.SPARE_BYTES = 10**18; add('owner/adapter')")
    assert found["code"] == "addition_no_room"
    assert downloads(hub) == []


def test_what_was_let_go_makes_room_for_the_next(app: App, hub: FakeHub) -> None:
    """The disk has room for one adapter beside what is there: the idle one goes, not the used."""
    found = app.run("""
    kept, idle = add("owner/other"), add("owner/adapter@v1")
    shelf.release(idle)
    free = 7_500_000
    def usage(_path):
        used = sum(f.stat().st_size for f in kept.folder.parents[3].rglob("blobs/*"))
        return type("Usage", (), {"free": free - used})
    room.SPARE_BYTES = 0
    room.shutil.disk_usage = usage
    told["usage"] = usage(None).free
    told["added"] = add("owner/adapter") is not None
    told["folders"] = [kept.folder.exists(), idle.folder.exists()]
    """)
    assert found["usage"] < sum(
        map(len, hub.repositories["owner/adapter"].revisions["main"].values())
    )
    assert found["added"], found
    assert found["folders"] == [True, False]


CATALOG = """
catalog = Catalog(
    engine=EngineSettings(model="hf:owner/model"),
    adapters=(Adapter(name="a", source="hf:owner/adapter@v1"),),
)
"""


def test_the_cache_is_weighed_and_cleared_of_what_nobody_needs(app: App, hub: FakeHub) -> None:
    hub.repositories["owner/third"] = Repository(hub.repositories["owner/other"].revisions)
    found = app.run(
        CATALOG
        + textwrap.dedent("""
    from lora_ui.catalog.sources import download
    told["empty"] = [hub_cache(catalog).bytes, clear_hub_cache(catalog)]
    download("owner/model", None, files=("*",))
    added = [add(r) for r in ("owner/adapter@v1", "owner/adapter", "owner/other", "owner/third")]
    used = hub_cache(catalog, shelf.in_use())
    told["all_used"] = [used.repos, used.unneeded_bytes, list(used.unneeded)]
    for one in added:
        if one.adapter.name != "third":
            shelf.release(one)
    before = hub_cache(catalog, shelf.in_use())
    told["before"] = [before.unneeded_bytes, list(before.unneeded)]
    told["freed"] = clear_hub_cache(catalog, shelf.in_use())
    after = hub_cache(catalog, shelf.in_use())
    told["after"] = [after.repos, after.unneeded_bytes, before.bytes - after.bytes]
    told["folders"] = [one.folder.exists() for one in added]
    """)
    )
    size = sum(map(len, hub.repositories["owner/other"].revisions["main"].values()))
    assert found["empty"] == [0, 0]
    assert found["all_used"] == [4, 0, []]
    assert found["before"] == [size, ["owner/other"]]
    assert found["freed"] == size
    assert found["after"] == [3, 0, size]
    assert found["folders"] == [True, True, False, True]
    assert (app.home / "hub" / "models--owner--model").exists()
