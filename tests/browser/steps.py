"""What a visitor does, in words."""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence

from playwright.sync_api import Frame, Locator, Page, expect

FOUR = ("Base model", "Text to SQL", "Grade-school math", "Function calls")
LONG = "Tell me a story about a small house on a hill. " * 11
SHORT = "one two three"


def visit(page: Page, url: str) -> None:
    """Open the page and wait for the board."""
    page.goto(url)
    expect(page.locator(".lui-empty")).to_be_visible()


def tick(page: Page | Frame, titles: Sequence[str] = FOUR) -> None:
    """Tick adapters by their titles and wait for their columns."""
    for title in titles:
        page.locator("#adapters").get_by_label(title, exact=True).check()
        expect(column(page, title)).to_be_visible()


def send(page: Page | Frame, prompt: str) -> None:
    """Type the prompt and press Run."""
    page.locator("#prompt textarea").fill(prompt)
    page.locator("#run").click()


def column(page: Page | Frame, title: str) -> Locator:
    """The column under this title."""
    return page.get_by_role("region", name=title, exact=True)


def text(page: Page | Frame, title: str) -> Locator:
    """The answer in the column under this title."""
    return column(page, title).locator(".lui-text")


def expect_state(page: Page | Frame, title: str, state: str) -> None:
    """Wait until the column says so."""
    expect(column(page, title)).to_have_attribute("data-state", state)


def until(holds: Callable[[], bool], seconds: float = 10.0) -> float:
    """Wait for something in this process; returns how long it took."""
    began = time.monotonic()
    while not holds():
        assert time.monotonic() - began < seconds, "it did not happen in time"
        time.sleep(0.02)
    return time.monotonic() - began
