"""The host's memory, read of real processes."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path

import psutil
import pytest

from lora_ui.engine.guard import start_guard
from lora_ui.memory.host import Container, HostMeter, HostSource, OwnProcesses
from tests.memory.observing import observed

MIB = 2**20
HOLDS = f"""
import sys, subprocess
held = b"x" * {64 * MIB}
if "parent" in sys.argv:
    child = subprocess.Popen([sys.executable, "-c", "import sys; sys.stdin.read()"])
print("holds", child.pid if "parent" in sys.argv else 0, flush=True)
sys.stdin.read()
"""


@pytest.fixture
def holding() -> Iterator[subprocess.Popen[str]]:
    """A process that holds 64 MiB, with a child."""
    with subprocess.Popen(
        [sys.executable, "-c", HOLDS, "parent"],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    ) as process:
        assert process.stdout is not None
        assert process.stdout.readline().startswith("holds")
        try:
            yield process
        finally:
            with suppress(psutil.NoSuchProcess):
                for child in psutil.Process(process.pid).children():
                    child.kill()
            process.kill()


def test_the_engines_processes_are_measured_with_their_children(holding):
    source = HostSource()
    reading = source.read(5.0, observed(processes=(holding.pid,)))
    assert (reading.time_s, reading.source, reading.problem) == (5.0, "host", None)
    assert reading.devices == ()
    host = reading.host
    assert host is not None
    alone = psutil.Process(holding.pid).memory_info().rss
    assert alone >= 64 * MIB
    assert alone + MIB < (host.rss_bytes or 0) < alone + 64 * MIB
    assert 64 * MIB <= (host.pss_bytes or 0) <= (host.rss_bytes or 0)
    assert host.pss_age_s is not None
    assert 0 < host.used_bytes < host.total_bytes


def test_the_proportional_size_is_read_seldom_and_tells_its_age(holding, monkeypatch):
    now = [100.0]
    monkeypatch.setattr("lora_ui.memory.host.time.monotonic", lambda: now[0])
    meter = HostMeter(pss=True)
    processes = (psutil.Process(holding.pid),)
    assert meter.read(processes).pss_age_s == 0.0
    now[0] += 9.0
    assert meter.read(processes).pss_age_s == 9.0
    now[0] += 2.0
    assert meter.read(processes).pss_age_s == 0.0


def test_other_processes_are_read_at_once(holding):
    meter = HostMeter(pss=True)
    first = meter.read((psutil.Process(holding.pid),)).pss_bytes
    second = meter.read((psutil.Process(),)).pss_bytes
    assert first != second


def test_a_process_that_ends_counts_as_nothing(holding):
    process = psutil.Process(holding.pid)
    for child in process.children():
        child.kill()
    holding.kill()
    holding.wait()
    host = HostMeter(pss=True).read((process,))
    assert (host.rss_bytes, host.pss_bytes) == (None, 0)


def test_without_pss_nothing_is_said_of_it(holding):
    host = HostMeter(pss=False).read((psutil.Process(holding.pid),))
    assert (host.rss_bytes or 0) >= 64 * MIB
    assert (host.pss_bytes, host.pss_age_s) == (None, None)


def test_while_the_engine_starts_its_processes_are_this_ones_children(holding):
    found = {process.pid for process in OwnProcesses().of(())}
    assert holding.pid in found
    assert os.getpid() not in found


def test_the_guard_is_not_the_engines(tmp_path, monkeypatch):
    monkeypatch.setattr("os.environ", dict(os.environ))
    started = []
    popen = subprocess.Popen
    monkeypatch.setattr(subprocess, "Popen", lambda *a, **k: started.append(popen(*a, **k)))
    start_guard(str(tmp_path / "scratch"))
    (guard,) = started
    try:
        assert guard.pid in {child.pid for child in psutil.Process().children()}
        assert guard.pid not in {process.pid for process in OwnProcesses().of(())}
    finally:
        guard.kill()
        guard.wait()


def test_newly_named_processes_are_looked_at_at_once(holding):
    own = OwnProcesses()
    own.of(())
    assert {p.pid for p in own.of((holding.pid,))} > {holding.pid}


def test_the_memory_of_a_container_is_what_it_may_use(tmp_path: Path):
    (tmp_path / "memory.max").write_text(f"{512 * MIB}\n")
    (tmp_path / "memory.current").write_text(f"{300 * MIB}\n")
    (tmp_path / "memory.stat").write_text(f"anon 5\ninactive_file {100 * MIB}\nslab 3\n")
    assert Container(tmp_path).memory() == (512 * MIB, 200 * MIB)


@pytest.mark.parametrize("limit", ["max\n", f"{2**62}\n", None])
def test_without_a_limit_it_is_the_machines(tmp_path: Path, limit: str | None):
    if limit is not None:
        (tmp_path / "memory.max").write_text(limit)
    (tmp_path / "memory.current").write_text("5\n")
    total, used = Container(tmp_path).memory()
    assert total == psutil.virtual_memory().total
    assert 0 < used < total


def test_a_system_that_tells_nothing_is_a_sentence(monkeypatch):
    def refuse() -> None:
        raise PermissionError(13, "Permission denied")

    monkeypatch.setattr("lora_ui.memory.host.psutil.virtual_memory", refuse)
    reading = HostSource().read(5.0, observed())
    assert reading.host is None
    assert "Permission denied" in (reading.problem or "")
