"""`/memory` and the path for Prometheus, over the served page with a sampler that runs."""

from __future__ import annotations

import json
import time
from collections.abc import Iterator
from dataclasses import dataclass

import httpx
import pytest
from gradio_client import Client

from lora_ui.memory.export import memory_result
from lora_ui.memory.host import HostSource
from lora_ui.memory.sampler import Sampler
from lora_ui.ui.memory_endpoints import metrics_routes
from lora_ui.ui.page import build_page, launch_options
from lora_ui.ui.services import Services
from tests.fake_engine import FakeEngine
from tests.ui.fake_page import CATALOG

WITHIN_S = 20.0


@dataclass
class Page:
    url: str
    sampler: Sampler


def served(path: str | None) -> Iterator[Page]:
    """The page with Prometheus at `path`; the test engine's process is this one."""
    engine = FakeEngine(CATALOG)
    sampler = Sampler(engine, HostSource(), rate_hz=20)
    services = Services(engine, CATALOG, sampler=sampler)
    demo = build_page(services)
    _, url, _ = demo.launch(
        prevent_thread_lock=True,
        quiet=True,
        app_kwargs={"routes": metrics_routes(sampler, path)},
        **launch_options(services),
    )
    sampler.start()
    end_s = time.monotonic() + WITHIN_S
    while sampler.latest() is None and time.monotonic() < end_s:
        time.sleep(0.01)
    yield Page(url, sampler)
    sampler.stop()
    demo.close()


@pytest.fixture(scope="module")
def page() -> Iterator[Page]:
    yield from served("/internal/metrics")


@pytest.fixture(scope="module")
def closed_page() -> Iterator[Page]:
    yield from served(None)


def test_memory_tells_what_is_measured(page: Page):
    result = Client(page.url, verbose=False).predict(api_name="/memory")
    assert result.keys() == memory_result(None).keys()
    assert result["source"] == "host"
    assert 0 <= result["age_s"] < WITHIN_S
    assert abs(time.time() - result["time_s"]) < WITHIN_S
    (device,) = result["devices"]
    assert device["total_bytes"] > device["used_bytes"] > 2**24
    # not more than what is used: resident memory counts mapped files, the machine's use does not
    assert device["total_bytes"] > device["own_bytes"] > 2**24
    assert result["host"]["rss_bytes"] == device["own_bytes"]
    assert result["engine"]["weights_bytes"] == 270_000_000
    assert result["engine"]["graphs_bytes"] == 0
    assert result["engine"]["context_bytes"] is None
    assert result["problem"] is None


def test_memory_goes_on(page: Page):
    client = Client(page.url, verbose=False)
    first = client.predict(api_name="/memory")["time_s"]
    end_s = time.monotonic() + WITHIN_S
    while client.predict(api_name="/memory")["time_s"] == first:
        assert time.monotonic() < end_s


def test_memory_without_a_client_of_python(page: Page):
    at = f"{page.url}gradio_api/call/memory"
    event = httpx.post(at, json={"data": []}).json()["event_id"]
    lines = httpx.get(f"{at}/{event}").text.splitlines()
    assert lines[0] == "event: complete"
    assert json.loads(lines[1].removeprefix("data: "))[0]["source"] == "host"


def test_prometheus_reads_the_path_that_was_opened(page: Page):
    answer = httpx.get(f"{page.url}internal/metrics")
    assert answer.status_code == 200
    assert answer.headers["content-type"].startswith("text/plain; version=")
    assert "\nlora_ui_host_engine_rss_bytes " in answer.text
    assert httpx.get(page.url).text.count("<html") == 1  # the page itself is still there


def test_without_the_flag_there_is_no_such_path(closed_page: Page):
    for path in ("metrics", "internal/metrics"):
        answer = httpx.get(f"{closed_page.url}{path}")
        assert "lora_ui_" not in answer.text
        assert answer.status_code == 404
