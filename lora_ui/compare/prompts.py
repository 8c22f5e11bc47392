"""Prompt files: plain text with one prompt a line, or prompts of several lines between `---` lines.

Lines that begin with `#` are dropped; where a `---` line splits the file, only before a prompt's
first line, since a prompt may itself hold such lines. Among the dropped ones,
`# expect <kind>: <value>` states what the answer to the next prompt must be like (see
`lora_ui.compare.expect`).
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from lora_ui.compare.expect import KINDS, Expectation, expectation
from lora_ui.errors import Problem

MAX_PROMPTS = 1_000
MAX_BYTES = 1024 * 1024
MAX_EXPECTATIONS = 20
"""Conditions on one prompt."""

SEPARATOR = "---"
_BREAK = re.compile(r"\r\n|\n|\r")
_EXPECT = re.compile(r"#\s*expect\b\s*(?P<kind>[\w-]*)\s*(?P<colon>:?)(?P<value>.*)", re.IGNORECASE)


@dataclass(frozen=True)
class Prompt:
    """One prompt with the conditions on its answer; `line` (from 1) is where it begins."""

    text: str
    expectations: tuple[Expectation, ...] = ()
    line: int = 1


def read_prompts(path: Path, *, limit: int = MAX_PROMPTS) -> list[Prompt]:
    """The prompts in a UTF-8 file; a `Problem` says what is wrong with it."""
    try:
        with path.open("rb") as file:
            data = file.read(MAX_BYTES + 1)
    except OSError as error:
        raise Problem("prompts_unreadable", path=path, detail=error.strerror or error) from None
    return parse_prompts(decode(data, str(path)), limit=limit)


def decode(data: bytes, name: str) -> str:
    """The text of a prompt file called `name`, its size and encoding checked."""
    if len(data) > MAX_BYTES:
        raise Problem("prompts_too_big", limit_mib=MAX_BYTES // 1024**2)
    try:
        return data.decode("utf-8-sig")
    except UnicodeDecodeError:
        raise Problem("prompts_encoding", path=name) from None


def parse_prompts(text: str, *, limit: int = MAX_PROMPTS) -> list[Prompt]:
    """The prompts in a file's text, in order; at least one, at most `limit`."""
    if len(text) > MAX_BYTES:
        raise Problem("prompts_too_big", limit_mib=MAX_BYTES // 1024**2)
    lines = _BREAK.split(text.removeprefix("\ufeff"))
    split = any(line.rstrip() == SEPARATOR for line in lines)
    blocks = _between_separators(lines) if split else _each_line(lines)
    prompts: list[Prompt] = []
    expected: list[Expectation] = []
    for first, comments, body in blocks:
        for number, comment in comments:
            expected.extend(_expected(comment, number))
            if len(expected) > MAX_EXPECTATIONS:
                raise Problem("expect_many", line=number, limit=MAX_EXPECTATIONS)
        if body:
            prompts.append(Prompt(body, tuple(expected), first))
            expected = []
    if expected:
        raise Problem("expect_orphan", line=len(lines))
    if not prompts:
        raise Problem("prompts_none")
    if len(prompts) > limit:
        raise Problem("prompts_many", found=len(prompts), limit=limit)
    return prompts


Block = tuple[int, list[tuple[int, str]], str]
"""Line of the prompt, comment lines before it with their numbers, and the prompt (may be empty)."""


def _each_line(lines: list[str]) -> Iterator[Block]:
    for number, line in enumerate(lines, start=1):
        if line.startswith("#"):
            yield number, [(number, line)], ""
        else:
            yield number, [], line.strip()


def _between_separators(lines: list[str]) -> Iterator[Block]:
    comments: list[tuple[int, str]] = []
    body: list[str] = []
    first = 1
    for number, line in enumerate([*lines, SEPARATOR], start=1):
        if line.rstrip() == SEPARATOR:
            yield first, comments, "\n".join(body).rstrip()
            comments, body = [], []
        elif body:
            body.append(line)
        elif line.startswith("#"):
            comments.append((number, line))
        elif line.strip():
            first, body = number, [line]


def _expected(comment: str, line: int) -> Iterator[Expectation]:
    """The condition in a comment line, if it states one; other comments are left alone."""
    found = _EXPECT.match(comment)
    if found is None:
        return
    kind = found["kind"]
    if found["colon"]:
        if not kind:
            raise Problem("expect_kind", line=line, found="", allowed=", ".join(KINDS))
        yield expectation(kind, found["value"], line=line)
    elif kind.lower() in KINDS:
        raise Problem("expect_colon", line=line, kind=kind.lower())
