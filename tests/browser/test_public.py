"""A public demo in the browser: a line with places, and refusals in one sentence."""

from __future__ import annotations

import re
from collections.abc import Callable

from playwright.sync_api import Page, expect

from lora_ui.catalog.models import Limits
from lora_ui.public.gate import Gate
from tests.browser.steps import column, expect_state, send, text, tick, until, visit
from tests.public.clock import Clock
from tests.ui.fake_page import FakePage

TWO = ("Text to SQL", "Grade-school math")


def test_a_visitor_sees_the_place_in_the_line_and_then_the_answers(
    serving: Callable[..., FakePage], new_page: Callable[..., Page]
):
    gate = Gate(Limits(running=1))
    demo = serving(gate=gate)
    first, second = new_page(), new_page()
    for page in (first, second):
        visit(page, demo.url)
    tick(first, ["Base model"])
    send(first, "one two three")
    expect_state(first, "Base model", "done")  # from now on it is known how long answers take
    demo.engine.held = {"math"}
    tick(first, ["Grade-school math"])
    send(first, "one two three")
    until(lambda: gate.door.running == 1)
    tick(second, TWO)
    send(second, "four five six")
    detail = column(second, "Text to SQL").locator(".lui-detail")
    expect(detail).to_contain_text(
        re.compile(r"number \d in line; its turn comes in about \d+ s \(1 at a time\)")
    )
    expect(second.locator("#engine-line")).to_contain_text(re.compile(r"[1-9] waiting"))
    demo.engine.held = set()
    for title in TWO:
        expect_state(second, title, "done")
        expect(text(second, title)).to_contain_text("four five six")
    until(lambda: (gate.door.running, gate.door.waiting) == (0, 0))


def test_leaving_the_page_gives_the_places_back(
    serving: Callable[..., FakePage], new_page: Callable[..., Page]
):
    gate = Gate(Limits(running=1))
    demo = serving(gate=gate)
    demo.engine.held = {"math", "text2sql"}
    page = new_page()
    visit(page, demo.url)
    tick(page, TWO)
    send(page, "one two three")
    until(lambda: (gate.door.running, gate.door.waiting) == (1, 1))
    page.close()
    until(lambda: (gate.door.running, gate.door.waiting) == (0, 0))
    assert demo.engine.running == 0


def test_a_refusal_is_one_sentence_and_the_answers_stay(
    serving: Callable[..., FakePage], page: Page
):
    demo = serving(gate=Gate(Limits(per_minute=3, columns=2), Clock()))
    visit(page, demo.url)
    tick(page, TWO)
    send(page, "one two three")
    for title in TWO:
        expect_state(page, title, "done")
    send(page, "four five six")
    said = page.get_by_text("Each visitor of this public demo may ask for 3 answers a minute")
    expect(said).to_have_count(1)
    expect(said).to_contain_text("and yours are used up: ask again in about 20 s.")
    for title in TWO:
        expect(text(page, title)).to_contain_text("one two three")
    tick(page, ["Base model"])
    send(page, "one two three")
    expect(page.get_by_text("3 columns are asked for, but at most 2 are taken")).to_be_visible()
    assert len(demo.engine.requests) == 2


def test_the_page_says_once_that_it_is_a_public_demo(serving: Callable[..., FakePage], page: Page):
    demo = serving(gate=Gate(Limits(tokens=77)))
    visit(page, demo.url)
    summary = page.get_by_text("This is a public demo")
    expect(summary).to_have_count(1)
    summary.click()
    expect(page.locator("#engine-details")).to_contain_text(re.compile(r"tokens\s*77\s*in one"))
    page.get_by_role("tab", name="Adapters").click()
    card = page.locator(".lui-card").first
    expect(card).to_be_visible()
    expect(page.get_by_role("button", name=re.compile("pin|preload", re.IGNORECASE))).to_have_count(
        0
    )
