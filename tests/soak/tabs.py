"""What open pages cost the server: `python -m tests.soak.tabs [--real] [--tabs 50]`.

Clients poll as so many open Memory tabs do, once a second each. Compared with the same time without
them: the CPU time of the sampler's thread, of the engine's processes, and of this process. Ticks
are timed in the server and their answers weighed. `--real` starts the catalog's engine; without it
the test engine stands behind the page, and nothing is said of the engine's load.
"""

from __future__ import annotations

import argparse
import json
import statistics
import threading
import time
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import httpx
import psutil

from lora_ui.memory.sampler import Sampler
from lora_ui.ui.memory_view import MemoryView

TICK_S = 1.0


@dataclass
class Costs:
    """CPU seconds so far, by whose they are."""

    sampler_s: float
    engine_s: float
    app_s: float

    def since(self, before: Costs, wall_s: float) -> dict[str, float]:
        """Percent of one core between the two."""
        return {
            name: round(
                100 * (getattr(self, f"{name}_s") - getattr(before, f"{name}_s")) / wall_s, 3
            )
            for name in ("sampler", "engine", "app")
        }


@dataclass
class Polled:
    """What the clients saw: answers' sizes, and times from question to answer."""

    sizes: list[int] = field(default_factory=list)
    seconds: list[float] = field(default_factory=list)
    faults: list[str] = field(default_factory=list)


def main() -> None:
    """Measure without and with open pages, in turns, and print JSON."""
    arguments = _arguments()
    behind = _real() if arguments.real else _fake()
    try:
        result = _measure(behind, arguments.tabs, arguments.seconds, arguments.rounds)
    finally:
        behind.end()
    print(json.dumps(result, indent=2))


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--tabs", type=int, default=50)
    parser.add_argument("--seconds", type=float, default=20.0, help="of each turn")
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--real", action="store_true", help="the catalog's engine")
    return parser.parse_args()


@dataclass
class Behind:
    """A served page and what is behind it."""

    demo: Any
    url: str
    engine: Any
    sampler: Sampler
    adapters: int

    def end(self) -> None:
        self.sampler.stop()
        self.engine.close()
        self.demo.close(verbose=False)


def _fake() -> Behind:
    from tests.ui.memory_page import serve_memory

    page = serve_memory()
    engine = page.engine
    return Behind(page.served.demo, page.url, engine, page.sampler, len(engine.catalog.adapters))


def _real() -> Behind:
    from lora_ui.engine.start import make_engine
    from lora_ui.hosting import add_server_arguments
    from lora_ui.settings import add_arguments, load_settings
    from lora_ui.ui.page import build_page, launch_options
    from lora_ui.ui.services import Services

    parser = argparse.ArgumentParser()
    add_server_arguments(parser)
    add_arguments(parser)
    settings = load_settings(parser.parse_args([]))
    engine = make_engine(settings)
    sampler = Sampler(engine)
    services = Services(engine, settings.catalog, sampler=sampler)
    demo = build_page(services)
    _, url, _ = demo.launch(prevent_thread_lock=True, quiet=True, **launch_options(services))
    engine.start()
    sampler.start()
    while engine.status().state == "loading":
        time.sleep(0.5)
    return Behind(demo, url, engine, sampler, len(settings.catalog.adapters))


def _measure(behind: Behind, tabs: int, seconds: float, rounds: int) -> dict[str, Any]:
    polled = Polled()
    turns: dict[str, list[dict[str, float]]] = {"none": [], "tabs": []}
    time.sleep(3)
    for _ in range(rounds):
        turns["none"].append(_turn(behind, 0, seconds, Polled()))
        turns["tabs"].append(_turn(behind, tabs, seconds, polled))
    means = {
        key: {name: statistics.mean(turn[name] for turn in turn_list) for name in turn_list[0]}
        for key, turn_list in turns.items()
    }
    return {
        "tabs": tabs,
        "percent_of_a_core": means,
        "turns": turns,
        "ticks": len(polled.sizes),
        "tick_bytes": _spread(polled.sizes),
        "answer_ms": _spread([1000 * one for one in polled.seconds]),
        "tick_ms_on_the_server": _spread(_ticks_ms(behind)),
        "faults": polled.faults[:5],
    }


def _spread(values: list[Any]) -> dict[str, float]:
    ordered = sorted(values) or [0]
    return {
        "median": round(statistics.median(ordered), 3),
        "p95": round(ordered[int(0.95 * (len(ordered) - 1))], 3),
        "most": round(ordered[-1], 3),
    }


def _ticks_ms(behind: Behind) -> list[float]:
    """CPU milliseconds of a tick with two new points, JSON included."""
    view = MemoryView(behind.engine, behind.sampler, behind.adapters)
    found = []
    for _ in range(200):
        latest = behind.sampler.latest()
        asked = {"after": latest.number - 2 if latest else 0, "mark": 0}
        began = time.thread_time()
        json.dumps(view.tick(asked))
        found.append(1000 * (time.thread_time() - began))
    return found


def _turn(behind: Behind, tabs: int, seconds: float, polled: Polled) -> dict[str, float]:
    ended = threading.Event()
    threads = [
        threading.Thread(target=_poll, args=(behind, place / max(tabs, 1), ended, polled))
        for place in range(tabs)
    ]
    for thread in threads:
        thread.start()
    time.sleep(2.0)
    before, began = _costs(behind), time.monotonic()
    time.sleep(seconds)
    found = _costs(behind).since(before, time.monotonic() - began)
    ended.set()
    for thread in threads:
        thread.join()
    return found


def _poll(behind: Behind, offset_s: float, ended: threading.Event, polled: Polled) -> None:
    """One open page: a tick a second, from the sample that it has last."""
    component = next(
        key for key, block in behind.demo.blocks.items() if getattr(block, "elem_id", "") == "strip"
    )
    latest = behind.sampler.latest()
    after = latest.number if latest else 0
    ended.wait(offset_s)
    with httpx.Client(base_url=behind.url, timeout=10) as client:
        while not ended.wait(TICK_S):
            question = {
                "data": {"after": after, "mark": 0},
                "fn_name": "tick",
                "component_id": component,
                "session_hash": f"soak{offset_s:.3f}",
            }
            began = time.monotonic()
            answer = client.post("gradio_api/component_server", json=question)
            polled.seconds.append(time.monotonic() - began)
            polled.sizes.append(len(answer.content))
            if answer.status_code != 200:
                polled.faults.append(answer.text[:200])
                continue
            after = answer.json().get("number") or after


def _costs(behind: Behind) -> Costs:
    (sampler,) = (one for one in threading.enumerate() if one.name == "memory")
    schedule = Path(f"/proc/self/task/{sampler.native_id}/schedstat").read_text(encoding="ascii")
    engine_s = 0.0
    for pid in behind.engine.observe().processes:
        try:
            used = psutil.Process(pid).cpu_times()
        except psutil.Error:
            continue
        engine_s += used.user + used.system
    own = psutil.Process().cpu_times()
    return Costs(int(schedule.split()[0]) / 1e9, engine_s, own.user + own.system)


if __name__ == "__main__":
    main()
