"""What a question is about: conditions in words and SQL, and the noun phrases they make."""

from __future__ import annotations

import random
from collections.abc import Mapping
from dataclasses import dataclass, field

from lora_ui.embedded.tasks.text2sql.ddl import literal
from lora_ui.embedded.tasks.text2sql.lexicon import Lexicon
from lora_ui.embedded.tasks.text2sql.query import Fragment, plain
from lora_ui.embedded.tasks.text2sql.schemas import Column, Schema, Table
from lora_ui.embedded.tasks.text2sql.wording import Phrasebook, data_word, listing, singular_verb

GENERIC = {"record", "entry", "row"}
"""Nouns for rows that say nothing where there are several tables."""


@dataclass(frozen=True)
class Condition:
    """A WHERE term with the ways to say it; a form that cannot be said is None."""

    sql: Fragment
    post: str | None = None
    """After the noun: "from Paris"."""
    vp: str | None = None
    """As a plural verb phrase: "live in Paris"."""
    adj: str | None = None
    """Before the noun: "active"."""
    head: str | None = None
    """Instead of the noun: "dogs" for animals of the species dog."""
    possessive: str | None = None
    """Before everything: "Jane Austen's"."""


@dataclass
class Scene:
    """One schema with one voice asking about it."""

    rng: random.Random
    schema: Schema
    book: Phrasebook
    lexicon: Lexicon
    quote: str
    """What this voice puts around values: nothing, or a kind of quotes."""
    shown: str = ""
    """The CREATE statements; values found there need not be spelled exactly."""
    mentions: dict[Fragment, tuple[str, ...]] = field(default_factory=dict)
    """How each condition may have been said, to put WHERE terms in the question's order."""
    spoken: dict[Table, tuple[str, str]] = field(default_factory=dict)

    def noun(self, table: Table) -> tuple[str, str]:
        """The (singular, plural) noun for a table's rows, the same within a question."""
        if table not in self.spoken:
            assert table.thing
            taken = {
                other.thing.nouns[0][0]
                for other in self.schema.tables
                if other.thing and other is not table
            }
            if len(self.schema.tables) > 1:
                taken |= GENERIC
            choices = [pair for pair in table.thing.nouns[1:] if pair[0] not in taken]
            if table.thing.person and not any(
                other.thing and other.thing.person and other is not table
                for other in self.schema.tables
            ):
                choices.append(("person", "people"))
            rare = choices and self.rng.random() < 0.15
            self.spoken[table] = self.rng.choice(choices) if rare else table.thing.nouns[0]
        return self.spoken[table]

    def noun_of(self, column: Column) -> str:
        """A noun for a column; now and then people use its name."""
        if self.rng.random() < 0.06:
            return column.name
        return self.rng.choice(column.nouns)

    def value(self, value: object, quoted: bool = False) -> str:
        """A value as this voice writes it; `quoted` asks for quotes even of a careless voice."""
        text = self._spelled(str(value))
        quote = self.quote or ("'" if quoted and self.rng.random() < 0.7 else "")
        if quote == "'" and "'" in text:
            quote = '"'
        return data_word(f"{quote}{text}{quote}")

    def _spelled(self, text: str) -> str:
        """A value in free spelling, where the CREATE statements show the right one."""
        if not self.quote and f"'{text}'" in self.shown and not text.isnumeric():
            if "_" in text and self.rng.random() < 0.7:
                return text.replace("_", " ")
            if self.rng.random() < 0.3:
                return text.lower()
        return text

    def in_spoken_order(self, terms: tuple[Fragment, ...], text: str) -> tuple[Fragment, ...]:
        """WHERE terms in the order in which `text` mentions them."""

        def position(term: Fragment) -> int:
            found = [text.find(words) for words in self.mentions.get(term, ())]
            return min((place for place in found if place >= 0), default=len(text))

        return tuple(sorted(terms, key=position))

    def say(self, topic: str, slots: Mapping[str, str]) -> str | None:
        """A phrase of this scene's book."""
        return self.book.say(self.rng, topic, slots)

    def subjects(self) -> list[Table]:
        """The tables that questions may be about: all but junctions."""
        return [table for table in self.schema.tables if table.thing]

    def linked(self, table: Table) -> bool:
        """Whether a table hangs together with others (distractors do not)."""
        return any(table in (edge.child, edge.parent) for edge in self.schema.edges)


@dataclass
class Subject:
    """Rows of a table that meet some conditions."""

    scene: Scene
    table: Table
    conditions: list[Condition] = field(default_factory=list)

    @property
    def where(self) -> tuple[Fragment, ...]:
        """The conditions' SQL."""
        for made in self.conditions:
            said = [
                made.head,
                made.possessive,
                made.adj,
                made.post,
                made.vp,
                singular_verb(made.vp or ""),
            ]
            self.scene.mentions[made.sql] = tuple(text for text in said if text)
        return tuple(condition.sql for condition in self.conditions)

    @property
    def pronoun(self) -> str:
        """The relative pronoun."""
        assert self.table.thing
        if self.table.thing.person:
            return "who"
        return self.scene.rng.choice(["that", "that", "which"])

    def label(self) -> tuple[Fragment, ...]:
        """The columns that name a row."""
        return tuple(plain(column) for column in self.table.labels)

    def label_nouns(self) -> tuple[str, str]:
        """The (singular, plural) noun of the naming column."""
        labels = self.table.labels
        if len(labels) == 2:
            return (
                "first and last name",
                "first and last names" if self.scene.rng.random() < 0.4 else "names",
            )
        noun = labels[0].nouns[0]
        if labels[0].kind == "id" and self.scene.rng.random() < 0.3:
            noun = f"{self.scene.noun(self.table)[0]} {noun}"
        return noun, noun + "s" if not noun.endswith("s") else noun + "es"

    def phrase(self, count: str = "plural") -> str:
        """The noun phrase with all conditions: "active users from Paris who are older than 30"."""
        rng, single = self.scene.rng, count == "singular"
        noun = self.scene.noun(self.table)[0 if single else 1]
        before, after, clauses, owner = [], [], [], ""
        for condition in self.conditions:
            form = self._form(condition)
            if form == "head" and not single:
                noun = str(condition.head)
            elif form == "possessive" and not owner:
                owner = str(condition.possessive)
            elif form == "adj":
                before.append(str(condition.adj))
            elif form == "post" and condition.post:
                after.append(condition.post)
            else:
                clauses.append(str(condition.vp))
        text = " ".join([*([owner] if owner else []), *before, noun])
        relative = [part for part in after if part.split()[0] in ("who", "that", "which")]
        after = [part for part in after if part not in relative]
        alike = len({part.split()[0] for part in after}) == 1
        joint = " and " if alike and rng.random() < 0.8 else " "
        text = " ".join([text, *([joint.join(after)] if after else [])])
        clauses = [part.split(" ", 1)[1] for part in relative] + clauses
        if clauses:
            verb = " and ".join(clauses)
            text += f" {self.pronoun} {singular_verb(verb) if single else verb}"
        return text

    def _form(self, condition: Condition) -> str:
        """A way to say a condition inside the noun phrase."""
        forms = {"adj": 5.0, "post": 4.0, "vp": 1.5, "head": 8.0, "possessive": 1.2}
        usable = {name: weight for name, weight in forms.items() if getattr(condition, name)}
        return self.scene.rng.choices(list(usable), list(usable.values()))[0]

    def clause(self) -> str | None:
        """All conditions as one plural verb phrase, or None where one has no such form."""
        parts = [condition.vp for condition in self.conditions]
        if not parts or None in parts:
            return None
        return listing([str(part) for part in parts])

    def slots(self) -> dict[str, str]:
        """What phrases may use of this subject.

        Single letters are gates without text of their own: P person, N has a name, U has none,
        Y a one-table schema, Z the same without conditions.
        """
        assert self.table.thing
        one, many = self.scene.noun(self.table)
        name, names = self.label_nouns()
        slots = {
            "E1": one,
            "E": many,
            "NP": self.phrase(),
            "NP1": self.phrase("singular"),
            "who": self.pronoun,
            "name": name,
            "names": names,
        }
        slots["its"] = "their" if self.table.thing.person else "its"
        slots["N" if self.table.of_kind("label") else "U"] = ""
        if self.table.thing.person:
            slots["P"] = ""
        if len(self.scene.schema.tables) == 1:
            slots["Y"] = ""
            if not self.conditions:
                slots["Z"] = ""
        clause = self.clause()
        if clause:
            slots |= {"VP": clause, "VP1": singular_verb(clause)}
        return slots


def named(table: Table, row: int) -> Fragment:
    """The condition that a row's name is that of row number `row`."""
    labels = table.of_kind("label")
    sql = " AND ".join(
        f"{{{i}}} = {literal(column.values[row])}" for i, column in enumerate(labels)
    )
    return Fragment(sql, tuple(labels))


def name_value(table: Table, row: int) -> str:
    """A row's name as people say it."""
    return " ".join(str(column.values[row]) for column in table.of_kind("label"))
