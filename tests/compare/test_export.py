"""Exports: what is written can be read again, and hostile text stays text."""

from __future__ import annotations

import csv
import io
import json
import re
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from markdown_it import MarkdownIt
from rich.cells import cell_len

from lora_ui.compare.export import CSV_HEADER, as_csv, as_json, as_markdown, write_results
from lora_ui.compare.text_table import as_text
from lora_ui.errors import Problem

HOSTILE = "=1+1 | `x` <script>alert(1)</script> ![p](http://e.vil/p.png)\n\x1b[2J**b** [red]x[/red]"


def result(prompt: str, *answers: str, passed: bool | None = None) -> dict[str, Any]:
    verdict = None if passed is None else {"passed": passed, "reason": "because"}
    return {
        "prompt": prompt,
        "columns": [
            {
                "adapter": f"adapter{place}",
                "text": text,
                "finish_reason": "stop",
                "prompt_tokens": 3,
                "tokens": 4,
                "ttft_s": 0.1,
                "seconds": 0.5,
                "tokens_per_s": 7.5,
                "error": None,
                "warnings": [],
                "verdict": verdict,
            }
            for place, text in enumerate(answers)
        ],
        "wall_s": 0.5,
        "expected": [],
    }


RESULTS = st.lists(
    st.builds(result, st.text(min_size=1), st.text(), st.text(), passed=st.none() | st.booleans()),
    max_size=4,
)


@given(RESULTS)
def test_json_round_trip(results: list[dict[str, Any]]):
    assert json.loads(as_json(results)) == results


def unguarded(cell: str) -> str:
    return cell[1:] if re.match(r"'+(?:\s*[=+\-@＝＋－＠]|[\t\r\n])", cell) else cell


@given(RESULTS)
def test_csv_round_trip(results: list[dict[str, Any]]):
    rows = list(csv.DictReader(io.StringIO(as_csv(results), newline="")))
    expected = [(row["prompt"], column) for row in results for column in row["columns"]]
    assert len(rows) == len(expected)
    for row, (prompt, column) in zip(rows, expected, strict=True):
        assert unguarded(row["prompt"]) == prompt
        assert unguarded(row["text"]) == column["text"]
        assert row["adapter"] == column["adapter"]
        assert float(row["seconds"]) == column["seconds"]


@pytest.mark.parametrize("start", ["=", "+", "-", "@", "\t=", "\r", "\n=", " =", "'=", "＝"])
def test_csv_never_begins_a_cell_with_a_formula(start: str):
    text = f"{start}HYPERLINK(1)"
    rows = list(csv.reader(io.StringIO(as_csv([result(text, text)]), newline="")))
    assert rows[0] == list(CSV_HEADER)
    assert rows[1][1] == f"'{text}"
    assert rows[1][3] == f"'{text}"


def cells(markdown: str) -> list[list[str]]:
    """The text of each row of the last table, as a Markdown reader sees it."""
    tokens = MarkdownIt("commonmark").enable("table").parse(markdown)
    table: list[list[str]] = []
    for token in tokens:
        if token.type == "table_open":
            table = []
        elif token.type == "tr_open":
            table.append([])
        elif token.type == "inline" and token.children and table:
            kinds = {child.type for child in token.children}
            assert not kinds & {"image", "link_open", "code_inline", "em_open"}
            html = [c.content for c in token.children if c.type == "html_inline"]
            assert set(html) <= {"<br>"}
            table[-1].append(
                "".join("\n" if c.type == "html_inline" else c.content for c in token.children)
            )
    return table


@given(RESULTS.filter(bool))
@settings(max_examples=200)
def test_markdown_tables_hold(results: list[dict[str, Any]]):
    rows = cells(as_markdown(results))
    assert len(rows) == len(results) + 1
    assert all(len(row) <= 3 for row in rows)


def test_markdown_shows_text_as_it_is():
    rows = cells(as_markdown([result(r"a | b \| `c` <i> &amp; *x*", "SELECT\n  *", passed=True)]))
    assert rows[1][0] == r"a | b \| `c` <i> &amp; *x*"
    assert rows[1][1] == "SELECT\n\xa0\xa0*\npass because"


def test_hostile_text_in_every_form():
    results = [result(HOSTILE, HOSTILE, passed=False)]
    assert "<script" not in as_markdown(results)
    text = as_text(results)
    assert "\x1b" not in text
    assert "\\x1b[2J**b** [red]x[/red]" in text
    assert "✗ fail" in text


@given(RESULTS)
def test_text_is_never_wider_than_asked(results: list[dict[str, Any]]):
    assert all(cell_len(line) <= 80 for line in as_text(results, 80).splitlines())


def test_many_columns_continue_below():
    text = as_text([result("p", *[f"answer number {n}" for n in range(9)])], 100)
    assert all(f"answer number {n}" in text for n in range(9))
    assert max(map(len, text.splitlines())) <= 100


@pytest.mark.parametrize("name", ["r.txt", "r.md", "r.json", "R.CSV"])
def test_writing_replaces_the_file_and_leaves_nothing_else(tmp_path: Path, name: str):
    path = tmp_path / name
    path.write_text("old")
    path.chmod(0o640)
    write_results([result("p", "answer")], path)
    assert "answer" in path.read_text(encoding="utf-8")
    assert path.stat().st_mode & 0o777 == 0o640
    assert list(tmp_path.iterdir()) == [path]


def test_no_results_can_be_written_too(tmp_path: Path):
    for form in ("txt", "md", "json", "csv"):
        write_results([], tmp_path / f"r.{form}")
    assert json.loads((tmp_path / "r.json").read_text()) == []


def test_wrong_paths(tmp_path: Path):
    with pytest.raises(Problem, match=r"\.txt, \.md, \.json, \.csv"):
        write_results([], tmp_path / "r.xlsx")
    with pytest.raises(Problem, match="does not exist"):
        write_results([], tmp_path / "nowhere" / "r.csv")
    (tmp_path / "folder.csv").mkdir()
    with pytest.raises(Problem, match="it is a folder"):
        write_results([], tmp_path / "folder.csv")


def test_lone_surrogates_do_not_stop_an_export(tmp_path: Path):
    for form in ("txt", "md", "json", "csv"):
        write_results([result("\ud800", "\udfff")], tmp_path / f"r.{form}")
