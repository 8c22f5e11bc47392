"""The page through nginx and Caddy, with just what docs/reverse-proxy.md tells people to write."""

from __future__ import annotations

import zipfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import httpx
import pytest
from gradio_client import Client
from playwright.sync_api import Page, expect

from lora_ui.hosting import Hosting
from tests.access.proxies import Proxy, start_caddy, start_nginx
from tests.browser.steps import LONG, column, expect_state, send, text, tick, visit
from tests.catalog.adapter_files import tensors, write_adapter
from tests.ui.memory_page import MemoryTestPage, serve_memory

MORE_THAN_NGINX_TAKES_UNASKED = 1_000_000


@pytest.fixture(scope="module")
def served() -> Iterator[MemoryTestPage]:
    page = serve_memory(hosting=Hosting(root_path="/lora", metrics="/metrics"))
    yield page
    page.end()


@pytest.fixture(scope="module", params=[start_nginx, start_caddy], ids=["nginx", "caddy"])
def proxy(request, served: MemoryTestPage, tmp_path_factory) -> Iterator[Proxy]:
    started = request.param(tmp_path_factory.mktemp("proxy"), urlsplit(served.url).netloc)
    yield started
    started.end()


@pytest.fixture
def address(proxy: Proxy) -> str:
    """Where the proxy shows the page."""
    return f"{proxy.url}/lora"


def test_answers_come_in_pieces_and_the_address_keeps_its_query(
    served: MemoryTestPage, address: str, page: Page
):
    page.goto(f"{address}?tab=compare&prompt=hello")
    assert page.url.startswith(f"{address}/?tab=compare&prompt=hello")
    expect(page.locator("#prompt textarea")).to_have_value("hello")
    tick(page, ["Base model", "Text to SQL"])
    served.engine.delay_s = 0.1
    send(page, LONG)
    expect(text(page, "Text to SQL")).to_contain_text("small house on a hill")
    assert served.engine.running == 2, "the answer came all at once"
    served.engine.delay_s = 0.01
    for title in ("Base model", "Text to SQL"):
        expect_state(page, title, "done")


def test_a_proxy_may_keep_the_prefix(served: MemoryTestPage, page: Page):
    visit(page, f"{served.url}lora/")  # what the app then gets
    tick(page, ["Base model"])
    send(page, "one two three")
    expect_state(page, "Base model", "done")


def test_the_charts_load(address: str, page: Page):
    visit(page, f"{address}/")
    page.get_by_role("tab", name="Memory").click()
    expect(page.locator(".js-plotly-plot").first).to_be_attached(timeout=60_000)


def test_a_large_file_is_uploaded(address: str, page: Page, tmp_path: Path):
    folder = write_adapter(tmp_path / "large", tensors(width=12_000))
    path = tmp_path / "large.zip"
    with zipfile.ZipFile(path, "w") as packed:
        for file in folder.iterdir():
            packed.write(file, file.name)
    assert path.stat().st_size > MORE_THAN_NGINX_TAKES_UNASKED
    visit(page, f"{address}/")
    page.get_by_role("tab", name="Adapters").click()
    page.get_by_role("button", name="Add an adapter").click()
    page.locator("#adding-files input[type=file]").set_input_files(path)
    expect(page.locator("#adding-files")).to_contain_text(".zip")
    page.locator("#adding-upload-run").click()
    expect(page.get_by_role("listitem", name="large", exact=True)).to_be_visible()
    page.get_by_role("tab", name="Compare").click()
    tick(page, ["large"])
    send(page, "one two three")
    expect_state(page, "large", "done")
    expect(column(page, "large")).to_contain_text("one two three")


def test_a_batch_is_downloaded(address: str, page: Page):
    visit(page, f"{address}/")
    page.get_by_role("tab", name="Batch").click()
    page.locator("#batch-prompts textarea").fill("hello there")
    page.locator("#batch-run").click()
    expect(page.locator("#batch-download-csv")).to_be_enabled()
    with page.expect_download() as caught:
        page.locator("#batch-download-csv").click()
    assert "hello there" in Path(caught.value.path()).read_text()


def test_a_script_calls_through_it(address: str):
    client = Client(f"{address}/", verbose=False)
    assert client.predict(api_name="/engine")["state"] == "ready"
    pieces: list[dict[str, Any]] = list(client.submit(LONG, ["base"], api_name="/compare"))
    assert len(pieces) > 1
    assert "small house on a hill" in pieces[-1]["columns"][0]["text"]
    client.close()


def test_health_is_there_and_metrics_stay_inside(served: MemoryTestPage, address: str):
    answer = httpx.get(f"{address}/healthz")
    assert (answer.status_code, answer.json()["state"]) == (200, "ready")
    assert httpx.get(f"{address}/metrics").status_code == 404
    assert httpx.get(f"{served.url}metrics").status_code == 200
