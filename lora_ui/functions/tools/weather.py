"""A made-up weather table: always the same answer for the same question, and no network."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from lora_ui.errors import Problem
from lora_ui.functions.tools.text import shown

MAX_DAYS = 5

_TABLE = """
Amsterdam | 12 | light rain | 84 | 22
Athens | 27 | clear | 38 | 11
Auckland | 16 | cloudy | 71 | 19
Bangkok | 33 | thunderstorm | 79 | 9
Berlin | 14 | cloudy | 66 | 15
Boston | 9 | windy | 55 | 34
Cairo | 31 | clear | 24 | 14
Cape Town | 18 | windy | 62 | 38
Chicago | 7 | snow showers | 73 | 27
Dublin | 11 | rain | 88 | 24
Helsinki | 3 | snow | 81 | 12
Istanbul | 20 | partly cloudy | 60 | 17
Lima | 19 | fog | 86 | 8
Lisbon | 21 | clear | 57 | 18
London | 13 | drizzle | 82 | 16
Madrid | 24 | clear | 35 | 10
Mexico City | 22 | partly cloudy | 48 | 9
Montreal | -2 | snow | 77 | 20
Mumbai | 30 | hazy | 74 | 13
Nairobi | 23 | partly cloudy | 59 | 12
New York | 10 | cloudy | 61 | 21
Oslo | 5 | rain | 79 | 11
Paris | 15 | partly cloudy | 68 | 14
Reykjavik | 1 | sleet | 85 | 41
Rome | 22 | clear | 52 | 9
San Francisco | 17 | fog | 78 | 20
Santiago | 19 | clear | 44 | 7
Seoul | 16 | clear | 50 | 13
Singapore | 31 | thunderstorm | 83 | 8
Stockholm | 6 | cloudy | 72 | 15
Sydney | 25 | clear | 49 | 23
Tokyo | 18 | rain | 76 | 12
Toronto | 4 | cloudy | 70 | 18
Vienna | 16 | partly cloudy | 58 | 13
Warsaw | 10 | drizzle | 80 | 16
Zurich | 12 | partly cloudy | 64 | 8
"""
"""City, degrees Celsius, sky, humidity in %, wind in km/h. None of it was ever measured."""

_DRIFT_C = (0, 1, -2, 3, -1)
"""How the days ahead differ from today, in degrees."""


def _rows() -> dict[str, tuple[str, int, str, int, int]]:
    rows = {}
    for line in _TABLE.strip().splitlines():
        city, celsius, sky, humidity, wind = (part.strip() for part in line.split("|"))
        rows[city.casefold()] = (city, int(celsius), sky, int(humidity), int(wind))
    return rows


_CITIES = _rows()
_SKIES = tuple(dict.fromkeys(sky for _, _, sky, _, _ in _CITIES.values()))


def current(arguments: Mapping[str, Any]) -> dict[str, Any]:
    """The weather now in `city`, in `unit` ("celsius" unless said); `Problem` for other cities."""
    city, celsius, sky, humidity, wind = _find(arguments["city"])
    unit = arguments.get("unit", "celsius")
    return {
        "city": city,
        "temperature": _degrees(celsius, unit),
        "unit": unit,
        "sky": sky,
        "humidity_percent": humidity,
        "wind_km_per_h": wind,
    }


def forecast(arguments: Mapping[str, Any]) -> dict[str, Any]:
    """The next `days` days in `city`, day 1 being tomorrow; temperatures in degrees Celsius."""
    city, celsius, sky, _, _ = _find(arguments["city"])
    first = _SKIES.index(sky)
    days = [
        {
            "day": day,
            "high_celsius": celsius + _DRIFT_C[day - 1] + 2,
            "low_celsius": celsius + _DRIFT_C[day - 1] - 5,
            "sky": _SKIES[(first + day) % len(_SKIES)],
        }
        for day in range(1, min(int(arguments["days"]), MAX_DAYS) + 1)
    ]
    return {"city": city, "days": days}


def cities() -> tuple[str, ...]:
    """The cities that the table has."""
    return tuple(city for city, *_ in _CITIES.values())


def _find(asked: str) -> tuple[str, int, str, int, int]:
    """The row of a city, also when a country or state follows the name after a comma."""
    name = " ".join(asked[:200].split(",")[0].split())
    row = _CITIES.get(name.casefold())
    if row is None:
        raise Problem("weather_city", city=shown(asked), known=", ".join(cities()))
    return row


def _degrees(celsius: int, unit: str) -> int:
    return round(celsius * 9 / 5 + 32) if unit == "fahrenheit" else celsius
