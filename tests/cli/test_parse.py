"""`python -m lora_ui parse`: one JSON object on standard output, exit status 0 or 2."""

from __future__ import annotations

import argparse
import io
import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from lora_ui.cli import main
from lora_ui.functions import formats

ROOT = Path(__file__).parents[2]
WEATHER = {
    "name": "get_weather",
    "parameters": {
        "type": "object",
        "properties": {"city": {"type": "string"}},
        "required": ["city"],
    },
}
GLAIVE = """One moment. <functioncall> {"name": "get_weather", "arguments": '{"city": "Paris"}'}"""


def no_engine(_: argparse.Namespace):
    raise AssertionError("parsing needs no engine")


@pytest.fixture
def functions(tmp_path: Path) -> Path:
    path = tmp_path / "functions.json"
    path.write_text(json.dumps([WEATHER]))
    return path


def parse(monkeypatch: pytest.MonkeyPatch, text: str | bytes, functions: Path, *flags: str) -> int:
    data = text if isinstance(text, bytes) else text.encode()
    monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO(data)))
    return main(["parse", "--functions", str(functions), *flags], no_engine)


def printed(capsys: pytest.CaptureFixture[str]) -> dict[str, Any]:
    return json.loads(capsys.readouterr().out)


def test_a_call(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], functions: Path
):
    assert parse(monkeypatch, GLAIVE + "\n", functions) == 0
    told = printed(capsys)
    (call,) = told["calls"]
    assert (call["name"], call["arguments"]) == ("get_weather", {"city": "Paris"})
    assert '{"city": "Paris"}' in GLAIVE[call["start"] : call["end"]]
    assert (told["content"], told["errors"], told["verdict"]) == ("One moment.", [], "valid")
    assert told["format"] == "glaive"


@pytest.mark.parametrize(("reason", "kind"), [("stop", "malformed"), ("length", "truncated")])
def test_errors_in_the_text_are_exit_0(
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
    functions: Path,
    reason: str,
    kind: str,
):
    assert parse(monkeypatch, GLAIVE[:-8], functions, "--finish-reason", reason) == 0
    told = printed(capsys)
    assert told["calls"] == []
    (error,) = told["errors"]
    assert (error["kind"], error["path"]) == (kind, None)
    assert error["message"]


def test_the_format_is_kept_to(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], functions: Path
):
    assert parse(monkeypatch, GLAIVE, functions, "--format", "hermes") == 0
    told = printed(capsys)
    assert (told["calls"], told["errors"], told["content"]) == ([], [], GLAIVE)


def test_no_call_has_null_and_empty_lists(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], functions: Path
):
    assert parse(monkeypatch, "", functions) == 0
    told = printed(capsys)
    assert (told["calls"], told["content"], told["errors"]) == ([], None, [])
    assert told["verdict"] == "no_call"


def test_functions_in_the_form_of_openai_and_with_a_byte_order_mark(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], functions: Path
):
    functions.write_text(
        "\ufeff" + json.dumps([{"type": "function", "function": WEATHER}]), encoding="utf-8"
    )
    assert parse(monkeypatch, GLAIVE, functions) == 0
    assert len(printed(capsys)["calls"]) == 1


@pytest.mark.parametrize(
    ("content", "words"),
    [
        ("[", "not valid JSON"),
        ("\udcff", "not valid JSON"),
        ("[" * 100_000, "not valid JSON"),
        ("{}", "must be a list"),
        ("[7]", "must be an object"),
        ('[{"name": ""}]', "no name"),
        ('[{"name": "f", "parameters": {"type": "float"}}]', "no valid JSON Schema"),
    ],
)
def test_unusable_functions_are_exit_2(
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
    functions: Path,
    content: str,
    words: str,
):
    functions.write_bytes(content.encode("utf-8", "surrogateescape"))
    assert parse(monkeypatch, GLAIVE, functions) == 2
    out, err = capsys.readouterr()
    assert out == ""
    assert words in err
    assert "Traceback" not in err


def test_a_missing_file_is_exit_2(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], tmp_path: Path
):
    assert parse(monkeypatch, GLAIVE, tmp_path / "nothing.json") == 2
    assert "nothing.json" in capsys.readouterr().err
    assert parse(monkeypatch, GLAIVE, tmp_path) == 2


def test_an_unknown_format_is_exit_2_and_names_the_known_ones(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], functions: Path
):
    assert parse(monkeypatch, GLAIVE, functions, "--format", "glaivee") == 2
    out, err = capsys.readouterr()
    assert out == ""
    assert "glaivee" in err
    assert "auto, glaive, hermes" in err


def test_no_functions_named_is_exit_2(capsys: pytest.CaptureFixture[str]):
    with pytest.raises(SystemExit) as ended:
        main(["parse"], no_engine)
    assert ended.value.code == 2
    assert "--functions" in capsys.readouterr().err


def test_a_missing_catalog_is_exit_2(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], functions: Path
):
    assert parse(monkeypatch, GLAIVE, functions, "--catalog", "no-such.yaml") == 2
    assert "no-such.yaml" in capsys.readouterr().err


def test_bytes_that_are_no_text_are_read_all_the_same(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], functions: Path
):
    data = b"\xff\xfe\x00\r\n" + GLAIVE.encode()
    assert parse(monkeypatch, data, functions) == 0
    told = printed(capsys)
    assert len(told["calls"]) == 1
    text = data.decode(errors="replace")
    assert "get_weather" in text[told["calls"][0]["start"] : told["calls"][0]["end"]]


def test_letters_of_every_script_are_printed_as_they_are(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], functions: Path
):
    assert parse(monkeypatch, GLAIVE.replace("Paris", "é 🌧 東京"), functions) == 0
    assert '"é 🌧 東京"' in capsys.readouterr().out


def test_the_command_itself_imports_no_engine_and_no_page(functions: Path):
    script = (
        "import sys; from lora_ui.cli import main; status = main(sys.argv[1:]); "
        "heavy = {'vllm', 'torch', 'transformers', 'gradio', 'gradio_client'} & set(sys.modules); "
        "print(sorted(heavy), file=sys.stderr); sys.exit(status or 40 * bool(heavy))"
    )
    done = subprocess.run(
        [sys.executable, "-c", script, "parse", "--functions", str(functions)],
        cwd=ROOT,
        input=GLAIVE,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    assert json.loads(done.stdout)["verdict"] == "valid"


def test_a_format_of_the_catalog(
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
    functions: Path,
    tmp_path: Path,
):
    catalog = tmp_path / "catalog.yaml"
    catalog.write_text(
        "formats:\n  - id: house\n    call: '<call name=\"{name}\">{arguments}</call>'\n"
    )
    text = 'Yes. <call name="get_weather">{"city": "Paris"}</call>'
    try:
        for id in ("house", "auto"):
            flags = ("--format", id, "--catalog", str(catalog))
            assert parse(monkeypatch, text, functions, *flags) == 0
            told = printed(capsys)
            (call,) = told["calls"]
            assert (call["name"], call["arguments"]) == ("get_weather", {"city": "Paris"})
            assert (told["content"], told["format"]) == ("Yes.", "house")
    finally:
        formats.add(())
