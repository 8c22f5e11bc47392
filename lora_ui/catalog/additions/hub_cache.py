"""The Hub's local cache: how much it holds, and clearing what nothing here needs."""

from __future__ import annotations

from collections.abc import Collection, Iterable
from pathlib import Path
from typing import Any

from lora_ui.catalog.additions.values import CacheUse
from lora_ui.catalog.models import Catalog
from lora_ui.catalog.sources import is_hub, repository


def hub_cache(catalog: Catalog, in_use: Iterable[str] = ()) -> CacheUse:
    """What the cache holds, and what of it `clear_hub_cache` would remove.

    The cache is shared with everything else of this user that loads from the Hub.
    """
    info = _scan()
    if info is None:
        return CacheUse(0, 0, 0, ())
    unneeded = _unneeded(info, catalog, in_use)
    strategy = info.delete_revisions(*(revision.commit_hash for _, revision in unneeded))
    return CacheUse(
        bytes=info.size_on_disk,
        repos=len(info.repos),
        unneeded_bytes=strategy.expected_freed_size,
        unneeded=tuple(sorted({repo.repo_id for repo, _ in unneeded})),
    )


def clear_hub_cache(catalog: Catalog, in_use: Iterable[str] = ()) -> int:
    """Remove what neither the catalog nor `in_use` needs; the bytes that were freed.

    Of the catalog's repositories (adapters and base model) every revision stays. `in_use` are
    sources with their commit, see `Shelf.in_use`. Data sets and spaces are left alone.
    """
    info = _scan()
    if info is None:
        return 0
    unneeded = _unneeded(info, catalog, in_use)
    return remove_revisions({revision.commit_hash for _, revision in unneeded})


def remove_revisions(commits: Collection[str]) -> int:
    """Remove these commits from the cache; the bytes that were freed."""
    info = _scan()
    if info is None or not commits:
        return 0
    strategy = info.delete_revisions(*commits)
    strategy.execute()
    return strategy.expected_freed_size


def cache_folder() -> Path:
    """Where the Hub's client keeps what it downloads."""
    from huggingface_hub import constants

    return Path(constants.HF_HUB_CACHE)


def _scan() -> Any | None:
    from huggingface_hub import scan_cache_dir
    from huggingface_hub.errors import CacheNotFound

    try:
        return scan_cache_dir()
    except (CacheNotFound, ValueError):  # nothing was ever downloaded
        return None


def _unneeded(info: Any, catalog: Catalog, in_use: Iterable[str]) -> list[tuple[Any, Any]]:
    """The pairs of repository and revision that may go."""
    sources = [catalog.engine.model, *(adapter.source for adapter in catalog.adapters)]
    catalogs = {repository(source) for source in sources if is_hub(source)}
    living = {(repository(s), s.rpartition("@")[2]) for s in in_use if is_hub(s)}
    return [
        (repo, revision)
        for repo in info.repos
        if repo.repo_type == "model" and repo.repo_id not in catalogs
        for revision in repo.revisions
        if (repo.repo_id, revision.commit_hash) not in living
    ]
