"""Training examples as they flow: made by worker processes, turned into tokens, put into batches.

The stream depends on the seed and the number of workers alone, never on timing: the workers are
read in turn, a fixed number of examples each.
"""

from __future__ import annotations

import multiprocessing
from collections.abc import Generator, Iterable, Iterator
from contextlib import suppress
from dataclasses import dataclass
from itertools import islice
from multiprocessing.connection import Connection
from random import Random
from typing import TYPE_CHECKING, Any

from lora_ui.embedded.tasks.base import Example, Task

if TYPE_CHECKING:
    from transformers import PreTrainedTokenizerBase

CHUNK = 32
"""Examples that a worker hands over at a time."""
POOL_BATCHES = 16
"""Batches' worth of examples that are sorted by length together."""
LONGEST = 2048
"""Tokens of an example at most (the engine's context); longer ones are left out."""
WORKER_SEEDS = 1000
"""Worker w of seed s draws from the generator's seed s * WORKER_SEEDS + w."""


@dataclass(frozen=True)
class Encoded:
    """An example as token ids; those from `prompt_length` on are the answer, end token included."""

    ids: list[int]
    prompt_length: int


def render(tokenizer: PreTrainedTokenizerBase, messages: list[dict[str, str]]) -> str:
    """The chat as the engine renders it, up to where the answer begins."""
    return str(tokenizer.apply_chat_template(messages, add_generation_prompt=True, tokenize=False))


def encode(tokenizer: PreTrainedTokenizerBase, examples: list[Example]) -> list[Encoded]:
    """Token ids of prompt and answer, cut apart where the model starts to write."""
    ask: Any = tokenizer  # called with lists of strings it gives lists of ids
    prompts = ask([render(tokenizer, e.messages) for e in examples], add_special_tokens=False)
    answers = ask([e.answer for e in examples], add_special_tokens=False)
    end: Any = tokenizer.eos_token_id
    return [
        Encoded([*prompt, *answer, end], len(prompt))
        for prompt, answer in zip(prompts["input_ids"], answers["input_ids"], strict=True)
    ]


def _serve(task: Task, seed: int, pipe: Connection) -> None:
    """A worker's life: send chunks of examples until nobody listens any more."""
    stream = task.generate(seed, "train")
    with suppress(BrokenPipeError, KeyboardInterrupt):
        while True:
            pipe.send(list(islice(stream, CHUNK)))


def stream_examples(task: Task, seed: int, workers: int) -> Generator[Example, None, None]:
    """Endless training examples, made by `workers` processes (0: in this one, same as one worker).

    Closing the iterator ends the workers; so does the end of this process, however it comes.
    """
    if workers == 0:
        yield from task.generate(seed * WORKER_SEEDS, "train")
        return
    spawn = multiprocessing.get_context("spawn")
    pipes, processes = [], []
    for number in range(workers):
        ours, theirs = spawn.Pipe(duplex=False)
        process = spawn.Process(
            target=_serve, args=(task, seed * WORKER_SEEDS + number, theirs), daemon=True
        )
        process.start()
        theirs.close()  # the worker now holds the only writing end, so its death ends the pipe
        pipes.append(ours)
        processes.append(process)
    try:
        while True:
            for number, pipe in enumerate(pipes):
                try:
                    yield from pipe.recv()
                except EOFError:
                    raise RuntimeError(
                        f"worker {number} of {task.name} stopped; see its error above"
                    ) from None
    finally:
        for pipe in pipes:
            pipe.close()
        for process in processes:
            process.join(timeout=2)
            if process.is_alive():
                process.terminate()


def encode_stream(
    tokenizer: PreTrainedTokenizerBase, examples: Iterable[Example]
) -> Iterator[Encoded]:
    """The examples as tokens, without those longer than `LONGEST`."""
    examples = iter(examples)
    while chunk := list(islice(examples, CHUNK)):
        for encoded in encode(tokenizer, chunk):
            if len(encoded.ids) <= LONGEST:
                yield encoded


def cut(pool: list[Encoded], max_examples: int, max_tokens: int) -> list[list[Encoded]]:
    """Batches of neighbours in length; padded to its longest, none has more than `max_tokens`.

    A single example over the budget makes a batch of its own.
    """
    batches: list[list[Encoded]] = []
    for encoded in sorted(pool, key=lambda e: len(e.ids)):
        last = batches[-1] if batches else None
        if last and len(last) < max_examples and (len(last) + 1) * len(encoded.ids) <= max_tokens:
            last.append(encoded)
        else:
            batches.append([encoded])
    return batches


def batches(
    encoded: Iterable[Encoded], seed: int, max_examples: int, max_tokens: int
) -> Iterator[list[Encoded]]:
    """Batches by length, in random order: each pool is sorted, cut up and shuffled."""
    rng = Random(f"batches-{seed}")
    stream = iter(encoded)
    while pool := list(islice(stream, POOL_BATCHES * max_examples)):
        cuts = cut(pool, max_examples, max_tokens)
        rng.shuffle(cuts)
        yield from cuts
