"""Function calling: formats, a parser that tells exactly what came back, constraints, tools.

Plain Python: importing this imports neither vLLM nor torch nor Gradio.
"""

from lora_ui.functions.parsing import parse_calls
from lora_ui.functions.results import Call, CallError, OpenCall, ParseResult
from lora_ui.functions.streaming import StreamParser

__all__ = ["Call", "CallError", "OpenCall", "ParseResult", "StreamParser", "parse_calls"]
