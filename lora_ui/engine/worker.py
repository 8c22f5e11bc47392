"""What vLLM's worker processes tell about the adapters' places and about their own memory.

vLLM mixes the class that `worker_extension_cls` names into its worker. It is the only way to see
the slots and the sizes of things: nothing public shows them. Private names, seen in vLLM 0.26 and
0.32, are all asked for with a guard: what is not there is None.
"""

from __future__ import annotations

import os
from collections.abc import Iterable, Iterator
from typing import Any

Tiers = tuple[list[int | None], list[tuple[int, int | None]]]
"""The adapters' numbers: of each slot (None while it is empty), and of all in host memory with
their bytes there (those in slots are there, too)."""

Sizes = dict[str, int | None]
"""The fields of `WorkerMemory`."""


class WorkerExtension:
    """Methods for `AsyncLLM.collective_rpc`. The names must not be ones that a worker has."""

    model_runner: Any

    def lora_ui_tiers(self) -> Tiers | None:
        """Where the adapters are now; None when this vLLM keeps them otherwise."""
        try:
            manager = self.model_runner.lora_manager._adapter_manager
            slots, host = list(manager.lora_index_to_id), manager.list_adapters()
        except AttributeError:
            return None
        known: dict[int, int | None] = getattr(self, "_lora_ui_sizes", {})
        sizes = {n: known[n] if n in known else _adapter_bytes(a) for n, a in host.items()}
        self._lora_ui_sizes = sizes  # counting takes a millisecond for each adapter
        return slots, list(sizes.items())

    def lora_ui_memory(self) -> Sizes:
        """The memory of this process by its parts; None for what cannot be told."""
        runner = self.model_runner
        model = _attribute(runner, "get_model")
        model = model() if callable(model) else getattr(runner, "model", None)
        slots = getattr(_attribute(runner, "lora_manager._adapter_manager"), "lora_slots", None)
        loaded = getattr(runner, "model_memory_usage", None)
        return {
            "pid": os.getpid(),
            "weights_bytes": _weights_bytes(model) if model is not None else None,
            "slots_bytes": _storage_bytes(_stacked(model)) if model is not None else None,
            "slot_count": slots,
            "kv_reserved_bytes": _kv_bytes(runner),
            "loaded_bytes": int(loaded) if loaded else None,
        }


def _attribute(owner: Any, path: str) -> Any:
    """`owner.a.b` for "a.b"; None when there is no such thing."""
    for name in path.split("."):
        owner = getattr(owner, name, None)
    return owner


def tensors_in(value: Any) -> Iterator[Any]:
    """The tensors in nested lists, tuples and dicts."""
    if hasattr(value, "untyped_storage"):
        yield value
    elif isinstance(value, dict):
        yield from tensors_in(list(value.values()))
    elif isinstance(value, (list, tuple)):
        for one in value:
            yield from tensors_in(one)


def _storage_bytes(tensors: Iterable[Any]) -> int:
    """What these tensors take, each piece of memory counted once."""
    storages = (tensor.untyped_storage() for tensor in tensors)
    return sum({storage.data_ptr(): storage.nbytes() for storage in storages}.values())


def _weights_bytes(model: Any) -> int:
    """Parameters and buffers; the slots are neither.

    On a CPU vLLM packs linear layers for oneDNN and empties their parameters
    (`dispatch_cpu_unquantized_gemm`): those count by their shape.
    """
    kept = _storage_bytes([*model.parameters(), *model.buffers()])
    return kept + sum(_packed_bytes(module) for module in model.modules())


def _packed_bytes(layer: Any) -> int:
    weight = getattr(layer, "_parameters", {}).get("weight")
    dtype = getattr(layer, "params_dtype", None)
    if weight is None or dtype is None or weight.numel():
        return 0
    sizes = [
        getattr(layer, f"{end}_size_per_partition", getattr(layer, f"{end}_size", 0))
        for end in ("input", "output")
    ]
    return sizes[0] * sizes[1] * dtype.itemsize


def _stacked(model: Any) -> Iterator[Any]:
    """The slots' tensors: every wrapped layer keeps all slots of it stacked into a few."""
    for module in model.modules():
        for name, value in vars(module).items():
            if name.endswith("_stacked"):
                yield from tensors_in(value)


def _kv_bytes(runner: Any) -> int | None:
    caches = list(tensors_in(getattr(runner, "kv_caches", None)))
    return _storage_bytes(caches) if caches else None


def _adapter_bytes(adapter: Any) -> int | None:
    """An adapter's tensors in host memory (`LoRAModel.loras`: layers with `lora_a`, `lora_b`)."""
    try:
        layers = adapter.loras.values()
        return _storage_bytes(
            t for layer in layers for t in tensors_in([layer.lora_a, layer.lora_b])
        )
    except (AttributeError, TypeError):
        return None
