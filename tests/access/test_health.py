"""`/healthz`: 200 when the engine can answer, 503 with state and stage when it cannot."""

from __future__ import annotations

from collections.abc import Iterator

import httpx
import pytest

from lora_ui.hosting import Hosting
from lora_ui.ui.health import HEALTH_FIELDS
from tests.access.people import ACCOUNTS
from tests.app_process import AppProcess
from tests.ui.fake_page import FakePage, serve_engine
from tests.ui.starting_engine import StartingEngine


@pytest.fixture
def engine() -> StartingEngine:
    return StartingEngine()


@pytest.fixture
def page(engine: StartingEngine) -> Iterator[FakePage]:
    served = serve_engine(engine, hosting=Hosting(accounts=ACCOUNTS, root_path="/lora"))
    yield served
    served.demo.close()


def test_it_follows_the_engine_behind_a_login_and_a_prefix(engine: StartingEngine, page: FakePage):
    for path in ("healthz", "lora/healthz"):
        address = f"{page.url}{path}"
        for state, code in (("loading", 503), ("ready", 200), ("loading", 503), ("failed", 503)):
            engine.state = state
            answer = httpx.get(address)
            told = answer.json()
            assert (answer.status_code, told["state"]) == (code, state)
            assert tuple(told) == HEALTH_FIELDS
            assert answer.headers["cache-control"] == "no-store"
            assert httpx.head(address).status_code == code
            assert httpx.head(address).content == b""
        assert "not enough memory" in told["error"]
    assert httpx.post(f"{page.url}healthz").status_code == 405


def test_it_tells_nothing_of_model_and_machine(engine: StartingEngine, page: FakePage):
    engine.state = "ready"
    text = httpx.get(f"{page.url}healthz").text
    assert "SmolLM2" not in text
    assert "cores" not in text


def test_the_real_app_is_healthy(app: AppProcess):
    answer = httpx.get(f"{app.url}/healthz")
    assert (answer.status_code, answer.json()["state"]) == (200, "ready")
    assert answer.json()["elapsed_s"] > 0
