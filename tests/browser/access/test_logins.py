"""`--auth`: the login in a browser, from scripts, and what is refused without it."""

from __future__ import annotations

from collections.abc import Iterator

import httpx
import pytest
from gradio_client import Client
from gradio_client.exceptions import AuthenticationError
from playwright.sync_api import Page, expect

from lora_ui.hosting import Hosting
from lora_ui.memory.sampler import Sampler
from tests.access.people import ACCOUNTS, GUARDED, PASSWORDS
from tests.browser.steps import expect_state, send, text, tick
from tests.fake_engine import FakeEngine
from tests.ui.fake_page import CATALOG, FakePage, serve_engine

BEHIND = [*GUARDED, ("POST", "gradio_api/component_server")]


@pytest.fixture(scope="module")
def locked() -> Iterator[FakePage]:
    engine = FakeEngine(CATALOG, delay_s=0.01)
    hosting = Hosting(accounts=ACCOUNTS, metrics="/inside/metrics")
    served = serve_engine(engine, hosting=hosting, sampler=Sampler(engine))
    yield served
    served.demo.close()


def log_in(page: Page, user: str, password: str) -> None:
    page.get_by_label("username").fill(user)
    page.get_by_label("password").fill(password)
    page.get_by_role("button", name="Login").click()


@pytest.mark.parametrize("method_and_path", BEHIND, ids=lambda pair: pair[1])
def test_nothing_behind_the_login_answers_without_it(locked: FakePage, method_and_path):
    method, path = method_and_path
    answer = httpx.request(method, f"{locked.url}{path}")
    assert answer.status_code == 401
    assert answer.json()["detail"]["error"] == "Not authenticated"


def test_health_and_metrics_are_outside_of_it(locked: FakePage):
    assert httpx.get(f"{locked.url}healthz").json()["state"] == "ready"
    assert httpx.get(f"{locked.url}inside/metrics").headers["content-type"].startswith("text/plain")
    page = httpx.get(locked.url).text
    assert '"auth_required":true' in page
    assert "Grade-school math" not in page


def test_a_script_logs_in_too(locked: FakePage):
    with pytest.raises(AuthenticationError):
        Client(locked.url, verbose=False)
    with pytest.raises(ValueError, match="Could not login"):
        Client(locked.url, verbose=False, auth=("alice", PASSWORDS["bob"]))
    client = Client(locked.url, verbose=False, auth=("alice", PASSWORDS["alice"]))
    answer = client.predict("Hello there", ["base"], api_name="/compare")
    assert "Hello there" in answer["columns"][0]["text"]
    client.close()


def test_unknown_users_and_wrong_passwords_are_answered_alike(locked: FakePage):
    wrong = [
        {"username": user, "password": password}
        for user, password in [("alice", "no"), ("nobody", "no"), ("alice", "x" * 100)]
    ]
    answers = [httpx.post(f"{locked.url}login", data=data) for data in wrong]
    assert {(answer.status_code, answer.text) for answer in answers} == {
        (400, '{"detail":"Incorrect credentials."}')
    }


def test_a_person_logs_in_compares_and_logs_out(locked: FakePage, page: Page, watch):
    watch.forgive("status of 400")  # the browser's own word for the wrong password
    page.goto(locked.url)
    expect(page.get_by_text("the password that its operator gave you")).to_be_visible()
    log_in(page, "alice", "wrong")
    expect(page.get_by_text("Incorrect Credentials")).to_be_visible()
    log_in(page, "alice", PASSWORDS["alice"])
    expect(page.locator(".lui-empty")).to_be_visible()
    tick(page, ["Base model", "Text to SQL"])
    send(page, "knock knock")
    for title in ("Base model", "Text to SQL"):
        expect_state(page, title, "done")
        expect(text(page, title)).to_contain_text("knock knock")
    page.get_by_role("link", name="Sign out").click()
    expect(page.get_by_label("password")).to_be_visible()
