"""`python -m lora_ui measure`, as people run it; the real engine is started three times."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import psutil
import pytest

from lora_ui.catalog.footprint import read_shape
from lora_ui.cli import main
from lora_ui.engine.guard import TAG_VARIABLE
from tests.app_process import CACHE, ROOT

MIB = 1024**2
SHAPE = {
    "architectures": ["LlamaForCausalLM"],
    "model_type": "llama",
    "torch_dtype": "bfloat16",
    "hidden_act": "silu",
    "hidden_size": 256,
    "intermediate_size": 512,
    "num_hidden_layers": 4,
    "num_attention_heads": 4,
    "num_key_value_heads": 2,
    "vocab_size": 32000,
    "max_position_embeddings": 4096,
    "rms_norm_eps": 1e-5,
    "tie_word_embeddings": False,
}
ATTENTION = ("q_proj", "k_proj", "v_proj", "o_proj")


def start(tmp_path: Path, *flags: str) -> subprocess.Popen[str]:
    """The command over a small model with dummy weights and made adapters."""
    config = tmp_path / "small.json"
    config.write_text(json.dumps(SHAPE))
    environment = {k: v for k, v in os.environ.items() if k != TAG_VARIABLE}
    return subprocess.Popen(
        [
            *(sys.executable, "-m", "lora_ui", "measure", "--output", str(tmp_path / "out")),
            *("--dummy-config", str(config), "--cache-dir", str(CACHE), *flags),
        ],
        cwd=ROOT,
        env=environment,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )


@pytest.mark.timeout(900)
def test_the_experiment_with_one_adapter(tmp_path: Path):
    process = start(tmp_path, "--adapters", "1", "--ways", "equal", "--kv-mib", "256")
    out, err = process.communicate()
    assert process.returncode == 0, err
    told = json.loads((tmp_path / "out" / "measure.json").read_text())
    base, separate, multi = told["engines"]
    assert [e["kind"] for e in (base, separate, multi)] == ["base", "separate", "multi"]
    shape = read_shape(SHAPE)
    for engine in (base, separate, multi):
        figures = engine["figures"]
        assert figures["bytes"] > 0
        assert figures["weights_bytes"] == base["figures"]["weights_bytes"] > 0
        assert 0 < figures["kv_reserved_bytes"] <= 256 * MIB
        per_token = shape.kv_bytes_per_token(figures["dtype"])
        assert figures["kv_tokens"] == figures["kv_reserved_bytes"] // per_token
    for engine in (separate, multi):
        figures = engine["figures"]
        by_formula = shape.slot_bytes(16, figures["dtype"], ATTENTION)
        assert figures["slot_bytes"] == figures["slots_bytes"] == by_formula
    assert not base["figures"]["slots_bytes"]
    result = told["results"][0]
    assert result["separate_bytes"] == separate["figures"]["bytes"]
    assert result["saved"] == 1 - multi["figures"]["bytes"] / separate["figures"]["bytes"]
    # with one adapter both sides are the same engine
    assert result["saved_by_parts"] == 0
    assert abs(result["saved"]) < 0.1
    assert out == (tmp_path / "out" / "measure.md").read_text() + "\n"
    assert "1/3 equal KV cache: base alone" in err
    assert "plotly" in (tmp_path / "out" / "measure.html").read_text(encoding="utf-8")


def test_ctrl_c_ends_everything(tmp_path: Path):
    process = start(tmp_path, "--adapters", "1", "--ways", "equal")
    try:
        assert process.stderr
        while "1/3" not in (line := process.stderr.readline()):
            assert line, "it ended by itself"
        own = _below(process.pid)
        until = time.monotonic() + 120
        while not any("guard" in " ".join(p.cmdline()) for p in own):
            assert time.monotonic() < until
            time.sleep(0.5)
            own = _below(process.pid)
        process.send_signal(signal.SIGINT)
        assert process.wait(60) == 130
    finally:
        process.kill()
    assert "Stopped after 0 of 3 engines" in process.stderr.read()
    _, alive = psutil.wait_procs(own, 30)
    assert alive == []


def _below(pid: int) -> list[psutil.Process]:
    """All processes below this one that are not yet dead."""
    found = []
    for child in psutil.Process(pid).children(recursive=True):
        try:
            if child.cmdline():
                found.append(child)
        except psutil.Error:
            continue
    return found


@pytest.mark.parametrize(
    ("flags", "said"),
    [
        (["--ways", "all"], "“all” is no way to give out the KV cache"),
        (["--ways", ","], "“” is no way to give out the KV cache"),
        (["--adapters", "0"], "0 adapters cannot be measured: choose 1 to 64."),
        (["--adapters", "65"], "65 adapters cannot be measured"),
        (["--adapters", "30"], "3 adapters that can be served, but 30 are to be measured"),
        (["--dummy-config", "nowhere.json"], "That is no config.json"),
        (["--dummy-config", "pyproject.toml"], "That is no config.json"),
    ],
)
def test_wrong_usage_is_a_sentence(
    flags: list[str],
    said: str,
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
):
    monkeypatch.chdir(ROOT)
    monkeypatch.setenv("LORA_UI_CACHE_DIR", str(CACHE))
    assert main(["measure", "--output", str(tmp_path / "out"), *flags]) == 2
    assert said in capsys.readouterr().err


def test_an_output_that_cannot_be_written(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.chdir(ROOT)
    (tmp_path / "file").touch()
    assert main(["measure", "--output", str(tmp_path / "file")]) == 2
    assert "cannot be written" in capsys.readouterr().err
