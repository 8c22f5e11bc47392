"""The scoreboard's custom view: `build_scores` makes it, `scores_view` fills it."""

from lora_ui.ui.scores.scores import CSS, build_scores
from lora_ui.ui.scores.view import chart, problem_view, scores_view

__all__ = ["CSS", "build_scores", "chart", "problem_view", "scores_view"]
