"""The Memory tab: where the memory is, as it happens, and what other settings would need."""

from __future__ import annotations

from dataclasses import dataclass

import gradio as gr

from lora_ui.strings import word
from lora_ui.ui.charts import build_charts
from lora_ui.ui.memory_events import chart_functions, strip_functions
from lora_ui.ui.memory_view import MemoryView
from lora_ui.ui.planner_part import PlannerPart, build_planner_part
from lora_ui.ui.strip import build_strip


@dataclass(frozen=True)
class MemoryTab:
    """The charts, which talk to the server by themselves, and the planner's form."""

    charts: gr.HTML
    planner: PlannerPart


def build_memory_strip(view: MemoryView) -> gr.HTML:
    """The strip of live figures. It stands above the tabs, and its script asks for all of them."""
    return build_strip(*strip_functions(view))


def build_memory_tab(view: MemoryView) -> MemoryTab:
    """Lay out the tab; the planner does nothing before `wire_planner_part`."""
    charts = build_charts(*chart_functions(view))
    with gr.Accordion(word("planner"), open=False, elem_id="planner"):
        planner = build_planner_part()
    return MemoryTab(charts, planner)
