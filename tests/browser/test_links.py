"""Links: what is set up in one browser stands in another that has never been here."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Page, expect

from lora_ui.catalog.models import Adapter
from lora_ui.engine.protocol import AdapterStatus
from lora_ui.share import read_link
from lora_ui.share.state import CompareState, FunctionsState
from tests.browser.functions.steps import write as write_functions
from tests.browser.links import (
    PATIENCE_MS,
    address,
    arrive,
    columns,
    copied,
    expect_address,
    field,
    notices,
    open_tab,
)
from tests.browser.steps import column, expect_state, text, tick, visit
from tests.ui.fake_page import FakePage
from tests.ui.functions_page import FUNCTIONS
from tests.ui.memory_page import MemoryTestPage, serve_memory

PROMPT = "Hëllo, “world”! 1 + 1 = 2 & more #x?\n\n\tlast line…"
BASE, SQL, MATH = "Base model", "Text to SQL", "Grade-school math"
SAMPLING = {
    "temperature": "0.70",
    "top_p": "0.9",
    "top_k": "40",
    "min_p": "0.05",
    "repetition_penalty": "1.1",
    "max_tokens": "33",
    "seed": "7",
    "stop": "END\n\\n\\n",
}


@pytest.fixture(scope="module")
def memory() -> Iterator[MemoryTestPage]:
    page = serve_memory()
    yield page
    page.end()


def fill_sampling(page: Page, prefix: str) -> None:
    for name, value in SAMPLING.items():
        field(page, prefix, name).fill(value)


def expect_sampling(page: Page, prefix: str) -> None:
    for name, value in SAMPLING.items():
        expect(field(page, prefix, name)).to_have_value(value)


def set_up_compare(page: Page, url: str) -> None:
    visit(page, url)
    tick(page, [BASE, MATH])
    page.locator("#prompt textarea").fill(PROMPT)
    page.locator("#system textarea").fill("Be brief.")
    page.get_by_role("button", name="Sampling").click()
    fill_sampling(page, "field")
    page.get_by_role("button", name=f"Duplicate {MATH}").click()
    twin = column(page, f"{MATH} #2")
    twin.locator("[data-field=temperature]").fill("1.5")
    twin.locator("[data-field=stop]").fill("a\nb")
    twin.locator("textarea[data-field=system]").fill("Only here.")
    base = column(page, BASE)
    base.locator(".lui-settings summary").click()
    base.get_by_label("No system message").check()


def test_compare_with_settings_of_single_columns(new_page: Callable[..., Page], fake_url: str):
    first, second = new_page(), new_page()
    set_up_compare(first, fake_url)
    link = copied(first)
    arrive(second, link)
    expect(second.locator("#board .lui-column")).to_have_count(3)
    assert columns(second) == columns(first)
    assert columns(second)[2].startswith(f"{MATH} #2: Temperature 1.5")
    twin = column(second, f"{MATH} #2")
    expect(twin.locator("textarea[data-field=system]")).to_have_value("Only here.")
    expect(twin.locator("[data-field=stop]")).to_have_value("a\nb")
    expect(second.locator("#prompt textarea")).to_have_value(PROMPT)
    expect(second.locator("#system textarea")).to_have_value("Be brief.")
    second.get_by_role("button", name="Sampling").click()
    expect_sampling(second, "field")
    for title in (BASE, MATH):
        expect(second.locator("#adapters").get_by_label(title, exact=True)).to_be_checked()
    expect(second.locator("#adapters").get_by_label(SQL, exact=True)).not_to_be_checked()
    expect(second).to_have_url(link)
    expect(notices(second)).to_have_count(0)
    assert copied(second) == link


def test_functions_with_their_use(new_page: Callable[..., Page], fake_url: str):
    first, second = new_page(), new_page()
    visit(first, fake_url)
    open_tab(first, "Functions")
    write_functions(first, FUNCTIONS)
    first.locator("#functions-choice option[value='=send_card']").wait_for(state="attached")
    first.locator("#functions-choice").select_option("=send_card")
    first.locator("#functions-decoding-on").check()
    first.locator("#functions-parallel").uncheck()
    first.locator("#functions-message textarea").fill(PROMPT)
    first.locator("#functions-system textarea").fill("You call.")
    first.locator("#functions-adapters").get_by_label(SQL, exact=True).check()
    first.locator("#functions-adapters").get_by_label(BASE, exact=True).check()
    first.locator("#functions-sampling > button").click()
    fill_sampling(first, "functions")
    link = copied(first)
    arrive(second, link)
    expect(second.locator("#functions-json")).to_have_value(FUNCTIONS)
    expect(second.locator("#functions-choice")).to_have_value("=send_card")
    expect(second.locator("#functions-decoding-on")).to_be_checked()
    expect(second.locator("#functions-parallel")).not_to_be_checked()
    expect(second.locator("#functions-message textarea")).to_have_value(PROMPT)
    expect(second.locator("#functions-system textarea")).to_have_value("You call.")
    for title, ticked in ((SQL, True), (BASE, True), (MATH, False)):
        box = second.locator("#functions-adapters").get_by_label(title, exact=True)
        expect(box).to_be_checked(checked=ticked)
    second.locator("#functions-sampling > button").click()
    expect_sampling(second, "functions")
    expect(second).to_have_url(link)


def test_batch(new_page: Callable[..., Page], fake_url: str):
    first, second = new_page(), new_page()
    visit(first, fake_url)
    open_tab(first, "Batch")
    prompts = "# expect number: 41\none\n---\ntwo"
    first.locator("#batch-prompts textarea").fill(prompts)
    for title in (BASE, SQL):
        first.locator("#batch-adapters").get_by_label(title).uncheck()
    for name, value in (("max-tokens", "12"), ("temperature", "0.5"), ("seed", "3")):
        field(first, "batch", name).fill(value)
    link = copied(first)
    arrive(second, link)
    expect(second.locator("#batch-prompts textarea")).to_have_value(prompts)
    for title, ticked in ((BASE, False), (SQL, False), (MATH, True), ("extra5", True)):
        box = second.locator("#batch-adapters").get_by_label(title)
        expect(box).to_be_checked(checked=ticked)
    for name, value in (("max-tokens", "12"), ("temperature", "0.5"), ("seed", "3")):
        expect(field(second, "batch", name)).to_have_value(value)
    expect(second).to_have_url(link)


def test_adapters(new_page: Callable[..., Page], fake_url: str):
    first, second = new_page(), new_page()
    visit(first, fake_url)
    open_tab(first, "Adapters")
    first.get_by_label("Search adapters").fill("SQL text")
    arrive(second, copied(first))
    expect(second.get_by_label("Search adapters")).to_have_value("SQL text")
    expect(second.locator(".lui-card:visible")).to_have_count(1)


def test_memory(new_page: Callable[..., Page], memory: MemoryTestPage):
    first, second = new_page(), new_page()
    visit(first, memory.url)
    open_tab(first, "Memory")
    first.get_by_role("button", name="1 h", exact=True).click()
    arrive(second, copied(first))
    pressed = second.locator(".lui-ranges [aria-pressed=true]")
    expect(pressed).to_have_text("1 h")
    expect_address(second, "tab=memory&range_s=3600")
    second.reload()
    expect(pressed).to_have_text("1 h")


def test_a_plain_address_stays_plain(page: Page, fake_url: str):
    visit(page, fake_url)
    open_tab(page, "Batch")
    page.get_by_role("tab", name="Compare").click()
    expect(page).to_have_url(fake_url)
    page.locator("#prompt textarea").fill("x")
    expect_address(page, "prompt=x")
    page.locator("#prompt textarea").fill("")
    expect(page).to_have_url(fake_url)


def test_the_address_follows_what_is_typed_and_keeps_what_is_not_ours(page: Page, fake_url: str):
    arrive(page, address(fake_url, __theme="dark", utm_source="mail"))
    expect(page.locator("body.dark")).to_be_attached()
    page.locator("#prompt textarea").press_sequentially("typed, not sent")
    expect_address(page, "?v=1&tab=compare&prompt=typed,+not+sent&__theme=dark&utm_source=mail")
    expect(notices(page)).to_have_count(0)
    open_tab(page, "Batch")
    expect(page).to_have_url(f"{fake_url}?v=1&tab=batch&__theme=dark&utm_source=mail")
    page.get_by_role("tab", name="Compare").click()
    expect_address(page, "prompt=typed")
    page.reload()
    expect(page.locator("#prompt textarea")).to_have_value("typed, not sent")
    assert copied(page) == f"{fake_url}?v=1&tab=compare&prompt=typed,+not+sent"


def test_a_link_that_runs_does_so_once(page: Page, fake_url: str):
    arrive(page, address(fake_url, adapters="base,math,math", prompt="one two", seed=7, run=1))
    for title in (BASE, f"{MATH} #1", f"{MATH} #2"):
        expect_state(page, title, "done")
    expect(text(page, BASE)).to_contain_text("one two")
    expect_address(page, "?v=1&tab=compare&adapters=base,math,math&prompt=one+two&seed=7")
    assert "run" not in page.url
    page.reload()
    expect(column(page, BASE)).to_be_visible()
    expect(page.locator("#prompt textarea")).to_have_value("one two")
    expect_state(page, BASE, "idle")


def test_functions_and_batches_run_when_they_are_opened(
    new_page: Callable[..., Page], fake_url: str
):
    page, other = new_page(), new_page()
    said = {"functions": FUNCTIONS, "tool_choice": "get_weather", "decoding": "off"}
    arrive(page, address(fake_url, tab="functions", message="Hi", adapters="base", run=1, **said))
    expect(page.locator("#calls .lui-column")).to_have_count(1, timeout=PATIENCE_MS)
    expect(page.locator("#calls .lui-text").first).to_contain_text("Hi")
    arrive(other, address(fake_url, tab="batch", prompts="one\n---\ntwo", adapters="math", run=1))
    cells = other.locator("#batch-grid td[data-adapter=math]")
    expect(cells).to_have_count(2, timeout=PATIENCE_MS)
    expect(cells.last).to_contain_text("two")


def test_the_menu_makes_a_link_that_runs(page: Page, fake_url: str):
    arrive(page, address(fake_url, prompt="x"))
    expect(page.locator("#prompt textarea")).to_have_value("x")
    menu = page.locator(".lui-link-menu")
    menu.locator("summary").click()
    page.get_by_label("Run when opened").check()
    expect(page.locator("#link-address")).to_have_value(
        f"{fake_url}?v=1&tab=compare&prompt=x&run=1"
    )
    assert copied(page) == f"{fake_url}?v=1&tab=compare&prompt=x&run=1"
    expect(page).to_have_url(f"{fake_url}?v=1&tab=compare&prompt=x")
    menu.locator("summary").click()
    page.keyboard.press("Escape")
    expect(page.locator("#link-address")).to_be_hidden()
    expect(menu.locator("summary")).to_be_focused()


def test_what_is_too_long_for_a_link_goes_into_a_file(
    new_page: Callable[..., Page], fake_url: str, tmp_path: Path
):
    first, second = new_page(), new_page()
    set_up_compare(first, fake_url)
    long = "Straße " * 700
    first.locator("#prompt textarea").fill(long)
    expect(first.locator(".lui-long")).to_contain_text("a link holds 4 KB")
    expect(first).to_have_url(f"{fake_url}?v=1&tab=compare")
    with first.expect_download() as download:
        first.get_by_role("button", name="Save settings", exact=True).click()
    path = tmp_path / download.value.suggested_filename
    download.value.save_as(path)
    assert json.loads(path.read_text("utf-8"))["prompt"] == long
    visit(second, fake_url)
    second.locator("#system textarea").fill("goes away")
    second.locator(".lui-link-menu input[type=file]").set_input_files(path)
    expect(second.locator("#prompt textarea")).to_have_value(long)
    expect(second.locator("#system textarea")).to_have_value("Be brief.")
    assert columns(second) == columns(first)
    first.locator("#prompt textarea").fill("short")
    expect(first.locator(".lui-long")).to_be_hidden()
    expect_address(first, "prompt=short")


def test_a_file_for_another_tab_is_opened_there(page: Page, fake_url: str, tmp_path: Path):
    path = tmp_path / "settings.json"
    path.write_text(json.dumps({"v": 1, "tab": "functions", "functions": FUNCTIONS, "seed": 4}))
    visit(page, fake_url)
    page.locator(".lui-link-menu input[type=file]").set_input_files(path)
    expect(page.locator("#functions-json")).to_have_value(FUNCTIONS)
    page.locator("#functions-sampling > button").click()
    expect(field(page, "functions", "seed")).to_have_value("4")
    path.write_text("{nothing")
    page.locator(".lui-link-menu input[type=file]").set_input_files(path)
    expect(notices(page)).to_contain_text("This is no settings file")
    expect(page.locator("#functions-json")).to_have_value(FUNCTIONS)


def test_what_cannot_be_used_is_told(page: Page, fake_url: str):
    said = {"v": 2, "colour": "red", "adapters": "base,hers", "temperature": 9, "prompt": "kept"}
    arrive(page, address(fake_url, **said))
    expect(page.locator("#prompt textarea")).to_have_value("kept")
    expect(column(page, BASE)).to_be_visible()
    expect(notices(page)).to_have_count(4)
    told = page.locator(".lui-link-notices")
    for words in ("newer LoRA UI (version 2", "colour", "“9” is not a number", "Not here: hers"):
        expect(told).to_contain_text(words)
    page.get_by_role("button", name="Dismiss").click()
    expect(notices(page)).to_have_count(0)
    expect_address(page, "?v=1&tab=compare&adapters=base&prompt=kept")


def test_an_adapter_that_all_share_is_in_links(place: FakePage, page: Page):
    shared = Adapter(name="everybodys", source="hf:owner/repo")
    place.engine.shelf[None, "everybodys"] = AdapterStatus(shared, "disk", "ok", added=True)
    arrive(page, address(place.url, adapters="everybodys,base", prompt="hi", run=1))
    expect_state(page, "everybodys", "done")
    expect(page.locator("#adapters").get_by_label("everybodys")).to_be_checked()
    expect_address(page, "adapters=base,everybodys")


def test_the_clipboard_may_be_refused(page: Page, fake_url: str):
    page.add_init_script(
        "navigator.clipboard.writeText = () => Promise.reject(new Error('not allowed'))"
    )
    arrive(page, address(fake_url, prompt="x"))
    expect(page.locator("#prompt textarea")).to_have_value("x")
    page.get_by_role("button", name="Copy link").click()
    expect(page.get_by_role("button", name="Copied")).to_be_visible()
    assert page.evaluate("navigator.clipboard.readText()").endswith("prompt=x")


def test_links_are_read_as_they_are_written(page: Page, fake_url: str):
    set_up_compare(page, fake_url)
    found = read_link("?" + copied(page).partition("?")[2])
    assert isinstance(found.state, CompareState)
    assert found.notices == ()
    assert found.state.prompt == PROMPT
    assert found.state.sampling.model_dump() == SAMPLING
    assert [column.adapter for column in found.state.columns] == ["base", "math", "math"]
    assert found.state.columns[0].system == ""
    open_tab(page, "Functions")
    write_functions(page, FUNCTIONS)
    expect_address(page, "functions=")
    found = read_link("?" + page.url.partition("?")[2])
    assert isinstance(found.state, FunctionsState)
    assert found.state.functions == FUNCTIONS
