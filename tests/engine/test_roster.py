"""The adapters of an engine: fetched one by one, judged against it, and where each is now."""

from __future__ import annotations

from pathlib import Path

import pytest

from lora_ui.catalog.models import Adapter
from lora_ui.engine.protocol import AdapterStatus, EngineFacts
from lora_ui.engine.roster import Roster
from lora_ui.errors import Problem
from tests.catalog.adapter_files import tensors, write_adapter

ATTENTION = ("q_proj", "v_proj")


def facts(
    model: str = "owner/base", rank: int = 8, modules: tuple[str, ...] = ATTENTION
) -> EngineFacts:
    return EngineFacts(
        model=model,
        device="a CPU",
        dtype="float32",
        max_loras=2,
        max_cpu_loras=3,
        max_lora_rank=rank,
        max_model_len=2048,
        target_modules=modules,
        choices=(),
    )


def roster(beside: Path, *names: str, base_model: str | None = None) -> Roster:
    """Adapters whose source is a folder of their own name, fetched."""
    made = Roster([Adapter(name=name, source=name, base_model=base_model) for name in names])
    made.fetch(beside, lambda _line: None)
    return made


def only(made: Roster) -> AdapterStatus:
    (found,) = made.statuses()
    return found


def test_a_good_adapter_is_known_by_its_files(tmp_path: Path) -> None:
    write_adapter(tmp_path / "a")
    made = roster(tmp_path, "a")
    made.judge(facts())
    status = only(made)
    assert (status.state, status.verdict, status.findings) == ("disk", "ok", ())
    assert (status.rank, status.alpha, status.base_model) == (4, 8.0, "owner/base")
    assert status.target_modules == ATTENTION
    assert status.bytes
    assert made.entry("a").files
    assert [f.folder for f in made.usable()] == [tmp_path / "a"]


def test_nothing_is_said_of_an_adapter_that_was_not_looked_at(tmp_path: Path) -> None:
    made = Roster([Adapter(name="a", source="a", base_model="owner/base")])
    status = only(made)
    assert (status.state, status.verdict, status.rank, status.bytes) == ("disk", None, None, None)
    assert status.base_model == "owner/base"
    assert made.usable() == []
    assert tmp_path.exists()


def test_one_bad_adapter_is_refused_alone(tmp_path: Path) -> None:
    write_adapter(tmp_path / "a")
    write_adapter(tmp_path / "c", peft_type="IA3")
    made = roster(tmp_path, "a", "b", "c")
    made.judge(facts())
    found = {s.adapter.name: s for s in made.statuses()}
    assert [found[name].verdict for name in "abc"] == ["ok", "refused", "refused"]
    assert found["b"].state == "refused"
    (finding,) = found["b"].findings
    assert finding.code == "adapter_folder_missing"
    assert finding.severity == "error"
    assert str(tmp_path / "b") in finding.message
    with pytest.raises(Problem) as raised:
        made.entry("b")
    assert raised.value.message == finding.message
    assert made.entry("a")
    assert [f.folder.name for f in made.usable()] == ["a"]


def test_numbers_in_the_engine_are_distinct_and_positive(tmp_path: Path) -> None:
    numbers = [e.number for e in roster(tmp_path, "a", "b", "c")]
    assert len(set(numbers)) == 3
    assert min(numbers) > 0


def test_a_rank_over_the_engines_names_the_flag_that_helps(tmp_path: Path) -> None:
    write_adapter(tmp_path / "a", tensors({"q_proj": 20}))
    made = roster(tmp_path, "a")
    made.judge(facts(rank=16))
    with pytest.raises(Problem) as raised:
        made.entry("a")
    for part in ("“a” has rank 20", "at most 16", "--max-lora-rank 32"):
        assert part in raised.value.message
    assert only(made).verdict == "refused"
    assert only(made).rank == 20


def test_a_rank_that_no_engine_serves_does_not_size_this_one(tmp_path: Path) -> None:
    write_adapter(tmp_path / "a", tensors({"q_proj": 513}, width=2))
    made = roster(tmp_path, "a")
    assert made.usable() == []
    with pytest.raises(Problem, match="rank 513, but vLLM serves at most 512"):
        made.entry("a")


def test_weights_for_modules_that_would_be_dropped_are_refused(tmp_path: Path) -> None:
    write_adapter(tmp_path / "a", tensors({"q_proj": 4, "up_proj": 4, "gate_proj": 4}))
    made = roster(tmp_path, "a")
    made.judge(facts())
    with pytest.raises(Problem, match="gate_proj, up_proj, which this engine does not serve"):
        made.entry("a")


def test_another_base_model_is_a_warning_that_lets_it_run(tmp_path: Path) -> None:
    write_adapter(tmp_path / "a")
    made = roster(tmp_path, "a")
    made.judge(facts(model="owner/other"))
    status = only(made)
    assert status.verdict == "warning"
    (finding,) = status.findings
    assert (finding.code, finding.severity) == ("adapter_other_base", "warning")
    assert "trained on owner/base, not on owner/other" in finding.message
    assert made.entry("a")


def test_a_folder_as_base_says_nothing_of_its_origin(tmp_path: Path) -> None:
    write_adapter(tmp_path / "a")
    made = roster(tmp_path, "a")
    made.judge(facts(model="/models/base"))
    assert only(made).verdict == "ok"


def test_the_catalog_speaks_where_the_adapter_is_silent(tmp_path: Path) -> None:
    write_adapter(tmp_path / "a", without=("base_model_name_or_path",))
    silent = roster(tmp_path, "a")
    silent.judge(facts())
    assert only(silent).verdict == "ok"
    told = roster(tmp_path, "a", base_model="owner/third")
    told.judge(facts())
    assert only(told).verdict == "warning"
    assert only(told).base_model == "owner/third"


def test_the_latest_used_are_in_slots_and_the_ones_before_in_host_memory(tmp_path: Path) -> None:
    for name in "abcde":
        write_adapter(tmp_path / name)
    made = roster(tmp_path, *"abcde")
    made.judge(facts())

    def states() -> dict[str, str]:
        return {s.adapter.name: s.state for s in made.statuses()}

    assert set(states().values()) == {"disk"}
    for name in "abcd":
        made.used(name)
    assert states() == {"a": "disk", "b": "host", "c": "slot", "d": "slot", "e": "disk"}
    made.used("b")
    assert states() == {"a": "disk", "b": "slot", "c": "host", "d": "slot", "e": "disk"}
    made.entry("e").loading = True
    assert states()["e"] == "loading"


def test_a_failed_load_is_kept_as_the_refusal(tmp_path: Path) -> None:
    write_adapter(tmp_path / "a")
    made = roster(tmp_path, "a")
    made.judge(facts())
    made.refuse("a", Problem("adapter_load_failed", name="a", detail="shape mismatch"))
    with pytest.raises(Problem, match="shape mismatch"):
        made.entry("a")
    assert only(made).state == "refused"
    assert only(made).rank == 4
