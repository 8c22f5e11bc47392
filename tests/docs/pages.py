"""Reading the documentation and what it has to hold."""

from __future__ import annotations

import argparse
import re
from collections.abc import Iterable, Iterator
from pathlib import Path

from lora_ui.hosting import add_server_arguments
from lora_ui.settings import add_arguments

ROOT = Path(__file__).resolve().parents[2]
_FENCE = re.compile(r"^ *(```|~~~).*?^ *\1", re.MULTILINE | re.DOTALL)


def page(name: str) -> str:
    """The text of a file, by its path in the repository."""
    return (ROOT / name).read_text(encoding="utf-8")


def prose(path: Path) -> str:
    """A page without its blocks of code."""
    return _FENCE.sub("", path.read_text(encoding="utf-8"))


def section(name: str, heading: str) -> str:
    """What stands below this heading of the second level."""
    _, _, rest = page(name).partition(f"\n{heading}\n")
    return rest.partition("\n## ")[0]


def anchors(path: Path) -> set[str]:
    """The headings as GitHub makes anchors of them."""
    heads = re.findall(r"^#+ (.+)$", prose(path), re.MULTILINE)
    return {re.sub(r"[^\w\- ]", "", head.lower()).replace(" ", "-") for head in heads}


def missing(text: str, names: Iterable[str]) -> list[str]:
    """The names that do not stand in `text` as code."""
    return [name for name in names if not re.search(rf"`{re.escape(name)}[ `]", text)]


def flags(parser: argparse.ArgumentParser) -> Iterator[str]:
    """The long flags of a command, `--help` aside."""
    for action in parser._actions:
        yield from (o for o in action.option_strings if o.startswith("--") and o != "--help")


def app_flags() -> list[str]:
    """The flags of `app.py`."""
    parser = argparse.ArgumentParser()
    add_server_arguments(parser)
    add_arguments(parser)
    return list(flags(parser))
