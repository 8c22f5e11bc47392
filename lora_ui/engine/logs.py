"""The engine's log: kept in a file, read back for the stages of the start and a failure's cause.

vLLM's processes log as the file says that `VLLM_LOGGING_CONFIG_PATH` names: so one log file gets
the lines of all of them, and the console stays the app's own.
"""

from __future__ import annotations

import json
import logging
import os
import re
from pathlib import Path

STAGE_LINES: tuple[tuple[re.Pattern[str], str], ...] = (
    (re.compile(r"Initializing a V1 LLM engine"), "starting the engine’s processes"),
    (re.compile(r"Starting to load model"), "loading weights"),
    (re.compile(r"Loading weights took|Model loading took"), "preparing the model"),
    (re.compile(r"Dynamo bytecode|Compiling a graph|torch\.compile took"), "compiling"),
    (re.compile(r"Graph capturing|Capturing CUDA graph"), "capturing GPU graphs"),
    (re.compile(r"KV cache size"), "reserving the KV cache"),
)
_CAUSE = re.compile(r"\b((?:[A-Za-z_]+\.)*[A-Za-z_]*(?:Error|Exception|Interrupt)): (.+)")
_SECOND_HAND = ("Engine core initialization failed", "WorkerProc initialization failed")


class EngineLog:
    """The log file of one engine, `path`, with what has been read of it so far."""

    def __init__(self, folder: Path) -> None:
        self.path = folder / "engine.log"
        self.path.touch()
        self._config = folder / "logging.json"
        self._offset = self._began = 0

    def route(self) -> None:
        """Make vLLM log into the file. Call before vLLM is imported, in the app's process."""
        line = "%(asctime)s %(levelname)s [%(processName)s %(process)d] %(message)s"
        file_handler = {
            "class": "logging.FileHandler",
            "filename": str(self.path),
            "formatter": "line",
            "encoding": "utf-8",
        }
        config = {
            "version": 1,
            "disable_existing_loggers": False,
            "formatters": {"line": {"format": line}},
            "handlers": {"file": file_handler},
            "loggers": {"vllm": {"handlers": ["file"], "level": "INFO", "propagate": False}},
        }
        self._config.write_text(json.dumps(config))
        os.environ["VLLM_LOGGING_CONFIG_PATH"] = str(self._config)

    def begin(self) -> None:
        """Another start begins: what is in the log so far is not about it."""
        self._offset = self._began = len(self._read())

    def end(self) -> None:
        """The file goes away: what vLLM still has to say in this process is said to nobody."""
        for handler in list(logging.getLogger("vllm").handlers):
            if getattr(handler, "baseFilename", None) == str(self.path):
                logging.getLogger("vllm").removeHandler(handler)
                handler.close()

    def new_stages(self) -> list[str]:
        """The stages that lines written since the last call announce, in order."""
        fresh = self._read()[self._offset :]
        whole = fresh[: fresh.rfind(b"\n") + 1]
        self._offset += len(whole)
        lines = whole.decode("utf-8", "replace").splitlines()
        return [name for line in lines for pattern, name in STAGE_LINES if pattern.search(line)]

    def tail(self, lines: int = 40) -> tuple[str, ...]:
        """The last lines."""
        return tuple(self._read().decode("utf-8", "replace").splitlines()[-lines:])

    def cause(self) -> str | None:
        """The first exception of this start that is not merely passed on, as `Type: message`."""
        for line in self._read()[self._began :].decode("utf-8", "replace").splitlines():
            found = _CAUSE.search(line)
            if found and not any(text in line for text in _SECOND_HAND):
                return f"{found[1]}: {found[2].strip()}"
        return None

    def _read(self) -> bytes:
        try:
            return self.path.read_bytes()
        except FileNotFoundError:  # the app is ending, its folder is gone
            return b""
