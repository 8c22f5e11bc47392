"""Adding adapters while the app runs: uploads, the Hub, and folders that the operator opened."""

from lora_ui.catalog.additions.hub_cache import clear_hub_cache, hub_cache
from lora_ui.catalog.additions.shelf import Shelf
from lora_ui.catalog.additions.values import Added, CacheUse, Usage
from lora_ui.catalog.sources import Stopped

__all__ = ["Added", "CacheUse", "Shelf", "Stopped", "Usage", "clear_hub_cache", "hub_cache"]
