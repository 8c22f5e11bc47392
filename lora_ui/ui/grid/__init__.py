"""The Batch tab's table of prompts and adapters: `build_grid` makes it, `grid_view` fills it."""

from lora_ui.ui.grid.grid import EMPTY, build_grid
from lora_ui.ui.grid.view import grid_view, problem_view

__all__ = ["EMPTY", "build_grid", "grid_view", "problem_view"]
