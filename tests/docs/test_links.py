"""Every link leads somewhere, every page is in the index, every picture is made by the script."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from scripts.screenshots import DOCUMENTATION
from tests.docs.pages import ROOT, anchors, prose

DOCS = ROOT / "docs"
PAGES = sorted(
    [
        *ROOT.glob("*.md"),
        *DOCS.rglob("*.md"),
        *(ROOT / "adapters").rglob("*.md"),
        *(ROOT / "lora_ui").rglob("*.md"),
    ]
)
_LINK = re.compile(r"\]\(([^)\s]+)\)")
_PICTURE = re.compile(r"!\[([^\]]*)\]\(([^)\s]+\.png)\)")


def named(path: Path) -> str:
    return path.relative_to(ROOT).as_posix()


def pictures() -> dict[str, str]:
    """The pictures that pages show, by their path below docs/pictures, with the words for them."""
    found = {}
    for page in PAGES:
        for words, link in _PICTURE.findall(prose(page)):
            path = (page.parent / link).resolve()
            if path.is_relative_to(DOCS / "pictures"):
                found[path.name] = words
    return found


@pytest.mark.parametrize("path", PAGES, ids=named)
def test_every_link_leads_somewhere(path: Path):
    bad = []
    for link in _LINK.findall(prose(path)):
        if re.match(r"\w+:", link):
            continue
        name, _, anchor = link.partition("#")
        target = (path.parent / name).resolve() if name else path
        if not target.exists() or (anchor and anchor not in anchors(target)):
            bad.append(link)
    assert bad == []


def test_every_page_is_in_the_index():
    index = DOCS / "README.md"
    linked = {(DOCS / link.partition("#")[0]).resolve() for link in _LINK.findall(prose(index))}
    pages = {page for page in DOCS.rglob("*.md") if page != index}
    assert sorted(map(named, pages - linked)) == []


def test_the_script_makes_just_the_pictures_that_pages_show():
    assert sorted(f"{name}.png" for name in DOCUMENTATION) == sorted(pictures())


def test_every_picture_is_told_in_words():
    assert [name for name, words in pictures().items() if len(words) < 20] == []
