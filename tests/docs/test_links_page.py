"""docs/links.md against what links are made of."""

from __future__ import annotations

import re

import pytest

from lora_ui.share import read_file, read_link
from lora_ui.share.state import STATES, VERSION, State, parameters
from tests.docs.pages import missing, page

PAGE = page("docs/links.md")
_SECTIONS = {"adapters": "Adapters and Memory", "memory": "Adapters and Memory"}


def parameters_in(text: str) -> set[str]:
    cells = re.findall(r"^\| (`[^|]+?) \|", text, re.MULTILINE)
    return {name for cell in cells for name in re.findall(r"`(\w+)`", cell)}


@pytest.mark.parametrize("model", STATES.values(), ids=list(STATES))
def test_every_parameter_is_described(model: type[State]):
    heading = _SECTIONS.get(model.tab, model.tab.capitalize())
    text = PAGE.partition(f"\n### {heading}\n")[2].partition("\n#")[0]
    told = parameters_in(text)
    if "the sampling fields" in text:
        told |= parameters_in(PAGE.partition("\n### Compare\n")[2].partition("\n#")[0])
        told -= {"columns", "prompt"}
    known = set(parameters(model))
    assert known <= told
    if heading not in _SECTIONS.values():
        assert told <= known


def test_version_tabs_and_run_are_described():
    assert missing(PAGE, ["v", "tab", "run", str(VERSION), *STATES]) == []


def test_the_examples_are_understood_whole():
    link = re.search(r"`http://[^`?]+(\?[^`]+)`", PAGE)
    file = re.search(r"```json\n(.+?)```", PAGE, re.DOTALL)
    assert link
    assert file
    for reading in (read_link(link[1]), read_file(file[1])):
        assert reading.state is not None
        assert reading.notices == ()
    assert read_link(link[1]).run
