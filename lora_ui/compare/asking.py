"""From what a visitor or a script sends to checked values: sampling settings and column specs."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from pydantic import ValidationError

from lora_ui.compare.columns import ColumnSpec
from lora_ui.errors import Problem
from lora_ui.sampling import Sampling
from lora_ui.strings import word

FIELDS = (
    "temperature",
    "top_p",
    "top_k",
    "min_p",
    "repetition_penalty",
    "max_tokens",
    "seed",
    "stop",
)
"""The sampling fields in the order in which the page shows them."""

MAX_COLUMNS = 64
"""What one request may ask for."""

MAX_CHARACTERS = 200_000
"""Prompt and differing system messages of one request together: checked before tokenising."""

_WHOLE = ("top_k", "max_tokens", "seed")
_BOUNDS = {"ge": "ask_at_least", "gt": "ask_above", "le": "ask_at_most", "lt": "ask_below"}


def printable(text: str) -> str:
    """`text` with lone surrogates replaced: they cannot be sent as UTF-8."""
    return text.encode("utf-16", "surrogatepass").decode("utf-16", "replace")


def sampling_of(values: Mapping[str, Any]) -> Sampling:
    """The settings in `values`; empty ones are left open, wrong ones raise `Problem`."""
    given = {name: value for name, value in values.items() if not _is_empty(value)}
    if isinstance(given.get("stop"), str):
        given["stop"] = stop_strings(given["stop"])
    try:
        return Sampling.model_validate(given)
    except ValidationError as wrong:
        raise _bad_sampling(wrong) from None


def stop_strings(lines: str) -> tuple[str, ...]:
    r"""One stop string a line; `\n` and `\t` in them stand for a line break and a tab."""
    found = (line.replace("\\n", "\n").replace("\\t", "\t") for line in lines.split("\n"))
    return tuple(line for line in found if line)


def specs_of(asked: Any, system: str = "") -> list[ColumnSpec]:
    """The columns of a board's request. `system` is the page's own system message, "" for none.

    A column's own system message comes before the page's, and that before the adapter's.
    """
    columns = asked.get("columns") if isinstance(asked, Mapping) else None
    return [_spec(column, system) for column in columns or []]


def check_size(prompt: str, specs: Sequence[ColumnSpec], most: int = MAX_COLUMNS) -> None:
    """Refuse what would keep everybody waiting: over `most` columns, or too much text."""
    if len(specs) > most:
        raise Problem("columns_many", found=f"{len(specs):,}", limit=most)
    found = len(prompt) + sum(len(system) for system in {spec.system or "" for spec in specs})
    if found > MAX_CHARACTERS:
        raise Problem("prompt_long", found=f"{found:,}", limit=f"{MAX_CHARACTERS:,}")


def _spec(column: Any, system: str) -> ColumnSpec:
    if not isinstance(column, Mapping):
        raise _bad_column(column)
    own = column.get("system")
    if own is None and system.strip():
        own = system
    sampling = column.get("sampling")
    try:
        return ColumnSpec(
            key=column.get("key", ""),
            adapter=column.get("adapter", ""),
            system=printable(own) if isinstance(own, str) else None,
            sampling=sampling_of(sampling if isinstance(sampling, Mapping) else {}),
        )
    except ValidationError:
        raise _bad_column(column) from None


def _bad_column(column: Any) -> Problem:
    return Problem("unexpected", detail=f"a column was asked for as {str(column)[:120]}")


def _is_empty(value: Any) -> bool:
    return value is None or value == [] or (isinstance(value, str) and not value.strip())


def _bad_sampling(wrong: ValidationError) -> Problem:
    """The first thing wrong as one sentence: the field, what was found, what is allowed."""
    first = wrong.errors()[0]
    name = str(first["loc"][0]) if first["loc"] else ""
    found = first["input"]
    return Problem(
        "bad_sampling",
        field=name,
        found=f"“{found}”" if isinstance(found, str) else f"{found!r}"[:80],
        allowed=allowed(name),
    )


def allowed(name: str) -> str:
    """What the sampling field `name` takes, in words."""
    if name == "stop":
        return word("ask_stop")
    field = Sampling.model_fields.get(name)
    if field is None:
        return word("ask_known", known=", ".join(FIELDS))
    bounds = [
        word(_BOUNDS[sign], bound=f"{getattr(limit, sign):,}")
        for limit in field.metadata
        for sign in _BOUNDS
        if hasattr(limit, sign)
    ]
    return word("ask_whole" if name in _WHOLE else "ask_number", bounds=", ".join(bounds))
