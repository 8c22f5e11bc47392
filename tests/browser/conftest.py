"""A real Chromium, and the page over the test engine. A missing browser fails."""

from __future__ import annotations

import shutil
from collections.abc import Callable, Iterator
from urllib.parse import urlsplit

import pytest
from playwright.sync_api import Browser, BrowserContext, Page, expect, sync_playwright

from tests.fake_engine import FakeEngine
from tests.ui.fake_page import CATALOG, FakePage, serve, serve_engine

ARGUMENTS = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--no-first-run",
]
expect.set_options(timeout=15_000)
LOCAL = {"127.0.0.1", "localhost", ""}
# What Gradio's client says on a page that is left while a run streams to it. The last: as soon
# as the page is hidden it handles events at once, before the ones that it had put off.
LEFT_WITH_A_RUN = ("AbortError", "errored out", "Unexpected client exception")


class Watch:
    """What went wrong on the pages of a test: console errors, page errors, foreign requests."""

    def __init__(self) -> None:
        self.faults: list[str] = []
        self._forgiven: tuple[str, ...] = ()

    def forgive(self, *parts: str) -> None:
        """Leave out console errors that contain one of these."""
        self._forgiven += parts

    def follow(self, page: Page) -> None:
        page.on("console", self._console)
        page.on("pageerror", lambda error: self.faults.append(f"page error: {error}"))
        page.on("request", lambda request: self._request(request.url))

    def _console(self, message) -> None:
        forgiven = any(part in message.text for part in self._forgiven)
        if message.type == "error" and not forgiven:
            self.faults.append(f"console: {message.text}")

    def _request(self, url: str) -> None:
        if (urlsplit(url).hostname or "") not in LOCAL:
            self.faults.append(f"request to another host: {url}")


@pytest.fixture(scope="package")
def browser() -> Iterator[Browser]:
    """One Chromium for all browser tests, closed before any other test runs."""
    path = shutil.which("chromium")
    assert path, "chromium is not installed: apt-get install chromium"
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=path, args=ARGUMENTS)
        yield browser
        browser.close()


@pytest.fixture
def watch() -> Iterator[Watch]:
    """Fails the test at its end when a page had an error or left this machine."""
    watch = Watch()
    yield watch
    assert watch.faults == []


@pytest.fixture
def new_page(browser: Browser, watch: Watch) -> Iterator[Callable[..., Page]]:
    """Opens a page as a new visitor; keyword arguments are those of a browser context."""
    contexts: list[BrowserContext] = []

    def open_page(**options) -> Page:
        options.setdefault("viewport", {"width": 1440, "height": 900})
        context = browser.new_context(**options)
        context.grant_permissions(["clipboard-read", "clipboard-write"])
        context.set_default_timeout(15_000)
        contexts.append(context)
        page = context.new_page()
        watch.follow(page)
        return page

    yield open_page
    for context in contexts:
        context.close()


@pytest.fixture
def page(new_page: Callable[..., Page]) -> Page:
    """One visitor at a desk."""
    return new_page()


@pytest.fixture(scope="package")
def fake() -> Iterator[FakePage]:
    """The page over the test engine, which tells what it was asked."""
    served = serve(delay_s=0.04)
    yield served
    served.demo.close()


@pytest.fixture(scope="package")
def fake_url(fake: FakePage) -> str:
    """Where the page over the test engine answers."""
    return fake.url


@pytest.fixture
def serving() -> Iterator[Callable[..., FakePage]]:
    """Serves pages of this test's own; to be asked for before any page of the browser."""
    pages: list[FakePage] = []

    def serve(**options) -> FakePage:
        pages.append(serve_engine(FakeEngine(CATALOG, delay_s=0.01), **options))
        return pages[-1]

    yield serve
    for served in pages:
        served.demo.close()


@pytest.fixture
def place(serving: Callable[..., FakePage]) -> FakePage:
    """A page of this test's own, since what it changes would disturb the others."""
    return serving()
