"""The documentation holds what the code has: keys, flags, fields, problems, numbers, links."""

from __future__ import annotations

import argparse
import re
from collections.abc import Iterator
from pathlib import Path
from typing import get_args

import gradio as gr
import pytest

from lora_ui.catalog.models import Adapter, Catalog, EngineSettings, Example
from lora_ui.cli import check, compare
from lora_ui.compare.columns import Column, ColumnSpec
from lora_ui.compare.expect import KINDS
from lora_ui.engine.protocol import AdapterStatus
from lora_ui.functions.columns import CallColumn, CallSpec
from lora_ui.functions.results import CallError, ErrorKind, Verdict
from lora_ui.hosting import add_server_arguments
from lora_ui.layers import PREFIX
from lora_ui.sampling import Sampling
from lora_ui.settings import ENGINE_KEYS, add_arguments
from lora_ui.strings.en import FINDINGS, PROBLEMS
from lora_ui.ui.endpoints import ENGINE_FIELDS, adapter_result
from lora_ui.ui.function_endpoints import register_function_endpoints
from lora_ui.ui.services import Services
from lora_ui.ui.visits import Visits
from tests.fake_engine import FakeEngine

ROOT = Path(__file__).resolve().parents[2]
PAGES = sorted([*ROOT.glob("*.md"), *(ROOT / "docs").glob("*.md")])
CARDS = sorted((ROOT / "adapters").glob("*/README.md"))
_FENCE = re.compile(r"^ *```.*?^ *```", re.MULTILINE | re.DOTALL)
_LINK = re.compile(r"\]\(([^)\s]+)\)")
_MADE_LATER = "docs/pictures/"
"""Once `make screenshots` has made pictures, links to them have to lead somewhere, too."""


def page(name: str) -> str:
    return (ROOT / name).read_text(encoding="utf-8")


def flags(parser: argparse.ArgumentParser) -> Iterator[str]:
    for action in parser._actions:
        yield from (o for o in action.option_strings if o.startswith("--") and o != "--help")


def app_flags() -> list[str]:
    parser = argparse.ArgumentParser()
    add_server_arguments(parser)
    add_arguments(parser)
    return list(flags(parser))


def section(name: str, heading: str) -> str:
    """What stands below this heading of the second level."""
    _, _, rest = page(name).partition(f"\n{heading}\n")
    return rest.partition("\n## ")[0]


def missing(text: str, names: Iterator[str] | list[str]) -> list[str]:
    """The names that do not stand in `text` as code."""
    return [name for name in names if not re.search(rf"`{re.escape(name)}[ `]", text)]


def anchors(text: str) -> set[str]:
    """The headings as GitHub makes anchors of them."""
    heads = re.findall(r"^#+ (.+)$", _FENCE.sub("", text), re.MULTILINE)
    return {re.sub(r"[^\w\- ]", "", head.lower()).replace(" ", "-") for head in heads}


@pytest.mark.parametrize("model", [Catalog, EngineSettings, Adapter, Example, Sampling])
def test_every_key_of_the_catalog_is_described(model):
    assert missing(page("docs/catalog.md"), list(model.model_fields)) == []


def test_every_flag_of_the_app_and_its_variable_is_described():
    text = page("docs/catalog.md")
    names = app_flags()
    assert missing(text, names) == []
    assert missing(text, [PREFIX + n[2:].upper().replace("-", "_") for n in names]) == []
    assert set(ENGINE_KEYS) == set(EngineSettings.model_fields) - {"extra"}


def test_every_flag_of_compare_is_described():
    parser = argparse.ArgumentParser()
    commands = parser.add_subparsers()
    compare.add(commands)
    own = [f for f in flags(commands.choices["compare"]) if f not in app_flags()]
    assert "--prompt-file" in own
    assert missing(page("docs/command-line.md"), own) == []


def test_every_kind_of_expected_answer_is_described():
    assert missing(page("docs/command-line.md"), list(KINDS)) == []


def test_every_field_of_the_endpoints_is_described():
    text = page("docs/api.md")
    assert missing(text, list(ENGINE_FIELDS)) == []
    assert missing(text, list(Sampling.model_fields)) == []
    adapter = adapter_result(AdapterStatus(Adapter(name="a", source="a"), state="disk"))
    column = Column(ColumnSpec(key="0", adapter="base")).as_result()
    assert [name for name in [*adapter, *column] if f'"{name}"' not in text] == []


def test_every_field_of_calls_is_described():
    text = section("docs/api.md", "## /call_functions")
    column = CallColumn(CallSpec(key="0", adapter="base")).as_result()
    assert [name for name in column if f'"{name}"' not in text] == []
    plain = Column(ColumnSpec(key="0", adapter="base")).as_result()
    assert missing(text, [*(column.keys() - plain.keys()), *CallError.model_fields]) == []
    assert missing(text, [*get_args(ErrorKind), *get_args(Verdict)]) == []


def test_every_argument_of_call_functions_is_described():
    with gr.Blocks() as blocks:
        register_function_endpoints(Services(FakeEngine(Catalog()), Catalog()), Visits())
    told = blocks.get_api_info()["named_endpoints"]["/call_functions"]["parameters"]
    names = [parameter["parameter_name"] for parameter in told]
    own = [name for name in names if name not in Sampling.model_fields]
    assert "functions_json" in own
    assert missing(section("docs/api.md", "## /call_functions"), own) == []


def test_every_flag_of_the_check_is_described():
    parser = argparse.ArgumentParser()
    commands = parser.add_subparsers()
    check.add(commands)
    own = [f for f in flags(commands.choices["check"]) if f not in app_flags()]
    assert own == ["--json"]
    assert missing(page("docs/command-line.md"), own) == []


def test_every_finding_of_the_check_is_described():
    assert missing(page("docs/catalog.md"), list(FINDINGS)) == []


def test_every_problem_is_among_the_troubles():
    text = page("docs/troubleshooting.md")
    starts = {}
    for code, sentence in PROBLEMS.items():
        whole = re.sub(r"\{\w+\}", "…", sentence)
        starts[code] = re.split(r"(?<=[\w)”]): |\.(?= |…|$)", whole)[0]
    assert {code: start for code, start in starts.items() if start not in text} == {}


@pytest.mark.parametrize("card", CARDS, ids=lambda card: card.parent.name)
def test_the_readme_has_the_numbers_of_the_card(card: Path):
    rows = re.findall(
        r"^\|[^|]+\|( [\d/]+ \([\d.]+ %\) \| [\d/]+ \([\d.]+ %\) \|)$",
        card.read_text(encoding="utf-8"),
        re.MULTILINE,
    )
    assert rows, "the card has no measured table"
    assert [row for row in rows if row not in page("README.md")] == []


@pytest.mark.parametrize("path", PAGES, ids=lambda path: path.name)
def test_every_link_leads_somewhere(path: Path):
    bad = []
    for link in _LINK.findall(_FENCE.sub("", path.read_text(encoding="utf-8"))):
        if re.match(r"\w+:", link):
            continue
        name, _, anchor = link.partition("#")
        target = (path.parent / name).resolve() if name else path
        if not target.exists():
            inside = target.relative_to(ROOT).as_posix()
            if not inside.startswith(_MADE_LATER) or (ROOT / _MADE_LATER).exists():
                bad.append(link)
        elif anchor and anchor not in anchors(target.read_text(encoding="utf-8")):
            bad.append(link)
    assert bad == []
