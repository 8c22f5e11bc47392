"""nginx and Caddy as processes of a test's own, with what docs/reverse-proxy.md says."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import time
from dataclasses import dataclass
from pathlib import Path

import httpx

from tests.app_process import ROOT, free_port

PAGE = ROOT / "docs" / "reverse-proxy.md"
START_TIMEOUT_S = 30


def snippet(language: str) -> str:
    """The block of this language on the page."""
    blocks = re.findall(rf"^```{language}\n(.*?)^```", PAGE.read_text("utf-8"), re.M | re.S)
    assert len(blocks) == 1, f"{PAGE} must have one block of {language}"
    return blocks[0]


def replaced(text: str, **changes: str) -> str:
    """`text` with each of its own words changed; one that it does not have is a mistake."""
    for old, new in changes.items():
        assert old in text, f"“{old}” is not in the snippet"
        text = text.replace(old, new)
    return text


@dataclass
class Proxy:
    """A running proxy; `url` is its root."""

    process: subprocess.Popen[bytes]
    url: str
    log: Path

    def wait(self) -> None:
        """Until it answers."""
        deadline = time.monotonic() + START_TIMEOUT_S
        while time.monotonic() < deadline:
            assert self.process.poll() is None, self.log.read_text()
            try:
                httpx.get(self.url)
                return
            except httpx.TransportError:
                time.sleep(0.05)
        raise AssertionError(f"the proxy does not answer:\n{self.log.read_text()}")

    def end(self) -> None:
        self.process.terminate()
        self.process.wait(10)


def start_nginx(folder: Path, app: str) -> Proxy:
    """nginx in front of `app`, a host with port; everything that it writes is in `folder`."""
    port = free_port()
    # a browser asks the host itself for an icon, which a real one has
    listen = f"listen 127.0.0.1:{port};\n    location = /favicon.ico {{ return 204; }}"
    server = replaced(snippet("nginx"), **{"listen 80;": listen, "127.0.0.1:7860": app})
    kinds = ("client_body", "proxy", "fastcgi", "uwsgi", "scgi")
    temporary = "".join(f"    {kind}_temp_path {folder}/{kind};\n" for kind in kinds)
    user = "user root;\n" if os.geteuid() == 0 else ""
    (folder / "nginx.conf").write_text(
        f"daemon off;\n{user}pid {folder}/pid;\nerror_log {folder}/log;\n"
        f"events {{}}\nhttp {{\n    access_log off;\n{temporary}{server}}}\n"
    )
    command = ["-p", str(folder), "-e", str(folder / "log"), "-c", str(folder / "nginx.conf")]
    return _started("nginx", command, folder, port)


def start_caddy(folder: Path, app: str) -> Proxy:
    """Caddy in front of `app`, a host with port; without HTTPS, which wants a public name."""
    port = free_port()
    site = replaced(
        snippet("caddy"), **{"example.org": f"http://127.0.0.1:{port}", "127.0.0.1:7860": app}
    )
    (folder / "Caddyfile").write_text(f"{{\n    admin off\n    grace_period 1s\n}}\n{site}")
    command = ["run", "--adapter", "caddyfile", "--config", str(folder / "Caddyfile")]
    return _started("caddy", command, folder, port)


def _started(program: str, arguments: list[str], folder: Path, port: int) -> Proxy:
    path = shutil.which(program) or shutil.which(program, path="/usr/sbin")
    assert path, f"{program} is not installed: apt-get install {program}"
    log = folder / "output"
    with log.open("wb") as output:
        process = subprocess.Popen(
            [path, *arguments],
            stdout=output,
            stderr=subprocess.STDOUT,
            env={
                **os.environ,
                "HOME": str(folder),
                "XDG_DATA_HOME": str(folder),
                "XDG_CONFIG_HOME": str(folder),
            },
        )
    proxy = Proxy(process, f"http://127.0.0.1:{port}", log)
    proxy.wait()
    return proxy
