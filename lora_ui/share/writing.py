"""From settings to a link's query or a settings file. `ui/links/writing.js` does the same.

Both are short and readable: what stands at its default is left out, and the characters that a query
may hold as they are stay as they are.
"""

from __future__ import annotations

import json
from typing import Any
from urllib.parse import quote_plus

from lora_ui.share.state import VERSION, CompareState, Part, State

MAX_LINK_BYTES = 4096
"""Of the settings in a link, `?` included: what every browser, proxy and chat passes on whole."""

_ENDS_A_LINK = ".,:/"


def to_fields(state: State) -> dict[str, Any]:
    """The parameters that `state` needs, as JSON values, in their order."""
    fields = {"v": VERSION, "tab": state.tab, **_values(state)}
    if isinstance(state, CompareState) and all(column.is_plain for column in state.columns):
        columns = fields.pop("columns", None)
        if columns:
            names = [column["adapter"] for column in columns]
            return {"v": VERSION, "tab": state.tab, "adapters": names, **fields}
    return fields


def to_query(state: State, *, run: bool = False) -> str:
    """A link's query without its `?`; with `run`, the link runs when it is opened."""
    fields = {**to_fields(state), **({"run": True} if run else {})}
    query = "&".join(f"{name}={_quoted(value_text(value))}" for name, value in fields.items())
    if query[-1] in _ENDS_A_LINK:  # programs that find links in text take it for the sentence's
        query = f"{query[:-1]}%{ord(query[-1]):02X}"
    return query


def to_file(state: State) -> str:
    """The text of a settings file."""
    return json.dumps(to_fields(state), ensure_ascii=False, indent=2) + "\n"


def all_fields(state: State) -> dict[str, Any]:
    """Every parameter of the tab with its value, those at their defaults too."""
    return _values(state, everything=True)


def value_text(value: Any) -> str:
    """A JSON value as the parameter of a query."""
    if isinstance(value, bool):
        return "1" if value else "0"
    if isinstance(value, list):
        if all(isinstance(one, str) for one in value):
            return ",".join(value)
        return json.dumps(value, ensure_ascii=False, separators=(",", ":"))
    return str(value)


def _values(part: Part, *, everything: bool = False) -> dict[str, Any]:
    """What differs from the defaults, or everything; the fields of `sampling` among the others."""
    values: dict[str, Any] = {}
    for name, field in type(part).model_fields.items():
        value = getattr(part, name)
        if value == field.default and not everything:
            continue
        if isinstance(value, Part):
            values |= _values(value, everything=everything)
        elif isinstance(value, tuple):
            values[name] = [_values(one) if isinstance(one, Part) else one for one in value]
        else:
            values[name] = value
    return values


def _quoted(text: str) -> str:
    return quote_plus(text, safe=",:/")
