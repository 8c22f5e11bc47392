"""What stays and what goes: files by age, and the page when its server has gone."""

from __future__ import annotations

from pathlib import Path

import pytest
from playwright.sync_api import Page, expect

from lora_ui.ui import page as page_module
from tests.browser.steps import until, visit
from tests.ui.fake_page import serve


def test_downloads_are_deleted_by_age(page: Page, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(page_module, "DELETE_CACHE", (1, 3))
    served = serve(delay_s=0.005)
    try:
        visit(page, served.url)
        page.get_by_role("tab", name="Batch").click()
        page.locator("#batch-prompts textarea").fill("one two")
        page.locator("#batch-run").click()
        expect(page.locator("#batch-download-csv")).to_be_enabled()
        files = [Path(name) for kept in served.demo.temp_file_sets for name in kept]
        assert sorted(file.suffix for file in files) == [".csv", ".json", ".md", ".txt"]
        with page.expect_download() as download:
            page.locator("#batch-download-md").click()
        assert "one two" in Path(download.value.path()).read_text()
        until(lambda: not any(file.exists() for file in files))
    finally:
        served.demo.close()


def test_a_lost_server_is_told(page: Page, watch):
    watch.forgive("Failed to load resource")
    served = serve()
    visit(page, served.url)
    page.locator("#prompt textarea").fill("keep me")
    served.demo.close()
    expect(page.get_by_test_id("toast-body")).to_contain_text("Connection to the server was lost")
    expect(page.locator("#prompt textarea")).to_have_value("keep me")
