"""From a link's query or a settings file to settings. Whatever these say, reading never raises:
what cannot be used is left out, and a notice tells so.
"""

from __future__ import annotations

import json
from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass
from typing import Any
from urllib.parse import parse_qsl, unquote_plus

from pydantic import ValidationError

from lora_ui.compare.asking import FIELDS, MAX_COLUMNS, allowed, printable
from lora_ui.functions.checking import check_functions
from lora_ui.layers import switch
from lora_ui.share.state import (
    MAX_FILE_BYTES,
    STATES,
    VERSION,
    ColumnState,
    CompareState,
    FunctionsState,
    Part,
    State,
    parameters,
    parts_of,
)
from lora_ui.share.writing import MAX_LINK_BYTES
from lora_ui.strings import word

MAX_NOTICES = 8
LONGEST_NOTICE = 400
FOREIGN = ("view", "logs", "deep_link", "ui", "write_token", "fbclid", "gclid")
FOREIGN_PREFIXES = ("__", "utm_")
_CHOICES = ("auto", "required", "none")
_NAMES_SHOWN = 5


@dataclass(frozen=True)
class Reading:
    """What was understood: the settings, None where nothing was said; whether they are to be run at
    once; and, in sentences, what could not be used.
    """

    state: State | None = None
    run: bool = False
    notices: tuple[str, ...] = ()


def read_link(query: Any, adapters: Collection[str] | None = None) -> Reading:
    """The settings in a query such as `?v=1&tab=compare&prompt=Hello`.

    `adapters` are the names that there are, base included; None takes any.
    """
    given: dict[str, Any] = {}
    twice: list[str] = []
    text = printable(query) if isinstance(query, str) else ""
    for pair in text.removeprefix("?").split("&"):
        name = unquote_plus(pair.partition("=")[0])
        if not pair or is_foreign(name):
            continue
        if name in given and name not in twice:
            twice.append(name)
        given.setdefault(name, pair)
    found = len("&".join(given.values()).encode()) + 1
    if found > MAX_LINK_BYTES:
        notice = word("link_long", found=f"{found:,}", limit=f"{MAX_LINK_BYTES:,}")
        return Reading(notices=(notice,))
    pairs = parse_qsl("&".join(given.values()), keep_blank_values=True)
    reader = _Reader(adapters)
    if twice:
        reader.notices.append(word("link_twice", names=_listed(twice)))
    return reader.read(dict(pairs))


def read_file(content: Any, adapters: Collection[str] | None = None) -> Reading:
    """The settings in a file's text or bytes; a file never runs by itself."""
    try:
        data = content if isinstance(content, bytes) else str(content).encode(errors="replace")
        if len(data) > MAX_FILE_BYTES:
            found, limit = f"{len(data):,}", f"{MAX_FILE_BYTES:,}"
            return Reading(notices=(word("link_file_long", found=found, limit=limit),))
        given = _loads(data.decode("utf-8-sig"))
    except (ValueError, RecursionError):
        return Reading(notices=(word("link_file_unreadable"),))
    if not isinstance(given, dict):
        return Reading(notices=(word("link_file_unreadable"),))
    reading = _Reader(adapters).read(given)
    return Reading(reading.state, False, reading.notices)


def is_foreign(name: str) -> bool:
    """Whether a parameter belongs to Gradio, the host, or whoever counts visitors."""
    return name in FOREIGN or name.startswith(FOREIGN_PREFIXES)


class _Reader:
    """Reads one set of fields and notes what it leaves out."""

    def __init__(self, adapters: Collection[str] | None) -> None:
        self.notices: list[str] = []
        self._adapters = adapters
        self._absent: list[str] = []

    def read(self, given: Mapping[str, Any]) -> Reading:
        """`given` holds texts, and what JSON knows besides; its numbers are texts, too."""
        if not given:
            return Reading(notices=self._told())
        self._check_version(given.get("v", str(VERSION)))
        tab = given.get("tab", CompareState.tab)
        model = STATES.get(tab) if isinstance(tab, str) else None
        if model is None:
            self.notices.append(word("link_tab", found=_shown(tab), tabs=", ".join(STATES)))
            return Reading(notices=self._told())
        known = parameters(model)
        unknown = [name for name in given if name not in (*known, "v", "tab", "run")]
        if unknown:
            self.notices.append(word("link_unknown", names=_listed(unknown)))
        state = self._state(model, {name: given[name] for name in known if name in given})
        return Reading(state, self._run(model, given.get("run", "0")), self._told())

    def _check_version(self, found: Any) -> None:
        is_number = isinstance(found, str) and found.isdecimal() and len(found) < 6
        number = int(found) if is_number else 0
        if number > VERSION:
            self.notices.append(word("link_newer", found=number, known=VERSION))
        elif number < 1:
            self.notices.append(word("link_version", found=_shown(found), known=VERSION))

    def _run(self, model: type[State], said: Any) -> bool:
        run = self._switch("run", said)
        if run and not model.may_run:
            self.notices.append(word("link_no_run"))
        return bool(run) and model.may_run

    def _told(self) -> tuple[str, ...]:
        if self._absent:
            self.notices.append(word("link_absent", names=_listed(self._absent)))
        told = [_cut(notice, LONGEST_NOTICE) for notice in self.notices]
        if len(told) > MAX_NOTICES:
            rest = word("link_more", count=len(told) - MAX_NOTICES + 1)
            told = [*told[: MAX_NOTICES - 1], rest]
        return tuple(told)

    # ------------------------------------------------------------ the fields

    def _state(self, model: type[State], given: dict[str, Any]) -> State:
        values: dict[str, Any] = {}
        names = self._names(given.pop("adapters")) if "adapters" in given else None
        if model is CompareState:
            own = self._columns(given.pop("columns")) if "columns" in given else None
            plain = tuple(ColumnState(adapter=name) for name in names or ())
            values["columns"] = plain if own is None else own
        elif names is not None:
            values["adapters"] = tuple(dict.fromkeys(names))
        values |= self._simple(model, given)
        state = model(**values)
        if isinstance(state, FunctionsState):
            return self._checked_choice(state)
        return state

    def _simple(self, model: type[Part], given: Mapping[str, Any], of: str = "") -> dict[str, Any]:
        """The fields that stand for themselves, each as its model takes it; `of` says whose."""
        values: dict[str, Any] = {}
        sampling: dict[str, Any] = {}
        for name, part in parts_of(model):
            if name not in given:
                continue
            value = self._read_one(name, given[name])
            try:
                checked = getattr(part(**{**_NEEDED.get(part, {}), name: value}), name)
            except ValidationError as wrong:
                self._wrong(of + name, given[name], wrong, key=name)
                continue
            (values if part is model else sampling)[name] = checked
        if sampling:
            values["sampling"] = model.model_fields["sampling"].annotation(**sampling)  # type: ignore[misc]
        return values

    def _read_one(self, name: str, said: Any) -> Any:
        if name == "parallel":
            return switch(said) if isinstance(said, str) else said
        if name == "range_s" and isinstance(said, str) and said.isdecimal() and len(said) < 8:
            return int(said)
        return said

    def _names(self, said: Any) -> tuple[str, ...] | None:
        """A comma list, or a list; None where it is neither."""
        names = said.split(",") if isinstance(said, str) else said
        if not isinstance(names, list) or len(names) > MAX_COLUMNS:
            self._wrong("adapters", said)
            return None
        return tuple(self._present("adapters", names))

    def _present(self, field: str, names: list[Any]) -> Iterator[str]:
        """Those of `names` that can be and are here."""
        for name in names:
            name = name.strip() if isinstance(name, str) else name
            try:
                ColumnState(adapter=name)
            except ValidationError:
                if name != "":
                    self._wrong(field, name, key="adapter")
                continue
            if self._adapters is not None and name not in self._adapters:
                self._absent.append(name)
            else:
                yield name

    def _columns(self, said: Any) -> tuple[ColumnState, ...] | None:
        columns = said
        if isinstance(said, str):
            try:
                columns = _loads(said)
            except (ValueError, RecursionError):
                columns = None
        if not isinstance(columns, list) or len(columns) > MAX_COLUMNS:
            self._wrong("columns", said)
            return None
        found = (self._column(one, place) for place, one in enumerate(columns, start=1))
        return tuple(column for column in found if column is not None)

    def _column(self, said: Any, place: int) -> ColumnState | None:
        said = {"adapter": said} if isinstance(said, str) else said
        if not isinstance(said, dict):
            self._wrong(f"columns[{place}]", said, key="column")
            return None
        names = list(self._present(f"columns[{place}].adapter", [said.get("adapter")]))
        unknown = [name for name in said if name not in dict(parts_of(ColumnState))]
        if unknown:
            self.notices.append(word("link_unknown_column", place=place, names=_listed(unknown)))
        if not names:
            return None
        rest = {name: value for name, value in said.items() if name != "adapter"}
        own = self._simple(ColumnState, rest, f"columns[{place}].")
        return ColumnState(adapter=names[0], **own)

    def _checked_choice(self, state: FunctionsState) -> FunctionsState:
        if state.tool_choice in _CHOICES:
            return state
        functions = check_functions(state.functions).functions or ()
        if any(one.name == state.tool_choice for one in functions):
            return state
        self._wrong("tool_choice", state.tool_choice)
        return state.model_copy(update={"tool_choice": "auto"})

    # ------------------------------------------------------------ what is wrong

    def _switch(self, name: str, said: Any) -> bool | None:
        found = switch(said) if isinstance(said, str) else said
        if not isinstance(found, bool):
            self._wrong(name, said)
            return None
        return found

    def _wrong(
        self, name: str, said: Any, wrong: ValidationError | None = None, *, key: str = ""
    ) -> None:
        """Note that a field is left out: what it said, and what it, a `key`, may say."""
        key = key or name
        first = wrong.errors(include_url=False)[0] if wrong else None
        if first and first["type"] in ("string_too_long", "too_long"):
            limit = f"{first.get('ctx', {}).get('max_length', 0):,}"
            self.notices.append(word("link_text_long", name=name, limit=limit))
            return
        may_be = allowed(key) if key in FIELDS else word(_ALLOWED.get(key, "link_allowed_text"))
        self.notices.append(word("link_wrong", name=name, found=_shown(said), allowed=may_be))


_NEEDED: dict[type[Part], dict[str, Any]] = {ColumnState: {"adapter": "base"}}
"""What a model must be given beside the one field that is looked at."""

_ALLOWED = {
    name: f"link_allowed_{name}"
    for name in (
        "adapters",
        "adapter",
        "columns",
        "column",
        "tool_choice",
        "decoding",
        "range_s",
        "search",
    )
} | {"parallel": "link_allowed_switch", "run": "link_allowed_switch"}


def _loads(text: str) -> Any:
    """JSON with its numbers as they are written."""
    return json.loads(text, parse_int=str, parse_float=str, parse_constant=str)


def _listed(names: list[str]) -> str:
    """Names for a sentence, not more and not longer than it can hold."""
    shown = [_cut(name, 40) for name in names[:_NAMES_SHOWN]]
    rest = len(names) - len(shown)
    return ", ".join([*shown, word("link_names_more", count=rest)] if rest > 0 else shown)


def _shown(value: Any) -> str:
    """A value for a sentence."""
    text = value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)
    return _cut(text, 60)


def _cut(text: str, length: int) -> str:
    """`text` on one line, and no longer than this."""
    line = " ".join(printable(text[: length + 1]).split())
    line = "".join(sign if sign.isprintable() else "\ufffd" for sign in line)
    return line if len(text) <= length else f"{line[: length - 1]}…"
