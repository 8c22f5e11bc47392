"""One engine against many: the arithmetic, the article's points, and what is not known."""

from __future__ import annotations

from dataclasses import dataclass

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from lora_ui.memory.comparison import (
    ARTICLE,
    articles_way,
    as_json,
    at_equal_kv,
    compare,
    curve_counts,
    parts_of,
)

GIB = 1024**3


@dataclass(frozen=True)
class Memory:
    """An engine's account as the engine gives it."""

    weights_bytes: int | None = 14 * GIB
    slots_bytes: int | None = 8 * GIB
    slot_bytes: int | None = GIB
    kv_reserved_bytes: int | None = 40 * GIB
    graphs_bytes: int | None = GIB
    context_bytes: int | None = GIB
    workspace_bytes: int | None = GIB


sizes = st.integers(0, 10**12)
memories = st.builds(
    Memory,
    weights_bytes=st.integers(1, 10**12),
    slots_bytes=sizes,
    slot_bytes=sizes,
    kv_reserved_bytes=sizes,
    graphs_bytes=st.none() | sizes,
    context_bytes=st.none() | sizes,
    workspace_bytes=st.none() | sizes,
)


def test_by_hand():
    found = compare(Memory(), 8)
    assert found.now
    assert found.now.multi_bytes == (14 + 8 + 40 + 3) * GIB
    assert found.now.separate_bytes == (8 * (14 + 1 + 3) + 40) * GIB
    assert found.now.saved == pytest.approx(1 - 65 / 184)
    assert found.article
    assert found.article.separate_bytes == 8 * 65 * GIB
    assert found.article.saved == pytest.approx(7 / 8)
    assert found.slots == 8
    assert found.note is None
    assert found.filled == (
        "1 − (14.00 GiB + 8.00 GiB + 40.00 GiB + 3.00 GiB) / "
        "(8 × (14.00 GiB + 1.00 GiB + 3.00 GiB) + 40.00 GiB) = 1 − 65.00 GiB / 184.00 GiB = 64.7%"
    )


def test_the_articles_points_lie_on_its_own_curve():
    curve = {point.adapters: point.saved for point in compare(Memory(), 3).article_curve}
    for adapters, low, high in ARTICLE:
        # the article's figures are measured ones, so they lie a little beside it
        assert low - 0.02 < curve[adapters] < high + 0.02


def test_the_curve_goes_to_a_thousand():
    counts = curve_counts()
    assert counts[0] == 1
    assert counts[-1] == 1000
    assert len(counts) < 80
    assert list(counts) == sorted(set(counts))
    assert {n for n, _, _ in ARTICLE} <= set(counts)


@settings(deadline=None)
@given(memories, st.integers(1, 1000))
def test_more_adapters_save_more(memory, adapters):
    parts = parts_of(memory)
    one, more = at_equal_kv(parts, adapters), at_equal_kv(parts, adapters + 1)
    assert one.multi_bytes <= one.separate_bytes
    assert (adapters > 1) or one.saved == 0
    assert more.saved >= one.saved - 1e-12
    # the article's way flatters: reserved KV cache counts as saved
    assert articles_way(one.multi_bytes, adapters).saved >= one.saved - 1e-9


@settings(deadline=None)
@given(memories)
def test_a_known_account_is_compared_whatever_else_is_unknown(memory):
    found = compare(memory, 3)
    assert found.now
    assert found.filled
    unknown = [
        part
        for part in ("graphs", "context", "workspace")
        if getattr(memory, f"{part}_bytes") is None
    ]
    assert (found.note is None) == (not unknown)
    assert all(part in (found.note or "") for part in unknown)


@pytest.mark.parametrize(
    ("memory", "said"),
    [
        (None, "weights, the size of a slot, the KV cache"),
        (Memory(weights_bytes=None), "weights"),
        (Memory(slot_bytes=None), "the size of a slot"),
        (Memory(kv_reserved_bytes=None), "the KV cache"),
    ],
)
def test_without_the_needed_figures_there_is_no_comparison(memory, said):
    found = compare(memory, 3)
    assert found.note == f"Not known here, so there is no comparison: {said}."
    assert found.now is found.article is found.filled is None
    assert found.equal_kv_curve == found.article_curve == ()
    assert as_json(found)["equal_kv"] is None


def test_no_adapter_counts_as_one():
    found = compare(Memory(slots_bytes=None), 0)
    assert found.adapters == 1
    assert found.slots is None
    assert found.now
    assert found.now.saved == 0


def test_json():
    told = as_json(compare(Memory(), 8))
    assert told["adapters"] == told["slots"] == 8
    assert told["equal_kv"] == {
        "adapters": 8,
        "multi_bytes": 65 * GIB,
        "separate_bytes": 184 * GIB,
        "saved": 1 - 65 / 184,
    }
