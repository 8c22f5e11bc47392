"""What can be handed on: a page's settings as a link or as a file. Plain Python, no Gradio."""

from lora_ui.share.links import Reading, read_file, read_link
from lora_ui.share.writing import all_fields, to_fields, to_file, to_query

__all__ = ["Reading", "all_fields", "read_file", "read_link", "to_fields", "to_file", "to_query"]
