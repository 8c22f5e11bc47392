"""Columns say which adapter answered, that it has no effect, and what they wait for."""

from __future__ import annotations

from playwright.sync_api import Page, expect

from lora_ui.catalog.findings import finding
from tests.browser.steps import SHORT, column, expect_state, send, tick, visit
from tests.fake_engine import SHA256
from tests.ui.fake_page import FakePage


def test_columns_tell_what_answered_and_that_it_has_no_effect(place: FakePage, page: Page):
    found = (finding("no_effect", "warning"),)
    place.engine.change("math", has_effect=False, findings=found, verdict="warning")
    visit(page, place.url)
    tick(page, ["Text to SQL", "Grade-school math"])
    send(page, SHORT)
    for title in ("Text to SQL", "Grade-school math"):
        expect_state(page, title, "done")
    expect(column(page, "Grade-school math").get_by_text("no effect")).to_be_visible()
    expect(column(page, "Text to SQL").get_by_text("no effect")).to_be_hidden()
    told = column(page, "Text to SQL")
    told.get_by_text("What answered").click()
    for words in (SHA256, "adapters/text2sql", "fake/model", "fake 1.0", "max_tokens 200"):
        expect(told.locator(".lui-ran")).to_contain_text(words)
    told.get_by_role("button", name="Copy what answered").click()
    assert SHA256 in page.evaluate("navigator.clipboard.readText()")
    page.get_by_role("tab", name="Adapters").click()
    listed = page.get_by_role("listitem", name="Grade-school math", exact=True)
    expect(listed).to_contain_text("no effect")
    page.get_by_role("tab", name="Batch").click()
    page.locator("#batch-prompts textarea").fill("one")
    page.locator("#batch-run").click()
    expect(page.locator("#batch-grid thead")).to_contain_text("no effect")


def test_a_waiting_column_shows_its_place_and_why(place: FakePage, page: Page):
    place.engine.held.add("math")
    visit(page, place.url)
    tick(page, ["Grade-school math"])
    send(page, SHORT)
    expect_state(page, "Grade-school math", "waiting")
    expect(column(page, "Grade-school math")).to_contain_text(
        "number 2 in line; waits for an adapter slot"
    )
    place.engine.held.clear()
    expect_state(page, "Grade-school math", "done")
