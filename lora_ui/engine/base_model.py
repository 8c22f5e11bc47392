"""Where the base model comes from, and the name that it goes by."""

from __future__ import annotations

import os
from pathlib import Path

from lora_ui.catalog.models import EMBEDDED, EMBEDDED_MODEL
from lora_ui.catalog.sources import MODEL_FILES, Progress, is_hub, locate, repository
from lora_ui.embedded.model import install_embedded, is_complete, is_installed, prepared
from lora_ui.errors import Problem
from lora_ui.folders import space_storage, user_cache
from lora_ui.settings import Settings


def locate_base_model(settings: Settings, progress: Progress) -> tuple[Path, str]:
    """The folder of the base model, fetched or unpacked first if need be, and its name.

    The name is the repository id, for the embedded model too; for a local folder its path.
    """
    source = settings.catalog.engine.model
    if source == EMBEDDED and is_installed():
        return install_embedded(_cache_of_embedded(settings), progress), EMBEDDED_MODEL
    if source == EMBEDDED:
        source = f"hf:{EMBEDDED_MODEL}"
    folder = locate(source, settings.catalog_path.parent, progress, MODEL_FILES)
    if not (folder / "config.json").is_file():
        raise Problem("model_folder_missing", path=folder)
    return folder, repository(source) if is_hub(source) else str(folder)


def _cache_of_embedded(settings: Settings) -> Path:
    """The cache with the embedded model.

    A Space's image brings the model in its user's cache: attached storage need not get it again.
    """
    image = user_cache(os.environ)
    if space_storage(os.environ) and is_complete(prepared(image)):
        return image
    return settings.cache_dir
