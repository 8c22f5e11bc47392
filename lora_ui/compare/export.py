"""Results on disk: text side by side, Markdown, JSON and CSV, chosen by the file's suffix.

All four are written from the JSON shape, `[{"prompt", "columns": [as /compare], "wall_s"}]`, so
that saved results can be turned into the other forms. Model output is hostile text here: it cannot
break a table, steer a terminal, run as a spreadsheet formula, or load pictures.
"""

from __future__ import annotations

import csv
import io
import json
import os
import re
import tempfile
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

from lora_ui.compare.provenance import provenance_words, provenances, settings_words
from lora_ui.compare.text_table import as_text
from lora_ui.errors import Problem
from lora_ui.strings import word

Results = Sequence[dict[str, Any]]

_FORMULA = re.compile(r"'*(?:\s*[=+\-@＝＋－＠]|[\t\r\n])")
_MARKDOWN = re.compile(r"[\\`*_{}\[\]|~<>$]")
CSV_HEADER = (
    "number",
    "prompt",
    "adapter",
    "text",
    "passed",
    "reason",
    "error",
    "finish_reason",
    "prompt_tokens",
    "tokens",
    "ttft_s",
    "seconds",
    "tokens_per_s",
    "wall_s",
    "has_effect",
    "sha256",
    "revision",
    "source",
    "model",
    "engine",
    "dtype",
    "device",
    "seed",
    "settings",
)


def as_json(results: Results) -> str:
    """The results as they are, indented."""
    return json.dumps(results, ensure_ascii=False, indent=2, allow_nan=False) + "\n"


def as_csv(results: Results) -> str:
    """One line per answer, the prompts numbered from 1.

    A text that a spreadsheet would take for a formula (it begins with =, +, -, @, their full-width
    forms, or a line break or tab, perhaps after white space or apostrophes) gets one apostrophe in
    front. Taking one apostrophe away from such a text gives the original.
    """
    out = io.StringIO()
    writer = csv.writer(out)
    writer.writerow(CSV_HEADER)
    for number, row in enumerate(results, start=1):
        for column in row["columns"]:
            verdict = column.get("verdict") or {}
            ran = column.get("provenance") or {}
            cells = {**ran, **column, **verdict, "prompt": row["prompt"], "wall_s": row["wall_s"]}
            cells["number"] = number
            cells["settings"] = settings_words(ran)
            writer.writerow([cell(cells.get(name)) for name in CSV_HEADER])
    return out.getvalue()


def as_markdown(results: Results) -> str:
    """A summary per adapter, then one table of prompts times adapters."""
    names = [md(column["adapter"]) for column in results[0]["columns"]] if results else []
    lines = [f"# {word('export_title')}", ""]
    lines += _summary(results, names)
    lines += [md_row([word("export_prompt"), *names]), md_row(["---"] * (len(names) + 1))]
    for row in results:
        answers = [_md_answer(column) for column in row["columns"]]
        lines.append(md_row([md(row["prompt"]), *answers]))
    return "\n".join([*lines, *_md_ran(results)]) + "\n"


WRITERS: dict[str, Callable[[Results], str]] = {
    ".txt": as_text,
    ".md": as_markdown,
    ".json": as_json,
    ".csv": as_csv,
}


def check_path(path: Path, suffixes: Sequence[str] = tuple(WRITERS)) -> None:
    """Raise a `Problem` when results cannot be written there; the file is not touched."""
    if path.suffix.lower() not in suffixes:
        raise Problem("output_suffix", path=path, allowed=", ".join(suffixes))
    if path.is_dir():
        raise Problem("output_unwritable", path=path, detail=word("export_is_folder"))
    if not path.absolute().parent.is_dir():
        raise Problem("output_unwritable", path=path, detail=word("export_no_folder"))
    if not os.access(path.absolute().parent, os.W_OK):
        raise Problem("output_unwritable", path=path, detail=word("export_no_access"))


def write_results(results: Results, path: Path) -> None:
    """Write the results in the form that the suffix names; the file is whole or untouched."""
    check_path(path)
    write_text(WRITERS[path.suffix.lower()](results), path)


def write_text(text: str, path: Path) -> None:
    """Write a file that is whole or untouched; a `Problem` when that can't be."""
    data = text.encode("utf-8", "replace")
    temporary = ""
    try:
        target = path.resolve()
        descriptor, temporary = tempfile.mkstemp(dir=target.parent, prefix=f".{path.stem[:50]}.")
        with os.fdopen(descriptor, "wb") as file:
            file.write(data)
            file.flush()
            os.fsync(file.fileno())
        Path(temporary).chmod(_mode(target))
        Path(temporary).replace(target)
    except OSError as error:
        if temporary:
            Path(temporary).unlink(missing_ok=True)
        raise Problem("output_unwritable", path=path, detail=error.strerror or error) from None


def _mode(target: Path) -> int:
    """The permissions the file has, or those that a new file would get."""
    if target.exists():
        return target.stat().st_mode & 0o777
    mask = os.umask(0)
    os.umask(mask)
    return 0o666 & ~mask


def cell(value: Any) -> Any:
    """A value for a CSV cell, which no spreadsheet takes for a formula (see `as_csv`)."""
    if isinstance(value, str) and _FORMULA.match(value):
        return f"'{value}"
    return value


def _summary(results: Results, names: Sequence[str]) -> list[str]:
    """Pass rate and speed of each adapter; the pass rate only where something was expected."""
    if not names:
        return []
    header = ["export_adapter", "export_passed", "export_errors", "export_mean_speed"]
    lines = [md_row([word(key) for key in header]), md_row(["---"] * len(header))]
    for place, name in enumerate(names):
        columns = [row["columns"][place] for row in results]
        verdicts = [v["passed"] for c in columns if (v := c.get("verdict"))]
        speeds = [c["tokens_per_s"] for c in columns if c.get("tokens_per_s")]
        passed = f"{sum(verdicts)} / {len(verdicts)}" if verdicts else "–"
        speed = f"{sum(speeds) / len(speeds):.1f}" if speeds else "–"
        lines.append(md_row([name, passed, str(sum(bool(c["error"]) for c in columns)), speed]))
    return [*lines, ""]


def _md_answer(column: dict[str, Any]) -> str:
    parts = [md(column["text"])] if column["text"] else []
    if column["error"]:
        parts.append(f"**{word('mark_error')}** {md(column['error'])}")
    if verdict := column.get("verdict"):
        mark = word("mark_pass" if verdict["passed"] else "mark_fail")
        parts.append(f"**{mark}** {md(verdict['reason'])}")
    return "<br>".join(parts)


def _md_ran(results: Results) -> list[str]:
    """What answered, a line for each adapter, content and setting that ran."""
    if not (ran := provenances(results)):
        return []
    title = word("export_ran")
    lines = [f"- {md(words)}" for words in map(provenance_words, ran)]
    return ["", f"## {title}", "", *lines]


def md(text: str) -> str:
    """Text that reads as itself in a Markdown table cell: on one line, without markup."""
    escaped = _MARKDOWN.sub(
        lambda m: f"&#{ord(m[0])};" if m[0] in "<>|`" else f"\\{m[0]}", _amp(text)
    )
    lines = re.split(r"\r\n|[\n\r\v\f\x1c-\x1e\x85\u2028\u2029]", escaped)
    return "<br>".join(_indent(line) for line in lines)


def _amp(text: str) -> str:
    return text.replace("&", "&amp;")


def _indent(line: str) -> str:
    bare = line.lstrip(" \t")
    width = len(line[: len(line) - len(bare)].expandtabs(4))
    return "&nbsp;" * width + bare.rstrip()


def md_row(cells: Sequence[str]) -> str:
    """A line of a Markdown table."""
    return f"| {' | '.join(cells)} |"
