"""The Adapters tab's list in words, and what a page is sent of it."""

from __future__ import annotations

import json
import time
from collections.abc import Iterator
from pathlib import Path

import gradio as gr
import pytest

from lora_ui.catalog.additions import Added, CacheUse, Shelf
from lora_ui.catalog.findings import finding
from lora_ui.catalog.models import Adapter, Additions
from lora_ui.engine.protocol import AdapterStatus, EngineStatus
from lora_ui.ui.adapters_events import AdaptersPage, build_followers
from lora_ui.ui.adapters_tab import build_adapters_tab, cache_html, said_html
from lora_ui.ui.adding import Job
from lora_ui.ui.board.board import build_board
from lora_ui.ui.cards import cards_view
from lora_ui.ui.cards.view import Acts, size
from lora_ui.ui.services import Services
from tests.fake_engine import SHA256, FakeEngine
from tests.ui.fake_page import CATALOG

CPU = EngineStatus("ready", "ready", device="cpu: AMD EPYC")
GPU = EngineStatus("ready", "ready", device="gpu: H100")
KNOWN = AdapterStatus(
    Adapter(name="math", source="hf:owner/math", title="Maths", description="Counts."),
    "slot",
    "ok",
    rank=16,
    alpha=32.0,
    target_modules=("q_proj", "v_proj"),
    base_model="owner/base",
    bytes=3_718_136,
    parameters=921_600,
    sha256=SHA256,
    revision="0123abc",
    pinned=True,
    load_s={"disk": 1.25, "host": 0.04},
    running=2,
    waiting=1,
    tokens=1234,
)
REFUSED = AdapterStatus(
    Adapter(name="big", source="upload"),
    "refused",
    "refused",
    (finding("rank_too_high", "error", rank=64, limit=16, needed=64),),
)


def cards(*adapters: AdapterStatus, engine: EngineStatus = CPU, **more) -> list[dict]:
    return [json.loads(text) for text in cards_view(adapters, engine, **more)["cards"]]


def badges(card: dict) -> list[str]:
    return [badge["text"] for badge in card["badges"]]


def test_everything_that_is_known_stands_on_the_card():
    (card,) = cards(KNOWN)
    assert (card["title"], card["name"], card["description"]) == ("Maths", "math", "Counts.")
    assert badges(card) == ["checked", "in a slot", "pinned"]
    assert card["facts"] == [
        "rank 16",
        "alpha 32",
        "3.7 MB",
        "921,600 parameters",
        "q_proj, v_proj",
    ]
    assert card["rows"] == [
        ["Source", "hf:owner/math"],
        ["Revision", "0123abc"],
        ["Trained on", "owner/base"],
        ["Last load", "1.2 s from disk, 40 ms from host memory"],
    ]
    assert card["live"] == "2 running, 1 waiting, 1,234 tokens served"
    assert card["sha256"] == SHA256
    assert card["acts"] == {
        "try": True,
        "preload": False,
        "pin": False,
        "unpin": True,
        "remove": False,
    }
    for text in ("maths", "hf:owner/math", "owner/base", "in a slot", "rank 16", "q_proj"):
        assert text in card["search"]


def test_what_is_not_known_is_left_out():
    (card,) = cards(AdapterStatus(Adapter(name="new", source="x"), "disk"))
    assert badges(card) == ["not checked yet", "on disk"]
    assert card["facts"] == []
    assert card["rows"] == [["Source", "x"]]


def test_a_gpus_slot_is_called_so():
    (card,) = cards(KNOWN, engine=GPU)
    assert "in a GPU slot" in badges(card)


def test_a_refused_one_says_why_and_offers_only_its_removal():
    mine = Added(REFUSED.adapter, Path("x"), None, "me", 5, time.time() + 1810)
    refused, known = cards(KNOWN, REFUSED, added=[mine])  # one's own come first
    assert known["name"] == "math"
    assert badges(refused) == ["refused", "yours, 30 min left"]
    assert refused["findings"] == [
        {
            "severity": "error",
            "message": "It has rank 64, but this engine serves at most 16.",
            "fix": "Restart with --max-lora-rank 64.",
        }
    ]
    assert [act for act, there in refused["acts"].items() if there] == ["remove"]


def test_no_effect_and_a_failed_load_are_badges():
    plain = AdapterStatus(Adapter(name="a", source="x"), "host", "ok", has_effect=False)
    failed = AdapterStatus(Adapter(name="b", source="x"), "refused", "ok")
    assert badges(cards(plain)[0]) == ["checked", "no effect", "in host memory"]
    assert badges(cards(failed)[0]) == ["checked", "refused when loaded"]


def test_jobs_and_notes_are_their_visitors():
    job = Job("me", "owner/repo", "3 of 90 MB")
    view = cards_view([KNOWN], CPU, jobs=[job], acts=Acts({"math": "No slot."}, ended=3))
    assert view["jobs"] == [{"name": str(job.number), "title": "owner/repo", "line": "3 of 90 MB"}]
    assert view["ended"] == 3
    assert json.loads(view["cards"][0])["note"] == "No slot."


@pytest.mark.parametrize(
    ("count", "words"),
    [
        (0, "0 MB"),
        (9_216, "9.2 kB"),
        (3_718_136, "3.7 MB"),
        (500_000_000, "500 MB"),
        (12_300_000_000, "12.3 GB"),
    ],
)
def test_sizes(count: int, words: str):
    assert size(count) == words


def test_sentences_are_escaped():
    assert "&lt;img&gt;" in said_html("<img>", problem=True)
    assert 'role="alert"' in said_html("x", problem=True)
    assert said_html("") == ""
    assert "&lt;b&gt;" in cache_html(CacheUse(1, 1, 1, ("<b>",)), "<b>")


class Page:
    """The tab's news without a browser."""

    def __init__(self, rules: Additions | None, root: Path, *, clears_cache: bool = True) -> None:
        self.engine = FakeEngine(CATALOG)
        shelf = Shelf(rules, root, root) if rules else None
        services = Services(self.engine, CATALOG, shelf, clears_cache)
        with gr.Blocks(analytics_enabled=False):
            self.picker = gr.CheckboxGroup()
            self.board = build_board(CATALOG)
            self.tab = build_adapters_tab(services)
            followers = build_followers(gr.Tabs(), (self.picker,), self.board)
            self.version = followers.version
            self.page = AdaptersPage(self.tab, services, followers)


@pytest.fixture
def page(tmp_path: Path) -> Iterator[Page]:
    made = Page(Additions(), tmp_path)
    yield made
    assert made.page.adding
    made.page.adding.shelf.close()


def test_only_what_differs_is_sent(page: Page):
    first = page.page.news("me")
    assert set(first) == {
        page.version,
        page.tab.cards,
        page.board,
        page.picker,
        page.tab.add.quota,
    }
    shown = first[page.version]
    assert page.page.news("me", shown) == {}
    page.engine.change("math", state="slot")
    second = page.page.news("me", shown)
    assert set(second) == {page.version, page.tab.cards}
    assert page.page.news("me", second[page.version]) == {}


async def test_pickers_and_board_follow_what_was_added(page: Page, tmp_path: Path):
    shown = page.page.news("me")[page.version]
    await page.engine.add(Adapter(name="mine", source="upload"), tmp_path, "me")
    news = page.page.news("me", shown)
    assert ("mine", "mine") in news[page.picker]["choices"]
    assert "value" not in news[page.picker]
    assert "mine" in [model["name"] for model in news[page.board]["models"]]
    assert page.page.news("you", shown) == {}


@pytest.mark.parametrize(
    ("rules", "there"),
    [
        (Additions(), {"hub", "upload", "cache"}),
        (Additions(hub=False), {"upload"}),
        (Additions(uploads=False), {"hub", "cache"}),
        (Additions(hub=False, uploads=False, folders=("/srv",)), {"folder"}),
        (Additions(hub=False, uploads=False), None),
        (None, None),
    ],
)
def test_what_the_operator_forbids_is_not_there(
    rules: Additions | None, there: set[str] | None, tmp_path: Path
):
    add = Page(rules, tmp_path).tab.add
    if there is None:
        assert add is None
    else:
        assert add
        shown = {name for name in ("hub", "upload", "folder", "cache") if getattr(add, name)}
        assert shown == there


def test_the_hub_cache_is_shown_to_its_operator_alone(tmp_path: Path):
    add = Page(Additions(), tmp_path, clears_cache=False).tab.add
    assert add
    assert add.hub
    assert add.cache is None


async def test_leaving_forgets_what_was_done(page: Page):
    page.page.acts("me").notes["math"] = "No slot."
    await page.page.leave("me")
    assert page.page.acts("me").notes == {}
    await page.page.leave(None)
