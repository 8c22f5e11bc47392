"""Conditions on dates and years, and how any condition is put together from phrases."""

from __future__ import annotations

import calendar
from typing import Any

from lora_ui.embedded.tasks.text2sql.query import Fragment
from lora_ui.embedded.tasks.text2sql.schemas import Column
from lora_ui.embedded.tasks.text2sql.subjects import Condition, Scene


def build(
    scene: Scene, topic: str, sql: str, column: Column, slots: dict[str, str | None], **extra: Any
) -> Condition | None:
    """A condition said by the phrases under `topic`."""
    known = {key: value for key, value in slots.items() if value is not None}
    known.setdefault("who", "who" if column.table.thing and column.table.thing.person else "that")
    return Condition(
        Fragment(sql, (column,)),
        post=scene.say(f"{topic}.post", known),
        vp=scene.say(f"{topic}.vp", known),
        adj=scene.say(f"{topic}.adj", known) if f"{topic}.adj" in scene.book.topics else None,
        **extra,
    )


def year(scene: Scene, column: Column) -> Condition | None:
    """Ranges over integer years."""
    rng = scene.rng
    values = sorted(set(column.values))
    kinds = {
        "in_year": 30,
        "after_year": 24,
        "before_year": 20,
        "from_year": 8,
        "to_year": 4,
        "between_year": 12,
        "decade": 4,
    }
    kind = rng.choices(list(kinds), list(kinds.values()))[0]
    if len(values) < 3:
        return None
    low, high = sorted(rng.sample(values, 2))
    number = rng.choice(values) if kind == "in_year" else rng.choice(values[1:-1])
    if (
        kind in ("after_year", "before_year")
        and rng.random() < 0.5
        and values[0] < number // 10 * 10 < values[-1]
    ):
        number = number // 10 * 10
    sql = {
        "in_year": f"{{0}} = {number}",
        "after_year": f"{{0}} > {number}",
        "before_year": f"{{0}} < {number}",
        "from_year": f"{{0}} >= {number}",
        "to_year": f"{{0}} <= {number}",
        "between_year": f"{{0}} BETWEEN {low} AND {high}",
        "decade": f"{{0}} BETWEEN {number // 10 * 10} AND {number // 10 * 10 + 9}",
    }[kind]
    shown = low if kind == "between_year" else number // 10 * 10 if kind == "decade" else number
    said = scene.say(f"since.{kind}", {"y": str(shown), "y2": str(high)})
    return _date_like(scene, column, sql, str(said))


def date(scene: Scene, column: Column) -> Condition | None:
    """Ranges over ISO dates, said with years, months or days."""
    rng = scene.rng
    values = sorted(value for value in column.values if value)
    kind = rng.choices(*zip(*DATE_KINDS.items(), strict=True))[0]
    low, high = sorted(rng.sample(values, 2))
    day = (
        values[rng.randint(1, len(values) - 2)]
        if kind not in ("in_year", "in_month", "on_day")
        else rng.choice(values)
    )
    if kind.endswith("_day") and kind != "on_day" and rng.random() < 0.5:
        day, low, high = (
            day[:8] + rng.choice(["01", "15"]),
            low[:8] + "01",
            high[:8] + rng.choice(["28", "15"]),
        )
    if low >= high:
        return None
    style = rng.choices(["iso", "us", "eu", "short", "ord", "of"], [60, 16, 12, 4, 4, 4])[0]
    y, month = day[:4], calendar.month_name[int(day[5:7])]
    number = int(day[5:7]) - 1
    words = {"q": str(number // 3 + 1), "qth": ORDINALS[number // 3], "hth": ORDINALS[number // 6]}
    words |= {"y": y, "month": month, "day": spoken_day(day, style)}
    if kind.startswith("between"):
        words |= {
            "y": low[:4],
            "y2": high[:4],
            "day": spoken_day(low, style),
            "day2": spoken_day(high, style),
        }
        if kind == "between_year" and low[:4] == high[:4]:
            return None
    return _date_like(
        scene, column, date_sql(kind, day, low, high), str(scene.say(f"since.{kind}", words))
    )


DATE_KINDS = {
    **{"in_year": 24, "after_year": 11, "before_year": 10, "from_year": 4, "to_year": 2},
    **{"between_year": 4, "in_month": 10, "after_month": 5, "before_month": 5, "from_month": 2},
    **{"quarter": 3, "half": 1},
    **{"on_day": 4, "after_day": 7, "before_day": 7, "from_day": 4, "to_day": 2, "between_day": 9},
}
"""How often each way to say a range of dates occurs."""


def span(kind: str, month: int) -> tuple[int, str]:
    """The first month and the last day (12-31) of the quarter, or the half, that holds `month`."""
    size = 6 if kind == "half" else 3
    last = (month - 1) // size * size + size
    return last - size + 1, f"{last:02d}-{calendar.monthrange(2023, last)[1]}"


ORDINALS = ("first", "second", "third", "fourth")


def date_sql(kind: str, day: str, low: str, high: str) -> str:
    """The SQL of a date range; `day` gives its year, month or day."""
    y, month = day[:4], day[:7]
    first, final = span(kind, int(day[5:7]))
    last = f"{month}-{calendar.monthrange(int(y), int(day[5:7]))[1]:02d}"
    return {
        "in_year": f"{{0}} LIKE '{y}-%'",
        "after_year": f"{{0}} > '{y}-12-31'",
        "before_year": f"{{0}} < '{y}-01-01'",
        "from_year": f"{{0}} >= '{y}-01-01'",
        "to_year": f"{{0}} <= '{y}-12-31'",
        "between_year": f"{{0}} BETWEEN '{low[:4]}-01-01' AND '{high[:4]}-12-31'",
        "in_month": f"{{0}} LIKE '{month}-%'",
        "after_month": f"{{0}} > '{last}'",
        "before_month": f"{{0}} < '{month}-01'",
        "from_month": f"{{0}} >= '{month}-01'",
        "quarter": f"{{0}} BETWEEN '{y}-{first:02d}-01' AND '{y}-{final}'",
        "half": f"{{0}} BETWEEN '{y}-{first:02d}-01' AND '{y}-{final}'",
        "on_day": f"{{0}} = '{day}'",
        "after_day": f"{{0}} > '{day}'",
        "before_day": f"{{0}} < '{day}'",
        "from_day": f"{{0}} >= '{day}'",
        "to_day": f"{{0}} <= '{day}'",
        "between_day": f"{{0}} BETWEEN '{low}' AND '{high}'",
    }[kind]


def spoken_day(day: str, style: str) -> str:
    """An ISO day as written in a question."""
    if style == "iso":
        return day
    month, number, y = calendar.month_name[int(day[5:7])], int(day[8:]), day[:4]
    end = {1: "st", 2: "nd", 3: "rd"}.get(number % 10 if number // 10 != 1 else 0, "th")
    return {
        "us": f"{month} {number}, {y}",
        "eu": f"{number} {month} {y}",
        "short": f"{month[:3]} {number}, {y}",
        "ord": f"{month} {number}{end}, {y}",
        "of": f"{number}{end} of {month} {y}",
    }[style]


def _date_like(scene: Scene, column: Column, sql: str, said: str) -> Condition | None:
    facts = {
        slot: column.fact(fact) for slot, fact in (("pp", "pp"), ("act", "act"), ("vpd", "vp_date"))
    }
    slots: dict[str, str | None] = {
        slot: scene.rng.choice(words) if words else None for slot, words in facts.items()
    }
    return build(scene, "date", sql, column, {**slots, "d": said, "noun": scene.noun_of(column)})
