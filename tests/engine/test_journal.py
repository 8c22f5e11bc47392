"""Marks, totals and who may read which name."""

from __future__ import annotations

from pathlib import Path
from types import SimpleNamespace

from lora_ui.catalog.models import Adapter
from lora_ui.engine.contents import Content
from lora_ui.engine.journal import Journal
from lora_ui.engine.meter import Meter
from lora_ui.engine.observation import EngineMemory, WorkerMemory
from lora_ui.engine.roster import Entry, Roster
from lora_ui.engine.tiers import Tiers
from lora_ui.strings import word

SECRET = "secret-plan"


def adapter(name: str) -> Adapter:
    return Adapter.model_validate({"name": name, "source": f"adapters/{name}"})


def roster(tmp_path: Path) -> tuple[Roster, Entry, Entry]:
    """One adapter of the catalog with number 1, and one that visitor "ann" has added, number 2."""
    every = Roster([adapter("sql")])
    mine = every.add(adapter(SECRET), tmp_path, "ann", None)
    shared = every.entry("sql")
    for number, entry in ((1, shared), (2, mine)):
        entry.content = Content(number, SimpleNamespace(findings=(), sha256=None))  # type: ignore[arg-type]
    return every, shared, mine


def test_marks_come_in_order_and_only_new_ones() -> None:
    journal = Journal()
    journal.note("requests", "mark_busy")
    journal.note("requests", "mark_idle")
    assert [mark.number for mark in journal.marks()] == [1, 2]
    assert [mark.text for mark in journal.marks(after=1)] == [word("mark_idle")]
    assert journal.marks(after=2) == []


def test_the_oldest_marks_are_forgotten() -> None:
    journal = Journal(most=3)
    for _ in range(5):
        journal.note("requests", "mark_busy")
    assert [mark.number for mark in journal.marks()] == [3, 4, 5]


def test_what_a_visitor_has_added_has_no_name_for_others(tmp_path: Path) -> None:
    every, _, mine = roster(tmp_path)
    every.tiers = Tiers(2, 4)
    every.tiers.told([2, None], [(2, 50)])
    journal = Journal()
    journal.loaded(mine, "disk", 0.1)
    for visitor in (None, "bob"):
        [mark] = journal.marks(visitor=visitor)
        seen = journal.residency(every, visitor)
        assert SECRET not in mark.text
        assert seen.slots[0].name == word("someones_adapter")
        assert seen.host[0].name == word("someones_adapter")
    assert SECRET in journal.marks(visitor="ann")[0].text
    assert journal.residency(every, "ann").slots[0].name == SECRET


def test_a_mark_keeps_its_secret_after_the_adapter_is_removed(tmp_path: Path) -> None:
    every, _, mine = roster(tmp_path)
    journal = Journal()
    every.take(SECRET, "ann")
    journal.about("removed", "mark_removed", mine)
    assert SECRET in journal.marks(visitor="ann")[0].text
    assert SECRET not in journal.marks(visitor="bob")[0].text


def test_being_driven_out_counts_once_for_a_slot(tmp_path: Path) -> None:
    every, _, _ = roster(tmp_path)
    every.tiers = Tiers(1, 1)
    every.tiers.told([1], [(1, 10)])
    before = every.tiers.places()
    every.tiers.told([2], [(2, 10), (1, 10)])
    journal = Journal()
    journal.driven_out(every, before)
    assert [mark.kind for mark in journal.marks()] == ["evicted"]
    assert "sql" in journal.marks()[0].text
    assert journal.evictions == 1
    middle = every.tiers.places()
    every.tiers.told([2], [(2, 10)])
    journal.driven_out(every, middle)
    assert [mark.kind for mark in journal.marks()] == ["evicted", "evicted"]
    assert journal.evictions == 1  # it left host memory, and no slot


def test_slots_keep_their_places() -> None:
    tiers = Tiers(3, 6)
    assert tiers.slots == (None, None, None)
    tiers.told([None, 7, None], [(7, 70), (9, None)])
    assert tiers.slots == (None, 7, None)
    assert tiers.host == {9: None, 7: 70}
    tiers.used(8)
    assert tiers.slots == (8, 7, None)
    tiers.gone(7)
    assert tiers.slots == (8, None, None)


def test_the_meter_counts_steps_of_any_vllm() -> None:
    meter = Meter()
    meter.record(SimpleNamespace(num_waiting_reqs=3, kv_cache_usage=0.25), None)
    assert (meter.held_back, meter.kv_used_fraction, meter.ttft_s) == (3, 0.25, None)
    step = SimpleNamespace(
        num_prompt_tokens=10,
        num_generation_tokens=4,
        finished_requests=[object()],
        time_to_first_tokens_iter=[0.1, 0.3, 0.2],
    )
    meter.record(None, step)
    meter.record(SimpleNamespace(), SimpleNamespace())
    assert (meter.prompt_tokens, meter.generated_tokens, meter.requests_done) == (10, 4, 1)
    assert meter.ttft_s == 0.2
    assert meter.kv_used_fraction is None


def test_a_sum_is_unknown_when_a_part_of_it_is() -> None:
    whole = EngineMemory((WorkerMemory(1, slots_bytes=8, slot_count=4), WorkerMemory(2)))
    assert whole.slots_bytes is None
    two = EngineMemory(tuple(WorkerMemory(n, slots_bytes=8, slot_count=4) for n in (1, 2)))
    assert (two.slots_bytes, two.slot_bytes) == (16, 4)
    assert EngineMemory(()).weights_bytes is None
