"""The Adapters tab as a visitor uses it."""

from __future__ import annotations

import time
import zipfile
from collections.abc import Callable
from pathlib import Path

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Locator, Page, expect

from lora_ui.catalog.additions import CacheUse
from lora_ui.catalog.models import Adapter, Additions
from lora_ui.engine.protocol import AdapterStatus
from lora_ui.ui import adapters_events
from tests.browser.steps import SHORT, column, expect_state, send, text, tick, until, visit
from tests.catalog.adapter_files import write_adapter
from tests.fake_engine import SHA256
from tests.ui.fake_page import RULES, FakePage


@pytest.fixture
def zips(tmp_path: Path) -> Callable[..., Path]:
    def pack(name: str, **config) -> Path:
        folder = write_adapter(tmp_path / name, **config)
        path = tmp_path / f"{name}.zip"
        with zipfile.ZipFile(path, "w") as packed:
            for file in folder.iterdir():
                packed.write(file, file.name)
        return path

    return pack


def open_tab(page: Page, url: str) -> None:
    visit(page, url)
    page.get_by_role("tab", name="Adapters").click()
    expect(card(page, "Text to SQL")).to_be_visible()


def card(page: Page, title: str) -> Locator:
    return page.get_by_role("listitem", name=title, exact=True)


def press(page: Page, act: str, title: str) -> None:
    page.get_by_role("button", name=f"{act}: {title}", exact=True).click()


def upload(page: Page, *files: Path, name: str = "") -> None:
    if not page.locator("#adding-upload-run").is_visible():
        page.get_by_role("button", name="Add an adapter").click()
    page.locator("#adding-upload-name input, #adding-upload-name textarea").fill(name)
    page.locator("#adding-files input[type=file]").set_input_files(files)
    expect(page.locator("#adding-files")).to_contain_text(files[-1].suffix)
    page.locator("#adding-upload-run").click()


def said(page: Page) -> Locator:
    return page.locator("#adding-said")


def test_searching_narrows_the_list(page: Page, fake_url: str):
    open_tab(page, fake_url)
    expect(page.locator(".lui-card:visible")).to_have_count(8)
    page.get_by_label("Search adapters").fill("SQL text")
    expect(page.locator(".lui-card:visible")).to_have_count(1)
    expect(page.locator(".lui-count")).to_have_text("Adapters: 1 of 8")
    page.get_by_label("Search adapters").fill("refused when")
    expect(card(page, "extra5")).to_be_visible()
    expect(page.locator(".lui-card:visible")).to_have_count(1)
    page.get_by_label("Search adapters").fill("<b>nothing")
    expect(page.locator("#cards .lui-none")).to_have_text("No adapter matches “<b>nothing”.")


def test_an_upload_is_picked_compared_and_removed(
    place: FakePage, page: Page, zips: Callable[..., Path]
):
    open_tab(page, place.url)
    upload(page, zips("mine"))
    expect(said(page)).to_contain_text("“mine” was added")
    expect(card(page, "mine")).to_contain_text("yours, 30 min left")
    expect(card(page, "mine")).to_contain_text("rank 4")
    expect(page.locator("#adding-quota")).to_contain_text("1 of 3 adapters")
    press(page, "Try in Compare", "mine")
    expect(column(page, "mine")).to_be_visible()
    expect(page.locator("#adapters").get_by_label("mine")).to_be_checked()
    tick(page, ["Base model"])
    send(page, SHORT)
    expect_state(page, "mine", "done")
    assert text(page, "mine").inner_text().startswith("mine: ")
    page.get_by_role("tab", name="Batch").click()
    expect(page.locator("#batch-adapters").get_by_label("mine")).not_to_be_checked()
    page.locator("#batch-adapters").get_by_label("mine").check()
    page.locator("#batch-prompts textarea").fill("one")
    page.locator("#batch-run").click()
    expect(page.locator("#batch-grid td[data-adapter=mine]")).to_contain_text("mine: <user>one")
    page.get_by_role("tab", name="Adapters").click()
    press(page, "Remove", "mine")
    expect(card(page, "mine")).to_have_count(0)
    expect(page.get_by_label("Search adapters")).to_be_focused()
    page.get_by_role("tab", name="Batch").click()
    expect(page.locator("#batch-adapters").get_by_label("mine")).to_have_count(0)
    page.locator("#batch-run").click()
    expect(page.locator("#batch-grid thead")).not_to_contain_text("mine")
    expect(page.locator("#batch-grid td[data-adapter=base]")).to_contain_text("base: <user>one")
    page.get_by_role("tab", name="Compare").click()
    expect(page.locator("#adapters").get_by_label("mine")).to_have_count(0)
    expect(page.locator("#adapters").get_by_label("Base model")).to_be_checked()
    expect(text(page, "mine")).to_contain_text("mine: ")  # the answer stays
    send(page, SHORT)
    expect_state(page, "mine", "error")
    expect(column(page, "mine")).to_contain_text("There is no adapter called “mine”")
    expect_state(page, "Base model", "done")


def test_two_files_make_an_adapter_and_wrong_ones_get_a_sentence(
    place: FakePage, page: Page, tmp_path: Path
):
    folder = write_adapter(tmp_path / "pair")
    open_tab(page, place.url)
    page.get_by_role("button", name="Add an adapter").click()
    page.locator("#adding-upload-run").click()
    expect(said(page)).to_contain_text("No file was given")
    upload(page, folder / "adapter_config.json")
    expect(said(page)).to_contain_text("There is no adapter_model.safetensors among the files")
    page.reload()
    open_tab(page, place.url)
    upload(page, *sorted(folder.iterdir()), name="Pair!")
    expect(said(page)).to_contain_text("“Pair!” can’t be a name")
    page.locator("#adding-upload-name input, #adding-upload-name textarea").fill("pair")
    page.locator("#adding-upload-run").click()
    expect(said(page)).to_contain_text("“pair” was added")
    expect(card(page, "pair")).to_be_visible()


def test_a_refused_addition_shows_why_and_what_to_do(
    place: FakePage, page: Page, zips: Callable[..., Path]
):
    open_tab(page, place.url)
    upload(page, zips("big", r=64))
    expect(said(page).get_by_role("alert")).to_contain_text("refused")
    expect(card(page, "big")).to_contain_text("It has rank 64, but this engine serves at most 16.")
    expect(card(page, "big")).to_contain_text("Restart with --max-lora-rank 128.")
    expect(card(page, "big").get_by_role("button", name="Try in Compare")).to_have_count(0)
    press(page, "Remove", "big")
    expect(card(page, "big")).to_have_count(0)


def test_preload_and_pins_up_to_their_limit(place: FakePage, page: Page):
    open_tab(page, place.url)
    press(page, "Preload", "Text to SQL")
    expect(card(page, "Text to SQL")).to_contain_text("in a slot")
    expect(page.get_by_role("button", name="Try in Compare: Text to SQL")).to_be_focused()
    card(page, "Text to SQL").get_by_text("Origin and loads").click()
    expect(card(page, "Text to SQL")).to_contain_text("50 ms from disk")
    for title in ("Text to SQL", "Grade-school math", "Function calls"):
        press(page, "Pin", title)
        expect(card(page, title)).to_contain_text("pinned")
    press(page, "Pin", "extra1")
    problem = card(page, "extra1").get_by_role("alert")
    expect(problem).to_contain_text("“extra1” cannot be pinned: 3 of 4 slots are pinned")
    press(page, "Unpin", "Function calls")
    press(page, "Pin", "extra1")
    expect(card(page, "extra1")).to_contain_text("pinned")
    expect(problem).to_have_count(0)


def test_the_list_lives_without_disturbing(place: FakePage, page: Page):
    open_tab(page, place.url)
    card(page, "Text to SQL").get_by_text("Origin and loads").click()
    page.get_by_label("Search adapters").fill("t")
    place.engine.change("text2sql", state="host", running=1, tokens=12)
    expect(card(page, "Text to SQL")).to_contain_text("1 running, 0 waiting, 12 tokens served")
    expect(card(page, "Text to SQL")).to_contain_text("in host memory")
    expect(card(page, "Text to SQL").locator("dl")).to_be_visible()
    expect(page.get_by_label("Search adapters")).to_be_focused()
    expect(page.get_by_label("Search adapters")).to_have_value("t")
    card(page, "Text to SQL").get_by_role("button", name="Copy the SHA-256").click()
    assert page.evaluate("navigator.clipboard.readText()") == SHA256


def test_what_happens_before_the_tab_is_opened_is_not_lost(place: FakePage, page: Page):
    visit(page, place.url)
    place.engine.change("text2sql", state="host", tokens=77)
    shared = Adapter(name="everybodys", source="hf:owner/repo")
    place.engine.shelf[None, "everybodys"] = AdapterStatus(shared, "disk", "ok", added=True)
    expect(page.locator("#adapters").get_by_label("everybodys")).to_be_visible()
    page.get_by_role("tab", name="Adapters").click()
    expect(card(page, "Text to SQL")).to_contain_text("77 tokens served")
    expect(card(page, "everybodys")).to_contain_text("added by a visitor")
    page.get_by_role("tab", name="Batch").click()
    expect(page.locator("#batch-adapters").get_by_label("everybodys")).not_to_be_checked()
    expect(page.locator("#batch-adapters").get_by_label("Base model")).to_be_checked()


def test_visitors_do_not_see_each_others_and_leaving_removes_them(
    place: FakePage, new_page: Callable[..., Page], zips: Callable[..., Path]
):
    first, second = new_page(), new_page()
    open_tab(first, place.url)
    open_tab(second, place.url)
    upload(first, zips("mine"), name="ours")
    expect(card(first, "ours")).to_be_visible()
    upload(second, zips("mine"), name="ours")
    expect(card(second, "ours")).to_be_visible()
    press(second, "Remove", "ours")
    expect(card(second, "ours")).to_have_count(0)
    expect(card(first, "ours")).to_be_visible()
    (added,) = place.shelf.living()
    assert (added.folder / "adapter_model.safetensors").is_file()
    first.close()
    until(lambda: not place.shelf.living())
    assert not added.folder.exists()
    assert not any(status.added for status in place.engine.shelf.values())


def test_what_has_expired_leaves_list_and_pickers(
    serving: Callable[..., FakePage],
    page: Page,
    zips: Callable[..., Path],
    monkeypatch: pytest.MonkeyPatch,
):
    monkeypatch.setattr("lora_ui.ui.adding.LOOK_S", 0.2)
    rules = RULES.model_copy(update={"keep_minutes": 0.05})
    served = serving(rules=rules)
    open_tab(page, served.url)
    upload(page, zips("brief"))
    expect(said(page)).to_contain_text("“brief” was added")
    expect(card(page, "brief")).to_have_count(0)
    page.get_by_role("tab", name="Compare").click()
    expect(page.locator("#adapters").get_by_label("brief")).to_have_count(0)
    expect(page.locator("#adapters").get_by_label("Base model")).to_be_visible()


def test_only_what_is_allowed_is_offered(serving: Callable[..., FakePage], page: Page):
    served = serving(rules=Additions(hub=False, uploads=False))
    open_tab(page, served.url)
    expect(page.get_by_role("button", name="Add an adapter")).to_have_count(0)


def test_a_folder_is_added_where_it_lies(
    serving: Callable[..., FakePage], page: Page, tmp_path: Path
):
    folder = write_adapter(tmp_path / "open" / "there")
    rules = Additions(hub=False, uploads=False, folders=(str(tmp_path / "open"),))
    served = serving(rules=rules)
    open_tab(page, served.url)
    page.get_by_role("button", name="Add an adapter").click()
    path = page.get_by_label("Folder")
    path.fill("/etc")
    page.locator("#adding-folder-run").click()
    expect(said(page)).to_contain_text("/etc is not open for adding")
    path.fill(str(folder))
    page.locator("#adding-folder-run").click()
    expect(card(page, "there")).to_be_visible()
    expect(path).to_have_value("")
    press(page, "Remove", "there")
    expect(card(page, "there")).to_have_count(0)
    assert folder.is_dir()


def test_a_repository_that_is_none_gets_a_sentence(place: FakePage, page: Page):
    open_tab(page, place.url)
    page.get_by_role("button", name="Add an adapter").click()
    page.get_by_label("Repository").fill("not a repository")
    page.locator("#adding-hub-run").click()
    expect(said(page)).to_contain_text("is not a model repository of the Hub")
    expect(page.locator("#cache")).to_contain_text("The Hub cache of this server has")


def test_a_download_shows_how_far_it_is_and_can_be_stopped(
    place: FakePage, page: Page, monkeypatch: pytest.MonkeyPatch
):
    def endless(repo: str, revision: str | None, *rest):
        progress = rest[-1]
        while True:
            progress(f"{repo}: 7.5 of 60.0 MB at {revision}")
            time.sleep(0.02)

    monkeypatch.setattr(place.shelf, "add_hub", endless)
    open_tab(page, place.url)
    page.get_by_role("button", name="Add an adapter").click()
    page.get_by_label("Repository").fill("owner/repo")
    page.get_by_label("Revision").fill("v2")
    page.locator("#adding-hub-run").click()
    under_way = page.get_by_role("list", name="Being added")
    expect(under_way).to_contain_text("owner/repo7.5 of 60.0 MB at v2")
    page.get_by_role("button", name="Stop: owner/repo").click()
    expect(under_way).to_have_count(0)
    expect(said(page)).to_contain_text("Stopped: nothing was added.")
    expect(page.get_by_label("Repository")).to_have_value("owner/repo")


def test_the_hub_cache_is_cleared_only_after_asking(
    place: FakePage, page: Page, monkeypatch: pytest.MonkeyPatch
):
    cleared: list[bool] = []

    def measure(*_: object) -> CacheUse:
        if cleared:
            return CacheUse(2_000_000_000, 1, 0, ())
        return CacheUse(3_500_000_000, 3, 1_500_000_000, ("owner/a", "owner/b"))

    def clear(*_: object) -> int:
        cleared.append(True)
        return 1_500_000_000

    monkeypatch.setattr(adapters_events, "hub_cache", measure)
    monkeypatch.setattr(adapters_events, "clear_hub_cache", clear)
    open_tab(page, place.url)
    page.get_by_role("button", name="Add an adapter").click()
    cache = page.locator("#cache")
    expect(cache).to_contain_text("has 3,500 MB (repositories: 3); 1,500 MB of it")
    page.locator("#cache-clear").click()
    expect(cache).to_contain_text("This would be removed for good: owner/a, owner/b.")
    page.locator("#cache-keep").click()
    expect(page.locator("#cache-really")).to_be_hidden()
    assert cleared == []
    page.locator("#cache-clear").click()
    page.get_by_role("button", name="Remove 1,500 MB").click()
    expect(cache).to_contain_text("has 2,000 MB (repositories: 1)")
    expect(cache).to_contain_text("1,500 MB were freed.")
    expect(page.locator("#cache-clear")).to_be_disabled()


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_a_phone_shows_it_and_nothing_keeps_anybody_out(
    place: FakePage, new_page: Callable[..., Page], zips: Callable[..., Path], scheme: str
):
    page = new_page(color_scheme=scheme, viewport={"width": 390, "height": 844})
    place.engine.change("math", has_effect=False, pinned=True, state="slot", verdict="warning")
    open_tab(page, f"{place.url}?__theme={scheme}")
    upload(page, zips("big", r=64), name="a-very-long-name-" * 3)
    expect(page.locator('.lui-card[data-verdict="refused"]')).to_be_visible()
    for title in ("Text to SQL", "Grade-school math"):
        card(page, title).get_by_text("Origin and loads").click()
    assert page.evaluate("document.documentElement.scrollWidth") <= 390
    found = Axe().run(page).response["violations"]
    serious = [
        (fault["id"], [node["html"][:200] for node in fault["nodes"]])
        for fault in found
        if fault["impact"] in ("serious", "critical")
    ]
    assert serious == []
