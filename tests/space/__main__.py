"""The GPU Space, installed as the Hub installs it, then started (`make space-check`).

It fetches several GB, so it is no part of `make test`. On a machine without an NVIDIA GPU the page
must come up and say in one sentence why there is no engine; with one, the engine must get ready.
"""

from __future__ import annotations

import argparse
import os
import shutil
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import Any

import httpx
import yaml
from gradio_client import Client

from scripts import space
from tests.app_process import free_port

START_TIMEOUT_S = 1800
BESIDE = ("uvicorn>=0.14.0", "websockets>=10.4", "spaces")
"""What the Hub puts beside Gradio into the one command that installs a Space, as its logs show."""

SPACE_VARIABLES = {"SYSTEM": "spaces", "SPACE_ID": "somebody/lora-ui", "HF_HUB_OFFLINE": "1"}


def main() -> None:
    """Lay out, install, start, look; exit 1 when something is not as it should be."""
    parser = argparse.ArgumentParser(description="Install the GPU Space as the Hub does; start it.")
    parser.add_argument("--venv", type=Path, help="an environment to use (default: a new one)")
    venv: Path | None = parser.parse_args().venv
    root = Path(tempfile.mkdtemp(prefix="lora-ui-space-"))
    try:
        folder = root / "space"
        space.lay_out(space.plan("gpu"), folder)
        python = (venv or root / "venv").absolute() / "bin" / "python"
        if venv is None:
            install(folder, python)
        sys.exit(start(folder, python, root / "log.txt"))
    finally:
        shutil.rmtree(root, ignore_errors=True)


def install(folder: Path, python: Path) -> None:
    """Everything in one `pip install`, so that it resolves or fails together."""
    subprocess.run([sys.executable, "-m", "venv", python.parents[1]], check=True)
    matter = yaml.safe_load((folder / "README.md").read_text().split("---\n")[1])
    gradio = f"gradio[oauth,mcp]=={matter['sdk_version']}"
    command = [python, "-m", "pip", "install", "--no-cache-dir", "-q"]
    began = time.monotonic()
    subprocess.run([*command, "-r", folder / "requirements.txt", gradio, *BESIDE], check=True)
    size = subprocess.run(["du", "-sh", python.parents[1]], capture_output=True, text=True)
    print(f"installed in {time.monotonic() - began:.0f} s: {size.stdout.split()[0]}", flush=True)


def start(folder: Path, python: Path, log: Path) -> int:
    """Start the Space's app and tell what it says; 0 when that is right for this machine."""
    port = free_port()
    where = {"GRADIO_SERVER_NAME": "127.0.0.1", "GRADIO_SERVER_PORT": str(port)}
    kept = {k: v for k, v in os.environ.items() if not k.startswith(("LORA_UI_", "HF_"))}
    cache = {"XDG_CACHE_HOME": str(folder.parent / "cache")}
    with log.open("w") as out:
        app = subprocess.Popen(
            [python, "app.py"],
            cwd=folder,
            env=kept | SPACE_VARIABLES | where | cache,
            stdout=out,
            stderr=subprocess.STDOUT,
        )
    try:
        status = engine_status(app, f"http://127.0.0.1:{port}", log)
        health = httpx.get(f"http://127.0.0.1:{port}/healthz").status_code
    finally:
        app.terminate()
        app.wait(60)
    print(f"engine: {status['state']}, /healthz: {health}")
    if status["state"] == "ready":
        return 0 if health == 200 else 1
    print(status["error"])
    return 0 if health == 503 and "no NVIDIA GPU" in status["error"] else 1


def engine_status(app: subprocess.Popen[bytes], url: str, log: Path) -> dict[str, Any]:
    """What `/engine` says once the engine is ready or has failed."""
    began = time.monotonic()
    client: Client | None = None
    while time.monotonic() - began < START_TIMEOUT_S:
        if app.poll() is not None:
            sys.exit(f"The app ended:\n{log.read_text()}")
        try:
            if client is None:
                client = Client(url, verbose=False)
                print(f"the page answered after {time.monotonic() - began:.1f} s", flush=True)
            status = client.predict(api_name="/engine")
            if status["state"] != "loading":
                return status
        except (httpx.TransportError, ValueError):  # not yet there
            client = None
        time.sleep(0.5)
    sys.exit(f"The engine neither started nor failed:\n{log.read_text()}")


if __name__ == "__main__":
    main()
