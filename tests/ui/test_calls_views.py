"""Columns of function calls in words."""

from __future__ import annotations

import json
from typing import Any

import pytest

from lora_ui.errors import Problem
from lora_ui.functions.columns import Ask, CallColumn, CallSpec
from lora_ui.functions.loop import Outcome
from lora_ui.functions.results import Call, CallError, OpenCall, ParseResult
from lora_ui.functions.schema import Function
from lora_ui.ui.calls.threads import Round, Thread
from lora_ui.ui.calls.views import argument, calls_view, head_view, round_view, segments

SPEC = CallSpec(key="c1", adapter="function", constrained=True)
TEXT = 'Sure: <functioncall> {"name": "f"} done'
BEGIN, END = TEXT.index("<"), TEXT.index(" done")
CALL = Call(name="f", arguments={"a": 1}, start=BEGIN, end=END)


def column(**values) -> CallColumn:
    return CallColumn(SPEC, **{"state": "done", "finish_reason": "stop", "text": TEXT, **values})


def thread(*columns: CallColumn) -> Thread:
    found = Thread("c1", "Function calls", SPEC, Ask("hello", ()))
    found.rounds = [Round(one) for one in columns]
    return found


def kinds(text: str, *args, **kwargs) -> list[tuple[str, int, str]]:
    found = segments(text, *args, **kwargs)
    assert "".join(part.text for part in found) == text
    return [(part.kind, part.number, part.text) for part in found]


def error(kind: Any, start: int, end: int, path: str | None = None) -> CallError:
    return CallError(kind=kind, message="wrong", start=start, end=end, path=path)


def test_a_call_is_cut_out_of_its_text():
    assert kinds(TEXT, [CALL], []) == [
        ("text", 0, "Sure: "),
        ("call", 1, '<functioncall> {"name": "f"}'),
        ("text", 0, " done"),
    ]


def test_calls_and_errors_stand_in_the_order_of_the_text():
    first, second = error("malformed", 4, 6), error("unknown_function", 0, 2)
    call = Call(name="f", arguments={}, start=2, end=4)
    found = kinds("aabbccd", [call], [first, second])
    assert found == [("error", 2, "aa"), ("call", 1, "bb"), ("error", 1, "cc"), ("text", 0, "d")]


@pytest.mark.parametrize(
    ("start", "end", "marked"), [(3, 9, "d"), (4, 4, "d"), (2, 4, "cd"), (1, 1, None)]
)
def test_an_error_at_the_edge(start: int, end: int, marked: str | None):
    found = [part[2] for part in kinds("abcd", [], [error("truncated", start, end)])]
    assert (found[-1] if len(found) > 1 else None) == marked


def test_errors_of_one_place_share_its_mark():
    errors = [error("invalid_arguments", 0, 4, "$"), error("invalid_arguments", 0, 4, "$.b")]
    view = round_view(Round(column(text="abcd", parsed=ParseResult(errors=errors))), 1)
    assert [one["mark"] for one in view["errors"]] == [1, 1]
    assert [one["path"] for one in view["errors"]] == ["$", "$.b"]
    assert view["errors"][0]["place"] == "characters 0–4"
    assert view["verdict"] == "invalid"


def test_an_empty_text_with_an_error_has_no_segment():
    assert segments("", [], [error("malformed", 0, 0)]) == []


def test_a_call_that_is_being_written():
    parsed = ParseResult(open=OpenCall(name="f", arguments={"city": "Lis"}, start=6))
    live = column(state="running", finish_reason=None, parsed=parsed)
    view = round_view(Round(live), 1)
    assert [part["kind"] for part in view["segments"]] == ["text", "open"]
    assert view["open"] == {"name": "f", "arguments": [argument("city", "Lis")]}
    assert view["verdict"] == ""
    assert view["live"]


@pytest.mark.parametrize(
    ("value", "kind", "text"),
    [
        ("a\nb", "text", "a\nb"),
        (True, "yes or no", "true"),
        (3, "whole number", "3"),
        (2.5, "number", "2.5"),
        (None, "null", "null"),
        ([1], "list", "[\n  1\n]"),
        ({"é": "x"}, "object", '{\n  "é": "x"\n}'),
    ],
)
def test_arguments_tell_their_type(value, kind: str, text: str):
    assert argument("k", value) == {"name": "k", "type": kind, "value": text}


def test_lone_surrogates_become_replacement_characters():
    bad = Call(name="f\ud800", arguments={"k\udfff": ["\ud800"]}, start=0, end=1)
    view = round_view(Round(column(text="\ud800x", parsed=ParseResult(calls=[bad]))), 1)
    json.dumps(view, ensure_ascii=False).encode()
    assert view["segments"][0]["text"] == "�"


def test_what_may_be_done_with_a_column():
    valid = ParseResult(calls=[CALL])
    head = head_view(thread(column(parsed=valid)))
    assert (head["may_go_on"], head["live"], head["mode"]) == (True, False, "constrained")
    assert not head_view(thread(column(parsed=ParseResult())))["may_go_on"]
    running = head_view(thread(column(parsed=valid, state="running", finish_reason=None)))
    assert (running["may_go_on"], running["live"]) == (False, True)


def test_the_last_round_says_so():
    full = thread(column(parsed=ParseResult(calls=[CALL])))
    full.rounds *= full.limit
    head = head_view(full)
    assert not head["may_go_on"]
    assert str(full.limit) in head["limit"]


def test_a_result_stands_on_its_call():
    one = Round(column(parsed=ParseResult(calls=[CALL])))
    one.outcomes[0] = Outcome("42", "hand")
    (view,) = round_view(one, 2)["calls"]
    assert (view["result"], view["by"], view["built_in"]) == ("42", "hand", False)


def test_the_whole_value_is_json_texts():
    value = calls_view([thread(column(parsed=ParseResult(calls=[CALL])))], 7)
    assert value["beat"] == 7
    (found,) = value["columns"]
    assert json.loads(found["head"])["adapter"] == "function"
    assert json.loads(found["rounds"][0])["verdict_text"] == "valid"


def test_a_built_in_function_that_fails_is_told_to_people_and_to_the_model():
    weather = Call(name="get_weather", arguments={"city": "Atlantis"}, start=BEGIN, end=END)
    found = thread(column(parsed=ParseResult(calls=[weather])))
    found.last.run_call(0)
    (view,) = round_view(found.last, 1)["calls"]
    assert "Atlantis" in view["error"]
    assert json.loads(view["result"])["error"] == view["error"]
    (turn,) = found.next_spec({}).turns
    assert turn.results == (("get_weather", view["result"]),)


def test_a_typed_result_comes_before_the_one_of_a_built_in_function():
    weather = Call(name="get_weather", arguments={"city": "Lisbon"}, start=BEGIN, end=END)
    found = thread(column(parsed=ParseResult(calls=[weather])))
    found.last.run_call(0)
    assert found.last.outcomes[0].problem is None
    (turn,) = found.next_spec({0: "rain"}).turns
    assert turn.results == (("get_weather", '"rain"'),)
    assert found.last.outcomes[0].by == "hand"


def test_a_call_without_a_result_keeps_the_round_open():
    found = thread(column(parsed=ParseResult(calls=[CALL])))
    with pytest.raises(Problem, match="type one"):
        found.next_spec({0: "  "})
    assert found.may_go_on


def test_a_broken_call_gets_a_suggestion_once_it_has_ended():
    text = '<functioncall> {"name": "f", "arguments": {"a": 1}'
    broken = ParseResult(errors=[error("malformed", 0, len(text))])
    one = Round(column(text=text, parsed=broken))
    one.conclude(Ask("hello", (Function("f"),)), "http://app")
    (view,) = round_view(one, 1)["repairs"]
    assert json.loads(view["text"]) == {"name": "f", "arguments": {"a": 1}}
    assert view["note"] == ""
    exported = {export["id"]: export["text"] for export in round_view(one, 1)["exports"]}
    assert {"tool_calls", "python", "curl"} <= set(exported)
    assert "http://app" in exported["curl"]
