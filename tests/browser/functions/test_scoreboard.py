"""The Functions tab as a visitor uses it: the scoreboard."""

from __future__ import annotations

import json

from playwright.sync_api import Page, expect

from tests.browser.functions.steps import (
    CALLER,
    SECOND,
    open_tab,
)
from tests.browser.steps import until
from tests.ui.fake_page import FakePage
from tests.ui.functions_page import (
    FUNCTIONS,
    NO_CALL,
    VALID,
    CallingEngine,
)

CASES = "\n".join(
    json.dumps({"message": message, "functions": json.loads(FUNCTIONS), "expected": expected})
    for message, expected in (
        ("Weather in Lisbon?", [{"name": "get_weather", "arguments": {"city": "Lisbon"}}]),
        ("Hello!", []),
    )
)


def open_scores(page: Page, url: str) -> None:
    open_tab(page, url)
    page.locator("#scoreboard > button").click()
    page.locator("#scores-adapters").get_by_label(SECOND, exact=True).uncheck()


def upload(page: Page, text: str) -> None:
    file = {"name": "cases.jsonl", "mimeType": "application/jsonl", "buffer": text.encode()}
    page.locator("#scores-file input[type=file]").set_input_files(file)  # pyright: ignore
    expect(page.locator("#scores-file")).to_contain_text("cases")


def test_a_scoreboard_fills_is_drawn_and_downloaded(
    page: Page, served: FakePage, engine: CallingEngine
):
    engine.answers["function"] = [VALID]
    open_scores(page, served.url)
    expect(page.locator("#scores-chart")).to_have_count(0)
    upload(page, CASES)
    page.locator("#scores-run").click()
    rows = page.locator("#scores tbody tr")
    expect(rows).to_have_count(2)
    expect(page.locator("#scores .lui-status")).to_contain_text("2 of 2 cases finished")
    for row, mode in ((rows.nth(0), "free"), (rows.nth(1), "constrained")):
        expect(row.get_by_role("rowheader")).to_have_text(f"{CALLER}{mode}")
        cells = row.locator("td")
        for place, words in ((0, "1 / 1 (100%)"), (3, "1 / 1 (100%)"), (4, "0 / 1 (0%)")):
            expect(cells.nth(place)).to_have_text(words)
    expect(page.locator("#scores-chart .js-plotly-plot")).to_be_visible()
    saved = {}
    for form in ("csv", "json"):
        with page.expect_download() as download:
            page.locator(f"#scores-download-{form}").click()
        saved[form] = download.value.path().read_text()
    assert saved["csv"].splitlines()[1].startswith("function,")
    assert json.loads(saved["json"])["cases"] == 2


def test_a_bad_set_says_where(page: Page, served: FakePage):
    open_scores(page, served.url)
    upload(page, '{"message": "x"}')
    page.locator("#scores-run").click()
    expect(page.locator("#scores .lui-problem")).to_contain_text("Line 1")


def test_a_scoreboard_is_stopped(page: Page, served: FakePage, engine: CallingEngine):
    engine.delay_s = 0.1
    engine.answers["function"] = [NO_CALL * 9]
    open_scores(page, served.url)
    page.locator("#scores-run").click()
    until(lambda: engine.running > 0)
    page.locator("#scores-stop").click()
    expect(page.locator("#scores .lui-status")).to_contain_text("Stopped")
    until(lambda: engine.running == 0)
    expect(page.locator("#scores-run")).to_be_enabled()
