"""How one schema names its tables, columns and keys: cases, prefixes and kinds of ids."""

from __future__ import annotations

import random
from collections.abc import Callable

NOUNS = {"no": "number"}
"""What abbreviated kinds of keys stand for."""
ID_STYLES = {"{}_no": "number", "{}_number": "number", "{}_code": "code", "{}_key": "key"}
"""Keys that are not called id, with the noun for them."""
AFFIXES = (
    "tbl_{}",
    "tbl_{}",
    "t_{}",
    "dim_{}",
    "app_{}",
    "crm_{}",
    "core_{}",
    "{}_tbl",
    "{}_data",
    "{}_info",
    "{}_log",
    "{}_2024",
    "{}_master",
)


class Naming:
    """The conventions of one schema; they hold for all its tables."""

    def __init__(self, rng: random.Random) -> None:
        styles: list[Callable[[str], str]] = [snake, camel, pascal]
        self.case = rng.choices(styles, [86, 8, 6])[0]
        self.plural_tables = rng.random() < 0.8
        self.affix = rng.choice(AFFIXES) if rng.random() < 0.06 else "{}"
        self.id_style = rng.choices(["id", "{}_id", "other", "short"], [52, 35, 8, 5])[0]
        self.short = rng.choice(["id", "id", "no", "number", "code"])
        if self.id_style == "other":
            self.id_style = rng.choice(list(ID_STYLES))
        self.prefix = rng.choices(["", "long", "short"], [90, 6, 4])[0]

    def table(self, name: str) -> str:
        """A table's name out of its noun."""
        return self.case(self.affix.format(name))

    def key(self, noun: str) -> tuple[str, str]:
        """The primary key of a table of `noun`, and the noun for the key."""
        if self.id_style == "short":
            return self.case(f"{abbreviated(noun)}_{self.short}"), NOUNS.get(self.short, self.short)
        return self.case(self.id_style.format(noun)), ID_STYLES.get(self.id_style, "id")

    def foreign_key(self, name: str, noun: str) -> str:
        """A foreign key: `name` (author_id), unless keys of the schema are called otherwise."""
        if name == f"{noun}_id" and self.id_style not in ("id", "{}_id"):
            return self.key(noun)[0]
        return self.case(name)

    def column(self, name: str, noun: str) -> str:
        """A column of a table of `noun`."""
        prefix = {"long": noun, "short": abbreviated(noun)}.get(self.prefix, "")
        if not prefix or name.startswith((f"{prefix}_", f"{noun}_", "is_", "has_")):
            return self.case(name)
        return self.case(f"{prefix}_{name}")


def abbreviated(noun: str) -> str:
    """employee -> emp, order_item -> oi"""
    parts = noun.split("_")
    return "".join(part[0] for part in parts) if len(parts) > 1 else noun[:3]


def snake(name: str) -> str:
    """order_date stays as it is."""
    return name


def camel(name: str) -> str:
    """order_date -> orderDate"""
    head, *tail = name.split("_")
    return head + "".join(part.capitalize() for part in tail)


def pascal(name: str) -> str:
    """order_date -> OrderDate"""
    return "".join(part.capitalize() for part in name.split("_"))
