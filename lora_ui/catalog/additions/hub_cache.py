"""The Hub's local cache: how much it holds, and clearing what nothing here needs."""

from __future__ import annotations

from collections.abc import Collection, Iterable
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

from lora_ui.catalog.additions.values import CacheUse
from lora_ui.catalog.models import Catalog
from lora_ui.catalog.sources import is_hub, repository

if TYPE_CHECKING:  # it is imported where it is needed: that takes long
    from huggingface_hub import DeleteCacheStrategy, HFCacheInfo

Pinned = tuple[str, str]
"""A repository and a commit of it."""


def hub_cache(catalog: Catalog, in_use: Iterable[str] = ()) -> CacheUse:
    """What the cache holds, and what of it `clear_hub_cache` would remove.

    The cache is shared with everything else of this user that loads from the Hub.
    """
    info = _scan()
    if info is None:
        return CacheUse(0, 0, 0, ())
    unneeded = _unneeded(info, catalog, in_use)
    return CacheUse(
        bytes=info.size_on_disk,
        repos=len(info.repos),
        unneeded_bytes=sum(s.expected_freed_size for s in _strategies(info, unneeded)),
        unneeded=tuple(sorted({repo for repo, _ in unneeded})),
    )


def clear_hub_cache(catalog: Catalog, in_use: Iterable[str] = ()) -> int:
    """Remove what neither the catalog nor `in_use` needs; the bytes that were freed.

    Of the catalog's repositories (adapters and base model) every revision stays. `in_use` are
    sources with their commit, see `Shelf.in_use`. Data sets and spaces are left alone.
    """
    info = _scan()
    return 0 if info is None else _remove(info, _unneeded(info, catalog, in_use))


def remove_sources(sources: Collection[str]) -> int:
    """Remove these sources, each with its commit, from the cache; the bytes that were freed."""
    info = _scan() if sources else None
    return 0 if info is None else _remove(info, {_pinned(source) for source in sources})


def cache_folder() -> Path:
    """Where the Hub's client keeps what it downloads."""
    from huggingface_hub import constants

    return Path(constants.HF_HUB_CACHE)


def _scan() -> HFCacheInfo | None:
    from huggingface_hub import scan_cache_dir
    from huggingface_hub.errors import CacheNotFound

    try:
        return scan_cache_dir()
    except (CacheNotFound, ValueError):  # nothing was ever downloaded
        return None


def _unneeded(info: HFCacheInfo, catalog: Catalog, in_use: Iterable[str]) -> set[Pinned]:
    """The revisions that may go."""
    sources = [catalog.engine.model, *(adapter.source for adapter in catalog.adapters)]
    catalogs = {repository(source) for source in sources if is_hub(source)}
    living = {_pinned(source) for source in in_use if is_hub(source)}
    held = {
        (repo.repo_id, revision.commit_hash)
        for repo in info.repos
        if repo.repo_type == "model" and repo.repo_id not in catalogs
        for revision in repo.revisions
    }
    return held - living


def _pinned(source: str) -> Pinned:
    return repository(source), source.rpartition("@")[2]


def _remove(info: HFCacheInfo, unneeded: Collection[Pinned]) -> int:
    strategies = _strategies(info, unneeded)
    for strategy in strategies:
        strategy.execute()
    return sum(strategy.expected_freed_size for strategy in strategies)


def _strategies(info: HFCacheInfo, unneeded: Collection[Pinned]) -> list[DeleteCacheStrategy]:
    """What to delete, repository by repository.

    A copy of a repository has the same commits, and for a commit that two repositories have
    `delete_revisions` chooses one of them at will (seen in huggingface_hub 2.4).
    """
    found = []
    for repo in info.repos:
        commits = [
            r.commit_hash for r in repo.revisions if (repo.repo_id, r.commit_hash) in unneeded
        ]
        if repo.repo_type == "model" and commits:
            alone = replace(info, repos=frozenset({repo}))
            found.append(alone.delete_revisions(*commits))
    return found
