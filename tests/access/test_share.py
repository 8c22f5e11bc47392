"""`--share`: without a network one sentence, and the local page; with one, the address.

Gradio's servers cannot be reached by tests. Where its tunnel is to work, a script stands in the
place of its helper, `frpc`, and says what that says once the tunnel is open.
"""

from __future__ import annotations

import platform
from collections.abc import Callable, Iterator
from pathlib import Path

import httpx
import psutil
import pytest

from tests.access.people import ACCOUNTS
from tests.app_process import START_TIMEOUT_S, AppProcess
from tests.browser.steps import until

HELPER = """#!/bin/sh
echo start proxy success: http://0123456789abcdef.gradio.live
exec sleep 600
"""
NOWHERE = "127.0.0.1:9"

Start = Callable[..., AppProcess]


@pytest.fixture
def start(tmp_path: Path) -> Iterator[Start]:
    """Starts the app over the test engine; all of them end with the test."""
    started: list[AppProcess] = []

    def start(*arguments: str, **environment: str) -> AppProcess:
        log = tmp_path / f"log{len(started)}.txt"
        environment = {"HF_HOME": str(tmp_path), **environment}
        program = ("-m", "tests.access.fake_app")
        started.append(AppProcess(log, arguments, environment, program=program))
        started[-1].wait_for_page("/healthz")
        return started[-1]

    yield start
    for process in started:
        process.end()


def test_without_a_network_there_is_one_sentence_and_the_local_page(start: Start):
    proxies = dict.fromkeys(("HTTPS_PROXY", "HTTP_PROXY"), f"http://{NOWHERE}")
    app = start("--share", **proxies, NO_PROXY="127.0.0.1,localhost")
    until(lambda: "There is no share link" in app.output(), START_TIMEOUT_S)
    lines = app.output().splitlines()
    assert lines[0].startswith(f"LoRA UI runs on {app.url}/  (")
    assert lines[1].startswith("Note: whoever has the share link may use this without a login")
    assert lines[2].startswith("There is no share link, since Gradio’s tunnel could not be set up")
    assert len(lines) == 3
    assert httpx.get(app.url).status_code == 200
    app.end()
    assert app.output().splitlines()[3:] == ["Ending…"]


def test_with_a_tunnel_the_address_is_printed_and_ends_with_the_app(start: Start, tmp_path: Path):
    machine = {"x86_64": "amd64", "aarch64": "arm64"}[platform.machine()]
    helper = tmp_path / "gradio" / "frpc" / f"frpc_{platform.system().lower()}_{machine}_v0.3"
    helper.parent.mkdir(parents=True)
    helper.write_text(HELPER)
    helper.chmod(0o755)
    (user, hashed), *_ = ACCOUNTS
    app = start("--share", "--auth", f"{user}:{hashed}", GRADIO_SHARE_SERVER_ADDRESS=NOWHERE)
    until(lambda: "https://0123456789abcdef.gradio.live" in app.output(), START_TIMEOUT_S)
    assert "Note:" not in app.output()
    (tunnel,) = [p for p in app.descendants() if "sleep" in " ".join(p.cmdline())]
    app.end()
    until(lambda: not tunnel.is_running() or tunnel.status() == psutil.STATUS_ZOMBIE)


def test_an_open_address_is_pointed_out(start: Start):
    app = start("--host", "0.0.0.0")
    until(lambda: "Note: 0.0.0.0 is open to the network" in app.output(), START_TIMEOUT_S)
    assert len(app.output().splitlines()) == 2


def test_gradios_own_variable_opens_no_tunnel(start: Start):
    app = start("--root-path", "https://example.org/lora", GRADIO_SHARE="True")
    until(lambda: "shown at https://example.org/lora/" in app.output(), START_TIMEOUT_S)
    assert len(app.output().splitlines()) == 1
