"""The app from outside: a gradio_client and a browser, each in a process of its own."""

from __future__ import annotations

import importlib.util
import shutil
import time
from functools import lru_cache
from typing import Any

Timed = tuple[float, int]
"""Seconds, and the tokens that were written in them."""


def browser_is_there() -> bool:
    """Whether the page can be measured, too."""
    return bool(shutil.which("chromium") and importlib.util.find_spec("playwright"))


@lru_cache(maxsize=1)
def _client(url: str) -> Any:
    from gradio_client import Client

    return Client(url, verbose=False)


def by_endpoint(url: str, prompt: str, adapters: list[str], tokens: int) -> Timed:
    """From the call of `/compare` to its result."""
    client = _client(url)
    began = time.monotonic()
    result = client.predict(prompt, adapters, max_tokens=tokens, api_name="/compare")
    seconds = time.monotonic() - began
    return seconds, sum(column["tokens"] for column in result["columns"])


@lru_cache(maxsize=1)
def _page(url: str) -> Any:
    from playwright.sync_api import sync_playwright

    playwright = sync_playwright().start()
    browser = playwright.chromium.launch(
        executable_path=shutil.which("chromium"),
        args=["--no-sandbox", "--disable-gpu", "--disable-background-networking"],
    )
    page = browser.new_page(viewport={"width": 1440, "height": 1000})
    page.goto(url)
    page.locator("#prompt textarea").wait_for()
    return page


def by_page(url: str, prompt: str, adapters: list[str], tokens: int) -> Timed:
    """From the click on Run until every column on the page says that it has ended."""
    page = _page(url)
    page.locator("#prompt textarea").fill(prompt)
    if not page.locator("#field-max-tokens").is_visible():
        page.get_by_role("button", name="Sampling").click()
    page.locator("#field-max-tokens :is(input, textarea)").fill(str(tokens))
    for box in page.locator("#adapters input[type=checkbox]").all():
        box.check()
    columns = page.locator(".lui-column")
    columns.nth(len(adapters) - 1).wait_for()
    began = time.monotonic()
    page.locator("#run").click()
    page.locator(".lui-column:is([data-state=waiting], [data-state=running])").first.wait_for()
    page.wait_for_function(
        """count => document.querySelectorAll('.lui-column[data-state=done]').length === count""",
        arg=len(adapters),
        timeout=600_000,
    )
    seconds = time.monotonic() - began
    figures = page.locator(".lui-column [data-figure=tokens]").all_inner_texts()
    return seconds, sum(int("".join(c for c in text if c.isdigit())) for text in figures)
