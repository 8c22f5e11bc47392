"""The masthead with its button Copy link, and the script that keeps the address bar true."""

from lora_ui.ui.links.links import CSS, build_links

__all__ = ["CSS", "build_links"]
