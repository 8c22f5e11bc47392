"""What an app has started, and whether all of it is gone."""

from __future__ import annotations

import tempfile
import time
from dataclasses import dataclass
from pathlib import Path

import psutil

from lora_ui.engine.guard import TAG_VARIABLE, tagged_processes
from tests.app_process import AppProcess

LIMIT_S = 5.0
WAIT_S = 240.0


@dataclass(frozen=True)
class Traces:
    """What an app has started: processes, the tag that the engine’s carry, the scratch folder."""

    processes: tuple[psutil.Process, ...]
    tag: str
    scratch: Path

    def left(self) -> list[str]:
        """What still exists of them, and whatever else carries the tag."""
        known = {p.pid: p for p in (*self.processes, *tagged_processes(self.tag))}
        found = [f"{pid} {_command(p)[:4]}" for pid, p in known.items() if _lives(p)]
        return found + ([str(self.scratch)] if self.scratch.exists() else [])

    def assert_gone_in_time(self, since: float) -> None:
        """Nothing of it is left `LIMIT_S` after the moment `since`, and nothing comes back."""
        while (left := self.left()) and time.monotonic() < since + LIMIT_S:
            time.sleep(0.05)
        assert left == []
        time.sleep(0.5)
        assert self.left() == []


def traces_of(app: AppProcess) -> Traces:
    """Waits until the app has a guard and at least one process of the engine."""
    deadline = time.monotonic() + WAIT_S
    while time.monotonic() < deadline:
        assert app.process.poll() is None, app.output()
        children = app.descendants()
        guards = [p for p in children if "lora_ui.engine.guard" in _command(p)]
        tags = {tag for p in children if (tag := _tag(p))}
        if guards and tags:
            (guard,), (tag,) = guards, tags
            scratch = Path(guard.cmdline()[-1])
            assert scratch.parent == Path(tempfile.gettempdir())
            assert scratch.name.startswith("lora-ui-")
            return Traces(tuple(children), tag, scratch)
        time.sleep(0.02)
    raise AssertionError(f"no process of the engine:\n{app.output()}")


def _lives(process: psutil.Process) -> bool:
    try:
        return process.is_running() and process.status() != psutil.STATUS_ZOMBIE
    except psutil.Error:
        return False


def _command(process: psutil.Process) -> list[str]:
    try:
        return process.cmdline()
    except psutil.Error:
        return []


def _tag(process: psutil.Process) -> str | None:
    try:
        return process.environ().get(TAG_VARIABLE)
    except psutil.Error:
        return None
