"""What comes after a call: the function's result, told to the person, or the next call.

A result is data nobody wrote down before, so that the model learns to tell what it was given: every
value of a small result comes back in the answer, named by its key.
"""

from __future__ import annotations

import json
import random
import re
from dataclasses import dataclass
from typing import Any

from lora_ui.embedded.tasks.base import Split

from .describing import noun_of
from .texts import invented
from .values import draw, spoken_list

RESULT = "FUNCTION RESPONSE: "
"""What stands before a result in the user's turn: glaive's convention."""

_FIELDS: tuple[tuple[str, str], ...] = (
    ("status", "any on time|delayed|confirmed|pending|shipped|open|closed|active|cancelled|ready"),
    ("temperature", "int 5..38"), ("temperature_c", "num 0..38"), ("humidity", "int 20..95"),
    ("condition", "any sunny|rainy|cloudy|foggy|windy|light snow|clear"),
    ("price", "money"), ("total", "money"), ("amount", "money"), ("balance", "money"),
    ("exchange_rate", "num 0..4"), ("rate", "num 0..100"), ("score", "int 1..100"),
    ("rating", "num 1..5"),
    ("count", "int 1..90"), ("quantity", "int 1..50"), ("distance_km", "num 0..100"),
    ("duration_minutes", "int 5..90"), ("id", "id"), ("booking_id", "id"), ("order_id", "id"),
    ("reference", "id"), ("confirmation_number", "id"), ("ticket_number", "id"), ("city", "city"),
    ("country", "country"), ("name", "first"), ("owner", "first"), ("author", "first"),
    ("title", "event"), ("language", "language"), ("currency", "currency"), ("color", "colour"),
    ("room", "room"), ("address", "street"), ("company", "company"), ("product", "product"),
    ("date", "isodate"), ("due_date", "isodate"), ("departure", "time"), ("arrival", "time"),
    ("start_time", "time"), ("email", "email"), ("url", "url"), ("file", "filename"),
    ("topic", "subject"), ("value", "num 0..100"), ("weight_kg", "num 0..100"),
    ("speed_kmh", "int 5..130"),
    ("level", "any low|medium|high"), ("translation", "sentence"), ("summary", "note"),
    ("next_step", "todo"), ("unit", "any km|miles|kg|liters|celsius|meters|hours"),
)  # fmt: skip
_ERRORS = (
    "not found", "access denied", "the service is not available", "timeout", "invalid date",
    "quota exceeded", "no such record", "the server did not answer", "already exists",
    "payment was declined", "missing permission", "out of stock", "rate limit reached",
    "no connection", "unknown user", "the room is already booked", "invalid API key",
)  # fmt: skip
_MESSAGES = (
    "Saved.", "The request was accepted.", "All done", "It will be processed shortly.",
    "Reminder set", "The order has been placed", "An e-mail is on its way.", "Created", "Updated",
    "Removed.", "The change takes effect tomorrow.", "Payment received", "Message sent",
)  # fmt: skip
_LISTED = ("food", "city", "first", "product", "dish", "event", "todo", "subject", "plant", "shop")
_LIST_KEYS = ("results", "items", "matches", "names", "entries", "found", "suggestions", "options")
_AND = (
    "{}, and {}", "{} and {}", "{}. {}", "{}. Then {}", "{}. Also, {}", "{}, then {}",
    "{}. After that, {}", "{} and then {}", "{}. And {}", "first {} and afterwards {}",
)  # fmt: skip


_MAY_BE_SMALL = re.compile(
    r"(What|How|When|Is|Are|Do|Does|Can|Could|Would|Please|Find|Get|Set|Show|Tell|Turn|Book|Add|"
    r"Check|Create|Send|Make|Give|Look|Search|Remove|Delete|Update|Start|Stop)\b"
)
"""First words of a wish that are no names."""


@dataclass(frozen=True)
class Result:
    """What a function gave back as JSON, the sentence that tells it, and what it must contain."""

    data: Any
    told: str
    says: tuple[str, ...]


def _plain(value: Any) -> str:
    """A value as it stands in a sentence."""
    if isinstance(value, bool):
        return "yes" if value else "no"
    return value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)


def _field(rng: random.Random, split: Split) -> tuple[str, Any]:
    """A key and its value; some keys are fantasy. Every sixth known key is held out."""
    if rng.random() < 0.12:
        key = "_".join(invented(rng).lower() for _ in range(rng.choice([1, 1, 2])))
        return key, draw(rng, rng.choice(["int 1..90", "num 0..100", "id", "city"])).value
    fields = [f for i, f in enumerate(_FIELDS) if (i % 6 == 4) == (split == "heldout")]
    key, kind = rng.choice(fields)
    value = draw(rng, kind).value
    return key, value


def _record(rng: random.Random, split: Split, called: dict[str, Any]) -> Result:
    """An object; some repeat arguments of the call, which need not be told again."""
    fields = dict(_field(rng, split) for _ in range(rng.choices([1, 2, 3], [45, 38, 17])[0]))
    told = spoken_list(
        rng, [f"the {noun_of(key)} is {_plain(value)}" for key, value in fields.items()]
    )
    plain = {k: v for k, v in called.items() if isinstance(v, (str, int)) and k not in fields}
    data = dict(fields)
    if plain and rng.random() < 0.4:
        key = rng.choice(list(plain))
        data = {key: plain[key], **fields}
    if rng.random() < 0.15:
        data = {rng.choice(["status_code", "code"]): 200, **data}
    if rng.random() < 0.12:
        data = {rng.choice(["data", "result", "response"]): data}
    return Result(data, f"{told[0].upper()}{told[1:]}.", tuple(map(_plain, fields.values())))


def _done(rng: random.Random) -> Result:
    """A bare success, with or without a message."""
    data: dict[str, Any] = rng.choice([
        {"status": "success"}, {"success": True}, {"ok": True}, {"result": "ok"}, {"done": True},
        {"status": "ok"}, {"status": "done"}, {"success": True, "error": None},
    ])  # fmt: skip
    if rng.random() < 0.5:
        return Result(data, "Done.", ())
    message = rng.choice(_MESSAGES)
    said = message.rstrip(".")
    return Result({**data, "message": message}, f"Done: {said}.", (said,))


def _failed(rng: random.Random) -> Result:
    """An error, told as it is."""
    error = rng.choice(_ERRORS)
    data: dict[str, Any] = rng.choice([
        {"error": error}, {"status": "error", "message": error}, {"success": False, "error": error},
        {"ok": False, "reason": error},
    ])  # fmt: skip
    return Result(data, f"Sorry, that didn't work: {error}.", (error,))


def _several(rng: random.Random) -> Result:
    """A list of texts or of objects with names, or an empty one."""
    count = rng.choices([0, 1, 2, 3, 4], [12, 18, 30, 25, 15])[0]
    kind = rng.choice(_LISTED)
    names = list(dict.fromkeys(draw(rng, kind).text for _ in range(count)))
    items: list[Any] = [*names]
    if rng.random() < 0.35:
        key = rng.choice(["name", "title", "label"])
        items = [{key: name} for name in names]
    if rng.random() < 0.15:
        table = {"columns": [rng.choice(["name", "title"])], "rows": [[name] for name in names]}
        return Result(table, _found(rng, names), tuple(names) or ("nothing",))
    data: Any = {rng.choice(_LIST_KEYS): items} if rng.random() < 0.7 else items
    return Result(data, _found(rng, names), tuple(names) or ("nothing",))


def _found(rng: random.Random, names: list[str]) -> str:
    return f"I found {spoken_list(rng, names) if names else 'nothing'}."


def _single(rng: random.Random) -> Result:
    """A bare value, or one under `result`."""
    value = draw(rng, rng.choice(["int 1..90", "num 0..500", "money", "sentence", "city"])).value
    data = value if rng.random() < 0.35 else {rng.choice(["result", "answer", "output"]): value}
    return Result(data, f"The result is {_plain(value)}.", (_plain(value),))


def result_of(rng: random.Random, split: Split, called: dict[str, Any]) -> Result:
    """A result for a call with these arguments."""
    kind = rng.choices(["record", "done", "failed", "several", "single"], [45, 16, 10, 16, 13])[0]
    made = {
        "record": lambda: _record(rng, split, called),
        "done": lambda: _done(rng),
        "failed": lambda: _failed(rng),
        "several": lambda: _several(rng),
        "single": lambda: _single(rng),
    }
    return made[kind]()


def turns(rng: random.Random, call: str, result: Result) -> list[dict[str, str]]:
    """The call as the assistant's turn, and its result as the user's."""
    compact = (",", ":") if rng.random() < 0.15 else None
    text = json.dumps(result.data, ensure_ascii=rng.random() < 0.1, separators=compact)
    return [
        {"role": "assistant", "content": call},
        {"role": "user", "content": f"{RESULT}{text}"},
    ]


def joined(rng: random.Random, first: str, second: str) -> str:
    """Two wishes as one message."""
    form = rng.choice(_AND)
    if first.endswith("?") and "}. " in form:
        return form.replace("}. ", "} ", 1).format(first, second)
    if "}. " not in form:
        first = first.rstrip(".! ")
        if _MAY_BE_SMALL.match(second):
            second = second[0].lower() + second[1:]
    return form.format(first.rstrip(".") if "}. " in form else first, second)
