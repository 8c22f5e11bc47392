"""The words of docs/hazards.md for each thing that an engine can make of an adapter."""

from __future__ import annotations

import pytest

from tests.peft_reference import Answer
from tests.zoo import ZOO
from tests.zoo.bare import Reference
from tests.zoo.bare_engine import Outcome
from tests.zoo.bare_report import Row, cell, kind, summary, table

TEXTS = {"base": "Hello", "text2sql": "SELECT", "mine": "Bonjour"}


def says(text: str, gap: float = 5.0) -> list[Answer]:
    return [Answer([1], [text], [gap])]


REFERENCE = Reference(
    says(TEXTS["base"]),
    {"text2sql": says(TEXTS["text2sql"])},
    {"mine": says(TEXTS["mine"]), "weak": says(TEXTS["base"]), "broken": "ValueError: no"},
)


@pytest.mark.parametrize(
    ("outcome", "words"),
    [
        (Outcome("mine", texts=["Bonjour"]), "answers as PEFT does"),
        (Outcome("weak", texts=["Hello"]), "answers as PEFT does"),
        (Outcome("mine", texts=["Hello"]), "answers as the base does, without a word"),
        (Outcome("broken", texts=["Hello"]), "answers as the base does, without a word"),
        (Outcome("mine", texts=["SELECT"]), "answers with another adapter’s weights"),
        (Outcome("broken", texts=["!!"], again=["!!"]), "answers something that PEFT does not"),
        (Outcome("broken", texts=["!!"], again=["??"]), "answers with another adapter’s weights"),
        (Outcome("mine", refused="No."), "refused"),
        (Outcome("mine", refused="No.", others=False), "changes what other adapters answer"),
        (Outcome("mine", refused="No.", died="Dead."), "ends the engine for everybody"),
        (Outcome("mine", hung=True), "hangs the engine for everybody"),
    ],
)
def test_each_outcome_comes_down_to_its_kind(outcome: Outcome, words: str) -> None:
    assert kind(REFERENCE.verdict(outcome)) == words


def test_an_answer_at_the_second_try_is_told_as_such() -> None:
    outcome = Outcome("mine", refused="No.", second_try=True, texts=["SELECT"])
    verdict = REFERENCE.verdict(outcome)
    assert verdict.startswith("refused at first, taken at the second try; **answers as text2sql")
    assert "not as PEFT" in verdict


def test_an_error_is_told_without_the_folder() -> None:
    outcome = Outcome("cut-off", refused="No /tmp/x-1/zoo/cut-off here")
    assert REFERENCE.verdict(outcome) == "refused: No cut-off here"


def test_a_near_tie_of_the_reference_counts_as_equal() -> None:
    near = Reference(says("Hello"), {}, {"mine": says("Bonjour", gap=0.001)})
    assert kind(near.verdict(Outcome("mine", texts=["Bonsoir"]))) == "answers as PEFT does"


def test_the_table_keeps_its_shape_whatever_an_error_says() -> None:
    row = Row(ZOO[0], "refused: a | b\n<c> " + "x" * 500, "refused: no")
    assert len({line.count("|") - line.count("\\|") for line in table([row]).splitlines()}) == 1
    assert len(cell(row.bare)) < 250
    assert "| refused | 1 | 1 | 0 | 0 |" in summary([row], [])
