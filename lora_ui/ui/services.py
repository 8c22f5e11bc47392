"""What the page and the endpoints stand on, handed to every builder."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import gradio as gr

from lora_ui.catalog.additions import Shelf
from lora_ui.catalog.models import Catalog, Limits
from lora_ui.compare.asking import MAX_COLUMNS, check_size
from lora_ui.compare.columns import ColumnSpec
from lora_ui.engine.protocol import Engine
from lora_ui.memory.sampler import Sampler
from lora_ui.public.gate import Gate


@dataclass(frozen=True)
class Services:
    """The app's one engine and its catalog; without a `shelf`, visitors can add nothing.

    `clears_cache` says whether visitors may see and clear the Hub cache, which is the operator's.
    Without a `sampler` there are no live figures. A public demo has a `gate`, and an engine that
    stands behind it. `space` is the id of the Space that this runs in. With `has_login`, whoever
    sees the page has logged in.
    """

    engine: Engine
    catalog: Catalog
    shelf: Shelf | None = None
    clears_cache: bool = True
    sampler: Sampler | None = None
    gate: Gate | None = None
    space: str | None = None
    has_login: bool = False

    @property
    def limits(self) -> Limits | None:
        """What visitors of a public demo may use; None where nobody is limited."""
        return self.gate.limits if self.gate is not None else None

    def visitor(self, request: gr.Request) -> str | None:
        """The session that asks for a run; from now on its address has a part in its limits."""
        session = request.session_hash
        if self.gate is not None:
            client = request.client
            self.gate.meet(session, client.host if client else None)
        return session

    def check(
        self, text: str, specs: Sequence[ColumnSpec], visitor: str | None, *, patient: bool = False
    ) -> None:
        """Refuse a run that asks for too much, or for which a public demo has no room: a `Problem`.

        A `patient` one may have more answers than its visitor's allowance; they wait for it.
        """
        limits = self.limits
        check_size(text, specs, limits.columns if limits else MAX_COLUMNS)
        if self.gate is not None:
            self.gate.check(visitor, len(specs), patient=patient)
