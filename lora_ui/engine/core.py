"""The vLLM engine itself: started from a plan, driven on one event loop.

Everything that touches vLLM's own classes is here. It has to run on vLLM 0.26 to 0.33, so arguments
go by keyword and only those that the installed version knows.
"""

from __future__ import annotations

import dataclasses
import logging
import time
from collections.abc import AsyncIterator, Mapping
from contextlib import aclosing
from pathlib import Path
from typing import Any

from lora_ui.engine.hardware import Hardware, cpu, gpu
from lora_ui.engine.protocol import Delta, EngineEvent, Finished, GenerationRequest, Rendered
from lora_ui.engine.roster import Entry
from lora_ui.errors import Problem
from lora_ui.sampling import Sampling

logger = logging.getLogger(__name__)


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
    """One running `AsyncLLM`."""

    def __init__(self, model: Path, served_name: str, arguments: Mapping[str, Any]) -> None:
        """Start it; blocks until the engine answers. Call where no event loop runs."""
        from vllm.engine.arg_utils import AsyncEngineArgs
        from vllm.v1.engine.async_llm import AsyncLLM

        known = {f.name for f in dataclasses.fields(AsyncEngineArgs)}
        unknown = sorted(set(arguments) - known)
        if unknown:
            raise Problem("unknown_engine_argument", names=", ".join(unknown))
        engine_args = AsyncEngineArgs(
            model=str(model),
            served_model_name=served_name,
            enable_lora=True,
            enable_log_requests=False,
            **arguments,
        )
        self.llm = AsyncLLM.from_engine_args(engine_args)

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
        """The requests that the engine has not ended."""
        llm = getattr(self, "llm", None)
        return len(llm.output_processor.request_states) if llm else 0

    @property
    def errored(self) -> bool:
        """Whether the engine's process has died."""
        return bool(self.llm.errored)

    async def add_adapter(self, entry: Entry) -> None:
        """Bring an adapter into a slot, reading it from disk if need be.

        A half-loaded adapter would answer with the weights of the slot's last occupant, so after
        any failure it is removed again.
        """
        try:
            await self.llm.add_lora(lora_request(entry))
        except Exception as error:
            if self.errored:
                raise
            try:
                await self.llm.remove_lora(entry.number)
            except Exception:
                logger.exception("The failed adapter %s could not be removed", entry.adapter.name)
            detail = str(error).strip().splitlines()
            raise Problem(
                "adapter_load_failed", name=entry.adapter.name, detail=detail[-1] if detail else "?"
            ) from error

    async def generate(
        self, request: GenerationRequest, entry: Entry | None
    ) -> AsyncIterator[EngineEvent]:
        """Stream one answer; closing the iterator aborts the request in the engine."""
        outputs = self.llm.generate(
            {"prompt_token_ids": list(request.prompt.token_ids)},
            sampling_params(request.sampling),
            request.request_id,
            lora_request=lora_request(entry) if entry else None,
        )
        tokens = 0
        async with aclosing(outputs):  # type: ignore[type-var]
            async for output in outputs:
                answer = output.outputs[0]
                tokens += len(answer.token_ids)
                yield Delta(answer.text, tokens, time.monotonic())
                if output.finished:
                    reason = answer.finish_reason
                    stop = answer.stop_reason if isinstance(answer.stop_reason, str) else None
                    yield Finished(reason if reason in ("stop", "length") else "abort", stop)

    async def warm_up(self, prompt: Rendered) -> None:
        """A few tokens, so that the first visitor doesn't pay for what is done once."""
        sampling = Sampling(max_tokens=4, temperature=0.0)
        request = GenerationRequest(f"warm-up-{time.monotonic()}", "base", prompt, sampling)
        async for _ in self.generate(request, None):
            pass

    def shutdown(self) -> None:
        """End the engine's processes; takes a second or more. The core is of no use afterwards."""
        self.llm.shutdown()
        del self.llm  # or its destructor would stumble over the end of the interpreter


def lora_request(entry: Entry) -> Any:
    """vLLM's name for an adapter whose files have been looked at."""
    from vllm.lora.request import LoRARequest

    assert entry.files is not None
    return LoRARequest(
        lora_name=entry.adapter.name,
        lora_int_id=entry.number,
        lora_path=str(entry.files.folder),
    )


def sampling_params(sampling: Sampling) -> Any:
    """vLLM's `SamplingParams` for complete settings; each output holds only what is new."""
    from vllm import SamplingParams
    from vllm.sampling_params import RequestOutputKind

    given = sampling.model_dump(exclude_none=True, exclude={"stop"})
    return SamplingParams(
        **given, stop=list(sampling.stop) or None, output_kind=RequestOutputKind.DELTA
    )
