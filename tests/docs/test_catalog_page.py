"""The documentation holds what the code has: keys, flags, fields, problems, numbers."""

from __future__ import annotations

import re
from pathlib import Path
from typing import get_args

import gradio as gr
import pytest

from lora_ui.catalog.models import Adapter, Catalog, EngineSettings, Example
from lora_ui.compare.columns import Column, ColumnSpec
from lora_ui.compare.expect import KINDS
from lora_ui.engine.protocol import AdapterStatus
from lora_ui.functions.columns import CallColumn, CallSpec
from lora_ui.functions.results import CallError, ErrorKind, Verdict
from lora_ui.layers import PREFIX
from lora_ui.sampling import Sampling
from lora_ui.settings import ENGINE_KEYS
from lora_ui.strings.en import FINDINGS, PROBLEMS
from lora_ui.ui.endpoints import ENGINE_FIELDS, adapter_result
from lora_ui.ui.function_endpoints import register_function_endpoints
from lora_ui.ui.services import Services
from lora_ui.ui.visits import Visits
from tests.docs.pages import ROOT, app_flags, missing, page, section
from tests.fake_engine import FakeEngine

CARDS = sorted((ROOT / "adapters").glob("*/README.md"))


@pytest.mark.parametrize("model", [Catalog, EngineSettings, Adapter, Example, Sampling])
def test_every_key_of_the_catalog_is_described(model):
    assert missing(page("docs/catalog.md"), list(model.model_fields)) == []


def test_every_flag_of_the_app_and_its_variable_is_described():
    text = page("docs/catalog.md")
    names = app_flags()
    assert missing(text, names) == []
    assert missing(text, [PREFIX + n[2:].upper().replace("-", "_") for n in names]) == []
    assert set(ENGINE_KEYS) == set(EngineSettings.model_fields) - {"extra"}


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
