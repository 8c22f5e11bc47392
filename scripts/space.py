"""Lay out a folder that is ready to be published as a Hugging Face Space (`make space`).

Needs nothing but Python, so it runs where the app itself does not.
"""

from __future__ import annotations

import argparse
import hashlib
import json
import shutil
import subprocess
import sys
from collections.abc import Iterable, Mapping
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
APP = ("app.py", "adapters.yaml", "adapters", "examples", "lora_ui", "LICENSE")
"""What every Space has; of a folder all that git knows."""

KINDS: dict[str, dict[str, str]] = {
    "gpu": {"README.md": "space/gpu/README.md", "requirements.txt": "requirements.txt"},
    "cpu": {
        "README.md": "space/cpu/README.md",
        "Dockerfile": "Dockerfile",
        ".dockerignore": ".dockerignore",
        "requirements-cpu.txt": "requirements-cpu.txt",
    },
}
"""What only one kind has, by its name there, with where it stands here."""

MANIFEST = ".space.json"
"""Every file of the folder with its hash: what is not in it was put there by somebody else."""


class Refused(Exception):
    """A folder that is not ours to write; the text is a sentence with the fix."""


def app_files(root: Path = ROOT) -> list[str]:
    """The app's files below `root`: those that git knows, or all where there is no git."""
    try:
        listed = subprocess.run(
            ["git", "ls-files", "-z", "--", *APP], cwd=root, capture_output=True, check=True
        ).stdout.decode()
    except (OSError, subprocess.CalledProcessError):  # a download without git
        listed = ""
    names = [name for name in listed.split("\0") if (root / name).is_file()]
    return names or sorted(_walk(root))


def _walk(root: Path) -> Iterable[str]:
    for part in APP:
        top = root / part
        for path in [top] if top.is_file() else top.rglob("*"):
            name = path.relative_to(root)
            if path.is_file() and "__pycache__" not in name.parts:
                yield name.as_posix()


def plan(kind: str, root: Path = ROOT) -> dict[str, Path]:
    """Every file of a Space of this kind, by its name there."""
    return {name: root / name for name in app_files(root)} | {
        name: root / source for name, source in KINDS[kind].items()
    }


def lay_out(files: Mapping[str, Path], out: Path) -> int:
    """Write these files into `out`, in place of what an earlier call wrote; their size in bytes.

    Raises `Refused` when `out` holds anything else.
    """
    refuse_foreign(out)
    shutil.rmtree(out, ignore_errors=True)
    size = 0
    hashes: dict[str, str] = {}
    for name, source in files.items():
        target = out / name
        target.parent.mkdir(parents=True, exist_ok=True)
        shutil.copy(source, target)
        size += target.stat().st_size
        hashes[name] = _hash(target)
    (out / MANIFEST).write_text(json.dumps(hashes, indent=1, sort_keys=True) + "\n")
    return size


def refuse_foreign(out: Path) -> None:
    """Raise `Refused` unless `out` is missing, empty, or as an earlier call left it."""
    if out.exists() and not out.is_dir():
        raise Refused(f"{out} is a file: give another folder with --out.")
    try:
        known = json.loads((out / MANIFEST).read_text())
    except (OSError, ValueError):
        known = {}
    for path in sorted(out.rglob("*")):
        name = path.relative_to(out)
        if path.is_dir() or "__pycache__" in name.parts or name.as_posix() == MANIFEST:
            continue
        if known.get(name.as_posix()) != _hash(path):
            raise Refused(
                f"{out} holds {name}, which was not laid out here: move it away, "
                "or give another folder with --out."
            )


def _hash(path: Path) -> str:
    return hashlib.sha256(path.read_bytes()).hexdigest()


def main(argv: list[str] | None = None) -> None:
    """Lay out one kind or both, and say how each is published."""
    parser = argparse.ArgumentParser(description="Lay out a folder ready for a Hugging Face Space.")
    parser.add_argument("--kind", choices=KINDS, help="default: both")
    parser.add_argument("--out", type=Path, metavar="DIR", help="default: build/space/KIND")
    arguments = parser.parse_args(argv)
    if arguments.out and not arguments.kind:
        parser.error("--out takes one kind: say --kind gpu or --kind cpu")
    for kind in [arguments.kind] if arguments.kind else KINDS:
        out = arguments.out or Path("build/space") / kind
        files = plan(kind)
        try:
            size = lay_out(files, out)
        except Refused as refused:
            sys.exit(str(refused))
        print(f"{kind}: {len(files)} files, {size / 1e6:.1f} MB in {out}. To publish it:")
        print(f"    hf upload OWNER/NAME {out} . --repo-type=space")


if __name__ == "__main__":
    main()
