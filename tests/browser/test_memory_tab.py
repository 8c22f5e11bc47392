"""The Memory tab and the strip in a real browser: live, zoomed, paused, stale, saved, legible."""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
import yaml
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Page, expect

from tests.browser.conftest import Watch
from tests.browser.steps import until, visit
from tests.ui.memory_page import GPU, HOST, MemoryTestPage, serve_memory

PLOT = "[data-chart='{}'] .js-plotly-plot"
LIVE = ("memory", "kv", "speed", "slots")
STALE_S = 2.0


@pytest.fixture(scope="module")
def served() -> Iterator[MemoryTestPage]:
    page = serve_memory()
    yield page
    page.end()


@pytest.fixture
def behind(served: MemoryTestPage) -> Iterator[MemoryTestPage]:
    """What is behind the page, as it was at first, however a test leaves it."""
    yield served
    served.source.stalled = False
    served.source.problem = None
    served.source.device, served.source.host = GPU, None


def open_tab(page: Page, behind: MemoryTestPage, scheme: str = "light") -> None:
    visit(page, f"{behind.url}?__theme={scheme}")
    page.get_by_role("tab", name="Memory").click()
    expect(page.locator(PLOT.format("memory"))).to_be_visible()


def plot(page: Page, key: str, what: str) -> Any:
    """Something of a chart, as Plotly holds it; `node` is the chart."""
    return page.locator(PLOT.format(key)).evaluate(f"node => {what}")


def points_of(page: Page, key: str, trace: str) -> list[Any]:
    return plot(page, key, f"[...node.data.find((one) => one.uid === '{trace}').y]")


def x_range(page: Page, key: str) -> list[float]:
    return plot(page, key, "node._fullLayout.xaxis.range.map((x) => Date.parse(x + 'Z'))")


def test_the_charts_live(page: Page, behind: MemoryTestPage):
    open_tab(page, behind)
    first = len(points_of(page, "memory", "weights"))
    until(lambda: len(points_of(page, "memory", "weights")) >= first + 3)
    assert points_of(page, "memory", "weights")[-1] == 13
    behind.source.device = replace(GPU, used_bytes=70 * 2**30)
    until(lambda: points_of(page, "memory", "used")[-1] == 70)
    for key in LIVE:
        page.locator(f"[data-chart='{key}']").scroll_into_view_if_needed()
        expect(page.locator(PLOT.format(key))).to_be_visible()
    assert points_of(page, "kv", "kv_share")[-1] == 25
    expect(page.locator(".lui-gpus")).to_contain_text("Test GPU: 70.00 of 80.00 GiB in use")


def test_plotly_is_fetched_when_a_chart_is_first_shown(page: Page, behind: MemoryTestPage):
    fetched: list[str] = []
    page.on("request", lambda request: fetched.append(request.url))
    visit(page, behind.url)
    expect(page.locator(".lui-strip dd").first).to_contain_text("GiB")
    assert not any("plotly" in url for url in fetched)
    page.get_by_role("tab", name="Memory").click()
    expect(page.locator(PLOT.format("memory"))).to_be_visible()
    assert sum("plotly.min.js" in url for url in fetched) == 1


def test_the_strip_is_there_on_compare_and_functions(page: Page, behind: MemoryTestPage):
    visit(page, behind.url)
    for name in ("Functions", "Compare"):
        page.get_by_role("tab", name=name).click()
        expect(page.locator(".lui-strip [data-name=memory] dd")).to_have_text("57.00 of 80.00 GiB")
        expect(page.locator(".lui-strip [data-name=slots] dd")).to_have_text("2 of 4")
        expect(page.locator(".lui-strip [data-name=speed] dd")).to_contain_text("tokens/s")


def test_a_zoom_stays_while_points_come(page: Page, behind: MemoryTestPage):
    open_tab(page, behind)
    until(lambda: len(points_of(page, "memory", "weights")) >= 6)
    page.locator(PLOT.format("memory")).evaluate("node => (node.sameNode = true)")
    box = page.locator(f"{PLOT.format('memory')} .nsewdrag").first.bounding_box()
    assert box
    page.mouse.move(box["x"] + box["width"] * 0.7, box["y"] + box["height"] * 0.3)
    page.mouse.down()
    page.mouse.move(box["x"] + box["width"] * 0.95, box["y"] + box["height"] * 0.8, steps=4)
    page.mouse.up()
    back = page.get_by_role("button", name="Back to live")
    expect(back).to_be_visible()
    zoomed = x_range(page, "memory")
    count = len(points_of(page, "memory", "weights"))
    until(lambda: len(points_of(page, "memory", "weights")) >= count + 4)
    assert x_range(page, "memory") == zoomed
    assert plot(page, "memory", "node.sameNode") is True
    assert x_range(page, "kv") == zoomed
    back.click()
    until(lambda: x_range(page, "memory")[1] > zoomed[1])
    expect(back).to_be_hidden()


def test_pause_holds_the_picture_and_loses_nothing(page: Page, behind: MemoryTestPage):
    open_tab(page, behind)
    until(lambda: len(points_of(page, "memory", "weights")) >= 3)
    page.get_by_role("button", name="Pause").click()
    expect(page.locator(".lui-said")).to_contain_text("Paused")
    held = x_range(page, "memory")
    count = len(points_of(page, "memory", "weights"))
    reads = behind.source.reads
    until(lambda: behind.source.reads >= reads + 5)
    assert x_range(page, "memory") == held
    assert len(points_of(page, "memory", "weights")) == count
    page.get_by_role("button", name="Go on").click()
    until(lambda: len(points_of(page, "memory", "weights")) >= count + 5)
    assert x_range(page, "memory")[1] > held[1] + 2000


def test_other_ranges_bring_other_points(page: Page, behind: MemoryTestPage):
    open_tab(page, behind)
    for name, seconds in (("24 h", 86_400), ("1 min", 60)):
        button = page.get_by_role("button", name=name, exact=True)
        button.click()
        expect(button).to_have_attribute("aria-pressed", "true")
        until(lambda: len(points_of(page, "memory", "weights")) > 0)
        begin, end = x_range(page, "memory")
        assert end - begin <= (seconds + 1) * 1000


def test_a_mark_gives_a_jump_its_name(page: Page, behind: MemoryTestPage):
    open_tab(page, behind)
    behind.engine.happen("loaded", "math loaded into slot 2")
    page.get_by_text("What happened").click()
    expect(page.locator(".lui-happened li").first).to_contain_text("math loaded into slot 2")
    names = "node.data.find((one) => one.uid === 'mark-names')"
    until(lambda: "math loaded into slot 2" in plot(page, "memory", f"{names}.customdata"))
    expect(page.locator(f"{PLOT.format('memory')} .textpoint").last).to_contain_text("math loaded")


def test_slots_show_who_sits_where(page: Page, behind: MemoryTestPage):
    open_tab(page, behind)
    slots = page.locator(".lui-slots li")
    expect(slots).to_have_count(4)
    expect(slots.nth(0)).to_contain_text("text2sql")
    expect(slots.nth(3)).to_contain_text("free")
    expect(page.locator(".lui-hosted")).to_contain_text("function (3.7 MB)")


def test_old_figures_are_not_shown_as_live(page: Page, behind: MemoryTestPage):
    open_tab(page, behind)
    until(lambda: len(points_of(page, "memory", "weights")) >= 3)
    behind.source.stalled = True
    expect(page.locator(".lui-said")).to_contain_text("No figures since", timeout=5000)
    expect(page.locator(".lui-strip .lui-stale")).to_contain_text("No figures since")
    expect(page.locator(".lui-strip")).to_have_class("lui-strip lui-is-stale")
    last = plot(page, "memory", "node.data[0].x.at(-1)")
    until(lambda: x_range(page, "memory")[1] - last > 3000)  # the gap grows at the right
    behind.source.stalled = False
    expect(page.locator(".lui-said")).to_be_hidden()
    until(lambda: plot(page, "memory", "node.data[0].x.at(-1)") > last)
    weights = points_of(page, "memory", "weights")
    assert 0 in weights[-12:]  # the areas fall to nothing over the gap
    assert None in points_of(page, "memory", "used")[-12:]


def test_a_problem_is_told(page: Page, behind: MemoryTestPage):
    open_tab(page, behind)
    behind.source.problem = "The driver was lost <b>here</b>: load it again."
    expect(page.locator(".lui-charts .lui-problem")).to_have_text(behind.source.problem)
    expect(page.locator(".lui-strip .lui-stale")).to_have_text(behind.source.problem)
    behind.source.problem = None
    expect(page.locator(".lui-charts .lui-problem")).to_be_hidden()


def test_on_the_cpu_host_memory_is_drawn(page: Page, behind: MemoryTestPage):
    behind.source.host = HOST
    open_tab(page, behind)
    until(lambda: "rss" in plot(page, "memory", "node.data.map((one) => one.uid)"))
    until(lambda: points_of(page, "memory", "pss")[-1] == 2)
    expect(page.locator("[data-chart=memory] .lui-hint")).to_contain_text("PSS shares it out")
    expect(page.locator(".lui-gpus")).to_be_hidden()


def test_the_comparison_shows_its_formula(page: Page, behind: MemoryTestPage):
    open_tab(page, behind)
    bars = page.locator("[data-chart=against]")
    bars.scroll_into_view_if_needed()
    expect(bars).to_contain_text("One engine against 8 separate engines")
    expect(bars).to_contain_text("% saved")
    growth = page.locator("[data-chart=growth]")
    growth.scroll_into_view_if_needed()
    expect(growth).to_contain_text("saved = 1 −")
    until(lambda: plot(page, "growth", "Math.max(...node.data[0].x)") == 1000)


def test_series_are_saved(page: Page, behind: MemoryTestPage):
    open_tab(page, behind)
    saved = {}
    for form in ("CSV", "JSON"):
        with page.expect_download() as download:
            page.get_by_role("button", name=form, exact=True).click()
        assert download.value.suggested_filename.endswith(f"-600s.{form.lower()}")
        saved[form] = Path(download.value.path()).read_text(encoding="utf-8")
    rows = list(csv.DictReader(io.StringIO(saved["CSV"])))
    assert int(float(rows[-1]["gpu0_total_bytes"])) == GPU.total_bytes
    assert json.loads(saved["JSON"])["columns"]["weights_bytes"][-1] == 13 * 2**30


def test_a_chart_is_saved_as_picture_and_as_page(page: Page, new_page, behind, tmp_path: Path):
    open_tab(page, behind)
    until(lambda: len(points_of(page, "memory", "weights")) >= 3)
    with page.expect_download() as download:
        page.get_by_role("button", name="Save as PNG: Memory").click()
    assert Path(download.value.path()).read_bytes().startswith(b"\x89PNG")
    with page.expect_download() as download:
        page.get_by_role("button", name="Save as HTML: Memory").click()
    file = tmp_path / "chart.html"
    download.value.save_as(file)
    alone = new_page()
    alone.goto(file.as_uri())
    expect(alone).to_have_title("Memory")
    assert alone.locator("#chart").evaluate("node => node.data[0].y.at(-1)") == 13


def test_the_colours_follow_the_page(page: Page, behind: MemoryTestPage):
    open_tab(page, behind, "dark")
    assert plot(page, "memory", "node.layout.paper_bgcolor") == "#151c28"
    page.evaluate("document.body.classList.remove('dark')")
    until(lambda: plot(page, "memory", "node.layout.paper_bgcolor") == "#ffffff")


def test_nothing_is_asked_while_the_tab_is_not_shown(page: Page, behind: MemoryTestPage):
    asked: list[dict[str, Any]] = []

    def note(request) -> None:
        if "component_server" in request.url and request.post_data_json["fn_name"] == "tick":
            asked.append(request.post_data_json["data"])

    open_tab(page, behind)
    page.on("request", note)
    page.wait_for_timeout(2500)
    assert any("after" in one for one in asked)
    page.get_by_role("tab", name="Compare").click()
    page.wait_for_timeout(1200)
    asked.clear()
    page.wait_for_timeout(3500)
    assert len(asked) >= 2
    assert not any("after" in one for one in asked)
    page.get_by_role("tab", name="Memory").click()
    page.wait_for_timeout(2500)
    assert any("after" in one for one in asked)


def test_the_planner_computes_and_saves(page: Page, behind: MemoryTestPage):
    open_tab(page, behind)
    page.get_by_role("button", name="What if").click()
    page.locator("#planner-run").click()
    result = page.locator("#planner-result")
    expect(result).to_contain_text("It fits")
    expect(result).to_contain_text("max_loras × max_lora_rank")
    with page.expect_download() as download:
        page.locator("#planner-yaml").click()
    settings = yaml.safe_load(Path(download.value.path()).read_text())
    assert settings["engine"]["max_loras"] == 8
    page.locator("#planner-gpu :is(input, textarea)").fill("8")
    page.locator("#planner-run").click()
    expect(result).to_contain_text("It does not fit")
    expect(result.locator(".lui-advice li").first).to_be_visible()
    page.locator("#planner-max-loras :is(input, textarea)").fill("many")
    page.locator("#planner-run").click()
    expect(result.get_by_role("alert")).to_contain_text("max_loras is “many”")
    expect(page.locator("#planner-yaml")).to_be_disabled()


def test_a_phone_scrolls_down_only(new_page: Callable[..., Page], behind: MemoryTestPage):
    page = new_page(viewport={"width": 390, "height": 844})
    open_tab(page, behind)
    for key in (*LIVE, "against", "growth"):
        page.locator(f"[data-chart='{key}']").scroll_into_view_if_needed()
        box = page.locator(PLOT.format(key)).bounding_box()
        assert box
        assert 300 <= box["width"] <= 390
    assert page.evaluate("document.documentElement.scrollWidth") <= 390


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_no_serious_accessibility_faults(
    new_page: Callable[..., Page], behind: MemoryTestPage, scheme: str
):
    page = new_page(color_scheme=scheme)
    behind.engine.happen("evicted", "extra1 was driven out of slot 1")
    open_tab(page, behind, scheme)
    page.get_by_text("What happened").click()
    page.get_by_role("button", name="What if").click()
    page.locator("#planner-run").click()
    expect(page.locator("#planner-result")).to_contain_text("It fits")
    found = Axe().run(page).response["violations"]
    serious = [
        (fault["id"], [node["html"][:200] for node in fault["nodes"]])
        for fault in found
        if fault["impact"] in ("serious", "critical")
    ]
    assert serious == []


def test_a_lost_server_leaves_old_figures_marked(page: Page, watch: Watch):
    watch.forgive("Failed to load resource", "ERR_CONNECTION_REFUSED")
    behind = serve_memory()
    open_tab(page, behind)
    until(lambda: len(points_of(page, "memory", "weights")) >= 2)
    behind.end()
    expect(page.locator(".lui-said")).to_contain_text("No figures since", timeout=15_000)
