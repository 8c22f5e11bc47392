"""The sampler inside the real app: what /memory says of a real engine."""

from __future__ import annotations

import time

import psutil
from gradio_client import Client

from tests.app_process import AppProcess


def test_memory_of_the_real_engine(app: AppProcess):
    client = Client(app.url, verbose=False)
    end_s = time.monotonic() + 60
    while (memory := client.predict(api_name="/memory"))["engine"]["weights_bytes"] is None:
        assert time.monotonic() < end_s
        time.sleep(0.5)
    assert memory["source"] == "host"
    assert memory["problem"] is None
    assert memory["host"]["total_bytes"] <= psutil.virtual_memory().total
    assert memory["host"]["pss_bytes"] <= memory["host"]["rss_bytes"]
    engine = memory["engine"]
    assert 0 < engine["weights_bytes"] < memory["host"]["rss_bytes"]
    assert engine["slots_bytes"] % engine["slot_bytes"] == 0
    assert 0 <= engine["kv_used_fraction"] <= 1
    assert engine["kv_tokens"] > 0


def test_memory_stays_live(app: AppProcess):
    client = Client(app.url, verbose=False)
    times = set()
    end_s = time.monotonic() + 60
    while len(times) < 3 and time.monotonic() < end_s:
        times.add(client.predict(api_name="/memory")["time_s"])
    assert len(times) == 3
