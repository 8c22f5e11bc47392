"""One life of an engine that is given doubtful adapters: bare vLLM, or LoRA UI's engine.

A process of its own, since bare vLLM dies of some. Jobs come as JSON on standard input, and each
outcome goes to a file as a line, so that what was found survives.
"""

from __future__ import annotations

import asyncio
import json
import os
import re
import sys
from contextlib import suppress
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import Any, Literal
from uuid import uuid4

from tests.app_process import ROOT
from tests.zoo.proof import QUESTIONS, TOKENS

GOOD = ("text2sql", "function")
"""Two adapters for two slots: each specimen gets a slot in which one of them has been."""
SLOTS = 2
SETTLE_S = 0.5
"""So long after an error an engine may take to notice that it is dead."""

FEW = 6
WRAPPED = re.compile(r"Worker failed with error ['\"](.*)['\"], please check the stack trace")

Kind = Literal["bare", "ours"]
Way = Literal["add", "generate"]


@dataclass(frozen=True)
class Job:
    """Ask the adapter in `folder`: after `add_lora`, or with nothing but `generate`."""

    name: str
    folder: str
    way: Way = "add"


@dataclass(frozen=True)
class Outcome:
    """What came of a job.

    `refused` is the first line of the error; `second_try` says that asking again went through.
    `texts` are the answers to `QUESTIONS`, `again` those when another good adapter has been in its
    slot before. `died` and `hung` are about the whole engine. `others` says whether the good
    adapters answered afterwards as they had before.
    """

    name: str
    refused: str | None = None
    second_try: bool = False
    texts: list[str] | None = None
    again: list[str] | None = None
    died: str | None = None
    hung: bool = False
    others: bool = True


class Bare:
    """vLLM's own `AsyncLLM`, with the same settings, and nothing between it and the adapters."""

    def __init__(self, model: Path, rank: Any, modules: list[str]) -> None:
        from transformers import AutoTokenizer
        from vllm.engine.arg_utils import AsyncEngineArgs
        from vllm.v1.engine.async_llm import AsyncLLM

        self.llm = AsyncLLM.from_engine_args(
            AsyncEngineArgs(
                model=str(model),
                dtype="float32",
                enable_lora=True,
                max_loras=SLOTS,
                max_cpu_loras=2 * SLOTS,
                max_lora_rank=rank,
                lora_target_modules=modules,
                max_model_len=2048,
                enforce_eager=True,
                kv_cache_memory_bytes=1024**3,
            )
        )
        self.tokenizer: Any = AutoTokenizer.from_pretrained(model)
        self.numbers: dict[str, int] = {}

    def request(self, name: str, folder: str) -> Any:
        from vllm.lora.request import LoRARequest

        number = self.numbers.setdefault(name, len(self.numbers) + 1)
        return LoRARequest(lora_name=name, lora_int_id=number, lora_path=folder)

    async def ask(self, lora: Any, questions: int, tokens: int) -> list[str]:
        """The greedy answers to the first so many questions, in one batch."""
        from vllm import SamplingParams

        async def one(messages: Any) -> str:
            prompt = self.tokenizer.apply_chat_template(
                messages, tokenize=False, add_generation_prompt=True
            )
            ids = self.tokenizer(prompt, add_special_tokens=False)["input_ids"]
            sampling = SamplingParams(temperature=0.0, max_tokens=tokens)
            text = ""
            async for output in self.llm.generate(
                {"prompt_token_ids": ids}, sampling, uuid4().hex, lora_request=lora
            ):
                text = output.outputs[0].text
            return text

        return list(await asyncio.gather(*(one(q) for q in QUESTIONS[:questions])))

    async def good(self, name: str) -> str:
        """A few tokens of a good adapter, which bring it into a slot."""
        (text,) = await self.ask(self.request(name, str(ROOT / "adapters" / name)), 1, FEW)
        return text

    async def run(self, job: Job, name: str) -> Outcome:
        """One adapter, as somebody would use it who knows vLLM's documentation."""
        outcome, lora = Outcome(job.name), self.request(name, job.folder)
        try:
            if job.way == "add":
                outcome = await self.add(outcome, lora)
            if outcome.refused is None or outcome.second_try:
                answers = await self.ask(lora, len(QUESTIONS), TOKENS)
                outcome = replace(outcome, texts=answers)
        except Exception as error:
            if await self.is_dead():
                return replace(outcome, died=first_line(error))
            outcome = replace(outcome, refused=first_line(error))
        with suppress(Exception):
            await self.llm.remove_lora(lora.lora_int_id)
        return outcome

    async def add(self, outcome: Outcome, lora: Any) -> Outcome:
        """Load it; one that is refused is tried once more, as an impatient visitor would."""
        try:
            await self.llm.add_lora(lora)
        except Exception as error:
            if await self.is_dead():
                raise
            again = False
            with suppress(Exception):
                again = await self.llm.add_lora(lora)
            return replace(outcome, refused=first_line(error), second_try=bool(again))
        return outcome

    async def is_dead(self) -> bool:
        for _ in range(int(SETTLE_S * 10)):
            if self.llm.errored:
                return True
            await asyncio.sleep(0.1)
        return False


def first_line(error: BaseException) -> str:
    """What an error says, without the words that vLLM puts around each."""
    lines = str(error).strip().splitlines() or [type(error).__name__]
    found = WRAPPED.search(lines[0])
    return found[1] if found else lines[0]


class Ours:
    """LoRA UI's engine, through the protocol that the page uses."""

    def __init__(self, engine: Any) -> None:
        self.engine = engine

    async def good(self, name: str) -> str:
        from tests.real_engine import ask

        return (await ask(self.engine, name, QUESTIONS[0], FEW)).text

    async def run(self, job: Job, name: str) -> Outcome:
        """One adapter, as a visitor would add it and ask it."""
        from lora_ui.catalog.models import Adapter
        from lora_ui.errors import Problem
        from tests.real_engine import ask

        outcome = Outcome(job.name)
        folder = Path(job.folder)
        await self.engine.add(Adapter(name=name, source=job.folder), folder)
        try:
            told = [await ask(self.engine, name, q, TOKENS) for q in QUESTIONS]
            outcome = replace(outcome, texts=[one.text for one in told])
        except Problem as problem:
            status = next(s for s in self.engine.adapters() if s.adapter.name == name)
            errors = [f.message for f in status.findings if f.severity == "error"]
            outcome = replace(outcome, refused=errors[0] if errors else problem.message)
        await self.engine.remove(name)
        return outcome


async def try_out(engine: Bare | Ours, job: Job, known: dict[str, str]) -> Outcome:
    """Twice, with the two good ones in each other's slots; what is asked anew has a new name.

    `known` is what the good ones answered when the engine was new.
    """
    for name in GOOD:
        await engine.good(name)
    outcome = await engine.run(job, job.name)
    if outcome.died:
        return outcome
    try:
        after = {name: await engine.good(name) for name in reversed(GOOD)}
        if outcome.texts is not None:
            outcome = replace(outcome, again=(await engine.run(job, f"{job.name}.again")).texts)
    except Exception as error:
        return replace(outcome, died=first_line(error))
    return replace(outcome, others=after == known)


async def work(engine: Bare | Ours, jobs: list[Job], report: Any) -> None:
    """Every job in turn, until the engine is dead or spoilt."""
    known = {name: await engine.good(name) for name in GOOD}
    for job in jobs:
        report({"begun": job.name})
        outcome = await try_out(engine, job, known)
        report({"done": asdict(outcome)})
        if outcome.died or not outcome.others:
            return


def main() -> None:
    """Command line: `python -m tests.zoo.bare_engine OUT`, started by `bare`."""
    call = json.load(sys.stdin)
    jobs = [Job(**job) for job in call["jobs"]]
    with Path(sys.argv[1]).open("a") as out:

        def report(line: dict[str, Any]) -> None:
            print(json.dumps(line), file=out, flush=True)

        if call["kind"] == "bare":
            os.environ["VLLM_WORKER_MULTIPROC_METHOD"] = "spawn"
            bare = Bare(Path(call["model"]), call["rank"], call["modules"])
            report({"ready": True})
            asyncio.run(work(bare, jobs, report))
            bare.llm.shutdown()
            return
        from tests.real_engine import real_engine

        settings: dict[str, Any] = {
            "max_lora_rank": call["rank"],
            "lora_target_modules": call["modules"],
        }
        with real_engine(GOOD, max_loras=SLOTS, **settings) as engine:
            report({"ready": True})
            asyncio.run(work(Ours(engine), jobs, report))


if __name__ == "__main__":
    main()
