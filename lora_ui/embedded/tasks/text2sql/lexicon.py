"""The words of the task: column archetypes, things that tables hold, and how things relate.

All of it lives in `data/*.toml`; this module only gives it types.
"""

from __future__ import annotations

import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

from lora_ui.embedded.tasks.base import Split

DATA = Path(__file__).parent / "data"


@dataclass(frozen=True)
class Archetype:
    """A meaning that a column can have (a price, a hire date, a genre), with the words for it."""

    key: str
    kind: str
    """int, real, year, date, flag, cat or text."""
    names: tuple[str, ...]
    tag: str
    """A table holds at most one column per tag, so that a word points at one column only."""
    facts: Mapping[str, Any]

    def words(self, fact: str) -> tuple[str, ...]:
        """The alternatives stored under `fact`; nothing when the archetype has none."""
        return split_list(self.facts.get(fact, ""))

    @property
    def numeric(self) -> bool:
        """Whether it is a measure, something to average and compare."""
        return self.kind in ("int", "real")


@dataclass(frozen=True)
class Thing:
    """Something a table holds one row of each: book, customer, order."""

    key: str
    pool: str
    """Where its names come from; "-" for things that only have an id."""
    archetypes: tuple[str, ...]
    nouns: tuple[tuple[str, str], ...]
    """(singular, plural) pairs; the first one names the table."""

    @property
    def person(self) -> bool:
        """Whether one asks "who" for it."""
        return self.pool == "people"


@dataclass(frozen=True)
class Link:
    """Child rows point at a parent row."""

    child: str
    parent: str
    foreign_keys: tuple[str, ...]
    by: tuple[str, ...]
    named: tuple[str, ...]
    verb: tuple[str, str, str]
    who: tuple[str, ...]


@dataclass(frozen=True)
class Pair:
    """Two things linked many to many by a junction table."""

    a: str
    b: str
    tables: tuple[str, ...]
    a_of: tuple[str, ...]
    b_of: tuple[str, ...]
    verb: tuple[str, str, str]
    extras: tuple[str, ...]


@dataclass(frozen=True)
class Lexicon:
    """Everything one split may talk about."""

    split: Split
    archetypes: Mapping[str, Archetype]
    things: Mapping[str, Thing]
    links: tuple[Link, ...]
    pairs: tuple[Pair, ...]
    arithmetic: tuple[tuple[str, str, str, tuple[str, ...]], ...]
    """(left archetype, operator, right archetype, words for the result)."""
    passive: Mapping[str, tuple[str, ...]]
    """What an event does to its parents: a loan has its book borrowed."""


def split_list(text: str, separator: str = "|") -> tuple[str, ...]:
    """The stripped, non-empty parts of `text`."""
    return tuple(part.strip() for part in text.split(separator) if part.strip())


def read(name: str) -> dict[str, Any]:
    """One data file."""
    return tomllib.loads((DATA / f"{name}.toml").read_text(encoding="utf-8"))


CODES = (
    "A",
    "AX-",
    "B",
    "BK-2",
    "C-",
    "CR0",
    "DX",
    "EV-1",
    "F",
    "GT-",
    "HM-3",
    "K7-",
    "LOT-",
    "M",
    "NR-",
    "P-10",
    "QZ",
    "R",
    "S-4",
    "TX",
    "U2-",
    "V",
    "W-",
    "X",
    "Y-9",
    "ZK-",
)
"""Beginnings of codes that name rows."""


@cache
def pool(name: str) -> tuple[str, ...]:
    """A named list of values; "people" and the like are composed of several lists."""
    lists = {key: split_list(text) for key, text in read("pools").items()}
    return _composed(name, lists) or lists[name.lstrip("@")]


def _composed(name: str, lists: Mapping[str, tuple[str, ...]]) -> tuple[str, ...]:
    """The values of a pool that is put together from others; empty for plain pools."""
    recipes = {
        "people": [f"{first} {last}" for first in lists["first"] for last in lists["last"]],
        "work": [f"The {a} {n}" for a in lists["title_adj"] for n in lists["title_noun"]]
        + [f"{a} {n}" for a in lists["title_adj"] for n in lists["title_noun"]]
        + list(lists["title_whole"]) * 12,
        "product": [f"{a} {n}" for a in lists["product_adj"] for n in lists["product_noun"]]
        + list(lists["product_noun"]) * 8,
        "code": [f"{a}{n}" for a in CODES for n in range(11, 99, 3)],
        "place": [f"{a} {n}" for a in lists["place_adj"] for n in lists["place_noun"]],
    }
    return tuple(recipes.get(name.lstrip("@"), ()))


@cache
def lexicon(split: Split) -> Lexicon:
    """The words of a split. Things, links and pairs are disjoint between splits."""
    relations = read("relations")
    prefix = "" if split == "train" else "heldout_"
    return Lexicon(
        split=split,
        archetypes={**_archetypes("columns"), **_archetypes("categories")},
        things={key: _thing(key, line) for key, line in read("entities")[split].items()},
        links=tuple(map(_link, relations[f"{prefix}link"])),
        pairs=tuple(map(_pair, relations[f"{prefix}pair"])),
        arithmetic=tuple(map(_arithmetic, relations["arithmetic"])),
        passive={key: split_list(words) for key, words in relations["passive"].items()},
    )


def _archetypes(name: str) -> dict[str, Archetype]:
    return {
        key: Archetype(
            key, facts.get("k", "cat"), tuple(facts["names"].split()), facts.get("tag", key), facts
        )
        for key, facts in read(name).items()
    }


def _thing(key: str, line: str) -> Thing:
    pool_name, archetypes, synonyms, plural_override, *_ = [
        part.strip() for part in f"{line}|||".split("|")
    ]
    first = key.replace("_", " ")
    nouns = [(first, plural_override or plural(first))]
    nouns += [(word, plural(word)) for word in split_list(synonyms, ",") if word != plural_override]
    return Thing(key, pool_name, tuple(dict.fromkeys(archetypes.split())), tuple(nouns))


def _link(line: str) -> Link:
    ends, keys, by, named, verb, who = (part.strip() for part in _merge_verb(line))
    child, parent = ends.split()
    return Link(
        child,
        parent,
        tuple(keys.split()),
        split_list(by, ";"),
        split_list(named, ";"),
        _verb(verb),
        split_list(who, ";"),
    )


def _pair(line: str) -> Pair:
    ends, tables, a_of, b_of, verb, extras = (part.strip() for part in _merge_verb(line))
    a, b = ends.split()
    return Pair(
        a,
        b,
        tuple(tables.split()),
        split_list(a_of, ";"),
        split_list(b_of, ";"),
        _verb(verb),
        tuple(extras.split()),
    )


def _merge_verb(line: str) -> list[str]:
    """The fields of a line; the verb's three forms, split by "|" as well, become one field."""
    *front, base, past, participle, last = line.split("|")
    return [*front, f"{base}|{past}|{participle}", last]


def _verb(text: str) -> tuple[str, str, str]:
    base, past, participle = split_list(text)
    return base, past, participle


def _arithmetic(line: str) -> tuple[str, str, str, tuple[str, ...]]:
    formula, words = line.split("|")
    left, operator, right = formula.split()
    return left, operator, right, split_list(words, ";")


IRREGULAR: dict[str, str] = read("grammar")["plurals"]


def plural(noun: str) -> str:
    """The plural of a noun phrase, put on the last word or the one before "of" or "per"."""
    for joint in (" of ", " per ", " in "):
        if joint in noun:
            head, tail = noun.split(joint, 1)
            return (head if head.endswith("s") else plural(head)) + joint + tail
    start, _, word = noun.rpartition(" ")
    return f"{start} {_plural_word(word)}".strip()


def _plural_word(word: str) -> str:
    if word in IRREGULAR:
        return IRREGULAR[word]
    if word.endswith("y") and word[-2:-1] not in "aeiou":
        return word[:-1] + "ies"
    if word.endswith(("s", "x", "ch", "sh", "z")):
        return word + "es"
    return word + "s"
