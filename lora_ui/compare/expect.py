"""Expected answers: what a prompt's answer should look like, and whether one does.

`contains` ignores case and takes any run of white space as one space; `equals` compares the whole
answer, white space at its ends aside; `regex` searches anywhere in the answer; `number` compares
the number behind the last `####`, or else the last number in the answer, to one part in a million.
"""

from __future__ import annotations

import math
import time
from collections import deque
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Literal, get_args

import regex

from lora_ui.errors import Problem
from lora_ui.strings import word

Kind = Literal["contains", "equals", "regex", "number"]
KINDS: tuple[Kind, ...] = get_args(Kind)

MAX_LENGTH = 2_000
MAX_REGEX_LENGTH = 500
REGEX_SECONDS = 0.1
"""All regular expressions of one prompt share this time for one answer.

The `regex` module measures it in processor time, so that a busy machine takes a few times longer.
"""

RELATIVE_TOLERANCE = 1e-6

_FIGURE = r"(?:[0-9]{1,3}(?:,[0-9]{3})+(?![0-9])|[0-9]+)(?:\.[0-9]+)?|\.[0-9]+"
_NUMBER = regex.compile(
    rf"(?P<sign>(?<![\w.)\]])[-−])?\s?[$€£¥]?\s?(?P<figure>{_FIGURE})(?P<power>[eE][-+]?[0-9]{{1,3}})?"
)
_MARKED = regex.compile(rf"####\s*{_NUMBER.pattern}")


@dataclass(frozen=True)
class Expectation:
    """One condition on an answer. Make it with `expectation()`, which checks the value."""

    kind: Kind
    value: str


@dataclass(frozen=True)
class Verdict:
    """Whether an answer met every condition, and why, in words."""

    passed: bool
    reason: str

    def as_result(self) -> dict[str, Any]:
        """The verdict as it stands in JSON."""
        return {"passed": self.passed, "reason": self.reason}


def expectation(kind: str, value: str, *, line: int = 0) -> Expectation:
    """A checked condition; a `Problem` names the line and what would be right."""
    name = kind.lower()
    found: Kind | None = next((known for known in KINDS if known == name), None)
    if found is None:
        raise Problem("expect_kind", line=line, found=kind, allowed=", ".join(KINDS))
    value = value.strip()
    if not value:
        raise Problem("expect_empty", line=line, kind=found)
    limit = MAX_REGEX_LENGTH if found == "regex" else MAX_LENGTH
    if len(value) > limit:
        raise Problem("expect_long", line=line, kind=found, length=len(value), limit=limit)
    if found == "number":
        number = _NUMBER.fullmatch(value)
        if number is None or not math.isfinite(_value(number)):
            raise Problem("expect_number", line=line, found=value)
    if found == "regex":
        try:
            regex.compile(value)
        except (regex.error, RecursionError, OverflowError, ValueError) as error:
            raise Problem("expect_regex", line=line, found=value, detail=error) from None
    return Expectation(found, value)


def judge(expectations: Sequence[Expectation], text: str) -> Verdict | None:
    """The verdict on one answer: the first condition that fails decides; None when there is none.

    It may take as long as `REGEX_SECONDS`, without holding the interpreter: call it in a thread
    where other work must go on.
    """
    if not expectations:
        return None
    until = time.monotonic() + REGEX_SECONDS
    met: list[str] = []
    for condition in expectations:
        passed, reason = _check(condition, text, until)
        if not passed:
            return Verdict(False, reason)
        met.append(reason)
    return Verdict(True, "; ".join(met))


def last_number(text: str) -> float | None:
    """The number behind the last `####` that has one, or else the last number in `text`."""
    for pattern in (_MARKED, _NUMBER):
        if found := deque(pattern.finditer(text), maxlen=1):
            return _value(found[0])
    return None


def _check(condition: Expectation, text: str, until: float) -> tuple[bool, str]:
    wanted = condition.value
    match condition.kind:
        case "contains":
            passed = _folded(wanted) in _folded(text)
        case "equals":
            passed = text.strip() == wanted
        case "regex":
            return _search(wanted, text, until)
        case "number":
            return _compare(wanted, text)
    key = f"verdict_{condition.kind}_{'pass' if passed else 'fail'}"
    return passed, word(key, wanted=_short(wanted))


def _search(pattern: str, text: str, until: float) -> tuple[bool, str]:
    try:
        left = max(until - time.monotonic(), 0.001)
        found = regex.search(pattern, text, timeout=left, concurrent=True)
    except TimeoutError:
        return False, word("verdict_regex_timeout", wanted=_short(pattern), seconds=REGEX_SECONDS)
    except (RecursionError, MemoryError, regex.error) as error:
        return False, word("verdict_regex_error", wanted=_short(pattern), detail=error)
    passed = found is not None
    return passed, word(f"verdict_regex_{'pass' if passed else 'fail'}", wanted=_short(pattern))


def _compare(wanted: str, text: str) -> tuple[bool, str]:
    target, found = last_number(wanted), last_number(text)
    if found is None:
        return False, word("verdict_number_none", wanted=wanted)
    passed = target is not None and math.isclose(
        found, target, rel_tol=RELATIVE_TOLERANCE, abs_tol=1e-12
    )
    key = f"verdict_number_{'pass' if passed else 'fail'}"
    return passed, word(key, wanted=wanted, found=f"{found:.12g}")


def _value(match: regex.Match[str]) -> float:
    figure = match["figure"].replace(",", "") + (match["power"] or "")
    return -float(figure) if match["sign"] else float(figure)


def _folded(text: str) -> str:
    return " ".join(text.casefold().split())


def _short(text: str, limit: int = 80) -> str:
    return text if len(text) <= limit else f"{text[: limit - 1]}…"
