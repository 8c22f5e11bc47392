"""What somebody pays who only opens the page: little, and nothing for charts."""

from __future__ import annotations

from playwright.sync_api import Browser, Page, expect

from tests.browser.steps import visit
from tests.soak.first_page import loaded
from tests.soak.first_page import visit as first_visit
from tests.ui.memory_page import serve_memory

OWN_BYTES_LIMIT = 500_000


def test_the_page_weighs_little_beyond_gradios_own_files(browser: Browser, fake_url: str):
    seen = first_visit(browser, fake_url)
    assert 50_000 < seen.own_bytes < OWN_BYTES_LIMIT
    assert seen.gradio_bytes > 200_000


def test_plotly_comes_when_a_chart_is_first_shown(page: Page):
    behind = serve_memory()
    try:
        visit(page, behind.url)
        assert not any("plotly" in path for path in loaded(page))
        page.get_by_role("tab", name="Memory").click()
        expect(page.locator("[data-chart=memory] .js-plotly-plot")).to_be_visible()
        assert any("plotly" in path for path in loaded(page))
    finally:
        behind.end()
