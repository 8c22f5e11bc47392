"""What the real engine tells of itself, against the formula, the files and its own promises."""

from __future__ import annotations

import asyncio
import json
import threading
import time
from collections.abc import Iterator

import psutil
import pytest

from lora_ui.catalog.footprint import ModelShape, read_shape
from lora_ui.engine.local import LocalEngine
from lora_ui.engine.observation import EngineMemory, Mark, Observation
from lora_ui.engine.protocol import BASE
from tests.app_process import CACHE
from tests.real_engine import ask, core_processes, real_engine

MESSAGES = [{"role": "user", "content": "Say something about the sea."}]
ADAPTERS = ("text2sql", "math", "function")
SLOTS, HOST, RANK = 2, 2, 16
TARGETS = ("q_proj", "k_proj", "v_proj", "o_proj")


@pytest.fixture(scope="module", autouse=True)
def others() -> set[int]:
    """Processes of engines that other tests have running: looked at before this one starts."""
    return {process.pid for process in core_processes()}


@pytest.fixture(scope="module")
def engine() -> Iterator[LocalEngine]:
    """Three adapters, and room for two in slots and in host memory: one is always driven out."""
    with real_engine(
        ADAPTERS,
        max_loras=SLOTS,
        max_cpu_loras=HOST,
        max_lora_rank=RANK,
        lora_target_modules=TARGETS,
    ) as started:
        yield started


@pytest.fixture(scope="module")
def shape() -> ModelShape:
    [config] = CACHE.glob("models/*/config.json")
    return read_shape(json.loads(config.read_text()))


def memory_of(engine: LocalEngine) -> EngineMemory:
    memory = engine.observe().memory
    assert memory is not None
    return memory


def marks_of(engine: LocalEngine, kind: str, after: int = 0) -> list[Mark]:
    return [mark for mark in engine.marks(after) if mark.kind == kind]


def test_slots_take_what_the_formula_says_to_the_byte(
    engine: LocalEngine, shape: ModelShape
) -> None:
    memory = memory_of(engine)
    assert memory.slot_bytes == shape.slot_bytes(RANK, "float32", TARGETS)
    assert memory.slots_bytes == SLOTS * shape.slot_bytes(RANK, "float32", TARGETS)


def test_weights_are_the_models_parameters(engine: LocalEngine, shape: ModelShape) -> None:
    """Beside the parameters there are buffers of the rotary embedding, below 1 %."""
    weights = memory_of(engine).weights_bytes
    expected = shape.weights_bytes("float32")
    assert weights is not None
    assert expected <= weights < 1.01 * expected


def test_kv_cache_is_what_its_tokens_need(engine: LocalEngine, shape: ModelShape) -> None:
    memory = memory_of(engine)
    assert memory.kv_tokens is not None
    needed = memory.kv_tokens * shape.kv_bytes_per_token("float32")
    assert memory.kv_reserved_bytes == needed


def test_on_a_cpu_nothing_is_told_of_a_gpu(engine: LocalEngine) -> None:
    [worker] = memory_of(engine).workers
    assert (worker.device_index, worker.context_bytes, worker.graphs_bytes) == (None, None, None)


def test_processes_are_the_engines(engine: LocalEngine, others: set[int]) -> None:
    processes = engine.observe().processes
    assert {p.pid for p in core_processes()} - others <= set(processes)
    assert not others & set(processes)
    assert {w.pid for w in memory_of(engine).workers} <= set(processes)
    assert psutil.Process().pid not in processes


def test_start_stages_are_marked_until_it_is_ready(engine: LocalEngine) -> None:
    texts = [mark.text for mark in marks_of(engine, "stage")]
    assert len(texts) > 3
    assert any("ready" in text for text in texts)


async def test_a_load_drives_one_out_and_both_are_marked(engine: LocalEngine) -> None:
    await ask(engine, "text2sql", MESSAGES, 2)
    await ask(engine, "math", MESSAGES, 2)
    before = engine.observe().residency
    last = engine.marks()[-1].number
    await ask(engine, "function", MESSAGES, 2)
    after = engine.observe().residency
    names = {slot.name for slot in after.slots}
    assert names == {"math", "function"}
    assert {adapter.name for adapter in after.host} == names
    assert "function" in marks_of(engine, "loaded", last)[0].text
    assert "text2sql" in marks_of(engine, "evicted", last)[0].text
    assert after.loads_total == before.loads_total + 1
    assert after.evictions_total == before.evictions_total + 1
    assert after.slot_misses_total == before.slot_misses_total + 1
    assert [mark.text for mark in marks_of(engine, "requests", last)]


async def test_a_slot_that_is_used_again_counts_as_a_hit(engine: LocalEngine) -> None:
    await ask(engine, "math", MESSAGES, 2)
    before = engine.observe().residency
    await ask(engine, "math", MESSAGES, 2)
    after = engine.observe().residency
    assert after.slot_hits_total == before.slot_hits_total + 1
    assert after.loads_total == before.loads_total


async def test_adapters_in_host_memory_have_their_size(
    engine: LocalEngine, shape: ModelShape
) -> None:
    """The demo adapters have rank 16 on these modules, so each fills a slot exactly."""
    await ask(engine, "math", MESSAGES, 2)
    sizes = {a.name: a.bytes for a in engine.observe().residency.host}
    assert sizes["math"] == shape.slot_bytes(RANK, "float32", TARGETS)


async def test_it_can_be_observed_from_another_thread_under_load(engine: LocalEngine) -> None:
    seen: list[Observation] = []
    over = threading.Event()

    def look() -> None:
        while not over.is_set():
            seen.append(engine.observe())
            time.sleep(0.005)

    watching = threading.Thread(target=look)
    watching.start()
    before = engine.observe().load
    try:
        await asyncio.gather(*(ask(engine, name, MESSAGES, 24) for name in (BASE, *ADAPTERS)))
    finally:
        over.set()
        watching.join()
    after = engine.observe().load
    assert max(one.load.running for one in seen) >= 2
    assert max(one.load.kv_used_fraction or 0.0 for one in seen) > 0
    assert after.requests_done >= before.requests_done + 4
    assert after.generated_tokens >= before.generated_tokens + 4
    assert after.prompt_tokens > before.prompt_tokens
    assert after.ttft_s is not None
    assert after.running == after.waiting == 0
