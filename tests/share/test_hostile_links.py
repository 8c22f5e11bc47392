"""Links that mean harm: reading them never raises, and what it gives is as good as any other."""

from __future__ import annotations

import json

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from lora_ui.share import Reading, read_file, read_link, to_file, to_query
from lora_ui.share.links import LONGEST_NOTICE, MAX_NOTICES
from tests.fuzz.link_cases import make
from tests.share.states import ADAPTERS

HOSTILE = 2_000


def check(reading: Reading) -> None:
    """What holds for every reading."""
    assert len(reading.notices) <= MAX_NOTICES
    for notice in reading.notices:
        notice.encode()
        assert len(notice) <= LONGEST_NOTICE
        assert notice.isprintable()
    if reading.state is None:
        assert not reading.run
        return
    query = to_query(reading.state)
    assert query.isascii()
    assert read_file(to_file(reading.state), ADAPTERS) == Reading(reading.state)


def test_two_thousand_hostile_links_never_raise():
    readings = [read_link(make(number), ADAPTERS) for number in range(HOSTILE)]
    for reading in readings:
        check(reading)
    # or they would be too far from links to reach what reads them
    assert sum(reading.state is not None for reading in readings) > HOSTILE / 3
    assert sum(bool(reading.notices) for reading in readings) > HOSTILE / 2
    assert sum(reading.run for reading in readings) > HOSTILE / 50


def test_the_same_number_is_the_same_link():
    assert [make(number) for number in range(50)] == [make(number) for number in range(50)]


@given(st.text() | st.binary() | st.none() | st.integers() | st.lists(st.text()))
@settings(max_examples=300, deadline=None)
def test_anything_may_come_as_a_link_or_a_file(said: object):
    check(read_link(said, ADAPTERS))
    check(read_file(said, ADAPTERS))


@given(
    st.dictionaries(
        st.sampled_from(["v", "tab", "columns", "adapters", "prompt", "seed", "run", "range_s"]),
        st.recursive(
            st.none() | st.booleans() | st.integers() | st.floats() | st.text(),
            lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner),
        ),
    )
)
@settings(max_examples=300, deadline=None)
def test_a_file_may_hold_any_json(said: dict[str, object]):
    check(read_file(json.dumps(said), ADAPTERS))


@pytest.mark.parametrize("query", ["?prompt=" + "x" * 10_000_000, "?" + "&" * 1_000_000])
def test_a_huge_link_sets_nothing(query: str):
    assert read_link(query, ADAPTERS).state is None
