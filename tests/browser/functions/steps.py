"""What visitors do on the Functions tab."""

from __future__ import annotations

from playwright.sync_api import Locator, Page, expect

from tests.browser.steps import until, visit
from tests.ui.functions_page import (
    FUNCTIONS,
)

SETTLED_MS = 250
CALLER, SECOND, BASE = "Caller", "Second", "Base model"


def open_tab(page: Page, url: str) -> None:
    visit(page, url)
    page.get_by_role("tab", name="Functions").click()
    expect(page.locator("#functions-json")).to_be_visible()
    expect(page.locator("#calls .lui-empty")).to_be_visible()


def write(page: Page, functions: str = FUNCTIONS) -> None:
    """Fill the editor; once more where a page that is not yet at rest takes the text away."""
    area = page.locator("#functions-json")

    def stays() -> bool:
        area.fill(functions)
        page.wait_for_timeout(SETTLED_MS)
        return area.input_value() == functions

    until(stays, seconds=30)


def decode(page: Page, how: str) -> None:
    page.get_by_role("radio", name=how, exact=True).check()


def tick(page: Page, *titles: str) -> None:
    for title in (CALLER, SECOND, BASE):
        box = page.locator("#functions-adapters").get_by_label(title, exact=True)
        box.set_checked(title in titles)


def run(page: Page, message: str = "What is the weather?") -> None:
    page.locator("#functions-message textarea").fill(message)
    page.locator("#functions-run").click()


def ready(page: Page, url: str, *titles: str, how: str = "off") -> None:
    open_tab(page, url)
    write(page)
    decode(page, how)
    tick(page, *(titles or (CALLER,)))


def column(page: Page, title: str, mode: str = "free") -> Locator:
    return page.locator(
        f'#calls section[data-mode="{mode}"]',
        has=page.get_by_role("heading", name=title, exact=True),
    )


def expect_verdict(page: Page, title: str, words: str, mode: str = "free") -> Locator:
    found = column(page, title, mode)
    expect(found.locator(".lui-verdict")).to_have_text(words)
    return found
