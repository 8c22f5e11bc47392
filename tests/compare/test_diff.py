"""The word diff: always puts both texts back together, and stays quick."""

from __future__ import annotations

import random
import time
from itertools import pairwise

import pytest

from lora_ui.compare.diff import LIMIT_WORDS, word_diff


def old_of(pieces) -> str:
    return "".join(text for kind, text in pieces if kind != "added")


def new_of(pieces) -> str:
    return "".join(text for kind, text in pieces if kind != "removed")


def test_one_changed_word():
    assert word_diff("the red house", "the blue house") == [
        ("same", "the "),
        ("removed", "red"),
        ("added", "blue"),
        ("same", " house"),
    ]


@pytest.mark.parametrize(("old", "new"), [("", ""), ("", "a b"), ("a b", ""), ("a\n b", "a\n b")])
def test_edges(old: str, new: str):
    pieces = word_diff(old, new)
    assert (old_of(pieces), new_of(pieces)) == (old, new)
    assert all(piece.text for piece in pieces)
    if old == new:
        assert all(piece.kind == "same" for piece in pieces)


def test_any_two_texts_come_back_whole():
    dice = random.Random(8)
    letters = "ab \n.,<>é漢\u0000\U0001f600"
    for _ in range(300):
        old, new = ("".join(dice.choices(letters, k=dice.randrange(40))) for _ in range(2))
        pieces = word_diff(old, new)
        assert (old_of(pieces), new_of(pieces)) == (old, new)
        assert all(a.kind != b.kind for a, b in pairwise(pieces))


def test_long_texts_are_compared_in_part_and_quickly():
    dice = random.Random(8)
    old, new = (" ".join(dice.choices("abcdefgh", k=LIMIT_WORDS * 5)) for _ in range(2))
    began = time.monotonic()
    pieces = word_diff(old, new)
    assert time.monotonic() - began < 5
    assert (old_of(pieces), new_of(pieces)) == (old, new)
