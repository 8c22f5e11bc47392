"""The Functions tab's custom views: the editor, and the columns of answers with their calls."""

from lora_ui.ui.calls.calls import CSS, build_calls, build_editor
from lora_ui.ui.calls.views import calls_view

__all__ = ["CSS", "build_calls", "build_editor", "calls_view"]
