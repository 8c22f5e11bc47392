"""The parser against the fixtures of `canitoolcall`, as docs/functions/conformance.md.

`python -m tests.functions.conformance` prints the page; with `--out FILE` it writes it.
"""

from __future__ import annotations

import argparse
import json
import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from typing import Any

import canitoolcall
from canitoolcall.fixtures import Fixture, load_fixtures

from lora_ui.functions import ParseResult, StreamParser, parse_calls
from tests.functions.deviations import DEVIATIONS

PAGE = Path(__file__).parents[2] / "docs" / "functions" / "conformance.md"
THINK_MARKS = (("<think>", "</think>"), ("[THINK]", "[/THINK]"))


@dataclass(frozen=True)
class Family:
    """Fixtures of one kind, and the format that reads them."""

    title: str
    format: str
    holds: Callable[[Fixture], bool]


def _of(slug: str, tag: str | None = None, without: str | None = None) -> Callable[[Fixture], bool]:
    return lambda f: (
        f.family == slug
        and (tag is None or tag in f.tags)
        and (without is None or without not in f.tags)
    )


FAMILIES = (
    Family("hermes (Qwen3)", "hermes", _of("qwen3-hermes")),
    Family("qwen3-xml", "qwen3_coder", _of("qwen3-xml")),
    Family("llama 3", "llama3_json", _of("llama", "x-llama-json")),
    Family("llama 4", "pythonic", _of("llama", "x-llama-pythonic")),
    Family("mistral", "mistral", _of("mistral")),
    Family("deepseek v3", "deepseek_v3", _of("deepseek", "x-deepseek-v3")),
    Family("deepseek v3.1", "deepseek_v31", _of("deepseek", "x-deepseek-v31")),
)
LEFT_OUT = {
    "deepseek": "V3.2, V4 and V4.1 write another format (DSML), which is none of ours",
    "gemma4": "its format is none of ours; `functiongemma` is another one",
    "glm": "its format is none of ours",
    "gpt-oss": "its format (Harmony) is none of ours",
    "kimi": "its formats are none of ours",
}


@dataclass(frozen=True)
class Outcome:
    """What became of one fixture; `wrong` says in what it differs, None when it does not."""

    fixture: Fixture
    wrong: str | None
    spaces: bool = False
    """It passes, but for white space in the content."""
    auto: bool = True
    """`auto` gives the same calls."""
    streamed: bool = True
    """Single characters give the same as the whole."""


@dataclass
class Tally:
    """One family's outcomes."""

    family: Family
    outcomes: list[Outcome] = field(default_factory=list)

    @property
    def failed(self) -> list[Outcome]:
        return [outcome for outcome in self.outcomes if outcome.wrong]


def run(fixture: Fixture, format: str) -> Outcome:
    """Parse a fixture's text and hold the result against what it expects."""
    text = told_text(fixture)
    functions = [dict(tool) for tool in fixture.tools]
    reason = "length" if fixture.truncated else "stop"
    whole = parse_calls(text, functions, format, reason)
    parser = StreamParser(functions, format)
    for letter in text:
        parser.feed(letter)
    wrong, spaces = difference(fixture, whole)
    return Outcome(
        fixture,
        wrong,
        spaces,
        auto=parse_calls(text, functions, "auto", reason).calls == whole.calls,
        streamed=parser.finish(reason) == whole,
    )


def told_text(fixture: Fixture) -> str:
    """What the model wrote. A <think> that the prompt ends with is put in front, as an app that
    sends such a prompt has to.
    """
    prompt = (fixture.generation_prompt or "").rstrip()
    return ("<think>\n" if prompt.endswith("<think>") else "") + fixture.raw_output


def difference(fixture: Fixture, result: ParseResult) -> tuple[str | None, bool]:
    """In what the result differs, and whether white space in the content does."""
    if fixture.expected is None:
        wrong = "a call from a text without one" if result.calls else None
        return wrong, False
    got = [[call.name, call.arguments] for call in result.calls]
    wanted = [[call.name, dict(call.arguments)] for call in fixture.expected.tool_calls]
    if _json(got) != _json(wanted):
        errors = "; ".join(f"{error.kind}: {error.message}" for error in result.errors)
        return f"other calls: {_json(got)}" + (f" ({errors})" if errors else ""), False
    content, expected = without_thoughts(result.content), fixture.expected.content
    if _squeezed(content) != _squeezed(expected):
        return f"other content: {content!r}", False
    return None, (content or "").strip() != (expected or "").strip()


def without_thoughts(content: str | None) -> str | None:
    """The content without what the model thinks: the fixtures keep that apart, we do not."""
    for begin, end in THINK_MARKS:
        pattern = f"{re.escape(begin)}.*?(?:{re.escape(end)}|$)"
        content = re.sub(pattern, "", content or "", flags=re.DOTALL)
    return content or None


def _json(value: Any) -> str:
    # 1 and 1.0 are the same number, true and 1 are not
    return json.dumps(_plain(value), sort_keys=True, ensure_ascii=False)


def _plain(value: Any) -> Any:
    if isinstance(value, list):
        return [_plain(item) for item in value]
    if isinstance(value, dict):
        return {key: _plain(item) for key, item in value.items()}
    if isinstance(value, float) and value.is_integer():
        return int(value)
    return value


def _squeezed(content: str | None) -> str:
    return "".join((content or "").split())


@cache
def tallies() -> tuple[Tally, ...]:
    """Every family with the outcomes of all its fixtures."""
    found = tuple(Tally(family) for family in FAMILIES)
    for fixture in load_fixtures():
        for tally in found:
            if tally.family.holds(fixture):
                tally.outcomes.append(run(fixture, tally.family.format))
    return found


def left_out() -> dict[str, int]:
    """How many fixtures of which family no tally has."""
    counts: dict[str, int] = {}
    for fixture in load_fixtures():
        if not any(family.holds(fixture) for family in FAMILIES):
            counts[fixture.family] = counts.get(fixture.family, 0) + 1
    return counts


def page() -> str:
    """The whole page."""
    return "\n".join([*_head(), *_table(), *_deviations(), *_rest()]) + "\n"


def _head() -> Iterator[str]:
    yield from (
        "# Conformance",
        "",
        "<!-- Made by `python -m tests.functions.conformance --out docs/functions/conformance.md`; "
        "`tests/functions/test_conformance.py` holds it true. -->",
        "",
        "[`canitoolcall`](https://github.com/redd34/canitoolcall) is a collection of texts that "
        "models write when they call functions, each with the parse that is right: renderings of "
        "the official chat templates, cases of the test suites of inference engines, and bug "
        f"reports. This is `parse_calls` on those of version {canitoolcall.__version__} whose "
        "format we know.",
        "",
    )


def _table() -> Iterator[str]:
    yield "| family | format | fixtures | pass | fail | streamed the same | `auto` the same |"
    yield "|---|---|---:|---:|---:|---:|---:|"
    rows = [(f"{t.family.title} | `{t.family.format}`", t.outcomes) for t in tallies()]
    rows.append(("**all** | ", [outcome for tally in tallies() for outcome in tally.outcomes]))
    for title, outcomes in rows:
        every = len(outcomes)
        failed = sum(bool(outcome.wrong) for outcome in outcomes)
        streamed = sum(outcome.streamed for outcome in outcomes)
        auto = sum(outcome.auto for outcome in outcomes)
        yield f"| {title} | {every} | {every - failed} | {failed} | {streamed} | {auto} |"
    spaces = sum(outcome.spaces for tally in tallies() for outcome in tally.outcomes)
    yield from (
        "",
        "A fixture passes when the calls are the same, types included, and so is the content, "
        "white space aside; where it expects no call from a text that is cut off or malformed, "
        "when there is none. Two things are told differently by rule, and do not count:",
        "",
        f"- Content is stripped and its pieces are joined by a newline; {spaces} of the fixtures "
        "that pass join them with nothing between.",
        "- What a model thinks is part of our content; the fixtures keep it apart, so it is taken "
        "out before comparing. A `<think>` that the prompt ends with is put in front of the text.",
        "",
        "*Streamed the same*: fed to `StreamParser` in single characters, the result equals that "
        "of the whole text. *`auto` the same*: the format need not be named.",
        "",
    )


def _deviations() -> Iterator[str]:
    failed = [outcome for tally in tallies() for outcome in tally.failed]
    yield from ("## What fails, and why", "")
    if not failed:
        yield from ("Nothing does.", "")
        return
    yield "| fixture | what we return | why |"
    yield "|---|---|---|"
    for outcome in failed:
        why = DEVIATIONS.get(outcome.fixture.id, "**not explained**").replace("|", "\\|")
        yield f"| `{outcome.fixture.id}` | {_cell(outcome.wrong or '')} | {why} |"
    yield ""


def _cell(text: str) -> str:
    shown = text if len(text) <= 160 else text[:159] + "…"
    return shown.replace("|", "\\|").replace("\n", " ").replace("<", "&lt;").replace("*", "\\*")


def _rest() -> Iterator[str]:
    yield from ("## Left out", "", "| family | fixtures | why |", "|---|---:|---|")
    for family, count in sorted(left_out().items()):
        yield f"| {family} | {count} | {LEFT_OUT[family]} |"
    yield from (
        "",
        "Of our formats `glaive`, `smollm2`, `functionary_v3.1`, `lfm2`, `xlam`, `granite`, "
        "`granite-20b-fc`, `phi4_mini_json` and `functiongemma` have no fixtures there. Those, "
        "like the others, are held to the cases in `tests/functions/cases/`.",
    )


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m tests.functions.conformance")
    parser.add_argument("--out", type=Path, help="write the page there")
    out = parser.parse_args().out
    if out is None:
        print(page(), end="")
    else:
        out.parent.mkdir(parents=True, exist_ok=True)
        out.write_text(page())


if __name__ == "__main__":
    main()
