"""The engine's log: stages out of it while it grows, and the cause of a failed start."""

from __future__ import annotations

import logging
import os
import subprocess
import sys
from pathlib import Path

import pytest
from pydantic import ValidationError

from lora_ui.catalog.models import EngineSettings
from lora_ui.engine.failures import explain_start
from lora_ui.engine.logs import EngineLog
from lora_ui.errors import Problem

HEAD = "2026-11-24 12:00:00,000 INFO [EngineCore 41] "


@pytest.fixture
def log(tmp_path: Path) -> EngineLog:
    return EngineLog(tmp_path)


def write(log: EngineLog, *lines: str, end: str = "\n") -> None:
    with log.path.open("a") as file:
        file.write("\n".join(lines) + end)


def test_an_empty_log_says_nothing(log: EngineLog) -> None:
    assert log.new_stages() == []
    assert log.tail() == ()
    assert log.cause() is None


def test_a_log_that_was_cleared_away_says_nothing(log: EngineLog) -> None:
    write(log, f"{HEAD}Starting to load model", "ERROR ValueError: a cause")
    log.path.unlink()
    assert (log.new_stages(), log.tail(), log.cause()) == ([], (), None)


def test_stages_come_once_in_order_and_from_whole_lines_only(log: EngineLog) -> None:
    write(log, f"{HEAD}Initializing a V1 LLM engine (v0.32.0) with config:", f"{HEAD}chatter")
    write(log, f"{HEAD}Starting to load mod", end="")
    assert log.new_stages() == ["starting the engine’s processes"]
    assert log.new_stages() == []
    write(log, "el /models/x...", f"{HEAD}Loading weights took 0.5 seconds")
    assert log.new_stages() == ["loading weights", "preparing the model"]
    assert log.new_stages() == []


def test_bytes_that_are_no_text_are_passed_over(log: EngineLog) -> None:
    with log.path.open("ab") as file:
        file.write(b"\xff\xfe\x80 \n" + HEAD.encode() + b"GPU KV cache size: 9 tokens\n")
    assert log.new_stages() == ["reserving the KV cache"]
    assert log.tail()[-1].endswith("9 tokens")
    assert log.cause() is None


def test_the_tail_is_the_last_lines(log: EngineLog) -> None:
    write(log, *(f"line {number}" for number in range(100)))
    assert log.tail(3) == ("line 97", "line 98", "line 99")
    assert len(log.tail()) == 40


def test_the_cause_is_the_first_exception_that_is_not_passed_on(log: EngineLog) -> None:
    write(
        log,
        "INFO the word Error alone is no cause",
        "ERROR Traceback (most recent call last):",
        "ERROR RuntimeError: Engine core initialization failed. See root cause above.",
        "ERROR torch.OutOfMemoryError: tried to allocate 3 GiB",
        "ERROR ValueError: a later one",
    )
    assert log.cause() == "torch.OutOfMemoryError: tried to allocate 3 GiB"


def test_other_processes_log_into_the_file_and_not_to_the_console(
    log: EngineLog, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("VLLM_LOGGING_CONFIG_PATH", "")
    log.route()
    script = (
        "import json, logging.config, os\n"
        "path = os.environ['VLLM_LOGGING_CONFIG_PATH']\n"
        "logging.config.dictConfig(json.load(open(path)))\n"
        "logging.getLogger('vllm.v1.engine').info('Starting to load model %s', 'ü')\n"
        "logging.getLogger('vllm').debug('too much')\n"
    )
    done = subprocess.run(
        [sys.executable, "-c", script], env=os.environ, capture_output=True, text=True, check=True
    )
    assert done.stdout + done.stderr == ""
    assert log.new_stages() == ["loading weights"]
    assert len(log.tail()) == 1
    assert "INFO [MainProcess " in log.tail()[0]
    assert log.tail()[0].endswith("Starting to load model ü")


@pytest.mark.parametrize(
    ("line", "code"),
    [
        ("ValueError: Free memory on device (1/80 GiB) is less than desired", "start_memory_taken"),
        ("ValueError: No available memory for the cache blocks. Try", "start_no_memory"),
        ("torch.OutOfMemoryError: CUDA out of memory.", "start_no_memory"),
        (
            "ValueError: To serve at least one request, 3.1 GiB KV cache is needed, which is",
            "start_no_room_for_context",
        ),
        (
            "pydantic_core.ValidationError: User-specified max_model_len (9) is greater than",
            "start_context_too_long",
        ),
        (
            "ValueError: Model architectures ['X'] are not supported for now.",
            "start_model_unsupported",
        ),
        ("OSError: [Errno 28] No space left on device", "start_disk_full"),
        ("KeyError: 'what nobody knows'", "start_failed"),
    ],
)
def test_causes_become_sentences_that_quote_them(log: EngineLog, line: str, code: str) -> None:
    write(log, f"ERROR {line}", "ERROR RuntimeError: Engine core initialization failed.")
    problem = explain_start(RuntimeError("Engine core initialization failed."), log)
    assert problem.code == code
    assert line[:60] in problem.message


def test_a_problem_stays_itself_and_an_unknown_error_is_named(log: EngineLog) -> None:
    own = Problem("no_gpu")
    assert explain_start(own, log) is own
    unknown = explain_start(ZeroDivisionError("by\nzero"), log)
    assert unknown.code == "start_failed"
    assert "ZeroDivisionError: by" in unknown.message
    with pytest.raises(ValidationError) as invalid:
        EngineSettings.model_validate({"max_model_len": 1})
    assert "greater than or equal to 64" in explain_start(invalid.value, log).message
    assert "\n" not in explain_start(ValueError("a" * 9000), log).message
    assert len(explain_start(ValueError("a" * 9000), log).message) < 500


def test_at_the_end_nothing_more_is_written(log: EngineLog) -> None:
    engine_logger = logging.getLogger("vllm")
    ours = logging.FileHandler(log.path)
    other = logging.FileHandler(log.path.with_name("other.log"))
    engine_logger.addHandler(ours)
    engine_logger.addHandler(other)
    try:
        log.end()
        assert ours not in engine_logger.handlers
        assert other in engine_logger.handlers
    finally:
        engine_logger.removeHandler(other)
        other.close()
