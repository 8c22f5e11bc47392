"""One engine of the experiment: started in a process of its own, read at rest, and ended.

`measure_engine` is for the experiment's process. It starts `python -m lora_ui.memory.engine_once`,
which reads its job from standard input and ends its engine as soon as that is closed: so nothing
stays behind, however the experiment ends.
"""

from __future__ import annotations

import asyncio
import dataclasses
import json
import os
import pickle
import signal
import subprocess
import sys
import threading
import time
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any
from uuid import uuid4

from lora_ui.engine.observation import ENGINE_PARTS
from lora_ui.errors import Problem
from lora_ui.settings import Settings

if TYPE_CHECKING:
    from lora_ui.engine.protocol import Engine
    from lora_ui.memory.sampler import Sample, Sampler

MODULE = "lora_ui.memory.engine_once"
REST_S = 3.0
"""So long nothing may have changed before memory counts as at rest."""
REST_BYTES = 1024**2
MOST_WAIT_S = 60.0
END_S = 20.0
LOOK_S = 0.25
PROMPT = "Say something about the sea."
WARM_TOKENS = 8


@dataclass(frozen=True)
class EngineFigures:
    """One engine at rest. Sizes in bytes, None where a figure is not known.

    `bytes` is what its processes take; `source` says by whose account: "nvml" (the driver's, per
    process), "nvml_difference" (the device's use against that before the start, where processes are
    hidden) or "pss" (the host's, shared pages divided among those who share them).
    """

    bytes: int | None
    source: str
    device: str | None
    total_bytes: int | None
    dtype: str | None
    engine: str | None
    started_in_s: float
    weights_bytes: int | None
    slots_bytes: int | None
    slot_bytes: int | None
    kv_reserved_bytes: int | None
    kv_tokens: int | None
    graphs_bytes: int | None
    context_bytes: int | None
    workspace_bytes: int | None

    @property
    def parts_bytes(self) -> int:
        """The sum of all parts that are known."""
        return sum(getattr(self, part) or 0 for part in ENGINE_PARTS)


def measure_engine(settings: Settings, label: str, log: Path) -> EngineFigures:
    """Start the engine, read it, end it; a `Problem` with its sentence when it cannot start.

    What its process prints goes to `log`. Interrupted, it ends the process first.
    """
    result = log.with_suffix(".json")
    with log.open("wb") as printed:
        process = subprocess.Popen(
            [sys.executable, "-m", MODULE, str(result)],
            stdin=subprocess.PIPE,
            stdout=printed,
            stderr=subprocess.STDOUT,
            start_new_session=True,  # a Ctrl-C in the terminal is for the experiment
        )
        try:
            with suppress(BrokenPipeError):
                assert process.stdin
                process.stdin.write(pickle.dumps(settings))
                process.stdin.flush()
            process.wait()
        finally:
            _end(process)
    told: dict[str, Any] = (
        json.loads(result.read_text()) if result.exists() else {"error": "It ended at once."}
    )
    if "error" in told:
        raise Problem("measure_engine", label=label, detail=told["error"], log=log)
    return EngineFigures(**told)


def _end(process: subprocess.Popen[bytes]) -> None:
    """Close its input, which tells it to end; the engine's own guard clears up after a kill."""
    with suppress(BrokenPipeError, OSError):
        assert process.stdin
        process.stdin.close()
    try:
        process.wait(END_S)
    except subprocess.TimeoutExpired:
        process.kill()
        process.wait()


def run(settings: Settings) -> EngineFigures:
    """In the engine's own process: start it, bring it to rest and read it."""
    from lora_ui.engine.start import make_engine
    from lora_ui.memory.sampler import Sampler

    began = time.monotonic()
    engine = make_engine(settings)
    sampler = Sampler(engine)
    try:
        sampler.start()
        before = _wait_for_sample(sampler)
        engine.start()
        asyncio.run(_warm_up(engine, [adapter.name for adapter in settings.catalog.adapters]))
        started_in_s = time.monotonic() - began
        _wait_until_tried(engine)
        return _figures(engine, before, _at_rest(sampler), started_in_s)
    except Problem:
        print(*engine.status().log_tail, sep="\n", flush=True)  # into the log that is named
        raise
    finally:
        sampler.stop()
        engine.close()


async def _warm_up(engine: Engine, adapters: list[str]) -> None:
    """A few tokens of the base and of each adapter, all in one batch."""
    from lora_ui.engine.protocol import BASE, GenerationRequest
    from lora_ui.sampling import FALLBACK

    await engine.ready()
    sampling = FALLBACK.model_copy(update={"max_tokens": WARM_TOKENS, "temperature": 0.0})
    prompt = engine.render([{"role": "user", "content": PROMPT}])

    async def ask(name: str) -> None:
        async for _ in engine.generate(GenerationRequest(uuid4().hex, name, prompt, sampling)):
            pass

    await asyncio.gather(*(ask(name) for name in (BASE, *adapters)))


def _wait_until_tried(engine: Engine) -> None:
    """The engine still tries out whether its adapters change anything."""
    until = time.monotonic() + MOST_WAIT_S
    while any(a.state == "slot" and a.has_effect is None for a in engine.adapters()):
        if time.monotonic() > until:
            return
        time.sleep(LOOK_S)


def _wait_for_sample(sampler: Sampler) -> Sample | None:
    until = time.monotonic() + MOST_WAIT_S
    while (sample := sampler.latest()) is None and time.monotonic() < until:
        time.sleep(LOOK_S)
    return sample


def _at_rest(sampler: Sampler) -> Sample | None:
    """The first sample after `REST_S` without a change; the last one, when it never rests.

    It also waits for the engine's own account, and on a CPU for a reading of the shares (PSS) that
    is younger than the rest.
    """
    until = time.monotonic() + MOST_WAIT_S
    steady: Sample | None = None
    while time.monotonic() < until:
        time.sleep(LOOK_S)
        sample = sampler.latest()
        if sample is None:
            continue
        if steady is None or abs(_moving(sample) - _moving(steady)) > REST_BYTES:
            steady = sample
        elif sample.time_s - steady.time_s >= REST_S and _is_complete(sample, steady.time_s):
            return sample
    return sampler.latest()


def _moving(sample: Sample) -> int:
    reading = sample.reading
    if reading.devices:
        return sum(device.used_bytes or 0 for device in reading.devices)
    return (reading.host.rss_bytes or 0) if reading.host else 0


def _is_complete(sample: Sample, since_s: float) -> bool:
    """Whether parts and shares are there, the shares read after `since_s`."""
    host = sample.reading.host
    if sample.observation.memory is None:
        return False
    if sample.reading.source == "nvml" or host is None:
        return True
    return host.pss_age_s is not None and sample.time_s - host.pss_age_s >= since_s


def _figures(
    engine: Engine, before: Sample | None, sample: Sample | None, started_in_s: float
) -> EngineFigures:
    status = engine.status()
    memory = sample.observation.memory if sample else None
    taken, source = _taken(before, sample)
    devices = sample.reading.devices if sample else ()
    version = next((c.value for c in status.choices if c.key == "vLLM"), None)
    parts = (*ENGINE_PARTS, "slot_bytes", "kv_tokens")
    return EngineFigures(
        bytes=taken,
        source=source,
        device=status.device,
        total_bytes=devices[0].total_bytes if devices else None,
        dtype=status.dtype,
        engine=version,
        started_in_s=round(started_in_s, 1),
        **{name: getattr(memory, name, None) for name in parts},
    )


def _taken(before: Sample | None, sample: Sample | None) -> tuple[int | None, str]:
    """What the engine's processes take, and by whose account."""
    if sample is None:
        return None, "unknown"
    reading = sample.reading
    if reading.source == "host":
        return (reading.host.pss_bytes if reading.host else None), "pss"
    own = [d for d in reading.devices if d.own_bytes is not None]
    if own and all(d.attribution == "driver" for d in own):
        return sum(d.own_bytes or 0 for d in own), "nvml"
    # the list of processes is hidden, so what counts is by how much the use of its devices rose
    at_first = {d.index: d.used_bytes for d in before.reading.devices} if before else {}
    rises = [
        d.used_bytes - first
        for d in own
        if d.used_bytes is not None and (first := at_first.get(d.index)) is not None
    ]
    if not own or len(rises) != len(own):
        return None, "unknown"
    return sum(rises), "nvml_difference"


def main() -> None:
    """Read the job, run it, write its figures or what went wrong as JSON to the path given."""
    result = Path(sys.argv[1])
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))
    settings: Settings = pickle.load(sys.stdin.buffer)
    threading.Thread(target=_end_with_input, name="input", daemon=True).start()
    told: dict[str, Any]
    try:
        told = dataclasses.asdict(run(settings))
    except Problem as problem:
        told = {"error": problem.message}
    whole = result.with_suffix(".writing")
    whole.write_text(json.dumps(told))
    whole.replace(result)


def _end_with_input() -> None:
    """Once the experiment closes our input, or is gone, end in the orderly way."""
    while os.read(sys.stdin.fileno(), 1024):  # not sys.stdin's: its lock would outlive the thread
        pass
    os.kill(os.getpid(), signal.SIGTERM)


if __name__ == "__main__":
    main()
