"""Values read from text in one pass, with the place where reading stopped. Nothing is evaluated."""

from lora_ui.functions.scanning.skipping import after_fence, after_space, skip_balanced
from lora_ui.functions.scanning.values import MAX_DEPTH, Scan, scan_json, scan_python, whole_value

__all__ = [
    "MAX_DEPTH",
    "Scan",
    "after_fence",
    "after_space",
    "scan_json",
    "scan_python",
    "skip_balanced",
    "whole_value",
]
