"""LoRA arithmetic for vLLM's CPU build that leaves base requests alone.

In a batch, every token carries the slot of its adapter, and -1 means "no adapter". vLLM's own CPU
operators (`vllm.lora.ops.torch_ops`, seen in 0.26 to 0.32) use that number to index the slots, and
-1 is Python's last element: **base requests are answered with the adapter of the last slot**. They
also copy the adapter's matrices once for every token.

The operators here group the tokens of a batch by slot, multiply once per group and skip -1. vLLM
imports this module in its worker processes (`worker_extension_cls`), where `install` puts them in
the place of its own. Shapes: `inputs` [tokens, in], `weights` [slots, 1, out, in] or
[slots, out, in], `slots` [tokens], `output` [tokens, at least out].
"""

from __future__ import annotations

from functools import lru_cache
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import torch


class WorkerExtension:
    """Named to vLLM as `worker_extension_cls`; importing it in the worker is what matters."""


@lru_cache(maxsize=64)
def _groups(slots: tuple[int, ...]) -> tuple[tuple[int, list[int] | None], ...]:
    """Slot and rows of every adapter in the batch; None for the rows means all of them."""
    rows: dict[int, list[int]] = {}
    for row, slot in enumerate(slots):
        if slot >= 0:
            rows.setdefault(slot, []).append(row)
    return tuple((s, None if len(r) == len(slots) else r) for s, r in rows.items())


def _add(
    inputs: torch.Tensor,
    weights: torch.Tensor,
    output: torch.Tensor,
    slots: torch.Tensor,
    scale: float = 1.0,
) -> None:
    """`output[t] += scale * weights[slots[t]] @ inputs[t]` for every token t with an adapter."""
    tokens = min(inputs.shape[0], output.shape[0])
    for slot, rows in _groups(tuple(slots[:tokens].tolist())):
        matrix = weights[slot].reshape(weights.shape[-2:]).to(output.dtype)
        width = min(matrix.shape[0], output.shape[1])
        chosen = (inputs[:tokens] if rows is None else inputs[rows]).to(output.dtype)
        product = chosen @ matrix[:width].T
        if scale != 1.0:
            product *= scale
        if rows is None:
            output[:tokens, :width] += product
        else:
            output[rows, :width] += product


def shrink(
    inputs: torch.Tensor,
    weights: torch.Tensor,
    output: torch.Tensor,
    slots: torch.Tensor,
    scaling: float = 1.0,
) -> None:
    """LoRA's A: `output` becomes `scaling * A @ inputs`, zero where there is no adapter."""
    output.zero_()
    _add(inputs, weights, output, slots, scaling)


def expand(
    inputs: torch.Tensor,
    weights: torch.Tensor,
    output: torch.Tensor,
    slots: torch.Tensor,
    add_inputs: bool = True,
) -> None:
    """LoRA's B: adds `B @ inputs` to `output`, or replaces it when `add_inputs` is false."""
    if not add_inputs:
        output.zero_()
    _add(inputs, weights, output, slots)


def expand_slice(
    inputs: torch.Tensor,
    weights: torch.Tensor,
    output: torch.Tensor,
    slots: torch.Tensor,
    slice_offset: int,
    slice_size: int,
    add_inputs: bool = True,
) -> None:
    """`expand` for one slice of a packed layer's output, e.g. q of q, k and v."""
    expand(
        inputs,
        weights,
        output[:, slice_offset : slice_offset + slice_size],
        slots,
        add_inputs,
    )


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
