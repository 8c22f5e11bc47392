"""Turn a function into what a stranger may have written: renamed, reworded, more or less detailed.

`dress` makes the JSON description of a function and, for the one that will be called, the values
its wish mentions, so that schema and values always agree.
"""

from __future__ import annotations

import json
import random
import re
from dataclasses import dataclass, field, replace
from typing import Any

from . import dates, values
from .catalogue import Function, Param
from .describing import function_description, param_description
from .grammar import Slot

_VERBS = {
    "get": ("get", "fetch", "lookup", "retrieve", "query"),
    "find": ("find", "search", "lookup", "get"),
    "search": ("search", "find", "query"),
    "create": ("create", "add", "make", "new"),
    "add": ("add", "create", "insert"),
    "delete": ("delete", "remove", "erase"),
    "list": ("list", "get", "show"),
    "calculate": ("calculate", "compute", "calc"),
    "book": ("book", "reserve"),
    "generate": ("generate", "create", "make"),
    "log": ("log", "record", "save"),
}

_EXTRAS = (
    Param(("request_id", "correlation_id"), "id", True),
    Param(("dry_run", "simulate", "preview"), "bool", True),
    Param(("include_details", "verbose", "detailed"), "bool", True),
    Param(("user_id", "account_id"), "id", True),
    Param(("timeout", "timeout_ms", "max_wait"), "int 5..90", True),
    Param(("language", "lang", "locale"), "enum en|de|fr|es", True),
    Param(("output_language", "reply_language"), "language", True),
    Param(("notify", "send_notification", "notify_me"), "bool", True),
    Param(("silent", "quiet", "no_sound"), "bool", True),
    Param(("priority", "urgency"), "enum low|normal|high", True),
    Param(("notes", "comment", "remarks"), "note", True),
    Param(("title", "headline"), "title", True),
    Param(("due_date", "deadline"), "date", True),
    Param(("expires_at", "valid_until"), "date", True),
    Param(("url", "link", "callback_url"), "url", True),
    Param(("tags", "labels"), "list tag", True),
    Param(("limit", "max_results"), "int 5..50", True),
    Param(("output", "format", "response_format"), "enum json|text|html", True),
    Param(("timezone", "tz"), "timezone", True),
    Param(("sort_order", "order"), "enum asc|desc", True),
    Param(("currency", "currency_code"), "currency", True),
    Param(("units", "unit_system"), "enum metric|imperial", True),
    Param(("contact_email", "cc"), "email", True),
    Param(("phone", "callback_number"), "phone", True),
    Param(("color", "highlight"), "colour", True),
    Param(("recurring", "repeat"), "bool", True),
    Param(("private", "is_private"), "bool", True),
    Param(("category", "type"), "enum standard|premium|basic", True),
)
"""Optional parameters that no wish ever mentions."""

_SENTENCES = frozenset(("message", "sentence", "note"))
_WORDY = frozenset(("note", "title", "message", "sentence", "todo", "reason", "event", "issue"))


def extras(rng: random.Random, function: Function, count: int) -> list[Param]:
    """Optional parameters for which no value of the function's own could be mistaken."""
    own = {name for param in function.params for name in param.names}
    kinds = {param.kind.split(" ")[0] for param in function.params}
    kinds |= _WORDY if kinds & _WORDY else set()
    kinds |= {"date", "timezone"} if kinds & {"date", "time", "moment", "isodate"} else set()
    kinds |= {"currency"} if "money" in kinds else set()
    found: dict[str, Param] = {}
    for _ in range(count):
        extra = rng.choice(_EXTRAS)
        head = extra.kind.split(" ")[0]
        if own.isdisjoint(extra.names) and (head in ("bool", "enum") or head not in kinds):
            found[extra.key] = extra
    return list(found.values())


@dataclass(frozen=True)
class Style:
    """How the author of a list of functions writes."""

    camel: bool
    dotted: bool
    describe: str
    required: bool
    openai: bool
    indent: int | None
    compact: bool
    loose: bool

    @classmethod
    def draw(cls, rng: random.Random) -> Style:
        layout = rng.choices(["2", "4", "compact", "plain"], [7, 6, 30, 57])[0]
        return cls(
            camel=rng.random() < 0.27,
            dotted=rng.random() < 0.04,
            describe=rng.choices(["all", "function", "params", "none"], [66, 20, 6, 8])[0],
            required=rng.random() < 0.9,
            openai=rng.random() < 0.1,
            indent=int(layout) if layout.isdigit() else None,
            compact=layout == "compact",
            loose=rng.random() < 0.05,
        )

    def write(self, functions: list[dict[str, Any]]) -> str:
        """The functions as text; `loose` puts one after another without the brackets of a list."""
        if self.openai:
            functions = [{"type": "function", "function": function} for function in functions]
        separators = (",", ":") if self.compact else None

        def dump(data: Any) -> str:
            return json.dumps(data, ensure_ascii=False, indent=self.indent, separators=separators)

        return "\n".join(map(dump, functions)) if self.loose else dump(functions)


@dataclass
class Dressed:
    """A function as listed, with the arguments of its call and the words its wish uses for them."""

    name: str
    description: dict[str, Any]
    arguments: dict[str, Any] = field(default_factory=dict)
    said: dict[str, values.Drawn] = field(default_factory=dict)


def camel(name: str) -> str:
    head, *tail = name.split("_")
    return head + "".join(part[:1].upper() + part[1:] for part in tail)


def function_name(rng: random.Random, function: Function, style: Style) -> str:
    name = function.names[0] if rng.random() < 0.4 else rng.choice(function.names)
    verb, _, rest = name.partition("_")
    if rest and verb in _VERBS and rng.random() < 0.2:
        name = f"{rng.choice(_VERBS[verb])}_{rest}"
    if style.dotted:
        return f"{identifier(function.domain)}.{name}"
    return camel(name) if style.camel else name


def identifier(words: str) -> str:
    """A domain as an identifier."""
    return re.sub(r"\W", "_", words.lower())


class _Dresser:
    """Builds one function; `slots`: what its wish mentions, None for a function nobody calls."""

    def __init__(self, rng: random.Random, style: Style, slots: dict[str, Slot] | None) -> None:
        self.rng = rng
        self.style = style
        self.slots = slots
        self.forget = 0.1 if slots is not None else 0.4
        self.said: dict[str, values.Drawn] = {}
        self.fixed: dict[str, values.Drawn] = {}

    def fix_period(self, function: Function) -> None:
        """Where a wish mentions several dates, make them ISO dates in their natural order."""
        keys = [
            p.key
            for p in function.params
            if p.kind.startswith("date") and p.key in (self.slots or ())
        ]
        if len(keys) > 1:
            form = dates.date_form(self.rng)
            days = sorted(
                (dates.iso_date(self.rng, form=form) for _ in keys),
                key=lambda date: str(date.value),
            )
            self.fixed = {
                key: replace(d, schema=days[0].schema, hint=days[0].hint)
                for key, d in zip(keys, days, strict=True)
            }

    def rename(self, param: Param, taken: set[str]) -> str:
        rng = self.rng
        name = param.key if rng.random() < 0.35 else rng.choice(param.names)
        name = camel(name) if self.style.camel and rng.random() < 0.9 else name
        return name if name not in taken else param.key

    def object_schema(
        self, params: tuple[Param, ...], prefix: str = ""
    ) -> tuple[dict[str, Any], dict[str, Any]]:
        """The schema of an object with these fields, and the arguments for the mentioned ones."""
        rng, style = self.rng, self.style
        properties: dict[str, Any] = {}
        required: list[str] = []
        arguments: dict[str, Any] = {}
        for param in params:
            path = prefix + param.key
            mentioned = self.slots is not None and any(
                s == path or s.startswith(f"{path}.") for s in self.slots
            )
            if param.optional and not mentioned and rng.random() < self.forget:
                continue
            name = self.rename(param, set(properties))
            must = not param.optional or (mentioned and rng.random() < 0.08)
            if param.fields:
                schema, value = self.object_schema(param.fields, f"{path}.")
                if style.describe in ("all", "params") and rng.random() < 0.7:
                    schema = {
                        "type": "object",
                        "description": f"The {param.key.replace('_', ' ')}",
                        **schema,
                    }
            else:
                slot = self.slots.get(path) if self.slots else None
                drawn = self.fixed.get(path) or self.draw(param.kind, slot)
                if slot and slot.mode == '"' and param.kind in _SENTENCES and rng.random() < 0.45:
                    drawn = values.punctuated(rng, drawn)
                schema, value = self.leaf(param, drawn, not must), drawn.value
                if mentioned:
                    self.said[path] = drawn
            properties[name] = schema
            if must:
                required.append(name)
            if mentioned:
                arguments[name] = value
        result: dict[str, Any] = {"type": "object", "properties": properties}
        if style.required and (required or rng.random() < 0.4):
            result["required"] = required
        return result, arguments

    def draw(self, kind: str, slot: Slot | None) -> values.Drawn:
        """A value that no other parameter of the wish has: nobody flies from Rome to Rome."""
        others = [drawn.value for drawn in self.said.values()]
        among = slot.words if slot else ()
        drawn = values.draw(self.rng, kind, among)
        for _ in range(3):
            if not slot or not isinstance(drawn.value, str) or drawn.value not in others:
                break
            drawn = values.draw(self.rng, kind, among)
        return drawn

    def leaf(self, param: Param, drawn: values.Drawn, optional: bool) -> dict[str, Any]:
        schema = dict(drawn.schema)
        if drawn.hint or self.style.describe in ("all", "params"):
            text = param_description(self.rng, param, drawn, optional)
            schema = (
                {"description": text, **schema}
                if self.rng.random() < 0.1
                else schema | {"description": text}
            )
        return self.with_default(schema) if optional and self.rng.random() < 0.3 else schema

    def with_default(self, schema: dict[str, Any]) -> dict[str, Any]:
        """What holds when a boolean or an enum is left out."""
        if schema["type"] == "boolean":
            default, said = False, "false"
        elif "enum" in schema:
            default = said = self.rng.choice(schema["enum"])
        else:
            return schema
        if "description" in schema and self.rng.random() < 0.6:
            form = self.rng.choice(["{}, default {}", "{} (default: {})", "{}. Defaults to {}."])
            schema["description"] = form.format(schema["description"], said)
        else:
            schema["default"] = default
        return schema


def dress(
    rng: random.Random, function: Function, style: Style, slots: dict[str, Slot] | None = None
) -> Dressed:
    """Write a function down in a style; `slots` are the parameters the wish mentions."""
    params = list(function.params)
    if slots is not None:
        few = rng.choices([0, 1, 2, 3], [58, 24, 12, 6])[0]
    else:
        few = int(rng.random() < 0.12)
    params += extras(rng, function, few)
    if rng.random() < 0.5:
        rng.shuffle(params)
    dresser = _Dresser(rng, style, slots)
    dresser.fix_period(function)
    parameters, arguments = dresser.object_schema(tuple(params))
    name = function_name(rng, function, style)
    description: dict[str, Any] = {"name": name}
    if style.describe in ("all", "function"):
        description["description"] = function_description(rng, function.does)
    description["parameters"] = parameters
    return Dressed(name, description, arguments, dresser.said)
