"""Where models and adapters come from: a folder on this machine, or a repository on the Hub."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from lora_ui.errors import Problem

Progress = Callable[[str], None]
"""Gets one short line about how far a download is; it may raise `Stopped` to end it."""

ADAPTER_FILES = ("adapter_config.json", "adapter_model.safetensors", "README.md")
MODEL_FILES = ("*.json", "*.safetensors", "*.jinja", "*.model", "*.txt", "README.md")


class Stopped(Exception):
    """Somebody no longer wants what was being fetched."""


def is_hub(source: str) -> bool:
    """Whether `source` names a repository of the Hub."""
    return source.startswith("hf:")


def repository(source: str) -> str:
    """The repository id in a Hub source: `hf:owner/repo@revision` → `owner/repo`."""
    return source.removeprefix("hf:").partition("@")[0]


def locate(
    source: str, beside: Path, progress: Progress, files: tuple[str, ...] = ADAPTER_FILES
) -> Path:
    """The local folder of `source`, downloaded first if it is on the Hub.

    A relative path counts from `beside`, the catalog's folder. `files` are the patterns to fetch.
    """
    if not is_hub(source):
        return (beside / _expanded(Path(source))).resolve()
    return _download(source, progress, files)


def _expanded(path: Path) -> Path:
    try:
        return path.expanduser()
    except (RuntimeError, ValueError):  # ~somebody whom nobody knows: a folder that is not there
        return path


def _download(source: str, progress: Progress, files: tuple[str, ...]) -> Path:
    repo, _, revision = source.removeprefix("hf:").partition("@")
    return download(repo, revision or None, progress, files)


def download(
    repo: str,
    revision: str | None,
    progress: Progress = lambda _line: None,
    files: tuple[str, ...] = ADAPTER_FILES,
    *,
    only_cached: bool = False,
) -> Path:
    """The local folder of a repository's `files` at `revision`, fetched unless they are cached.

    With `only_cached` the Hub isn't asked. `Stopped`, raised by `progress`, ends it.
    """
    from huggingface_hub import snapshot_download

    with hub_problems(repo, revision):
        folder = snapshot_download(
            repo,
            revision=revision,
            allow_patterns=list(files),
            tqdm_class=_reporting_tqdm(repo, progress),
            local_files_only=only_cached,
        )
    return Path(folder)


@contextmanager
def hub_problems(repo: str, revision: str | None) -> Iterator[None]:
    """Whatever goes wrong with the Hub in here becomes a `Problem`."""
    from huggingface_hub.errors import (
        GatedRepoError,
        HfHubHTTPError,
        LocalEntryNotFoundError,
        OfflineModeIsEnabled,
        RepositoryNotFoundError,
        RevisionNotFoundError,
    )

    try:
        yield
    except (Problem, Stopped):
        raise
    except GatedRepoError:
        raise Problem("hub_gated", repo=repo) from None
    except RepositoryNotFoundError:
        raise Problem("hub_no_repository", repo=repo) from None
    except RevisionNotFoundError:
        raise Problem("hub_no_revision", repo=repo, revision=revision) from None
    except (LocalEntryNotFoundError, OfflineModeIsEnabled) as error:
        if isinstance(error.__cause__, HfHubHTTPError):  # the Hub answered, but not with files
            detail = _first_line(error.__cause__)
            raise Problem("hub_failed", repo=repo, detail=detail) from None
        raise Problem("hub_offline", repo=repo) from None
    except Exception as error:  # a full disk, a name that it refuses, a broken connection
        raise Problem("hub_failed", repo=repo, detail=_first_line(error)) from None


def _first_line(error: BaseException) -> str:
    return str(error).strip().partition("\n")[0] or type(error).__name__


def _reporting_tqdm(repo: str, progress: Progress) -> type[Any]:
    """A progress bar class for huggingface_hub that speaks to `progress` and draws nothing."""
    from tqdm.auto import tqdm

    lock = threading.Lock()

    class Reporting(tqdm):  # type: ignore[type-arg]
        def __init__(self, *args: Any, **kwargs: Any) -> None:
            kwargs.pop("name", None)
            self._in_bytes = kwargs.get("unit") == "B"
            kwargs["disable"] = False
            kwargs["file"] = _Nowhere()
            super().__init__(*args, **kwargs)

        def update(self, n: float | None = 1) -> bool | None:
            shown = super().update(n)
            if self._in_bytes and self.total:
                with lock:
                    progress(f"{repo}: {self.n / 1e6:.0f} of {self.total / 1e6:.0f} MB")
            return shown

    return Reporting


class _Nowhere:
    """A stream that swallows what is written to it."""

    def write(self, _text: str) -> int:
        return 0

    def flush(self) -> None:
        return None
