"""Random schemas: things become tables, archetypes become columns, relations foreign keys."""

from __future__ import annotations

import random
import re
from collections import ChainMap
from dataclasses import dataclass, field
from functools import cache
from typing import Any

from lora_ui.embedded.tasks.text2sql.coined import Coiner
from lora_ui.embedded.tasks.text2sql.lexicon import (
    Archetype,
    Lexicon,
    Link,
    Pair,
    Thing,
    plural,
    read,
    split_list,
)
from lora_ui.embedded.tasks.text2sql.naming import Naming

COINED_SHARE = 0.44
"""How many schemas are about made-up things."""
RESERVED = frozenset(read("grammar")["reserved"].split())
UNIT_SUFFIXES: dict[str, str] = read("grammar")["unit_suffixes"]
LABELS: dict[str, str] = read("grammar")["labels"]
UNSPEAKABLE = re.compile(
    r"(num|is|has|avg|max|from|to|in) |.*(on|at|by|in|since|gb|sqm|year|seen|to|up|min|max)$"
    r"|(years|gpa|abv|loc|qty|hp|kcal|isbn|url|sku|dob|\w+ed) ?"
)
"""Column names that nobody would say as they stand."""
COMPOUND = {
    "review_rating": "star",
    "stars": "star",
    "bedrooms": "bedroom",
    "credits": "credit",
}
"""Numbers that may stand before the noun: "5-star reviews"."""
JOURNEY = ("origin_city", "dest_city")
LABEL_NOUNS = {"first_name": "first name", "last_name": "last name", "flight_no": "flight number"}


@dataclass(eq=False)
class Column:
    """A column of a table, with what it means and the nouns for it."""

    name: str
    kind: str
    """An archetype's kind, or id, fk, label."""
    table: Table
    nouns: tuple[str, ...]
    archetype: Archetype | None = None
    unit: str = ""
    """The unit that the column's name fixes."""
    nullable: bool = False
    refers_to: Table | None = None
    values: list[Any] = field(default_factory=list)

    def fact(self, name: str) -> tuple[str, ...]:
        """The archetype's words under `name`."""
        return self.archetype.words(name) if self.archetype else ()


@dataclass(eq=False)
class Table:
    """A table of things; `thing` is None for junction tables."""

    name: str
    thing: Thing | None
    columns: list[Column] = field(default_factory=list)

    def of_kind(self, *kinds: str) -> list[Column]:
        """The columns of these kinds."""
        return [column for column in self.columns if column.kind in kinds]

    @property
    def id(self) -> Column | None:
        """The primary key, if the table has one."""
        return next(iter(self.of_kind("id")), None)

    @property
    def identity(self) -> tuple[Column, ...]:
        """The primary key as a tuple of columns, empty if there is none."""
        return tuple(self.of_kind("id"))

    @property
    def labels(self) -> list[Column]:
        """What names a row: its name (first and last name are two columns), else its id."""
        return self.of_kind("label") or self.of_kind("id")

    def archetyped(self, key: str) -> Column | None:
        """The column of one archetype."""
        return next(
            (column for column in self.columns if column.archetype and column.archetype.key == key),
            None,
        )


@dataclass(eq=False)
class Edge:
    """A foreign key from `child` to `parent`; `link` has the words, for junctions it is None."""

    child: Table
    parent: Table
    key: Column
    link: Link | None = None


@dataclass(eq=False)
class Junction:
    """A many-to-many relation between the tables `a` and `b`."""

    table: Table
    a: Table
    b: Table
    pair: Pair


@dataclass(eq=False)
class Schema:
    """Tables in the order of their CREATE statements."""

    tables: list[Table] = field(default_factory=list)
    edges: list[Edge] = field(default_factory=list)
    junction: Junction | None = None
    boss: Edge | None = None
    """A foreign key from a table to itself (employee to manager)."""


class SchemaMaker:
    """Draws one schema; naming conventions hold for all its tables."""

    def __init__(self, rng: random.Random, lexicon: Lexicon) -> None:
        self.rng, self.lexicon = rng, lexicon
        self.naming = Naming(rng)
        self.coiner = Coiner(rng, lexicon.split)
        self.things = ChainMap[str, Thing]({}, dict(lexicon.things))
        self.archetypes = ChainMap[str, Archetype]({}, dict(lexicon.archetypes))
        self.schema = Schema()
        self.coined: tuple[Thing, Thing] | None = None

    def make(self) -> Schema:
        """A schema of a random shape."""
        if self.rng.random() < COINED_SHARE:
            shapes = [self.single, self.linked, self.chained, self.junction]
            weights = [42, 44, 7, 7]
            self.coin()
        else:
            shapes = [self.single, self.linked, self.chained, self.junction, self.family]
            weights = [36, 45, 8, 8, 3]
        shape = self.rng.choices(shapes, weights)[0]
        shape()
        if len(self.schema.tables) == 1 and self.rng.random() < 0.22:
            self.distract()
        if self.rng.random() < 0.2:
            self.schema.tables.reverse()
        return self.schema

    def coin(self) -> None:
        """Replace the lexicon's relations, and its things where it can be, by made-up ones."""
        first, second = self._coined(), self._coined()
        if first.key == second.key:
            return
        if self.rng.random() < 0.3:
            known = self.rng.choice(list(self.lexicon.things.values()))
            first, second = (first, known) if self.rng.random() < 0.5 else (known, first)
        self.coined = (first, second)

    def _coined(self) -> Thing:
        thing, archetypes = self.coiner.thing()
        while thing.key in self.lexicon.things:
            thing, archetypes = self.coiner.thing()
        self.things[thing.key] = thing
        self.archetypes.update(archetypes)
        return thing

    def single(self) -> None:
        """One table."""
        if self.coined:
            self.table(next(t for t in self.coined if t.key not in self.lexicon.things), rich=True)
            return
        things = list(self.lexicon.things.values())
        weights = [3 if telling_columns(thing, self.lexicon.arithmetic) else 1 for thing in things]
        self.table(self.rng.choices(things, weights)[0], rich=True)

    def linked(self) -> Edge:
        """A child table and its parent."""
        if self.coined:
            child, parent = self.coined
            if parent.pool == "-":
                child, parent = parent, child
            return self.follow(self.coiner.link(child, parent))
        return self.follow(self.rng.choice(self.lexicon.links))

    def chained(self) -> None:
        """A parent, its children, and a second relation of either."""
        edge = self.linked()
        assert edge.link
        if self.coined:
            third, middle = self._coined(), self.things[edge.link.child]
            if third.key not in (edge.link.child, edge.link.parent):
                self.follow(self.coiner.link(third, middle))
            return
        known = {edge.link.child, edge.link.parent}
        more = [
            link
            for link in self.lexicon.links
            if ((link.child in known) != (link.parent in known) and link.child != edge.link.parent)
            or (link.child == edge.link.parent and link.parent not in known)
        ]
        if more:
            self.follow(self.rng.choice(more))

    def junction(self) -> None:
        """Two tables linked many to many."""
        if self.coined:
            extras = {a.key: a for a in (self.coiner.measure(), self.coiner.number())}
            self.archetypes.update(extras)
            pair = self.coiner.pair(*self.coined, extras)
        else:
            pair = self.rng.choice(self.lexicon.pairs)
        a, b = self.table(self.things[pair.a]), self.table(self.things[pair.b])
        table = Table(self.naming.table(self.rng.choice(pair.tables)), None)
        if table.name.lower() in {a.name.lower(), b.name.lower()}:
            table.name = self.naming.table(f"{pair.a}_{plural(pair.b)}")
        if self.rng.random() < 0.4:
            table.columns.append(Column("id", "id", table, ("id",)))
        for parent, thing in ((a, pair.a), (b, pair.b)):
            self.reference(table, parent, f"{thing}_id", None)
        for key in pair.extras:
            if self.rng.random() < 0.7:
                self.add_column(table, self.archetypes[key])
        self.schema.tables.append(table)
        self.schema.junction = Junction(table, a, b, pair)

    def family(self) -> None:
        """Employees whose manager is an employee; splits without employees get a plain table."""
        if "employee" not in self.lexicon.things:
            self.single()
            return
        table = self.table(self.lexicon.things["employee"])
        name = self.rng.choice(["manager_id", "manager_id", "boss_id", "supervisor_id"])
        name = self.naming.case(name)
        key = Column(name, "fk", table, ("manager",), nullable=True, refers_to=table)
        table.columns.append(key)
        self.schema.boss = Edge(table, table, key)

    def distract(self) -> None:
        """One or two further tables that no question is about."""
        used = {table.thing.key for table in self.schema.tables if table.thing}
        for thing in self.rng.sample(
            list(self.lexicon.things.values()), self.rng.choice([1, 1, 2])
        ):
            if thing.key not in used:
                self.table(thing)

    def follow(self, link: Link) -> Edge:
        """Add a link's tables, as far as they are missing, and its foreign key."""
        present = {table.thing.key: table for table in self.schema.tables if table.thing}
        parent = present.get(link.parent) or self.table(self.things[link.parent])
        child = present.get(link.child) or self.table(self.things[link.child])
        return self.reference(
            child, parent, self.rng.choice((link.foreign_keys[0], *link.foreign_keys)), link
        )

    def reference(self, child: Table, parent: Table, key: str, link: Link | None) -> Edge:
        """A foreign key column, placed anywhere after the child's first columns."""
        column = Column(
            self.naming.foreign_key(key, parent.thing.key if parent.thing else key),
            "fk",
            child,
            (parent.thing.nouns[0][0] if parent.thing else key,),
            refers_to=parent,
        )
        stem = key.removesuffix("_id")
        if column.name in [c.name for c in child.of_kind("id", "label", "fk")]:
            column.name = self.naming.case(f"{stem}_ref")
        child.columns = [
            c
            for c in child.columns
            if c.kind in ("id", "label")
            or (
                c.name.lower() not in (stem, column.name.lower(), f"{stem}_name")
                and stem not in c.nouns
            )
        ]
        front = (
            len([c for c in child.columns if c.kind in ("id", "label")])
            if link
            else len(child.columns)
        )
        child.columns.insert(self.rng.randint(front, len(child.columns)), column)
        edge = Edge(child, parent, column, link)
        self.schema.edges.append(edge)
        return edge

    def table(self, thing: Thing, rich: bool = False) -> Table:
        """A table of `thing` with its id, its name and some columns."""
        noun, nouns = thing.key, thing.nouns[0][1].replace(" ", "_")
        name = nouns if self.naming.plural_tables or noun in RESERVED else noun
        table = Table(self.naming.table(name), thing)
        if not rich or thing.pool == "-" or self.rng.random() < 0.84:
            key, key_noun = self.naming.key(noun)
            table.columns.append(Column(key, "id", table, (key_noun,)))
        if thing.pool != "-":
            self.add_labels(table, thing)
        wanted = self.rng.randint(3, 7) if rich else self.rng.randint(2, 4)
        keys = list(thing.archetypes)
        self.rng.shuffle(keys)
        telling = telling_columns(thing, self.lexicon.arithmetic)
        if telling and self.rng.random() < 0.6:
            first = self.rng.choice(telling)
            keys = list(dict.fromkeys([*first, *keys]))
        for key in keys:
            if wanted and self.add_column(table, self.archetypes[key]):
                wanted -= 1
        if thing.key in self.lexicon.things and self.rng.random() < 0.3:
            extra = self.rng.choice([self.coiner.measure, self.coiner.number, self.coiner.named])
            self.add_column(table, extra())
        self.schema.tables.append(table)
        return table

    def add_labels(self, table: Table, thing: Thing) -> None:
        """The column, or the two, that name a row."""
        pattern = self.rng.choice(split_list(LABELS.get(thing.pool, "name|name|name|{}_name")))
        for name in pattern.format(thing.key).split():
            noun = LABEL_NOUNS.get(name) or name.removeprefix("full_").removeprefix(
                f"{thing.key}_"
            ).removeprefix("street_").replace("_", " ")
            column = self.naming.column(name, thing.key)
            if table.id and table.id.name == column:
                column, noun = self.naming.case(f"{thing.key}_name"), "name"
            table.columns.append(Column(column, "label", table, (noun,)))

    def add_column(self, table: Table, archetype: Archetype) -> bool:
        """Add a column unless its name or a word for it is taken."""
        stem = self.rng.choice(archetype.names)
        if stem in RESERVED:
            return False
        noun = table.thing.key if table.thing else ""
        name = self.naming.column(stem, noun) if noun else self.naming.case(stem)
        unit, nouns = described(stem, archetype)
        for other in table.columns:
            same_tag = other.archetype and other.archetype.tag == archetype.tag
            if same_tag or other.name.lower() == name.lower() or set(other.nouns) & set(nouns):
                return False
        nullable = bool(archetype.facts.get("nullable")) and self.rng.random() < 0.7
        table.columns.append(Column(name, archetype.kind, table, nouns, archetype, unit, nullable))
        return True


@cache
def telling_columns(thing: Thing, sums: tuple[tuple[Any, ...], ...]) -> list[tuple[str, ...]]:
    """The columns that invite arithmetic (price and stock) or "5-star reviews"."""
    groups = [
        JOURNEY,
        *((left, right) for left, _, right, _ in sums),
        *((key,) for key in COMPOUND),
    ]
    return [group for group in groups if set(group) <= set(thing.archetypes)]


def described(stem: str, archetype: Archetype) -> tuple[str, tuple[str, ...]]:
    """The unit that a column name fixes, and the nouns for it: the name's own words first."""
    head, _, last = stem.rpartition("_")
    unit = UNIT_SUFFIXES.get(last, "") if head and archetype.numeric else ""
    if stem == "square_meters":
        head, unit = "", "square meters"
    spoken = (head if unit else stem).replace("_", " ")
    nouns = archetype.words("nouns")
    if archetype.kind in ("flag", "date", "year") or UNSPEAKABLE.match(spoken):
        spoken = ""
    if archetype.kind == "date" and stem.endswith(("_date", "deadline", "birthday")):
        spoken = stem.replace("_", " ")
    own = (spoken, spoken) if spoken and spoken not in (*nouns, *archetype.words("count")) else ()
    return unit, (*own, *nouns) or (spoken or stem.replace("_", " "),)
