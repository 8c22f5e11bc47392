"""The strip: the live figures in one line above the tabs, and the page's one poll of them."""

from lora_ui.ui.strip.strip import CSS, build_strip

__all__ = ["CSS", "build_strip"]
