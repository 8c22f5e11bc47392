"""Adapters from the Hub: what a visitor's text means, how large it is, and the download."""

from __future__ import annotations

import re
import threading
from collections.abc import Callable, Collection
from dataclasses import dataclass
from pathlib import Path, PurePosixPath
from urllib.parse import unquote, urlsplit

from lora_ui.catalog.additions.choosing import shown
from lora_ui.catalog.additions.hub_cache import cache_folder, remove_sources
from lora_ui.catalog.additions.ledger import Claim
from lora_ui.catalog.additions.room import require_room
from lora_ui.catalog.additions.values import BYTES_PER_MB
from lora_ui.catalog.preflight import CONFIG_NAME, WEIGHTS_NAME
from lora_ui.catalog.sources import ADAPTER_FILES, Progress, download, hub_problems
from lora_ui.errors import Problem

_PART = r"[A-Za-z0-9](?:[A-Za-z0-9._-]*[A-Za-z0-9_])?"
_REPO = re.compile(rf"{_PART}/{_PART}")
_REVISION = re.compile(r"[A-Za-z0-9_][A-Za-z0-9._/+-]{0,199}")
_COMMIT = re.compile(r"[0-9a-f]{40}")
_HOSTS = ("huggingface.co", "www.huggingface.co", "hf.co")
_NOT_MODELS = ("datasets", "spaces", "collections", "papers", "docs", "buckets")
_PAGES_OF_A_TREE = ("tree", "commit", "commits")
_PAGES_OF_A_FILE = ("blob", "resolve", "raw", "blame", "edit")


@dataclass(frozen=True)
class Fetched:
    """An adapter from the Hub, pinned: its source as the catalog writes it, commit and folder."""

    source: str
    commit: str
    folder: Path


@dataclass(frozen=True)
class _Listing:
    """What the Hub says about the files of a repository at one commit; sizes in bytes."""

    commit: str
    sizes: dict[str, int]


def read_address(text: str, revision: str | None = None) -> tuple[str, str | None]:
    """Repository id and revision in what somebody typed or copied from a browser."""
    repo, written = _parts(text.strip())
    wanted = (revision or "").strip() or written or None
    if not _REPO.fullmatch(repo) or len(repo) > 96 or "--" in repo or ".." in repo:
        raise Problem("addition_repo", found=shown(text.strip()))
    if wanted and (not _REVISION.fullmatch(wanted) or ".." in wanted):
        raise Problem("hub_no_revision", repo=repo, revision=shown(wanted))
    return repo, wanted


def _parts(text: str) -> tuple[str, str]:
    """The two halves of an address, not checked."""
    text = text.removeprefix("hf:")
    bare = re.sub(r"^https?://", "", text, flags=re.IGNORECASE)
    host, _, path = bare.partition("/")
    if host.lower() not in (*_HOSTS, _endpoint_host()):
        repo, _, revision = text.partition("@")
        return repo, revision
    path = re.split(r"[?#]", path, maxsplit=1)[0]
    owner, name, page, *rest = [*(unquote(p) for p in path.strip("/").split("/")), "", "", ""]
    if owner in _NOT_MODELS:
        return path, ""
    rest = [part for part in rest if part]
    if page in _PAGES_OF_A_FILE:
        rest = rest[:-1]
    elif page not in _PAGES_OF_A_TREE:
        rest = []
    return f"{owner}/{name}", "/".join(rest)


def _endpoint_host() -> str:
    from huggingface_hub import constants

    return urlsplit(constants.ENDPOINT).netloc.lower()


class Downloads:
    """Downloads into the Hub's own cache, where they stay as long as there is room."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._fetched: set[str] = set()  # the sources that were not in the cache before

    def fetch(
        self,
        repo: str,
        revision: str | None,
        claim: Claim,
        in_use: Callable[[], Collection[str]],
        progress: Progress,
    ) -> Fetched:
        """Ask for the size, take it from the quota, then download the commit asked about."""
        listing = _look_up(repo, revision)
        if listing is None:
            return self._from_cache(repo, revision, claim)
        source = f"hf:{repo}@{listing.commit}"
        claim.source = source
        _check_files(repo, listing.sizes)
        expected_bytes = sum(listing.sizes.get(name, 0) for name in ADAPTER_FILES)
        claim.grow(expected_bytes)
        if not _is_cached(repo, listing.commit):
            self._make_room(expected_bytes, in_use)
            with self._lock:
                self._fetched.add(source)
        folder = download(repo, listing.commit, progress)
        weight = _weight(folder)
        claim.grow(max(0, weight - expected_bytes))  # the Hub may have been wrong
        progress(f"{repo}: {weight / BYTES_PER_MB:.1f} MB")
        return Fetched(source, listing.commit, folder)

    def _from_cache(self, repo: str, revision: str | None, claim: Claim) -> Fetched:
        """What the cache holds, for when the Hub can't be reached."""
        folder = download(repo, revision, only_cached=True)
        claim.source = f"hf:{repo}@{folder.name}"
        with hub_problems(repo, revision):  # should it be cleared away in this very moment
            _check_files(repo, [file.name for file in folder.iterdir()])
            claim.grow(_weight(folder))
        return Fetched(claim.source, folder.name, folder)

    def _make_room(self, more_bytes: int, in_use: Callable[[], Collection[str]]) -> None:
        """A `Problem` unless there is room, if need be by dropping what was fetched and let go."""
        folder = cache_folder()
        try:
            require_room(folder, more_bytes)
        except Problem:
            with self._lock:
                idle = self._fetched - set(in_use())
                self._fetched -= idle
                remove_sources(idle)
            require_room(folder, more_bytes)


def _look_up(repo: str, revision: str | None) -> _Listing | None:
    """What the Hub says, or None when it can't be asked."""
    from huggingface_hub import HfApi
    from huggingface_hub.errors import HfHubHTTPError

    with hub_problems(repo, revision):
        try:
            info = HfApi().model_info(repo, revision=revision, files_metadata=True, timeout=30)
        except HfHubHTTPError:  # an answer
            raise
        except Exception:  # none: switched off, no network, cut off; the classes differ by version
            return None
    commit = info.sha or ""
    if not _COMMIT.fullmatch(commit):
        raise Problem("hub_failed", repo=repo, detail="no commit")
    sizes = {s.rfilename: s.size or 0 for s in info.siblings or ()}
    return _Listing(commit, sizes)


def _check_files(repo: str, names: Collection[str]) -> None:
    if CONFIG_NAME not in names:
        raise Problem("hub_no_adapter", repo=repo, name=CONFIG_NAME)
    if WEIGHTS_NAME in names:
        return
    if pickle := next((n for n in names if PurePosixPath(n).name == "adapter_model.bin"), None):
        raise Problem("hub_pickle", repo=repo, name=pickle)
    raise Problem("hub_no_adapter", repo=repo, name=WEIGHTS_NAME)


def _is_cached(repo: str, commit: str) -> bool:
    from huggingface_hub import try_to_load_from_cache

    return isinstance(try_to_load_from_cache(repo, WEIGHTS_NAME, revision=commit), str)


def _weight(folder: Path) -> int:
    files = (folder / name for name in ADAPTER_FILES)
    return sum(file.stat().st_size for file in files if file.is_file())
