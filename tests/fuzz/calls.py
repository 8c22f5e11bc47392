"""Answers with function calls, changed at random: `python -m tests.fuzz.calls --inputs 1000000`.

Each input follows from one number. It begins with texts that models really write, and is cut,
glued, repeated, and sprinkled with the marks of all formats; some are nothing but random bytes.
"""

from __future__ import annotations

import argparse
import json
import random
import re
import sys
import time
from collections import Counter
from dataclasses import dataclass
from typing import Any

from jsonschema import Draft202012Validator

from lora_ui.functions import ParseResult, StreamParser, formats, parse_calls
from tests.functions.cases import CASES, FUNCTIONS

KINDS = {"malformed", "truncated", "unknown_function", "invalid_arguments"}
REASONS = ("stop", "length", "abort", "", "tool_calls")
WRITTEN = [(case.text, case.format) for case in CASES] + [
    (format.example, format.id) for format in formats.every()
]
TEXTS = [text for text, _ in WRITTEN]
FORMATS = ("auto", *formats.known_ids())
_MARK = re.compile(r"<[^<>\s{}]{1,30}>|\[/?[A-Z_]+\]|functools|```(?:json)?|call:|;")
MARKS = sorted({mark for text in TEXTS for mark in _MARK.findall(text)})
PIECES = (
    *MARKS,
    *"{}[]()<>'\"`,:;=\\/|&_.-+0 \n\t\r\x00",
    *('{"', '"}', "'}", "{'", '\\"', "\\'", "\\u", "\\ud800", "\\x", "\\N{DASH}", "'''", '"""'),
    *('"name"', '"arguments": ', '"parameters": ', "get_weather", "get_time", "add", "a=", "x="),
    *(
        "null",
        "None",
        "true",
        "True",
        "NaN",
        "Infinity",
        "1e999",
        "9" * 400,
        "0x1f",
        "1_0",
        "-",
        "1.5",
    ),
    *("{}", "[]", "[[[[", "}}}}", ", ]", "// ", "#", "<think>", "</think>", "<|", "|>", "</"),
    *(
        "\ud800",
        "\udfff",
        "\ufeff",
        "\u2028",
        "é",
        "🌧",
        "｜",
        "▁",
        "<|im_end|>",
        "<|endoftext|>",
        "</s>",
    ),
)
_CHECKERS = {
    function["name"]: Draft202012Validator(function.get("parameters", {})) for function in FUNCTIONS
}


@dataclass(frozen=True)
class Input:
    """What is parsed, and in which pieces it is streamed."""

    text: str
    format: str
    finish_reason: str
    pieces: tuple[str, ...]


def make(number: int) -> Input:
    """The input that follows from `number`."""
    chance = random.Random(number)
    format = chance.choice(FORMATS)
    if chance.random() < 0.05:
        text = chance.randbytes(chance.randrange(200)).decode("utf-8", "replace")
    elif chance.random() < 0.15:
        text = "".join(chance.choices(PIECES, k=chance.randrange(1, 40)))
    else:
        text, written_as = chance.choice(WRITTEN)
        text = _changed(chance, text)
        format = chance.choice((written_as, written_as, "auto", format))
    return Input(text, format, chance.choice(REASONS), _pieces(chance, text))


def _changed(chance: random.Random, text: str) -> str:
    for _ in range(chance.choice((0, 1, 1, 2, 2, 3, 5, 9))):
        at = chance.randint(0, len(text))
        to = min(len(text), at + chance.choice((1, 1, 2, 5, 20, 80)))
        match chance.randrange(9):
            case 0:  # cut a piece out
                text = text[:at] + text[to:]
            case 1 | 2:  # put one in
                text = text[:at] + chance.choice(PIECES) + text[at:]
            case 3:  # put one in place of another
                text = text[:at] + chance.choice(PIECES) + text[to:]
            case 4:  # say something twice, or often
                text = text[:at] + text[at:to] * chance.choice((2, 3, 20)) + text[to:]
            case 5:  # stop
                text = text[:at]
            case 6:  # begin later
                text = text[at:]
            case 7:  # go on with another text
                text = text[:at] + chance.choice(TEXTS)
            case _:  # put another text inside
                text = text[:at] + chance.choice(TEXTS) + text[to:]
    return text[:3_000]


def _pieces(chance: random.Random, text: str) -> tuple[str, ...]:
    most = chance.choice((1, 2, 7, 40))
    pieces, at = [], 0
    while at < len(text):
        to = at + chance.randint(1, most)
        pieces.append(text[at:to])
        at = to
    return tuple(pieces)


def check(number: int) -> str:
    """Parse the input of `number`, whole and in pieces; its verdict. What raises is a finding."""
    given = make(number)
    result = parse_calls(given.text, FUNCTIONS, given.format, given.finish_reason)
    check_result(given, result)
    parser = StreamParser(FUNCTIONS, given.format)
    look = random.Random(number).randrange(len(given.pieces) + 1)
    for at, piece in enumerate(given.pieces):
        parser.feed(piece)
        if at == look:
            preview = parser.preview()
            assert isinstance(preview, ParseResult)
            assert all(call.name in _CHECKERS for call in preview.calls)
    assert parser.finish(given.finish_reason) == result, "pieces give another result"
    return result.verdict


def check_result(given: Input, result: ParseResult) -> None:
    """What holds for every result."""
    text, at = given.text, 0
    for call in result.calls:
        assert at <= call.start < call.end <= len(text), "spans overlap or leave the text"
        assert call.name in text[call.start : call.end]
        _CHECKERS[call.name].validate(call.arguments)
        at = call.end
    for error in result.errors:
        assert error.kind in KINDS
        assert 0 <= error.start <= error.end <= len(text), "an error's span leaves the text"
        assert error.message
        assert (error.path is not None) == (error.kind == "invalid_arguments")
        assert (error.kind == "truncated") <= (given.finish_reason == "length")
    json.dumps(result.model_dump(), allow_nan=False)
    content = result.content
    assert content is None or content == content.strip() != ""
    assert _is_within(content or "", text), "content that the text does not have"


def _is_within(content: str, text: str) -> bool:
    """Whether all letters of the content stand in the text, in this order."""
    letters = iter(text)
    return all(letter in letters for letter in content if not letter.isspace())


def main() -> int:
    parser = argparse.ArgumentParser(prog="python -m tests.fuzz.calls", description=__doc__)
    parser.add_argument("--inputs", type=int, default=100_000, help="how many (default: 100,000)")
    parser.add_argument("--first", type=int, default=0, help="number of the first (default: 0)")
    asked = parser.parse_args()
    verdicts: Counter[str] = Counter()
    found, begin = 0, time.monotonic()
    for number in range(asked.first, asked.first + asked.inputs):
        try:
            verdicts[check(number)] += 1
        except Exception as error:
            found += 1
            given: Any = make(number)
            print(f"{number}: {type(error).__name__}: {error}\n  {given!a}"[:3_000], flush=True)
            if found == 20:
                break
        if number % 50_000 == 49_999:
            print(f"{number + 1} inputs", file=sys.stderr, flush=True)
    minutes = (time.monotonic() - begin) / 60
    told = ", ".join(f"{verdict} {count}" for verdict, count in verdicts.most_common())
    print(
        f"{verdicts.total() + found} inputs from number {asked.first} in {minutes:.1f} min: "
        f"{told}; {found} found."
    )
    return 1 if found else 0


if __name__ == "__main__":
    sys.exit(main())
