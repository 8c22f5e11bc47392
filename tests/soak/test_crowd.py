"""A small crowd in a public demo over the test engine, and what the report makes of a crowd."""

from __future__ import annotations

from collections import Counter
from pathlib import Path

import pytest

from lora_ui.catalog.loading import load_catalog
from lora_ui.catalog.models import Limits
from lora_ui.public.gate import Gate
from tests.app_process import ROOT
from tests.fake_engine import FakeEngine
from tests.soak.crowd import Answer, Crowd, Nonces, Seen, ended, prompt_for
from tests.soak.crowd_report import Aims, report
from tests.soak.processes import Reading
from tests.soak.visitors import ADAPTERS, NEVER_PER_MINUTE, public_catalog
from tests.ui.fake_page import CATALOG, serve_engine

AIMS = Aims(share=0.8, growth=0.05)
EMPTY = {"running": 0, "waiting": 0}
COLUMNS = ("base", "text2sql", "math")


def test_everybody_gets_their_own_answers_and_all_is_let_go():
    limits = Limits(per_minute=100_000, running=4, queue=100)
    engine = FakeEngine(CATALOG, delay_s=0.002)
    page = serve_engine(engine, gate=Gate(limits))
    try:
        seen = Crowd(page.url, 6, COLUMNS, tokens=40, seed=1).play(4)
        left = ended(page.url)
    finally:
        page.demo.close()
    text, missed = report(seen, Seen(), left, 6, AIMS)
    assert missed == []
    assert all(answer.own_nonce for answer in seen.answers)
    assert len(seen.answers) == 3 * seen.comparisons.total() >= 18
    assert "| errors | 0 |" in text


def test_a_full_demo_refuses_politely_and_never_fails():
    limits = Limits(per_minute=100_000, columns=3, running=3, queue=0)
    page = serve_engine(FakeEngine(CATALOG, delay_s=0.05), gate=Gate(limits))
    try:
        seen = Crowd(page.url, 3, COLUMNS, tokens=40, seed=1).play(3)
        left = ended(page.url)
    finally:
        page.demo.close()
    assert seen.errors == {}
    assert seen.refusals.total() > 0
    assert left == EMPTY


def test_a_nonce_is_found_as_a_number_and_never_given_twice():
    nonces = Nonces(1)
    given = [nonces.new() for _ in range(2_000)]
    assert len(set(given)) == len(given)
    with_commas = f"{int(given[1]):,}"
    text = f"SELECT name FROM people WHERE id = {given[0]}; {with_commas} and 1{given[2]}"
    assert nonces.in_text(text) == {given[0], given[1]}
    assert given[0] in prompt_for(given[0])


def test_tokens_count_for_the_time_in_which_they_came():
    answer = Answer("base", 40, first_s=10.0, last_s=20.0, own_nonce=True, foreign_nonces=0)
    assert answer.tokens_within(0, 30) == 40
    assert answer.tokens_within(15, 30) == 20
    assert answer.tokens_within(12, 13) == 4
    assert answer.tokens_within(20, 30) == 0
    single = Answer("base", 1, first_s=10.0, last_s=10.0, own_nonce=True, foreign_nonces=0)
    assert (single.tokens_within(5, 10), single.tokens_within(10, 15)) == (0, 1)


def good() -> Seen:
    answers = [Answer("base", 10, 1.0, 2.0, True, 0)] * 2
    readings = [Reading(float(at), 100, 900, float(at), 2.0 * at) for at in range(20)]
    seen = Seen(answers, [0.5] * 2, Counter({0: 1, 1: 1}), readings=readings)
    seen.count(0.0, 10.0, readings)
    return seen


def test_a_good_run_misses_nothing():
    text, missed = report(good(), good(), EMPTY, 2, AIMS)
    assert missed == []
    assert "| share of the bare engine | **100%** |" in text
    assert "| the same per CPU second of the engine | 100% " in text


@pytest.mark.parametrize(
    ("spoil", "sentence"),
    [
        (lambda seen: seen.errors.update(["boom"]), "There were errors."),
        (lambda seen: seen.comparisons.pop(1), "A visitor completed no comparison."),
        (
            lambda seen: seen.answers.append(Answer("base", 1, 1.0, 2.0, True, 1)),
            "An answer carries another visitor's nonce.",
        ),
        (
            lambda seen: seen.readings.extend([Reading(30.0, 100, 990, 1.0, 1.0)] * 20),
            "Memory grew by more than it may.",
        ),
        (lambda seen: setattr(seen, "written", 0.5 * seen.written), "Too few tokens a second."),
    ],
)
def test_each_aim_can_be_missed(spoil, sentence):
    seen = good()
    spoil(seen)
    assert report(seen, good(), EMPTY, 2, AIMS)[1] == [sentence]


def test_what_is_left_behind_is_told():
    missed = report(good(), good(), {"running": 0, "waiting": 2}, 2, AIMS)[1]
    assert missed == ["Something still runs or waits."]


def test_the_copy_of_the_catalog_has_no_rate_and_the_same_adapters(tmp_path):
    catalog = load_catalog(public_catalog(ROOT / "adapters.yaml", tmp_path))
    written = load_catalog(ROOT / "adapters.yaml")
    assert catalog.limits == written.limits.model_copy(update={"per_minute": NEVER_PER_MINUTE})
    for copied, own in zip(catalog.adapters, written.adapters, strict=True):
        assert Path(copied.source) == ROOT / own.source
        assert copied.model_copy(update={"source": own.source}) == own
    assert {*ADAPTERS} - {"base"} <= {adapter.name for adapter in catalog.adapters}
