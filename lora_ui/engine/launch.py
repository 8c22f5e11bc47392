"""From settings to a core that answers: what is found out once, and what every start does."""

from __future__ import annotations

import os
import threading
from pathlib import Path

from lora_ui.catalog.preflight import BaseFacts, Limits, read_base
from lora_ui.engine import core as vllm_core
from lora_ui.engine.base_model import locate_base_model
from lora_ui.engine.contents import Checker
from lora_ui.engine.hardware import Hardware
from lora_ui.engine.logs import EngineLog
from lora_ui.engine.meter import Meter
from lora_ui.engine.progress import StartProgress
from lora_ui.engine.protocol import Choice, EngineFacts
from lora_ui.engine.rendering import Renderer
from lora_ui.engine.roster import Roster
from lora_ui.engine.sizing import Plan, plan_engine, without_lora
from lora_ui.settings import Settings
from lora_ui.strings import word

WATCH_LOG_EVERY_S = 0.2


class Launcher:
    """Starts cores, one after the other. For the engine's thread, while no event loop runs."""

    def __init__(
        self, settings: Settings, roster: Roster, checker: Checker, log: EngineLog
    ) -> None:
        self._settings = settings
        self._roster = roster
        self._checker = checker
        self._log = log
        self._model = Path()
        self._base: BaseFacts | None = None
        self._hardware: Hardware | None = None
        self._plan: Plan | None = None
        self._version = ""
        self.renderer: Renderer | None = None

    @property
    def engine(self) -> str:
        """vLLM with its version."""
        return f"vLLM {self._version}"

    def prepare(self, progress: StartProgress) -> None:
        """Find everything and make a plan; blocks, and may raise anything."""
        settings = self._settings
        progress.enter(word("stage_adapters"))
        self._roster.fetch(settings.catalog_path.parent, progress.note)
        progress.enter(word("stage_import"))
        self._log.route()
        # a fork could deadlock; see guard, too
        os.environ["VLLM_WORKER_MULTIPROC_METHOD"] = "spawn"
        self._version = vllm_core.import_vllm()
        self._hardware = vllm_core.hardware()  # before gigabytes are fetched for nothing
        if self._hardware.kind == "cpu":
            # The model in the scheduler's own process: for a worker it would wait without a pause,
            # which takes a core from computing, through 400 MB of shared memory.
            os.environ.setdefault("VLLM_ENABLE_V1_MULTIPROCESSING", "0")
            # its threads sleep while they wait for each other, so that the page gets their core
            os.environ.setdefault("OMP_WAIT_POLICY", "PASSIVE")
        progress.enter(word("stage_model"))
        self._model, name = locate_base_model(settings, progress.note)
        self._base = read_base(self._model, name)
        self._checker.know(self._base)
        self._roster.judge(self._checker)
        engine = settings.catalog.engine
        self._plan = plan_engine(engine, settings.given, self._roster.usable(), self._hardware)

    def launch(self, progress: StartProgress, meter: Meter) -> tuple[vllm_core.Core, EngineFacts]:
        """Start a core by the plan; blocks until it answers, and may raise anything."""
        assert self._base
        assert self._plan
        assert self._hardware
        arguments = self._plan.arguments
        started_with = arguments if self._settings.lora else without_lora(arguments)
        progress.enter(word("stage_start"))
        self._log.begin()
        with _LogWatcher(self._log, progress):
            core = vllm_core.Core(self._model, self._base.name, started_with, meter)
        self.renderer = self.renderer or Renderer(self._model)
        facts = EngineFacts(
            model=self._base.name,
            device=f"{self._hardware.kind}: {self._hardware.name}",
            dtype=core.dtype,
            max_loras=arguments["max_loras"],
            max_cpu_loras=arguments["max_cpu_loras"],
            max_lora_rank=arguments["max_lora_rank"],
            max_model_len=core.max_model_len,
            target_modules=tuple(arguments["lora_target_modules"]),
            choices=(Choice("vLLM", self._version, word("installed_version")), *self._plan.choices),
        )
        if not self._checker.ready:
            limits = Limits(facts.max_lora_rank, facts.target_modules, self._version)
            self._checker.know(self._base, limits)
            self._roster.judge(self._checker)
        return core, facts


class _LogWatcher:
    """While a core starts (one blocking call), turns its log into stages."""

    def __init__(self, log: EngineLog, progress: StartProgress) -> None:
        self._log = log
        self._progress = progress
        self._done = threading.Event()
        self._thread = threading.Thread(target=self._watch, name="engine-log", daemon=True)

    def __enter__(self) -> None:
        self._thread.start()

    def __exit__(self, *_: object) -> None:
        self._done.set()
        self._thread.join()

    def _watch(self) -> None:
        while not self._done.wait(WATCH_LOG_EVERY_S):
            for stage in self._log.new_stages():
                self._progress.enter(stage)
