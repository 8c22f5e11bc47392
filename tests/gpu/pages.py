"""The app on a GPU, asked over its endpoints: `python -m tests.gpu.pages OUT.json`."""

from __future__ import annotations

import json
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import httpx
from gradio_client import Client

PORT = 7871
URL = f"http://127.0.0.1:{PORT}"
FUNCTION = {
    "name": "get_weather",
    "description": "Get the current weather in a city",
    "parameters": {
        "type": "object",
        "properties": {"city": {"type": "string"}},
        "required": ["city"],
    },
}


def main() -> None:
    """Start the app, ask it three things, write what it says."""
    out = Path(sys.argv[1])
    app = subprocess.Popen([sys.executable, "app.py", "--port", str(PORT)])
    found: dict[str, Any] = {}
    try:
        wait(app)
        client = Client(URL, verbose=False)
        found["memory"] = client.predict(api_name="/memory")
        out.write_text(json.dumps(found, indent=1))
        names = ["base", "text2sql", "math", "function"]
        question = "Is it raining in Lisbon right now?"
        found["compare"] = client.predict(
            prompt=question, adapters=names, temperature=0.0, max_tokens=48, api_name="/compare"
        )
        found["call_functions"] = client.predict(
            message=question,
            functions_json=json.dumps([FUNCTION]),
            adapters=["base", "function"],
            constrained=True,
            api_name="/call_functions",
        )
        found["memory_after"] = client.predict(api_name="/memory")
        out.write_text(json.dumps(found, indent=1))
    finally:
        app.terminate()
        app.wait(20)


def wait(app: subprocess.Popen[bytes], limit_s: float = 280) -> None:
    """Until the engine serves."""
    until = time.monotonic() + limit_s
    while time.monotonic() < until and app.poll() is None:
        try:
            if httpx.get(f"{URL}/healthz", timeout=5).status_code == 200:
                return
        except httpx.HTTPError:
            pass
        time.sleep(1)
    raise SystemExit("the app did not get ready")


if __name__ == "__main__":
    main()
