"""The Compare tab as a visitor uses it."""

from __future__ import annotations

import pytest
from playwright.sync_api import Page, expect

from tests.browser.steps import (
    FOUR,
    LONG,
    SHORT,
    column,
    expect_state,
    send,
    text,
    tick,
    until,
    visit,
)
from tests.ui.fake_page import FakePage


def test_four_answers_stream_at_once(page: Page, fake_url: str):
    visit(page, fake_url)
    tick(page)
    send(page, LONG)
    for title in FOUR:
        expect_state(page, title, "running")
        expect(text(page, title)).to_contain_text("story")
    lengths = [len(text(page, title).inner_text()) for title in FOUR]
    for title, length in zip(FOUR, lengths, strict=True):
        expect_state(page, title, "done")
        assert len(text(page, title).inner_text()) > length
    assert text(page, "Text to SQL").inner_text().startswith("text2sql: ")
    assert text(page, "Base model").inner_text().startswith("base: ")
    foot = column(page, "Base model").locator(".lui-foot")
    for words in ("tokens/s", "first after", "end of answer"):
        expect(foot).to_contain_text(words)


def test_stop_one_then_run_it_again(page: Page, fake: FakePage):
    visit(page, fake.url)
    tick(page, FOUR[:2])
    send(page, LONG)
    expect_state(page, "Text to SQL", "running")
    page.get_by_role("button", name="Stop Text to SQL", exact=True).click()
    expect_state(page, "Text to SQL", "stopped")
    expect(column(page, "Text to SQL")).to_contain_text("stopped by you")
    expect_state(page, "Base model", "running")
    assert fake.engine.running == 1
    page.get_by_role("button", name="Run again: Text to SQL").click()
    expect_state(page, "Text to SQL", "running")
    expect_state(page, "Base model", "done")
    expect_state(page, "Text to SQL", "done")


def test_stop_all_ends_everything_in_the_engine(page: Page, fake: FakePage):
    visit(page, fake.url)
    tick(page)
    send(page, LONG)
    for title in FOUR:
        expect_state(page, title, "running")
    page.locator("#stop-all").click()
    for title in FOUR:
        expect_state(page, title, "stopped")
    assert fake.engine.running == 0


def test_a_failing_column_leaves_the_others_alone(page: Page, fake_url: str):
    visit(page, fake_url)
    tick(page, ["Base model", "extra5"])
    send(page, SHORT)
    expect_state(page, "extra5", "error")
    expect(column(page, "extra5")).to_contain_text("extra5 cannot be loaded")
    expect_state(page, "Base model", "done")


def test_a_copy_with_another_temperature(page: Page, fake: FakePage):
    visit(page, fake.url)
    tick(page, ["Text to SQL"])
    page.get_by_role("button", name="Duplicate Text to SQL").click()
    twin = column(page, "Text to SQL #2")
    expect(twin.get_by_label("Temperature")).to_be_focused()
    twin.get_by_label("Temperature").fill("0.9")
    expect(twin.locator(".lui-overrides")).to_have_text("Temperature 0.9")
    fake.engine.requests.clear()
    send(page, SHORT)
    expect_state(page, "Text to SQL #1", "done")
    expect_state(page, "Text to SQL #2", "done")
    assert sorted(r.sampling.temperature for r in fake.engine.requests) == [0.0, 0.9]
    page.get_by_role("button", name="Remove Text to SQL #2").click()
    expect(column(page, "Text to SQL")).to_be_visible()
    page.get_by_role("button", name="Remove Text to SQL", exact=True).click()
    expect(page.locator("#adapters").get_by_label("Text to SQL")).not_to_be_checked()
    expect(page.locator(".lui-empty")).to_be_visible()


def test_shared_settings_a_system_message_and_stop_strings(page: Page, fake: FakePage):
    visit(page, fake.url)
    tick(page, ["Base model"])
    page.get_by_role("button", name="Sampling").click()
    page.locator("#system textarea").fill("Be brief.")
    page.locator("#field-max-tokens :is(input, textarea)").fill("3")
    page.locator("#field-stop textarea").fill("END\n\\n\\n")
    fake.engine.requests.clear()
    send(page, SHORT)
    expect_state(page, "Base model", "done")
    expect(column(page, "Base model")).to_contain_text("token limit reached")
    (request,) = fake.engine.requests
    assert request.sampling.max_tokens == 3
    assert request.sampling.stop == ("END", "\n\n")
    assert "Be brief." in request.prompt.text
    column(page, "Base model").get_by_text("Prompt ·").click()
    expect(column(page, "Base model").locator("pre")).to_have_text(request.prompt.text)
    page.locator("#field-max-tokens :is(input, textarea)").fill("")
    fake.engine.requests.clear()
    send(page, SHORT)
    until(lambda: len(fake.engine.requests) == 1)
    assert fake.engine.requests[0].sampling.max_tokens == 200


@pytest.mark.parametrize(
    ("prompt", "temperature", "sentence"),
    [
        ("", "", "The prompt is empty"),
        (SHORT, "9", "temperature is “9”, but it must be a number at least 0, at most 5."),
        (SHORT, "hot", "temperature is “hot”, but it must be a number"),
    ],
)
def test_bad_input_gets_a_sentence_and_loses_nothing(
    page: Page, fake_url: str, prompt: str, temperature: str, sentence: str
):
    visit(page, fake_url)
    tick(page, ["Base model"])
    settings = column(page, "Base model")
    settings.get_by_text("Settings").click()
    settings.get_by_label("Temperature").fill(temperature)
    send(page, prompt)
    expect(page.get_by_test_id("toast-body")).to_contain_text(sentence)
    expect(settings.get_by_label("Temperature")).to_have_value(temperature)


def test_nothing_ticked_says_so(page: Page, fake_url: str):
    visit(page, fake_url)
    send(page, SHORT)
    expect(page.get_by_test_id("toast-body")).to_contain_text("No adapter is chosen")


def test_an_example_fills_in_and_ticks(page: Page, fake_url: str):
    visit(page, fake_url)
    tick(page, ["Base model"])
    page.get_by_text("Function calls: Weather").click()
    expect(column(page, "Function calls")).to_be_visible()
    expect(column(page, "Base model")).to_be_visible()
    expect(page.locator("#prompt textarea")).to_have_value("Weather in Oslo?")
    page.locator("#prompt textarea").press("Control+Enter")
    expect_state(page, "Function calls", "done")
    expect(text(page, "Base model")).to_contain_text("Functions: weather")


def test_copy_gives_the_answer(page: Page, fake_url: str):
    visit(page, fake_url)
    tick(page, ["Base model"])
    send(page, SHORT)
    expect_state(page, "Base model", "done")
    page.get_by_role("button", name="Copy the answer of Base model").click()
    expect(column(page, "Base model").get_by_text("Copied")).to_be_visible()
    assert page.evaluate("navigator.clipboard.readText()") == text(page, "Base model").inner_text()


def test_word_diff_against_a_column(page: Page, fake_url: str):
    visit(page, fake_url)
    tick(page, FOUR[:2])
    send(page, SHORT)
    for title in FOUR[:2]:
        expect_state(page, title, "done")
    column(page, "Text to SQL").get_by_label("Diff against").select_option("Base model")
    expect(text(page, "Text to SQL").locator("del")).to_have_text("base")
    expect(text(page, "Text to SQL").locator("ins")).to_have_text("text2sql")
    column(page, "Text to SQL").get_by_label("Diff against").select_option("no column")
    expect(text(page, "Text to SQL").locator("del")).to_have_count(0)
    expect(text(page, "Text to SQL")).to_contain_text("text2sql: ")


def test_focus_fills_the_width_and_escape_leaves(page: Page, fake_url: str):
    visit(page, fake_url)
    tick(page)
    narrow = column(page, "Text to SQL").bounding_box()
    page.get_by_role("button", name="Focus Text to SQL").click()
    expect(column(page, "Base model")).to_be_hidden()
    wide = column(page, "Text to SQL").bounding_box()
    assert narrow
    assert wide
    assert wide["width"] > 3 * narrow["width"]
    page.keyboard.press("Escape")
    expect(column(page, "Base model")).to_be_visible()


def test_a_long_answer_is_followed_until_the_visitor_scrolls_up(page: Page, fake_url: str):
    visit(page, fake_url)
    tick(page, ["Base model"])
    send(page, ("w" * 60 + " ") * 110)
    box = text(page, "Base model")
    page.wait_for_function("document.querySelector('.lui-text').scrollTop > 200")
    box.hover()
    page.mouse.wheel(0, -150)
    page.wait_for_timeout(200)
    here = box.evaluate("node => node.scrollTop")
    expect_state(page, "Base model", "done")
    assert box.evaluate("node => node.scrollTop") == here
    send(page, ("v" * 60 + " ") * 60)
    expect(box).to_contain_text("v" * 60)
    expect_state(page, "Base model", "done")
    assert box.evaluate("node => node.scrollHeight - node.scrollTop - node.clientHeight") < 24
