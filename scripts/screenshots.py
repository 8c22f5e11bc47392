"""Pictures of the page from the real app, for docs/ and to look at.

python -m scripts.screenshots                 start the app, write the pictures of docs/pictures
python -m scripts.screenshots URL [FOLDER]    take them from an app that runs already
python -m scripts.screenshots --only NAME …   some of them
python -m scripts.screenshots --all …         every state: desk and phone, light and dark
"""

from __future__ import annotations

import argparse
import os
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from playwright.sync_api import Browser, Page, sync_playwright

from scripts.page_steps import (
    SIZES,
    Scheme,
    add_refused,
    ask_for_calls,
    ask_four,
    finish_batch,
    open_adding,
    open_functions,
    run_a_call,
    run_batch,
    save,
    settle,
    upload,
    visitor,
    wait_for_end,
    watch_memory,
)
from tests.app_process import AppProcess

ROOT = Path(__file__).resolve().parent.parent
PICTURES = ROOT / "docs" / "pictures"
SCHEMES: tuple[Scheme, ...] = ("light", "dark")


def main() -> None:
    """Take the pictures of the documentation, or with --all every state."""
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
            take_documentation(browser, url, arguments.folder, arguments.only or DOCUMENTATION)
        browser.close()


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("url", nargs="?", help="an app that runs (default: start one)")
    parser.add_argument("folder", nargs="?", type=Path, default=PICTURES)
    parser.add_argument("--all", action="store_true", help="every state, not just docs/pictures")
    parser.add_argument("--only", nargs="+", choices=DOCUMENTATION, metavar="NAME")
    return parser.parse_args()


@contextmanager
def app(url: str | None) -> Iterator[str]:
    """The address of a running app; one is started, and ended, where none is given."""
    if url is not None:
        yield url.rstrip("/")
        return
    with tempfile.TemporaryDirectory() as folder:
        process = AppProcess(Path(folder) / "log.txt")
        try:
            process.wait_for_engine()
            yield process.url
        finally:
            process.end()


# ---------------------------------------------------------------- the pictures of the documentation


@dataclass(frozen=True)
class Shot:
    """A picture: what to do on a fresh page, in which size and scheme, and how much to take."""

    prepare: Callable[[Page], None]
    size: str = "desk"
    scheme: Scheme = "light"
    whole: bool = True


def take_documentation(browser: Browser, url: str, folder: Path, names: Iterable[str]) -> None:
    """The pictures of the documentation with these names."""
    for name in names:
        shot = DOCUMENTATION[name]
        with visitor(browser, url, shot.size, shot.scheme) as page:
            shot.prepare(page)
            save(page, folder / f"{name}.png", whole=shot.whole)


def compare(page: Page) -> None:
    """Base and three adapters have answered one prompt."""
    ask_four(page)
    wait_for_end(page)
    settle(page)


def compare_on_a_phone(page: Page) -> None:
    """The same, from the prompt on."""
    compare(page)
    page.locator("#prompt").evaluate("node => node.scrollIntoView()")


def batch(page: Page) -> None:
    """Two prompts with expected answers through every adapter."""
    run_batch(page)
    finish_batch(page)
    settle(page)


def adapters(page: Page) -> None:
    """Two additions that are refused, above the catalog's adapters."""
    add_refused(page)
    settle(page)


def calls(page: Page) -> None:
    """A call, its result, and the next round."""
    ask_for_calls(page, "Weather")
    run_a_call(page)
    settle(page)


def tutorial_added(page: Page) -> None:
    """The tutorial's adapter, just uploaded."""
    open_adding(page)
    upload(page, "orders", trained("orders"))
    page.locator("#adding").evaluate("node => node.scrollIntoView()")
    settle(page)


def tutorial_compared(page: Page) -> None:
    """The base model beside the tutorial's adapter."""
    open_adding(page)
    upload(page, "orders", trained("orders"))
    ask_for_lamps(page, "Base model", "orders")


def tutorial_wrong(page: Page) -> None:
    """An adapter without effect, and one that is refused."""
    open_adding(page)
    upload(page, "untrained", trained("untrained", "--steps", "0"))
    upload(page, "wider", trained("wider", "--steps", "0", "--modules", "q_proj,v_proj,up_proj"))
    ask_for_lamps(page, "Base model", "untrained", "wider")
    page.locator(".lui-columns").evaluate("node => node.scrollIntoView()")


def ask_for_lamps(page: Page, *titles: str) -> None:
    """Send the tutorial's order to these in Compare."""
    page.get_by_role("tab", name="Compare").click()
    for title in titles:
        page.locator(f'#adapters label:has-text("{title}") input').check()
    page.locator("#prompt textarea").fill("Please send 12 red lamps to Oslo.")
    page.locator("#run").click()
    page.wait_for_selector('.lui-column[data-state="done"]')
    wait_for_end(page)
    settle(page)


def trained(name: str, *options: str) -> Path:
    """The folder of one of the tutorial's adapters, which is trained now unless it is there."""
    folder = ROOT / ".cache" / "my-adapters" / name
    if not (folder / "adapter_model.safetensors").exists():
        command = [sys.executable, "-m", "examples.train_adapter", str(folder), *options]
        environment = {"LORA_UI_CACHE_DIR": str(ROOT / ".cache"), **os.environ}
        subprocess.run(command, cwd=ROOT, env=environment, check=True)
    return folder


DOCUMENTATION = {
    "compare": Shot(compare, whole=False),
    "compare-dark": Shot(compare, scheme="dark", whole=False),
    "phone": Shot(compare_on_a_phone, size="phone", whole=False),
    "batch": Shot(batch),
    "adapters": Shot(adapters),
    "functions": Shot(calls),
    "memory": Shot(watch_memory),
    "tutorial-added": Shot(tutorial_added, whole=False),
    "tutorial-compared": Shot(tutorial_compared, whole=False),
    "tutorial-wrong": Shot(tutorial_wrong, whole=False),
}
"""Every picture in docs/pictures, by its name; tests hold this against the pages."""


# ---------------------------------------------------------------- every state


def take_all(browser: Browser, url: str, folder: Path, size: str, scheme: Scheme) -> None:
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
        add_refused(page)
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
