"""An engine core that is killed or stands still: everybody is told, and it starts again by itself.

One app for the whole module, so the order counts: each test leaves it with an engine that is ready,
the last one ends it.
"""

from __future__ import annotations

import os
import signal
import time
from collections.abc import Iterator
from typing import Any

import psutil
import pytest
from gradio_client import Client
from gradio_client.client import Job

from tests.app_process import START_TIMEOUT_S, AppProcess

DEMOS = ["text2sql", "math", "function"]
BUSY = ["base", "text2sql", "function"]
REQUESTS = 20
LONG = 400
DIED = "The engine died while this was running or waiting"
STOOD_STILL = "The engine stood still for"
NOISE = ("Traceback", "was destroyed", "never retrieved", "never awaited")


@pytest.fixture(scope="module")
def app(tmp_path_factory: pytest.TempPathFactory) -> Iterator[AppProcess]:
    process = AppProcess(tmp_path_factory.mktemp("restart") / "log.txt")
    try:
        process.wait_for_engine()
        yield process
    finally:
        process.end()


@pytest.fixture(scope="module")
def client(app: AppProcess) -> Client:
    return Client(app.url, verbose=False)


@pytest.fixture(scope="module")
def known(client: Client) -> dict[str, str]:
    """What base and adapters answer to question 0 on the first engine."""
    return {name: result(submit(client, name, 0))["text"] for name in ["base", *DEMOS]}


def submit(client: Client, name: str, number: int, tokens: int = 24) -> Job:
    prompt = f"Question {number}: tell me a long story about the number {number}."
    return client.submit(prompt, [name], temperature=0.0, max_tokens=tokens, api_name="/compare")


def result(job: Job) -> dict[str, Any]:
    (column,) = job.result(timeout=START_TIMEOUT_S)["columns"]
    return column


def core_of(app: AppProcess) -> psutil.Process:
    (core,) = [p for p in app.descendants() if p.name().startswith("VLLM::Engine")]
    return core


def wait_for(client: Client, **wanted: Any) -> dict[str, Any]:
    """The engine's status once its fields are as wanted, `running` at least."""
    deadline = time.monotonic() + START_TIMEOUT_S
    while True:
        status = client.predict(api_name="/engine")
        running = wanted.get("running", 0)
        others = {key: value for key, value in wanted.items() if key != "running"}
        if status["running"] >= running and others.items() <= status.items():
            return status
        assert time.monotonic() < deadline, status
        time.sleep(0.05)


def adapters(client: Client) -> dict[str, dict[str, Any]]:
    return {adapter["name"]: adapter for adapter in client.predict(api_name="/adapters")}


def test_kill_9_under_twenty_requests(
    app: AppProcess, client: Client, known: dict[str, str]
) -> None:
    whole = {name: result(submit(client, name, 7, LONG))["text"] for name in BUSY}
    asked = [BUSY[number % len(BUSY)] for number in range(REQUESTS)]
    jobs = [submit(client, name, 7, LONG) for name in asked]
    wait_for(client, running=4)
    core = core_of(app)
    core.kill()
    columns = [result(job) for job in jobs]
    for name, column in zip(asked, columns, strict=True):
        assert column["adapter"] == name
        if column["error"] is None:
            assert column["text"] == whole[name]
        else:
            assert column["error"].startswith(DIED)
            assert whole[name].startswith(column["text"].rstrip("\ufffd"))
    assert any(column["error"] for column in columns)
    assert wait_for(client, state="loading")["error"] is None
    meanwhile = submit(client, "base", 0)
    app.wait_for_engine()
    assert result(meanwhile)["text"] == known["base"]
    assert not core.is_running()
    assert core_of(app).pid != core.pid
    assert {a["state"] for a in adapters(client).values()} == {"slot"}
    assert {n: result(submit(client, n, 0))["text"] for n in ["base", *DEMOS]} == known


def test_a_core_that_stands_still_under_requests(
    app: AppProcess, client: Client, known: dict[str, str]
) -> None:
    core = core_of(app)
    runs = submit(client, "base", 9, 1500)
    wait_for(client, running=1)
    os.kill(core.pid, signal.SIGSTOP)
    columns = [result(job) for job in (submit(client, "math", 9), runs)]
    assert [column["adapter"] for column in columns] == ["math", "base"]
    for column in columns:
        assert column["error"].startswith(STOOD_STILL)
        assert "being started again" in column["error"]
    app.wait_for_engine()
    assert not core.is_running()
    for name in ("base", "math"):
        assert result(submit(client, name, 0))["text"] == known[name]


def test_what_was_in_flight_at_two_deaths_is_kept_out(
    app: AppProcess, client: Client, known: dict[str, str]
) -> None:
    core = core_of(app)
    os.kill(core.pid, signal.SIGSTOP)  # so that it is there, whatever the time it takes
    stuck = submit(client, "math", 9)
    wait_for(client, running=1)
    core.kill()
    assert result(stuck)["error"].startswith(DIED)
    app.wait_for_engine()
    column = result(submit(client, "math", 0))
    assert column["error"].startswith("“math” was running 2 times when the engine died")
    found = adapters(client)
    assert found["math"]["state"] == found["math"]["verdict"] == "refused"
    for name in ("base", "text2sql", "function"):
        assert result(submit(client, name, 0))["text"] == known[name]


def test_an_idle_core_that_dies_is_noticed_and_the_app_can_end_meanwhile(
    app: AppProcess, client: Client
) -> None:
    core_of(app).kill()
    status = wait_for(client, state="loading")  # though nobody asks anything of it
    assert (status["running"], status["error"]) == (0, None)
    app.process.send_signal(signal.SIGTERM)
    assert app.process.wait(15) == 0, app.output()
    said = app.output()
    assert [noise for noise in NOISE if noise in said] == [], said
