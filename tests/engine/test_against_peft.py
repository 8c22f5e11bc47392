"""Every demo adapter answers as transformers and PEFT do on the same files, alone and in a batch.

Both compute in float32 and greedily. Where two answers part, the reference must have been undecided
there: between its two best tokens lies less than `NEARLY_EQUAL`, which is a matter of rounding.
"""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from itertools import islice

import pytest
from gradio_client import Client

from lora_ui.embedded.demos import TASK_NAMES, load_task
from lora_ui.embedded.examples import Example
from tests.app_process import CACHE, ROOT
from tests.peft_reference import Answer, Asked, ask_peft

PROMPTS = 20
TOKENS = 16
NEARLY_EQUAL = 0.01
"""Of logits that lie around 20: float32 sums in another order differ by less."""
SEED = 2026
LONGEST = 1200
"""Characters of a prompt: the longest lists of functions would take most of the time."""

Question = tuple[str, Asked]


@pytest.fixture(scope="module")
def questions() -> list[Question]:
    """(adapter, what is asked of it), `PROMPTS` for each demo adapter."""
    return [
        (name, Asked(str(ROOT / "adapters" / name), example.messages, TOKENS))
        for name in TASK_NAMES
        for example in islice(filter(is_short, load_task(name).generate(SEED, "heldout")), PROMPTS)
    ]


def is_short(example: Example) -> bool:
    return sum(len(message["content"]) for message in example.messages) <= LONGEST


@pytest.fixture(scope="module")
def expected(app_url: str, questions: list[Question]) -> list[Answer]:
    """What PEFT answers; the app has unpacked the base model by then."""
    del app_url
    model = CACHE / "models" / "SmolLM2-135M-Instruct"
    return ask_peft(model, [asked for _, asked in questions])


@pytest.fixture(scope="module")
def client(app_url: str) -> Client:
    client = Client(app_url, verbose=False)
    assert client.predict(api_name="/engine")["dtype"] == "float32"
    return client


def ask_app(client: Client, question: Question) -> str:
    name, asked = question
    *before, last = asked.messages
    system = before[0]["content"] if before else ""
    result = client.predict(
        last["content"],
        [name],
        system=system,
        temperature=0.0,
        max_tokens=TOKENS,
        api_name="/compare",
    )
    (column,) = result["columns"]
    assert column["error"] is None
    return column["text"]


def check(questions: list[Question], texts: list[str], expected: list[Answer]) -> None:
    assert len(texts) == len(expected) == PROMPTS * len(TASK_NAMES)
    for (name, asked), text, answer in zip(questions, texts, expected, strict=True):
        gap = answer.gap_where_it_parts(text)
        if gap is not None:
            print(f"{name}: parts where the best two logits are {gap:.5f} apart")
        told = f"{name} on {asked.messages[-1]['content']!r}: {text!r}, PEFT {answer.text!r}"
        assert gap is None or gap < NEARLY_EQUAL, told


@pytest.mark.timeout(900)  # the first to ask for the app and for PEFT's answers, too
def test_alone(client: Client, questions: list[Question], expected: list[Answer]) -> None:
    check(questions, [ask_app(client, one) for one in questions], expected)


def test_in_a_mixed_batch(
    client: Client, questions: list[Question], expected: list[Answer]
) -> None:
    mixed = sorted(range(len(questions)), key=lambda n: n % PROMPTS)  # neighbours differ in adapter
    with ThreadPoolExecutor(12) as threads:
        found = threads.map(lambda n: ask_app(client, questions[n]), mixed)
        texts = dict(zip(mixed, found, strict=True))
    check(questions, [texts[n] for n in range(len(questions))], expected)
