"""Pictures of the page from the real app, for docs/ and to look at.

python scripts/screenshots.py                 start the app, write the pictures of docs/pictures
python scripts/screenshots.py URL [FOLDER]    take them from an app that runs already
python scripts/screenshots.py --all …         every state: desk and phone, light and dark
"""

from __future__ import annotations

import argparse
import io
import shutil
import sys
import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

from PIL import Image
from playwright.sync_api import Browser, Page, expect, sync_playwright

ROOT = Path(__file__).resolve().parent.parent
PICTURES = ROOT / "docs" / "pictures"
SIZES = {"desk": (1440, 900), "phone": (390, 844)}
SCHEMES = ("light", "dark")
LIVE = '.lui-column:is([data-state="waiting"], [data-state="loading"], [data-state="running"])'
END_MS = 180_000
COLORS = 256
BATCH = """# expect contains: Paris
What is the capital of France?
# expect number: 41
Ann has 24 stickers and gets 17 more. How many has she now?
"""


def main() -> None:
    """Take the pictures of the documentation, or with --all every state."""
    sys.path.insert(0, str(ROOT))  # helpers of the tests
    arguments = _arguments()
    path = shutil.which("chromium")
    if path is None:
        sys.exit("chromium is not installed: apt-get install chromium")
    arguments.folder.mkdir(parents=True, exist_ok=True)
    with app(arguments.url) as url, sync_playwright() as playwright:
        browser = playwright.chromium.launch(
            executable_path=path, args=["--no-sandbox", "--disable-gpu"]
        )
        if arguments.all:
            for size in SIZES:
                for scheme in SCHEMES:
                    take_all(browser, url, arguments.folder, size, scheme)
        else:
            take_documentation(browser, url, arguments.folder)
        browser.close()


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("url", nargs="?", help="an app that runs (default: start one)")
    parser.add_argument("folder", nargs="?", type=Path, default=PICTURES)
    parser.add_argument("--all", action="store_true", help="every state, not just docs/pictures")
    return parser.parse_args()


@contextmanager
def app(url: str | None) -> Iterator[str]:
    """The address of a running app; one is started, and ended, where none is given."""
    if url is not None:
        yield url.rstrip("/")
        return
    from tests.app_process import AppProcess

    with tempfile.TemporaryDirectory() as folder:
        process = AppProcess(Path(folder) / "log.txt")
        try:
            process.wait_for_engine()
            yield process.url
        finally:
            process.end()


@contextmanager
def visitor(browser: Browser, url: str, size: str, scheme: str) -> Iterator[Page]:
    """A fresh page in one size and one colour scheme."""
    width, height = SIZES[size]
    context = browser.new_context(
        viewport={"width": width, "height": height}, color_scheme=scheme, reduced_motion="reduce"
    )
    page = context.new_page()
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


# ---------------------------------------------------------------- the pictures of the documentation


def take_documentation(browser: Browser, url: str, folder: Path) -> None:
    """The pictures: of Compare (light, dark, on a phone), Batch, Adapters, Functions and Memory."""
    for name, size, scheme in (
        ("compare", "desk", "light"),
        ("compare-dark", "desk", "dark"),
        ("phone", "phone", "light"),
    ):
        with visitor(browser, url, size, scheme) as page:
            ask_four(page)
            wait_for_end(page)
            settle(page)
            if size == "phone":
                page.locator("#prompt").evaluate("node => node.scrollIntoView()")
            save(page, folder / f"{name}.png")
    with visitor(browser, url, "desk", "light") as page:
        run_batch(page)
        finish_batch(page)
        settle(page)
        save(page, folder / "batch.png", whole=True)
    with visitor(browser, url, "desk", "light") as page:
        add_adapters(page)
        settle(page)
        save(page, folder / "adapters.png", whole=True)
    with visitor(browser, url, "desk", "light") as page:
        ask_for_calls(page, "Weather")
        run_a_call(page)
        settle(page)
        save(page, folder / "functions.png", whole=True)
    with visitor(browser, url, "desk", "light") as page:
        watch_memory(page)
        save(page, folder / "memory.png", whole=True)


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
    page.wait_for_function(f"!document.querySelector('{LIVE}')", timeout=END_MS)


def run_batch(page: Page) -> None:
    """Paste two prompts with expected answers and run them."""
    page.locator("[role=tab]", has_text="Batch").click()
    page.locator("#batch-prompts textarea").fill(BATCH)
    page.locator("#batch-run").click()
    page.wait_for_selector('#batch-grid td[data-state="running"] .lui-text:not([hidden])')


def finish_batch(page: Page) -> None:
    """Until the downloads are there."""
    expect(page.locator("#batch-download-csv")).to_be_enabled(timeout=END_MS)


def add_adapters(page: Page) -> None:
    """Upload two adapters that are refused, and unfold the details of a third."""
    from tests.catalog.adapter_files import write_adapter

    page.locator("[role=tab]", has_text="Adapters").click()
    page.wait_for_selector(".lui-card")
    page.locator("#adding > button").click()
    with tempfile.TemporaryDirectory() as scratch:
        for name, config in (("huge", {"r": 1024}), ("prefix", {"peft_type": "PREFIX_TUNING"})):
            files = sorted(write_adapter(Path(scratch) / name, **config).iterdir())
            page.locator("#adding-files input[type=file]").set_input_files(files)
            expect(page.locator("#adding-files")).to_contain_text("adapter_model")
            page.locator("#adding-upload-name :is(input, textarea)").fill(name)
            page.locator("#adding-upload-run").click()
            expect(page.locator(f'.lui-card[data-adapter="{name}"]')).to_be_visible()
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
    expect(page.locator("#engine-line")).to_contain_text("0 running", timeout=END_MS)
    page.wait_for_timeout(400)


# ---------------------------------------------------------------- every state


def take_all(browser: Browser, url: str, folder: Path, size: str, scheme: str) -> None:
    """Every state in one size and one colour scheme."""
    with visitor(browser, url, size, scheme) as page:

        def picture(name: str, *, whole: bool = True) -> None:
            save(page, folder / f"{size}-{scheme}-{name}.png", whole=whole)

        picture("empty")
        four(page, picture)
        eight(page, picture)
        run_batch(page)
        picture("batch-running")
        finish_batch(page)
        picture("batch-done")
        page.locator("#batch-help button").first.click()
        page.wait_for_timeout(400)
        picture("batch-help")
        add_adapters(page)
        picture("adapters")
        page.locator("#cards-search").fill("in a slot")
        picture("adapters-search", whole=False)
        functions(page, picture)


def functions(page: Page, picture: Callable[..., None]) -> None:
    """The Functions tab: empty, an error, the form, every verdict, the loop."""
    open_functions(page)
    picture("functions-empty")
    area = page.locator("#functions-json")
    page.locator("#functions-editor .lui-examples button").first.click()
    text = area.input_value()
    area.fill(text.replace('"string"', '"strng"', 1))
    page.wait_for_selector(".lui-problems li")
    picture("functions-error", whole=False)
    area.fill(text)
    page.locator(".lui-views button", has_text="Form").click()
    page.wait_for_selector(".lui-parameter")
    picture("functions-form")
    page.locator(".lui-views button", has_text="JSON").click()
    ask_for_calls(page, "Weather")
    picture("functions-done")
    run_a_call(page)
    page.locator("#calls summary:visible", has_text="Export").first.click()
    picture("functions-loop")
    page.locator("#functions-sampling button").first.click()
    page.locator("#functions-max-tokens :is(input, textarea)").fill("14")
    ask_for_calls(page, "SQL lookup")
    picture("functions-cut-off")


def four(page: Page, picture: Callable[..., None]) -> None:
    """Base and three adapters: running, done, a diff with everything unfolded, focus, an error."""
    ask_four(page)
    picture("running")
    wait_for_end(page)
    picture("done")
    column = page.locator(".lui-column").nth(1)
    column.locator("select").select_option(index=1)
    column.locator("summary", has_text="Prompt").click()
    column.locator("summary", has_text="What answered").click()
    column.locator("summary", has_text="Settings").click()
    column.locator('[data-field="temperature"]').fill("0.7")
    page.wait_for_timeout(800)
    picture("diff-settings")
    column.locator(".lui-focus").click()
    picture("focus")
    page.keyboard.press("Escape")
    column.locator('[data-field="temperature"]').fill("9")
    page.locator("#sampling button").first.click()
    page.locator("#run").click()
    page.wait_for_selector('[data-testid="toast-body"]')
    page.wait_for_timeout(600)
    picture("warning", whole=False)
    page.locator('[data-testid="toast-close"]').click()
    page.locator("#sampling button").first.click()
    column.locator('[data-field="temperature"]').fill("")
    too_long(page, picture)


def too_long(page: Page, picture: Callable[..., None]) -> None:
    """A prompt over the context: an error in each column."""
    prompt = page.locator("#prompt textarea").input_value()
    page.locator("#prompt textarea").fill("word " * 6000)
    page.locator("#run").click()
    page.wait_for_selector('.lui-column[data-state="error"]')
    picture("error")
    page.locator("#prompt textarea").fill(prompt)


def eight(page: Page, picture: Callable[..., None]) -> None:
    """Eight columns, by copies where the catalog has fewer adapters."""
    while page.locator(".lui-column").count() < 8:
        page.locator(".lui-column .lui-duplicate").last.click()
    page.locator(".lui-column details[open]").evaluate_all(
        "all => all.forEach(one => one.open = false)"
    )
    page.locator("#run").click()
    page.wait_for_selector('.lui-column[data-state="running"]')
    wait_for_end(page)
    page.locator(".lui-columns").evaluate("node => node.scrollTo(0, 0)")
    picture("eight")


if __name__ == "__main__":
    main()
