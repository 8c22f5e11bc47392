"""Links in a browser: those that mean harm, and the writer in the page against that in Python."""

from __future__ import annotations

from typing import Any

from hypothesis import given, seed, settings
from playwright.sync_api import Browser, Page

from lora_ui.share import to_fields, to_file, to_query
from lora_ui.share.state import FunctionsState, State
from tests.browser.steps import visit
from tests.fuzz.links import Found, open_fresh, open_here, watched
from tests.share.states import states

HERE, FRESH = range(48), range(48, 50)


def test_hostile_links_run_no_script_and_leave_the_page_usable(browser: Browser, fake_url: str):
    found = Found()
    page = watched(browser, found)
    visit(page, fake_url)
    for number in HERE:
        found.link = number
        open_here(page, number, found)
    page.context.close()
    for number in FRESH:
        found.link = number
        open_fresh(browser, fake_url, number, found)
    assert found.faults == []


def made_states(count: int) -> list[State]:
    """The same states in every run."""
    made: list[State] = []

    @seed(12)
    @settings(max_examples=count, database=None, deadline=None)
    @given(states)
    def collect(state: State) -> None:
        made.append(state)

    collect()
    return made


def in_the_browser(state: State) -> dict[str, Any]:
    """The state as the page's views tell it."""
    fields = to_fields(state)
    names = fields.pop("adapters", None)
    if state.tab == "compare":
        fields.setdefault("columns", [{"adapter": name} for name in names or []])
    elif names is not None:
        fields["adapters"] = names
    return {"tab": fields.pop("tab"), "values": fields}


def test_the_page_writes_links_and_files_as_python_does(page: Page, fake_url: str):
    visit(page, fake_url)
    page.wait_for_function("window.loraLinks")
    made = [
        state
        for state in made_states(300)
        if not (isinstance(state, FunctionsState) and state.adapters == ())  # as this page ticks
    ]
    written = page.evaluate(
        "(made) => made.map(({ tab, values }) => window.loraLinks.write(tab, values))",
        [in_the_browser(state) for state in made],
    )
    assert len({state.tab for state in made}) == 5
    assert [one["query"] for one in written] == [to_query(state) for state in made]
    assert [one["file"] for one in written] == [to_file(state) for state in made]
