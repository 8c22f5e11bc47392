"""`auto`: sizes from catalog and hardware, each with its reason."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from lora_ui.catalog.models import ALLOWED_RANKS, EngineSettings
from lora_ui.engine.hardware import Hardware
from lora_ui.engine.sizing import Plan, plan_engine

GIB = 1024**3
CPU = Hardware("cpu", "a CPU", 16 * GIB, fast_bfloat16=False)
GPU = Hardware("gpu", "a GPU", 80 * GIB, fast_bfloat16=True)


@dataclass(frozen=True)
class Files:
    """What the size of an engine depends on."""

    rank: int | None
    target_modules: tuple[str, ...]


def files(rank: int = 16, *modules: str) -> Files:
    return Files(rank, modules or ("q_proj", "v_proj"))


def plan(
    *adapters: Files,
    hardware: Hardware = CPU,
    given_: dict[str, str] | None = None,
    **engine: Any,
) -> Plan:
    origins = dict.fromkeys(engine, "catalog") | (given_ or {})
    return plan_engine(EngineSettings(**engine), origins, adapters, hardware)


def reason(made: Plan, key: str) -> str:
    (found,) = (c.reason for c in made.choices if c.key == key)
    return found


def test_the_shipped_catalog_on_a_cpu() -> None:
    attention = ("k_proj", "o_proj", "q_proj", "v_proj")
    made = plan(*(files(16, *attention) for _ in range(3)))
    assert made.arguments["max_loras"] == 3
    assert made.arguments["max_lora_rank"] == 16
    assert made.arguments["max_cpu_loras"] == 6
    assert made.arguments["lora_target_modules"] == list(attention)
    assert made.arguments["specialize_active_lora"] is False
    assert made.arguments["max_model_len"] == 2048
    assert made.arguments["dtype"] == "float32"
    assert made.arguments["enforce_eager"] is True
    assert made.arguments["kv_cache_memory_bytes"] == GIB
    assert "gpu_memory_utilization" not in made.arguments


def test_a_cpu_that_knows_bfloat16_uses_it() -> None:
    fast = Hardware("cpu", "a CPU", 16 * GIB, fast_bfloat16=True)
    assert plan(files(), hardware=fast).arguments["dtype"] == "bfloat16"


def test_little_memory_makes_a_smaller_cache() -> None:
    small = Hardware("cpu", "a CPU", 2 * GIB, fast_bfloat16=False)
    assert plan(files(), hardware=small).arguments["kv_cache_memory_bytes"] == GIB // 2


def test_a_gpu_gets_spare_slots_and_graphs_per_adapter() -> None:
    made = plan(files(), hardware=GPU)
    assert made.arguments["max_loras"] == 8
    assert made.arguments["specialize_active_lora"] is True
    assert made.arguments["gpu_memory_utilization"] == 0.85
    assert "enforce_eager" not in made.arguments
    assert made.arguments["worker_extension_cls"] == "lora_ui.engine.gpu_worker.WorkerExtension"
    many = plan(*(files() for _ in range(200)), hardware=GPU)
    assert many.arguments["max_loras"] == 64
    assert many.arguments["max_cpu_loras"] == 200


def test_an_empty_catalog_makes_an_engine_all_the_same() -> None:
    made = plan()
    assert made.arguments["max_loras"] == 1
    assert made.arguments["max_lora_rank"] == 8
    assert made.arguments["lora_target_modules"] == ["q_proj", "k_proj", "v_proj", "o_proj"]
    assert "no adapter" in reason(made, "max_lora_rank")
    assert "no adapter" in reason(made, "lora_target_modules")


@pytest.mark.parametrize(("largest", "chosen"), [(1, 1), (2, 8), (8, 8), (17, 32), (512, 512)])
def test_the_rank_is_the_smallest_allowed_that_fits(largest: int, chosen: int) -> None:
    made = plan(files(1), files(largest))
    assert made.arguments["max_lora_rank"] == chosen
    assert reason(made, "max_lora_rank").endswith(f"largest rank, {largest}")


def test_what_people_set_is_taken_and_says_by_whom() -> None:
    made = plan(
        files(64),
        given_={"max_loras": "flag", "max_lora_rank": "environment"},
        max_loras=2,
        max_lora_rank=8,
        lora_target_modules=("down_proj",),
        specialize_active_lora=True,
        dtype="bfloat16",
        max_model_len=512,
    )
    assert made.arguments["max_loras"] == 2
    assert made.arguments["max_lora_rank"] == 8
    assert made.arguments["lora_target_modules"] == ["down_proj"]
    assert made.arguments["specialize_active_lora"] is True
    assert made.arguments["dtype"] == "bfloat16"
    assert made.arguments["max_model_len"] == 512
    assert reason(made, "max_loras") == "set by the flag"
    assert reason(made, "max_lora_rank") == "set by the environment"
    assert reason(made, "dtype") == "set by the catalog"
    assert reason(made, "max_model_len") == "set by the catalog"


def test_what_nobody_set_is_called_the_default() -> None:
    assert reason(plan(), "max_model_len") == "set by the default"
    assert reason(plan(hardware=GPU), "gpu_memory_utilization") == "set by the default"


def test_host_memory_never_holds_fewer_than_the_slots() -> None:
    raised = plan(files(), max_loras=4, max_cpu_loras=2)
    assert raised.arguments["max_cpu_loras"] == 4
    assert reason(raised, "max_cpu_loras") == "set by the catalog (raised to max_loras)"
    kept = plan(files(), max_loras=4, max_cpu_loras=9)
    assert kept.arguments["max_cpu_loras"] == 9
    assert reason(kept, "max_cpu_loras") == "set by the catalog"


def test_extra_arguments_come_last_and_say_whence() -> None:
    made = plan(files(), extra={"block_size": 32, "enforce_eager": False})
    assert made.arguments["block_size"] == 32
    assert made.arguments["enforce_eager"] is False
    assert reason(made, "block_size") == "from engine.extra in the catalog"


def test_choices_are_written_for_people() -> None:
    shown = {c.key: c.value for c in plan(files(16, "q_proj", "k_proj")).choices}
    assert shown["lora_target_modules"] == "k_proj, q_proj"
    assert shown["kv_cache_memory_bytes"] == "1.0 GiB"
    assert shown["max_lora_rank"] == "16"


MODULES = ["q_proj", "k_proj", "v_proj", "o_proj", "gate_proj", "up_proj", "down_proj"]
ADAPTERS = st.lists(
    st.builds(
        lambda rank, modules: files(rank, *sorted(modules)),
        st.integers(1, ALLOWED_RANKS[-1]),
        st.sets(st.sampled_from(MODULES), min_size=1),
    ),
    max_size=80,
)


@settings(deadline=None)
@given(
    adapters=ADAPTERS,
    hardware=st.sampled_from([CPU, GPU]),
    max_loras=st.one_of(st.just("auto"), st.integers(1, 100)),
    max_cpu_loras=st.one_of(st.just("auto"), st.integers(1, 100)),
)
def test_every_catalog_gets_an_engine_that_can_hold_it(
    adapters: list[Files], hardware: Hardware, max_loras: Any, max_cpu_loras: Any
) -> None:
    made = plan(*adapters, hardware=hardware, max_loras=max_loras, max_cpu_loras=max_cpu_loras)
    arguments = made.arguments
    assert arguments["max_lora_rank"] in ALLOWED_RANKS
    assert all(a.rank <= arguments["max_lora_rank"] for a in adapters)
    assert 1 <= arguments["max_loras"] <= arguments["max_cpu_loras"]
    if adapters:
        used = {m for a in adapters for m in a.target_modules}
        assert set(arguments["lora_target_modules"]) == used
    assert [c.key for c in made.choices] == list(arguments)
    assert all(c.value and c.reason for c in made.choices)
