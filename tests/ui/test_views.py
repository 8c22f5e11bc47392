"""A column in words."""

from __future__ import annotations

import pytest

from lora_ui.compare.columns import Column, ColumnSpec
from lora_ui.sampling import Sampling
from lora_ui.ui.board.views import board_view, column_view, seconds

SPEC = ColumnSpec(key="k", adapter="base")


def test_a_column_that_has_ended():
    column = Column(
        SPEC,
        state="done",
        text="<b>\ud800",
        tokens=12,
        ttft_s=0.25,
        seconds=3.04,
        tokens_per_s=4.321,
        finish_reason="stop",
        sampling=Sampling(temperature=0.5, stop=("\n",)),
        prompt_text="p",
        prompt_tokens=1,
    )
    view = column_view(column)
    assert view["text"] == "<b>\ufffd"
    assert view["badge"] == "done"
    assert not view["live"]
    assert view["finish"] == "end of answer"
    assert [figure["text"] for figure in view["figures"]] == [
        "12 tokens",
        "4.3 tokens/s",
        "first after 250 ms",
        "3.0 s in all",
    ]
    assert view["used"] == "Temperature 0.5 · Stop strings '\\n'"


@pytest.mark.parametrize(
    ("reason", "stop", "words"),
    [
        ("stop", None, "end of answer"),
        ("stop", ";", "stop string “;”"),
        ("length", None, "token limit reached"),
        ("abort", None, "stopped by you"),
        ("error", None, ""),
        (None, None, ""),
    ],
)
def test_why_it_ended(reason, stop, words):
    column = Column(SPEC, finish_reason=reason, stop_reason=stop)
    assert column_view(column)["finish"] == words


@pytest.mark.parametrize(
    "state", ["idle", "waiting", "loading", "running", "done", "stopped", "error"]
)
def test_every_state_has_words(state):
    column = Column(SPEC, state=state, detail="for a slot")
    view = board_view({"k": column})["columns"]["k"]
    assert view["badge"]
    assert view["live"] == (state in ("waiting", "loading", "running"))
    assert view["detail"] == ("for a slot" if view["live"] else "")


def test_durations():
    assert [seconds(value) for value in (0.0421, 0.99951, 3.21)] == ["42 ms", "1.0 s", "3.2 s"]
