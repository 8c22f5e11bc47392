"""Prompt files as people write them, and as they get them wrong."""

from __future__ import annotations

from contextlib import suppress
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lora_ui.compare.expect import Expectation
from lora_ui.compare.prompts import MAX_BYTES, parse_prompts, read_prompts
from lora_ui.errors import Problem

EXAMPLES = Path(__file__).parents[2] / "examples" / "prompts"


def texts(file: str) -> list[str]:
    return [prompt.text for prompt in parse_prompts(file)]


def test_one_prompt_a_line():
    assert texts("# a comment\nfirst\n\n  second # not a comment \n#third\n") == [
        "first",
        "second # not a comment",
    ]


def test_a_separator_line_lets_prompts_span_lines():
    file = "# about\nCREATE TABLE t (a INT);\n\nHow many?\n# stays\n---\n\n#goes\nnext\n---\n"
    assert texts(file) == ["CREATE TABLE t (a INT);\n\nHow many?\n# stays", "next"]


def test_a_separator_must_stand_alone_on_its_line():
    assert texts("a --- b\n----\n--- x") == ["a --- b", "----", "--- x"]


def test_windows_files_with_a_byte_order_mark(tmp_path: Path):
    path = tmp_path / "prompts.txt"
    path.write_bytes(b"\xef\xbb\xbf# comment\r\nGr\xc3\xbc\xc3\x9fe\r\n---\r\na\r\nb\r\n")
    assert [prompt.text for prompt in read_prompts(path)] == ["Grüße", "a\nb"]


def test_other_line_separators_do_not_break_a_prompt():
    assert texts("a\u2028b\x0bc") == ["a\u2028b\x0bc"]


def test_expected_answers_belong_to_the_next_prompt():
    first, second, third = parse_prompts(
        "# expect contains: Paris\n#expect Number: 1,250\ncapital?\nplain\n"
        "# expect regex: ^a: b$\nx"
    )
    assert first.expectations == (
        Expectation("contains", "Paris"),
        Expectation("number", "1,250"),
    )
    assert first.line == 3
    assert second.expectations == ()
    assert third.expectations == (Expectation("regex", "^a: b$"),)


def test_expected_answers_in_a_split_file():
    prompt, other = parse_prompts("# expect equals: 4\n\n2 + 2\n# expect equals: 5\n---\nx")
    assert prompt.expectations == (Expectation("equals", "4"),)
    assert prompt.text == "2 + 2\n# expect equals: 5"
    assert other.expectations == ()


def test_prose_about_expectations_is_only_a_comment():
    assert parse_prompts("# expectations: low\n# expect rain today\nhi")[0].expectations == ()


@pytest.mark.parametrize(
    ("file", "code", "line"),
    [
        ("a\n# expect containing: x\nb", "expect_kind", 2),
        ("# expect: x\nb", "expect_kind", 1),
        ("# expect contains x\nb", "expect_colon", 1),
        ("# expect contains:  \nb", "expect_empty", 1),
        ("\n\n# expect number: many\nb", "expect_number", 3),
        ("# expect number: 1e999\nb", "expect_number", 1),
        ("# expect regex: (\nb", "expect_regex", 1),
        (f"# expect regex: {'(?:' * 160}{')*' * 8}\nb", "expect_regex", 1),
        (f"# expect regex: {'a' * 501}\nb", "expect_long", 1),
        ("# expect equals: x\n" * 21 + "b", "expect_many", 21),
        ("b\n# expect equals: x", "expect_orphan", 2),
    ],
)
def test_wrong_expectations_name_their_line(file: str, code: str, line: int):
    with pytest.raises(Problem, match=f"^Line {line}: ") as caught:
        parse_prompts(file)
    assert caught.value.code == code


@pytest.mark.parametrize("file", ["", "\n \n", "# only\n# comments", "---\n\n---\n# c\n"])
def test_a_file_without_prompts(file: str):
    with pytest.raises(Problem, match="no prompt"):
        parse_prompts(file)


def test_limits():
    assert len(parse_prompts("x\n" * 1000)) == 1000
    with pytest.raises(Problem, match="1001 prompts"):
        parse_prompts("x\n" * 1001)
    with pytest.raises(Problem, match="1 MiB"):
        parse_prompts("x" * (MAX_BYTES + 1))


def test_unreadable_files(tmp_path: Path):
    with pytest.raises(Problem, match=r"missing\.txt"):
        read_prompts(tmp_path / "missing.txt")
    with pytest.raises(Problem, match="cannot be read"):
        read_prompts(tmp_path)
    binary = tmp_path / "b.txt"
    binary.write_bytes(b"\xff\xfe\x00\x80")
    with pytest.raises(Problem, match="UTF-8"):
        read_prompts(binary)


@pytest.mark.parametrize("name", ["lines.txt", "blocks.txt"])
def test_the_examples_parse_and_expect_something(name: str):
    prompts = read_prompts(EXAMPLES / name)
    assert len(prompts) == 6
    assert sum(bool(prompt.expectations) for prompt in prompts) == 5


_LINES = st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\r\n")).filter(
    lambda line: line.strip() and line.rstrip() != "---" and not line.startswith(("#", "\ufeff"))
)


@given(st.lists(_LINES, min_size=1, max_size=20), st.sampled_from(["\n", "\r\n", "\r"]))
def test_lines_come_back_as_written(lines: list[str], line_break: str):
    assert texts(line_break.join(lines)) == [line.strip() for line in lines]


@given(st.lists(st.lists(_LINES, min_size=1, max_size=5), min_size=2, max_size=8))
def test_split_prompts_come_back_as_written(prompts: list[list[str]]):
    written = ["\n".join(lines) for lines in prompts]
    assert texts("\n---\n".join(written)) == [text.rstrip() for text in written]


@given(st.text())
def test_any_text_is_parsed_or_refused_in_words(file: str):
    with suppress(Problem):
        assert all(prompt.text.strip() for prompt in parse_prompts(file))
