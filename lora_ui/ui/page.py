"""The page: a masthead, the engine's line, one tab after another, and the endpoints."""

from __future__ import annotations

from typing import Any

import gradio as gr

from lora_ui.strings import word
from lora_ui.ui.adapters_events import build_followers, wire_adapters_tab
from lora_ui.ui.adapters_tab import build_adapters_tab
from lora_ui.ui.batch_events import wire_batch_tab
from lora_ui.ui.batch_tab import build_batch_tab
from lora_ui.ui.cards.view import BYTES_PER_MB
from lora_ui.ui.compare_events import wire_compare_tab
from lora_ui.ui.compare_tab import build_compare_tab
from lora_ui.ui.endpoints import register_endpoints
from lora_ui.ui.engine_banner import build_engine_banner, wire_engine_banner
from lora_ui.ui.function_endpoints import register_function_endpoints
from lora_ui.ui.functions_events import wire_functions_tab
from lora_ui.ui.functions_tab import build_functions_tab
from lora_ui.ui.links_events import build_masthead, linked, wire_links
from lora_ui.ui.memory_events import memory_view
from lora_ui.ui.memory_tab import build_memory_strip, build_memory_tab
from lora_ui.ui.planner_part import wire_planner_part
from lora_ui.ui.services import Services
from lora_ui.ui.theme import head, theme
from lora_ui.ui.visits import Visits

LARGEST_TEXT_BYTES = 32 * BYTES_PER_MB
"""What may be uploaded where no adapters may: prompt files, which have a limit of their own."""

DELETE_CACHE = (3600, 7200)
"""Seconds: each hour, uploads and downloads over two hours old go; all of them at the app's end."""


def build_page(services: Services) -> gr.Blocks:
    """The whole page over one engine. Launch it with `launch_options()`."""
    visits = Visits()
    with gr.Blocks(
        title=word("app_name"), analytics_enabled=False, fill_width=True, delete_cache=DELETE_CACHE
    ) as demo:
        links = build_masthead(services)
        banner = build_engine_banner(services)
        view = memory_view(services)
        build_memory_strip(view)
        with gr.Tabs() as tabs:
            with gr.Tab(word("tab_compare"), id="compare"):
                compare = build_compare_tab(services)
            with gr.Tab(word("tab_batch"), id="batch"):
                batch = build_batch_tab(services)
            with gr.Tab(word("tab_functions"), id="functions"):
                functions = build_functions_tab(services)
            with gr.Tab(word("tab_adapters"), id="adapters"):
                adapters = build_adapters_tab(services)
            with gr.Tab(word("tab_memory"), id="memory"):
                memory = build_memory_tab(view)
        pickers = (compare.adapters, batch.adapters, functions.adapters, functions.scores.adapters)
        followers = build_followers(tabs, pickers, compare.board)

        async def leave(request: gr.Request) -> None:
            await visits.leave(request.session_hash)
            functions_page.leave(request.session_hash)
            await adapters_page.leave(request.session_hash)

        wire_engine_banner(demo, banner, services)
        wire_compare_tab(compare, services, visits)
        wire_batch_tab(batch, services)
        functions_page = wire_functions_tab(functions, services, visits)
        adapters_page = wire_adapters_tab(demo, adapters, services, followers)
        wire_planner_part(memory.planner, services.engine)
        wire_links(links, linked(tabs, compare, batch, functions), services)
        register_endpoints(services, visits)
        register_function_endpoints(services, visits)
        demo.unload(leave)
    return demo


def launch_options(services: Services | None = None) -> dict[str, Any]:
    """What `Blocks.launch()` must be given for this page to look and behave as it is meant to."""
    shelf = services.shelf if services else None
    return {
        "max_file_size": max(
            LARGEST_TEXT_BYTES, int(shelf.rules.max_mb * BYTES_PER_MB) if shelf else 0
        ),
        "theme": theme(),
        "head": head(),
        "run_history": False,
        "enable_monitoring": False,
        "ssr_mode": False,
        "pwa": False,
        "show_error": False,
        "footer_links": ["api", "settings"],
    }
