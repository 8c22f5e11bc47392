"""A public demo as scripts meet it, over the test engine."""

from __future__ import annotations

import threading
from collections.abc import Iterator

import pytest
from gradio_client import Client
from gradio_client.exceptions import AppError

from lora_ui.catalog.models import Limits
from lora_ui.engine.protocol import EngineStatus
from lora_ui.public.allowances import ADDRESS_FACTOR
from lora_ui.public.gate import Gate
from lora_ui.strings import word
from lora_ui.ui.cards import cards_view
from lora_ui.ui.engine_banner import details_html
from tests.browser.steps import until
from tests.fake_engine import FakeEngine
from tests.public.clock import Clock
from tests.ui.fake_page import CATALOG, FakePage, serve_engine

LIMITS = Limits(columns=3, tokens=2, per_minute=6, at_once=3, running=3, queue=3, timeout_s=60)
FUNCTIONS = '[{"name": "f", "parameters": {"type": "object", "properties": {}}}]'


@pytest.fixture
def demo() -> Iterator[FakePage]:
    gate = Gate(LIMITS, Clock())  # time stands still, so no allowance comes back
    page = serve_engine(FakeEngine(CATALOG), gate=gate)
    yield page
    page.demo.close()


def visitor(demo: FakePage, address: str = "127.0.0.1") -> Client:
    """A script with a session of its own, behind a proxy on this machine."""
    return Client(demo.url, verbose=False, headers={"X-Forwarded-For": address})


def compare(client: Client, columns: int = 3, **more) -> list[dict]:
    adapters = ["base", "math", "text2sql", "function"][:columns]
    return client.predict("one two three", adapters, api_name="/compare", **more)["columns"]


def test_the_engine_tells_its_limits(demo: FakePage):
    assert visitor(demo).predict(api_name="/engine")["limits"] == LIMITS.model_dump()


def test_each_limit_is_refused_with_one_sentence(demo: FakePage):
    client = visitor(demo)
    with pytest.raises(AppError, match="4 columns are asked for, but at most 3 are taken"):
        compare(client, 4)
    with pytest.raises(AppError, match="at most 3 are taken"):
        client.predict("x", FUNCTIONS, ["base"] * 4, api_name="/call_functions")
    assert [column["error"] for column in compare(client)] == [None] * 3
    client.predict("x", FUNCTIONS, ["base", "math"], api_name="/call_functions")
    with pytest.raises(AppError, match=r"may ask for 6 answers a minute.* ask again in about"):
        compare(client, 2)
    assert len(demo.engine.requests) == 5
    assert compare(client, 1)
    assert compare(visitor(demo))


def test_an_answer_is_cut_to_the_limit_and_says_so(demo: FakePage):
    (column,) = compare(visitor(demo), 1, max_tokens=50)
    assert (column["tokens"], column["provenance"]["settings"]["max_tokens"]) == (2, 2)
    assert column["warnings"] == [
        "50 tokens were asked for, but an answer has at most 2 in this public demo."
    ]
    assert compare(visitor(demo), 1, max_tokens=2)[0]["warnings"] == []


def test_a_full_demo_says_so(demo: FakePage):
    demo.engine.held = {"math", "text2sql"}
    waiting = [visitor(demo) for _ in range(2)]
    threads = [threading.Thread(target=compare, args=(client,)) for client in waiting]
    for thread in threads:
        thread.start()
    asking = visitor(demo)
    until(lambda: asking.predict(api_name="/engine")["waiting"] == 1)
    with pytest.raises(AppError, match=r"is full \(1 in line\): ask again in"):
        compare(asking)
    demo.engine.held = set()
    for thread in threads:
        thread.join()
    status = asking.predict(api_name="/engine")
    assert (status["running"], status["waiting"]) == (0, 0)
    assert compare(asking)


def test_sessions_of_one_address_share_an_allowance(demo: FakePage):
    for _ in range(ADDRESS_FACTOR):
        client = visitor(demo, "203.0.113.9")
        compare(client)
        compare(client)
    with pytest.raises(AppError, match="All visitors with your network address together"):
        compare(visitor(demo, "203.0.113.9"))
    assert compare(visitor(demo, "203.0.113.10"))


def test_the_page_says_what_the_limits_are_and_that_only_where_there_are_any():
    told = details_html(EngineStatus("ready", "ready"), (), LIMITS)
    assert told.count("This is a public demo") == 1
    for key, value in LIMITS:
        assert f'<dt>{word(f"public_{key}")}</dt><dd class="lui-value">{value:g}</dd>' in told
    assert details_html(EngineStatus("ready", "ready")) == ""


def test_cards_offer_no_slots_in_a_public_demo():
    engine = FakeEngine(CATALOG)
    told = "".join(cards_view(engine.adapters(), engine.status(), moves=False)["cards"])
    assert '"try": true' in told
    for act in ("preload", "pin", "unpin"):
        assert f'"{act}": true' not in told
