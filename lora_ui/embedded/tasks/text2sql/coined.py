"""Made-up things: tables and columns under rare, compound or invented names.

The lexicon's things teach what people ask; these teach that names are to be copied from the schema,
whatever they are. Their words come from `data/coined.toml`, put together anew for each schema.
"""

from __future__ import annotations

import random
from functools import cache
from typing import Any

from lora_ui.embedded.tasks.base import Split
from lora_ui.embedded.tasks.text2sql.lexicon import (
    Archetype,
    Link,
    Pair,
    Thing,
    plural,
    pool,
    read,
    split_list,
)

POOLS = split_list(
    "work|product|place|geo|project|device|event|ship|code|code|code|people|people|-|-"
)
SYLLABLES = {
    "train": "bra cor dal fen gri hol jat kel lum mor nev pol qua ril sot tam ul ven wix yor zan",
    "heldout": "abo bli crae dru eps fla gno hesp ibo klu mab nym oru pli rho skar tus vro zeph",
}
PREPOSITIONS = {
    "in": "in {v}",
    "loc": "in {v}|located in {v}",
    "at": "at {v}",
    "by": "by {v}|handled by {v}",
    "from": "from {v}",
    "for": "for {v}",
    "on": "on {v}",
}
PLACED = {"loc": "in"}
"""Prepositions that a table has one column for in common."""
UNIT_SUFFIX = {
    "percent": "_percent _pct",
    "m": "_m _meters",
    "km": "_km",
    "cm": "_cm",
    "kg": "_kg",
    "liters": "_liters",
    "degrees": "_c _celsius",
    "mg": "_mg",
    "days": "_days",
    "minutes": "_min _minutes",
    "seconds": "_sec _seconds",
    "money": "_usd _eur",
    "kmh": "_kmh",
}
SPOKEN_UNITS = {"m": "m", "kmh": "km/h"}


@cache
def _words(split: Split, topic: str) -> tuple[str, ...]:
    return split_list(read("coined")[split][topic])


class Coiner:
    """Coins things, columns and relations for one schema."""

    def __init__(self, rng: random.Random, split: Split) -> None:
        self.rng, self.split = rng, split

    def pick(self, topic: str) -> str:
        """A word of the split."""
        return self.rng.choice(_words(self.split, topic))

    def thing(self) -> tuple[Thing, dict[str, Archetype]]:
        """A thing with the archetypes of its columns."""
        roll = self.rng.random()
        names = self.rng.choice(POOLS)
        words = self.pick("people" if names == "people" else "things")
        if roll < 0.2:
            words = self.invented()
        elif roll < 0.45 and " " not in words and names != "people":
            words = f"{self.pick('qualifiers')} {words}"
        elif roll < 0.55:
            words = f"{self.pick('qualifiers')} {self.pick('things')} {words}"
        elif roll < 0.62 and " " not in words:
            words = f"{self.invented()}{words}"
        columns = self.columns(self.rng.randint(5, 8))
        name = words.replace(" ", "_")
        nouns = [words]
        if " " in words:
            nouns.append(words.rsplit(" ", 1)[1])
        if names != "people":
            nouns.append(self.rng.choice(["record", "entry", "row"]))
        pairs = tuple((noun, plural(noun)) for noun in nouns)
        return Thing(name, names, tuple(columns), pairs), columns

    def invented(self) -> str:
        """A word that nobody has heard."""
        return "".join(self.rng.sample(SYLLABLES[self.split].split(), self.rng.choice([2, 2, 3])))

    def columns(self, count: int) -> dict[str, Archetype]:
        """Archetypes for `count` columns, by key."""
        makers = [self.measure, self.measure, self.number, self.category, self.category]
        makers += [self.flag, self.date, self.date, self.having, self.year, self.text]
        weights = [16, 16, 12, 20, 20, 9, 8, 8, 3, 5, 5]
        made = (self.rng.choices(makers, weights)[0]() for _ in range(count))
        return {archetype.key: archetype for archetype in made}

    def _archetype(
        self, kind: str, words: str, names: list[str], tag: str = "", **facts: Any
    ) -> Archetype:
        key = f"coined_{words.replace(' ', '_')}"
        return Archetype(key, kind, tuple(names), f"coined_{tag}" if tag else key, facts)

    def _qualified(self, words: str, share: float) -> str:
        return f"{self.pick('qualifiers')} {words}" if self.rng.random() < share else words

    def measure(self) -> Archetype:
        """A number, perhaps with a unit."""
        words, unit = self.pick("measures").split("=")
        words = self._qualified(words, 0.4)
        name, spoken = words.replace(" ", "_"), SPOKEN_UNITS.get(unit, unit)
        names = [name, *(name + suffix for suffix in UNIT_SUFFIX.get(unit, "").split())]
        low = self.rng.choice([0.5, 1, 5, 20, 100])
        reach = {"percent": 100 / low, "degrees": 60}.get(unit, self.rng.choice([12, 60, 400]))
        facts: dict[str, Any] = {"nouns": words, "r": [low, max(low * reach, low + 20)]}
        if unit:
            facts["unit"] = spoken
        if unit in ("money", "kg", "liters", "km", "minutes", "days"):
            facts["sum"] = True
        kind = "real" if low < 5 or self.rng.random() < 0.5 else "int"
        if kind == "int":
            facts["r"] = [int(low), int(max(low * reach, low + 20))]
        return self._archetype(kind, words, names, **facts)

    def number(self) -> Archetype:
        """How many of something."""
        words = self.pick("counts")
        single = words.removesuffix("s").replace(" ", "_")
        name = words.replace(" ", "_")
        names = [f"num_{name}", f"{single}_count", f"{name}_count", name, f"total_{name}"]
        nouns = f"number of {words}|number of {words}|{single.replace('_', ' ')} count"
        high = self.rng.choice([20, 90, 500, 9000])
        return self._archetype("int", words, names, nouns=nouns, count=words, r=[1, high], sum=True)

    def category(self) -> Archetype:
        """A word out of few; a table has one column per preposition, so that "in X" is clear."""
        words, prep = self.pick("cats").split("=")
        words = self._qualified(words, 0.25)
        facts: dict[str, Any] = {"nouns": words, "values": self._values(prep)}
        if prep == "adj":
            facts["adj"] = True
        elif prep:
            facts["prep"] = PREPOSITIONS[prep]
        return self._archetype("cat", words, self._named(words), PLACED.get(prep, prep), **facts)

    def named(self) -> Archetype:
        """A category that is always called by its name, for tables with others."""
        words = f"{self.pick('qualifiers')} {self.pick('cats').split('=')[0]}"
        return self._archetype(
            "cat", words, self._named(words), nouns=words, values=self._values("")
        )

    def _named(self, words: str) -> list[str]:
        name = words.replace(" ", "_")
        suffix = self.rng.choice(["name", "name", "code", "type", "label", "level", "group"])
        return [name, name, name, name if "type" in words else f"{name}_{suffix}"]

    def _values(self, prep: str) -> str:
        names = {"by": "people", "from": "@companies", "loc": "@cities"}.get(prep)
        if names and self.rng.random() < 0.4:
            return "|".join(self.rng.sample(pool(names), 5))
        if self.rng.random() < 0.2:
            return "|".join(self.invented().title() for _ in range(5))
        flags = {*_words(self.split, "flags"), *_words(self.split, "dates")}
        values = self.rng.sample(_words(self.split, "values"), 8)
        return "|".join([value for value in values if value not in flags][:6])

    def flag(self) -> Archetype:
        """A yes or no that is an adjective."""
        name = self.pick("flags")
        words = name.replace("_", " ")
        return self._archetype(
            "flag",
            words,
            [f"is_{name}", name, f"is_{name}"],
            yes=words,
            yes_vp=f"are {words}|are {words}|are marked as {words}",
            no_vp=f"are not {words}|are not {words}|are not {words} yet",
            no_post=f"not {words}|that are not {words}",
        )

    def having(self) -> Archetype:
        """A yes or no that is a possession."""
        words = self.pick("haves")
        return self._archetype(
            "flag",
            words,
            [f"has_{words.replace(' ', '_')}"],
            yes_vp=f"have a {words}|come with a {words}",
            yes_post=f"with a {words}|that have a {words}",
            no_vp=f"have no {words}|do not have a {words}",
            no_post=f"without a {words}|with no {words}",
        )

    def date(self) -> Archetype:
        """When something was done, which may be still to come."""
        done = self.pick("dates")
        facts: dict[str, Any] = {
            "nouns": f"{done} date",
            "pp": done,
            "last": f"most recently {done}|last {done}|latest",
            "first": f"first {done}|earliest",
        }
        if self.rng.random() < 0.5:
            facts |= {
                "nullable": True,
                "null": f"have not been {done} yet|were never {done}|have never been {done}"
                f"|are not {done} yet",
                "notnull": f"have been {done}|have already been {done}",
            }
        names = [f"{done}_on", f"{done}_at", f"date_{done}", f"{done}_date", f"last_{done}"]
        return self._archetype("date", done, names, **facts)

    def year(self) -> Archetype:
        """The year in which something was done."""
        done, low = self.pick("dates"), self.rng.choice([1880, 1950, 1985, 2000])
        names = [f"{done}_year", f"year_{done}", f"{done}_year"]
        return self._archetype(
            "year",
            f"{done} year",
            names,
            nouns=f"year {done}|{done} year",
            pp=done,
            last=f"most recently {done}|latest",
            first=f"first {done}|earliest",
            r=[low, 2023],
            tag=done,
        )

    def text(self) -> Archetype:
        """Something noted down, or not."""
        words = self.pick("texts")
        name = words.replace(" ", "_")
        names = [name, name.replace("number", "no").replace("_email", "_mail")]
        return self._archetype("text", words, names, nouns=words, nullable=True)

    def link(self, child: Thing, parent: Thing) -> Link:
        """Words for children of a parent."""
        by, verb = (
            ("of {p}", "for {p}", "belonging to {p}", "linked to {p}"),
            ("have", "had", "had"),
        )
        who = ("which {0} does {{x}} belong to", "what is the {0} of {{x}}")
        if parent.pool == "people":
            by = ("of {p}", "handled by {p}", "assigned to {p}", "by {p}")
            verb = ("handle", "handled", "handled")
            who = ("who handles {{x}}", "who is the {0} of {{x}}")
        elif parent.pool in ("place", "geo"):
            by = ("at {p}", "in {p}", "of {p}", "from {p}")
        elif parent.pool in ("work", "event", "project"):
            by = ("of {p}", "for {p}", "in {p}", "belonging to {p}")
        noun = parent.nouns[0][0]
        keys = (f"{parent.key}_id",)
        return Link(child.key, parent.key, keys, by, (), verb, tuple(w.format(noun) for w in who))

    def pair(self, a: Thing, b: Thing, extras: dict[str, Archetype]) -> Pair:
        """Words for a many-to-many relation."""
        by = ("linked to {p}", "assigned to {p}", "with {p}")
        tables = (f"{a.key}_{b.nouns[0][1]}".replace(" ", "_"), f"{a.key}_{b.key}_links")
        return Pair(a.key, b.key, tables, by, by, ("have", "had", "had"), tuple(extras))
