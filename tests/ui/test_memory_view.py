"""What the Memory tab's scripts are told: sizes, ages, answers to senseless questions."""

from __future__ import annotations

import json
import time
from dataclasses import replace

import pytest

from lora_ui.memory.sampler import Sample, Sampler
from lora_ui.ui.memory_view import MOST_NEW, MemoryView
from tests.browser.steps import until
from tests.ui.memory_page import GPU, HOST, ObservedEngine, SetSource

LARGEST_TICK_BYTES = 30_000


@pytest.fixture
def engine():
    return ObservedEngine()


@pytest.fixture
def source():
    return SetSource()


@pytest.fixture
def view(engine, source):
    sampler = Sampler(engine, source, rate_hz=20)
    sampler.start()
    until(lambda: sampler.latest() is not None)
    yield MemoryView(engine, sampler, len(engine.catalog.adapters))
    source.stalled = False
    sampler.stop()


def latest(view: MemoryView) -> Sample:
    sample = view.sampler.latest() if view.sampler else None
    assert sample is not None
    return sample


def test_a_tick_brings_the_new_points_alone(view):
    whole = view.whole({"range_s": 600, "scheme": "light"})
    until(lambda: latest(view).number >= whole["number"] + 3)
    news = view.tick({"after": whole["number"], "mark": 0})
    assert len(news["points"]["time"]) == news["number"] - whole["number"]
    assert min(news["points"]["time"]) > max(whole["points"]["time"])
    assert set(news["points"]) == set(whole["points"])
    assert news["version"] == whole["version"]


def test_a_tick_after_half_a_minute_stays_small(view, engine):
    for number in range(300):
        engine.happen("loaded", f"adapter number {number} was loaded from disk into slot 3")
    until(lambda: latest(view).number > MOST_NEW, 20)
    news = view.tick({"after": latest(view).number - MOST_NEW, "mark": 0})
    assert len(json.dumps(news)) < LARGEST_TICK_BYTES
    assert len(news["points"]["time"]) >= MOST_NEW - 1


def test_a_page_that_missed_much_asks_for_the_whole(view):
    until(lambda: latest(view).number > MOST_NEW + 1, 20)
    assert view.tick({"after": 0})["reload"] is True
    assert view.tick({"after": latest(view).number + 1000})["reload"] is True


def test_a_tick_of_the_strip_carries_no_points(view):
    news = view.tick({})
    assert "points" not in news
    facts = {fact["name"]: fact["text"] for fact in news["strip"]["facts"]}
    assert facts["memory"] == "57.00 of 80.00 GiB"
    assert facts["kv"] == "25 %"
    assert facts["slots"] == "2 of 4"


def test_on_the_host_the_strip_shows_rss(view, source):
    source.host = HOST
    until(lambda: latest(view).reading.source == "host")
    facts = view.tick({})["strip"]["facts"]
    assert facts[0]["text"] == "3.00 of 16.00 GiB"
    assert "RSS" in facts[0]["hint"]


def test_what_nobody_can_tell_apart_is_shown_as_all_that_is_used(view, source):
    source.device = replace(GPU, own_bytes=None, other_bytes=None, attribution=None)
    until(lambda: latest(view).reading.devices[0].own_bytes is None)
    facts = view.tick({})["strip"]["facts"]
    assert facts[0]["text"] == "60.00 of 80.00 GiB"
    assert "nobody tells" in facts[0]["hint"]


def test_old_figures_say_how_old_they_are(view, source):
    source.stalled = True
    time.sleep(0.3)
    number = latest(view).number
    time.sleep(0.3)
    news = view.tick({"after": number})
    assert news["age_s"] >= 0.3
    assert news["points"]["time"] == []
    assert news["sample_s"] == pytest.approx(latest(view).time_s, abs=0.01)


def test_another_source_makes_other_charts(view, source):
    before = view.whole({})
    source.host = HOST
    until(lambda: latest(view).reading.source == "host")
    assert view.tick({"after": latest(view).number})["version"] != before["version"]
    titles = [trace["name"] for trace in view.whole({})["charts"][0]["figure"]["data"][:-2]]
    assert "RSS of the engine" in titles
    assert "CUDA context" not in titles


def test_the_problem_of_a_reading_is_told(view, source):
    source.problem = "The driver does not answer: <b>restart</b> it."
    until(lambda: latest(view).reading.problem is not None)
    assert view.tick({})["problem"] == source.problem


def test_marks_of_the_range_alone(view, engine):
    engine.happen("loaded", "text2sql → slot 1")
    old = replace(engine.happened[0], number=2, time_s=time.time() - 90)
    engine.happened.insert(0, old)
    assert [mark["text"] for mark in view.whole({"range_s": 60})["marks"]] == ["text2sql → slot 1"]
    assert len(view.whole({"range_s": 600})["marks"]) == 2


@pytest.mark.parametrize(
    "asked",
    [
        None,
        [],
        "x",
        7,
        {"after": "1"},
        {"after": True},
        {"mark": {}},
        {"after": 1e9},
    ],
)
def test_senseless_questions_are_answered(view, asked):
    assert "points" not in view.tick(asked)
    assert view.whole(asked)["range_s"] == 600
    assert view.series(asked)["name"].endswith(".csv")


def test_senseless_ranges_and_colours_are_the_usual_ones(view):
    whole = view.whole({"range_s": -5, "scheme": "<script>"})
    assert whole["range_s"] == 600
    assert whole["charts"][0]["figure"]["layout"]["paper_bgcolor"] == "#ffffff"


def test_without_a_sampler_the_page_says_so(engine):
    view = MemoryView(engine, None, 3)
    assert "no live figures" in view.tick({"after": 3})["problem"]
    assert view.whole({})["number"] is None
    assert view.series({})["name"] == ""


def test_files_hold_the_figures(view):
    found = view.series({"range_s": 60, "form": "csv"})
    assert found["name"].endswith("-60s.csv")
    assert "gpu0_used_bytes" in found["text"].splitlines()[0]
    assert json.loads(view.series({"range_s": 60, "form": "json"})["text"])["range_s"] == 60
