"""LoRA arithmetic for vLLM's CPU build that leaves base requests alone.

In a batch, every token carries the slot of its adapter, and -1 means "no adapter". vLLM's own CPU
operators (`vllm.lora.ops.torch_ops`, seen in 0.32.0) use that number to index the slots, and
-1 is Python's last element: **base requests are answered with the adapter of the last slot**. They
also copy the adapter's matrices once for every token.

The operators here multiply once per run of tokens with the same slot and skip -1; `cpu_worker.py`
puts them in the place of vLLM's. Shapes: `inputs` [tokens, in], `weights` [slots, 1, out, in] or
[slots, out, in], `slots` [tokens], `output` [tokens, at least out].
"""

from __future__ import annotations

from functools import lru_cache
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import torch


@lru_cache(maxsize=64)
def _runs(slots: tuple[int, ...]) -> tuple[tuple[int, int, int], ...]:
    """Slot, first row and end of every run of neighbouring tokens with one adapter."""
    runs: list[tuple[int, int, int]] = []
    first = 0
    for row in range(1, len(slots) + 1):
        if row == len(slots) or slots[row] != slots[first]:
            if slots[first] >= 0:
                runs.append((slots[first], first, row))
            first = row
    return tuple(runs)


def _add(
    inputs: torch.Tensor,
    weights: torch.Tensor,
    output: torch.Tensor,
    slots: torch.Tensor,
    scale: float = 1.0,
) -> None:
    """`output[t] += scale * weights[slots[t]] @ inputs[t]` for every token t with an adapter.

    The tokens of one sequence stand together, so runs of rows are views and nothing is copied.
    """
    tokens = min(inputs.shape[0], output.shape[0])
    if inputs.dtype != output.dtype:
        inputs = inputs.to(output.dtype)
    for slot, first, end in _runs(tuple(slots[:tokens].tolist())):
        matrix = weights[slot].view(weights.shape[-2:])
        if matrix.dtype != output.dtype:
            matrix = matrix.to(output.dtype)
        width = min(matrix.shape[0], output.shape[1])
        output[first:end, :width].addmm_(inputs[first:end], matrix[:width].T, alpha=scale)


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
