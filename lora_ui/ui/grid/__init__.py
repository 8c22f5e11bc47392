"""The Batch tab's table of prompts and adapters: `build_grid` makes it, `GridView` fills it."""

from lora_ui.ui.grid.grid import EMPTY, build_grid
from lora_ui.ui.grid.view import GridView, problem_view

__all__ = ["EMPTY", "GridView", "build_grid", "problem_view"]
