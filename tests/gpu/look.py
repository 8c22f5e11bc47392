"""What an engine on a GPU says of its memory, beside what the driver says. Needs no pytest.

`python -m tests.gpu.look OUT.json` starts the demo catalog's engine, writes what is found after the
start, lets every adapter answer, and writes what is found then. It says how far the sum of the
parts is from the driver's figure.
"""

from __future__ import annotations

import argparse
import asyncio
import dataclasses
import json
import os
import sys
import time
from pathlib import Path
from typing import Any
from uuid import uuid4

import pynvml

from lora_ui.engine.local import LocalEngine
from lora_ui.engine.observation import Observation
from lora_ui.engine.protocol import BASE, GenerationRequest
from lora_ui.sampling import FALLBACK
from lora_ui.settings import load_settings

ROOT = Path(__file__).resolve().parent.parent.parent
PROMPT = [{"role": "user", "content": "Say something about the sea."}]


def main() -> None:
    """Look twice and write it."""
    out = Path(sys.argv[1])
    before = devices()
    settings = load_settings(argparse.Namespace(catalog=str(ROOT / "adapters.yaml")), os.environ)
    engine = LocalEngine(settings)
    found: dict[str, Any] = {"before": before}
    try:
        began = time.monotonic()
        engine.start()
        asyncio.run(engine.ready())
        found["started_in_s"] = round(time.monotonic() - began, 1)
        found["choices"] = {c.key: c.value for c in engine.status().choices}
        asyncio.run(ask_all(engine, tokens=1))
        found["rested"] = look(engine, before)
        out.write_text(json.dumps(found, indent=1, default=str))
        asyncio.run(ask_all(engine, tokens=128))
        time.sleep(11)
        asyncio.run(ask_all(engine, tokens=4))  # it asks the workers anew, they are older than 10 s
        time.sleep(2)
        found["answered"] = look(engine, before)
        found["marks"] = [dataclasses.asdict(mark) for mark in engine.marks()]
        out.write_text(json.dumps(found, indent=1, default=str))
    finally:
        engine.close()
    print(json.dumps({name: found[name]["sums"] for name in ("rested", "answered")}, indent=1))


async def ask_all(engine: LocalEngine, tokens: int) -> None:
    """The base and each adapter answer at once."""
    sampling = FALLBACK.model_copy(update={"max_tokens": tokens, "temperature": 0.0})
    prompt = engine.render(PROMPT)

    async def ask(name: str) -> None:
        async for _ in engine.generate(GenerationRequest(uuid4().hex, name, prompt, sampling)):
            pass

    names = [a.adapter.name for a in engine.adapters() if a.state != "refused"]
    await asyncio.gather(*(ask(name) for name in (BASE, *names)))


def look(engine: LocalEngine, before: list[dict[str, Any]]) -> dict[str, Any]:
    """The engine's account, the driver's, and how they compare."""
    seen, now = engine.observe(), devices()
    return {
        "observation": dataclasses.asdict(seen),
        "devices": now,
        "sums": sums(seen, before, now),
    }


def sums(
    seen: Observation, before: list[dict[str, Any]], now: list[dict[str, Any]]
) -> dict[str, Any]:
    """Parts, what they come to, and the driver's figures for the same processes, in bytes.

    `driver_rise` is by how much the use of the device has risen since before the start.
    """
    memory = seen.memory
    assert memory is not None
    parts = {
        name: getattr(memory, f"{name}_bytes")
        for name in ("weights", "slots", "kv_reserved", "graphs", "context", "workspace")
    }
    total = sum(part or 0 for part in parts.values())
    own = set(seen.processes)
    used = [p["used"] for d in now for p in d["processes"] if p["pid"] in own and p["used"]]
    rise = sum(d["used"] for d in now) - sum(d["used"] for d in before)
    told: dict[str, Any] = {**parts, "sum": total, "slot": memory.slot_bytes}
    told |= {"kv_tokens": memory.kv_tokens, "driver_rise": rise, "driver_own": sum(used) or None}
    for name in ("driver_own", "driver_rise"):
        if figure := told[name]:
            told[f"{name}_rest_percent"] = round(100 * (figure - total) / figure, 3)
    return told


def devices() -> list[dict[str, Any]]:
    """Every visible device by NVML (version 2, in which "reserved" is not "used"), in bytes."""
    pynvml.nvmlInit()
    visible = os.environ.get("CUDA_VISIBLE_DEVICES", "")
    wanted = [int(index) for index in visible.split(",") if index.isdecimal()]
    found = []
    for index in wanted or range(pynvml.nvmlDeviceGetCount()):
        handle = pynvml.nvmlDeviceGetHandleByIndex(index)
        memory = pynvml.nvmlDeviceGetMemoryInfo(handle, version=pynvml.nvmlMemory_v2)
        processes = pynvml.nvmlDeviceGetComputeRunningProcesses(handle)
        found.append(
            {
                "index": index,
                "name": str(pynvml.nvmlDeviceGetName(handle)),
                "uuid": str(pynvml.nvmlDeviceGetUUID(handle)),
                "total": memory.total,
                "used": memory.used,
                "free": memory.free,
                "reserved": memory.reserved,
                "processes": [{"pid": p.pid, "used": p.usedGpuMemory} for p in processes],
            }
        )
    return found


if __name__ == "__main__":
    main()
