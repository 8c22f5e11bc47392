"""The real app as a process of its own, as a user starts it."""

from __future__ import annotations

import os
import signal
import socket
import subprocess
import sys
import time
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import httpx
import psutil
from gradio_client import Client

ROOT = Path(__file__).resolve().parent.parent
CACHE = ROOT / ".cache"
START_TIMEOUT_S = 240


def free_port() -> int:
    """A port that nobody listens on."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


@dataclass
class AppProcess:
    """`python app.py …`, or another `program`, its output kept in `log`."""

    log: Path
    arguments: tuple[str, ...] = ()
    environment: dict[str, str] = field(default_factory=dict)
    port: int = field(default_factory=free_port)
    program: tuple[str, ...] = ("app.py",)

    def __post_init__(self) -> None:
        environment = {
            **os.environ,
            "LORA_UI_CACHE_DIR": str(CACHE),
            "LORA_UI_DTYPE": "float32",  # what tests compare must not hang on rounding
            **self.environment,
        }
        environment.pop("LORA_UI_APP_TAG", None)
        with self.log.open("w") as out:
            self.process = subprocess.Popen(
                [sys.executable, *self.program, "--port", str(self.port), *self.arguments],
                cwd=ROOT,
                env=environment,
                stdout=out,
                stderr=subprocess.STDOUT,
            )

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    def output(self) -> str:
        return self.log.read_text(errors="replace")

    def wait_for_page(self, path: str = "") -> float:
        """Seconds until the page, or what is at `path`, answers."""
        began = time.monotonic()
        while time.monotonic() - began < START_TIMEOUT_S:
            assert self.process.poll() is None, self.output()
            try:
                if httpx.get(f"{self.url}{path}").status_code == 200:
                    return time.monotonic() - began
            except httpx.TransportError:
                time.sleep(0.1)
        raise AssertionError(f"no page:\n{self.output()}")

    def wait_for_engine(self, *states: str) -> dict[str, Any]:
        """The engine's status once it is in one of `states` (default: ready)."""
        self.wait_for_page()
        client = Client(self.url, verbose=False)
        deadline = time.monotonic() + START_TIMEOUT_S
        while time.monotonic() < deadline:
            status = client.predict(api_name="/engine")
            if status["state"] in (states or ("ready",)):
                return status
            assert status["state"] == "loading", f"{status}\n{self.output()}"
            time.sleep(0.3)
        raise AssertionError(f"no engine:\n{self.output()}")

    def descendants(self) -> list[psutil.Process]:
        """Every process below the app, the guard included."""
        return psutil.Process(self.process.pid).children(recursive=True)

    def wait_for_descendants(self, at_least: int) -> list[psutil.Process]:
        deadline = time.monotonic() + START_TIMEOUT_S
        while time.monotonic() < deadline:
            found = self.descendants()
            if len(found) >= at_least:
                return found
            time.sleep(0.2)
        raise AssertionError(f"too few processes:\n{self.output()}")

    def end(self) -> None:
        """As a service manager ends it."""
        if self.process.poll() is None:
            self.process.send_signal(signal.SIGTERM)
            try:
                self.process.wait(15)
            except subprocess.TimeoutExpired:
                self.process.kill()
                self.process.wait()
