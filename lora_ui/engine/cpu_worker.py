"""Brings `cpu_lora` into vLLM's worker processes.

vLLM imports the module that `worker_extension_cls` names in every worker, before the model is made.
"""

from __future__ import annotations

from lora_ui.engine import worker
from lora_ui.engine.cpu_lora import expand, expand_slice, shrink


class WorkerExtension(worker.WorkerExtension):
    """Adds no more than on a GPU; importing this module is what matters."""


def install() -> None:
    """Put these operators in the place of vLLM's own, in this process.

    `PunicaWrapperCPU` has a method of each kind for prefill and for decode; the slots per token,
    which it keeps for both, serve both. Its `add_lora_logits` calls the module's functions.
    """
    from vllm.lora.punica_wrapper import punica_cpu

    wrapper = punica_cpu.PunicaWrapperCPU

    def shrink_tokens(self, y, x, w_t_all, scale):
        shrink(x, w_t_all, y, self.token_lora_indices, scale)

    def expand_tokens(self, y, x, w_t_all, add_inputs):
        expand(x, w_t_all, y, self.token_lora_indices, add_inputs)

    def expand_slice_of_tokens(self, y, x, w_t_all, y_offset, y_slice_size, add_inputs):
        slots = self.token_lora_indices
        expand_slice(x, w_t_all, y, slots, y_offset, y_slice_size, add_inputs)

    for phase in ("prefill", "decode"):
        _replace(wrapper, f"_shrink_{phase}", shrink_tokens)
        _replace(wrapper, f"_expand_{phase}", expand_tokens)
        _replace(wrapper, f"_expand_slice_{phase}", expand_slice_of_tokens)
    _replace(punica_cpu, "bgmv_shrink", shrink)
    _replace(punica_cpu, "bgmv_expand", expand)
    _replace(punica_cpu, "bgmv_expand_slice", expand_slice)


def _replace(owner: object, name: str, operator: object) -> None:
    if not hasattr(owner, name):  # better no engine than one that mixes adapters up
        raise RuntimeError(f"this vLLM has no {name} among its CPU LoRA operators")
    setattr(owner, name, operator)


install()
