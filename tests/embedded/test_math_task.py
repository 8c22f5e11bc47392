"""The math task: stable streams, splits that share nothing, answers whose arithmetic is true."""

from __future__ import annotations

import re
from decimal import Decimal
from itertools import islice
from random import Random

import pytest

from lora_ui.embedded.tasks.base import Example, Split
from lora_ui.embedded.tasks.math import TASK, words
from lora_ui.embedded.tasks.math.calc import add, div, mul, percent, sub
from lora_ui.embedded.tasks.math.stories import HELDOUT, TRAIN
from lora_ui.embedded.tasks.math.wording import FAMILIES, Draw, Family, expand

CHAIN = re.compile(r"[\d.]+(?: [-+*/] [\d.]+)*(?: = -?[\d.]+(?: [-+*/] [\d.]+)*)+")


def examples(split: Split, n: int, seed: int = 7) -> list[Example]:
    return list(islice(TASK.generate(seed, split), n))


def evaluate(expression: str) -> Decimal:
    """The value of `a * b + c / d`, read independently of `calc`."""
    total, product, sign, op = Decimal(0), None, 1, "*"
    for token in expression.rstrip(".").split():
        if token in "+-":
            total, product, sign, op = total + sign * product, None, 1 if token == "+" else -1, "*"
        elif token in "*/":
            op = token
        else:
            x = Decimal(token)
            product = x if product is None else product * x if op == "*" else product / x
    return total + sign * product


def chains(text: str) -> list[str]:
    return [match[0] for line in text.split("\n") for match in CHAIN.finditer(line)]


@pytest.mark.parametrize("split", ["train", "heldout"])
def test_same_seed_same_stream(split: Split) -> None:
    assert examples(split, 300) == examples(split, 300)
    assert examples(split, 50) != examples(split, 50, seed=8)


def test_ids_are_unique() -> None:
    everything = (
        examples("train", 2000) + examples("heldout", 2000) + examples("train", 2000, seed=8)
    )
    assert len({e.id for e in everything}) == len(everything)


@pytest.mark.parametrize("split", ["train", "heldout"])
def test_every_step_is_true_and_the_last_gives_the_answer(split: Split) -> None:
    for example in examples(split, 8000):
        *steps, final = example.answer.split("\n")
        found = chains("\n".join(steps))
        assert found or "is" in steps[-1], example
        assert sum(line.count("=") for line in steps) == sum(chain.count("=") for chain in found), (
            example
        )
        for chain in found:
            values = [evaluate(part) for part in chain.split(" = ")]
            assert max(values) - min(values) == 0, example
        assert final.startswith("#### "), example
        assert float(final[5:]) == example.check["answer"], example
        numbers = re.findall(r"-?\d+(?:\.\d+)?", steps[-1])
        assert example.check["answer"] in map(float, numbers[-2:]), example


@pytest.mark.parametrize("split", ["train", "heldout"])
def test_the_reference_is_right_and_another_number_is_wrong(split: Split) -> None:
    for example in examples(split, 2000):
        assert TASK.grade(example, example.answer).right, example
        assert not TASK.grade(example, example.answer + "1").right
        assert not TASK.grade(example, f"#### {example.check['answer'] + 1}").right


@pytest.mark.parametrize(
    "tail", ["$1,200.50", "1200.5.", "1200.50 dollars", " 1200.5%", "€ 1,200.50", "12\n#### 1200.5"]
)
def test_grading_tolerates_notation(tail: str) -> None:
    example = Example("x", [], "", {"answer": 1200.5})
    assert TASK.grade(example, f"So 1 + 1 = 2.\n#### {tail}").right


def test_grading_says_why() -> None:
    example = Example("x", [], "", {"answer": 42})
    assert TASK.grade(example, "The answer is 42.").reason == "no #### line"
    assert TASK.grade(example, "#### unknown").reason == "no number after ####"
    assert TASK.grade(example, "#### 41").reason == "answered 41, expected 42"
    assert not TASK.grade(example, "#### -42").right


def test_splits_share_no_wording_and_no_word() -> None:
    for family in FAMILIES.values():
        assert family.train
        assert family.heldout or len(family.train) < 4
    train = {w for f in FAMILIES.values() for w in f.train if w != "{story}"}
    assert not train & {w for f in FAMILIES.values() for w in f.heldout}
    for kind in TRAIN.__dataclass_fields__:
        assert not set(getattr(TRAIN, kind)) & set(getattr(HELDOUT, kind))
    a, b = words.TRAIN, words.HELDOUT
    assert not {p.name for p in (*a.people, *a.roles)} & {p.name for p in (*b.people, *b.roles)}
    assert not {n.one for kind in a.nouns.values() for n in kind} & {
        n.one for kind in b.nouns.values() for n in kind
    }
    assert not {g[0].one for g in a.priced} & {g[0].one for g in b.priced}
    assert not {c.one for c in a.containers} & {c.one for c in b.containers}
    assert not set(a.colors) & set(b.colors)
    prompts = {e.messages[-1]["content"] for e in examples("train", 5000)}
    shared = prompts & {e.messages[-1]["content"] for e in examples("heldout", 5000)}
    assert not shared


@pytest.mark.parametrize("family", FAMILIES.values(), ids=list(FAMILIES))
def test_every_wording_can_be_filled(family: Family) -> None:
    for split, wordings in ((words.TRAIN, family.train), (words.HELDOUT, family.heldout)):
        for wording in wordings:
            for seed in range(20):
                draw = Draw(rng := Random(seed), split, split is words.HELDOUT)
                draw.wording = asked = expand(rng, wording)
                family.solve(draw)
                text = draw.fill(asked)
                assert not re.search(r"[\[\]{}@|]|  |(?<!=) [.,?!]", text), text
                assert text[0] == text[0].upper(), text


def test_steps_system_messages_and_variety() -> None:
    sample = examples("train", 6000)
    steps = [FAMILIES[e.id.split("-")[-1]].steps for e in sample]
    for n, share in ((1, 0.34), (2, 0.4), (3, 0.26)):
        assert abs(steps.count(n) / len(steps) - share) < 0.03
    systems = [e.messages[0]["content"] for e in sample if e.messages[0]["role"] == "system"]
    assert abs(len(systems) / len(sample) - 0.2) < 0.03
    assert len(set(systems)) > 150
    assert len({e.messages[-1]["content"] for e in sample}) > 5900
    assert len(FAMILIES) >= 50


@pytest.mark.parametrize(
    ("chain", "expected"),
    [
        (mul(47, 6), "47 * 6 = 40 * 6 + 7 * 6 = 240 + 42 = 282"),
        (mul(15, 12), "15 * 12 = 15 * 10 + 15 * 2 = 150 + 30 = 180"),
        (mul(Decimal("2.50"), 3), "2.50 * 3 = 2 * 3 + 0.50 * 3 = 6 + 1.50 = 7.50"),
        (mul(6, 4), "6 * 4 = 24"),
        (div(84, 6), "84 / 6 = 60 / 6 + 24 / 6 = 10 + 4 = 14"),
        (div(56, 8), "56 / 8 = 7"),
        (add(12, 5, 8), "12 + 5 + 8 = 17 + 8 = 25"),
        (add(345, 278), "345 + 278 = 545 + 78 = 623"),
        (add(Decimal("4.80"), 17), "4.80 + 17.00 = 21.80"),
        (sub(50, Decimal("12.50")), "50.00 - 12.50 = 37.50"),
        (sub(500, 178), "500 - 178 = 400 - 78 = 322"),
        (percent(15, 80)[0][-1], "15% of 80: 8 + 4 = 12."),
    ],
)
def test_arithmetic_is_spelled_out(chain: str, expected: str) -> None:
    assert chain == expected
