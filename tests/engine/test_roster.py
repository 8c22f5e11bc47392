"""The adapters of an engine: found one by one, held against it, and whose each of them is."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from lora_ui.catalog.models import Adapter
from lora_ui.catalog.preflight import BaseFacts, Limits
from lora_ui.engine.contents import Checker
from lora_ui.engine.protocol import AdapterStatus
from lora_ui.engine.roster import Entry, Roster, revision_of
from lora_ui.engine.tiers import Tiers
from lora_ui.errors import Problem
from tests.catalog.adapter_files import tensors, write_adapter

ATTENTION = ("q_proj", "v_proj")


def checker(
    model: str = "owner/base", rank: int = 8, modules: tuple[str, ...] = ATTENTION
) -> Checker:
    """Knows a base model of two layers that is 16 wide, and an engine for it."""
    named = ("q_proj", "v_proj", "up_proj", "gate_proj")
    places = [f"model.layers.{layer}.self_attn.{module}" for layer in (0, 1) for module in named]
    made = Checker()
    made.know(BaseFacts(model, {}, dict.fromkeys(places, (16, 16))), Limits(rank, modules))
    return made


def roster(beside: Path, *names: str, base_model: str | None = None) -> Roster:
    """Adapters whose source is a folder of their own name, found."""
    made = Roster([Adapter(name=name, source=name, base_model=base_model) for name in names])
    made.fetch(beside, lambda _line: None)
    return made


def added(made: Roster, folder: Path, visitor: str | None, name: str = "poems") -> Entry:
    return made.add(Adapter(name=name, source=str(folder)), folder, visitor, None)


def only(made: Roster) -> AdapterStatus:
    (found,) = made.statuses()
    return found


def said(entry: Entry) -> str:
    problem = entry.problem()
    assert problem
    return problem.message


def test_a_good_adapter_is_known_by_its_files(tmp_path: Path) -> None:
    write_adapter(tmp_path / "a")
    made = roster(tmp_path, "a")
    made.judge(checker())
    status = only(made)
    assert (status.state, status.verdict, status.findings) == ("disk", "ok", ())
    assert (status.rank, status.alpha, status.base_model) == (4, 8.0, "owner/base")
    assert status.target_modules == ATTENTION
    assert status.parameters == 2 * 2 * 2 * 4 * 16
    assert status.bytes
    assert (status.sha256, status.has_effect, status.added) == (None, None, False)
    assert made.entry("a").problem() is None
    assert [report.folder for report in made.usable()] == [tmp_path / "a"]


def test_nothing_is_said_of_an_adapter_that_was_not_looked_at() -> None:
    made = Roster([Adapter(name="a", source="a", base_model="owner/base")])
    status = only(made)
    assert (status.state, status.verdict, status.rank, status.bytes) == ("disk", None, None, None)
    assert status.base_model == "owner/base"
    assert made.usable() == []


def test_one_bad_adapter_is_refused_alone(tmp_path: Path) -> None:
    write_adapter(tmp_path / "a")
    write_adapter(tmp_path / "c", peft_type="IA3")
    made = roster(tmp_path, "a", "b", "c")
    made.judge(checker())
    found = {s.adapter.name: s for s in made.statuses()}
    assert [found[name].verdict for name in "abc"] == ["ok", "refused", "refused"]
    assert found["b"].state == "refused"
    (finding,) = found["b"].findings
    assert (finding.code, finding.severity) == ("adapter_folder_missing", "error")
    assert str(tmp_path / "b") in finding.message
    assert said(made.entry("b")) == finding.message
    assert said(made.entry("c")).startswith("“c” is not served: It is of type IA3")
    assert [report.folder.name for report in made.usable()] == ["a"]


def test_a_rank_over_the_engines_names_the_flag_that_helps(tmp_path: Path) -> None:
    write_adapter(tmp_path / "a", tensors({"q_proj": 20}), r=20)
    made = roster(tmp_path, "a")
    made.judge(checker(rank=16))
    for part in ("“a”", "rank 20", "at most 16", "--max-lora-rank 32"):
        assert part in said(made.entry("a"))
    assert (only(made).verdict, only(made).rank) == ("refused", 20)


def test_weights_for_modules_that_would_be_dropped_are_refused(tmp_path: Path) -> None:
    write_adapter(tmp_path / "a", tensors({"q_proj": 4, "up_proj": 4, "gate_proj": 4}))
    made = roster(tmp_path, "a")
    made.judge(checker())
    assert "gate_proj" in said(made.entry("a"))
    assert "--lora-target-modules" in said(made.entry("a"))


def test_another_base_model_is_a_warning_that_lets_it_run(tmp_path: Path) -> None:
    write_adapter(tmp_path / "a")
    made = roster(tmp_path, "a")
    made.judge(checker(model="owner/other"))
    (finding,) = only(made).findings
    assert (only(made).verdict, finding.code) == ("warning", "other_base")
    assert "owner/base" in finding.message
    assert made.entry("a").problem() is None


def test_the_catalog_speaks_where_the_adapter_is_silent(tmp_path: Path) -> None:
    write_adapter(tmp_path / "a", without=("base_model_name_or_path",))
    told = roster(tmp_path, "a", base_model="owner/third")
    told.judge(checker())
    assert (only(told).verdict, only(told).base_model) == ("warning", "owner/third")


def test_two_visitors_may_both_have_poems(tmp_path: Path) -> None:
    write_adapter(tmp_path / "a")
    made = roster(tmp_path, "a")
    hers, his = added(made, tmp_path / "a", "ann"), added(made, tmp_path / "a", "bob")
    assert made.entry("poems", "ann") is hers
    assert made.entry("poems", "bob") is his
    assert hers.key != his.key
    with pytest.raises(Problem, match="There is no adapter called “poems”: choose one of base, a"):
        made.entry("poems")
    assert [s.adapter.name for s in made.statuses()] == ["a"]
    (_, status) = made.statuses("ann")
    assert (status.added, status.visitor) == (True, "ann")
    assert made.name_for("ann", hers.key) == "poems"
    assert made.name_for("ann", his.key) == "another visitor’s adapter"


def test_a_name_is_taken_once_among_what_a_visitor_sees(tmp_path: Path) -> None:
    write_adapter(tmp_path / "a")
    made = roster(tmp_path, "a")
    added(made, tmp_path / "a", "ann")
    added(made, tmp_path / "a", None, "songs")
    for visitor, name in (("ann", "poems"), ("ann", "a"), ("bob", "songs"), (None, "poems")):
        with pytest.raises(Problem, match=f"already an adapter called “{name}”"):
            added(made, tmp_path / "a", visitor, name)


def test_only_added_ones_can_be_removed_and_their_keys_never_come_back(tmp_path: Path) -> None:
    write_adapter(tmp_path / "a")
    made = roster(tmp_path, "a")
    first = added(made, tmp_path / "a", "ann")
    with pytest.raises(Problem, match="“a” comes with the catalog"):
        made.take("a", "ann")
    with pytest.raises(Problem, match="no adapter called “poems”"):
        made.take("poems", "bob")
    assert made.take("poems", "ann") is first
    assert said(first).startswith("“poems” was removed")
    assert made.by_key(first.key) is None
    assert added(made, tmp_path / "a", "ann").key != first.key


def test_changed_files_are_another_content_and_unchanged_ones_are_not(tmp_path: Path) -> None:
    write_adapter(tmp_path / "a")
    made, engine = roster(tmp_path, "a"), checker()
    entry = made.entry("a")
    first = entry.check(engine)
    assert entry.check(engine) is first
    write_adapter(tmp_path / "a", tensors({"q_proj": 8}), r=8)
    second = entry.check(engine)
    assert first
    assert second
    assert second.number > first.number
    assert second.report.rank == 8
    assert entry.stale == [first]


def test_other_weights_of_the_same_size_and_time_are_another_content(tmp_path: Path) -> None:
    """As cp -p and tar leave them, for adapters that were trained alike."""
    write_adapter(tmp_path / "a")
    made, engine = roster(tmp_path, "a"), checker()
    first = made.entry("a").check(engine)
    assert first
    weights = first.report.weights
    before = weights.stat()
    content = bytearray(weights.read_bytes())
    content[-1] ^= 1
    weights.write_bytes(content)
    os.utime(weights, ns=(before.st_atime_ns, before.st_mtime_ns))
    assert weights.stat().st_mtime_ns == before.st_mtime_ns
    second = made.entry("a").check(engine)
    assert second
    assert second.number > first.number


def test_a_broken_adapter_gets_another_chance_with_other_files(tmp_path: Path) -> None:
    made, engine = roster(tmp_path, "a"), checker()
    made.judge(engine)
    assert "There is no folder" in said(made.entry("a"))
    write_adapter(tmp_path / "a", peft_type="IA3")
    made.entry("a").check(engine)
    assert "IA3" in said(made.entry("a"))
    write_adapter(tmp_path / "a", tensors({"q_proj": 4, "v_proj": 4, "up_proj": 4}))
    made.entry("a").check(checker(modules=()))
    assert made.entry("a").problem() is None


def test_the_same_files_are_two_contents_with_one_hash(tmp_path: Path) -> None:
    write_adapter(tmp_path / "a")
    made, engine = roster(tmp_path), checker()
    entries = [added(made, tmp_path / "a", visitor) for visitor in ("ann", "bob")]
    for entry in entries:
        entry.examine(engine)
    first, second = (entry.content for entry in entries)
    assert first
    assert second
    assert first.sha256 == second.sha256
    assert first.sha256
    names = {content.identity("poems").name for content in (first, second)}
    assert len(names) == 2
    assert all(name.startswith(f"poems-{first.sha256[:16]}-") for name in names)


def test_a_revision_is_the_folder_of_the_hubs_cache(tmp_path: Path) -> None:
    assert revision_of(tmp_path / "models--a--b" / "snapshots" / "abc123") == "abc123"
    assert revision_of(tmp_path / "adapters" / "abc123") is None


def test_tiers_follow_what_was_used_and_what_the_worker_says() -> None:
    tiers = Tiers(slots=2, host=3)
    for number in (1, 2, 3, 4):
        tiers.used(number)
    assert [tiers.of(n) for n in (1, 2, 3, 4)] == ["disk", "host", "slot", "slot"]
    assert tiers.full
    tiers.used(2)
    assert [tiers.of(n) for n in (2, 3, 4)] == ["slot", "host", "slot"]
    tiers.told(slots=[None, 3], host=[(2, 20), (3, None)])
    assert [tiers.of(n) for n in (2, 3, 4)] == ["host", "slot", "disk"]
    assert not tiers.full
    tiers.gone(3)
    assert [tiers.of(n) for n in (2, 3)] == ["host", "disk"]
