"""Settings: the catalog file, then environment variables, then flags, each over the one before."""

from __future__ import annotations

import argparse
import os
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from pydantic import ValidationError

from lora_ui.catalog.loading import allowed_values, load_catalog
from lora_ui.catalog.models import Additions, Catalog, EngineSettings
from lora_ui.folders import default_cache
from lora_ui.hosting import Hosting, read_hosting
from lora_ui.layers import PREFIX, flag, path_of, pick, pick_switch, wrong

ENGINE_KEYS = tuple(key for key in EngineSettings.model_fields if key != "extra")
_HELP = {
    "model": "base model: embedded, hf:owner/repo[@revision], or a folder",
    "max_loras": "adapters in one batch: a number, or auto",
    "max_lora_rank": "largest rank that can be served: a number, or auto",
    "max_cpu_loras": "adapters kept in host memory: a number, or auto",
    "lora_target_modules": "modules that adapters may change, comma-separated, or auto",
    "specialize_active_lora": "GPU graphs per number of active adapters: true, false, or auto",
    "max_model_len": "context length in tokens",
    "dtype": "auto, bfloat16, float16 or float32",
    "gpu_memory_utilization": "share of the GPU's memory to reserve, 0 to 1",
    "fair_wait_s": "seconds that a request waits for a slot before one is freed for it",
}
_ADDITIONS_HELP = {
    "adapter_folders": "folders below which adapters may be added while it runs, comma-separated",
    "share_additions": "whether everybody sees what one visitor adds: true or false",
}


@dataclass(frozen=True)
class Settings:
    """Everything that was decided before the start.

    `catalog.engine` already holds what environment and flags say; `given` names the engine keys
    that somebody set, with where ("catalog", "environment" or "flag"). `lora` is False for an
    engine of the bare model, which the others are measured against.
    """

    catalog_path: Path
    catalog: Catalog
    cache_dir: Path
    given: Mapping[str, str]
    lora: bool = True
    hosting: Hosting = field(default_factory=Hosting)


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """The flags that every command with an engine shares; unset ones fall back (see above)."""
    parser.add_argument("--catalog", metavar="FILE", help="catalog file (default: adapters.yaml)")
    parser.add_argument("--cache-dir", metavar="DIR", help="where prepared models are kept")
    engine = parser.add_argument_group("engine (these override the catalog)")
    for key in ENGINE_KEYS:
        engine.add_argument(f"--{key.replace('_', '-')}", metavar="VALUE", help=_HELP[key])
    additions = parser.add_argument_group("adapters added while it runs")
    additions.add_argument(
        "--adapter-folders", metavar="DIR,…", help=_ADDITIONS_HELP["adapter_folders"]
    )
    additions.add_argument(
        "--share-additions",
        metavar="VALUE",
        nargs="?",
        const="true",
        help=_ADDITIONS_HELP["share_additions"],
    )


def load_settings(
    flags: argparse.Namespace, environment: Mapping[str, str] = os.environ
) -> Settings:
    """Put the three layers together; a `Problem` names the flag or variable that is wrong."""
    path = path_of(pick(flags, environment, "catalog") or "adapters.yaml", "catalog")
    catalog = load_catalog(path)
    given = dict.fromkeys(catalog.engine.model_fields_set, "catalog")
    engine = catalog.engine
    for origin, values in (
        ("environment", {k: environment.get(PREFIX + k.upper()) for k in ENGINE_KEYS}),
        ("flag", {k: getattr(flags, k, None) for k in ENGINE_KEYS}),
    ):
        for key, text in values.items():
            if text not in (None, ""):
                engine = _with(engine, key, str(text), origin)
                given[key] = origin
    return Settings(
        catalog_path=path,
        catalog=catalog.model_copy(
            update={
                "engine": engine,
                "additions": _additions(catalog.additions, flags, environment),
            }
        ),
        cache_dir=path_of(
            pick(flags, environment, "cache_dir") or str(default_cache(environment)), "cache_dir"
        ),
        given=given,
        hosting=read_hosting(flags, environment, catalog.limits),
    )


def _additions(
    written: Additions, flags: argparse.Namespace, environment: Mapping[str, str]
) -> Additions:
    """The catalog's rules, with what environment and flags say of them over it."""
    update: dict[str, Any] = {}
    if folders := pick(flags, environment, "adapter_folders"):
        parts = (part.strip() for part in folders.split(","))
        # the catalog's count from its own folder, these from where the command runs
        update["folders"] = tuple(
            str(path_of(part, "adapter_folders").absolute()) for part in parts if part
        )
    shared = pick_switch(flags, environment, "share_additions")
    if shared is not None:
        update["shared"] = shared
    return written.model_copy(update=update)


def _with(engine: EngineSettings, key: str, text: str, origin: str) -> EngineSettings:
    """`engine` with `key` read from `text`, as the catalog would read it."""
    value: Any = text
    if key == "lora_target_modules" and text != "auto":
        value = [part.strip() for part in text.split(",") if part.strip()]
    elif key == "max_lora_rank" and text.isdecimal() and len(text) <= 9:
        value = int(text)
    try:
        return EngineSettings.model_validate({**engine.model_dump(exclude_unset=True), key: value})
    except ValidationError as error:
        name = flag(key) if origin == "flag" else PREFIX + key.upper()
        allowed = allowed_values(error.errors())
        raise wrong(name, text, allowed) from None
