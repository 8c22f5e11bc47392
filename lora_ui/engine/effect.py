"""Does an adapter change anything? A few tokens with and without it tell.

Adapters that don't are served without a word: weights that were never trained, or that lie under
names that belong to nothing. The text alone would say too little, since a weak adapter may choose
the same tokens; so the probabilities are compared as well.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable, Sequence

from lora_ui.catalog.models import Adapter
from lora_ui.engine.contents import Content
from lora_ui.engine.core import Core, Token
from lora_ui.engine.protocol import Message, Rendered
from lora_ui.errors import Problem

logger = logging.getLogger(__name__)

TOKENS = 8
TOP = 5
"""So many of the likeliest tokens are compared at each place."""
NOISE = {"float32": 1e-3, "float16": 0.05, "bfloat16": 0.25}
"""How far two log probabilities may lie apart and still be the same.

The same request differs a little from batch to batch, since sums are taken in another order: by
about the distance of two neighbouring numbers of a logit's size (around 20) in the engine's type.
"""
GENERAL_PROMPT = "Tell me in one sentence what you can do for me."

Render = Callable[[Sequence[Message]], Rendered]


def is_same(first: Sequence[Token], second: Sequence[Token], noise: float) -> bool:
    """Whether both chose the same tokens, all with the same probabilities up to `noise`."""
    if [token for token, _ in first] != [token for token, _ in second]:
        return False
    return all(
        abs(chance - others[token]) <= noise
        for (_, chances), (_, others) in zip(first, second, strict=True)
        for token, chance in chances.items()
        if token in others
    )


class EffectCheck:
    """Tries adapters out on one engine. For its event loop."""

    def __init__(self, core: Core, render: Render, longest_prompt: int) -> None:
        self._core = core
        self._render = render
        self._longest = longest_prompt
        self._base: dict[tuple[int, ...], list[Token]] = {}

    def begin(self, adapter: Adapter, content: Content) -> asyncio.Task[None] | None:
        """Try out what is in its slot now; None when the outcome is known.

        Whoever gets the task back first owns it (it is new then) and keeps the adapter in its slot
        until it has ended; others may wait for it, too.
        """
        if content.has_effect is not None:
            return None
        if content.probe is None or content.probe.done():
            content.probe = asyncio.ensure_future(self._try_out(adapter, content))
        return content.probe

    async def _try_out(self, adapter: Adapter, content: Content) -> None:
        try:
            prompt = self._prompt(adapter)
            identity = content.identity(adapter.name)
            bare, own = await asyncio.gather(
                self._of_base(prompt), self._core.likeliest(prompt, identity, TOKENS, TOP)
            )
        except Exception:  # nothing is known then; a dead engine is noticed elsewhere
            if not self._core.errored:
                logger.exception("The effect of %s could not be tried out", adapter.name)
            return
        if bare and own:
            noise = NOISE.get(self._core.dtype, max(NOISE.values()))
            content.has_effect = not is_same(bare, own, noise)

    async def _of_base(self, prompt: Rendered) -> list[Token]:
        known = self._base.get(prompt.token_ids)
        if known is None:
            known = await self._core.likeliest(prompt, None, TOKENS, TOP)
            self._base[prompt.token_ids] = known
        return known

    def _prompt(self, adapter: Adapter) -> Rendered:
        """The adapter's first example, as somebody would ask it, when it is not too long."""
        for example in adapter.examples[:1]:
            system = example.system if example.system is not None else adapter.system
            try:
                rendered = self._render(_chat(example.prompt, system))
            except Problem:
                break
            if len(rendered.token_ids) <= self._longest:
                return rendered
        return self._render(_chat(GENERAL_PROMPT, adapter.system))


def _chat(prompt: str, system: str | None) -> list[Message]:
    messages = [{"role": "system", "content": system}] if system else []
    return [*messages, {"role": "user", "content": prompt}]
