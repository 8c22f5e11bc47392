"""However the app ends, nothing of its engine is left 5 seconds later."""

from __future__ import annotations

import signal
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import httpx
import pytest
from gradio_client import Client

from lora_ui.engine.guard import tagged_processes
from tests.app_process import START_TIMEOUT_S, AppProcess, free_port
from tests.engine.app_ends import LIMIT_S, traces_of

StartApp = Callable[..., AppProcess]


@pytest.fixture
def start(tmp_path: Path) -> Iterator[StartApp]:
    apps: list[AppProcess] = []

    def start_app(port: int | None = None) -> AppProcess:
        log = tmp_path / f"log-{len(apps)}.txt"
        apps.append(AppProcess(log, port=port or free_port()))
        return apps[-1]

    yield start_app
    for app in apps:
        app.end()


def test_kill_9_while_the_engine_starts(start: StartApp) -> None:
    app = start()
    traces = traces_of(app)
    app.process.kill()
    killed = time.monotonic()
    app.process.wait()
    traces.assert_gone_in_time(killed)


def test_sigterm_while_the_engine_starts(start: StartApp) -> None:
    app = start()
    traces = traces_of(app)
    app.process.send_signal(signal.SIGTERM)
    asked = time.monotonic()
    assert app.process.wait(LIMIT_S) == 0, app.output()
    traces.assert_gone_in_time(asked)
    assert "Traceback" not in app.output()


def test_a_port_in_use_is_a_sentence_and_the_app_before_it_goes_on(start: StartApp) -> None:
    """One whole start: what it says meanwhile, a second app on its port, then Ctrl-C."""
    app = start()
    app.wait_for_page()
    second = start(port=app.port)
    assert second.process.wait(60) == 1
    said = second.output().strip().splitlines()
    assert said == [f"Port {app.port} of 127.0.0.1 is already in use: choose another with --port."]
    stages = []
    client = Client(app.url, verbose=False)
    deadline = time.monotonic() + START_TIMEOUT_S
    while (status := client.predict(api_name="/engine"))["state"] == "loading":
        assert time.monotonic() < deadline, app.output()
        if status["stage"] not in stages:
            stages.append(status["stage"])
        time.sleep(0.05)
    assert status["state"] == "ready", (status, app.output())
    assert "importing vLLM" in stages
    assert {"loading weights", "warming up"} & set(stages), stages
    assert status["model"] == "HuggingFaceTB/SmolLM2-135M-Instruct"
    assert status["max_model_len"] == 2048
    assert status["max_lora_rank"] in (8, 16)
    assert status["running"] == status["waiting"] == 0
    traces = traces_of(app)
    app.process.send_signal(signal.SIGINT)
    asked = time.monotonic()
    assert app.process.wait(LIMIT_S) == 0, app.output()
    traces.assert_gone_in_time(asked)
    assert "Traceback" not in app.output()
    with pytest.raises(httpx.TransportError):
        httpx.get(app.url)


def test_kill_9_when_ready_and_busy(start: StartApp) -> None:
    app = start()
    app.wait_for_engine()
    traces = traces_of(app)
    engine = [p for p in traces.processes if p.name().startswith("VLLM::")]
    assert engine
    assert set(engine) <= set(tagged_processes(traces.tag))
    client = Client(app.url, verbose=False)
    job = client.submit("Count to a thousand.", ["base"], max_tokens=1500, api_name="/compare")
    while not client.predict(api_name="/engine")["running"]:
        assert not job.done(), job.result()
    app.process.kill()
    killed = time.monotonic()
    app.process.wait()
    traces.assert_gone_in_time(killed)
