"""The Functions tab as a visitor uses it, over an engine that answers with calls."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from typing import cast

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Locator, Page, expect

from tests.browser.conftest import Watch
from tests.browser.steps import until, visit
from tests.ui.fake_page import FakePage
from tests.ui.functions_page import (
    CUT_OFF,
    FUNCTIONS,
    INVALID,
    NO_CALL,
    TWO,
    UNKNOWN,
    VALID,
    CallingEngine,
    serve_calls,
)

CALLER, SECOND, BASE = "Caller", "Second", "Base model"


@pytest.fixture(scope="module")
def served() -> Iterator[FakePage]:
    served = serve_calls()
    yield served
    served.demo.close()


@pytest.fixture
def engine(served: FakePage) -> CallingEngine:
    """The engine behind the page, with nothing said to it yet."""
    engine = cast(CallingEngine, served.engine)
    engine.answers.clear()
    engine.requests.clear()
    engine.delay_s = 0.02
    return engine


def open_tab(page: Page, url: str) -> None:
    visit(page, url)
    page.get_by_role("tab", name="Functions").click()
    expect(page.locator("#functions-json")).to_be_visible()
    expect(page.locator("#calls .lui-empty")).to_be_visible()


def write(page: Page, functions: str = FUNCTIONS) -> None:
    page.locator("#functions-json").fill(functions)


def decode(page: Page, how: str) -> None:
    page.get_by_role("radio", name=how, exact=True).check()


def tick(page: Page, *titles: str) -> None:
    for title in (CALLER, SECOND, BASE):
        box = page.locator("#functions-adapters").get_by_label(title, exact=True)
        box.set_checked(title in titles)


def run(page: Page, message: str = "What is the weather?") -> None:
    page.locator("#functions-message textarea").fill(message)
    page.locator("#functions-run").click()


def ready(page: Page, url: str, *titles: str, how: str = "off") -> None:
    open_tab(page, url)
    write(page)
    decode(page, how)
    tick(page, *(titles or (CALLER,)))


def column(page: Page, title: str, mode: str = "free") -> Locator:
    return page.locator(
        f'#calls section[data-mode="{mode}"]',
        has=page.get_by_role("heading", name=title, exact=True),
    )


def expect_verdict(page: Page, title: str, words: str, mode: str = "free") -> Locator:
    found = column(page, title, mode)
    expect(found.locator(".lui-verdict")).to_have_text(words)
    return found


# ---------------------------------------------------------------- the editor


def test_the_check_is_live_and_leads_to_the_place(page: Page, served: FakePage):
    open_tab(page, served.url)
    write(page)
    status = page.locator(".lui-functions .lui-status")
    expect(status).to_have_text("2 functions, nothing wrong: get_weather, send_card")
    write(page, FUNCTIONS.replace('"type": "string", "maxLength"', '"type": "strng", "maxLength"'))
    expect(status).to_have_text("1 problem")
    problem = page.locator(".lui-problems li")
    expect(problem).to_contain_text("Line 8, column 26")
    expect(problem).to_contain_text("$[0].parameters.properties.city.type")
    expect(page.locator(".lui-gutter b")).to_have_text("8\n")
    problem.get_by_role("button").click()
    area = page.locator("#functions-json")
    expect(area).to_be_focused()
    assert area.evaluate("n => n.value.slice(n.selectionStart).startsWith('\"strng\"')")
    write(page, '[{"name": "f",}]')
    expect(problem).to_contain_text("Line 1, column")
    write(page, "")
    expect(status).to_contain_text("No functions yet")
    expect(page.locator(".lui-problems")).to_be_hidden()


def test_an_example_fills_functions_and_message(page: Page, served: FakePage):
    open_tab(page, served.url)
    page.get_by_role("button", name="Weather", exact=True).click()
    message = page.locator("#functions-message textarea")
    expect(message).not_to_have_value("")
    first = message.input_value()
    expect(page.locator(".lui-functions .lui-status")).to_contain_text("get_weather")
    page.get_by_role("button", name="Weather", exact=True).click()
    expect(message).not_to_have_value(first)
    expect(
        page.get_by_label("Tool choice").locator("option", has_text="get_weather")
    ).to_have_count(1)


def test_the_form_writes_json_and_reads_it_back(page: Page, served: FakePage):
    open_tab(page, served.url)
    page.get_by_role("button", name="Form", exact=True).click()
    page.get_by_role("button", name="Add a function").click()
    first = page.locator("fieldset[data-function='0']")
    first.get_by_label("Name").first.fill("book_table")
    first.get_by_label("Description").first.fill("Book a table")
    first.get_by_role("button", name="Add a parameter").click()
    row = first.locator(".lui-parameter")
    expect(row.get_by_label("Name")).to_be_focused()
    row.get_by_label("Name").fill("guests")
    row.get_by_label("Type").select_option("whole number")
    row.get_by_label("Allowed values").fill("2, 4")
    row.get_by_label("Description").fill("How many")
    row.get_by_label("Required").check()
    expect(page.locator(".lui-functions .lui-status")).to_contain_text("book_table")
    page.get_by_role("button", name="JSON", exact=True).click()
    area = page.locator("#functions-json")
    assert json.loads(area.input_value()) == [
        {
            "name": "book_table",
            "description": "Book a table",
            "parameters": {
                "type": "object",
                "properties": {
                    "guests": {"type": "integer", "enum": [2, 4], "description": "How many"}
                },
                "required": ["guests"],
            },
        }
    ]
    area.fill(area.input_value().replace("guests", "people"))
    page.get_by_role("button", name="Form", exact=True).click()
    expect(row.get_by_label("Name")).to_have_value("people")
    expect(row.get_by_label("Required")).to_be_checked()
    row.get_by_role("button", name="Remove parameter people").click()
    expect(first).to_contain_text("Takes no parameters.")


def test_the_form_keeps_what_it_has_no_field_for(page: Page, served: FakePage):
    open_tab(page, served.url)
    nested = {"type": "array", "items": {"anyOf": [{"type": "string"}, {"type": "null"}]}}
    functions = [
        {
            "type": "function",
            "function": {
                "name": "f",
                "parameters": {"type": "object", "properties": {"a": nested}, "$defs": {"x": True}},
            },
        }
    ]
    write(page, json.dumps(functions))
    page.get_by_role("button", name="Form", exact=True).click()
    first = page.locator("fieldset[data-function='0']")
    expect(first.locator(".lui-parameter").get_by_label("Type")).to_have_value("other")
    first.get_by_label("Name").first.fill("g")
    functions[0]["function"]["name"] = "g"  # type: ignore[index]
    assert json.loads(page.locator("#functions-json").input_value()) == functions
    first.get_by_label("Name").first.fill("")
    expect(first.get_by_role("alert").first).to_contain_text("A name is needed")
    assert json.loads(page.locator("#functions-json").input_value()) == functions


def test_broken_json_has_no_form(page: Page, served: FakePage):
    open_tab(page, served.url)
    write(page, "[{")
    page.get_by_role("button", name="Form", exact=True).click()
    expect(page.locator(".lui-form")).to_contain_text("mend it in the JSON view")


# ---------------------------------------------------------------- columns


def test_free_and_constrained_stand_next_to_each_other(
    page: Page, served: FakePage, engine: CallingEngine
):
    engine.answers["function"] = [VALID]
    ready(page, served.url, CALLER, BASE, how="both")
    run(page)
    for mode in ("free", "constrained"):
        found = expect_verdict(page, CALLER, "valid", mode)
        expect(found.locator(".lui-span-call")).to_have_text(VALID[VALID.index("{") :])
        card = found.get_by_role("article", name="call 1: get_weather")
        expect(card.locator("dt")).to_have_text("citytext")
        expect(card.locator("dd")).to_have_text("Lisbon")
        for words in ("tokens/s", "first after", "Format glaive", "end of answer"):
            expect(found).to_contain_text(words)
    expect_verdict(page, BASE, "no call")
    expect(page.locator("#calls section")).to_have_count(4)
    constraints = [r.constraint is not None for r in engine.requests]
    assert sorted(constraints) == [False, False, True, True]


def test_every_error_at_its_place(page: Page, served: FakePage, engine: CallingEngine):
    engine.answers = {"function": [f"{INVALID} {UNKNOWN}"], "second": [CUT_OFF]}
    ready(page, served.url, CALLER, SECOND)
    page.get_by_role("button", name="Sampling").click()
    run(page)
    found = expect_verdict(page, CALLER, "invalid")
    expect(found.locator(".lui-span-error")).to_have_count(2)
    errors = found.locator(".lui-errors li")
    expect(errors.filter(has_text="unknown function")).to_contain_text("get_wether")
    expect(errors.filter(has_text="$.unit")).to_contain_text("invalid arguments")
    errors.filter(has_text="unknown function").get_by_role("button").click()
    assert "get_wether" in page.evaluate("getSelection().toString()")
    cut = expect_verdict(page, SECOND, "invalid")  # it ended by itself: malformed
    expect(cut.locator(".lui-span-error")).to_have_count(1)


def test_a_call_that_the_limit_cut_off(page: Page, served: FakePage, engine: CallingEngine):
    engine.answers["function"] = [TWO]
    ready(page, served.url)
    page.get_by_role("button", name="Sampling").click()
    page.locator("#functions-max-tokens :is(input, textarea)").fill("8")
    run(page)
    found = expect_verdict(page, CALLER, "truncated")
    expect(found).to_contain_text("token limit reached")
    expect(found).to_contain_text("cut off")
    expect(found.get_by_role("article")).to_have_count(1)


def test_hostile_output_stays_text(page: Page, served: FakePage, engine: CallingEngine):
    hostile = INVALID.replace("kelvin", "<img src=x onerror=window.pwned=3>")
    engine.answers = {"function": [hostile], "second": [NO_CALL]}
    ready(page, served.url, CALLER, SECOND)
    run(page)
    expect_verdict(page, CALLER, "invalid")
    found = expect_verdict(page, SECOND, "no call")
    expect(found.locator(".lui-text")).to_contain_text("<img src=x onerror=window.pwned=1>")
    assert page.evaluate("window.pwned") is None
    assert page.locator("#calls :is(img, script, a, iframe)").count() == 0


def test_prompt_provenance_export_and_copy(page: Page, served: FakePage, engine: CallingEngine):
    engine.answers["function"] = [VALID]
    ready(page, served.url)
    run(page)
    found = expect_verdict(page, CALLER, "valid")
    found.get_by_text("Prompt ·").click()
    expect(found.locator(".lui-prompt pre")).to_have_text(engine.requests[0].prompt.text)
    found.locator("summary", has_text="What answered").click()
    expect(found.locator(".lui-ran")).to_contain_text("ab" * 32)
    found.locator("summary", has_text="Export").click()
    exported = found.locator(".lui-export pre")
    expect(exported).to_contain_text('"tool_calls"')
    found.get_by_role("button", name="Python", exact=True).click()
    expect(exported).to_contain_text("get_weather")
    found.get_by_role("button", name="curl", exact=True).click()
    expect(exported).to_contain_text("curl")
    found.get_by_role("button", name="Copy the answer of Caller, free").click()
    assert page.evaluate("navigator.clipboard.readText()").strip() == VALID


def test_stop_one_and_all(page: Page, served: FakePage, engine: CallingEngine):
    engine.delay_s = 0.1
    engine.answers = {"function": [NO_CALL * 9], "second": [NO_CALL * 9]}
    ready(page, served.url, CALLER, SECOND)
    run(page)
    for title in (CALLER, SECOND):
        expect(column(page, title)).to_have_attribute("data-state", "running")
    page.get_by_role("button", name="Stop Caller, free").click()
    expect(column(page, CALLER)).to_have_attribute("data-state", "stopped")
    assert engine.running == 1
    page.locator("#functions-stop").click()
    expect(column(page, SECOND)).to_have_attribute("data-state", "stopped")
    until(lambda: engine.running == 0)
    expect(page.locator("#functions-stop")).to_be_disabled()


@pytest.mark.parametrize(
    ("functions", "message", "sentence"),
    [
        ("", "hello", "There are no functions"),
        ('[{"name": 3}]', "hello", "Line 1, column"),
        (FUNCTIONS, "", "The prompt is empty"),
    ],
)
def test_bad_input_gets_a_sentence(
    page: Page, served: FakePage, functions: str, message: str, sentence: str
):
    open_tab(page, served.url)
    write(page, functions)
    tick(page, CALLER)
    run(page, message)
    expect(page.get_by_test_id("toast-body")).to_contain_text(sentence)
    expect(page.locator("#functions-json")).to_have_value(functions)


def test_choices_reach_the_engine(page: Page, served: FakePage, engine: CallingEngine):
    engine.answers["function"] = [VALID]
    ready(page, served.url, how="on")
    expect(page.locator(".lui-functions .lui-status")).to_contain_text("nothing wrong")
    page.get_by_label("Tool choice").select_option("send_card: this function")
    page.get_by_label("Several calls in one answer").uncheck()
    page.locator("#functions-system textarea").fill("Be quick.")
    run(page)
    expect_verdict(page, CALLER, "valid", "constrained")
    (request,) = engine.requests
    assert request.constraint is not None
    assert "send_card" in request.constraint
    assert "get_weather" not in request.constraint
    assert "Be quick." in request.prompt.text


# ---------------------------------------------------------------- the loop


def test_results_go_back_and_the_model_goes_on(page: Page, served: FakePage, engine: CallingEngine):
    engine.answers["function"] = [TWO, "Ann gets two cards: it is sunny in Oslo."]
    ready(page, served.url)
    run(page)
    found = expect_verdict(page, CALLER, "valid")
    go_on = found.get_by_role("button", name="Continue Caller, free with the results")
    expect(go_on).to_have_attribute("aria-disabled", "true")
    weather, card = (found.get_by_role("article").nth(place) for place in (0, 1))
    weather.get_by_role("button", name="Run call 1, get_weather").click()
    expect(weather.locator(".lui-result")).to_contain_text("built-in function")
    expect(card.get_by_role("button")).to_have_count(0)
    card.get_by_label("Type its result").fill('{"sent": true}')
    expect(go_on).to_have_attribute("aria-disabled", "false")
    go_on.click()
    expect(found).to_contain_text("Round 2")
    expect_verdict(page, CALLER, "no call")
    expect(card.locator(".lui-result")).to_contain_text("typed by hand")
    prompt = engine.requests[-1].prompt.text
    assert TWO.split()[0] in prompt
    assert prompt.count("FUNCTION RESPONSE") == 2
    assert '"sent": true' in prompt
    expect(found.get_by_role("button", name="Continue")).to_have_count(0)


def test_a_wrong_call_of_a_built_in_function_says_why(
    page: Page, served: FakePage, engine: CallingEngine
):
    engine.answers["function"] = [VALID.replace("Lisbon", "Atlantis")]
    ready(page, served.url)
    run(page)
    found = expect_verdict(page, CALLER, "valid")
    found.get_by_role("button", name="Run call 1, get_weather").click()
    expect(found.get_by_role("article").get_by_role("alert")).to_contain_text("Atlantis")
    again = found.get_by_role("button", name="Run call 1, get_weather")
    expect(again).not_to_have_attribute("aria-disabled", "true")
    again.click()
    expect(again).not_to_have_attribute("aria-disabled", "true")


# ---------------------------------------------------------------- visitors, shape


def test_two_visitors_do_not_see_each_other(
    new_page: Callable[..., Page], served: FakePage, engine: CallingEngine
):
    engine.answers = {"function": [VALID], "second": [NO_CALL]}
    first, second = new_page(), new_page()
    ready(first, served.url, CALLER)
    ready(second, served.url, SECOND)
    run(first)
    run(second)
    expect_verdict(first, CALLER, "valid")
    expect_verdict(second, SECOND, "no call")
    expect(first.locator("#calls section")).to_have_count(1)
    expect(second.locator("#calls section")).to_have_count(1)


def test_leaving_ends_the_work(
    new_page: Callable[..., Page], served: FakePage, engine: CallingEngine
):
    engine.delay_s = 0.1
    engine.answers["function"] = [NO_CALL * 9]
    page = new_page()
    ready(page, served.url, how="both")
    run(page)
    until(lambda: engine.running == 2)
    page.close()
    until(lambda: engine.running == 0, 5)


def test_a_phone_scrolls_down_only(
    new_page: Callable[..., Page], served: FakePage, engine: CallingEngine
):
    engine.answers = {"function": [VALID], "second": [INVALID]}
    page = new_page(viewport={"width": 390, "height": 844})
    ready(page, served.url, CALLER, SECOND)
    run(page)
    expect_verdict(page, SECOND, "invalid")
    expect_verdict(page, CALLER, "valid")
    assert page.evaluate("document.documentElement.scrollWidth") <= 390
    page.get_by_role("button", name="Form", exact=True).click()
    expect(page.locator(".lui-parameter")).to_have_count(4)
    assert page.evaluate("document.documentElement.scrollWidth") <= 390


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_no_serious_accessibility_faults(
    new_page: Callable[..., Page], served: FakePage, engine: CallingEngine, scheme: str
):
    engine.answers = {"function": [VALID], "second": [INVALID]}
    page = new_page(color_scheme=scheme)
    ready(page, f"{served.url}?__theme={scheme}", CALLER, SECOND)
    run(page)
    found = expect_verdict(page, CALLER, "valid")
    expect_verdict(page, SECOND, "invalid")
    found.locator("summary", has_text="Export").click()
    check(page)
    write(page, FUNCTIONS.replace('"object"', '"objct"'))
    expect(page.locator(".lui-problems li").first).to_be_visible()
    check(page)
    write(page)
    page.get_by_role("button", name="Form", exact=True).click()
    check(page)


def check(page: Page) -> None:
    faults = [
        (fault["id"], [node["html"][:200] for node in fault["nodes"]])
        for fault in Axe().run(page).response["violations"]
        if fault["impact"] in ("serious", "critical")
    ]
    assert faults == []


def test_reloading_begins_anew(page: Page, served: FakePage, engine: CallingEngine, watch: Watch):
    watch.forgive("AbortError", "errored out")  # Gradio says so when a page with a run is left
    engine.answers["function"] = [VALID]
    ready(page, served.url)
    run(page)
    expect_verdict(page, CALLER, "valid")
    page.reload()
    expect(page.locator(".lui-empty")).to_be_visible()
    page.get_by_role("tab", name="Functions").click()
    expect(page.locator("#calls .lui-empty")).to_be_visible()


# ---------------------------------------------------------------- the scoreboard

CASES = "\n".join(
    json.dumps({"message": message, "functions": json.loads(FUNCTIONS), "expected": expected})
    for message, expected in (
        ("Weather in Lisbon?", [{"name": "get_weather", "arguments": {"city": "Lisbon"}}]),
        ("Hello!", []),
    )
)


def open_scores(page: Page, url: str) -> None:
    open_tab(page, url)
    page.locator("#scoreboard > button").click()
    page.locator("#scores-adapters").get_by_label(SECOND, exact=True).uncheck()


def upload(page: Page, text: str) -> None:
    file = {"name": "cases.jsonl", "mimeType": "application/jsonl", "buffer": text.encode()}
    page.locator("#scores-file input[type=file]").set_input_files(file)  # pyright: ignore
    expect(page.locator("#scores-file")).to_contain_text("cases")


def test_a_scoreboard_fills_is_drawn_and_downloaded(
    page: Page, served: FakePage, engine: CallingEngine
):
    engine.answers["function"] = [VALID]
    open_scores(page, served.url)
    expect(page.locator("#scores-chart")).to_have_count(0)
    upload(page, CASES)
    page.locator("#scores-run").click()
    rows = page.locator("#scores tbody tr")
    expect(rows).to_have_count(2)
    expect(page.locator("#scores .lui-status")).to_contain_text("2 of 2 cases finished")
    for row, mode in ((rows.nth(0), "free"), (rows.nth(1), "constrained")):
        expect(row.get_by_role("rowheader")).to_have_text(f"{CALLER}{mode}")
        cells = row.locator("td")
        for place, words in ((0, "1 / 1 (100%)"), (3, "1 / 1 (100%)"), (4, "0 / 1 (0%)")):
            expect(cells.nth(place)).to_have_text(words)
    expect(page.locator("#scores-chart .js-plotly-plot")).to_be_visible()
    saved = {}
    for form in ("csv", "json"):
        with page.expect_download() as download:
            page.locator(f"#scores-download-{form}").click()
        saved[form] = download.value.path().read_text()
    assert saved["csv"].splitlines()[1].startswith("function,")
    assert json.loads(saved["json"])["cases"] == 2


def test_a_bad_set_says_where(page: Page, served: FakePage):
    open_scores(page, served.url)
    upload(page, '{"message": "x"}')
    page.locator("#scores-run").click()
    expect(page.locator("#scores .lui-problem")).to_contain_text("Line 1")


def test_a_scoreboard_is_stopped(page: Page, served: FakePage, engine: CallingEngine):
    engine.delay_s = 0.1
    engine.answers["function"] = [NO_CALL * 9]
    open_scores(page, served.url)
    page.locator("#scores-run").click()
    until(lambda: engine.running > 0)
    page.locator("#scores-stop").click()
    expect(page.locator("#scores .lui-status")).to_contain_text("Stopped")
    until(lambda: engine.running == 0)
    expect(page.locator("#scores-run")).to_be_enabled()
