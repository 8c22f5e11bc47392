"""The CPU Space: its folder is built as the Dockerfile says, and the app in it answers.

The one test here installs everything anew and starts the engine: it takes minutes.
"""

from __future__ import annotations

import json
import re
import shutil
import subprocess
import time
from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest
from gradio_client import Client

from scripts import space
from tests.app_process import START_TIMEOUT_S, free_port
from tests.space.dockerfile import Build, Step, read

LIBRARIES = {"libnuma.so.1": "libnuma1"}
"""Libraries that vLLM is linked against, and Debian's package with each."""

COMPILER = "g++"
"""PyTorch compiles with it at the first answer; without one the engine dies there."""

IN_THE_IMAGE = re.compile(
    r"linux-vdso|ld-linux|lib(c|m|dl|rt|pthread|util|gcc_s|stdc\+\+|z|crypt)\.so"
)
"""What `python:3.11-slim` has of its own."""

_LINKED = re.compile(r"^\s*(\S+) => (?:/\S+|not found)", re.MULTILINE)


@pytest.fixture(scope="module")
def build(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Build]:
    root = tmp_path_factory.mktemp("docker")
    space.lay_out(space.plan("cpu"), root / "context")
    yield Build(root / "context", root / "image")
    shutil.rmtree(root)  # gigabytes


@pytest.mark.timeout(2400)
def test_the_steps_of_the_dockerfile_make_an_app_that_answers(build: Build) -> None:
    steps = read(build.context / "Dockerfile")
    build.carry_out(steps)
    assert [line.split()[0] for line in build.done] == ["pip", "python"]
    assert (build.home / ".cache/lora-ui/models/SmolLM2-135M-Instruct/complete.json").is_file()

    libraries = foreign_libraries(build.home / ".local")
    assert libraries == set(LIBRARIES), "what vLLM needs of the system has changed"
    assert packages(steps) == {COMPILER, *LIBRARIES.values()}

    port = free_port()
    build.environment |= {"LORA_UI_PORT": str(port), "LORA_UI_HOST": "127.0.0.1"}
    command = json.loads(only(steps, "CMD").rest)
    with (build.root / "log.txt").open("w") as log:
        process = subprocess.Popen(
            command, cwd=build.folder, env=build.environment, stdout=log, stderr=subprocess.STDOUT
        )
    try:
        assert_answers(build, f"http://127.0.0.1:{port}", process)
        health = build.shell(only(steps, "HEALTHCHECK").rest.partition("CMD ")[2])
        assert health.returncode == 0, health.stdout
    finally:
        process.terminate()
        process.wait(30)
    assert process.returncode == 0


def assert_answers(build: Build, url: str, process: subprocess.Popen[bytes]) -> None:
    """One comparison, once the page is there; the call itself waits for the engine."""
    log = build.root / "log.txt"
    deadline = time.monotonic() + START_TIMEOUT_S
    while not is_there(url):
        assert process.poll() is None, log.read_text()
        assert time.monotonic() < deadline, log.read_text()
        time.sleep(0.3)
    result = Client(url, verbose=False).predict(
        "What is 2 + 3?", ["base", "math"], max_tokens=16, api_name="/compare"
    )
    assert [column["error"] for column in result["columns"]] == [None, None], log.read_text()
    assert all(column["text"] for column in result["columns"])


def is_there(url: str) -> bool:
    try:
        return httpx.get(url).status_code == 200
    except httpx.TransportError:
        return False


def foreign_libraries(folder: Path) -> set[str]:
    """What vLLM's libraries want that neither the packages below `folder` nor the image bring."""
    wanted: set[str] = set()
    brought = {path.name for path in folder.rglob("*.so*")}
    for path in folder.glob("lib/python3.11/site-packages/vllm/*.so"):
        said = subprocess.run(["ldd", path], capture_output=True, text=True, check=False).stdout
        wanted |= set(_LINKED.findall(said))
    return {name for name in wanted - brought if not IN_THE_IMAGE.match(name)}


def packages(steps: list[Step]) -> set[str]:
    """Debian's packages that the image installs."""
    (line,) = (s.rest for s in steps if "apt-get install" in s.rest)
    words = line.partition("apt-get install")[2].partition("&&")[0].split()
    return {word for word in words if not word.startswith("-")}


def only(steps: list[Step], word: str) -> Step:
    (step,) = (step for step in steps if step.word == word)
    return step


def test_the_image_runs_as_the_user_of_a_space() -> None:
    steps = read(space.ROOT / "Dockerfile")
    made = next(s for s in steps if "useradd" in s.rest)
    assert made.user == "root"
    assert "-u 1000 user" in made.rest
    after = steps[steps.index(made) + 1 :]
    assert {step.user for step in after} == {"user"}
    assert all("--chown=user" in s.rest for s in steps if s.word == "COPY")
