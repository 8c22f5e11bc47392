"""Everyday problems of two to five steps, each a table of `data/scenes_*.toml`.

A table names the `numbers` to draw, the `steps` that solve it, and its wordings:

- `k = "2-9"` draws from a range, `"10-50/5"` multiples, `"2,3,4"` one of these, `"q * k + r"`
  what the numbers before it make, `"price 2-6"` an amount with or without cents, and `"good"`
  something to buy, as `{good}`, at its price;
- `t = "pay k pens p"` is a step: a result, an operation, and its numbers and units, where `_` is a
  space, a slot's name stands for its text, `asked` for what the question counts, and `after_t`
  for what follows the number in the wording. Steps must come out positive, and shares whole.

The number `k` may also be told as `{times}` ("three times") or `{part}` ("a third").
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from math import prod

from lora_ui.embedded.tasks.math.calc import Number, add, div, divide, percent, show
from lora_ui.embedded.tasks.math.sharing import FRACTIONS, times
from lora_ui.embedded.tasks.math.wording import Draw, Steps, family, tables

Values = dict[str, Number]

_RESULTS: Mapping[str, Callable[[Number, Number], Number]] = {
    "each": lambda a, b: a * b,
    "pay": lambda a, b: a * b,
    "times": lambda a, b: a * b,
    "more": lambda a, b: a + b,
    "plus": lambda a, b: a + b,
    "more_than": lambda a, b: a + b,
    "before_loss": lambda a, b: a + b,
    "gone": lambda a, b: a - b,
    "difference": lambda a, b: a - b,
    "fewer_than": lambda a, b: a - b,
    "missing": lambda a, b: a - b,
    "rest": lambda a, b: a - b,
    "shared": divide,
    "packed": divide,
    "part": divide,
    "one": divide,
    "percent": lambda rate, base: divide(rate * base, 100),
    "parts": lambda a, b: a + b,
    "round_up": lambda a, b: -(-a // b),
    "round_down": lambda a, b: a // b,
}
_WHOLE = ("shared", "packed", "part", "one", "percent")
_TRIES = 300


def _number(d: Draw, spec: str, values: Values) -> Number:
    """Draw the number that a spec describes."""
    if spec in ("good", "other", "third"):
        d.slots.pop(f"{spec}s", None)
        return d.good(spec)[1]
    if spec.startswith("price "):
        low, high = spec.removeprefix("price ").split("-")
        return d.price(int(low), int(high))
    if re.fullmatch(r"\d+-\d+(/\d+)?", spec):
        span, _, step = spec.partition("/")
        low, high = span.split("-")
        return d.whole(int(low), int(high), int(step or 1))
    if "," in spec:
        return int(d.pick(spec.split(",")))
    return sum(
        prod(int(f) if f.isdigit() else values[f] for f in term.split(" * "))
        for term in spec.split(" + ")
    )


def _outcome(steps: Mapping[str, str], values: Values) -> bool:
    """Add the result of every step; False where one is not positive, or a share not whole."""
    for name, step in steps.items():
        op, *rest = step.split()
        numbers = [int(w) if w.isdigit() else values[w] for w in rest if w.isdigit() or w in values]
        result = _RESULTS[op](numbers[0], numbers[1])
        if result <= 0 or (op in _WHOLE and result != int(result)):
            return False
        if op in ("round_up", "round_down") and numbers[0] % numbers[1] == 0:
            return False
        values[name] = result
    return True


def _lines(d: Draw, step: str, values: Values) -> list[str]:
    """The reasoning lines of one step."""
    op, *rest = step.split()
    numbers = [int(w) if w.isdigit() else values[w] for w in rest if w.isdigit() or w in values]
    texts = [_text(d, w) for w in rest if not w.isdigit() and w not in values]
    a, b = numbers
    unit = d.unit_word = texts[-1] if texts else ""
    kind = texts[0] if texts else ""
    match op:
        case "each":
            return [d.each(a, kind, b, unit)]
        case "pay":
            return [d.pay(a, kind, b)]
        case "plus":
            return d.together(a, b, unit=unit)
        case "shared":
            return [d.in_shares(a, unit, b, kind if len(texts) > 1 else "")]
        case "packed":
            return [d.in_groups(a, kind, b, unit)]
        case "part":
            return [d.part(a, int(b))]
        case "one":
            return [f"{d.of(a, unit)} for {d.of(b, kind)}: {div(a, b)} {unit} for one."]
        case "percent":
            return percent(int(a), b)[0]
        case "parts":
            return [f"{show(a)} parts plus {show(b)} parts: {add(a, b)} parts."]
        case "round_up" | "round_down":
            full = a // b
            used = d.full(int(a), int(b)), d.over(a, full * b)
            if op == "round_up":
                return [*used, f"One more for the {show(a - full * b)} left over: {add(full, 1)}."]
            return [*used, f"Only full groups count: {show(full)} {unit}."]
        case _:
            return [getattr(d, op)(a, b)]


def _text(d: Draw, word: str) -> str:
    """A unit: the text of a slot, the currency, or itself."""
    if word == "money":
        return d.money
    if word == "asked":
        return d.asked()
    if word.startswith("after_"):
        return d.after(word.removeprefix("after_"))
    value = d.slots.get(word)
    return value if isinstance(value, str) else word.replace("_", " ").strip()


def _register(name: str, table: Mapping[str, dict[str, str]]) -> None:
    numbers, steps = table["numbers"], table["steps"]

    def solve(d: Draw) -> Steps:
        for slot, kind in table.get("nouns", {}).items():
            d.noun(kind, slot)
        d.box()
        d.box("bag")
        for _ in range(_TRIES):
            values: Values = {}
            for slot, spec in numbers.items():
                values[slot] = _number(d, spec, values)
            drawn = dict(values)
            if _outcome(steps, values):
                break
        else:
            raise ValueError(f"{name}: no numbers fit")
        d.put(**drawn)
        if "}:{" in d.wording:
            d.spelled = 0
        if (k := int(drawn.get("k", 99))) < 20:
            part = FRACTIONS.get((1, k), "")
            d.put(times=times(k), part=part if part and d.rng.random() < 0.8 else f"1/{k}")
        lines = [line for step in steps.values() for line in _lines(d, step, values)]
        return lines, values[next(reversed(steps))]

    solve.__name__ = name
    family(min(3, len(steps)), extras=bool(table.get("extras", True)))(solve)


for _name, _table in tables().items():
    if "steps" in _table:
        _register(_name, _table)
