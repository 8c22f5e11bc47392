"""Conversion between everyday units, from a table of factors.

A table instead of a library of quantities: such libraries read unit *expressions*, which is more
than a model's text should set in motion, and what is needed here fits one screen. Each unit is
`value × factor + offset` of its dimension's base unit (metre, kilogram, second, kelvin …). Factors
are the exact ones of the international definitions (inch = 0.0254 m, pound = 0.45359237 kg, US
liquid gallon = 231 cubic inches; BIPM, NIST SP 811).
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from lora_ui.errors import Problem
from lora_ui.functions.tools.text import shown

MAX_NAME = 60
"""Characters of a unit's name."""


@dataclass(frozen=True)
class Unit:
    """One unit: its dimension, and `base = value * factor + offset`."""

    name: str
    dimension: str
    factor: float
    offset: float = 0.0


_INCH = 0.0254
_POUND = 0.45359237
_GALLON = 231 * _INCH**3
_IMPERIAL_GALLON = 0.00454609
_KELVIN = 273.15

_TABLE: dict[str, tuple[tuple[float, str], ...]] = {
    # factor, then the unit's names: the first is the one that answers use
    "length": (
        (1e-9, "nanometer nm"),
        (1e-6, "micrometer micron µm um"),
        (1e-3, "millimeter mm"),
        (1e-2, "centimeter cm"),
        (1.0, "meter m"),
        (1e3, "kilometer km"),
        (_INCH, 'inch inches in "'),
        (12 * _INCH, "foot feet ft '"),
        (36 * _INCH, "yard yd"),
        (63_360 * _INCH, "mile mi"),
        (1_852.0, "nautical_mile nmi"),
    ),
    "mass": (
        (1e-6, "milligram mg"),
        (1e-3, "gram g"),
        (1.0, "kilogram kilo kg"),
        (1e3, "tonne metric_ton t"),
        (_POUND / 16, "ounce oz"),
        (_POUND, "pound lb lbs"),
        (14 * _POUND, "stone st"),
        (2_000 * _POUND, "short_ton us_ton ton"),
    ),
    "time": (
        (1e-3, "millisecond ms"),
        (1.0, "second sec s"),
        (60.0, "minute min"),
        (3_600.0, "hour hr h"),
        (86_400.0, "day d"),
        (604_800.0, "week wk"),
    ),
    "volume": (
        (1e-6, "milliliter ml cubic_centimeter cc cm3 cm³"),
        (1e-5, "centiliter cl"),
        (1e-3, "liter l"),
        (1.0, "cubic_meter m3 m³"),
        (_GALLON / 768, "teaspoon tsp"),
        (_GALLON / 256, "tablespoon tbsp"),
        (_GALLON / 128, "fluid_ounce fl_oz floz"),
        (_GALLON / 16, "cup us_cup"),
        (_GALLON / 8, "pint pt us_pint"),
        (_GALLON / 4, "quart qt us_quart"),
        (_GALLON, "gallon gal us_gallon"),
        (_IMPERIAL_GALLON / 8, "imperial_pint uk_pint"),
        (_IMPERIAL_GALLON, "imperial_gallon uk_gallon"),
    ),
    "area": (
        (1e-4, "square_centimeter cm2 cm² sq_cm"),
        (1.0, "square_meter m2 m² sq_m sqm"),
        (1e4, "hectare ha"),
        (1e6, "square_kilometer km2 km² sq_km"),
        (144 * _INCH**2, "square_foot square_feet ft2 ft² sq_ft sqft"),
        (4_840 * 1_296 * _INCH**2, "acre ac"),
        ((63_360 * _INCH) ** 2, "square_mile mi2 mi² sq_mi"),
    ),
    "speed": (
        (1.0, "meter_per_second meters_per_second m/s mps"),
        (1 / 3.6, "kilometer_per_hour kilometers_per_hour km/h kmh kph"),
        (63_360 * _INCH / 3_600, "mile_per_hour miles_per_hour mph mi/h"),
        (12 * _INCH, "foot_per_second feet_per_second ft/s fps"),
        (1_852 / 3_600, "knot kn kt"),
    ),
    "pressure": (
        (1.0, "pascal pa"),
        (100.0, "hectopascal hpa millibar mbar"),
        (1e3, "kilopascal kpa"),
        (1e5, "bar"),
        (101_325.0, "atmosphere atm"),
        (_POUND * 9.80665 / _INCH**2, "pound_per_square_inch pounds_per_square_inch psi"),
    ),
    "energy": (
        (1.0, "joule j"),
        (1e3, "kilojoule kj"),
        (4.184, "calorie cal"),
        (4_184.0, "kilocalorie kcal"),
        (3_600.0, "watt_hour wh"),
        (3.6e6, "kilowatt_hour kwh"),
    ),
    "power": (
        (1.0, "watt w"),
        (1e3, "kilowatt kw"),
        (550 * 12 * _INCH * _POUND * 9.80665, "horsepower hp"),
    ),
    "data": (
        (1 / 8, "bit"),
        (1.0, "byte b"),
        (1e3, "kilobyte kb"),
        (1e6, "megabyte mb"),
        (1e9, "gigabyte gb"),
        (1e12, "terabyte tb"),
        (1024.0, "kibibyte kib"),
        (1024.0**2, "mebibyte mib"),
        (1024.0**3, "gibibyte gib"),
        (1024.0**4, "tebibyte tib"),
    ),
}

_TEMPERATURES = (
    (Unit("kelvin", "temperature", 1.0), "kelvin k"),
    (Unit("celsius", "temperature", 1.0, _KELVIN), "celsius centigrade c °c"),
    (
        Unit("fahrenheit", "temperature", 5 / 9, _KELVIN - 32 * 5 / 9),
        "fahrenheit f °f",
    ),
)


def _units() -> dict[str, Unit]:
    """Every unit under every name that it goes by."""
    found = {name: unit for unit, names in _TEMPERATURES for name in names.split()}
    for dimension, rows in _TABLE.items():
        for factor, names in rows:
            first = names.split()[0]
            found |= {name: Unit(first, dimension, factor) for name in names.split()}
    return {name.casefold(): unit for name, unit in found.items()}


UNITS: Mapping[str, Unit] = _units()
"""Name, symbol or abbreviation in small letters, words joined by underscores → the unit."""


def convert(arguments: Mapping[str, Any]) -> dict[str, Any]:
    """`value` of `from_unit` in `to_unit`, rounded to 10 significant digits; else a `Problem`."""
    source, target = find(arguments["from_unit"]), find(arguments["to_unit"])
    if source.dimension != target.dimension:
        raise Problem(
            "units_differ",
            source=spoken(source),
            source_kind=source.dimension,
            target=spoken(target),
            target_kind=target.dimension,
        )
    try:
        base = float(arguments["value"]) * source.factor + source.offset
    except OverflowError:
        base = math.inf
    result = (base - target.offset) / target.factor
    if not math.isfinite(result):
        raise Problem("units_big")
    if source.dimension == "temperature" and base < -1e-6:
        raise Problem("units_too_cold")
    return {"value": _rounded(result), "unit": spoken(target)}


def find(name: str) -> Unit:
    """The unit that goes by `name`, in any spelling of it; else a `Problem`."""
    key = "_".join(name[:MAX_NAME].casefold().replace("_", " ").replace("-", " ").split())
    key = key.replace("metre", "meter").replace("litre", "liter").strip(".")
    key = key.removeprefix("degrees_").removeprefix("degree_").removeprefix("deg_")
    key = key.removesuffix("_degrees")
    for spelling in (key, key.replace("_per_", "/"), *_singulars(key)):
        if spelling in UNITS:
            return UNITS[spelling]
    raise Problem("unit_unknown", name=shown(name))


def spoken(unit: Unit) -> str:
    """The unit's name as people write it."""
    return unit.name.replace("_", " ")


def _singulars(key: str) -> tuple[str, ...]:
    return tuple(key.removesuffix(end) for end in ("s", "es") if key.endswith(end))


def _rounded(value: float) -> int | float:
    rounded = float(f"{value:.10g}")
    return int(rounded) if rounded.is_integer() and abs(rounded) < 1e15 else rounded
