"""The CPU operators against a plain loop over tokens."""

from __future__ import annotations

import pytest
import torch

from lora_ui.engine.cpu_lora import expand, expand_slice, shrink

SLOTS = [
    [-1, 0, 1, 2],
    [2],
    [-1, -1],
    [0] * 5 + [-1] * 3 + [2] * 4 + [0] * 2,
]


def reference(inputs: torch.Tensor, weights: torch.Tensor, slots: list[int]) -> torch.Tensor:
    """One token at a time; a token without adapter adds nothing."""
    rows = [
        weights[s, 0] @ x if s >= 0 else torch.zeros(weights.shape[2])
        for x, s in zip(inputs, slots, strict=True)
    ]
    return torch.stack(rows)


@pytest.mark.parametrize("slots", SLOTS)
def test_operators_do_what_a_loop_does(slots: list[int]) -> None:
    torch.manual_seed(0)
    x = torch.randn(len(slots), 32)
    a, b = torch.randn(3, 1, 4, 32), torch.randn(3, 1, 24, 4)
    middle = torch.full((len(slots), 4), 7.0)
    shrink(x, a, middle, torch.tensor(slots), 2.0)
    torch.testing.assert_close(middle, 2.0 * reference(x, a, slots))
    before = torch.randn(len(slots), 24)
    after = before.clone()
    expand(middle, b, after, torch.tensor(slots))
    torch.testing.assert_close(after, before + reference(middle, b, slots))


def test_a_token_without_adapter_is_left_to_the_last_bit() -> None:
    output = torch.randn(3, 24)
    before = output.clone()
    expand_slice(torch.randn(3, 4), torch.randn(3, 1, 8, 4), output, torch.tensor([1, -1, 0]), 8, 8)
    assert torch.equal(output[1], before[1])
    assert not torch.equal(output[0], before[0])
    assert torch.equal(output[:, :8], before[:, :8])
    assert torch.equal(output[:, 16:], before[:, 16:])


def test_bfloat16_weights_work_into_a_float32_output() -> None:
    weights = torch.randn(2, 1, 8, 4).bfloat16()
    inputs, output = torch.randn(2, 4), torch.zeros(2, 8)
    expand(inputs, weights, output, torch.tensor([1, 0]))
    expected = reference(inputs, weights.float(), [1, 0])
    torch.testing.assert_close(output, expected)
