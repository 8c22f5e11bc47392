"""The stages of a start."""

from __future__ import annotations

import threading
import time
from concurrent.futures import ThreadPoolExecutor

import pytest

from lora_ui.engine.progress import StartProgress


def test_nothing_has_begun() -> None:
    progress = StartProgress()
    assert progress.stages() == ()
    assert progress.detail == ""
    assert progress.elapsed_s >= 0


def test_one_stage_ends_where_the_next_begins() -> None:
    progress = StartProgress()
    for name in ("one", "two", "two", "one"):
        progress.enter(name)
        time.sleep(0.01)
    stages = progress.stages()
    assert [s.name for s in stages] == ["one", "two", "one"]
    assert [s.done for s in stages] == [True, True, False]
    assert stages[1].seconds >= 0.02
    assert all(s.seconds > 0 for s in stages)
    assert sum(s.seconds for s in stages) <= progress.elapsed_s


def test_a_note_belongs_to_its_stage() -> None:
    progress = StartProgress()
    progress.enter("one")
    progress.note("3 of 6 MB")
    progress.enter("one")
    assert progress.detail == "3 of 6 MB"
    progress.enter("two")
    assert progress.detail == ""


def test_time_stands_still_after_the_end() -> None:
    progress = StartProgress()
    progress.enter("one")
    time.sleep(0.01)
    progress.end()
    before = (progress.elapsed_s, progress.stages())
    time.sleep(0.02)
    assert (progress.elapsed_s, progress.stages()) == before
    assert all(s.done for s in progress.stages())
    assert sum(s.seconds for s in progress.stages()) == pytest.approx(progress.elapsed_s, abs=0.01)


def test_other_threads_always_see_a_whole_list() -> None:
    progress = StartProgress()
    over = threading.Event()

    def look() -> None:
        while not over.is_set():
            stages = progress.stages()
            assert [s.name for s in stages] == [str(n) for n in range(len(stages))]
            assert all(s.done for s in stages[:-1])
            assert all(s.seconds >= 0 for s in stages)

    with ThreadPoolExecutor() as pool:
        lookers = [pool.submit(look) for _ in range(3)]
        for number in range(300):
            progress.enter(str(number))
            progress.note(str(number))
        over.set()
        for looker in lookers:
            looker.result()
