"""Values: what a person says, what belongs into the arguments, and the schema that connects both.

A *kind* is a short text such as `city`, `int 1..9`, `enum low|high` or `list food`. `draw` makes
one value of a kind together with the JSON Schema fragment that makes the value derivable: where the
person says "March 5, 2025" and the value is "2025-03-05", the fragment asks for an ISO date.
"""

from __future__ import annotations

import random
import re
from collections.abc import Callable, Sequence
from typing import Any

from . import dates, numerals, texts
from .numerals import Drawn, spoken_number

Implied = Sequence[tuple[str, str]]
"""Values of an enum or a boolean, each with words that imply it."""


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


_OPTIONS = ("noun", "adjective", "colour", "material", "animal", "food", "plant", "skill", "stone")


def _option(rng: random.Random, _spec: str) -> Drawn:
    """One of a closed set of words that fit together at best by chance."""
    pool, count = rng.choice(_OPTIONS), rng.randint(2, 5)
    words = [texts.pick(rng, pool) if rng.random() < 0.8 else texts.invented(rng) for _ in range(9)]
    names = dict.fromkeys(re.sub(r"[^a-z]+", "_", word.lower()).strip("_") for word in words)
    return _enum(rng, "|".join(list(names)[:count]))


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
    asks = re.match(r"(can|could|where|how|what|why|who|which|do|does|is|are)\b", text.lower())
    text += "" if text[-1] in ".?!" else "?" if asks else rng.choice([".", ".", ".", "!"])
    return Drawn(text, text, drawn.schema, drawn.hint)


# --- all kinds ---------------------------------------------------------------------------------

_KINDS: dict[str, Callable[..., Drawn]] = {
    "int": numerals.integer, "num": numerals.decimal, "money": numerals.money,
    "percent": numerals.percent, "date": dates.date, "time": dates.time_of_day,
    "isodate": dates.iso_date, "moment": dates.moment, "any": _any, "enum": _enum, "bool": _bool,
    "list": _list, "choices": _choices, "lines": _lines, "id": _id, "currency": _currency,
    "language": _language, "ticker": _ticker,
    "option": _option, **numerals.SPANS,
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
