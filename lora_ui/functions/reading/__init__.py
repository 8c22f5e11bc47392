"""From text to regions: where calls stand, and what can be read of them."""

from lora_ui.functions.reading.found import Found, Region
from lora_ui.functions.reading.named import Escaped
from lora_ui.functions.reading.readers import Reading, read

__all__ = ["Escaped", "Found", "Reading", "Region", "read"]
