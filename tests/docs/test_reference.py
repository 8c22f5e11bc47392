"""Every command, its flags and every variable that the code reads stand in the reference."""

from __future__ import annotations

import argparse
import re

import pytest

from lora_ui.cli import COMMANDS
from tests.docs.pages import ROOT, app_flags, flags, missing, page

COMMAND_LINE = "docs/command-line.md"
SCOREBOARD = "docs/functions/scoreboard.md"
_TARGET = re.compile(r"^([a-z-]+):(?: [a-z-]+)*( ## .+)?$", re.MULTILINE)
_READ = re.compile(r'environ(?:ment)?(?:\.get\(|\[)"([A-Z_]+)"(?!\] =)')
_READ_BY_SHELL = re.compile(r"\$\{([A-Z_]+):-")
_OUR_OWN = {"LORA_UI_APP_TAG"}
"""What the app sets for the processes that it starts itself."""


def commands() -> dict[str, argparse.ArgumentParser]:
    parser = argparse.ArgumentParser()
    added = parser.add_subparsers()
    for command in COMMANDS:
        command.add(added)
    return dict(added.choices)


def targets() -> dict[str, str]:
    """The targets of the Makefile with what stands behind them for readers."""
    return dict(_TARGET.findall(page("Makefile")))


def variables_read() -> set[str]:
    found: set[str] = set()
    for path in [ROOT / "app.py", *(ROOT / "lora_ui").rglob("*.py")]:
        found.update(_READ.findall(path.read_text(encoding="utf-8")))
    for path in (ROOT / "scripts").glob("*.sh"):
        found.update(_READ_BY_SHELL.findall(path.read_text(encoding="utf-8")))
    return found - _OUR_OWN


@pytest.mark.parametrize("name", commands())
def test_every_command_and_its_flags_are_described(name: str):
    text = page(COMMAND_LINE)
    assert f"`python -m lora_ui {name}" in text
    own = [flag for flag in flags(commands()[name]) if flag not in app_flags()]
    if name == "scoreboard":
        text = page(SCOREBOARD)
    assert missing(text, own) == []


def test_every_target_of_make_says_what_it_does_and_is_described():
    assert "run" in targets()
    assert [name for name, words in targets().items() if not words] == []
    text = page(COMMAND_LINE)
    assert [name for name in targets() if not re.search(rf"`make {name}[ `]", text)] == []


def test_every_variable_that_is_read_is_described():
    pages = sorted((ROOT / "docs").glob("*.md"))
    text = "\n".join(path.read_text(encoding="utf-8") for path in pages)
    found = variables_read()
    assert {"GRADIO_SERVER_PORT", "DEVICE"} <= found
    assert sorted(name for name in found if not re.search(rf"`\$?{name}\b", text)) == []
