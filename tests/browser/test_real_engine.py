"""The page over the real engine: what the other tests show with the test engine, once for real."""

from __future__ import annotations

import csv
import hashlib
import json
import re
import zipfile
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import urlencode

import pytest
from gradio_client import Client
from playwright.sync_api import Page, expect

from tests.app_process import ROOT
from tests.browser.steps import column, expect_state, send, text, tick, until, visit

BASE, SQL, MATH = "Base model", "Text to SQL", "Word problems"
TITLES = (BASE, SQL, MATH, "Function calling")
MODEL = "model.safetensors"
ENDED = '.lui-column[data-state="done"]'
LONG_ANSWER = "Write a long story about a lighthouse keeper and all that happens in his life."
PATIENCE_MS = 90_000
COUNT_RUNNING = """() => {
  window.mostAtOnce = 0;
  const running = ".lui-column[data-state=running] .lui-text:not(.lui-blank)";
  new MutationObserver(() => {
    const count = document.querySelectorAll(running).length;
    window.mostAtOnce = Math.max(window.mostAtOnce, count);
  }).observe(document.body, { subtree: true, childList: true, attributes: true });
}"""
"""Keeps the largest number of columns that were seen writing at the same time."""
BATCH = """# expect contains: Paris
What is the capital of France?
# expect number: 41
Ann has 24 stickers and gets 17 more. How many has she now?
"""


@pytest.fixture
def api(app_url: str) -> Iterator[Client]:
    """The app's endpoints."""
    client = Client(app_url, verbose=False)
    yield client
    client.close()


def running(api: Client) -> int:
    status = api.predict(api_name="/engine")
    return status["running"] + status["waiting"]


def ask_for_a_long_answer(page: Page, url: str) -> None:
    visit(page, url)
    tick(page, [BASE])
    page.get_by_role("button", name="Sampling").click()
    page.locator("#field-max-tokens :is(input, textarea)").fill("1000")
    page.locator("#field-repetition-penalty :is(input, textarea)").fill("1.3")
    send(page, LONG_ANSWER)
    expect_state(page, BASE, "running")


def test_the_line_says_what_the_engine_is(page: Page, app_url: str, api: Client):
    status = api.predict(api_name="/engine")
    visit(page, app_url)
    line = page.locator("#engine-line")
    for words in (
        "Engine ready",
        status["model"],
        status["device"],
        status["dtype"],
        f"{status['max_loras']} adapters at once",
        f"rank up to {status['max_lora_rank']}",
        f"context {status['max_model_len']:,} tokens",
    ):
        expect(line).to_contain_text(words)


def test_one_prompt_four_answers(page: Page, app_url: str):
    visit(page, app_url)
    tick(page, TITLES)
    page.get_by_text(f"{SQL}: Count rows").click()
    expect(page.locator("#prompt textarea")).not_to_have_value("")
    page.evaluate(COUNT_RUNNING)
    page.locator("#run").click()
    expect(page.locator(ENDED)).to_have_count(4, timeout=PATIENCE_MS)
    assert page.evaluate("window.mostAtOnce") >= 2

    answers = [text(page, title).inner_text() for title in TITLES]
    assert len(set(answers)) == 4
    assert all(answers)
    query = answers[1].upper()
    assert "SELECT" in query
    assert "COUNT(*)" in query
    for title in TITLES:
        foot = column(page, title).locator(".lui-foot")
        for words in ("tokens", "tokens/s", "first after", "in all"):
            expect(foot).to_contain_text(words)
        assert foot.locator(".lui-finish").inner_text() in ("end of answer", "token limit reached")

    sql = column(page, SQL)
    sql.locator("summary", has_text="Prompt").click()
    expect(sql.locator("summary", has_text="Prompt")).to_have_text("Prompt · 69 tokens")
    prompt = sql.locator("pre").inner_text()
    assert prompt.startswith("<|im_start|>system")
    assert "How many books were published after 2010?<|im_end|>" in prompt
    assert prompt.rstrip().endswith("<|im_start|>assistant")

    for title in TITLES[2:]:
        page.get_by_role("button", name=f"Remove {title}").click()
    send(page, "What is the capital of France?")
    expect(text(page, BASE)).to_contain_text("Paris", timeout=PATIENCE_MS)
    expect(page.locator(ENDED)).to_have_count(2, timeout=PATIENCE_MS)
    assert text(page, BASE).inner_text() != answers[0]


def test_stop_all_frees_the_engine(page: Page, app_url: str, api: Client):
    ask_for_a_long_answer(page, app_url)
    assert running(api) == 1
    page.locator("#stop-all").click()
    expect_state(page, BASE, "stopped")
    expect(column(page, BASE)).to_contain_text("stopped by you")
    until(lambda: running(api) == 0, 5)
    expect(page.locator("#stop-all")).to_be_disabled()


def test_leaving_the_page_frees_the_engine(new_page, app_url: str, api: Client):
    page = new_page()
    ask_for_a_long_answer(page, app_url)
    assert running(api) == 1
    page.close()
    until(lambda: running(api) == 0, 10)


def test_a_batch_is_judged_and_downloaded(page: Page, app_url: str, tmp_path: Path):
    visit(page, app_url)
    page.get_by_role("tab", name="Batch").click()
    page.locator("#batch-prompts textarea").fill(BATCH)
    page.locator("#batch-adapters").get_by_label(SQL).uncheck()
    page.locator("#batch-max-tokens :is(input, textarea)").fill("40")
    page.locator("#batch-run").click()
    expect(page.locator("#batch-download-csv")).to_be_enabled(timeout=PATIENCE_MS)
    base = page.locator("#batch-grid tbody tr:nth-child(1) td[data-adapter=base]")
    expect(base).to_contain_text("✓pass: contains “Paris”")
    math = page.locator("#batch-grid tbody tr:nth-child(2) td[data-adapter=math]")
    expect(math).to_contain_text("pass: the number is 41")
    answer = math.locator(".lui-text").inner_text()
    assert "41" in answer

    saved = {}
    for form in ("txt", "md", "json", "csv"):
        with page.expect_download() as download:
            page.locator(f"#batch-download-{form}").click()
        saved[form] = tmp_path / download.value.suggested_filename
        assert saved[form].suffix == f".{form}"
        download.value.save_as(saved[form])
    results = json.loads(saved["json"].read_text())
    assert [[one["adapter"] for one in row["columns"]] for row in results] == [
        ["base", "math", "function"]
    ] * 2
    assert results[1]["columns"][1]["text"].strip() == answer.strip()
    assert results[1]["columns"][1]["verdict"]["passed"] is True
    with saved["csv"].open(newline="", encoding="utf-8-sig") as file:
        assert len(list(csv.DictReader(file))) == 6
    for form in ("txt", "md"):
        assert "What is the capital of France?" in saved[form].read_text()
        assert "Paris" in saved[form].read_text()


def test_an_uploaded_adapter_answers_and_tells_what_ran(page: Page, app_url: str, tmp_path: Path):
    files = [ROOT / "adapters" / "math" / f"adapter_{name}" for name in ("config.json", MODEL)]
    packed = tmp_path / "sums.zip"
    with zipfile.ZipFile(packed, "w") as into:
        for file in files:
            into.write(file, file.name)
    visit(page, app_url)
    page.get_by_role("tab", name="Adapters").click()
    page.get_by_role("button", name="Add an adapter").click()
    page.locator("#adding-files input[type=file]").set_input_files(packed)
    expect(page.locator("#adding-files")).to_contain_text("sums")
    page.locator("#adding-upload-run").click()
    card = page.get_by_role("listitem", name="sums", exact=True)
    expect(card).to_contain_text("checked", timeout=PATIENCE_MS)
    page.get_by_role("button", name="Try in Compare: sums", exact=True).click()
    tick(page, [MATH])
    send(page, "Ann has 24 stickers and gets 17 more. How many has she now?")
    expect(page.locator(ENDED)).to_have_count(2, timeout=PATIENCE_MS)
    assert text(page, "sums").inner_text() == text(page, MATH).inner_text()
    assert "41" in text(page, "sums").inner_text()
    sha256 = hashlib.sha256(files[1].read_bytes()).hexdigest()
    for title in ("sums", MATH):
        column(page, title).locator("summary", has_text="What answered").click()
        expect(column(page, title)).to_contain_text(sha256)
    page.get_by_role("tab", name="Adapters").click()
    expect(card).to_contain_text("in a slot")
    page.get_by_role("button", name="Remove: sums", exact=True).click()
    expect(card).to_have_count(0, timeout=PATIENCE_MS)


def test_functions_are_called_and_the_model_goes_on(page: Page, app_url: str):
    visit(page, app_url)
    page.get_by_role("tab", name="Functions").click()
    page.get_by_role("button", name="Weather", exact=True).click()
    expect(page.locator("#functions-message textarea")).not_to_have_value("")
    expect(page.locator("#functions-adapters").get_by_label("Function calling")).to_be_checked()
    expect(page.locator(".lui-functions .lui-status")).to_contain_text("nothing wrong")
    page.get_by_label("Tool choice").select_option("required")
    page.get_by_role("button", name="Sampling").click()
    page.locator("#functions-max-tokens :is(input, textarea)").fill("60")
    page.locator("#functions-run").click()
    ended = page.locator('#calls section[data-state="done"]')
    expect(ended).to_have_count(2, timeout=PATIENCE_MS)
    constrained = page.locator('#calls section[data-mode="constrained"]')
    expect(constrained.locator(".lui-verdict")).to_have_text("valid")
    call = constrained.get_by_role("article").first
    expect(call.locator("dd").first).not_to_be_empty()
    expect(constrained.locator(".lui-prompt pre")).to_contain_text("get_weather")
    for place, one in enumerate(constrained.get_by_role("article").all(), start=1):
        one.get_by_role("button", name=f"Run call {place}").click()
        expect(one.locator("pre, [role=alert]").first).not_to_be_empty()
    go_on = constrained.get_by_role("button", name="Continue")
    expect(go_on).to_have_attribute("aria-disabled", "false")
    go_on.click()
    expect(constrained).to_contain_text("Round 2")
    expect(ended).to_have_count(2, timeout=PATIENCE_MS)
    second = constrained.locator(".lui-round").nth(1)
    expect(second.locator(".lui-prompt pre")).to_contain_text("FUNCTION RESPONSE")
    expect(second.locator(".lui-finish, .lui-end")).not_to_be_empty()


def test_the_memory_of_the_engine_is_drawn_while_it_answers(page: Page, app_url: str, api: Client):
    plot = page.locator("[data-chart=memory] .js-plotly-plot")
    drawn_last = "(node, part) => node.data.find((one) => one.uid === part).y.at(-1)"
    drawn_most = "(node, part) => Math.max(...node.data.find((one) => one.uid === part).y)"
    ask_for_a_long_answer(page, app_url)
    expect(page.locator(".lui-strip [data-name=requests] dd")).to_have_text("1")
    expect(page.locator(".lui-strip [data-name=speed] dd")).not_to_have_text("0 tokens/s")
    page.get_by_role("tab", name="Memory").click()
    expect(plot).to_be_visible(timeout=PATIENCE_MS)  # Plotly loads while the engine has the cores
    seen = api.predict(api_name="/memory")
    until(lambda: plot.evaluate(drawn_last, "weights") > 0)
    drawn = {part: plot.evaluate(drawn_last, part) for part in ("weights", "slots", "rss")}
    gib = 1024**3
    assert drawn["weights"] == pytest.approx(seen["engine"]["weights_bytes"] / gib, abs=0.001)
    assert drawn["slots"] == pytest.approx(seen["engine"]["slots_bytes"] / gib, abs=0.001)
    assert plot.evaluate(drawn_most, "kv_used") > 0
    assert drawn["rss"] > drawn["weights"] + drawn["slots"]
    page.get_by_text("What happened").click()
    expect(page.locator(".lui-happened li")).not_to_have_count(0)
    against = page.locator("[data-chart=against]")
    against.scroll_into_view_if_needed()  # charts out of sight are not drawn
    expect(against).to_contain_text("saved")


def test_a_link_brings_its_settings_and_runs(page: Page, app_url: str):
    said = {"adapters": "base,text2sql", "prompt": "How many books are there?", "run": 1}
    page.goto(f"{app_url}?{urlencode({**said, 'max_tokens': 16, 'temperature': 0, 'seed': 7})}")
    expect(page.locator(ENDED)).to_have_count(2, timeout=PATIENCE_MS)
    answers = [text(page, title).inner_text() for title in (BASE, SQL)]
    assert all(answers)
    assert answers[0] != answers[1]
    foot = column(page, SQL).locator(".lui-used, .lui-note")
    expect(foot.filter(has_text="Max tokens 16")).to_have_count(1)
    expect(page).to_have_url(re.compile(r"\?v=1&tab=compare&adapters=base,text2sql&(?!.*run=)"))
