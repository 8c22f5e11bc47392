"""The real page over the test engine, served in a thread of this process."""

from __future__ import annotations

import atexit
import shutil
import tempfile
from dataclasses import dataclass
from pathlib import Path

import gradio as gr

from lora_ui.catalog.additions import Shelf
from lora_ui.catalog.models import Adapter, Additions, Catalog, Example
from lora_ui.hosting import Hosting
from lora_ui.memory.sampler import Sampler
from lora_ui.public.engine import PublicEngine
from lora_ui.public.gate import Gate
from lora_ui.sampling import Sampling
from lora_ui.ui.entrance import entrance
from lora_ui.ui.page import build_page, launch_options
from lora_ui.ui.services import Services
from tests.fake_engine import FakeEngine

CATALOG = Catalog(
    defaults=Sampling(temperature=0.0, max_tokens=200),
    adapters=(
        Adapter(
            name="text2sql",
            source="adapters/text2sql",
            title="Text to SQL",
            examples=(
                Example(title="Count rows", prompt="CREATE TABLE head (age INT)\n\nHow many?"),
            ),
        ),
        Adapter(
            name="math",
            source="adapters/math",
            title="Grade-school math",
            sampling=Sampling(max_tokens=150),
            examples=(Example(title="Clips", prompt="Natalia sold 48 clips. How many?"),),
        ),
        Adapter(
            name="function",
            source="adapters/function",
            title="Function calls",
            system="You call functions.",
            examples=(
                Example(title="Weather", prompt="Weather in Oslo?", system="Functions: weather"),
            ),
        ),
        *(
            Adapter(name=f"extra{number}", source=f"adapters/extra{number}")
            for number in range(1, 6)
        ),
    ),
)

HOSTING = Hosting()

RULES = Additions(max_mb=2, max_per_visitor=3, max_mb_per_visitor=5, keep_minutes=30)


@dataclass
class FakePage:
    """A served page; `engine` and `shelf` are those behind it."""

    url: str
    engine: FakeEngine
    demo: gr.Blocks
    shelf: Shelf


def serve(*, delay_s: float = 0.02, port: int | None = None) -> FakePage:
    """Serve the page until the process ends or `demo.close()`."""
    return serve_engine(
        FakeEngine(CATALOG, delay_s=delay_s, broken=frozenset({"extra5"})), port=port
    )


def serve_engine(
    engine: FakeEngine,
    *,
    port: int | None = None,
    rules: Additions = RULES,
    sampler: Sampler | None = None,
    hosting: Hosting = HOSTING,
    gate: Gate | None = None,
) -> FakePage:
    """Serve the page over this engine; `rules` say what may be added, `hosting` who comes in.

    With a `gate` it is a public demo.
    """
    root = Path(tempfile.mkdtemp(prefix="lora-ui-test-"))
    names = [adapter.name for adapter in engine.catalog.adapters]
    shelf = Shelf(rules, root, root, names)
    atexit.register(shutil.rmtree, root, ignore_errors=True)
    services = Services(
        engine=PublicEngine(engine, gate) if gate else engine,
        catalog=engine.catalog,
        shelf=shelf,
        sampler=sampler,
        gate=gate,
        space=hosting.space,
        has_login=hosting.has_login,
    )
    demo = build_page(services)
    _, url, _ = demo.launch(
        prevent_thread_lock=True,
        quiet=True,
        server_port=port,
        **entrance(hosting, engine, sampler or Sampler(engine)),
        **launch_options(services),
    )
    return FakePage(url, engine, demo, shelf)
