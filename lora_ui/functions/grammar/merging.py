"""Several schemas that must all hold, as one."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

ANNOTATIONS = frozenset(("title", "description", "default", "examples", "$comment", "$defs"))
"""Keywords that demand nothing."""
_HIGHEST = ("minLength", "minItems", "minimum", "exclusiveMinimum", "minProperties")
_LOWEST = ("maxLength", "maxItems", "maximum", "exclusiveMaximum", "maxProperties")


def merged(schemas: tuple[Any, ...], lost: Callable[[str], None]) -> Any:
    """One schema for all of them; `lost` is told each keyword of which only the first counts."""
    whole: dict[str, Any] = {}
    for schema in schemas:
        if schema is False:
            return False
        if isinstance(schema, Mapping):
            for keyword, value in schema.items():
                _add(whole, keyword, value, lost)
    return False if whole.get("type") == [] or whole.get("enum") == [] else whole


def _add(whole: dict[str, Any], keyword: str, value: Any, lost: Callable[[str], None]) -> None:
    held: Any = whole.get(keyword)
    if keyword not in whole or held == value:
        whole[keyword] = value
    elif keyword in _HIGHEST:
        whole[keyword] = max(held, value)
    elif keyword in _LOWEST:
        whole[keyword] = min(held, value)
    elif keyword == "required":
        whole[keyword] = [*held, *(name for name in value if name not in held)]
    elif keyword == "properties":
        both = {n: {"allOf": [held[n], value[n]]} if n in value else held[n] for n in held}
        whole[keyword] = {**both, **{n: value[n] for n in value if n not in held}}
    elif keyword == "type":
        whole[keyword] = _common_types(held, value)
    elif keyword == "enum":
        whole[keyword] = [one for one in held if one in value]
    elif keyword == "additionalProperties" and (held is False or value is False):
        whole[keyword] = False
    elif keyword in ("anyOf", "oneOf", "allOf"):
        whole["allOf"] = [*whole.get("allOf", []), {keyword: value}]
    elif keyword not in ANNOTATIONS:
        lost(keyword)


def _common_types(left: Any, right: Any) -> Any:
    lefts = [left] if isinstance(left, str) else list(left)
    rights = [right] if isinstance(right, str) else list(right)
    common = [one for one in lefts if one in rights]
    if "integer" not in common and {"integer", "number"} <= {*lefts, *rights}:
        common.append("integer")
    return common[0] if len(common) == 1 else common
