"""What a visitor does with links, and what a page then shows."""

from __future__ import annotations

import re
from typing import Any
from urllib.parse import urlencode

from playwright.sync_api import Locator, Page, expect

PATIENCE_MS = 60_000
"""For a page that is opened while the machine has much else to do."""


def field(page: Page, prefix: str, name: str) -> Locator:
    """A sampling field of Gradio's."""
    ident = f"#{prefix}-{name.replace('_', '-')}"
    return page.locator(f"{ident} :is(input, textarea)")


def copied(page: Page) -> str:
    """Press Copy link; what is on the clipboard then."""
    page.evaluate("navigator.clipboard.writeText('')")
    page.get_by_role("button", name="Copy link").click()
    page.wait_for_function("navigator.clipboard.readText()")
    return page.evaluate("navigator.clipboard.readText()")


def arrive(page: Page, link: str) -> None:
    """Open a link and wait until the page has read it."""
    page.goto(link)
    page.wait_for_function("window.loraLinks && !window.loraLinks.isOpening()", timeout=PATIENCE_MS)


def address(url: str, **said: Any) -> str:
    """The page's address with these parameters."""
    return f"{url}?{urlencode(said)}"


def expect_address(page: Page, *parts: str) -> None:
    """Wait until the address holds each of these."""
    for part in parts:
        expect(page).to_have_url(re.compile(re.escape(part)))


def open_tab(page: Page, name: str) -> None:
    """Bring a tab into sight and wait until the address says so."""
    page.get_by_role("tab", name=name).click()
    expect_address(page, f"tab={name.lower()}")


def columns(page: Page) -> list[str]:
    """The titles of the Compare tab's columns, each with what it has of its own."""
    return page.locator("#board .lui-column").evaluate_all(
        "boxes => boxes.map((box) => box.querySelector('h3').textContent + ': '"
        " + box.querySelector('.lui-overrides').textContent)"
    )


def notices(page: Page) -> Locator:
    """What could not be used of a link or file."""
    return page.locator(".lui-link-notices li")
