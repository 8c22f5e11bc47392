"""What a value may be, bounded: strings, lists and objects have a longest form."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True)
class Literal:
    """One of these JSON values, exactly."""

    values: tuple[Any, ...]


@dataclass(frozen=True)
class Flag:
    """true or false."""


@dataclass(frozen=True)
class Null:
    """null."""


@dataclass(frozen=True)
class Text:
    """A string of `shortest` to `longest` characters.

    `pattern` stands in place of the lengths: one that `patterns.in_grammar` takes. `form` is a
    `format` that grammars know.
    """

    shortest: int
    longest: int
    pattern: str | None = None
    form: str | None = None


@dataclass(frozen=True)
class Number:
    """A number from `low` to `high`; `above` and `below` are bounds that it must not reach."""

    whole: bool
    low: float
    high: float
    above: float | None = None
    below: float | None = None


@dataclass(frozen=True)
class Items:
    """A list: first `fixed` in order, then any number of `each`, `shortest` to `longest` in all."""

    fixed: tuple[Node, ...]
    each: Node | None
    shortest: int
    longest: int


@dataclass(frozen=True)
class Property:
    """One property of an object."""

    name: str
    node: Node
    required: bool


@dataclass(frozen=True)
class Fields:
    """An object with these properties in this order, the optional ones left out or not.

    `others` is what properties of any further name hold, of which there are at most `most_others`.
    """

    properties: tuple[Property, ...]
    others: Node | None = None
    most_others: int = 0


@dataclass(frozen=True)
class Either:
    """What one of these may be."""

    nodes: tuple[Node, ...]


Node = Literal | Flag | Null | Text | Number | Items | Fields | Either
