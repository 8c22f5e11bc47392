"""The reasoning lines: each names its numbers with their units, then does one tiny calculation.

There is one phrase per kind of step, the same in every family, so that a model learns to choose
the phrase from the story and the operation from the phrase.
"""

from __future__ import annotations

import re
from decimal import Decimal
from pathlib import Path

from lora_ui.embedded.tasks.math.calc import Number, add, div, mul, show, sub

_ASKED = re.compile(
    r"[Hh]ow (?:many|much) (?:more |fewer |less |square |full |new |of (?:the |his )?|\{\w*fewer\} "
    r"|\{color\} |\{[a-z]\} )*(\{\w+s\}|\{things\}|\{km\}|[a-z]+)"
)
_NO_UNIT = frozenset(
    (Path(__file__).with_name("data") / "not_units.txt").read_text(encoding="utf-8").split()
)
"""Words that may follow a number or "how many" without being what is counted."""
_WORD = r"(?:more |new |other |extra |full |equal |of |\{loose\} |\{color\} |\{first\} )*"
_CURRENCY_WORDS = {"$": "dollars", "€": "euros", "£": "pounds"}


class Phrases:
    """What a draw can say; `wording` is the problem's text before its slots are filled."""

    slots: dict[str, object]
    wording: str = ""
    currency: str = "${}"
    unit_word: str | None = None
    """Set where a family knows better than the wording what it counts."""

    def after(self, slot: str, default: str = "") -> str:
        """The noun that follows a number in the wording."""
        for money, word in re.findall(
            rf"\{{{slot}([#$]?)\}} {_WORD}(\{{\w+\}}|[a-z]+)?", self.wording
        ):
            if money == "$":
                return self.money
            if word and word not in _NO_UNIT and word not in ("{more}", "{fewer}", "{older}"):
                return self._settled(word)
        return default

    def asked(self, default: str = "") -> str:
        """The noun that the question counts."""
        match = _ASKED.search(self.wording)
        if match and match[1] not in _NO_UNIT:
            return self._settled(match[1])
        return default

    @property
    def money(self) -> str:
        """The currency in words."""
        return _CURRENCY_WORDS.get(self.currency[0], self.currency[3:])

    @property
    def unit(self) -> str:
        """What the problem's main quantity counts."""
        if self.unit_word is not None:
            return self.unit_word
        if "$}" in self.wording:
            return self.money
        return self.asked() or next(filter(None, map(self.after, "artxbm")), "")

    def _settled(self, word: str) -> str:
        return str(self.slots.get(word[1:-1], "")) if word.startswith("{") else word

    def of(self, n: Number, unit: str) -> str:
        """`7 apples`; a bare number where the unit is unknown."""
        if n == 1 and unit.endswith("s") and " " not in unit:
            for key, value in self.slots.items():
                if value == unit and key.endswith("s") and key[:-1] in self.slots:
                    return f"1 {self.slots[key[:-1]]}"
            unit = {"children": "child"}.get(unit, unit.removesuffix("s"))
        return f"{show(n)} {unit}".rstrip()

    def _line(self, label: str, chain: str, unit: str, tail: str = "") -> str:
        head, _, result = chain.rpartition(" = ")
        value = Decimal(result)
        number = int(value) if value == int(value) else value
        end = f"{self.of(number, unit)} {tail}".rstrip()
        return f"{label}: {head} = {end}."

    def more(self, a: Number, x: Number, unit: str | None = None) -> str:
        """Something is added."""
        u = self.unit if unit is None else unit
        return self._line(f"{self.of(a, u)} and {show(x)} more", add(a, x), u)

    def gone(self, a: Number, x: Number, unit: str | None = None) -> str:
        """Something goes away."""
        u = self.unit if unit is None else unit
        return self._line(f"{self.of(a, u)} and {show(x)} gone", sub(a, x), u, "left")

    def together(self, *terms: Number, unit: str | None = None) -> list[str]:
        """A sum, two terms a line."""
        u = self.unit if unit is None else unit
        lines, total = [], terms[0]
        for term in terms[1:]:
            lines.append(self._line(f"{self.of(total, u)} plus {show(term)}", add(total, term), u))
            total += term
        return lines

    def difference(self, a: Number, x: Number) -> str:
        """How far apart two amounts are."""
        u = self.unit
        return self._line(f"{self.of(a, u)} against {show(x)}", sub(a, x), u, "difference")

    def more_than(self, a: Number, x: Number) -> str:
        """Another amount, larger by `x`."""
        return self._line(f"{show(x)} more than {self.of(a, self.unit)}", add(a, x), self.unit)

    def fewer_than(self, a: Number, x: Number) -> str:
        """Another amount, smaller by `x`."""
        return self._line(f"{show(x)} fewer than {self.of(a, self.unit)}", sub(a, x), self.unit)

    def before_loss(self, a: Number, x: Number) -> str:
        """The amount before `x` went away."""
        return self._line(
            f"Before {show(x)} went, with {self.of(a, self.unit)} left", add(a, x), self.unit
        )

    def before_gain(self, a: Number, x: Number) -> str:
        """The amount before `x` came."""
        return self._line(
            f"Before {show(x)} came, with {self.of(a, self.unit)} now", sub(a, x), self.unit
        )

    def missing(self, a: Number, x: Number, unit: str | None = None) -> str:
        """How much of a goal is still to come."""
        u = self.unit if unit is None else unit
        return self._line(f"{self.of(a, u)} needed and {show(x)} there", sub(a, x), u, "missing")

    def rest(self, a: Number, x: Number) -> str:
        """The other part of a whole."""
        return self._line(f"{self.of(a, self.unit)} without {show(x)}", sub(a, x), self.unit)

    def groups(self, slot: str, k: Number, m: Number, unit: str | None = None) -> str:
        """Equal groups."""
        u = self.unit if unit is None else unit
        kind = self.after(slot, "groups")
        kind = "groups" if kind == u else kind
        return self._line(f"{self.of(k, kind)} with {self.of(m, u)} each", mul(k, m), u)

    def times(self, k: Number, a: Number, unit: str | None = None) -> str:
        """An amount several times as large."""
        u = self.unit if unit is None else unit
        return self._line(f"{show(k)} times {self.of(a, u)}", mul(k, a), u)

    def twice(self, a: Number) -> str:
        """Two times an amount."""
        return self.times(2, a)

    def cost(self, slot: str, k: Number, p: Number) -> str:
        """Several things at one price."""
        kind = self.after(slot)
        kind = kind if kind not in (self.money, "") else "pieces"
        return self._line(
            f"{self.of(k, kind)} at {self.of(p, self.money)} each", mul(k, p), self.money
        )

    def shared(self, slot: str, a: Number, k: Number, unit: str | None = None) -> str:
        """Equal shares."""
        u = unit or self.after("[at]") or self.unit
        kind = self.after(slot)
        kind = "" if kind == u else kind
        return self._line(f"{self.of(a, u)} shared by {self.of(k, kind)}", div(a, k), u, "each")

    def packed(self, a: Number, k: Number, unit: str | None = None) -> str:
        """How many groups of a size."""
        u = unit or self.after("[ats]") or self.unit
        kind = self.asked()
        kind = "groups" if kind in (u, "") else kind
        return self._line(f"{self.of(a, u)} in groups of {show(k)}", div(a, k), kind)

    def full(self, a: int, k: int) -> str:
        """What fits into full groups: the largest multiple of `k` that `a` holds, divided."""
        used, unit = a // k * k, self.after("a")
        return self._line(f"{self.of(a, unit)} in groups of {k}", div(used, k), "full groups")

    def over(self, a: Number, used: Number) -> str:
        """What does not fit."""
        return self._line(
            f"{self.of(a, self.after('a'))} and {show(used)} in full groups",
            sub(a, used),
            "",
            "left over",
        )

    def travel(self, h: Number, v: Number) -> str:
        """A distance."""
        km = str(self.slots["km"])
        return self._line(f"{self.of(h, 'hours')} with {self.of(v, km)} each", mul(h, v), km)

    def part(self, a: Number, k: int) -> str:
        """One of `k` equal parts."""
        return self._line(f"1/{k} of {self.of(a, self.unit)}", div(a, k), self.unit)

    def parts(self, p: int, k: int, a: Number, unit: Number) -> str:
        """Several of `k` equal parts."""
        return self._line(f"{p}/{k} of {show(a)}", mul(p, unit), self.unit)

    def one(self, slot: str, a: Number, k: Number) -> str:
        """The share of one."""
        return self._line(
            f"{self.of(a, self.unit)} for {self.of(k, self.after(slot))}",
            div(a, k),
            self.unit,
            "for one",
        )

    def how_often(self, a: Number, k: Number) -> str:
        """How many times an amount fits."""
        return self._line(f"From {show(k)} to {show(a)}", div(a, k), "times")

    def each(self, k: Number, kind: str, m: Number, unit: str) -> str:
        """Equal groups whose kind and unit are known."""
        return self._line(f"{self.of(k, kind)} with {self.of(m, unit)} each", mul(k, m), unit)

    def pay(self, k: Number, kind: str, p: Number) -> str:
        """Several things of a known kind at one price."""
        return self._line(
            f"{self.of(k, kind)} at {self.of(p, self.money)} each", mul(k, p), self.money
        )

    def in_groups(self, a: Number, unit: str, k: Number, kind: str) -> str:
        """How many groups of a known kind."""
        return self._line(f"{self.of(a, unit)} in groups of {show(k)}", div(a, k), kind)

    def in_shares(self, a: Number, unit: str, k: Number, kind: str) -> str:
        """Equal shares of a known kind."""
        return self._line(
            f"{self.of(a, unit)} shared by {self.of(k, kind)}", div(a, k), unit, "each"
        )

    def half(self, a: Number) -> str:
        """Half of the things go away."""
        return self._line(f"Half of {self.of(a, self.unit)}", div(a, 2), self.unit, "left")
