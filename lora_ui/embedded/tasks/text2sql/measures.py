"""Numbers in words: thresholds, units, and the slots that phrases about a measure can use."""

from __future__ import annotations

import random

from lora_ui.embedded.tasks.text2sql.lexicon import plural, read, split_list
from lora_ui.embedded.tasks.text2sql.schemas import Column
from lora_ui.embedded.tasks.text2sql.subjects import Scene
from lora_ui.embedded.tasks.text2sql.wording import ing, singular_verb

UNIT_WORDS: dict[str, str] = read("grammar")["unit_words"]
NUMBER_WORDS = (
    "zero",
    "one",
    "two",
    "three",
    "four",
    "five",
    "six",
    "seven",
    "eight",
    "nine",
    "ten",
)
HOW_MUCH = {"cost", "earn", "make", "pay", "weigh", "charge"}
NO_COMPARATIVE = {"salary", "rating", "score", "popular", "popular2"}


def threshold(rng: random.Random, values: list[float], integral: bool) -> float:
    """A number that splits the sorted `values`; round if possible."""
    value = values[rng.randint(1, len(values) - 2)]
    if rng.random() < 0.7:
        digits = 0 if abs(value) >= 10 else 0 if rng.random() < 0.6 else 1
        grain = 10 ** max(0, len(str(int(abs(value)))) - (1 if rng.random() < 0.5 else 2))
        rounded = (
            round(value / grain) * grain
            if grain > 1
            else round(value * 2) / 2
            if digits
            else round(value)
        )
        if values[0] < rounded < values[-1]:
            value = rounded
    return int(value) if integral or value == int(value) else value


def number_text(rng: random.Random, number: float, small: bool = False) -> str:
    """A number as people write it."""
    if isinstance(number, int) and number >= 1000:
        roll = rng.random()
        if number >= 1_000_000 and number % 100_000 == 0 and roll < 0.4:
            return f"{number / 1_000_000:g} million"
        if number >= 10_000 and number % 1000 == 0 and roll < 0.1:
            return f"{number // 1000}k"
        return f"{number:,}" if roll < 0.3 else str(number)
    if small and isinstance(number, int) and 2 <= number <= 10 and rng.random() < 0.3:
        return NUMBER_WORDS[number]
    return f"{number:g}" if abs(number) < 100_000 else str(number)


class Spoken:
    """How one voice speaks of one measure: the same noun, verb and unit throughout a question."""

    def __init__(self, scene: Scene, column: Column) -> None:
        self.scene, self.column, self.rng = scene, column, scene.rng
        archetype = column.archetype
        assert archetype
        self.age = archetype.key in ("age", "pet_age")
        unit = column.unit or str(archetype.facts.get("unit", ""))
        self.fixed = bool(column.unit)
        self.pattern = "{}" if self.age else self._pattern(unit)
        self.unit = unit
        self.noun = scene.noun_of(column)

    def _pattern(self, unit: str) -> str:
        """How a number gets its unit."""
        if not unit or self.rng.random() < 0.5:
            return "{}"
        if unit == "money":
            return self.rng.choice(["{} euros", "{} dollars", "${}", "€{}"])
        if unit in ("euros", "dollars"):
            return self.rng.choice(
                [f"{{}} {unit}", f"{{}} {unit}", "€{}" if unit == "euros" else "${}"]
            )
        word = self.rng.choice(split_list(UNIT_WORDS.get(unit, unit)))
        return "{}%" if word == "%" else f"{{}} {word}"

    def slots(self, number: float) -> dict[str, str | None]:
        """The slots for comparing with `number`."""
        plain = number_text(self.rng, number)
        said = self.pattern.format(plain)
        facts = self.facts()
        telling = self.age or (
            self.pattern != "{}"
            and self.lone_unit()
            and self.unit not in ("percent", "degrees")
            and not facts.get("is_salary")
        )
        return facts | {
            "v": said,
            "n": number_text(self.rng, number, small=True),
            "bare": said if telling else None,
            "agev": plain if self.age else None,
            "worth": "worth" if facts["is_amount"] is not None else None,
            "adj_years": "years old" if self.age else None,
        }

    def lone_unit(self) -> bool:
        """Whether no other column has the same unit, so that the unit tells the column."""
        money = ("money", "euros", "dollars")
        group = money if self.unit in money else (self.unit,)
        units = [
            c.unit or c.archetype.facts.get("unit", "")
            for c in self.column.table.columns
            if c.archetype and c.archetype.numeric
        ]
        return sum(unit in group for unit in units) == 1

    def facts(self) -> dict[str, str | None]:
        """The slots that need no number."""
        column, archetype = self.column, self.column.archetype
        assert archetype
        adj, opp = column.fact("adj"), column.fact("opp")
        verbs, count = column.fact("verb"), str(archetype.facts.get("count", "")) or None
        verb = self.rng.choice(verbs) if verbs else None
        person = bool(column.table.thing and column.table.thing.person)
        if verb == "pay" and not person:
            verb = "cost"
        comparable = bool(archetype.facts.get("unit")) and archetype.tag not in NO_COMPARATIVE
        pages = archetype.key == "pages"
        return {
            "noun": self.noun,
            "nouns": plural(self.noun),
            "verb": verb,
            "verbs": singular_verb(verb) if verb else None,
            "hm": verb if verb in HOW_MUCH else None,
            "ving": ing(verb) if verb else None,
            "count": count,
            "adj": adj[0] if adj and comparable else None,
            "comp": adj[1] if adj and comparable else None,
            "opcomp": opp[1] if opp and comparable else None,
            "compc": "longer" if pages else None,
            "opcompc": "shorter" if pages else None,
            "sup": adj[2] if adj else None,
            "opsup": opp[2] if opp else None,
            "is_amount": "" if archetype.tag == "amount" and archetype.key != "quantity" else None,
            "is_salary": "" if archetype.tag == "salary" else None,
        }
