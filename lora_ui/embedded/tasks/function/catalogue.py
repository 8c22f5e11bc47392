"""The hand-made catalogue: functions of many domains with the wishes people have for them.

The functions_*.yaml files map a domain to a block of lines:

    weather~outdoors: |                               related domains share a tag after `~`
      get_weather/weather_now &w : get the weather    names, group, what it does
        city/place: city                              parameter names, the kind of its values
        unit/units?: enum celsius|fahrenheit          `?`: optional
        home: obj                                     a nested object …
        home.street: street                           … and its fields
        > what's the weather in {city}[ in {unit}]?   wishes (see grammar.py)

A wish without punctuation at its end is an imperative that may be dressed up ("could you …?").
Functions of one group can stand in for each other, so none of them is listed when another one is
what the user wants but cannot get; the same holds for functions of domains that share a tag.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import lru_cache

from lora_ui.embedded.tasks.base import Split

from . import grammar, values
from .data import load

HELDOUT_DOMAINS = frozenset((
    "contacts", "plants", "insurance", "farming", "games", "museum", "charity", "taxi",
    "science", "sales", "maritime", "library",
    "parking", "geometry", "wordplay", "payroll", "warehouse", "voting", "storage_units", "stage",
))  # fmt: skip


@dataclass(frozen=True)
class Param:
    """A parameter: its first name is the one templates use, the others are renamings."""

    names: tuple[str, ...]
    kind: str
    optional: bool = False
    fields: tuple[Param, ...] = ()

    @property
    def key(self) -> str:
        return self.names[0]


@dataclass(frozen=True)
class Function:
    """A function before it gets a style: `does` completes the sentence "I can …"."""

    names: tuple[str, ...]
    does: str
    params: tuple[Param, ...]
    templates: tuple[str, ...]
    domain: str = ""
    tags: frozenset[str] = frozenset()
    group: str = ""


class CatalogueError(ValueError):
    """A line of the catalogue that makes no sense, or a wish that cannot be answered."""


_FUNCTION = re.compile(r"(?P<names>[\w/]+)(?: &(?P<group>\w+))? : (?P<does>.+)")
_PARAM = re.compile(r"  (?P<names>[\w./]+)(?P<optional>\??): (?P<kind>.+)")


def parse_block(block: str, domain: str, tags: frozenset[str]) -> list[Function]:
    """The functions of one domain."""
    functions: list[Function] = []
    for chunk in re.split(r"\n(?=\w)", block.strip("\n")):
        head, *lines = chunk.splitlines()
        match = _FUNCTION.fullmatch(head)
        if not match:
            raise CatalogueError(f"{domain}: not a function line: {head!r}")
        wishes = tuple(line[4:].strip() for line in lines if line.startswith("  > "))
        params = parse_params([line for line in lines if not line.startswith("  > ")])
        names = tuple(match["names"].split("/"))
        function = Function(
            names, match["does"], params, wishes, domain, tags, match["group"] or ""
        )
        check(function)
        functions.append(function)
    return functions


def parse_params(lines: list[str]) -> tuple[Param, ...]:
    params: dict[str, Param] = {}
    for line in lines:
        match = _PARAM.fullmatch(line.rstrip())
        if not match:
            raise CatalogueError(f"not a parameter line: {line!r}")
        first, *others = match["names"].split("/")
        parent, _, name = first.rpartition(".")
        param = Param((name, *others), match["kind"], bool(match["optional"]))
        if parent:
            owner = params[parent]
            params[parent] = Param(owner.names, owner.kind, owner.optional, (*owner.fields, param))
        else:
            params[name] = param
    return tuple(params.values())


def check(function: Function) -> None:
    """Every wish must be answerable: it names all required parameters and no unknown ones."""
    known: dict[str, Param] = {}
    required: set[str] = set()
    for param in function.params:
        if param.kind != "obj" and not values.known(param.kind):
            raise CatalogueError(f"{function.names[0]}: unknown kind {param.kind!r}")
        leaves = {f"{param.key}.{leaf.key}": leaf for leaf in param.fields} or {param.key: param}
        known |= leaves
        required |= {path for path, leaf in leaves.items() if not (param.optional or leaf.optional)}
    for template in function.templates:
        tree = grammar.parse(template)
        unknown = {slot.param for slot in grammar.slots(tree)} - set(known)
        missing = required - grammar.always(tree)
        if unknown or missing:
            raise CatalogueError(
                f"{function.names[0]}: {template!r} unknown {unknown} missing {missing}"
            )


@lru_cache(maxsize=1)
def _all() -> tuple[Function, ...]:
    functions: list[Function] = []
    for name in (
        "daily",
        "errands",
        "work",
        "odd",
        "more",
        "near",
        "numbers",
        "tools",
        "desk",
        "trades",
    ):
        data = load(f"functions_{name}")
        for head, block in data.items():
            domain, _, tags = head.partition("~")
            functions += parse_block(
                block, domain, frozenset([domain, *filter(None, tags.split(","))])
            )
    return tuple(functions)


@lru_cache(maxsize=2)
def functions(split: Split) -> tuple[Function, ...]:
    """The catalogue's functions of a split; whole domains are held out."""
    return tuple(f for f in _all() if (f.domain in HELDOUT_DOMAINS) == (split == "heldout"))


@lru_cache(maxsize=2)
def by_domain(split: Split) -> dict[str, tuple[Function, ...]]:
    domains: dict[str, tuple[Function, ...]] = {}
    for function in functions(split):
        domains[function.domain] = (*domains.get(function.domain, ()), function)
    return domains
