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

from . import values
from .catalogue import Function, Param
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
        layout = rng.choices(["2", "4", "compact", "plain"], [10, 8, 27, 55])[0]
        return cls(
            camel=rng.random() < 0.27,
            dotted=rng.random() < 0.04,
            describe=rng.choices(["all", "function", "params", "none"], [74, 14, 5, 7])[0],
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


def third_person(does: str) -> str:
    """'get the time' → 'gets the time'."""
    verb, _, rest = does.partition(" ")
    if verb.endswith(("s", "sh", "ch", "x", "z", "o")):
        verb += "es"
    elif verb.endswith("y") and verb[-2] not in "aeiou":
        verb = verb[:-1] + "ies"
    else:
        verb += "s"
    return f"{verb} {rest}".strip()


def function_description(rng: random.Random, does: str) -> str:
    capital, thirds = does[0].upper() + does[1:], third_person(does)
    shapes = [
        capital,
        capital,
        f"{capital}.",
        thirds[0].upper() + thirds[1:],
        f"{thirds[0].upper()}{thirds[1:]}.",
    ]
    shapes += [
        f"Use this to {does}",
        f"Function to {does}",
        f"{capital} for the user",
        f"This function {thirds}.",
    ]
    return rng.choice(shapes)


_BY_KIND = {
    "city": ("Name of the city", "City name", "The city, town or place"),
    "place": ("A place or address", "Name of the place", "Location name or address"),
    "address": ("Street and number", "The street address"),
    "date": ("The date", "Date of the request", "Which day"),
    "time": ("The time", "Time of day"),
    "moment": ("Date and time", "When it should happen", "The point in time"),
    "email": ("Email address", "A valid email address", "The email address to use"),
    "phone": ("Phone number", "Telephone number with area code"),
    "name": ("Name of the person", "The person's name", "Who it is"),
    "person": ("Full name", "Name of the person", "First and last name"),
    "message": ("The text to send", "Text of the message", "What to say"),
    "sentence": ("The text", "Text as given by the user"),
    "id": ("The identifier", "Unique identifier", "The number or code"),
    "money": ("The amount of money", "Amount in dollars", "How much"),
    "minutes": ("How long", "Length"),
    "language": ("Name of the language", "The language, by its English name"),
    "currency": ("Three-letter currency code", "ISO currency code", "The currency"),
    "list": ("A list of entries", "The entries", "One or more values"),
}
_NOT_NOUNS = frozenset((
    "to", "from", "by", "at", "on", "with", "of", "in", "for", "a", "b", "q", "after",
    "before", "since", "until", "using", "where", "when", "who",
))  # fmt: skip


def param_description(rng: random.Random, param: Param, drawn: values.Drawn, optional: bool) -> str:
    """What the author says about a parameter: often just its name, sometimes with an example."""
    nouns = [name.replace("_", " ") for name in param.names if name not in _NOT_NOUNS] or ["value"]
    noun = rng.choice(nouns[:2])
    capital, head = noun[0].upper() + noun[1:], param.kind.split(" ")[0]
    if drawn.schema["type"] == "boolean":
        text = rng.choice(
            [f"Whether it is {noun}", f"{capital} or not", f"Set to true for {noun}", capital]
        )
    elif head in _BY_KIND and rng.random() < 0.3:
        text = (
            f"{capital}: {rng.choice(_BY_KIND[head]).lower()}"
            if rng.random() < 0.4
            else rng.choice(_BY_KIND[head])
        )
    else:
        text = rng.choice(
            [
                f"The {noun}",
                capital,
                f"The {noun} to use",
                f"{capital} as given by the user",
                f"the {noun}",
            ]
        )
    if drawn.hint:
        return text + rng.choice([f" ({drawn.hint})", f", {drawn.hint}", f": {drawn.hint}"])
    if drawn.schema == {"type": "string"} and rng.random() < 0.15:
        example = values.draw(rng, param.kind).text
        text += rng.choice([f", e.g. {example}", f" (e.g. {example})", f", for example {example}"])
    return text + (" (optional)" if optional and rng.random() < 0.2 else "")


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
            dates = sorted(
                (values.iso_date(self.rng) for _ in keys), key=lambda date: str(date.value)
            )
            self.fixed = {
                key: replace(d, schema=dates[0].schema, hint=dates[0].hint)
                for key, d in zip(keys, dates, strict=True)
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
                drawn = self.fixed.get(path) or values.draw(
                    rng, param.kind, slot.words if slot else ()
                )
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
        few = rng.choices([0, 1, 2, 3], [50, 24, 17, 9])[0]
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
