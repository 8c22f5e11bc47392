"""docs/functions/conformance.md is true, and every failure in it is explained."""

from __future__ import annotations

import pytest

from tests.functions.conformance import LEFT_OUT, PAGE, Outcome, left_out, page, tallies
from tests.functions.deviations import DEVIATIONS

OUTCOMES = [outcome for tally in tallies() for outcome in tally.outcomes]


@pytest.mark.parametrize("outcome", OUTCOMES, ids=lambda outcome: outcome.fixture.id)
def test_a_fixture_passes_or_contradicts_a_rule(outcome: Outcome) -> None:
    assert outcome.streamed
    assert bool(outcome.wrong) == (outcome.fixture.id in DEVIATIONS), outcome.wrong


def test_the_page_is_true() -> None:
    assert PAGE.read_text() == page()


def test_no_explanation_is_left_over() -> None:
    assert DEVIATIONS.keys() <= {outcome.fixture.id for outcome in OUTCOMES}


def test_every_family_is_run_or_named() -> None:
    assert left_out().keys() == LEFT_OUT.keys()
    assert all(len(tally.outcomes) >= 10 for tally in tallies())
