"""Days and times as people say them, and as a schema may want them."""

from __future__ import annotations

import datetime
import random

from .numerals import Drawn, spoken_number

_DAYS = ["Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday"]
_LOOSE_DATES = [
    "tomorrow",
    "today",
    "tonight",
    "next week",
    "this weekend",
    "the day after tomorrow",
]


def date_form(rng: random.Random) -> int:
    """How someone writes dates, for `iso_date`."""
    return rng.randrange(_DATE_FORMS)


def _ordinal(day: int) -> str:
    return f"{day}{'th' if 10 < day < 14 else {1: 'st', 2: 'nd', 3: 'rd'}.get(day % 10, 'th')}"


_DATE_FORMS = 5
"""Ways to write a date with its year; the first two are ISO."""


def iso_date(rng: random.Random, spec: str = "", form: int | None = None) -> Drawn:
    """A date whose value is ISO, however it is said; `birth` reaches back into the last century."""
    first = datetime.date(1940, 1, 1) if spec == "birth" else datetime.date(2023, 1, 1)
    day = first + datetime.timedelta(days=rng.randrange(28000 if spec == "birth" else 1500))
    month, iso = day.strftime("%B"), day.isoformat()
    forms = [
        iso,
        iso,
        f"{month} {day.day}, {day.year}",
        f"{day.day} {month} {day.year}",
        f"{month} {_ordinal(day.day)} {day.year}",
    ]
    said = forms[form if form is not None else date_form(rng)]
    schema = {"type": "string"} | ({"format": "date"} if rng.random() < 0.5 else {})
    return Drawn(
        iso, said, schema, "" if "format" in schema and rng.random() < 0.5 else "YYYY-MM-DD", "on"
    )


def date(rng: random.Random, spec: str) -> Drawn:
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


def time_of_day(rng: random.Random, _spec: str) -> Drawn:
    hour, minute = rng.randrange(24), rng.choice([0, 0, 15, 30, 45, rng.randrange(60)])
    clock, half = f"{hour:02}:{minute:02}", "am" if hour < 12 else "pm"
    twelve = f"{(hour - 1) % 12 + 1}" + (f":{minute:02}" if minute else "")
    casual = rng.choice([f"{twelve} {half}", f"{twelve}{half}", f"{twelve} {half.upper()}"])
    if rng.random() < 0.55:
        said = clock if rng.random() < 0.4 else casual
        if rng.random() < 0.05:
            clock, said = rng.choice([("12:00", "noon"), ("00:00", "midnight")])
        return Drawn(
            clock, said, hint=rng.choice(["HH:MM", "24-hour HH:MM", "HH:MM, 24h"]), preposition="at"
        )
    said = rng.choice([casual, casual, clock, rng.choice(["noon", "midnight"])])
    return Drawn(said, said, preposition="at")


def moment(rng: random.Random, _spec: str) -> Drawn:
    """A date with a time."""
    if rng.random() < 0.4:
        day = datetime.date(2024, 1, 1) + datetime.timedelta(days=rng.randrange(1000))
        clock = f"{rng.randrange(6, 23):02}:{rng.choice(['00', '15', '30', '45'])}"
        value = f"{day.isoformat()}T{clock}:00"
        hour, minute = int(clock[:2]), clock[3:]
        twelve = f"{(hour - 1) % 12 + 1}{'' if minute == '00' else f':{minute}'}"
        casual = f"{twelve} {'am' if hour < 12 else 'pm'}"
        said = rng.choice([
            value,
            f"{day.isoformat()} at {clock}",
            f"{day.isoformat()} at {casual}",
            f"{day.strftime('%B')} {day.day}, {day.year} at {rng.choice([clock, casual])}",
            f"{day.day} {day.strftime('%B')} {day.year} at {rng.choice([clock, casual])}",
        ])  # fmt: skip
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
