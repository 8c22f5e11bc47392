"""Nothing outlives the app: a small process that waits for the app's end and clears up after it.

The engine's processes are started with an environment variable that only this app's carry, and the
kernel shows the environment that a process was started with. So once the app is gone, however it
went, whoever still carries that value is the app's and is ended. The guard sleeps in the kernel
until then (a pidfd, see pidfd_open(2)) and costs nothing.

vLLM's processes give themselves titles (setproctitle), which by default are written over what the
kernel shows of the environment; `SPT_NOENV` keeps them from it.
"""

from __future__ import annotations

import os
import select
import shutil
import subprocess
import sys
import time
from contextlib import suppress
from uuid import uuid4

import psutil

TAG_VARIABLE = "LORA_UI_APP_TAG"
_TRACKER = "multiprocessing.resource_tracker"
_SWEEPS = 5
_BETWEEN_SWEEPS_S = 0.3


def start_guard(scratch: str) -> None:
    """Watch over this process: at its end kill what carries the tag and remove folder `scratch`.

    Call it once, before the first process of the engine is started.
    """
    tag = uuid4().hex
    untagged = {k: v for k, v in os.environ.items() if k != TAG_VARIABLE}
    subprocess.Popen(
        [sys.executable, "-m", "lora_ui.engine.guard", str(os.getpid()), tag, scratch],
        env=untagged,
        stdin=subprocess.DEVNULL,
        start_new_session=True,  # a Ctrl-C in the terminal is for the app, not for its guard
    )
    os.environ[TAG_VARIABLE] = tag
    os.environ["SPT_NOENV"] = "1"
    # that a killed process left shared memory behind is expected; Python clears it away and tells
    hushed = "ignore:resource_tracker:UserWarning"
    os.environ["PYTHONWARNINGS"] = ",".join(filter(None, [os.getenv("PYTHONWARNINGS"), hushed]))


def tagged_processes(tag: str) -> list[psutil.Process]:
    """The living processes that were started with this tag."""
    found = []
    for process in psutil.process_iter():
        try:
            if (
                process.environ().get(TAG_VARIABLE) == tag
                and process.status() != psutil.STATUS_ZOMBIE
            ):
                found.append(process)
        except psutil.Error:
            continue  # gone meanwhile, or another user's
    return found


def end_processes(tag: str, *, tracker: bool = False) -> None:
    """Kill whatever carries the tag, Python's resource tracker only when `tracker` is true.

    The tracker ends by itself once nobody uses it, and then removes what killed processes leave in
    shared memory.
    """
    for process in tagged_processes(tag):
        with suppress(psutil.Error):  # gone meanwhile
            if tracker or _TRACKER not in " ".join(process.cmdline()):
                process.kill()


def _wait_for_end(pid: int) -> None:
    try:
        handle = os.pidfd_open(pid)
    except ProcessLookupError:
        return
    select.select([handle], [], [])


def main() -> None:
    """Command line: `python -m lora_ui.engine.guard APP_PID TAG SCRATCH`; started by the app."""
    pid, tag, scratch = sys.argv[1:]
    _wait_for_end(int(pid))
    for sweep in range(1, _SWEEPS + 1):  # a dying process may just have started another
        end_processes(tag, tracker=sweep == _SWEEPS)
        time.sleep(_BETWEEN_SWEEPS_S)
    shutil.rmtree(scratch, ignore_errors=True)


if __name__ == "__main__":
    main()
