"""Widths, colours and access: phone and desk, light and dark."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Page, expect

from tests.browser.steps import FOUR, SHORT, column, expect_state, send, tick, visit

EIGHT = (*FOUR, "extra1", "extra2", "extra3", "extra4")


def test_a_phone_scrolls_down_only(new_page: Callable[..., Page], fake_url: str):
    page = new_page(viewport={"width": 390, "height": 844})
    visit(page, fake_url)
    tick(page)
    send(page, "a-very-long-unbroken-line-" * 20)
    for title in FOUR:
        expect_state(page, title, "done")
        box = column(page, title).bounding_box()
        assert box
        assert 280 <= box["width"] <= 390
    assert page.evaluate("document.documentElement.scrollWidth") <= 390


def test_eight_columns_stay_readable(page: Page, fake_url: str):
    visit(page, fake_url)
    tick(page, EIGHT)
    send(page, SHORT)
    for title in EIGHT:
        expect_state(page, title, "done")
        box = column(page, title).bounding_box()
        assert box
        assert box["width"] >= 280
    assert page.evaluate("document.documentElement.scrollWidth") <= 1440
    columns = page.locator(".lui-columns")
    assert columns.evaluate("node => node.scrollWidth > node.clientWidth")


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_no_serious_accessibility_faults(new_page: Callable[..., Page], fake_url: str, scheme: str):
    page = new_page(color_scheme=scheme)
    visit(page, f"{fake_url}?__theme={scheme}")
    tick(page, [*FOUR[:2], "extra5"])
    page.get_by_role("button", name="Sampling").click()
    send(page, SHORT)
    expect_state(page, "extra5", "error")
    expect_state(page, "Text to SQL", "done")
    column(page, "Text to SQL").get_by_label("Diff against").select_option("Base model")
    column(page, "Base model").get_by_text("Settings").click()
    column(page, "Base model").get_by_text("Prompt ·").click()
    expect(column(page, "Text to SQL").locator("ins")).to_be_visible()
    found = Axe().run(page).response["violations"]
    serious = [
        (fault["id"], [node["html"][:200] for node in fault["nodes"]])
        for fault in found
        if fault["impact"] in ("serious", "critical")
    ]
    assert serious == []
