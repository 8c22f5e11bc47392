"""`auto`: the engine's size from the catalog and the hardware, each choice with its reason.

A LoRA slot costs memory and time whether it is used or not: every slot is padded to the engine's
rank and covers every module that the engine serves. So the rank, the slots and the modules are
chosen as small as the catalog allows.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Protocol

from lora_ui.catalog.models import ALLOWED_RANKS, EngineSettings
from lora_ui.engine.hardware import Hardware
from lora_ui.engine.protocol import Choice

GIB = 1024**3
CPU_CACHE_BYTES = GIB
GPU_SPARE_SLOTS = 8
MOST_AUTO_SLOTS = 64
LORA_ARGUMENTS = {
    "max_loras",
    "max_lora_rank",
    "max_cpu_loras",
    "lora_target_modules",
    "specialize_active_lora",
}
DEFAULT_MODULES = ("q_proj", "k_proj", "v_proj", "o_proj")


class Sized(Protocol):
    """What counts of an adapter here: the rank and the modules that an engine needs for it."""

    @property
    def rank(self) -> int | None:
        """None, when it could not be read, counts as none."""
        ...

    @property
    def target_modules(self) -> tuple[str, ...]:
        """The last parts of the names of its modules."""
        ...


@dataclass(frozen=True)
class Plan:
    """The arguments for vLLM's engine, and why each is what it is."""

    arguments: Mapping[str, Any]
    choices: tuple[Choice, ...]


def plan_engine(
    settings: EngineSettings,
    given: Mapping[str, str],
    adapters: Sequence[Sized],
    hardware: Hardware,
) -> Plan:
    """Decide every engine argument; what people set (see `given`) is taken as it is."""
    decided: dict[str, tuple[Any, str]] = {
        "max_lora_rank": _rank(adapters),
        "max_loras": _slots(adapters, hardware),
        "lora_target_modules": _modules(adapters),
        "specialize_active_lora": _specialize(hardware),
        "dtype": _dtype(hardware),
    }
    for key in decided:
        value = getattr(settings, key)
        if value != "auto":
            decided[key] = (value, f"set by the {given.get(key, 'catalog')}")
    slots = decided["max_loras"][0]
    if settings.max_cpu_loras == "auto":
        host = max(2 * slots, len(adapters))
        decided["max_cpu_loras"] = (host, "room for the whole catalog, and twice the slots")
    else:
        held = max(settings.max_cpu_loras, slots)
        raised = " (raised to max_loras)" if held != settings.max_cpu_loras else ""
        decided["max_cpu_loras"] = (held, f"set by the {given.get('max_cpu_loras')}{raised}")
    decided["max_model_len"] = (
        settings.max_model_len,
        f"set by the {_origin(given, 'max_model_len')}",
    )
    decided.update(_device_arguments(settings, given, hardware))
    decided.update({k: (v, "from engine.extra in the catalog") for k, v in settings.extra.items()})
    return Plan(
        arguments={
            key: list(value) if isinstance(value, tuple) else value
            for key, (value, _) in decided.items()
        },
        choices=tuple(
            Choice(key, _show(value), reason) for key, (value, reason) in decided.items()
        ),
    )


def without_lora(arguments: Mapping[str, Any]) -> dict[str, Any]:
    """The same engine for the bare model alone, without slots for adapters."""
    return {k: v for k, v in arguments.items() if k not in LORA_ARGUMENTS} | {"enable_lora": False}


def _origin(given: Mapping[str, str], key: str) -> str:
    return given.get(key, "default")


def _show(value: Any) -> str:
    if isinstance(value, (tuple, list)):
        return ", ".join(map(str, value))
    return f"{value / GIB:.1f} GiB" if isinstance(value, int) and value >= GIB else str(value)


def _rank(adapters: Sequence[Sized]) -> tuple[int, str]:
    largest = max((a.rank or 0 for a in adapters), default=8)
    rank = next((r for r in ALLOWED_RANKS if r >= largest), ALLOWED_RANKS[-1])
    if not adapters:
        return rank, "the catalog has no adapter to size it by"
    return rank, f"the smallest that vLLM allows for the catalog’s largest rank, {largest}"


def _slots(adapters: Sequence[Sized], hardware: Hardware) -> tuple[int, str]:
    count = len(adapters)
    if hardware.kind == "cpu":
        slots = min(max(count, 1), GPU_SPARE_SLOTS)
        return (
            slots,
            "one for each adapter of the catalog, at most 8: on a CPU each slot takes time",
        )
    slots = min(max(count, GPU_SPARE_SLOTS), MOST_AUTO_SLOTS)
    return slots, "one for each adapter of the catalog, at least 8, at most 64"


def _modules(adapters: Sequence[Sized]) -> tuple[tuple[str, ...], str]:
    used = tuple(sorted({m for a in adapters for m in a.target_modules}))
    if not used:
        return DEFAULT_MODULES, "the attention layers, since the catalog has no adapter to go by"
    return used, "the modules that the catalog’s adapters have weights for: fewer are faster"


def _specialize(hardware: Hardware) -> tuple[bool, str]:
    if hardware.kind == "gpu":
        return True, "on a GPU, so that slots that are not in use cost no time"
    return False, "it concerns GPU graphs alone"


def _dtype(hardware: Hardware) -> tuple[str, str]:
    if hardware.kind == "gpu":
        return "auto", "the base model’s own"
    if hardware.fast_bfloat16:
        return "bfloat16", "this CPU multiplies bfloat16 natively"
    return "float32", "this CPU has no bfloat16 arithmetic, so float32 is more than twice as fast"


def _device_arguments(
    settings: EngineSettings, given: Mapping[str, str], hardware: Hardware
) -> dict[str, tuple[Any, str]]:
    if hardware.kind == "gpu":
        share = settings.gpu_memory_utilization
        return {
            "worker_extension_cls": (
                "lora_ui.engine.gpu_worker.WorkerExtension",
                "shows which adapters are in slots, which nothing public does",
            ),
            "gpu_memory_utilization": (
                share,
                f"set by the {_origin(given, 'gpu_memory_utilization')}",
            ),
        }
    cache = min(CPU_CACHE_BYTES, hardware.memory_bytes // 4)
    return {
        "worker_extension_cls": (
            "lora_ui.engine.cpu_worker.WorkerExtension",
            "vLLM’s own CPU operators would answer base requests with an adapter",
        ),
        "enforce_eager": (True, "on a CPU, compiling delays the start and gains little"),
        "kv_cache_memory_bytes": (
            cache,
            "enough for many short chats, at most a quarter of what is free",
        ),
    }
