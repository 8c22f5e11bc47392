"""A Hub on loopback: as much of its protocol as a download asks for."""

from __future__ import annotations

import hashlib
import json
import threading
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from urllib.parse import unquote, urlsplit

Files = Mapping[str, bytes]


@dataclass
class Repository:
    """`revisions` maps a branch or tag to its files. `trouble` is what goes wrong with it.

    "lying" tells half of each file's size when asked for it, "cut" ends a file half-way.
    """

    revisions: Mapping[str, Files]
    trouble: str = ""


@dataclass
class FakeHub:
    """Serves `repositories` by name and keeps in `requests` what it was asked."""

    repositories: dict[str, Repository] = field(default_factory=dict)
    requests: list[str] = field(default_factory=list)
    url: str = ""

    @contextmanager
    def serve(self) -> Iterator[FakeHub]:
        hub = self

        class Handler(_Handler):
            def __init__(self, *args: object) -> None:
                self.hub = hub
                super().__init__(*args)  # type: ignore[arg-type]

        server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        thread = threading.Thread(target=server.serve_forever, daemon=True)
        thread.start()
        self.url = f"http://127.0.0.1:{server.server_port}"
        try:
            yield self
        finally:
            server.shutdown()
            server.server_close()


def commit_of(files: Files) -> str:
    """The commit that these files have, as a hash of 40 digits."""
    return hashlib.sha1(b"".join(k.encode() + v for k, v in sorted(files.items()))).hexdigest()


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    hub: FakeHub

    def do_GET(self) -> None:
        self._answer()

    def do_HEAD(self) -> None:
        self._answer()

    def log_message(self, format: str, *args: object) -> None:
        self.hub.requests.append(format % args)

    def _answer(self) -> None:
        address = urlsplit(self.path)
        parts = [unquote(p) for p in address.path.strip("/").split("/")]
        if parts[:2] == ["api", "models"] and len(parts) == 4:
            parts += ["revision", "main"]
        if parts[:2] == ["api", "models"] and len(parts) >= 6:
            with_sizes = "blobs" in address.query
            self._api("/".join(parts[2:4]), parts[4], "/".join(parts[5:]), with_sizes)
        elif len(parts) >= 5 and parts[2] == "resolve":
            self._file("/".join(parts[:2]), parts[3], "/".join(parts[4:]))
        else:
            self._send(404, b"")

    def _api(self, name: str, what: str, revision: str, with_sizes: bool) -> None:
        repository = self.hub.repositories.get(name)
        if repository is None:
            return self._refuse(401, "RepoNotFound")
        if repository.trouble == "broken":
            return self._send(500, b"")
        files = self._files(repository, revision)
        if files is None:
            return self._refuse(404, "RevisionNotFound")
        if what == "revision":
            shrunk = 2 if repository.trouble == "lying" else 1
            siblings = [
                {"rfilename": path, "size": len(data) // shrunk, "blobId": "0"}
                for path, data in files.items()
                if with_sizes
            ]
            about = {"id": name, "modelId": name, "sha": commit_of(files)}
            body: object = {**about, "siblings": siblings}
        else:
            body = [
                {
                    "type": "file",
                    "path": path,
                    "size": len(data),
                    "oid": hashlib.sha1(data).hexdigest(),
                }
                for path, data in files.items()
            ]
        return self._send(200, json.dumps(body).encode(), {"Content-Type": "application/json"})

    def _file(self, name: str, revision: str, path: str) -> None:
        repository = self.hub.repositories[name]
        files = self._files(repository, revision)
        if files is None or path not in files:
            return self._refuse(404, "EntryNotFound")
        if repository.trouble == "gated":
            return self._refuse(403, "GatedRepo")
        data = files[path]
        headers = {
            "ETag": f'"{hashlib.sha1(data).hexdigest()}"',
            "X-Repo-Commit": commit_of(files),
            "Content-Type": "application/octet-stream",
        }
        if repository.trouble == "cut" and self.command == "GET" and len(data) > 1000:
            return self._send(200, data, headers, cut_at=len(data) // 2)
        return self._send(200, data, headers)

    @staticmethod
    def _files(repository: Repository, revision: str) -> Files | None:
        by_commit = {commit_of(files): files for files in repository.revisions.values()}
        return repository.revisions.get(revision) or by_commit.get(revision)

    def _refuse(self, status: int, code: str) -> None:
        self._send(status, b"{}", {"X-Error-Code": code, "Content-Type": "application/json"})

    def _send(
        self,
        status: int,
        body: bytes,
        headers: Mapping[str, str] | None = None,
        cut_at: int | None = None,
    ) -> None:
        self.send_response(status)
        for name, value in (headers or {}).items():
            self.send_header(name, value)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        if self.command != "HEAD":
            self.wfile.write(body[:cut_at])
        if cut_at is not None:
            self.close_connection = True
