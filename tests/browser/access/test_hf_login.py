"""`--hf-login`, end to end: the app in a process of its own, a provider on loopback, a browser."""

from __future__ import annotations

from collections.abc import Iterator

import httpx
import pytest
from playwright.sync_api import Browser, ConsoleMessage, Page, expect

from tests.access.openid import Provider
from tests.access.people import GUARDED
from tests.app_process import AppProcess
from tests.browser.steps import expect_state, send, text, tick

PATHS = [
    *GUARDED,
    ("GET", ""),
    ("GET", "assets/x.js"),
    ("POST", "gradio_api/cancel"),
    ("GET", "gradio_api/heartbeat/x"),
    ("POST", "login"),
]


@pytest.fixture(scope="module")
def provider() -> Iterator[Provider]:
    started = Provider()
    yield started
    started.end()


@pytest.fixture(scope="module")
def space(provider: Provider, tmp_path_factory: pytest.TempPathFactory) -> Iterator[AppProcess]:
    """The app over the test engine, with what a Space with OAuth has in its environment."""
    process = AppProcess(
        tmp_path_factory.mktemp("space") / "log.txt",
        ("--hf-login", "Alice, bob"),
        provider.environment,
        program=("-m", "tests.access.fake_app"),
    )
    process.wait_for_page("/healthz")
    yield process
    process.end()


@pytest.fixture
def visitor(browser: Browser, space: AppProcess) -> Iterator[Page]:
    """A new visitor, whose pages have no error of this app's.

    Gradio puts the Hub's header over a page in a Space, and that wants the network: it is let be.
    """
    page = browser.new_page(viewport={"width": 1440, "height": 900})
    faults: list[str] = []
    refused = ("status of 401", "status of 403")  # the browser's own words for what is tested

    def note(message: ConsoleMessage) -> None:
        is_ours = message.location["url"].startswith(space.url)
        if message.type == "error" and is_ours and not any(r in message.text for r in refused):
            faults.append(message.text)

    page.on("console", note)
    page.on("pageerror", lambda error: faults.append(str(error)))
    yield page
    page.context.close()
    assert [fault for fault in faults if fault != "Space not found"] == []  # the Hub's header


@pytest.mark.parametrize("method_and_path", PATHS, ids=lambda pair: pair[1] or "page")
def test_a_stranger_gets_nothing(space: AppProcess, method_and_path: tuple[str, str]):
    method, path = method_and_path
    answer = httpx.request(method, f"{space.url}/{path}")
    assert answer.status_code == 401
    assert "sign in first" in answer.json()["error"]


def test_health_is_everybodys(space: AppProcess):
    assert httpx.get(f"{space.url}/healthz").json()["state"] == "ready"


def test_who_is_on_the_list_signs_in_and_compares(
    space: AppProcess, provider: Provider, visitor: Page
):
    provider.user = "alice"
    visitor.goto(f"{space.url}/?tab=compare&prompt=hello")
    expect(visitor.get_by_text("sign in first")).to_be_visible()
    visitor.get_by_role("link", name="Sign in with Hugging Face").click()
    expect(visitor.locator("#prompt textarea")).to_have_value("hello")
    tick(visitor, ["Base model", "Text to SQL"])
    send(visitor, "knock knock")
    for title in ("Base model", "Text to SQL"):
        expect_state(visitor, title, "done")
        expect(text(visitor, title)).to_contain_text("knock knock")
    visitor.get_by_role("link", name="Sign out").click()
    expect(visitor.get_by_text("sign in first")).to_be_visible()


def test_who_is_not_on_the_list_is_told_so_and_gets_nothing(
    space: AppProcess, provider: Provider, visitor: Page
):
    provider.user = "mallory"
    visitor.goto(space.url)
    visitor.get_by_role("link", name="Sign in with Hugging Face").click()
    expect(visitor.get_by_text("mallory is not on the list")).to_be_visible()
    for method, path in PATHS:
        answer = visitor.request.fetch(f"{space.url}/{path}", method=method)
        assert answer.status == 403, path
    visitor.get_by_role("link", name="Sign out").click()
    expect(visitor.get_by_text("sign in first")).to_be_visible()
    provider.user = "bob"
    visitor.get_by_role("link", name="Sign in with Hugging Face").click()
    expect(visitor.locator(".lui-empty")).to_be_visible()
