"""`python -m lora_ui check`: exit status, JSON and text, against a catalog's base and engine."""

from __future__ import annotations

import argparse
import hashlib
import json
import subprocess
import sys
from pathlib import Path

import pytest
from ruamel.yaml import YAML

from lora_ui.catalog.preflight import CONFIG_NAME, WEIGHTS_NAME
from lora_ui.cli import main
from tests.app_process import CACHE
from tests.zoo import random_parts, smollm2
from tests.zoo.parts import good, small

ROOT = Path(__file__).parents[2]
FIELDS = {
    "verdict",
    "findings",
    "rank",
    "alpha",
    "target_modules",
    "base_model",
    "parameters",
    "bytes",
    "sha256",
}


def no_engine(_: argparse.Namespace):
    raise AssertionError("a check needs no engine")


@pytest.fixture
def catalog(tmp_path: Path) -> Path:
    """One good adapter, and a base model of which only the config is there."""
    base = tmp_path / "base"
    base.mkdir()
    (base / "config.json").write_text(json.dumps(dict(smollm2().config)))
    small().write(tmp_path / "known")
    path = tmp_path / "catalog.yaml"
    with path.open("w") as file:
        YAML().dump(
            {
                "engine": {"model": "base"},
                "adapters": [{"name": "known", "source": "known", "base_model": "owner/base"}],
            },
            file,
        )
    return path


def check(catalog: Path, *arguments: object) -> int:
    return main(["check", *map(str, arguments), "--catalog", str(catalog)], no_engine)


def checked(
    capsys: pytest.CaptureFixture[str], catalog: Path, *arguments: object
) -> tuple[int, dict]:
    status = check(catalog, *arguments, "--json")
    result = json.loads(capsys.readouterr().out)
    assert set(result) == FIELDS
    for found in result["findings"]:
        assert set(found) == {"code", "severity", "message", "fix"}
    return status, result


def test_a_good_adapter_as_json(catalog: Path, capsys: pytest.CaptureFixture[str]):
    folder = catalog.parent / "known"
    status, result = checked(capsys, catalog, folder)
    assert status == 0
    assert (result["verdict"], result["findings"]) == ("ok", [])
    weights = (folder / WEIGHTS_NAME).read_bytes()
    assert result["sha256"] == hashlib.sha256(weights).hexdigest()
    assert result["bytes"] == len(weights)
    assert (result["rank"], result["alpha"]) == (16, 32.0)
    assert result["target_modules"] == ["k_proj", "o_proj", "q_proj", "v_proj"]
    assert result["base_model"] == "HuggingFaceTB/SmolLM2-135M-Instruct"
    assert result["parameters"] == sum(t.size for t in small().tensors.values())


def test_a_good_adapter_as_text(catalog: Path, capsys: pytest.CaptureFixture[str]):
    assert check(catalog, catalog.parent / "known") == 0
    out = capsys.readouterr().out
    assert out.startswith("OK ")
    assert "rank up to 16, k_proj, o_proj, q_proj, v_proj" in out
    assert hashlib.sha256((catalog.parent / "known" / WEIGHTS_NAME).read_bytes()).hexdigest() in out


@pytest.mark.parametrize("name", [CONFIG_NAME, WEIGHTS_NAME])
def test_a_file_of_the_adapter_stands_for_its_folder(catalog: Path, name: str):
    assert check(catalog, catalog.parent / "known" / name) == 0


def test_a_warning_is_exit_0(catalog: Path, capsys: pytest.CaptureFixture[str]):
    folder = small().with_config(lora_alpha=0).write(catalog.parent / "odd")
    status, result = checked(capsys, catalog, folder)
    assert (status, result["verdict"]) == (0, "warning")
    assert [f["code"] for f in result["findings"]] == ["alpha_zero"]
    assert check(catalog, folder) == 0
    out = capsys.readouterr().out
    assert out.startswith("Runs, with a warning")
    assert "warning: Its lora_alpha is 0" in out


def test_a_refusal_is_exit_1_with_the_fix(catalog: Path, capsys: pytest.CaptureFixture[str]):
    parts = random_parts(smollm2(), ("q_proj", "up_proj"), rank=64).layers([0])
    folder = parts.write(catalog.parent / "wide")
    assert check(catalog, folder) == 1
    out = capsys.readouterr().out
    assert out.startswith("Refused")
    assert "Restart with --max-lora-rank 64." in out
    assert "--lora-target-modules k_proj,o_proj,q_proj,up_proj,v_proj" in out
    # what the sentence says is what helps
    flags = ["--max-lora-rank", "64"]
    flags += ["--lora-target-modules", "k_proj,o_proj,q_proj,up_proj,v_proj"]
    assert check(catalog, folder, *flags) == 0


def test_corrupt_files_are_exit_1_and_have_a_report(
    catalog: Path, capsys: pytest.CaptureFixture[str]
):
    folder = small().write(catalog.parent / "cut")
    weights = folder / WEIGHTS_NAME
    weights.write_bytes(weights.read_bytes()[:-1])
    status, result = checked(capsys, catalog, folder)
    assert (status, result["verdict"]) == (1, "refused")
    assert [f["code"] for f in result["findings"]] == ["weights_cut_off"]
    assert result["sha256"] == hashlib.sha256(weights.read_bytes()).hexdigest()
    assert (result["parameters"], result["target_modules"]) == (None, [])


def test_an_empty_folder_is_refused(catalog: Path, capsys: pytest.CaptureFixture[str]):
    folder = catalog.parent / "empty"
    folder.mkdir()
    status, result = checked(capsys, catalog, folder)
    assert status == 1
    assert {f["code"] for f in result["findings"]} == {"file_missing"}
    unknown = ("rank", "alpha", "base_model", "parameters", "bytes", "sha256")
    assert [result[key] for key in unknown] == [None] * len(unknown)


@pytest.mark.parametrize(
    ("path", "sentence"),
    [("nowhere", "There is no folder"), ("catalog.yaml", "is a file: give the adapter’s folder")],
)
def test_no_folder_is_exit_2(
    catalog: Path, capsys: pytest.CaptureFixture[str], path: str, sentence: str
):
    assert check(catalog, catalog.parent / path) == 2
    assert sentence in capsys.readouterr().err
    assert check(catalog, catalog.parent / path, "--json") == 2
    assert capsys.readouterr().out == ""


def test_a_missing_catalog_is_exit_2(tmp_path: Path, capsys: pytest.CaptureFixture[str]):
    assert check(tmp_path / "no.yaml", tmp_path) == 2
    assert "no.yaml" in capsys.readouterr().err


def test_without_the_base_model_shapes_are_not_checked_and_it_says_so(
    catalog: Path, capsys: pytest.CaptureFixture[str]
):
    (catalog.parent / "base" / "config.json").unlink()
    status = check(catalog, catalog.parent / "known", "--json")
    out, err = capsys.readouterr()
    assert status == 0
    assert [f["code"] for f in json.loads(out)["findings"]] == ["shapes_not_checked"]
    assert "There is no base model in" in err


def test_the_catalog_names_the_base_of_adapters_that_do_not(
    catalog: Path, capsys: pytest.CaptureFixture[str]
):
    small().without("base_model_name_or_path").write(catalog.parent / "known")
    _, result = checked(capsys, catalog, catalog.parent / "known")
    assert result["base_model"] == "owner/base"


def test_an_adapter_of_the_catalog_that_is_missing_changes_nothing(
    catalog: Path, capsys: pytest.CaptureFixture[str]
):
    elsewhere = good().write(catalog.parent / "elsewhere")
    for file in (catalog.parent / "known").iterdir():
        file.unlink()
    (catalog.parent / "known").rmdir()
    status, result = checked(capsys, catalog, elsewhere)
    # the engine is then made for no adapter at all: rank 8
    assert (status, [f["code"] for f in result["findings"]]) == (1, ["rank_too_high"])


def test_markup_in_names_is_shown_as_it_is(catalog: Path, capsys: pytest.CaptureFixture[str]):
    parts = small().with_config(peft_type="[bold]X[/bold][/]")
    folder = parts.write(catalog.parent / "[red]name")
    assert check(catalog, folder) == 1
    out = capsys.readouterr().out
    assert "[red]name" in out
    assert "of type [bold]X[/bold][/]" in out


def test_the_shipped_adapters_pass_and_no_vllm_is_imported():
    script = (
        "import sys; from lora_ui.cli import main; status = main(sys.argv[1:]); "
        "sys.exit(status or 40 * bool({'vllm', 'torch'} & set(sys.modules)))"
    )
    for name in ("math", "text2sql", "function"):
        command = [sys.executable, "-c", script, "check", f"adapters/{name}", "--json"]
        command += ["--cache-dir", str(CACHE)]
        done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)
        assert done.returncode == 0, done.stderr
        assert json.loads(done.stdout)["verdict"] == "ok"
