"""Values: what a person says, what belongs into the arguments, and the schema that connects both.

A *kind* is a short text such as `city`, `int 1..9`, `enum low|high` or `list food`. `draw` makes
one value of a kind together with the JSON Schema fragment that makes the value derivable: where the
person says "March 5, 2025" and the value is "2025-03-05", the fragment asks for an ISO date.
"""

from __future__ import annotations

import datetime
import random
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Any

from . import texts

Implied = Sequence[tuple[str, str]]
"""Values of an enum or a boolean, each with words that imply it."""


@dataclass(frozen=True)
class Drawn:
    """One value: `text` is how the wish says it, `hint` what a description should mention."""

    value: Any
    text: str
    schema: dict[str, Any] = field(default_factory=lambda: {"type": "string"})
    hint: str = ""
    preposition: str = ""


# --- numbers -----------------------------------------------------------------------------------

_SMALL = (
    "zero", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine", "ten",
    "eleven", "twelve", "thirteen", "fourteen", "fifteen", "sixteen", "seventeen", "eighteen",
    "nineteen",
)  # fmt: skip
_TENS = {
    20: "twenty",
    30: "thirty",
    40: "forty",
    50: "fifty",
    60: "sixty",
    70: "seventy",
    80: "eighty",
    90: "ninety",
}


def in_words(number: int) -> str | None:
    """Small and round numbers in words; None where people write digits."""
    if 0 <= number < len(_SMALL):
        return _SMALL[number]
    if number in _TENS:
        return _TENS[number]
    if number == 100:
        return "a hundred"
    ten, one = number // 10 * 10, number % 10
    return f"{_TENS[ten]}-{_SMALL[one]}" if ten in _TENS and one else None


def spoken_number(rng: random.Random, number: float, words: float = 0.22) -> str:
    if isinstance(number, int):
        said = in_words(number)
        if said and rng.random() < words:
            return said
        looks_like_year = 1800 <= number <= 2100
        if number >= 1000 and not looks_like_year and rng.random() < 0.4:
            return f"{number:,}"
    return str(number)


def _number_schema(
    rng: random.Random, value: float, low: float = 0, high: float = 0
) -> dict[str, Any]:
    whole = isinstance(value, int)
    schema: dict[str, Any] = {"type": "integer" if whole and rng.random() < 0.75 else "number"}
    if high and rng.random() < 0.1:
        schema |= {"minimum": min(low, 0 if low > 0 else low), "maximum": high}
    return schema


def _int(rng: random.Random, spec: str) -> Drawn:
    bounds, _, step = spec.partition(" ")
    low, high = (int(bound) for bound in bounds.split(".."))
    value = rng.randrange(low, high + 1, int(step or 1))
    return Drawn(value, spoken_number(rng, value), _number_schema(rng, value, low, high))


def _num(rng: random.Random, spec: str) -> Drawn:
    low, high = (float(bound) for bound in spec.split(".."))
    digits = rng.choice([0, 1, 1, 2])
    value: float = round(rng.uniform(low, high), digits)
    value = int(value) if value == int(value) else value
    return Drawn(value, str(value), {"type": "number"})


def _money(rng: random.Random, _spec: str) -> Drawn:
    """An amount whose currency is of no interest: "$45", "45.50 dollars"."""
    value: float = rng.choice(
        [rng.randint(2, 99), rng.randint(2, 60) * 50, round(rng.uniform(1, 300), 2)]
    )
    number = f"{value:,.2f}" if isinstance(value, float) else f"{value:,}"
    value = int(value) if value == int(value) else value
    said = rng.choice([f"${number}", f"${number}", f"{number} dollars", f"{number} bucks"])
    return Drawn(value, said, {"type": "number"})


def _percent(rng: random.Random, _spec: str) -> Drawn:
    value = rng.choice([rng.randint(1, 100), rng.randrange(5, 101, 5)])
    said = rng.choice(
        [f"{value}%", f"{value}%", f"{value} percent", f"{spoken_number(rng, value, 0.5)} percent"]
    )
    return Drawn(value, said, _number_schema(rng, value, 0, 100), "percent")


def _span(
    unit: str, special: dict[str, int], choices: list[int]
) -> Callable[[random.Random, str], Drawn]:
    """Durations in one unit: "20 minutes", "half an hour" → 30."""

    def draw_span(rng: random.Random, _spec: str) -> Drawn:
        if special and rng.random() < 0.25:
            said, value = rng.choice(list(special.items()))
        else:
            value = rng.choice(choices)
            said = f"{spoken_number(rng, value)} {unit}"
        return Drawn(value, said, _number_schema(rng, value), f"in {unit}")

    return draw_span


# --- dates and times ---------------------------------------------------------------------------

_DAYS = ["Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday"]
_LOOSE_DATES = [
    "tomorrow",
    "today",
    "tonight",
    "next week",
    "this weekend",
    "the day after tomorrow",
]


def _ordinal(day: int) -> str:
    return f"{day}{'th' if 10 < day < 14 else {1: 'st', 2: 'nd', 3: 'rd'}.get(day % 10, 'th')}"


def iso_date(rng: random.Random, spec: str = "") -> Drawn:
    """A date whose value is ISO, however it is said; `birth` reaches back into the last century."""
    first = datetime.date(1940, 1, 1) if spec == "birth" else datetime.date(2023, 1, 1)
    day = first + datetime.timedelta(days=rng.randrange(28000 if spec == "birth" else 1500))
    month, iso = day.strftime("%B"), day.isoformat()
    long = [
        f"{month} {day.day}, {day.year}",
        f"{day.day} {month} {day.year}",
        f"{month} {_ordinal(day.day)} {day.year}",
    ]
    said = iso if rng.random() < 0.6 else rng.choice(long)
    schema = {"type": "string"} | ({"format": "date"} if rng.random() < 0.5 else {})
    return Drawn(
        iso, said, schema, "" if "format" in schema and rng.random() < 0.5 else "YYYY-MM-DD", "on"
    )


def _date(rng: random.Random, spec: str) -> Drawn:
    """A date, ISO or as the user puts it ("next Friday"); the schema says which."""
    if rng.random() < 0.55:
        return iso_date(rng, spec)
    day = datetime.date(2023, 1, 1) + datetime.timedelta(days=rng.randrange(1500))
    iso, month = day.isoformat(), day.strftime("%B")
    if spec == "past":
        said, on = rng.choice(
            [("yesterday", ""), ("last Monday", ""), (f"{month} {day.day}", "on"), (iso, "on")]
        )
        return Drawn(said, said, preposition=on)
    loose = [
        *_LOOSE_DATES[:2],
        f"next {rng.choice(_DAYS)}",
        f"this {rng.choice(_DAYS)}",
        "the day after tomorrow",
    ]
    firm = [
        rng.choice(_DAYS),
        f"{month} {day.day}",
        f"{day.day} {month}",
        f"{month} {_ordinal(day.day)}",
        iso,
    ]
    firm.append(f"{day.day:02}/{day.month:02}/{day.year}")
    if rng.random() < 0.4:
        said = rng.choice(loose)
        return Drawn(said, said)
    said = rng.choice(firm)
    return Drawn(said, said, preposition="on")


def _time(rng: random.Random, _spec: str) -> Drawn:
    hour, minute = rng.randrange(24), rng.choice([0, 0, 15, 30, 45, rng.randrange(60)])
    clock, half = f"{hour:02}:{minute:02}", "am" if hour < 12 else "pm"
    twelve = f"{(hour - 1) % 12 + 1}" + (f":{minute:02}" if minute else "")
    casual = rng.choice([f"{twelve} {half}", f"{twelve}{half}", f"{twelve} {half.upper()}"])
    if rng.random() < 0.5:
        said = clock if rng.random() < 0.5 else casual
        if rng.random() < 0.05:
            clock, said = rng.choice([("12:00", "noon"), ("00:00", "midnight")])
        return Drawn(
            clock, said, hint=rng.choice(["HH:MM", "24-hour HH:MM", "HH:MM, 24h"]), preposition="at"
        )
    said = rng.choice([casual, casual, clock, rng.choice(["noon", "midnight"])])
    return Drawn(said, said, preposition="at")


def _moment(rng: random.Random, _spec: str) -> Drawn:
    """A date with a time."""
    if rng.random() < 0.4:
        day = datetime.date(2024, 1, 1) + datetime.timedelta(days=rng.randrange(1000))
        clock = f"{rng.randrange(6, 23):02}:{rng.choice(['00', '15', '30', '45'])}"
        value = f"{day.isoformat()}T{clock}:00"
        said = value if rng.random() < 0.5 else f"{day.isoformat()} at {clock}"
        schema = {"type": "string"} | ({"format": "date-time"} if rng.random() < 0.6 else {})
        return Drawn(
            value,
            said,
            schema,
            "ISO 8601, e.g. 2024-01-31T08:00:00",
            "on" if value != said else "at",
        )
    minutes, half = rng.choice(["", ":15", ":30", ":45"]), rng.choice([" am", "am", " pm", "pm"])
    hour = f"{rng.randint(1, 12)}{minutes}{half}"
    alone = rng.random()
    if alone < 0.2:
        return Drawn(hour, hour, preposition="at")
    if alone < 0.35:
        day = rng.choice([*_LOOSE_DATES, f"next {rng.choice(_DAYS)}", "this evening"])
        part = rng.choice([" morning", " evening", " at noon", ""]) if day == "tomorrow" else ""
        return Drawn(day + part, day + part)
    if alone < 0.42:
        said = f"in {spoken_number(rng, rng.choice([2, 3, 4, 10, 15, 20, 45]))} "
        said += rng.choice(["minutes", "hours", "days"])
        return Drawn(said, said)
    lead = rng.choice(
        [
            "tomorrow",
            "today",
            f"next {rng.choice(_DAYS)}",
            rng.choice(_DAYS),
            f"this {rng.choice(_DAYS)}",
        ]
    )
    said = f"{lead} at {hour}"
    return Drawn(said, said, preposition="on" if lead in _DAYS else "")


# --- choices, flags, lists ---------------------------------------------------------------------


def _enum(rng: random.Random, spec: str, among: Implied = ()) -> Drawn:
    """`low|high=urgent,top`: a closed set; after `=` come other words for the value."""
    entries = [entry.partition("=") for entry in spec.split("|")]
    options = [name for name, _, _ in entries]
    if among:
        name, said = rng.choice(among)
        index = options.index(name)
    else:
        index = rng.randrange(len(options))
        name, _, words = entries[index]
        said = rng.choice([name.replace("_", " "), *filter(None, words.split(","))])
    shown = options
    if not any(char.isupper() or char.isdigit() for option in options for char in option):
        change = rng.choices([str, str.upper, str.capitalize], [80, 10, 10])[0]
        shown = [change(option) for option in options]
    listing = rng.choice([", ".join(shown), " or ".join(shown), "|".join(shown), " / ".join(shown)])
    if rng.random() < 0.85:
        return Drawn(
            shown[index],
            said,
            {"type": "string", "enum": shown},
            listing if rng.random() < 0.25 else "",
        )
    return Drawn(
        shown[index], said, hint=rng.choice([f"one of {listing}", listing, f"allowed: {listing}"])
    )


def _id(rng: random.Random, spec: str) -> Drawn:
    """An identifier, a number where the schema says so; a `#` before it is no part of it."""
    said = texts.identifier(rng)
    value = said.removeprefix("#")
    if value.isdigit() and value[0] != "0" and spec != "text" and rng.random() < 0.4:
        return Drawn(int(value), said, {"type": "integer"})
    return Drawn(value, said)


_CURRENCIES = {
    "USD": "dollars,US dollars", "EUR": "euros,euro", "GBP": "pounds,British pounds",
    "JPY": "yen,Japanese yen", "CHF": "Swiss francs", "CAD": "Canadian dollars",
    "AUD": "Australian dollars", "INR": "rupees,Indian rupees", "SEK": "Swedish kronor",
    "PLN": "zloty", "MXN": "Mexican pesos", "KRW": "Korean won", "TRY": "Turkish lira",
    "THB": "Thai baht",
}  # fmt: skip
_LANGUAGE_CODES = {
    "French": "fr", "Spanish": "es", "German": "de", "Japanese": "ja", "Italian": "it",
    "Portuguese": "pt", "Korean": "ko", "Arabic": "ar", "Turkish": "tr", "Polish": "pl",
    "Hindi": "hi", "Dutch": "nl", "Finnish": "fi", "Greek": "el",
}  # fmt: skip
_STOCKS = {
    "AAPL": "Apple", "TSLA": "Tesla", "MSFT": "Microsoft", "NVDA": "Nvidia", "AMZN": "Amazon",
    "GOOG": "Google", "NFLX": "Netflix", "INTC": "Intel", "AMD": "AMD", "DIS": "Disney",
    "UBER": "Uber", "IBM": "IBM", "KO": "Coca-Cola", "SPOT": "Spotify",
}  # fmt: skip


def _currency(rng: random.Random, _spec: str) -> Drawn:
    """A currency by its code, whatever people call it."""
    if rng.random() < 0.3:
        code = rng.choice(list(_CURRENCIES))
        hint = rng.choice(["ISO code", "three-letter code", "ISO 4217 code", "e.g. USD"])
        return Drawn(code, rng.choice(_CURRENCIES[code].split(",")), hint=hint)
    code = texts.pick(rng, "currency")
    return Drawn(code, code)


def _language(rng: random.Random, _spec: str) -> Drawn:
    """A language by its name, or by its code where the schema asks for one."""
    if rng.random() < 0.15:
        name = rng.choice(list(_LANGUAGE_CODES))
        hint = rng.choice(
            ["ISO 639-1 code", "two-letter code", "language code, e.g. en", "e.g. en"]
        )
        return Drawn(_LANGUAGE_CODES[name], name, hint=hint)
    name = texts.pick(rng, "language")
    return Drawn(name, name)


def _ticker(rng: random.Random, _spec: str) -> Drawn:
    """A stock by its symbol, even where the company is named."""
    if rng.random() < 0.25:
        symbol = rng.choice(list(_STOCKS))
        hint = rng.choice(["ticker symbol", "ticker symbol, e.g. ORCL", "e.g. ORCL"])
        return Drawn(symbol, _STOCKS[symbol], hint=hint)
    symbol = texts.pick(rng, "ticker")
    return Drawn(symbol, symbol)


def _any(rng: random.Random, spec: str) -> Drawn:
    """`any a|b|c`: free text, of which these are samples."""
    text = rng.choice(spec.split("|"))
    return Drawn(text, text)


def _bool(rng: random.Random, _spec: str, among: Implied = ()) -> Drawn:
    name, said = rng.choice(among or (("true", "yes"), ("false", "no")))
    return Drawn(name == "true", said, {"type": "boolean"})


def spoken_list(rng: random.Random, items: list[str]) -> str:
    if len(items) == 1:
        return items[0]
    comma = "," if len(items) > 2 and rng.random() < 0.3 else ""
    return f"{', '.join(items[:-1])}{comma} and {items[-1]}"


def _list(rng: random.Random, spec: str) -> Drawn:
    """`list food`: one to four different values of a kind."""
    return _several(rng, spec, rng.choices([1, 2, 3, 4], [12, 40, 35, 13])[0])


def _choices(rng: random.Random, spec: str) -> Drawn:
    """`choices dish`: a list of at least two."""
    return _several(rng, spec, rng.randint(2, 4))


def _several(rng: random.Random, spec: str, count: int) -> Drawn:
    drawn: dict[str, Drawn] = {}
    while len(drawn) < count:
        item = draw(rng, spec)
        drawn[item.text] = item
    first = next(iter(drawn.values()))
    schema = {"type": "array", "items": {"type": first.schema["type"]}}
    return Drawn([item.value for item in drawn.values()], spoken_list(rng, list(drawn)), schema)


def _lines(rng: random.Random, spec: str) -> Drawn:
    """`lines product`: order lines, objects with a name and a quantity ("2 pizzas and 1 salad")."""
    name, count = (
        rng.choice(["name", "item", "product"]),
        rng.choice(["quantity", "qty", "count", "amount"]),
    )
    things = rng.sample(texts.pools()[spec], rng.randint(1, 3))
    value = [{name: thing, count: rng.randint(2, 9)} for thing in things]
    words, times = rng.choice([(0.5, ""), (0.0, ""), (0.0, ""), (0.0, "x ")])
    said = [f"{spoken_number(rng, line[count], words)} {times}{line[name]}" for line in value]
    fields = {name: {"type": "string"}, count: {"type": "integer"}}
    item: dict[str, Any] = {"type": "object", "properties": fields}
    if rng.random() < 0.7:
        item["required"] = [name, count]
    return Drawn(value, spoken_list(rng, said), {"type": "array", "items": item})


def punctuated(rng: random.Random, drawn: Drawn) -> Drawn:
    """A quoted text that is a whole sentence, with the full stop inside the quotation marks."""
    text = drawn.text[0].upper() + drawn.text[1:]
    text += "" if text[-1] in ".?!" else rng.choice([".", ".", ".", "!"])
    return Drawn(text, text, drawn.schema, drawn.hint)


# --- all kinds ---------------------------------------------------------------------------------

_SPANS = {
    "minutes": _span(
        "minutes",
        {"half an hour": 30, "an hour": 60, "a quarter of an hour": 15, "an hour and a half": 90,
         "two hours": 120, "2 hours": 120, "1.5 hours": 90, "one hour": 60, "1 hour": 60,
         "three hours": 180, "three quarters of an hour": 45},
        [2, 3, 5, 7, 8, 10, 12, 15, 20, 25, 30, 40, 45, 60, 90, 120]),
    "seconds": _span("seconds", {"a minute": 60, "half a minute": 30}, [5, 10, 15, 20, 30, 45, 90]),
    "hours": _span("hours", {"a day": 24, "half a day": 12}, [2, 3, 4, 5, 6, 8, 10, 12, 36, 48]),
    "days": _span("days", {"a week": 7, "two weeks": 14}, [2, 3, 4, 5, 6, 7, 10, 21, 28, 30, 60]),
    "weeks": _span("weeks", {}, [2, 3, 4, 6, 8, 10, 12]),
    "months": _span("months", {"a year": 12, "half a year": 6}, [2, 3, 6, 9, 12, 18, 24, 36]),
    "years": _span("years", {"a decade": 10}, [2, 3, 5, 7, 10, 15, 20, 25, 30]),
}  # fmt: skip

_KINDS: dict[str, Callable[..., Drawn]] = {
    "int": _int, "num": _num, "money": _money, "percent": _percent, "date": _date, "time": _time,
    "isodate": iso_date, "moment": _moment, "any": _any, "enum": _enum, "bool": _bool,
    "list": _list, "choices": _choices, "lines": _lines, "id": _id, "currency": _currency,
    "language": _language, "ticker": _ticker, **_SPANS,
}  # fmt: skip

_NAMES = frozenset((
    "landmark", "institution", "place", "shop", "hotel", "team", "star", "meeting_room", "topic",
))  # fmt: skip
"""Kinds of names, to which a small "the" in front of them does not belong."""


def known(kind: str) -> bool:
    """Whether `draw` understands a kind."""
    head, _, rest = kind.partition(" ")
    return known(rest) if head in ("list", "choices") else head in _KINDS or texts.known(head)


def draw(rng: random.Random, kind: str, among: Implied = ()) -> Drawn:
    """One value of `kind`; `among` narrows an enum or a boolean to what a wish can imply."""
    head, _, spec = kind.partition(" ")
    if head in _KINDS:
        return _KINDS[head](rng, spec, among) if among else _KINDS[head](rng, spec)
    text = texts.text(rng, head)
    schema: dict[str, Any] = {"type": "string"}
    if head in ("email", "url") and rng.random() < 0.15:
        schema["format"] = "uri" if head == "url" else "email"
    return Drawn(text.removeprefix("the ") if head in _NAMES else text, text, schema)
