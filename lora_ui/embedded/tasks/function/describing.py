"""What authors of function lists write about functions and parameters: mostly little."""

from __future__ import annotations

import random

from . import values
from .catalogue import Param


def third_person(does: str) -> str:
    """'get the time' → 'gets the time'."""
    verb, _, rest = does.partition(" ")
    if verb.endswith(("s", "sh", "ch", "x", "z", "o")):
        verb += "es"
    elif verb.endswith("y") and verb[-2] not in "aeiou":
        verb = verb[:-1] + "ies"
    else:
        verb += "s"
    return f"{verb} {rest}".strip()


def _upper(text: str) -> str:
    return text[0].upper() + text[1:]


def function_description(rng: random.Random, does: str) -> str:
    """The sentence about a function."""
    capital, thirds = _upper(does), _upper(third_person(does))
    rare = [f"Use this to {does}", f"This function {third_person(does)}.", f"Function to {does}"]
    return rng.choice([capital, capital, capital, f"{capital}.", thirds, f"{thirds}.", *rare[:2]])


_BY_KIND = {
    "city": ("Name of the city", "City name", "The city", "The city, town or place"),
    "place": ("A place or address", "Name of the place", "Location name or address"),
    "address": ("Street and number", "The street address"),
    "date": ("The date", "Date", "Which day"),
    "time": ("The time", "Time of day"),
    "moment": ("Date and time", "When it should happen", "When", "Time"),
    "email": ("Email address", "A valid email address"),
    "phone": ("Phone number", "Telephone number with area code"),
    "name": ("Name of the person", "The person's name", "Who it is"),
    "person": ("Full name", "Name of the person", "First and last name"),
    "message": ("The text to send", "Text of the message", "What to say"),
    "sentence": ("The text", "Text"),
    "todo": ("What has to be done", "The task", "What to do"),
    "id": ("The identifier", "Unique identifier", "The number or code", "ID"),
    "money": ("The amount of money", "Amount in dollars", "How much"),
    "minutes": ("How long", "Length", "Duration"),
    "percent": ("A percentage", "Percentage from 0 to 100"),
    "language": ("Name of the language", "The language"),
    "currency": ("Currency code", "The currency"),
    "ticker": ("Stock symbol", "Ticker of the company"),
    "list": ("List of entries", "The entries", "One or more values"),
    "filename": ("Name of the file", "Path of the file", "The file"),
    "title": ("The title", "Name", "What it is called"),
}
_NOT_NOUNS = frozenset((
    "to", "from", "by", "at", "on", "with", "of", "in", "for", "a", "b", "q", "after",
    "before", "since", "until", "using", "where", "when", "who", "why", "what",
    "about", "like", "near", "around", "via", "every", "on_date", "at_time", "vs", "so",
))  # fmt: skip
_UNITS = {
    unit: f"in {unit}"
    for unit in ("minutes", "seconds", "hours", "days", "weeks", "months", "kg", "km", "cm", "ml")
} | {"m": "in meters", "mg": "in mg", "kmh": "in km/h", "g": "in grams", "c": "in °C"}
_QUANTITIES = {"max": "maximum", "min": "minimum", "num": "number of"}
_TO_DO = frozenset((
    "notify", "send", "include", "show", "keep", "avoid", "overwrite", "compress", "add", "return",
    "use", "allow", "skip", "hide", "fade", "take", "replace", "subscribe", "simulate", "force",
    "repeat", "silence", "enable", "insure",
))  # fmt: skip


def _is_noun(name: str) -> bool:
    """Whether 'the <name>' makes sense: not for 'x', 'until', 'share_with' …"""
    return len(name) > 1 and name.split("_")[-1] not in _NOT_NOUNS


def noun_of(name: str) -> str:
    """'max_price' → 'maximum price', 'width_cm' → 'width in cm', 'order_id' → 'order ID'."""
    words = name.split("_")
    if len(words) > 1 and words[-1] in _UNITS:
        words[-1] = _UNITS[words[-1]]
    words = [_QUANTITIES.get(words[0], words[0]), *words[1:]]
    return " ".join("ID" if word == "id" else word for word in words)


def _flag(rng: random.Random, name: str) -> str:
    """What a boolean means."""
    first, *rest = words = name.split("_")
    said, tail = " ".join(words), " ".join(rest)
    if rest and first in ("is", "has", "was", "are", "can"):
        return rng.choice([f"Whether it {said}", f"True if it {said}", f"{_upper(tail)} or not"])
    if first in _TO_DO:
        return rng.choice([f"Whether to {said}", f"True to {said}", f"Set to true to {said}"])
    if rest and first in ("with", "wants", "needs"):
        return rng.choice([f"{_upper(said)} or without", f"Whether {tail} is wanted"])
    return rng.choice([f"{_upper(said)} or not", f"{_upper(said)}, true or false", _upper(said)])


_NO_EXAMPLES = frozenset(("date", "isodate", "time", "moment", "id", "message", "sentence", "note"))
"""Kinds whose example could be read as a format to follow, or is long."""


def param_description(rng: random.Random, param: Param, drawn: values.Drawn, optional: bool) -> str:
    """What the author says about a parameter: often just its name, sometimes with an example."""
    names = [name for name in param.names if _is_noun(name)]
    name, head = rng.choice(names[:2] or ["value"]), param.kind.split(" ")[0]
    noun = noun_of(name)
    if drawn.schema["type"] == "boolean":
        text = _flag(rng, name)
    elif head in _BY_KIND and (not names or rng.random() < 0.45):
        text = rng.choice(_BY_KIND[head])
    elif head == "int" and noun.endswith("s") and " " not in noun and rng.random() < 0.5:
        text = rng.choice([f"Number of {noun}", f"How many {noun}"])
    else:
        text = rng.choice([f"The {noun}", f"The {noun}", _upper(noun), _upper(noun), f"the {noun}"])
    if drawn.hint and drawn.hint.removeprefix("in ").lower() not in text.lower():
        return text + rng.choice([f" ({drawn.hint})", f", {drawn.hint}", f": {drawn.hint}"])
    if drawn.schema == {"type": "string"} and head not in _NO_EXAMPLES and rng.random() < 0.12:
        example = values.draw(rng, param.kind)
        if not example.hint:
            said = example.value
            text += rng.choice([f", e.g. {said}", f" (e.g. {said})", f", for example {said}"])
    return text + (" (optional)" if optional and rng.random() < 0.15 else "")
