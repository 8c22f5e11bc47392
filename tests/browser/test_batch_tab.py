"""The Batch tab as a visitor uses it."""

from __future__ import annotations

import csv
import json
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Locator, Page, expect

from tests.ui.batch_page import BatchPage, serve_batch

PROMPTS = """# expect contains: hello base
hello base
# expect regex: ^text2sql
hello world
<img src=x onerror="document.title='owned'"> **bold** {{value}} ${value}
"""


@pytest.fixture(scope="module")
def batch() -> Iterator[BatchPage]:
    served = serve_batch(delay_s=0.02)
    yield served
    served.demo.close()


def cell(page: Page, row: int, adapter: str) -> Locator:
    return page.locator(f"#batch-grid tbody tr:nth-child({row}) td[data-adapter={adapter}]")


def start(page: Page, batch: BatchPage, prompts: str) -> None:
    page.goto(batch.url)
    page.locator("#batch-prompts textarea").fill(prompts)
    page.locator("#batch-run").click()


def finish(page: Page) -> None:
    expect(page.locator("#batch-download-csv")).to_be_enabled(timeout=30_000)


def eventually(condition: Callable[[], bool], seconds: float = 10) -> None:
    end = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < end
        time.sleep(0.05)


def test_a_batch_fills_judges_and_downloads(page: Page, batch: BatchPage, tmp_path: Path):
    start(page, batch, PROMPTS)
    finish(page)
    assert page.locator("#batch-grid tbody tr").count() == 3
    expect(cell(page, 1, "base")).to_contain_text("✓pass: contains “hello base”")
    expect(cell(page, 2, "base")).to_contain_text("✗fail: does not match")
    expect(cell(page, 2, "text2sql")).to_contain_text("pass: matches")
    expect(cell(page, 3, "broken")).to_contain_text("broken cannot be loaded")
    expect(page.locator("#batch-grid thead")).to_contain_text("2 of 2 passed (100 %)")
    expect(page.locator("#batch-grid thead")).to_contain_text("3 failed to answer")
    expect(page.locator("#batch-grid [role=status]")).to_contain_text("3 of 3 prompts finished")
    saved = {}
    for form in ("txt", "md", "json", "csv"):
        with page.expect_download() as download:
            page.locator(f"#batch-download-{form}").click()
        assert download.value.suggested_filename.endswith(f".{form}")
        saved[form] = tmp_path / f"r.{form}"
        download.value.save_as(saved[form])
    results = json.loads(saved["json"].read_text())
    assert [len(row["columns"]) for row in results] == [4, 4, 4]
    assert results[0]["columns"][0]["verdict"]["passed"] is True
    with saved["csv"].open(newline="") as file:
        assert len(list(csv.DictReader(file))) == 12
    assert "hello base" in saved["txt"].read_text()
    assert "| Prompt |" in saved["md"].read_text()


def test_model_output_stays_text(page: Page, batch: BatchPage):
    start(page, batch, PROMPTS)
    finish(page)
    expect(cell(page, 3, "base")).to_contain_text("<img src=x onerror=")
    expect(cell(page, 3, "base")).to_contain_text("**bold** {{value}} ${value}")
    assert page.locator("#batch-grid img").count() == 0
    assert page.title() != "owned"


def test_answers_grow_and_stop_keeps_them(page: Page, batch: BatchPage):
    start(page, batch, "\n".join(f"one two three four {n}" for n in range(190)))
    expect(cell(page, 1, "base")).to_contain_text("base:")
    expect(page.locator("#batch-run")).to_be_disabled()
    page.locator("#batch-stop").click()
    expect(page.locator("#batch-grid [role=status]")).to_contain_text("Stopped")
    finish(page)
    assert batch.engine.running == 0
    expect(page.locator("#batch-run")).to_be_enabled()
    expect(cell(page, 1, "base")).to_contain_text("base:")


def test_closing_the_page_ends_the_batch_in_the_engine(new_page, batch: BatchPage):
    page = new_page()
    start(page, batch, "\n".join(f"one two three four {n}" for n in range(190)))
    expect(cell(page, 1, "base")).to_contain_text("base:")
    page.close()

    def quiet() -> bool:
        asked = len(batch.engine.requests)
        time.sleep(0.5)
        return len(batch.engine.requests) == asked and batch.engine.running == 0

    eventually(quiet)
    assert not any("four 189" in request.prompt.text for request in batch.engine.requests)


def test_two_visitors_run_at_once(new_page, batch: BatchPage):
    first, second = new_page(), new_page()
    start(first, batch, "\n".join(f"slow one two three {n}" for n in range(190)))
    expect(cell(first, 1, "base")).to_contain_text("base:")
    start(second, batch, "quick")
    finish(second)
    expect(first.locator("#batch-run")).to_be_disabled()
    expect(second.locator("#batch-grid tbody")).not_to_contain_text("slow")


@pytest.mark.parametrize(
    ("prompts", "sentence"),
    [
        ("", "The prompt is empty"),
        ("# only a comment", "There is no prompt in it"),
        ("# expect number: many\nx", "Line 1: “many” is not a number"),
        ("x\n" * 201, "201 prompts, but the page takes at most 200"),
    ],
)
def test_bad_prompts_get_a_sentence(page: Page, batch: BatchPage, prompts: str, sentence: str):
    start(page, batch, prompts)
    expect(page.locator("#batch-grid [role=alert]")).to_contain_text(sentence)
    expect(page.locator("#batch-run")).to_be_enabled()


def test_bad_sampling_and_no_adapters_get_a_sentence(page: Page, batch: BatchPage):
    page.goto(batch.url)
    page.locator("#batch-prompts textarea").fill("x")
    page.locator("#batch-max-tokens input, #batch-max-tokens textarea").fill("0")
    page.locator("#batch-run").click()
    expect(page.locator("#batch-grid [role=alert]")).to_contain_text("max_tokens is “0”")
    page.locator("#batch-max-tokens input, #batch-max-tokens textarea").fill("2")
    for box in page.locator("#batch-adapters input").all():
        box.uncheck()
    page.locator("#batch-run").click()
    expect(page.locator("#batch-grid [role=alert]")).to_contain_text("pick at least one")
    page.locator("#batch-adapters input").first.check()
    page.locator("#batch-run").click()
    finish(page)
    expect(cell(page, 1, "base")).to_contain_text("2 tokens")


def test_uploads_fill_the_prompts(page: Page, batch: BatchPage, tmp_path: Path):
    page.goto(batch.url)
    good, bad = tmp_path / "good.txt", tmp_path / "bad.txt"
    good.write_bytes(b"\xef\xbb\xbffirst\r\n---\r\nsecond\r\n")
    bad.write_bytes(b"\xff\xfe\x00")
    upload = page.locator("#batch-upload").locator("xpath=..").locator("input[type=file]")
    upload.set_input_files(good)
    expect(page.locator("#batch-prompts textarea")).to_have_value("first\n---\nsecond\n")
    upload.set_input_files(bad)
    expect(page.locator("#batch-grid [role=alert]")).to_contain_text("not UTF-8")
    page.locator("#batch-example").click()
    expect(page.locator("#batch-prompts textarea")).to_have_value(
        "CREATE TABLE t (a INT);\n\nHow many?\n---\nWhat is 40 and 2?"
    )


def test_a_phone_shows_it_without_scrolling_sideways(new_page, batch: BatchPage):
    page = new_page(viewport={"width": 390, "height": 844})
    start(page, batch, PROMPTS + "unbroken" * 60)
    finish(page)
    assert page.evaluate("document.documentElement.scrollWidth") <= 390
    box = cell(page, 4, "base").bounding_box()
    assert box
    assert box["x"] >= 0
    assert box["x"] + box["width"] <= 390
