"""What the first page weighs and when it can be used: `python -m tests.soak.first_page`.

A fresh browser profile for each visit, over the test engine. What is not Gradio's own files
(`/assets`, `/static`) counts as the page's. Beside it stands a Gradio page with one text field,
which tells what of the time is Gradio's and this machine's.
"""

from __future__ import annotations

import argparse
import shutil
import statistics
import sys
import time
from dataclasses import dataclass
from urllib.parse import urlsplit

import gradio as gr
from playwright.sync_api import Browser, Page, Request, sync_playwright

from tests.browser.conftest import ARGUMENTS
from tests.ui.fake_page import serve

GRADIOS_OWN = ("/assets/", "/static/")
QUIET_MS = 2000
"""So long after the page can be used, requests of its start still count."""


@dataclass(frozen=True)
class Visit:
    """`ready_s` is until the prompt's field takes text; bytes are those on the wire."""

    ready_s: float
    own_bytes: int
    gradio_bytes: int


def main() -> None:
    """Visit both pages in turns and print a table of the medians."""
    parser = argparse.ArgumentParser(prog="python -m tests.soak.first_page")
    parser.add_argument("--visits", type=int, default=7)
    visits = parser.parse_args().visits
    path = shutil.which("chromium")
    if path is None:
        sys.exit("chromium is not installed: apt-get install chromium")
    page, plain = serve(), _plain_page()
    seen: dict[str, list[Visit]] = {"LoRA UI": [], "one text field": []}
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=path, args=ARGUMENTS)
        for _ in range(visits):
            seen["LoRA UI"].append(visit(browser, page.url))
            seen["one text field"].append(visit(browser, plain))
        browser.close()
    print("| page | can be used after | slowest | its own bytes | Gradio's bytes |")
    print("|---|---:|---:|---:|---:|")
    for name, all_of in seen.items():
        ready = [one.ready_s for one in all_of]
        last = all_of[-1]
        print(
            f"| {name} | {statistics.median(ready):.2f} s | {max(ready):.2f} s "
            f"| {last.own_bytes:,} | {last.gradio_bytes:,} |"
        )
    gr.close_all(verbose=False)


def visit(browser: Browser, url: str) -> Visit:
    """Open `url` as somebody who has never been there."""
    context = browser.new_context(viewport={"width": 1440, "height": 900})
    try:
        page = context.new_page()
        fetched: list[Request] = []
        # not at the response: an event stream never ends, and so has no size
        page.on("requestfinished", lambda request: fetched.append(request))
        began = time.monotonic()
        page.goto(url, wait_until="commit")
        page.locator("#prompt textarea").fill("Hello")
        ready_s = time.monotonic() - began
        page.wait_for_timeout(QUIET_MS)
        return Visit(ready_s, *weigh(fetched))
    finally:
        context.close()


def weigh(fetched: list[Request]) -> tuple[int, int]:
    """Bytes of the page itself, and those of Gradio's own files."""
    own = gradios = 0
    for request in fetched:
        path = urlsplit(request.url).path
        size = request.sizes()["responseBodySize"]
        if path.startswith(GRADIOS_OWN):
            gradios += size
        else:
            own += size
    return own, gradios


def loaded(page: Page) -> list[str]:
    """The paths of what the page has fetched so far."""
    names = page.evaluate("performance.getEntriesByType('resource').map(one => one.name)")
    return [urlsplit(name).path for name in names]


def _plain_page() -> str:
    with gr.Blocks(analytics_enabled=False) as demo:
        gr.Textbox(elem_id="prompt", lines=5)
    _, url, _ = demo.launch(prevent_thread_lock=True, quiet=True, ssr_mode=False)
    return url


if __name__ == "__main__":
    main()
