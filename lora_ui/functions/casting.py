"""Text cast to the types that a schema asks for, for formats that write no types of their own."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

from lora_ui.functions.reading import Escaped
from lora_ui.functions.scanning import whole_value

_INTEGER = re.compile(r"[+-]?[0-9]{1,400}")
_NUMBER = re.compile(r"[+-]?(?:[0-9]+(?:\.[0-9]*)?|\.[0-9]+)(?:[eE][+-]?[0-9]+)?")
_WORDS = {"true": True, "false": False}
_NOTHING = ("null", "none")
_MAX_STEPS = 16
_NO_CAST = object()


def cast_arguments(arguments: Mapping[str, Any], schema: Mapping[str, Any]) -> dict[str, Any]:
    """`arguments` with the values that `schema` wants. What cannot be cast stays as it is."""
    return {
        key: _cast(value, _property(schema, key, schema), schema)
        for key, value in arguments.items()
    }


def _cast(value: Any, schema: Any, root: Mapping[str, Any]) -> Any:
    """`value` (text, or a list or object that holds texts) as `schema` wants it."""
    if isinstance(value, dict | list):
        for allowed in _allowed(schema, root):
            if isinstance(allowed, dict | list) and _like(value, allowed):
                return allowed
    if isinstance(value, dict):
        return {key: _cast(item, _property(schema, key, root), root) for key, item in value.items()}
    if isinstance(value, list):
        return [_cast(item, _item(schema, at, root), root) for at, item in enumerate(value)]
    if not isinstance(value, str):
        return value
    types = _types(schema, root)
    for type in types:
        cast = _as_type(str(value), type)
        if cast is not _NO_CAST:
            return cast
    if not types and not isinstance(value, Escaped):
        return _untold(str(value), schema, root)
    return str(value)


def _untold(text: str, schema: Any, root: Mapping[str, Any]) -> Any:
    """Text of which the schema does not say the type: the allowed value that looks the same."""
    for allowed in _allowed(schema, root):
        if not isinstance(allowed, str) and _as_type(text, _TYPE_OF[type(allowed)]) == allowed:
            return allowed
    return text


def _allowed(schema: Any, root: Mapping[str, Any]) -> list[Any]:
    """The values that `schema` lists."""
    found: list[Any] = []
    for part in _parts(schema, root):
        listed = part.get("enum")
        found += listed if isinstance(listed, list) else []
        found += [part["const"]] if "const" in part else []
    return found


def _like(value: Any, allowed: Any) -> bool:
    """Whether `value`, whose leaves may be text still, is what `allowed` looks like."""
    if isinstance(allowed, dict):
        same = isinstance(value, dict) and value.keys() == allowed.keys()
        return same and all(_like(value[key], one) for key, one in allowed.items())
    if isinstance(allowed, list):
        same = isinstance(value, list) and len(value) == len(allowed)
        return same and all(map(_like, value, allowed))
    if isinstance(allowed, str) or not isinstance(value, str):
        return value == allowed
    return not isinstance(value, Escaped) and _as_type(value, _TYPE_OF[type(allowed)]) == allowed


_TYPE_OF: dict[type, str] = {
    bool: "boolean",
    int: "integer",
    float: "number",
    type(None): "null",
    list: "array",
    dict: "object",
}
_ORDER = ("null", "boolean", "integer", "number", "array", "object")


def _types(schema: Any, root: Mapping[str, Any], steps: int = _MAX_STEPS) -> list[str]:
    """The types that `schema` allows, those first that few texts look like; string is the last."""
    node = _resolved(schema, root)
    said = node.get("type")
    found = {said} if isinstance(said, str) else set(said) if isinstance(said, list) else set()
    if not found and steps:
        for keyword in ("anyOf", "oneOf", "allOf"):
            for inner in node.get(keyword, ()):
                found.update(_types(inner, root, steps // 2))
    if not found and "const" in node:
        found = {_TYPE_OF.get(type(node["const"]), "string")}
    return [type for type in _ORDER if type in found] + (["string"] if "string" in found else [])


def _as_type(text: str, type: str) -> Any:
    if type == "string":
        return text
    bare = text.strip()
    if type == "null":
        return None if bare.lower() in _NOTHING else _NO_CAST
    if type == "boolean":
        return _WORDS.get(bare.lower(), _NO_CAST)
    if type == "integer" and _INTEGER.fullmatch(bare):
        return int(bare)
    if type in ("integer", "number"):
        return _number(bare)
    wanted = {"array": list, "object": dict}.get(type)
    if wanted is None:
        return _NO_CAST
    found = whole_value(bare)
    return found.value if found.ok and isinstance(found.value, wanted) else _NO_CAST


def _number(text: str) -> Any:
    if _INTEGER.fullmatch(text):
        return int(text)
    if len(text) > 400 or not _NUMBER.fullmatch(text):
        return _NO_CAST
    value = float(text)
    return _NO_CAST if value in (float("inf"), float("-inf")) else value


def _property(schema: Any, key: str, root: Mapping[str, Any]) -> Any:
    parts = _parts(schema, root)
    found = [
        properties[key]
        for part in parts
        if isinstance(properties := part.get("properties"), Mapping) and key in properties
    ]
    return _any_of(found or [part.get("additionalProperties") for part in parts])


def _item(schema: Any, at: int, root: Mapping[str, Any]) -> Any:
    """The schema of a list's member at place `at`."""
    found: list[Any] = []
    for part in _parts(schema, root):
        first = part.get("prefixItems")
        if isinstance(first, list) and at < len(first):
            found.append(first[at])
        else:
            found.append(part.get("items"))
    return _any_of(found)


def _any_of(schemas: list[Any]) -> Any:
    told = [schema for schema in schemas if isinstance(schema, Mapping)]
    return told[0] if len(told) == 1 else {"anyOf": told}


def _parts(
    schema: Any, root: Mapping[str, Any], steps: int = _MAX_STEPS
) -> list[Mapping[str, Any]]:
    """`schema` and those that it is made of, which say the rest of it."""
    node = _resolved(schema, root)
    found = [node]
    for keyword in ("allOf", "anyOf", "oneOf") if steps else ():
        for inner in node.get(keyword, ()):
            found += _parts(inner, root, steps // 2)
    return found


def _resolved(schema: Any, root: Mapping[str, Any]) -> Mapping[str, Any]:
    """The schema itself where it only refers to another one inside `root`."""
    for _ in range(_MAX_STEPS):
        if not isinstance(schema, Mapping):
            return {}
        target = schema.get("$ref")
        if not isinstance(target, str) or not target.startswith("#"):
            return schema
        node: Any = root
        for part in target[1:].strip("/").split("/") if len(target) > 1 else ():
            part = part.replace("~1", "/").replace("~0", "~")
            node = node.get(part) if isinstance(node, Mapping) else None
        schema = node
    return {}
