"""`python -m lora_ui scoreboard` over the test engine."""

from __future__ import annotations

import argparse
import csv
import json
from collections.abc import Iterator
from pathlib import Path

import pytest

from lora_ui.catalog.models import Catalog
from lora_ui.cli import main
from tests.ui.fake_page import FakePage
from tests.ui.functions_page import CATALOG, FUNCTIONS, CallingEngine, serve_calls

ONE = {
    "message": "Weather in Oslo?",
    "functions": json.loads(FUNCTIONS),
    "expected": [{"name": "get_weather", "arguments": {"city": "Oslo"}}],
}
THANKS = {**ONE, "message": "Thanks!", "expected": []}
OSLO = """<functioncall> {"name": "get_weather", "arguments": '{"city": "Oslo"}'}"""


class Opener:
    """Hands out one test engine; `function` always asks for Oslo's weather."""

    def __init__(self) -> None:
        self.engine = CallingEngine(delay_s=0.0)
        self.engine.answers["function"] = [OSLO]
        self.opened = False

    def __call__(self, _: argparse.Namespace) -> tuple[CallingEngine, Catalog]:
        self.opened = True
        return self.engine, CATALOG


@pytest.fixture
def cases(tmp_path: Path) -> Path:
    path = tmp_path / "set.jsonl"
    path.write_text(f"{json.dumps(ONE)}\n{json.dumps(THANKS)}\n")
    return path


def test_a_table_and_files(cases: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]):
    files = [tmp_path / f"scores.{suffix}" for suffix in ("csv", "json", "md")]
    outputs = [part for path in files for part in ("--output", str(path))]
    names = ["--adapters", "function", "base"]
    opener = Opener()
    assert main(["scoreboard", "--set", str(cases), *names, *outputs], opener) == 0
    out, err = capsys.readouterr()
    assert "function" in out
    assert "100%" in out
    assert "1 cases expect calls, 1 expect none" in out
    assert "2 of 2" in err
    rows = list(csv.DictReader(files[0].open()))
    assert [(r["adapter"], r["arguments_passed"], r["no_call_passed"]) for r in rows] == [
        ("function", "1", "0"),
        ("function", "1", "0"),
        ("base", "0", "1"),
        ("base", "0", "1"),
    ]
    assert len(json.loads(files[1].read_text())["answers"]) == 8
    assert "| function | free | 1 / 1 (100%) |" in files[2].read_text()


def test_one_way_of_decoding(cases: Path, capsys: pytest.CaptureFixture[str]):
    opener = Opener()
    command = ["scoreboard", "--set", str(cases), "--adapters", "function"]
    assert main([*command, "--decoding", "constrained"], opener) == 0
    assert all(request.constraint for request in opener.engine.requests)
    assert len(opener.engine.requests) == 2
    assert "constrained" in capsys.readouterr().out


def test_a_column_that_fails_is_exit_status_1(cases: Path):
    command = ["scoreboard", "--set", str(cases), "--adapters", "nobody"]
    assert main(command, Opener()) == 1


@pytest.mark.parametrize(
    ("arguments", "sentence"),
    [
        (["--set", "nowhere.jsonl"], "The set nowhere.jsonl cannot be read"),
        (["--output", "scores.txt"], "unknown ending"),
    ],
)
def test_wrong_usage_is_told_before_an_engine_starts(
    arguments, sentence, capsys: pytest.CaptureFixture[str]
):
    opener = Opener()
    assert main(["scoreboard", *arguments], opener) == 2
    assert sentence in capsys.readouterr().err
    assert not opener.opened


def test_bad_lines_are_told(tmp_path: Path, capsys: pytest.CaptureFixture[str]):
    path = tmp_path / "bad.jsonl"
    path.write_text(f"{json.dumps(ONE)}\n{{\n")
    assert main(["scoreboard", "--set", str(path)], Opener()) == 2
    assert "Line 2, column 2" in capsys.readouterr().err


@pytest.fixture(scope="module")
def page() -> Iterator[FakePage]:
    served = serve_calls()
    served.engine.delay_s = 0.0
    served.engine.answers["function"] = [OSLO]  # type: ignore[attr-defined]
    yield served
    served.demo.close()


def test_through_a_running_app(page: FakePage, cases: Path, tmp_path: Path):
    out = tmp_path / "scores.json"
    opener = Opener()
    names = ["--adapters", "function", "base", "nobody", "--max-tokens", "77"]
    command = ["scoreboard", "--url", page.url, "--set", str(cases), *names]
    assert main([*command, "--output", str(out)], opener) == 1
    assert not opener.opened
    results = json.loads(out.read_text())
    rights = [score["measures"]["right"]["passed"] for score in results["scores"]]
    assert rights == [1, 1, 1, 1, 0, 0]
    assert [score["errors"] for score in results["scores"]] == [0, 0, 0, 0, 2, 2]
    first = results["answers"][0]
    assert first["calls"] == [{"name": "get_weather", "arguments": {"city": "Oslo"}}]
    assert first["marks"]["arguments"] is True
    asked = page.engine.requests
    assert {bool(request.constraint) for request in asked} == {True, False}
    assert {request.sampling.max_tokens for request in asked} == {77}


def test_an_app_that_is_not_there(cases: Path, capsys: pytest.CaptureFixture[str]):
    command = ["scoreboard", "--url", "http://127.0.0.1:9", "--set", str(cases)]
    assert main(command, Opener()) == 2
    assert "No app answers at http://127.0.0.1:9" in capsys.readouterr().err
