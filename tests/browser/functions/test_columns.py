"""The Functions tab as a visitor uses it: columns."""

from __future__ import annotations

import pytest
from playwright.sync_api import Page, expect

from tests.browser.functions.steps import (
    BASE,
    CALLER,
    SECOND,
    column,
    expect_verdict,
    open_tab,
    ready,
    run,
    tick,
    write,
)
from tests.browser.steps import until
from tests.ui.fake_page import FakePage
from tests.ui.functions_page import (
    CUT_OFF,
    FUNCTIONS,
    INVALID,
    NO_CALL,
    TWO,
    UNKNOWN,
    VALID,
    CallingEngine,
)


def test_free_and_constrained_stand_next_to_each_other(
    page: Page, served: FakePage, engine: CallingEngine
):
    engine.answers["function"] = [VALID]
    ready(page, served.url, CALLER, BASE, how="both")
    run(page)
    for mode in ("free", "constrained"):
        found = expect_verdict(page, CALLER, "valid", mode)
        expect(found.locator(".lui-span-call")).to_have_text(VALID[VALID.index("{") :])
        card = found.get_by_role("article", name="call 1: get_weather")
        expect(card.locator("dt")).to_have_text("citytext")
        expect(card.locator("dd")).to_have_text("Lisbon")
        for words in ("tokens/s", "first after", "Format glaive", "end of answer"):
            expect(found).to_contain_text(words)
    expect_verdict(page, BASE, "no call")
    expect(page.locator("#calls section")).to_have_count(4)
    constraints = [r.constraint is not None for r in engine.requests]
    assert sorted(constraints) == [False, False, True, True]


def test_every_error_at_its_place(page: Page, served: FakePage, engine: CallingEngine):
    engine.answers = {"function": [f"{INVALID} {UNKNOWN}"], "second": [CUT_OFF]}
    ready(page, served.url, CALLER, SECOND)
    page.get_by_role("button", name="Sampling").click()
    run(page)
    found = expect_verdict(page, CALLER, "invalid")
    expect(found.locator(".lui-span-error")).to_have_count(2)
    errors = found.locator(".lui-errors li")
    expect(errors.filter(has_text="unknown function")).to_contain_text("get_wether")
    expect(errors.filter(has_text="$.unit")).to_contain_text("invalid arguments")
    errors.filter(has_text="unknown function").get_by_role("button").click()
    assert "get_wether" in page.evaluate("getSelection().toString()")
    cut = expect_verdict(page, SECOND, "invalid")  # it ended by itself: malformed
    expect(cut.locator(".lui-span-error")).to_have_count(1)


def test_a_call_that_the_limit_cut_off(page: Page, served: FakePage, engine: CallingEngine):
    engine.answers["function"] = [TWO]
    ready(page, served.url)
    page.get_by_role("button", name="Sampling").click()
    page.locator("#functions-max-tokens :is(input, textarea)").fill("8")
    run(page)
    found = expect_verdict(page, CALLER, "truncated")
    expect(found).to_contain_text("token limit reached")
    expect(found).to_contain_text("cut off")
    expect(found.get_by_role("article")).to_have_count(1)


def test_hostile_output_stays_text(page: Page, served: FakePage, engine: CallingEngine):
    hostile = INVALID.replace("kelvin", "<img src=x onerror=window.pwned=3>")
    engine.answers = {"function": [hostile], "second": [NO_CALL]}
    ready(page, served.url, CALLER, SECOND)
    run(page)
    expect_verdict(page, CALLER, "invalid")
    found = expect_verdict(page, SECOND, "no call")
    expect(found.locator(".lui-text")).to_contain_text("<img src=x onerror=window.pwned=1>")
    assert page.evaluate("window.pwned") is None
    assert page.locator("#calls :is(img, script, a, iframe)").count() == 0


def test_prompt_provenance_export_and_copy(page: Page, served: FakePage, engine: CallingEngine):
    engine.answers["function"] = [VALID]
    ready(page, served.url)
    run(page)
    found = expect_verdict(page, CALLER, "valid")
    found.get_by_text("Prompt ·").click()
    expect(found.locator(".lui-prompt pre")).to_have_text(engine.requests[0].prompt.text)
    found.locator("summary", has_text="What answered").click()
    expect(found.locator(".lui-ran")).to_contain_text("ab" * 32)
    found.locator("summary", has_text="Export").click()
    exported = found.locator(".lui-export pre")
    expect(exported).to_contain_text('"tool_calls"')
    found.get_by_role("button", name="Python", exact=True).click()
    expect(exported).to_contain_text("get_weather")
    found.get_by_role("button", name="curl", exact=True).click()
    expect(exported).to_contain_text("curl")
    found.get_by_role("button", name="Copy the answer of Caller, free").click()
    assert page.evaluate("navigator.clipboard.readText()").strip() == VALID


def test_stop_one_and_all(page: Page, served: FakePage, engine: CallingEngine):
    engine.delay_s = 0.1
    engine.answers = {"function": [NO_CALL * 9], "second": [NO_CALL * 9]}
    ready(page, served.url, CALLER, SECOND)
    run(page)
    for title in (CALLER, SECOND):
        expect(column(page, title)).to_have_attribute("data-state", "running")
    page.get_by_role("button", name="Stop Caller, free").click()
    expect(column(page, CALLER)).to_have_attribute("data-state", "stopped")
    assert engine.running == 1
    page.locator("#functions-stop").click()
    expect(column(page, SECOND)).to_have_attribute("data-state", "stopped")
    until(lambda: engine.running == 0)
    expect(page.locator("#functions-stop")).to_be_disabled()


@pytest.mark.parametrize(
    ("functions", "message", "sentence"),
    [
        ("", "hello", "There are no functions"),
        ('[{"name": 3}]', "hello", "Line 1, column"),
        (FUNCTIONS, "", "The prompt is empty"),
    ],
)
def test_bad_input_gets_a_sentence(
    page: Page, served: FakePage, functions: str, message: str, sentence: str
):
    open_tab(page, served.url)
    write(page, functions)
    tick(page, CALLER)
    run(page, message)
    expect(page.get_by_test_id("toast-body")).to_contain_text(sentence)
    expect(page.locator("#functions-json")).to_have_value(functions)


def test_choices_reach_the_engine(page: Page, served: FakePage, engine: CallingEngine):
    engine.answers["function"] = [VALID]
    ready(page, served.url, how="on")
    expect(page.locator(".lui-functions .lui-status")).to_contain_text("nothing wrong")
    page.get_by_label("Tool choice").select_option("send_card: this function")
    page.get_by_label("Several calls in one answer").uncheck()
    page.locator("#functions-system textarea").fill("Be quick.")
    run(page)
    expect_verdict(page, CALLER, "valid", "constrained")
    (request,) = engine.requests
    assert request.constraint is not None
    assert "send_card" in request.constraint
    assert "get_weather" not in request.constraint
    assert "Be quick." in request.prompt.text
