"""How much a browser tab grows while the Memory tab ticks: `make soak ARGS="--minutes 5"`.

A real Chromium shows the page over the test engine. Every half minute garbage is collected and the
tab's JavaScript heap is read, with its nodes and listeners and the renderer's resident memory.
Exit status 1 when the heap has grown by more than the limit since the charts were first drawn.
"""

from __future__ import annotations

import argparse
import json
import shutil
import sys
import time
from pathlib import Path
from typing import Any

import psutil
from playwright.sync_api import CDPSession, Page, sync_playwright

from tests.browser.conftest import ARGUMENTS
from tests.ui.memory_page import MemoryTestPage, serve_memory

MB = 1_000_000
SETTLED_S = 20
"""After so long the charts have been drawn, and growth is counted from there."""


def main() -> int:
    """Run, print a line for each look, and say how much the tab has grown."""
    arguments = _arguments()
    path = shutil.which("chromium")
    if path is None:
        sys.exit("chromium is not installed: apt-get install chromium")
    behind = serve_memory()
    try:
        with sync_playwright() as playwright:
            browser = playwright.chromium.launch(executable_path=path, args=ARGUMENTS)
            page = browser.new_page(viewport={"width": 1440, "height": 2600})
            faults = _follow(page)
            page.goto(behind.url)
            page.get_by_role("tab", name="Memory").click()
            page.wait_for_selector("[data-chart=memory] .js-plotly-plot")
            looks = _watch(page, behind, 60 * arguments.minutes, arguments.every)
            browser.close()
    finally:
        behind.end()
    grown_mb = looks[-1]["heap_mb"] - looks[0]["heap_mb"]
    result = {"minutes": arguments.minutes, "grown_mb": round(grown_mb, 2), "looks": looks}
    result |= {"faults": faults}
    if arguments.out:
        arguments.out.write_text(json.dumps(result, indent=2) + "\n", encoding="utf-8")
    print(f"grown by {grown_mb:.2f} MB of at most {arguments.limit_mb:g}, {len(faults)} faults")
    return 0 if grown_mb <= arguments.limit_mb and not faults else 1


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="make soak", description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--minutes", type=float, default=60.0)
    parser.add_argument("--every", type=float, default=30.0, help="seconds between two looks")
    parser.add_argument("--limit-mb", type=float, default=20.0)
    parser.add_argument("--out", type=Path, help="write every look here, as JSON")
    return parser.parse_args()


def _follow(page: Page) -> list[str]:
    faults: list[str] = []
    page.on("pageerror", lambda error: faults.append(str(error)))
    page.on("console", lambda said: faults.append(said.text) if said.type == "error" else None)
    return faults


def _watch(page: Page, behind: MemoryTestPage, length_s: float, every_s: float) -> list[Any]:
    """Look now and then, let something happen between, and zoom once in a while."""
    session = page.context.new_cdp_session(page)
    session.send("Performance.enable")
    page.wait_for_timeout(1000 * SETTLED_S)
    began = time.monotonic()
    looks = [_look(session, page, 0.0)]
    while (gone := time.monotonic() - began) < length_s:
        behind.engine.happen("loaded", f"adapter {len(looks)} loaded into slot {len(looks) % 4}")
        page.wait_for_timeout(1000 * min(every_s, length_s - gone + 0.1))
        looks.append(_look(session, page, time.monotonic() - began))
    return looks


def _look(session: CDPSession, page: Page, time_s: float) -> dict[str, float]:
    session.send("HeapProfiler.collectGarbage")
    found = {m["name"]: m["value"] for m in session.send("Performance.getMetrics")["metrics"]}
    points = page.locator("[data-chart=memory] .js-plotly-plot").evaluate(
        "node => node.data[0].x.length"
    )
    look = {
        "time_s": round(time_s, 1),
        "heap_mb": round(found["JSHeapUsedSize"] / MB, 3),
        "nodes": found["Nodes"],
        "listeners": found["JSEventListeners"],
        "renderer_rss_mb": round(_renderer_bytes() / MB, 1),
        "points": points,
    }
    print("  ".join(f"{name} {value:g}" for name, value in look.items()), flush=True)
    return look


def _renderer_bytes() -> int:
    """Resident memory of the largest renderer below this process: the tab's."""
    sizes = [0]
    for child in psutil.Process().children(recursive=True):
        try:
            if "--type=renderer" in child.cmdline():
                sizes.append(child.memory_info().rss)
        except psutil.Error:
            continue
    return max(sizes)


if __name__ == "__main__":
    sys.exit(main())
