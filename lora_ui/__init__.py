"""LoRA UI: one vLLM engine, many LoRA adapters, side by side in a web page."""

__version__ = "0.1.0"
