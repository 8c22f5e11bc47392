"""What the pictures do on the page, step by step."""

from __future__ import annotations

import io
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Literal

from PIL import Image
from playwright.sync_api import Browser, Page, expect

from tests.catalog.adapter_files import write_adapter

SIZES = {"desk": (1440, 900), "phone": (390, 844)}
Scheme = Literal["light", "dark"]
LIVE = '.lui-column:is([data-state="waiting"], [data-state="loading"], [data-state="running"])'
END_MS = 180_000
COLORS = 256
BATCH = """# expect contains: Paris
What is the capital of France?
# expect number: 41
Ann has 24 stickers and gets 17 more. How many has she now?
"""


@contextmanager
def visitor(browser: Browser, url: str, size: str, scheme: Scheme) -> Iterator[Page]:
    """A fresh page in one size and one colour scheme."""
    width, height = SIZES[size]
    context = browser.new_context(
        viewport={"width": width, "height": height}, color_scheme=scheme, reduced_motion="reduce"
    )
    page = context.new_page()
    page.set_default_timeout(END_MS)
    page.goto(f"{url}/?__theme={scheme}")
    page.wait_for_selector(".lui-empty")
    page.wait_for_selector(".lui-ready")
    yield page
    context.close()


def save(page: Page, file: Path, *, whole: bool = False) -> None:
    """A picture of few colours: a page needs no more, and the file stays small."""
    taken = Image.open(io.BytesIO(page.screenshot(full_page=whole))).convert("RGB")
    taken.quantize(COLORS, dither=Image.Dither.NONE).save(file, optimize=True)
    print(file)


def ask_four(page: Page) -> None:
    """Tick base and the first three adapters, take the first example and run it."""
    boxes = page.locator("#adapters input")
    for place in range(min(4, boxes.count())):
        boxes.nth(place).check()
    page.locator("#examples button").first.click()
    expect(page.locator("#prompt textarea")).not_to_have_value("")
    page.locator("#run").click()
    page.wait_for_selector('.lui-column[data-state="running"] .lui-text:not(.lui-blank)')


def watch_memory(page: Page) -> None:
    """Let four adapters answer, and show what that does to the memory, every chart drawn."""
    ask_four(page)
    page.get_by_role("tab", name="Memory").click()
    page.wait_for_selector("[data-chart=memory] .js-plotly-plot")
    page.get_by_role("button", name="1 min", exact=True).click()
    page.wait_for_timeout(8000)
    for chart in page.locator(".lui-chart").all():
        chart.scroll_into_view_if_needed()
        page.wait_for_timeout(400)
    page.evaluate("scrollTo(0, 0)")
    page.wait_for_timeout(1200)


def wait_for_end(page: Page) -> None:
    """Until no column is at work."""
    page.wait_for_function(f"!document.querySelector('{LIVE}')")


def run_batch(page: Page) -> None:
    """Paste two prompts with expected answers and run them."""
    page.locator("[role=tab]", has_text="Batch").click()
    page.locator("#batch-prompts textarea").fill(BATCH)
    page.locator("#batch-run").click()
    page.wait_for_selector('#batch-grid td[data-state="running"] .lui-text:not([hidden])')


def finish_batch(page: Page) -> None:
    """Until the downloads are there."""
    expect(page.locator("#batch-download-csv")).to_be_enabled(timeout=END_MS)


def open_adding(page: Page) -> None:
    """Show the Adapters tab with its form for additions unfolded."""
    page.locator("[role=tab]", has_text="Adapters").click()
    page.wait_for_selector(".lui-card")
    page.locator("#adding > button").click()


def upload(page: Page, name: str, folder: Path) -> None:
    """Add an adapter from its two files under a name."""
    files = [folder / "adapter_config.json", folder / "adapter_model.safetensors"]
    page.locator("#adding-files input[type=file]").set_input_files(files)
    expect(page.locator("#adding-files")).to_contain_text("adapter_model")
    page.locator("#adding-upload-name :is(input, textarea)").fill(name)
    page.locator("#adding-upload-run").click()
    expect(page.locator(f'.lui-card[data-adapter="{name}"]')).to_be_visible(timeout=END_MS)


def add_refused(page: Page) -> None:
    """Upload two adapters that are refused, and unfold the details of a third."""
    open_adding(page)
    with tempfile.TemporaryDirectory() as scratch:
        upload(page, "huge", write_adapter(Path(scratch) / "huge", r=1024))
        upload(page, "prefix", write_adapter(Path(scratch) / "prefix", peft_type="PREFIX_TUNING"))
    page.locator(".lui-card summary").nth(2).click()


def open_functions(page: Page) -> None:
    """Show the Functions tab."""
    page.locator("[role=tab]", has_text="Functions").click()
    page.wait_for_selector("#functions-json")


def ask_for_calls(page: Page, example: str) -> None:
    """Run a ready example through base and the first adapter that is ticked already."""
    open_functions(page)
    page.locator("#functions-editor .lui-examples button", has_text=example).click()
    expect(page.locator("#functions-message textarea")).not_to_have_value("")
    page.locator("#functions-adapters input").first.check()
    expect(page.locator(".lui-functions .lui-status")).to_have_attribute("data-state", "good")
    page.locator("#functions-run").click()
    page.wait_for_selector("#calls .lui-column")
    wait_for_end(page)


def run_a_call(page: Page) -> None:
    """Run the first call that has a built-in function, and let the model go on."""
    run = page.locator("#calls .lui-answer .lui-run:visible").first
    if run.count() == 0:
        return
    run.click()
    page.wait_for_selector("#calls .lui-result:visible")
    page.locator('#calls .lui-go-on[aria-disabled="false"]:visible').first.click()
    page.wait_for_selector("#calls .lui-round h4:visible")
    wait_for_end(page)


def settle(page: Page) -> None:
    """The engine's line has counted down, and nothing is hovered."""
    page.mouse.move(0, 0)
    expect(page.locator("#engine-line")).to_contain_text("0 running")
    page.wait_for_timeout(400)
