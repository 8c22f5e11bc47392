"""The command line as people call it, over the test engine and over a running app."""

from __future__ import annotations

import argparse
import csv
import json
import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import gradio as gr
import pytest

from lora_ui.catalog.models import Adapter, Catalog
from lora_ui.cli import main
from lora_ui.errors import Problem
from lora_ui.ui.endpoints import register_endpoints
from lora_ui.ui.services import Services
from lora_ui.ui.visits import Visits
from tests.fake_engine import FakeEngine

ROOT = Path(__file__).parents[2]
CATALOG = Catalog(adapters=(Adapter(name="text2sql", source="x", system="Write SQL."),))


class Opener:
    """Hands out one test engine and remembers what became of it."""

    def __init__(self, **options: object) -> None:
        self.engine = FakeEngine(CATALOG, **options)  # type: ignore[arg-type]
        self.closed = False
        self.opened = False
        self.engine.close = self._close  # type: ignore[method-assign]

    def _close(self) -> None:
        self.closed = True

    def __call__(self, _: argparse.Namespace) -> tuple[FakeEngine, Catalog]:
        self.opened = True
        return self.engine, CATALOG


@pytest.fixture
def opener() -> Opener:
    return Opener(delay_s=0.0)


def test_one_prompt_goes_to_base_and_the_whole_catalog(
    opener: Opener, capsys: pytest.CaptureFixture[str]
):
    assert main(["compare", "--prompt", "hello there"], opener) == 0
    out, err = capsys.readouterr()
    assert "base: <user>hello there" in out
    assert "text2sql: <system>Write" in out
    assert "hello there" not in err
    assert "1 of 1 prompts" in err
    assert opener.closed


def test_prompt_file_and_json_output(opener: Opener, tmp_path: Path):
    prompts = tmp_path / "p.txt"
    prompts.write_text("# note\n# expect contains: base\na\nb\n---\nc\n")
    out = tmp_path / "r.json"
    command = ["compare", "--prompt-file", str(prompts), "--adapters", "text2sql", "base", "base"]
    assert main([*command, "--output", str(out)], opener) == 0
    results = json.loads(out.read_text())
    assert [row["prompt"] for row in results] == ["a\nb", "c"]
    assert [c["adapter"] for c in results[0]["columns"]] == ["text2sql", "base", "base"]
    assert [c["verdict"] for c in results[1]["columns"]] == [None] * 3
    assert results[0]["columns"][0]["verdict"]["passed"] is False
    assert results[0]["columns"][1]["verdict"]["passed"] is True
    assert results[0]["wall_s"] > 0
    wanted = {
        "adapter",
        "text",
        "finish_reason",
        "prompt_tokens",
        "tokens",
        "ttft_s",
        "seconds",
        "tokens_per_s",
        "error",
    }
    assert wanted <= set(results[0]["columns"][0])


def test_several_outputs_and_pass_rates(
    opener: Opener, tmp_path: Path, capsys: pytest.CaptureFixture[str]
):
    prompts = tmp_path / "p.txt"
    prompts.write_text("# expect contains: text2sql\none\n# expect contains: base\ntwo\n")
    outputs = [str(tmp_path / f"r.{form}") for form in ("txt", "md", "csv")]
    flags = [flag for path in outputs for flag in ("--output", path)]
    assert main(["compare", "--prompt-file", str(prompts), *flags], opener) == 0
    assert "text2sql: 1 of 2 passed (50 %)" in capsys.readouterr().out
    assert all(Path(path).stat().st_size for path in outputs)
    with Path(outputs[2]).open(newline="") as file:
        assert [row["passed"] for row in csv.DictReader(file)] == ["False", "True", "True", "False"]


def test_sampling_and_system_reach_the_engine(opener: Opener):
    flags = ["--max-tokens", "3", "--temperature", "0.5", "--top-p", "0.9", "--top-k", "5"]
    command = ["compare", "--prompt", "a", "--seed", "7", "--system", "Be brief.", *flags]
    assert main(command, opener) == 0
    for request in opener.engine.requests:
        sampling = request.sampling
        assert (sampling.max_tokens, sampling.temperature, sampling.seed) == (3, 0.5, 7)
        assert (sampling.top_p, sampling.top_k) == (0.9, 5)
        assert request.prompt.text.startswith("<system>Be brief.")


def test_a_failed_column_is_exit_1_and_the_others_answer(
    opener: Opener, capsys: pytest.CaptureFixture[str]
):
    assert main(["compare", "--prompt", "a", "--adapters", "base", "nope"], opener) == 1
    out = capsys.readouterr().out
    assert "base: <user>a" in out
    assert "no adapter called “nope”" in " ".join(out.split()).replace(" │ ", " ")


@pytest.mark.parametrize(
    ("flags", "sentence"),
    [
        (["--prompt", " "], "The prompt is empty"),
        (["--prompt", "a", "--temperature", "-1"], "temperature is -1.0"),
        (["--prompt", "a", "--output", "r.xls"], "unknown ending"),
        (["--prompt", "a", "--output", "no/where/r.md"], "does not exist"),
        (["--prompt-file", "missing.txt"], "missing.txt"),
    ],
)
def test_wrong_usage_is_exit_2_before_an_engine_starts(
    opener: Opener, capsys: pytest.CaptureFixture[str], flags: list[str], sentence: str
):
    assert main(["compare", *flags], opener) == 2
    assert sentence in capsys.readouterr().err
    assert not opener.opened


@pytest.mark.parametrize(
    "arguments", [[], ["compare"], ["compare", "--prompt", "a", "--seed", "x"], ["nonsense"]]
)
def test_argparse_complaints_are_exit_2(opener: Opener, arguments: list[str]):
    with pytest.raises(SystemExit) as left:
        main(arguments, opener)
    assert left.value.code == 2


def test_an_engine_that_fails_to_start(opener: Opener, capsys: pytest.CaptureFixture[str]):
    async def ready() -> None:
        raise Problem("unexpected", detail="no memory")

    opener.engine.ready = ready  # type: ignore[method-assign]
    assert main(["compare", "--prompt", "a"], opener) == 2
    assert "no memory" in capsys.readouterr().err
    assert opener.closed


def test_a_missing_catalog_is_a_sentence():
    command = [sys.executable, "-m", "lora_ui", "compare", "--prompt", "a", "--catalog", "/no.yaml"]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)
    assert done.returncode == 2
    assert done.stdout == ""
    assert done.stderr.count("\n") == 1
    assert "/no.yaml" in done.stderr


SLOW = """
import signal, sys
signal.signal(signal.SIGINT, signal.default_int_handler)  # background jobs ignore it
from lora_ui.cli import main
from tests.cli.test_compare import Opener
sys.exit(main(sys.argv[1:], Opener(delay_s=0.05)))
"""


def test_ctrl_c_keeps_finished_results(tmp_path: Path):
    prompts, out = tmp_path / "p.txt", tmp_path / "r.json"
    prompts.write_text("\n".join(f"prompt {n}" for n in range(200)))
    command = ["compare", "--prompt-file", str(prompts), "--output", str(out), "--at-once", "2"]
    process = subprocess.Popen(
        [sys.executable, "-c", SLOW, *command],
        cwd=ROOT,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )
    assert process.stderr is not None
    for line in process.stderr:
        if line.startswith("2 of") or line.startswith("3 of"):
            break
    process.send_signal(signal.SIGINT)
    stdout, stderr = process.communicate(timeout=20)
    assert process.returncode == 130
    assert "Traceback" not in stderr
    assert "of 200 prompts are finished" in stderr
    results = json.loads(out.read_text())
    assert 2 <= len(results) < 200
    assert "prompt 0" in stdout


def test_a_reader_that_leaves_is_no_traceback():
    script = SLOW.replace("0.05", "0.0")
    command = [sys.executable, "-c", script, "compare", "--prompt", "a " * 50]
    read, write = os.pipe()
    os.close(read)
    done = subprocess.run(
        command, cwd=ROOT, stdout=write, stderr=subprocess.PIPE, text=True, check=False
    )
    os.close(write)
    assert "Traceback" not in done.stderr
    assert "BrokenPipe" not in done.stderr


@pytest.fixture
def app() -> Iterator[tuple[str, FakeEngine]]:
    """A running app's endpoints over the test engine."""
    engine = FakeEngine(CATALOG, delay_s=0.01)
    services = Services(engine=engine, catalog=CATALOG)
    with gr.Blocks(analytics_enabled=False) as demo:
        register_endpoints(services, Visits())
    _, url, _ = demo.launch(prevent_thread_lock=True, quiet=True, ssr_mode=False)
    yield url, engine
    demo.close()


def test_a_running_app_answers_instead(
    app: tuple[str, FakeEngine],
    opener: Opener,
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
):
    url, engine = app
    prompts, out = tmp_path / "p.txt", tmp_path / "r.json"
    prompts.write_text(f"# expect contains: hello\nhello\n{'too long ' * 300}\n")
    command = ["compare", "--url", url, "--prompt-file", str(prompts), "--output", str(out)]
    assert main([*command, "--seed", "3", "--top-k", "9", "--system", "S"], opener) == 1
    hello, long = json.loads(out.read_text())
    assert [c["adapter"] for c in hello["columns"]] == ["base", "text2sql"]
    assert hello["columns"][0]["text"] == "base: <system>S <user>hello "
    assert hello["columns"][1]["verdict"]["passed"] is True
    assert hello["wall_s"] > 0
    assert "too many for the context" in long["columns"][0]["error"]
    assert (engine.requests[0].sampling.seed, engine.requests[0].sampling.top_k) == (3, 9)
    assert not opener.opened
    assert "pass: contains “hello”" in capsys.readouterr().out


def test_what_a_running_app_refuses_is_its_sentence(
    app: tuple[str, FakeEngine], opener: Opener, capsys: pytest.CaptureFixture[str]
):
    app_down = Problem("unexpected", detail="the engine has failed")

    async def ready() -> None:
        raise app_down

    app[1].ready = ready  # type: ignore[method-assign]
    assert main(["compare", "--url", app[0], "--prompt", "a", "--adapters", "base"], opener) == 1
    shown = " ".join(capsys.readouterr().out.split())
    assert "error: Something unexpected went wrong (the engine has failed)." in shown


def test_no_app_at_the_address(opener: Opener, capsys: pytest.CaptureFixture[str]):
    assert main(["compare", "--url", "http://127.0.0.1:9", "--prompt", "a"], opener) == 2
    assert "http://127.0.0.1:9" in capsys.readouterr().err
