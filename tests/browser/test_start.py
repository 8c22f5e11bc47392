"""The page while the engine starts, once it is ready, and after a failed start."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from playwright.sync_api import Page, expect

from tests.browser.steps import LONG, SHORT, column, expect_state, send, tick, visit
from tests.ui.fake_page import serve_engine
from tests.ui.starting_engine import StartingEngine


@pytest.fixture
def starting() -> Iterator[tuple[StartingEngine, str]]:
    engine = StartingEngine()
    served = serve_engine(engine)
    yield engine, served.url
    engine.state = "failed"
    served.demo.close()


def test_a_run_during_the_start_waits_for_it(starting, page: Page):
    engine, url = starting
    visit(page, url)
    line = page.locator("#engine-line")
    expect(line).to_contain_text("Engine starting")
    expect(line).to_contain_text("installing the base model 1.4 s")
    expect(line).to_contain_text("loading weights")
    tick(page, ["Base model", "Text to SQL"])
    send(page, SHORT)
    expect_state(page, "Base model", "waiting")
    expect(column(page, "Base model")).to_contain_text("still starting: loading weights")
    page.get_by_role("button", name="Stop Text to SQL").click()
    expect_state(page, "Text to SQL", "stopped")
    engine.state = "ready"
    expect_state(page, "Base model", "done")
    expect_state(page, "Text to SQL", "stopped")
    expect(line).to_contain_text("Engine ready")
    page.get_by_text("Details: settings and why").click()
    expect(page.locator("#engine-details")).to_contain_text("and one spare slot")
    send(page, SHORT)
    expect_state(page, "Text to SQL", "done")
    page.wait_for_timeout(1500)
    expect(page.locator("#engine-details dl")).to_be_visible()


def test_a_restart_ends_columns_with_a_sentence_and_they_run_again(starting, page: Page):
    engine, url = starting
    engine.state, engine.delay_s = "ready", 0.1
    visit(page, url)
    line = page.locator("#engine-line")
    expect(line).to_contain_text("Engine ready")
    tick(page, ["Base model", "Text to SQL"])
    send(page, LONG)
    for title in ("Base model", "Text to SQL"):
        expect_state(page, title, "running")
    engine.state = "loading"
    for title in ("Base model", "Text to SQL"):
        expect_state(page, title, "error")
        expect(column(page, title)).to_contain_text("The engine died while this was running")
    expect(line).to_contain_text("Engine starting again")
    expect(line).to_contain_text("loading weights")
    engine.delay_s = 0.01
    page.get_by_role("button", name="Run again: Text to SQL").click()
    expect_state(page, "Text to SQL", "waiting")
    expect(column(page, "Text to SQL")).to_contain_text("still starting: loading weights")
    engine.state = "ready"
    expect_state(page, "Text to SQL", "done")
    expect(line).to_contain_text("Engine ready")
    expect_state(page, "Base model", "error")


def test_a_failed_start_says_why_and_so_do_the_columns(starting, page: Page):
    engine, url = starting
    visit(page, url)
    tick(page, ["Base model"])
    send(page, SHORT)
    expect_state(page, "Base model", "waiting")
    engine.state = "failed"
    expect_state(page, "Base model", "error")
    expect(column(page, "Base model")).to_contain_text("not enough memory")
    expect(page.locator("#engine-line")).to_contain_text("could not start")
    expect(page.locator("#engine-line")).to_contain_text("not enough memory")
    page.get_by_text("Last lines of the engine's log").click()
    expect(page.locator("#engine-details pre")).to_contain_text("<3 GiB>")
