"""How long `python app.py` takes until its page answers and until its engine is ready."""

from __future__ import annotations

import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable

import httpx

from lora_ui.engine.base_model import locate_base_model
from lora_ui.errors import Problem
from lora_ui.layers import PREFIX
from lora_ui.settings import ENGINE_KEYS, Settings

LIMIT_S = 600.0


def measure_start(settings: Settings, say: Callable[[str], None]) -> list[tuple[str, str]]:
    """Start the app once, with the model in the cache, and end it."""
    from gradio_client import Client

    locate_base_model(settings, lambda _: None)
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    began = time.monotonic()
    app = subprocess.Popen(
        [sys.executable, "app.py", "--port", str(port), "--catalog", str(settings.catalog_path)],
        env={**os.environ, **_as_environment(settings)},
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
    try:
        url = f"http://127.0.0.1:{port}"
        while not _answers(url):
            _still(app, began)
        page_s = time.monotonic() - began
        say(f"page after {page_s:.1f} s")
        client = Client(url, verbose=False)
        while (status := client.predict(api_name="/engine"))["state"] != "ready":
            _still(app, began)
            if status["state"] == "failed":
                raise Problem("unexpected", detail=status["error"])
        ready_s = time.monotonic() - began
        say(f"engine after {ready_s:.1f} s")
    finally:
        app.send_signal(signal.SIGTERM)
        app.wait()
    return [
        ("page answers after", f"{page_s:.1f} s"),
        ("engine ready after another", f"{ready_s - page_s:.1f} s"),
    ]


def _as_environment(settings: Settings) -> dict[str, str]:
    values = {
        key: getattr(settings.catalog.engine, key) for key in ENGINE_KEYS if key in settings.given
    }
    texts = {k: ",".join(v) if isinstance(v, tuple) else str(v) for k, v in values.items()}
    return {PREFIX + k.upper(): v for k, v in texts.items()} | {
        f"{PREFIX}CACHE_DIR": str(settings.cache_dir)
    }


def _answers(url: str) -> bool:
    try:
        return httpx.get(url).status_code == 200
    except httpx.TransportError:
        return False


def _still(app: subprocess.Popen[bytes], began: float) -> None:
    if app.poll() is not None:
        raise Problem("unexpected", detail="app.py ended at once")
    if time.monotonic() - began > LIMIT_S:
        raise Problem("unexpected", detail=f"nothing within {LIMIT_S:.0f} s")
    time.sleep(0.2)
