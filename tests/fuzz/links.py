"""Hostile links in a real browser: `make fuzz PART=links ARGS="--links 1000"`.

Most are opened in one page, as the page itself opens its address, which takes a moment; every
`--fresh`th in a browser context of its own, from the address bar. Prints how many were opened and
what was found; exit status 1 when something was.
"""

from __future__ import annotations

import argparse
import shutil
import sys
import time
from dataclasses import dataclass, field

from playwright.sync_api import Browser, Page, expect, sync_playwright

from lora_ui.share.state import STATES
from tests.fuzz.link_cases import make
from tests.ui.fake_page import serve

ARGUMENTS = ["--no-sandbox", "--disable-gpu"]
TOO_LONG_FOR_A_SERVER = 60_000
"""Characters: uvicorn answers longer addresses with an error of its own, before the page."""
OPEN = """async (query) => {
  window.loraLinks.open(query);
  const until = performance.now() + 60000;
  while (performance.now() < until) {
    if (!window.loraLinks.isOpening()) return true;
    await new Promise((done) => setTimeout(done, 5));
  }
  return false;
}"""
"""Opens a link in the page that is there; false where that never ended."""


@dataclass
class Found:
    """What went wrong, and with which link."""

    link: int = 0
    faults: list[str] = field(default_factory=list)

    def note(self, what: str) -> None:
        self.faults.append(f"link {self.link}: {what}")


def watched(browser: Browser, found: Found) -> Page:
    """A page in a fresh profile; dialogs, errors and foreign requests are found."""
    page = browser.new_context().new_page()
    page.set_default_timeout(60_000)
    page.on("pageerror", lambda error: found.note(f"page error: {error}"))
    page.on("console", lambda said: said.type == "error" and found.note(f"console: {said.text}"))
    page.on("request", lambda asked: _check_request(asked.url, found))

    def dismiss(dialog) -> None:
        found.note(f"dialog: {dialog.message}")
        dialog.dismiss()

    page.on("dialog", dismiss)
    return page


def _check_request(url: str, found: Found) -> None:
    if not url.startswith(("http://127.0.0.1", "data:", "blob:")):
        found.note(f"request to {url[:100]}")


def check(page: Page, found: Found) -> None:
    """No script ran, no element of theirs is there, and the page can still be used."""
    if page.evaluate("window.pwned !== undefined || ({}).pwned !== undefined"):
        found.note("a script ran")
    foreign = page.locator("iframe, [onerror], [onload], [srcdoc], [href^=javascript]").count()
    if foreign:
        found.note(f"{foreign} elements of theirs are on the page")
    if not page.locator("#links .lui-copy-link").is_visible():
        found.note("the masthead is gone")


def open_fresh(browser: Browser, url: str, number: int, found: Found) -> None:
    """Open link `number` in a profile of its own, then use the page."""
    page = watched(browser, found)
    try:
        page.goto(url + make(number)[:TOO_LONG_FOR_A_SERVER])
        page.wait_for_function("window.loraLinks && !window.loraLinks.isOpening()")
        check(page, found)
        page.get_by_role("tab", name="Compare").click()
        page.locator("#prompt textarea").fill("still here")
        expect(page.locator("#prompt textarea")).to_have_value("still here")
    except Exception as error:
        found.note(f"{type(error).__name__}: {str(error)[:300]}")
    finally:
        page.context.close()


def open_here(page: Page, number: int, found: Found) -> None:
    """Open link `number` in the page that is there."""
    if not page.evaluate(OPEN, make(number)):
        found.note("it was never answered")
    check(page, found)


def run(count: int, fresh: int, first: int) -> Found:
    """Open `count` links from number `first` on."""
    served, found = serve(delay_s=0.001), Found()
    began = time.monotonic()
    with sync_playwright() as playwright:
        path = shutil.which("chromium")
        browser = playwright.chromium.launch(executable_path=path, args=ARGUMENTS)
        page = watched(browser, found)
        page.goto(served.url)
        page.wait_for_function("window.loraLinks")
        for tab in STATES:  # so that every view of the page is there
            page.get_by_role("tab", name=tab.capitalize()).click()
            page.wait_for_timeout(1000)
        for number in range(first, first + count):
            found.link = number
            if fresh and number % fresh == 0:
                open_fresh(browser, served.url, number, found)
            else:
                open_here(page, number, found)
            if (number + 1) % 100 == 0:
                print(f"{number + 1 - first} links, {len(found.faults)} found", flush=True)
        browser.close()
    served.demo.close()
    seconds = time.monotonic() - began
    print(f"{count} links in Chromium in {seconds:.0f} s, {len(found.faults)} found.")
    return found


def main() -> int:
    """Run; 1 when something was found."""
    parser = argparse.ArgumentParser(prog="tests.fuzz.links", description="hostile links")
    parser.add_argument("--links", type=int, default=1000)
    parser.add_argument(
        "--fresh", type=int, default=20, help="every so many in a profile of its own"
    )
    parser.add_argument("--first", type=int, default=0, help="the number of the first link")
    given = parser.parse_args()
    found = run(given.links, given.fresh, given.first)
    for fault in found.faults[:50]:
        print(fault)
    return 1 if found.faults else 0


if __name__ == "__main__":
    sys.exit(main())
