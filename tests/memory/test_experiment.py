"""The experiment's plan, sums and report, over engines that are told rather than started."""

from __future__ import annotations

import argparse
import json
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import psutil
import pytest

from lora_ui.catalog.models import Adapter
from lora_ui.errors import Problem
from lora_ui.memory import engine_once
from lora_ui.memory.engine_once import EngineFigures, measure_engine
from lora_ui.memory.experiment import (
    GIB,
    WAYS,
    Measured,
    Start,
    default_kv_bytes,
    plan_starts,
    run_experiment,
    sums,
)
from lora_ui.memory.experiment_report import Report, as_json, as_markdown, chart
from lora_ui.memory.made_model import make_dummy_model
from lora_ui.settings import Settings, load_settings
from tests.app_process import ROOT
from tests.memory import shapes

ADAPTERS = [Adapter(name=f"a{i}", source=f"adapters/a{i}") for i in (1, 2, 3)]
MIB = 1024**2


@pytest.fixture
def settings() -> Settings:
    return load_settings(argparse.Namespace(catalog=str(ROOT / "adapters.yaml")), {})


def figures(taken: int | None = 1000 * MIB, **more: Any) -> EngineFigures:
    """An engine at rest, in a GPU's figures."""
    told: dict[str, Any] = {
        "bytes": taken,
        "source": "nvml",
        "device": "gpu: NVIDIA Something",
        "total_bytes": 80 * GIB,
        "dtype": "bfloat16",
        "engine": "0.32.0",
        "started_in_s": 30.0,
        "weights_bytes": 256 * MIB,
        "slots_bytes": 4 * MIB,
        "slot_bytes": 4 * MIB,
        "kv_reserved_bytes": 300 * MIB,
        "kv_tokens": 1000,
        "graphs_bytes": 100 * MIB,
        "context_bytes": 200 * MIB,
        "workspace_bytes": None,
    }
    return EngineFigures(**{**told, **more})


def run(settings: Settings, each: bool = True, **told: Any) -> list[Measured]:
    """All engines of both ways, the base smallest and the one with all adapters largest."""
    taken = {"base": 900 * MIB, "separate": 1000 * MIB, "multi": 1200 * MIB}

    def measure(_: Settings, label: str, __: Path) -> EngineFigures:
        return figures(taken[label.split()[0]], **told)

    starts = plan_starts(settings, ADAPTERS, WAYS, 3 * GIB, each=each)
    return list(run_experiment(starts, 3, Path(), lambda *_: None, measure))


def test_every_engine_is_started_with_its_own_settings(settings: Settings):
    starts = plan_starts(settings, ADAPTERS, WAYS, 3 * GIB)
    assert [(s.way, s.kind, s.number) for s in starts] == [
        (way, kind, number)
        for way in ("equal", "article")
        for kind, number in [
            ("base", 1),
            ("separate", 1),
            ("separate", 2),
            ("separate", 3),
            ("multi", 1),
        ]
    ]
    engines = [start.settings.catalog.engine for start in starts]
    assert [e.extra.get("kv_cache_memory_bytes") for e in engines] == (
        [3 * GIB, GIB, GIB, GIB, 3 * GIB] + [None] * 5
    )
    assert [e.max_loras for e in engines] == [1, 1, 1, 1, 3] * 2
    assert [start.settings.lora for start in starts] == [False, True, True, True, True] * 2
    served = [[a.name for a in start.settings.catalog.adapters] for start in starts]
    assert served == [[], ["a1"], ["a2"], ["a3"], ["a1", "a2", "a3"]] * 2


def test_what_the_catalog_sets_stays(settings: Settings):
    engine = settings.catalog.engine.model_copy(
        update={"extra": {"max_num_seqs": 4}, "max_lora_rank": 64}
    )
    catalog = settings.catalog.model_copy(update={"engine": engine})
    changed = argparse.Namespace(**{**vars(settings), "catalog": catalog})
    with_both = Settings(**vars(changed))
    for start in plan_starts(with_both, ADAPTERS, ["equal"], GIB):
        assert start.settings.catalog.engine.extra["max_num_seqs"] == 4
        assert start.settings.catalog.engine.max_lora_rank == 64


def test_sums(settings: Settings):
    one = sums(run(settings), "equal", 3)
    assert one
    assert (one.base_bytes, one.separate_bytes, one.multi_bytes) == (
        900 * MIB,
        3000 * MIB,
        1200 * MIB,
    )
    assert one.saved == pytest.approx(0.6)
    assert one.saved_by_parts == pytest.approx(2 / 3)
    assert (one.separate_tokens, one.multi_tokens) == (3000, 1000)
    assert one.article == (0.666, 0.666)


def test_one_separate_engine_for_all_counts_as_often(settings: Settings):
    measured = run(settings, each=False)
    assert [one.times for one in measured] == [1, 3, 1] * 2
    one = sums(measured, "article", 3)
    assert one
    assert one.separate_bytes == 3000 * MIB
    text = as_markdown(Report("today", "model", ("a1", "a2", "a3"), "", tuple(measured)))
    assert "separate engine: a1 (counted 3 times) | 1,000 | 1,000 |" in text
    assert "| 3 separate engines together | 3,000 | 3,000 |" in text
    assert "One separate engine was started and counted for all." in text


def test_an_unknown_figure_is_unknown_in_the_sums(settings: Settings):
    measured = run(settings, kv_tokens=None)
    one = sums(measured, "equal", 3)
    assert one
    assert one.separate_tokens is None
    assert one.saved == pytest.approx(0.6)
    text = as_markdown(Report("today", "model", ("a1", "a2", "a3"), "", tuple(measured)))
    assert "| base alone | – | 900 | 256 | 4 | 300 | 100 | 200 | – | 40 |" in text


def test_an_unfinished_way_has_no_result(settings: Settings):
    measured = run(settings)
    assert sums(measured[:4], "equal", 3) is None
    report = Report("today", "model", ("a1", "a2", "a3"), "", tuple(measured[:7]))
    assert [one.way for one in report.results] == ["equal"]
    assert "separate engine: a1" in as_markdown(report)


def test_report(settings: Settings):
    report = Report("today", "model", ("a1", "a2", "a3"), "python -m …", tuple(run(settings)))
    text = as_markdown(report)
    assert "| equal KV cache | 3,000 | 1,200 | 60.0% | 66.7% | 66.7% | 66.6% |" in text
    assert "Measured by NVML for each process of the engine, at rest." in text
    told = json.loads(json.dumps(as_json(report)))
    assert len(told["engines"]) == 10
    assert told["results"][0]["saved"] == pytest.approx(0.6)
    drawn = chart(report).to_plotly_json()
    assert [trace["name"] for trace in drawn["data"]][:2] == ["weights", "slots"]
    weights = drawn["data"][0]
    assert list(weights["y"]) == [256, 768, 256]
    assert any("60.0% saved (article: 66.6%)" in a["text"] for a in drawn["layout"]["annotations"])


def test_the_kv_cache_that_is_shared_out(settings: Settings, tmp_path: Path):
    (tmp_path / "config.json").write_text(json.dumps(shapes.SMOLLM2))
    assert default_kv_bytes(tmp_path, settings, 3) == 3 * 4 * 2048 * 23_040
    (tmp_path / "config.json").write_text('{"model_type": "unheard of"}')
    assert default_kv_bytes(tmp_path, settings, 3) == 3 * GIB
    assert default_kv_bytes(tmp_path / "nowhere", settings, 3) == 3 * GIB


def test_a_made_tokenizer_takes_any_text(tmp_path: Path):
    config = tmp_path / "config.json"
    config.write_text(json.dumps({**shapes.SMOLLM2, "architectures": ["LlamaForCausalLM"]}))
    folder = make_dummy_model(config, tmp_path / "model")
    from transformers import AutoTokenizer

    tokenizer: Any = AutoTokenizer.from_pretrained(folder)
    told = tokenizer.apply_chat_template(
        [{"role": "user", "content": "Grüße, 世界 😀"}], add_generation_prompt=True, tokenize=False
    )
    assert told == "user: Grüße, 世界 😀\nassistant: "
    ids = tokenizer(told)["input_ids"]
    assert max(ids) < 257
    assert tokenizer.decode(ids) == told


@pytest.mark.parametrize("text", ["", "[]", '{"model_type": "gpt2"}', None])
def test_a_wrong_config_is_a_sentence(text: str | None, tmp_path: Path):
    config = tmp_path / "config.json"
    if text is not None:
        config.write_text(text)
    with pytest.raises(Problem):
        make_dummy_model(config, tmp_path / "model")


def test_an_engine_that_cannot_start_is_a_sentence_with_its_log(settings: Settings, tmp_path: Path):
    catalog = settings.catalog.model_copy(
        update={
            "engine": settings.catalog.engine.model_copy(update={"model": str(tmp_path / "none")}),
            "adapters": (),
        }
    )
    broken = Settings(**{**vars(settings), "catalog": catalog})
    log = tmp_path / "one.log"
    with pytest.raises(Problem) as raised:
        measure_engine(broken, "base 1, equal", log)
    assert raised.value.code == "measure_engine"
    assert str(tmp_path / "none") in raised.value.message
    assert str(log) in raised.value.message


def test_the_engines_process_ends_with_the_experiment(tmp_path: Path):
    """Its input is closed when the experiment is gone, by whatever it ended."""
    code = (
        "import lora_ui.memory.engine_once as once, time, sys\n"
        "once.run = lambda _: time.sleep(600)\n"
        "once.main()"
    )
    import pickle

    process = subprocess.Popen(
        [sys.executable, "-c", code, str(tmp_path / "result.json")],
        stdin=subprocess.PIPE,
        cwd=ROOT,
    )
    assert process.stdin
    process.stdin.write(pickle.dumps("a job"))
    process.stdin.flush()
    child = psutil.Process(process.pid)
    until = time.monotonic() + 60
    while len(child.threads()) < 2 and time.monotonic() < until:
        time.sleep(0.05)
    assert process.poll() is None
    process.stdin.close()
    assert process.wait(30) == 143
    assert list(tmp_path.iterdir()) == []


def test_interrupted_the_engine_is_ended_first(
    settings: Settings, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
):
    ended: list[int] = []
    real = subprocess.Popen

    class Interrupted(real):
        def wait(self, timeout: float | None = None) -> int:
            if timeout is None and not ended:
                ended.append(self.pid)
                raise KeyboardInterrupt
            return super().wait(timeout)

    monkeypatch.setattr(engine_once.subprocess, "Popen", Interrupted)
    with pytest.raises(KeyboardInterrupt):
        measure_engine(settings, "base 1, equal", tmp_path / "one.log")
    assert ended
    assert not psutil.pid_exists(ended[0])


def test_starts_are_told_before_and_after(settings: Settings, tmp_path: Path):
    heard: list[tuple[str, bool]] = []

    def tell(start: Start, found: EngineFigures | None) -> None:
        heard.append((start.kind, found is not None))

    starts = plan_starts(settings, ADAPTERS[:1], ["equal"], GIB)
    measured = list(run_experiment(starts, 1, tmp_path, tell, lambda *_: figures()))
    assert heard == [
        (kind, told) for kind in ("base", "separate", "multi") for told in (False, True)
    ]
    assert [one.times for one in measured] == [1, 1, 1]
