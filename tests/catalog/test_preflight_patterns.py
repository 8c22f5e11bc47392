"""Rank and alpha patterns: PEFT's own rule, and no expression that runs for long."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from peft.utils.other import get_pattern_key

from lora_ui.catalog.preflight.patterns import LONGEST, Pattern, is_modest

NAMES = [
    f"model.layers.{layer}.{module}"
    for layer in (0, 1, 10, 11)
    for module in ("self_attn.q_proj", "self_attn.k_proj", "mlp.up_proj")
] + ["lm_head", "model.embed_tokens"]
PIECES = [
    "q_proj",
    "proj",
    ".",
    ".*",
    "layers",
    r"\.",
    "1",
    "[01]",
    r"\d+",
    "|",
    "(",
    ")",
    "^",
    "$",
]


@settings(max_examples=500, deadline=None)
@given(
    keys=st.lists(
        st.lists(st.sampled_from(PIECES), min_size=1, max_size=6).map("".join),
        min_size=1,
        max_size=4,
        unique=True,
    ),
    name=st.sampled_from(NAMES),
)
def test_the_first_fitting_key_counts_as_in_peft(keys: list[str], name: str):
    keys = [key for key in keys if is_modest({key: 1})]
    values = {key: number for number, key in enumerate(keys, start=1)}
    assert Pattern(values).of(name, 0) == values.get(get_pattern_key(keys, name), 0)


@pytest.mark.parametrize(
    "key",
    [
        "q_proj",
        "model.layers.0.self_attn.q_proj",
        r"layers\.[0-4]\..*proj",
        ".*self_attn.*proj",
        "layers.(1|2|3).mlp.up_proj",
        r"(?:q|k)_proj",
        "^model.layers.0.mlp.down_proj",
    ],
)
def test_keys_that_people_write(key: str):
    assert is_modest({key: 8})


@pytest.mark.parametrize(
    "key",
    [
        "(a+)+",
        "(.*)*x",
        ".*.*.*.*x",
        "(a|a)*",
        r"(a)\1",
        "a{1000}{1000}",
        "(?=x)",
        "(?P<n>a)",
        "[a",
        "(a",
        "a)",
        "",
        "a" * (LONGEST + 1),
    ],
)
def test_keys_that_might_run_for_ever_or_not_at_all(key: str):
    assert not is_modest({key: 8})


def test_many_names_are_fine_and_many_expressions_are_not():
    assert is_modest({f"model.layers.{n}.self_attn.q_proj": 4 for n in range(500)})
    assert not is_modest({f"layers.{n}.*proj": 4 for n in range(50)})
