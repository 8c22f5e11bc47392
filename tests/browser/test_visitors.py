"""Several visitors, leaving, and output that means harm."""

from __future__ import annotations

from collections.abc import Callable

from playwright.sync_api import Page, expect

from tests.browser.conftest import LEFT_WITH_A_RUN, Watch
from tests.browser.steps import FOUR, LONG, column, expect_state, send, text, tick, until, visit
from tests.ui.fake_page import FakePage

HOSTILE = (
    "<img src=x onerror=window.pwned=1> <script>window.pwned=2</script> "
    "![picture](http://example.invalid/a.png) [link](javascript:alert(1)) **bold** "
    "${window.pwned=3} {{constructor}} \u0000\u001b[31m\u202e " + "x" * 400
)


def test_two_visitors_do_not_see_each_other(new_page: Callable[..., Page], fake: FakePage):
    first, second = new_page(), new_page()
    visit(first, fake.url)
    visit(second, fake.url)
    tick(first, FOUR[:2])
    tick(second, ["Base model"])
    first.get_by_role("button", name="Sampling").click()
    first.locator("#field-temperature :is(input, textarea)").fill("1.5")
    fake.engine.requests.clear()
    send(first, LONG + "first")
    send(second, LONG + "second")
    expect_state(first, "Base model", "running")
    expect_state(second, "Base model", "running")
    expect_state(first, "Base model", "done")
    expect_state(second, "Base model", "done")
    expect(text(second, "Base model")).to_contain_text("second")
    expect(second.locator(".lui-column")).to_have_count(1)
    temperatures = {r.prompt.text.split()[-1]: r.sampling.temperature for r in fake.engine.requests}
    assert temperatures == {"first": 1.5, "second": 0.0}


def test_closing_the_tab_ends_its_work(new_page: Callable[..., Page], fake: FakePage):
    page = new_page()
    visit(page, fake.url)
    tick(page)
    send(page, LONG)
    for title in FOUR:
        expect_state(page, title, "running")
    assert fake.engine.running == 4
    page.close()
    took = until(lambda: fake.engine.running == 0, 5)
    print(f"closing the tab ended the engine's work after {took:.2f} s")


def test_leaving_by_reload_ends_its_work(page: Page, fake: FakePage, watch: Watch):
    watch.forgive(*LEFT_WITH_A_RUN)
    visit(page, fake.url)
    tick(page)
    send(page, LONG)
    expect_state(page, "Base model", "running")
    page.reload()
    until(lambda: fake.engine.running == 0, 5)
    expect(page.locator(".lui-empty")).to_be_visible()


def test_hostile_output_stays_text(page: Page, fake_url: str):
    visit(page, fake_url)
    tick(page, FOUR[:2])
    send(page, HOSTILE)
    expect_state(page, "Base model", "done")
    expect(text(page, "Base model")).to_contain_text("<img src=x onerror=window.pwned=1>")
    expect(text(page, "Base model")).to_contain_text("![picture](http://example.invalid/a.png)")
    column(page, "Text to SQL").get_by_label("Diff against").select_option("Base model")
    expect(text(page, "Text to SQL").locator("ins")).to_have_count(1)
    column(page, "Base model").get_by_text("Prompt ·").click()
    assert page.evaluate("window.pwned") is None
    assert page.locator("#board :is(img, script, a, iframe)").count() == 0
    box = text(page, "Base model")
    assert box.evaluate("node => node.scrollWidth <= node.clientWidth")


def test_lone_surrogates_do_no_harm(page: Page, fake_url: str):
    visit(page, fake_url)
    tick(page, ["Base model"])
    page.evaluate(
        """() => {
          const area = document.querySelector('#prompt textarea');
          area.value = 'half \\ud83d of a pair';
          area.dispatchEvent(new Event('input', {bubbles: true}));
        }"""
    )
    page.locator("#run").click()
    expect_state(page, "Base model", "done")
    expect(text(page, "Base model")).to_contain_text("of a pair")
