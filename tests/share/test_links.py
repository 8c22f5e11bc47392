"""What a link or a settings file says, and what is understood of it."""

from __future__ import annotations

import json
from urllib.parse import parse_qsl, urlencode

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from lora_ui.compare.asking import FIELDS
from lora_ui.share import Reading, read_file, read_link, to_fields, to_file, to_query
from lora_ui.share.links import LONGEST_NOTICE, MAX_NOTICES
from lora_ui.share.state import (
    MAX_FILE_BYTES,
    STATES,
    BatchState,
    ColumnState,
    CompareState,
    FunctionsState,
    MemoryState,
    SamplingTexts,
    State,
    parameters,
)
from lora_ui.share.writing import MAX_LINK_BYTES
from tests.share.states import ADAPTERS, states

GET_TIME = '[{"name": "get_time", "parameters": {"type": "object", "properties": {}}}]'


def read(**said: object) -> Reading:
    return read_link(f"?{urlencode(said)}", ADAPTERS)


def notices(**said: object) -> str:
    return " ".join(read(**said).notices)


# ---------------------------------------------------------------- there and back


@given(states, st.booleans())
@settings(max_examples=300, deadline=None)
def test_a_query_holds_all_of_a_state(state: State, run: bool):
    query = to_query(state, run=run)
    assert query.isascii()
    assert query[-1] not in ".,:/"
    if len(query) < MAX_LINK_BYTES:
        run = run and state.may_run
        told = read_link(f"?{query}", ADAPTERS)
        assert (told.state, told.run) == (state, run)
        assert len(told.notices) == (
            0 if state.may_run or "run" not in dict(parse_qsl(query)) else 1
        )


@given(states)
@settings(max_examples=150, deadline=None)
def test_a_file_holds_all_of_a_state(state: State):
    assert read_file(to_file(state), ADAPTERS) == Reading(state)
    assert read_file(to_file(state).encode()) == Reading(state)


def test_a_link_is_short_and_can_be_read():
    state = CompareState(
        columns=(ColumnState(adapter="base"), ColumnState(adapter="math")),
        prompt="How many?",
        sampling=SamplingTexts(temperature="0.7", seed="7"),
    )
    assert to_query(state, run=True) == (
        "v=1&tab=compare&adapters=base,math&prompt=How+many%3F&temperature=0.7&seed=7&run=1"
    )
    twice = CompareState(columns=(ColumnState(adapter="math", system=""),))
    assert to_fields(twice)["columns"] == [{"adapter": "math", "system": ""}]


@pytest.mark.parametrize("model", STATES.values(), ids=list(STATES))
def test_what_is_at_its_default_is_left_out(model: type[State]):
    assert to_query(model()) == f"v=1&tab={model.tab}"


def test_the_sampling_fields_are_those_of_the_page_in_its_order():
    assert tuple(SamplingTexts.model_fields) == FIELDS
    assert parameters(CompareState)[:2] == ("adapters", "columns")


# ---------------------------------------------------------------- written by hand


@pytest.mark.parametrize(
    "query", ["", "?", "?&&", "?__theme=dark&utm_source=x&view=api&logs=1", None]
)
def test_nothing_said_is_nothing_set(query: str | None):
    assert read_link(query) == Reading()


def test_version_and_tab_may_be_left_out():
    found = read(adapters=" math , base ", prompt="a\r\nb\0")
    assert found.notices == ()
    assert isinstance(found.state, CompareState)
    assert [column.adapter for column in found.state.columns] == ["math", "base"]
    assert found.state.prompt == "a\nb"


def test_numbers_in_columns_stay_as_they_are_written():
    columns = '[{"adapter": "math", "temperature": 0.70, "seed": 7}, "base"]'
    found = read(columns=columns)
    assert found == Reading(
        CompareState(
            columns=(
                ColumnState(adapter="math", sampling=SamplingTexts(temperature="0.70", seed="7")),
                ColumnState(adapter="base"),
            )
        )
    )


def test_none_ticked_differs_from_those_that_the_page_ticks():
    assert read(tab="batch", adapters="").state == BatchState(adapters=())
    assert read(tab="batch").state == BatchState(adapters=None)


def test_a_function_may_be_chosen_that_there_is():
    found = read(tab="functions", functions=GET_TIME, tool_choice="get_time", parallel="no")
    assert found.state == FunctionsState(functions=GET_TIME, tool_choice="get_time", parallel=False)
    assert found.notices == ()
    wrong = read(tab="functions", functions=GET_TIME, tool_choice="get_tim")
    assert wrong.state == FunctionsState(functions=GET_TIME)
    assert "auto, required, none or the name" in wrong.notices[0]


def test_a_file_never_runs():
    assert not read_file('{"tab": "compare", "prompt": "x", "run": true}').run
    assert read_link("?prompt=x&run=1").run


# ---------------------------------------------------------------- what cannot be used is told


@pytest.mark.parametrize(
    ("said", "words"),
    [
        ({"v": "2", "prompt": "x"}, "newer LoRA UI (version 2; this one reads 1)"),
        ({"v": "0"}, "“0” is no version of links"),
        ({"v": "1" * 3000}, "is no version of links"),
        (
            {"tab": "kitchen"},
            "There is no tab “kitchen”, so nothing was set. The tabs are: compare",
        ),
        ({"colour": "red", "<b>": "1"}, "does not know it: colour, <b>"),
        ({"tab": "memory", "prompt": "x"}, "does not know it: prompt"),
        ({"adapters": "base,hers"}, "Not here: hers."),
        ({"adapters": "base,<script>"}, "“<script>” is not an adapter’s name"),
        ({"adapters": ",".join(["base"] * 65)}, "a comma list of up to 64"),
        (
            {"temperature": "9"},
            "temperature is left out: “9” is not a number at least 0, at most 5",
        ),
        ({"temperature": "1e999"}, "temperature is left out"),
        ({"seed": "9" * 3000}, "seed is left out"),
        ({"max_tokens": "a\nb"}, "max_tokens is left out"),
        ({"stop": "\n".join("abcdefghijklmnopq")}, "a list of at most 16 strings"),
        ({"columns": "{}"}, "columns is left out"),
        ({"columns": "[" * 1300}, "columns is left out"),
        ({"columns": '[{"adapter": "math", "top_p": true}]'}, "columns[1].top_p is left out"),
        ({"columns": '[{"adapter": "math", "tempo": 1}]'}, "Left out of column 1"),
        ({"columns": "[[]]"}, "columns[1] is left out"),
        ({"columns": '[{"seed": 7}]'}, "columns[1].adapter is left out"),
        ({"run": "please"}, "run is left out: “please” is not 1 or 0"),
        ({"tab": "memory", "run": "1"}, "nothing to run"),
        ({"tab": "memory", "range_s": "61"}, "range_s is left out: “61” is not 60, 600"),
        ({"tab": "functions", "decoding": "maybe"}, "“maybe” is not off, on or both"),
        ({"tab": "functions", "parallel": "2"}, "parallel is left out: “2” is not 1 or 0"),
        ({"tab": "functions", "tool_choice": ""}, "tool_choice is left out"),
        ({"tab": "adapters", "search": "x" * 201}, "may have 200 characters"),
        ({"prompt": "x" * 5000}, "at most 4,096 are read, so nothing was set"),
    ],
)
def test_what_is_wrong_is_told(said: dict[str, str], words: str):
    assert words in notices(**said)


def test_what_is_wrong_costs_nothing_else():
    found = read(prompt="kept", temperature="9", top_p="0.5", adapters="hers,math")
    assert isinstance(found.state, CompareState)
    assert found.state.prompt == "kept"
    assert found.state.sampling == SamplingTexts(top_p="0.5")
    assert found.state.columns == (ColumnState(adapter="math"),)


def test_what_stands_twice_counts_once():
    found = read_link("?prompt=a&prompt=b&prompt=c")
    assert found.state == CompareState(prompt="a")
    assert found.notices == ("Given more than once, the first counts: prompt.",)


def test_notices_are_few_and_short():
    said = {f"{name}": "x" * 300 for name in FIELDS} | {"n" * 90: "1", "run": "x" * 500}
    told = read(v="x", columns="[1,[],2,[],3,[]]", **said).notices
    assert len(told) == MAX_NOTICES
    assert told[-1].startswith("… and ")
    assert all(len(one) <= LONGEST_NOTICE and one.isprintable() for one in told)


@pytest.mark.parametrize(
    "content",
    [b"", b"\xff", b"[]", b"nothing", b"7", b"[" * 100_000, b'{"a": 1' * 9999, None, "\ud800"],
)
def test_what_is_no_settings_file_is_told(content: object):
    found = read_file(content)
    assert found.state is None
    assert "no settings file" in found.notices[0]


def test_a_file_has_a_limit():
    text = json.dumps({"tab": "batch", "prompts": "x" * (MAX_FILE_BYTES - 40)})
    assert isinstance(read_file(text).state, BatchState)
    assert "at most 1,000,000 are read" in read_file(text + " " * 100).notices[0]


def test_a_file_may_hold_what_a_link_cannot():
    state = CompareState(prompt="x" * 150_000)
    assert read_file(to_file(state)) == Reading(state)
    assert (
        "may have 200,000 characters" in read_file(json.dumps({"prompt": "x" * 200_001})).notices[0]
    )


def test_a_memory_link_keeps_its_number():
    assert read_file('{"tab": "memory", "range_s": 3600}').state == MemoryState(range_s=3600)
