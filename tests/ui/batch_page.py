"""The Batch tab alone on a page, over the test engine."""

from __future__ import annotations

from dataclasses import dataclass

import gradio as gr

from lora_ui.catalog.models import Adapter, Catalog, Example
from lora_ui.ui.batch_events import wire_batch_tab
from lora_ui.ui.batch_tab import build_batch_tab
from lora_ui.ui.services import Services
from lora_ui.ui.theme import theme
from tests.fake_engine import FakeEngine

CATALOG = Catalog(
    adapters=(
        Adapter(
            name="text2sql",
            source="x",
            title="Text to SQL",
            examples=(Example(title="Count", prompt="CREATE TABLE t (a INT);\n\nHow many?"),),
        ),
        Adapter(
            name="math", source="y", examples=(Example(title="Sum", prompt="What is 40 and 2?"),)
        ),
        Adapter(name="broken", source="z"),
    )
)


@dataclass
class BatchPage:
    """A served page and the engine behind it."""

    url: str
    engine: FakeEngine
    demo: gr.Blocks


def serve_batch(delay_s: float = 0.005) -> BatchPage:
    """Serve it from a thread until `demo.close()`."""
    engine = FakeEngine(CATALOG, delay_s=delay_s, broken=frozenset({"broken"}))
    services = Services(engine=engine, catalog=CATALOG)
    with gr.Blocks(analytics_enabled=False) as demo:
        wire_batch_tab(build_batch_tab(services), services)
    _, url, _ = demo.launch(
        prevent_thread_lock=True,
        quiet=True,
        theme=theme(),
        run_history=False,
        enable_monitoring=False,
        ssr_mode=False,
    )
    return BatchPage(url, engine, demo)
