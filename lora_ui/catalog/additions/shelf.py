"""Adapters that visitors add while the app runs: their files, their quotas, their end."""

from __future__ import annotations

import time
from collections.abc import Collection, Sequence
from pathlib import Path

from lora_ui.catalog.additions import hub
from lora_ui.catalog.additions.choosing import shown
from lora_ui.catalog.additions.folders import allowed_folder, opened_folders
from lora_ui.catalog.additions.home import Home
from lora_ui.catalog.additions.ledger import Claim, Ledger
from lora_ui.catalog.additions.uploads import take_files
from lora_ui.catalog.additions.values import Added, Usage
from lora_ui.catalog.additions.zips import take_zip
from lora_ui.catalog.models import Adapter, Additions
from lora_ui.catalog.preflight import CONFIG_NAME, WEIGHTS_NAME
from lora_ui.catalog.sources import Progress
from lora_ui.errors import Problem


class Shelf:
    """Where added adapters' files live, what each visitor may still add, when they go.

    One per app; safe to use from any thread. The `add_…` methods block (they copy and download), so
    call them from a thread. They raise `Problem`, or `Stopped` when their visitor has left
    meanwhile, and then nothing of the addition is left. What they return is for `Engine.add(
    added.adapter, added.folder, added.audience, added.revision)`; when that fails, `release` it.
    Before anything is released, it has to be out of the engine.
    """

    def __init__(
        self, rules: Additions, root: Path, beside: Path, names: Collection[str] = ()
    ) -> None:
        """`root` is for uploaded files, and may be shared with other apps.

        The rules' relative folders count from `beside`, the catalog's folder. `names` are the
        catalog's, which no addition may take.
        """
        self.rules = rules
        self._home = Home(root)
        self._folders = opened_folders(rules.folders, beside)
        self._ledger = Ledger(rules, names)
        self._downloads = hub.Downloads()

    def add_upload(self, files: Sequence[Path], visitor: str, name: str | None = None) -> Added:
        """Copy an adapter from uploaded `files`: config and safetensors, or one zip of the two.

        Only those two are kept, whatever else is there. `files` themselves stay as they are.
        """
        if not self.rules.uploads:
            raise Problem("addition_no_uploads")
        zips = [file for file in files if file.suffix.lower() == ".zip"]
        if zips and len(files) > 1:
            raise Problem("addition_zip_alone", name=shown(zips[0].name))
        title = zips[0].name if zips else _title(files)
        suggestion = title.rpartition(".")[0] if "." in title else title
        with self._ledger.claim(visitor, name, suggestion) as claim, self._home.staging() as part:
            if zips:
                take_zip(zips[0], part, claim)
            else:
                take_files(files, part, claim)
            folder = self._home.settle(part)
            try:
                return self._keep(claim, f"upload:{shown(title)}", folder)
            except BaseException:
                self._home.remove(folder)
                raise

    def add_hub(
        self,
        repo: str,
        revision: str | None,
        visitor: str,
        name: str | None = None,
        progress: Progress = lambda _line: None,
    ) -> Added:
        """Fetch an adapter from the Hub, after asking how large it is.

        `repo` may be an id, `hf:owner/repo@revision`, or an address from the browser; a `revision`
        that is given counts more than one in there. `progress` gets lines to show, on any thread;
        if it raises `sources.Stopped`, the download ends and that is raised here.
        """
        if not self.rules.hub:
            raise Problem("addition_no_hub")
        owner_and_repo, asked = hub.read_address(repo, revision)
        with self._ledger.claim(visitor, name, owner_and_repo.partition("/")[2]) as claim:
            found = self._downloads.fetch(
                owner_and_repo, asked, claim, self._ledger.sources, progress
            )
            return self._keep(claim, found.source, found.folder, found.commit)

    def add_folder(self, path: str, visitor: str, name: str | None = None) -> Added:
        """Use an adapter where it lies, below one of the folders that the operator opened."""
        folder = allowed_folder(path, self._folders, self.rules.folders)
        with self._ledger.claim(visitor, name, folder.name) as claim:
            for file in (CONFIG_NAME, WEIGHTS_NAME):
                claim.grow((folder / file).stat().st_size)
            return self._keep(claim, str(folder), folder)

    def used(self, visitor: str) -> Usage:
        """What `visitor` has added, and the limits."""
        return self._ledger.used(visitor)

    def living(self, visitor: str | None = None) -> tuple[Added, ...]:
        """What `visitor` has added and not let go; None: what anybody has."""
        return self._ledger.living(visitor)

    def in_use(self) -> frozenset[str]:
        """Hub sources that living additions need, and those being fetched just now."""
        return self._ledger.sources()

    def expired(self, now_s: float | None = None) -> list[Added]:
        """What has stayed as long as it may: take it out of the engine, then `release` it."""
        now_s = time.time() if now_s is None else now_s
        return [added for added in self._ledger.living() if added.expires_s <= now_s]

    def release(self, added: Added) -> None:
        """Let go of an addition, with its files if they were uploaded. Safe to call twice."""
        self._ledger.drop(added)
        self._home.remove(added.folder)

    def leave(self, visitor: str) -> list[Added]:
        """The visitor has gone: nothing comes of what they are adding just now.

        What they had added is returned: take it out of the engine, then `release` it. With the
        rules' `shared` that is nothing, since others may use it; it stays until it expires.
        """
        self._ledger.end_claims(visitor)
        return [] if self.rules.shared else list(self._ledger.living(visitor))

    def close(self) -> None:
        """The app ends: remove all uploaded files. Safe to call twice."""
        self._ledger.end_claims()
        self._home.close()

    def _keep(self, claim: Claim, source: str, folder: Path, revision: str | None = None) -> Added:
        def make(claim: Claim) -> Added:
            return Added(
                adapter=Adapter(name=claim.name, source=source),
                folder=folder,
                revision=revision,
                visitor=claim.visitor,
                bytes=claim.bytes,
                expires_s=time.time() + self.rules.keep_minutes * 60,
                shared=self.rules.shared,
            )

        return self._ledger.keep(claim, make)


def _title(files: Sequence[Path]) -> str:
    """What to call an upload of single files: the weights, if they have a name of their own."""
    own = [f.name for f in files if f.suffix.lower() == ".safetensors" and f.name != WEIGHTS_NAME]
    return own[0] if own else "upload"
