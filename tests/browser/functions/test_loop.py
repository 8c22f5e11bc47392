"""The Functions tab as a visitor uses it: the loop."""

from __future__ import annotations

from playwright.sync_api import Page, expect

from tests.browser.functions.steps import (
    CALLER,
    expect_verdict,
    ready,
    run,
)
from tests.ui.fake_page import FakePage
from tests.ui.functions_page import (
    TWO,
    VALID,
    CallingEngine,
)


def test_results_go_back_and_the_model_goes_on(page: Page, served: FakePage, engine: CallingEngine):
    engine.answers["function"] = [TWO, "Ann gets two cards: it is sunny in Oslo."]
    ready(page, served.url)
    run(page)
    found = expect_verdict(page, CALLER, "valid")
    go_on = found.get_by_role("button", name="Continue Caller, free with the results")
    expect(go_on).to_have_attribute("aria-disabled", "true")
    weather, card = (found.get_by_role("article").nth(place) for place in (0, 1))
    weather.get_by_role("button", name="Run call 1, get_weather").click()
    expect(weather.locator(".lui-result")).to_contain_text("built-in function")
    expect(card.get_by_role("button")).to_have_count(0)
    card.get_by_label("Type its result").fill('{"sent": true}')
    expect(go_on).to_have_attribute("aria-disabled", "false")
    go_on.click()
    expect(found).to_contain_text("Round 2")
    expect_verdict(page, CALLER, "no call")
    expect(card.locator(".lui-result")).to_contain_text("typed by hand")
    prompt = engine.requests[-1].prompt.text
    assert TWO.split()[0] in prompt
    assert prompt.count("FUNCTION RESPONSE") == 2
    assert '"sent": true' in prompt
    expect(found.get_by_role("button", name="Continue")).to_have_count(0)


def test_a_wrong_call_of_a_built_in_function_says_why(
    page: Page, served: FakePage, engine: CallingEngine
):
    engine.answers["function"] = [VALID.replace("Lisbon", "Atlantis")]
    ready(page, served.url)
    run(page)
    found = expect_verdict(page, CALLER, "valid")
    found.get_by_role("button", name="Run call 1, get_weather").click()
    expect(found.get_by_role("article").get_by_role("alert")).to_contain_text("Atlantis")
    again = found.get_by_role("button", name="Run call 1, get_weather")
    expect(again).not_to_have_attribute("aria-disabled", "true")
    again.click()
    expect(again).not_to_have_attribute("aria-disabled", "true")
