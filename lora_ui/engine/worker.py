"""What vLLM's worker processes tell about where the adapters are.

vLLM mixes the class that `worker_extension_cls` names into its worker. It is the only way to see
the slots: nothing public shows them.
"""

from __future__ import annotations

from typing import Any

Tiers = tuple[list[int], list[int]]
"""The adapters' numbers: in slots, and in host memory (those in slots are there, too)."""


class WorkerExtension:
    """Methods for `AsyncLLM.collective_rpc`. The names must not be ones that a worker has."""

    model_runner: Any

    def lora_ui_tiers(self) -> Tiers | None:
        """Where the adapters are now; None when this vLLM keeps them otherwise."""
        try:
            # private names, seen in vLLM 0.32 (vllm/lora/model_manager.py)
            manager = self.model_runner.lora_manager._adapter_manager
            slots = [number for number in manager.lora_index_to_id if number is not None]
            return slots, list(manager.list_adapters())
        except AttributeError:
            return None
