"""The page as a Space shows it: in a frame of another site, with the way to have one's own."""

from __future__ import annotations

import http.server
import threading
from collections.abc import Callable, Iterator
from dataclasses import replace

import pytest
from playwright.sync_api import Frame, Page, expect

from tests.browser.steps import FOUR, expect_state, send, text, tick, until
from tests.ui.fake_page import HOSTING, FakePage

SPACE = "somebody/lora-ui"


@pytest.fixture
def in_space(serving: Callable[..., FakePage]) -> FakePage:
    return serving(hosting=replace(HOSTING, space=SPACE))


@pytest.fixture
def framed(in_space: FakePage) -> Iterator[str]:
    """The address of a page of another site (localhost, not 127.0.0.1) with the app in a frame."""
    body = f'<!doctype html><title>Hub</title><iframe src="{in_space.url}" allow="clipboard-write"'
    body += (
        ' style="width: 100%; height: 880px; border: 0"></iframe><link rel="icon" href="data:,">'
    )

    class Outer(http.server.BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            self.send_response(200)
            self.send_header("Content-Type", "text/html")
            self.end_headers()
            self.wfile.write(body.encode())

        def log_message(self, *_: object) -> None:
            pass

    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Outer)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    yield f"http://localhost:{server.server_port}/"
    server.shutdown()


def test_a_space_says_how_to_have_ones_own(in_space: FakePage, page: Page) -> None:
    page.goto(in_space.url)
    link = page.get_by_role("link", name="Duplicate this Space")
    expect(link).to_be_visible()
    assert link.get_attribute("href") == f"https://huggingface.co/spaces/{SPACE}?duplicate=true"
    assert link.get_attribute("target") == "_blank"
    assert link.get_attribute("rel") == "noopener"


def test_elsewhere_there_is_no_such_link(page: Page, fake_url: str) -> None:
    page.goto(fake_url)
    expect(page.get_by_role("heading", name="LoRA UI")).to_be_visible()
    assert page.locator("#duplicate").count() == 0


def test_the_page_works_in_a_frame_of_another_site(
    in_space: FakePage, framed: str, page: Page
) -> None:
    page.goto(framed)
    until(lambda: bool(inner(page, in_space.url)))
    frame = inner(page, in_space.url)[0]
    tick(frame, FOUR[:2])
    for prompt in ("What do you say?", "And now?"):
        send(frame, prompt)
        for title in FOUR[:2]:
            expect(text(frame, title)).to_contain_text(prompt)
            expect_state(frame, title, "done")
    assert page.url == framed


def inner(page: Page, url: str) -> list[Frame]:
    return [frame for frame in page.frames if frame.url.startswith(url)]
