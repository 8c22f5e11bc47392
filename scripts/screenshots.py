"""Pictures of the page to look at: desk and phone, light and dark, in its main states.

    python scripts/screenshots.py URL FOLDER

The app at URL must run; adapters and prompts are taken from what its page offers.
"""

from __future__ import annotations

import argparse
import shutil
import sys
from collections.abc import Callable
from pathlib import Path

from playwright.sync_api import Browser, Page, sync_playwright

SIZES = {"desk": (1440, 900), "phone": (390, 844)}
SCHEMES = ("light", "dark")
PROMPT = "Natalia sold 48 clips in April and half as many in May. How many did she sell in all?"
LIVE = '.lui-column:is([data-state="waiting"], [data-state="loading"], [data-state="running"])'
END_MS = 180_000


def main() -> None:
    """Take the whole set."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("url")
    parser.add_argument("folder", type=Path)
    arguments = parser.parse_args()
    path = shutil.which("chromium")
    if path is None:
        sys.exit("chromium is not installed: apt-get install chromium")
    arguments.folder.mkdir(parents=True, exist_ok=True)
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(
            executable_path=path, args=["--no-sandbox", "--disable-gpu"]
        )
        for size in SIZES:
            for scheme in SCHEMES:
                take(browser, arguments.url, arguments.folder, size, scheme)
        browser.close()


def take(browser: Browser, url: str, folder: Path, size: str, scheme: str) -> None:
    """Every state in one size and one colour scheme."""
    width, height = SIZES[size]
    context = browser.new_context(
        viewport={"width": width, "height": height}, color_scheme=scheme, reduced_motion="reduce"
    )
    page = context.new_page()
    page.goto(f"{url.rstrip('/')}/?__theme={scheme}")
    page.wait_for_selector(".lui-empty")

    def picture(name: str, *, whole: bool = True) -> None:
        file = folder / f"{size}-{scheme}-{name}.png"
        page.screenshot(path=file, full_page=whole)
        print(file)

    picture("empty")
    four(page, picture)
    eight(page, picture)
    page.locator("[role=tab]", has_text="Batch").click()
    page.wait_for_timeout(500)
    picture("batch")
    context.close()


def four(page: Page, picture: Callable[..., None]) -> None:
    """Base and three adapters: running, done, a diff with everything unfolded, focus, an error."""
    boxes = page.locator("#adapters input")
    for place in range(min(4, boxes.count())):
        boxes.nth(place).check()
    page.locator("#prompt textarea").fill(PROMPT)
    page.locator("#run").click()
    page.wait_for_selector('.lui-column[data-state="running"] .lui-text:not(.lui-blank)')
    picture("running")
    page.wait_for_function(f"!document.querySelector('{LIVE}')", timeout=END_MS)
    picture("done")
    column = page.locator(".lui-column").nth(1)
    column.locator("select").select_option(index=1)
    column.locator("summary", has_text="Prompt").click()
    column.locator("summary", has_text="Settings").click()
    column.locator('[data-field="temperature"]').fill("0.7")
    page.wait_for_timeout(800)
    picture("diff-settings")
    column.locator(".lui-focus").click()
    picture("focus")
    page.keyboard.press("Escape")
    column.locator('[data-field="temperature"]').fill("9")
    page.locator("#sampling button").first.click()
    page.locator("#run").click()
    page.wait_for_selector('[data-testid="toast-body"]')
    page.wait_for_timeout(600)
    picture("warning", whole=False)
    page.locator('[data-testid="toast-close"]').click()
    page.locator("#sampling button").first.click()
    column.locator('[data-field="temperature"]').fill("")
    too_long(page, picture)


def too_long(page: Page, picture: Callable[..., None]) -> None:
    """A prompt over the context: an error in each column."""
    page.locator("#prompt textarea").fill("word " * 6000)
    page.locator("#run").click()
    page.wait_for_selector('.lui-column[data-state="error"]')
    picture("error")
    page.locator("#prompt textarea").fill(PROMPT)


def eight(page: Page, picture: Callable[..., None]) -> None:
    """Eight columns, by copies where the catalog has fewer adapters."""
    while page.locator(".lui-column").count() < 8:
        page.locator(".lui-column .lui-duplicate").last.click()
    page.locator(".lui-column details[open]").evaluate_all(
        "all => all.forEach(one => one.open = false)"
    )
    page.locator("#run").click()
    page.wait_for_selector('.lui-column[data-state="running"]')
    page.wait_for_function(f"!document.querySelector('{LIVE}')", timeout=END_MS)
    page.locator(".lui-columns").evaluate("node => node.scrollTo(0, 0)")
    picture("eight")


if __name__ == "__main__":
    main()
