"""What the page and the endpoints stand on, handed to every builder."""

from __future__ import annotations

from dataclasses import dataclass

from lora_ui.catalog.additions import Shelf
from lora_ui.catalog.models import Catalog
from lora_ui.engine.protocol import Engine
from lora_ui.memory.sampler import Sampler


@dataclass(frozen=True)
class Services:
    """The app's one engine and its catalog; without a `shelf`, visitors can add nothing.

    `clears_cache` says whether visitors may see and clear the Hub cache, which is the operator's.
    Without a `sampler` there are no live figures.
    """

    engine: Engine
    catalog: Catalog
    shelf: Shelf | None = None
    clears_cache: bool = True
    sampler: Sampler | None = None
