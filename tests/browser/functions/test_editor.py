"""The Functions tab as a visitor uses it: the editor."""

from __future__ import annotations

import json

from playwright.sync_api import Page, expect

from tests.browser.functions.steps import (
    open_tab,
    write,
)
from tests.ui.fake_page import FakePage
from tests.ui.functions_page import (
    FUNCTIONS,
)


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
