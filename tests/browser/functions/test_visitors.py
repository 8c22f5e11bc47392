"""The Functions tab as a visitor uses it: visitors, shape."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Page, expect

from tests.browser.conftest import LEFT_WITH_A_RUN, Watch
from tests.browser.functions.steps import (
    CALLER,
    SECOND,
    expect_verdict,
    ready,
    run,
    write,
)
from tests.browser.steps import until
from tests.ui.fake_page import FakePage
from tests.ui.functions_page import (
    FUNCTIONS,
    INVALID,
    NO_CALL,
    VALID,
    CallingEngine,
)


def test_two_visitors_do_not_see_each_other(
    new_page: Callable[..., Page], served: FakePage, engine: CallingEngine
):
    engine.answers = {"function": [VALID], "second": [NO_CALL]}
    first, second = new_page(), new_page()
    ready(first, served.url, CALLER)
    ready(second, served.url, SECOND)
    run(first)
    run(second)
    expect_verdict(first, CALLER, "valid")
    expect_verdict(second, SECOND, "no call")
    expect(first.locator("#calls section")).to_have_count(1)
    expect(second.locator("#calls section")).to_have_count(1)


def test_leaving_ends_the_work(
    new_page: Callable[..., Page], served: FakePage, engine: CallingEngine
):
    engine.delay_s = 0.1
    engine.answers["function"] = [NO_CALL * 9]
    page = new_page()
    ready(page, served.url, how="both")
    run(page)
    until(lambda: engine.running == 2)
    page.close()
    until(lambda: engine.running == 0, 5)


def test_a_phone_scrolls_down_only(
    new_page: Callable[..., Page], served: FakePage, engine: CallingEngine
):
    engine.answers = {"function": [VALID], "second": [INVALID]}
    page = new_page(viewport={"width": 390, "height": 844})
    ready(page, served.url, CALLER, SECOND)
    run(page)
    expect_verdict(page, SECOND, "invalid")
    expect_verdict(page, CALLER, "valid")
    assert page.evaluate("document.documentElement.scrollWidth") <= 390
    page.get_by_role("button", name="Form", exact=True).click()
    expect(page.locator(".lui-parameter")).to_have_count(4)
    assert page.evaluate("document.documentElement.scrollWidth") <= 390


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_no_serious_accessibility_faults(
    new_page: Callable[..., Page], served: FakePage, engine: CallingEngine, scheme: str
):
    engine.answers = {"function": [VALID], "second": [INVALID]}
    page = new_page(color_scheme=scheme)
    ready(page, f"{served.url}?__theme={scheme}", CALLER, SECOND)
    run(page)
    found = expect_verdict(page, CALLER, "valid")
    expect_verdict(page, SECOND, "invalid")
    found.locator("summary", has_text="Export").click()
    check(page)
    write(page, FUNCTIONS.replace('"object"', '"objct"'))
    expect(page.locator(".lui-problems li").first).to_be_visible()
    check(page)
    write(page)
    page.get_by_role("button", name="Form", exact=True).click()
    check(page)


def check(page: Page) -> None:
    faults = [
        (fault["id"], [node["html"][:200] for node in fault["nodes"]])
        for fault in Axe().run(page).response["violations"]
        if fault["impact"] in ("serious", "critical")
    ]
    assert faults == []


def test_reloading_begins_anew(page: Page, served: FakePage, engine: CallingEngine, watch: Watch):
    watch.forgive(*LEFT_WITH_A_RUN)
    engine.answers["function"] = [VALID]
    ready(page, served.url)
    run(page)
    expect_verdict(page, CALLER, "valid")
    page.reload()
    expect(page.locator(".lui-empty")).to_be_visible()
    page.get_by_role("tab", name="Functions").click()
    expect(page.locator("#calls .lui-empty")).to_be_visible()
