"""The vLLM engine itself: started from a plan, driven on one event loop.

Everything that touches vLLM's own classes is here. It has to run on vLLM 0.26 to 0.33, so arguments
go by keyword and only those that the installed version knows.
"""

from __future__ import annotations

import asyncio
import dataclasses
import logging
import time
from collections.abc import AsyncIterator, Awaitable, Mapping
from contextlib import aclosing
from pathlib import Path
from typing import Any, TypeVar
from uuid import uuid4

from lora_ui.engine.contents import Identity
from lora_ui.engine.hardware import Hardware, cpu, gpu
from lora_ui.engine.meter import Meter, stat_logger
from lora_ui.engine.observation import EngineMemory, WorkerMemory
from lora_ui.engine.protocol import Delta, EngineEvent, Finished, GenerationRequest, Rendered
from lora_ui.engine.worker import Tiers
from lora_ui.errors import Problem
from lora_ui.sampling import Sampling

logger = logging.getLogger(__name__)

OWN = "lora-ui-own-"
"""How the ids of requests begin that nobody has asked for."""

T = TypeVar("T")
Token = tuple[int, Mapping[int, float]]
"""A token that was chosen, and the log probabilities of the likeliest ones at its place."""


def import_vllm() -> str:
    """Import vLLM (seconds) and return its version; a `Problem` when it isn't installed."""
    try:
        import vllm
    except ImportError as error:
        raise Problem("vllm_missing", detail=error) from None
    return vllm.__version__


def hardware() -> Hardware:
    """The device that the installed vLLM was built for; a `Problem` when it isn't there."""
    from vllm.platforms import current_platform

    if current_platform.is_cpu():
        return cpu()
    found = gpu()
    if found is None:
        raise Problem("no_gpu")
    return found


class Core:
    """One running `AsyncLLM`. Its methods are for one event loop."""

    def __init__(
        self, model: Path, served_name: str, arguments: Mapping[str, Any], meter: Meter
    ) -> None:
        """Start it; blocks until the engine answers. Call where no event loop runs.

        `meter` counts what it does.
        """
        from vllm.engine.arg_utils import AsyncEngineArgs
        from vllm.v1.engine.async_llm import AsyncLLM

        known = {f.name for f in dataclasses.fields(AsyncEngineArgs)}
        unknown = sorted(set(arguments) - known)
        if unknown:
            raise Problem("unknown_engine_argument", names=", ".join(unknown))
        engine_args = AsyncEngineArgs(
            model=str(model),
            served_model_name=served_name,
            enable_log_requests=False,
            **{"enable_lora": True, **arguments},
        )
        self._calls = 0
        self.steps = 0
        """How often the engine has answered anything."""
        self.llm: Any = AsyncLLM.from_engine_args(engine_args, stat_loggers=[stat_logger(meter)])

    @property
    def dtype(self) -> str:
        """The data type that the engine computes in."""
        return str(self.llm.model_config.dtype).removeprefix("torch.")

    @property
    def max_model_len(self) -> int:
        """The longest prompt and answer together, in tokens."""
        return int(self.llm.model_config.max_model_len)

    @property
    def running(self) -> int:
        """The people's requests that the engine has not ended."""
        return sum(not request.startswith(OWN) for request in self._requests())

    @property
    def awaited(self) -> int:
        """All that the engine has been asked and has not answered, adapters included."""
        return len(self._requests()) + self._calls

    @property
    def errored(self) -> bool:
        """Whether the engine's process has died, as far as vLLM has noticed."""
        llm = getattr(self, "llm", None)
        return llm is None or bool(llm.errored)

    def _requests(self) -> list[str]:
        llm = getattr(self, "llm", None)
        return list(llm.output_processor.request_states) if llm else []

    async def add_adapter(self, adapter: Identity, name: str) -> None:
        """Bring an adapter into a slot, reading it from disk if need be.

        A half-loaded adapter would answer with the weights of the slot's last occupant, so after
        any failure it is removed again. `name` is for the sentence that says so.
        """
        try:
            await self._call(self.llm.add_lora(lora_request(adapter)))
        except Exception as error:
            if self.errored:
                raise
            try:
                await self.remove_adapter(adapter.number)
            except Exception:
                logger.exception("The failed adapter %s could not be removed", adapter.name)
            detail = str(error).strip().splitlines()
            raise Problem(
                "adapter_load_failed", name=name, detail=detail[-1] if detail else "?"
            ) from error

    async def touch(self, adapter: Identity) -> None:
        """Make an adapter that is in a slot the most recently used one.

        vLLM's own pinning can't be undone and ends the engine when too much is pinned.
        """
        await self._call(self.llm.add_lora(lora_request(adapter)))

    async def remove_adapter(self, number: int) -> None:
        """Take an adapter out of slot and host memory; nothing may run on it."""
        await self._call(self.llm.remove_lora(number))

    async def tiers(self) -> Tiers | None:
        """The adapters in slots and in host memory; None when this vLLM does not tell."""
        try:
            answers = await self._call(self.llm.collective_rpc("lora_ui_tiers"))
        except Exception:
            if self.errored:
                raise
            return None
        return answers[0]

    async def memory(self) -> EngineMemory | None:
        """The memory of all workers by its parts; None when this vLLM does not tell."""
        try:
            answers = await self._call(self.llm.collective_rpc("lora_ui_memory"))
            workers = tuple(WorkerMemory(**sizes) for sizes in answers)
        except Exception:
            if self.errored:
                raise
            logger.exception("The engine does not tell its memory")
            return None
        return EngineMemory(workers, self._kv_tokens())

    def _kv_tokens(self) -> int | None:
        cache = getattr(getattr(self.llm, "vllm_config", None), "cache_config", None)
        blocks, size = getattr(cache, "num_gpu_blocks", None), getattr(cache, "block_size", None)
        return blocks * size if blocks and size else None

    async def _call(self, asked: Awaitable[T]) -> T:
        """Wait for something other than a request, and count it meanwhile."""
        self._calls += 1
        try:
            return await asked
        finally:
            self._calls -= 1
            self.steps += 1

    async def generate(
        self, request: GenerationRequest, adapter: Identity | None
    ) -> AsyncIterator[EngineEvent]:
        """Stream one answer; closing the iterator aborts the request in the engine.

        A constraint that vLLM does not take, or cannot keep, is a `Problem`.
        """
        params = await constrained(request.sampling, request.constraint)
        params.skip_special_tokens = not request.special_tokens
        tokens = 0
        try:
            async with aclosing(
                self._outputs(request.prompt, params, request.request_id, adapter)  # type: ignore[type-var]
            ) as outputs:
                async for output in outputs:
                    answer = output.outputs[0]
                    tokens += len(answer.token_ids)
                    yield Delta(answer.text, tokens, time.monotonic())
                    if output.finished:
                        yield _finished(answer, request.constraint)
        except Exception as error:
            if request.constraint is None or tokens or not _is_refusal(error):
                raise
            raise Problem("constraint_refused", detail=_first_line(error)) from None

    async def likeliest(
        self, prompt: Rendered, adapter: Identity | None, tokens: int, top: int
    ) -> list[Token]:
        """The first tokens of the likeliest answer, each beside the `top` likeliest ones."""
        params = sampling_params(Sampling(temperature=0.0, max_tokens=tokens), logprobs=top)
        found: list[Token] = []
        async with aclosing(
            self._outputs(prompt, params, f"{OWN}{uuid4().hex}", adapter)  # type: ignore[type-var]
        ) as outputs:
            async for output in outputs:
                answer = output.outputs[0]
                chances = answer.logprobs or []
                for token, likely in zip(answer.token_ids, chances, strict=True):
                    found.append((token, {t: chance.logprob for t, chance in likely.items()}))
        return found

    async def _outputs(
        self, prompt: Rendered, params: Any, request_id: str, adapter: Identity | None
    ) -> AsyncIterator[Any]:
        outputs = self.llm.generate(
            {"prompt_token_ids": list(prompt.token_ids)},
            params,
            request_id,
            lora_request=lora_request(adapter) if adapter else None,
        )
        async with aclosing(outputs):  # type: ignore[type-var]
            async for output in outputs:
                self.steps += 1
                yield output

    async def warm_up(self, prompt: Rendered) -> None:
        """A few tokens, so that the first visitor doesn't pay for what is done once."""
        sampling = Sampling(max_tokens=4, temperature=0.0)
        request = GenerationRequest(f"{OWN}{uuid4().hex}", "base", prompt, sampling)
        async for _ in self.generate(request, None):
            pass

    def shutdown(self) -> None:
        """End the engine's processes; takes a second or more. The core is of no use afterwards."""
        self.llm.shutdown()
        del self.llm  # or its destructor would stumble over the end of the interpreter


def lora_request(adapter: Identity) -> Any:
    """vLLM's name for an adapter."""
    from vllm.lora.request import LoRARequest

    return LoRARequest(
        lora_name=adapter.name, lora_int_id=adapter.number, lora_path=str(adapter.folder)
    )


async def constrained(sampling: Sampling, constraint: str | None) -> Any:
    """vLLM's `SamplingParams`; a constraint that the engine would refuse is a `Problem`.

    vLLM keeps the grammar backend of the first request for all that follow. One that is tried when
    xgrammar refuses a tag knows no such tags, and every later constraint would fail with it. So
    xgrammar reads the tag before vLLM sees it.
    """
    if constraint is None:
        return sampling_params(sampling)
    from vllm.sampling_params import StructuredOutputsParams

    try:
        await asyncio.to_thread(_read_tag, constraint)
    except Exception as error:
        raise Problem("constraint_refused", detail=_first_line(error)) from None
    return sampling_params(
        sampling, structured_outputs=StructuredOutputsParams(structural_tag=constraint)
    )


def _finished(answer: Any, constraint: str | None) -> Finished:
    """How an answer of vLLM's ended; a constraint that could not be kept is a `Problem`."""
    reason = answer.finish_reason
    if reason == "error" and constraint:
        raise Problem("constraint_failed")
    stop = answer.stop_reason if isinstance(answer.stop_reason, str) else None
    return Finished(reason if reason in ("stop", "length") else "abort", stop)


def _is_refusal(error: Exception) -> bool:
    """Whether vLLM says that the request is wrong: by ValueError, or since 0.32 by its own."""
    return isinstance(error, ValueError) or type(error).__name__ == "VLLMValidationError"


def _read_tag(tag: str) -> None:
    import xgrammar

    xgrammar.Grammar.from_structural_tag(tag)


def _first_line(error: Exception) -> str:
    lines = str(error).strip().splitlines()
    return lines[0][:300] if lines else type(error).__name__


def sampling_params(sampling: Sampling, **more: Any) -> Any:
    """vLLM's `SamplingParams` for complete settings; each output holds only what is new."""
    from vllm import SamplingParams
    from vllm.sampling_params import RequestOutputKind

    given = sampling.model_dump(exclude_none=True, exclude={"stop"})
    return SamplingParams(
        **given, **more, stop=list(sampling.stop) or None, output_kind=RequestOutputKind.DELTA
    )
