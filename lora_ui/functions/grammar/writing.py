"""Nodes as grammars, each in the way in which a format writes values.

Own grammars, because of three things in xgrammar 0.2.8: for strings with `maxLength` its JSON
schemas let no escape through but raw tabs, which are no JSON; they take seconds to compile (five
strings of 200 characters: 5.6 s); and white space in them has no end.
"""

from __future__ import annotations

import json
import re
from dataclasses import dataclass
from typing import Any

from lora_ui.functions.grammar import patterns
from lora_ui.functions.grammar.narrowing import Unconstrainable
from lora_ui.functions.grammar.nodes import (
    Either,
    Fields,
    Flag,
    Items,
    Literal,
    Node,
    Null,
    Number,
    Text,
)
from lora_ui.functions.grammar.numbers import number

HEX = "[0-9a-fA-F]"
ESCAPES = f'"\\\\u" [0-9a-ce-fA-CE-F] {HEX} {HEX} {HEX} | "\\\\u" [dD] [0-7] {HEX} {HEX}'
"""Half a surrogate pair is no character."""
DATE = (
    '[0-9] [0-9] [0-9] [0-9] "-" ("0" [1-9] | "1" [0-2]) "-" ("0" [1-9] | [1-2] [0-9] | "3" [0-1])'
)
LONGEST_KEY = 40
"""Characters of a property's name where the schema names none."""


@dataclass(frozen=True)
class Dialect:
    """How values are written. `quotes` are ways to open and close a string, with its characters.

    `words` are true, false and null. Keys are quoted like strings where `bare_keys` is not set.
    `mark` stands around the text of a string that is known; None: it is quoted as in JSON.
    """

    quotes: tuple[tuple[str, str], ...]
    mark: str | None = None
    words: tuple[str, str, str] = ("true", "false", "null")
    bare_keys: bool = False
    comma: str = '"," " "?'
    colon: str = '":" " "?'


JSON = Dialect(
    ((json.dumps('"'), f'[^"\\\\\\x00-\\x1f] | "\\\\" ["\\\\/bfnrt] | {ESCAPES}'),),
)
PYTHON = Dialect(
    (
        (json.dumps('"'), f'[^"\\\\\\x00-\\x1f] | "\\\\" ["\'\\\\nrt] | {ESCAPES}'),
        (json.dumps("'"), f'[^\'\\\\\\x00-\\x1f] | "\\\\" ["\'\\\\nrt] | {ESCAPES}'),
    ),
    words=("True", "False", "None"),
)
ESCAPED = Dialect(
    ((json.dumps("<escape>"), "[^<\\x00-\\x08]"),),
    mark="<escape>",
    bare_keys=True,
    comma='","',
    colon='":"',
)
PLAIN = Dialect((('""', "[^<\\x00-\\x08]"),), mark="")
"""Strings as they are, the rest as JSON: what stands between two tags."""


class Grammar:
    """Rules of one grammar as they come to be needed; equal ones are the same one."""

    def __init__(self, dialect: Dialect) -> None:
        self._dialect = dialect
        self._rules: dict[str, str] = {}

    def text(self, root: str) -> str:
        """The whole grammar, which begins with the expression `root`."""
        rules = (f"{name} ::= {expression}" for expression, name in self._rules.items())
        return "\n".join((f"root ::= {root}", *rules)) + "\n"

    def rule(self, expression: str) -> str:
        """The name of the rule for `expression`."""
        return self._rules.setdefault(expression, f"r{len(self._rules)}")

    def value(self, node: Node, dialect: Dialect | None = None) -> str:
        """The expression of what `node` may be."""
        way = dialect or self._dialect
        match node:
            case Literal(values):
                return self.rule(" | ".join(_quoted(_written(v, way)) for v in values))
            case Flag():
                return self.rule(f"{_quoted(way.words[0])} | {_quoted(way.words[1])}")
            case Null():
                return _quoted(way.words[2])
            case Text():
                return self.rule(self._string(node, way))
            case Number():
                written = number(node)
                if not written:
                    raise Unconstrainable("minimum", "$")
                return self.rule(written)
            case Items():
                return self.rule(self._list(node, _inner(way)))
            case Fields():
                inner = _inner(way)
                return self.rule(f'"{{" {self.members(node, inner, self._key)} "}}"')
            case Either(nodes):
                return self.rule(" | ".join(self.value(one, way) for one in nodes))

    def members(self, node: Fields, way: Dialect, key: Any) -> str:
        """Properties in order, the optional ones left out or not, with commas between them.

        `key` writes a name with what stands between it and its value.
        """
        comma = way.comma
        if node.others is not None:
            letter = self.rule("[a-zA-Z0-9_]")
            name = f"[a-zA-Z_] {self._several(letter, 0, LONGEST_KEY - 1)}"
            one = self.rule(f"{key(None, way, name)} {self.value(node.others, way)}")
            more = self.rule(f"{comma} {one}")
            return f"({one} {more}{{0,{node.most_others - 1}}})?"
        first, later = '""', '""'  # what follows when nothing, or something, is written already
        for one in reversed(node.properties):
            pair = self.rule(f"{key(one.name, way, '')} {self.value(one.node, way)}")
            began, goes_on = f"{pair} {later}", f"{comma} {pair} {later}"
            if one.required:
                first, later = self.rule(began), self.rule(goes_on)
            else:
                first, later = self.rule(f"{began} | {first}"), self.rule(f"{goes_on} | {later}")
        return first

    def _key(self, name: str | None, way: Dialect, other: str) -> str:
        """A name in quotes, or bare, and the colon; `other` stands for names that nobody knows."""
        mark = "" if way.bare_keys else f'"{chr(92)}"" '
        if name is None:
            return f"{mark}{other} {mark}{way.colon}"
        if way.bare_keys:
            return f"{_quoted(bare(name))} {way.colon}"
        return f"{_quoted(json.dumps(name, ensure_ascii=False))} {way.colon}"

    def _string(self, node: Text, way: Dialect) -> str:
        if node.form == "date":
            inner = DATE
        else:
            inner = patterns.in_grammar(node.pattern, self.rule) if node.pattern else None
        if inner is not None:
            mark = way.quotes[0][0]
            return f"{mark} ({inner}) {mark}"
        ways = (
            f"{mark} {self._several(self.rule(char), node.shortest, node.longest)} {mark}"
            for mark, char in way.quotes
        )
        return " | ".join(ways)

    def _several(self, one: str, least: int, most: int) -> str:
        """`one`, `least` to `most` times, as a chain: repeats of a rule take seconds to follow."""
        rest = '""'
        for _ in range(most - least):
            rest = self.rule(f'"" | {one} {rest}')
        return " ".join([one] * least + [rest])

    def _list(self, node: Items, way: Dialect) -> str:
        """A list. What may follow is built from its end: each rest begins with a comma."""
        count = len(node.fixed)
        rest = '""'
        if node.each is not None and node.longest > count:
            one = self.value(node.each, way)
            least, most = max(node.shortest - count, 0), node.longest - count
            if count == 0:
                more = f"{self.rule(f'{way.comma} {one}')}{{{max(least - 1, 0)},{most - 1}}}"
                inner = f"{one} {more}" if most > 1 else one
                return f'"[" {inner} "]"' if least else f'"[" ({inner})? "]"'
            rest = f"{self.rule(f'{way.comma} {one}')}{{{least},{most}}}"
        for place in range(count - 1, 0, -1):
            item = f"{way.comma} {self.value(node.fixed[place], way)} {rest}"
            rest = self.rule(item if place < node.shortest else f'{item} | ""')
        if count == 0:
            return '"[" "]"'
        inner = f"{self.value(node.fixed[0], way)} {rest}"
        return f'"[" {inner} "]"' if node.shortest else f'"[" ({inner})? "]"'


def bare(name: str) -> str:
    """A name without quotes; one that would not be read again cannot be constrained."""
    if not re.fullmatch(r"[\w$.-]+", name):
        raise Unconstrainable(f"property {name!r}", "$")
    return name


def _inner(way: Dialect) -> Dialect:
    """How what stands inside lists and objects is written."""
    return JSON if way.mark == "" else way


def _quoted(text: str) -> str:
    """A text as a grammar writes it, exactly."""
    written = json.dumps(text, ensure_ascii=False)
    return (
        re.sub(r"\\u00([0-9a-f]{2})", r"\\x\1", written)
        .replace("\\b", "\\x08")
        .replace("\\f", "\\x0c")
    )


def _written(value: Any, way: Dialect) -> str:
    """One JSON value in a dialect."""
    if value is True or value is False or value is None:
        return way.words[(True, False, None).index(value)]
    if isinstance(value, str):
        if way.mark is not None:
            return f"{way.mark}{value}{way.mark}"
        return json.dumps(value, ensure_ascii=False)
    inner = _inner(way)
    comma, colon = (",", ":") if way.bare_keys else (", ", ": ")
    if isinstance(value, list):
        return f"[{comma.join(_written(one, inner) for one in value)}]"
    if isinstance(value, dict):
        keys = {key: bare(key) if way.bare_keys else json.dumps(key) for key in value}
        pairs = (f"{keys[key]}{colon}{_written(one, inner)}" for key, one in value.items())
        return f"{{{comma.join(pairs)}}}"
    return json.dumps(value)
