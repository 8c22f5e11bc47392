"""The registry, the page that describes it, and formats that a catalog adds."""

from __future__ import annotations

from itertools import pairwise
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lora_ui.catalog.loading import load_catalog
from lora_ui.errors import Problem
from lora_ui.functions import StreamParser, formats, parse_calls

PAGE = Path(__file__).resolve().parents[2] / "docs" / "functions" / "formats.md"
WEATHER = [{"name": "get_weather", "parameters": {"type": "object"}}, {"name": "get_time"}]
EXAMPLES = {format.id: format.example for format in formats.every()}


@pytest.mark.parametrize("id", formats.known_ids())
def test_the_page_has_a_section_with_example_and_peculiarities(id: str) -> None:
    section = PAGE.read_text(encoding="utf-8").split(f"## `{id}`\n", 1)[1].split("\n## ", 1)[0]
    format = formats.get(id)
    assert format.example in section
    assert [line for line in format.peculiarities if line not in section] == []


@pytest.mark.parametrize("id", formats.known_ids())
def test_the_example_of_a_format_is_a_call(id: str) -> None:
    for read_as in (id, "auto"):
        call = parse_calls(EXAMPLES[id], WEATHER, read_as).calls[0]
        assert (call.name, call.arguments) == ("get_weather", {"city": "Lisbon"})


@given(
    st.sampled_from(sorted(EXAMPLES)),
    st.lists(st.integers(0, 200)),
    st.integers(0, 120),
    st.sampled_from(["stop", "length"]),
)
def test_chunks_of_any_size_give_the_same_result(
    id: str, cuts: list[int], length: int, reason: str
) -> None:
    text = ("Well. " + EXAMPLES[id])[:length]
    parser, places = StreamParser(WEATHER, id), [0, *sorted(cuts), len(text)]
    for begin, end in pairwise(places):
        parser.feed(text[begin:end])
        parser.preview()
    assert parser.finish(reason) == parse_calls(text, WEATHER, id, reason)


def test_an_unknown_format_of_an_adapter_names_the_nearest(tmp_path: Path) -> None:
    path = tmp_path / "c.yaml"
    path.write_text("adapters:\n  - name: a\n    source: a\n    format: glaiv\n")
    with pytest.raises(Problem) as raised:
        load_catalog(path)
    assert "line 4" in str(raised.value)
    assert "did you mean “glaive”" in str(raised.value)


def test_a_catalog_adds_a_format_without_code(tmp_path: Path) -> None:
    path = tmp_path / "c.yaml"
    path.write_text(
        "formats:\n  - id: house\n    call: '<call name=\"{name}\">{arguments}</call>'\n"
        "adapters:\n  - {name: a, source: a, format: house}\n"
    )
    try:
        load_catalog(path)
        result = parse_calls('Yes. <call name="get_time">{"x": 1}</call>', WEATHER, "house")
    finally:
        formats.add(())
    assert [(c.name, c.arguments) for c in result.calls] == [("get_time", {"x": 1})]
    assert result.content == "Yes."
