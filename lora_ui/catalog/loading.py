"""Reading a catalog file: YAML with line numbers, validated, every error with its place and fix."""

from __future__ import annotations

import difflib
from pathlib import Path
from typing import Any

from pydantic import BaseModel, ValidationError
from pydantic_core import ErrorDetails
from ruamel.yaml import YAML
from ruamel.yaml.comments import CommentedMap, CommentedSeq
from ruamel.yaml.error import MarkedYAMLError, YAMLError

from lora_ui.catalog.models import Adapter, CallFormat, Catalog, EngineSettings, Example
from lora_ui.errors import Problem
from lora_ui.functions import formats
from lora_ui.sampling import Sampling

Location = tuple[int | str, ...]


def load_catalog(path: Path) -> Catalog:
    """The catalog in `path`; a `Problem` names file, line, field, what was found and allowed."""
    try:
        text = path.read_text(encoding="utf-8-sig")
    except FileNotFoundError:
        raise Problem("catalog_missing", path=path) from None
    except (OSError, ValueError) as error:
        raise Problem("catalog_unreadable", path=path, detail=error) from None
    data = _parse(path, text)
    if data is None:
        data = CommentedMap()
    if not isinstance(data, CommentedMap):
        raise Problem("catalog_not_a_mapping", path=path)
    try:
        catalog = Catalog.model_validate(data)
    except ValidationError as error:
        raise _explain(path, data, error.errors()) from None
    _names_are_unique(path, data, catalog)
    _formats_are_known(path, data, catalog)
    # The ids of the catalog's formats count wherever an id is given: in the parser, too.
    formats.add(entry.as_format() for entry in catalog.formats)
    return catalog


def _parse(path: Path, text: str) -> Any:
    yaml = YAML(typ="rt", pure=True)
    try:
        return yaml.load(text)
    except MarkedYAMLError as error:
        line = error.problem_mark.line + 1 if error.problem_mark else 0
        lines = text.splitlines()
        if 0 < line <= len(lines) and lines[line - 1][: -len(lines[line - 1].lstrip())].count("\t"):
            raise Problem("catalog_tab", path=path, line=line) from None
        raise Problem("catalog_yaml", path=path, line=line, detail=error.problem) from None
    except YAMLError as error:
        raise Problem("catalog_yaml", path=path, line="?", detail=error) from None


def _names_are_unique(path: Path, data: CommentedMap, catalog: Catalog) -> None:
    seen: dict[str, int] = {}
    for index, adapter in enumerate(catalog.adapters):
        if adapter.name in seen:
            raise Problem(
                "catalog_duplicate",
                path=path,
                line=_line(data, ("adapters", index, "name")),
                name=adapter.name,
                first=_line(data, ("adapters", seen[adapter.name], "name")),
            )
        seen[adapter.name] = index


def _formats_are_known(path: Path, data: CommentedMap, catalog: Catalog) -> None:
    own = [entry.id for entry in catalog.formats]
    for index, id in enumerate(own):
        if id in own[:index]:
            where = ("formats", index, "id")
            first = _line(data, ("formats", own.index(id), "id"))
            line = _line(data, where)
            raise Problem("catalog_duplicate", path=path, line=line, name=id, first=first)
    known = [*formats.known_ids(), *own]
    for index, adapter in enumerate(catalog.adapters):
        if adapter.format is None or adapter.format in known:
            continue
        near = formats.nearest(adapter.format, known)
        hint = f" (did you mean “{near}”?)" if near else ""
        raise Problem(
            "catalog_bad_value",
            path=path,
            line=_line(data, ("adapters", index, "format")),
            field=f"adapters[{index}].format",
            found=f"“{adapter.format}”{hint}",
            allowed=f"one of {', '.join(known)}",
            more="",
        )


def _explain(path: Path, data: CommentedMap, errors: list[ErrorDetails]) -> Problem:
    """The first thing wrong, in words that lead to the place and to what would be right."""
    error = errors[0]
    where = _place(data, error["loc"])
    others = [e for e in errors if _place(data, e["loc"]) != where]
    field = ".".join(f"[{p}]" if isinstance(p, int) else p for p in where).replace(".[", "[")
    common = {"path": path, "line": _line(data, where), "field": field}
    more = f" (More is wrong in other places: {len(others)}.)" if others else ""
    if error["type"] == "extra_forbidden":
        allowed = list(_fields_at(where[:-1]))
        near = difflib.get_close_matches(str(where[-1]), allowed, n=1, cutoff=0.5)
        hint = f" Did you mean “{near[0]}”?" if near else ""
        return Problem(
            "catalog_unknown_key", **common, allowed=", ".join(allowed), hint=hint, more=more
        )
    if error["type"] == "missing":
        return Problem("catalog_missing_key", **common, more=more)
    found = repr(error.get("input"))
    return Problem(
        "catalog_bad_value",
        **common,
        found=found if len(found) <= 80 else found[:79] + "…",
        allowed=allowed_values([e for e in errors if e not in others]),
        more=more,
    )


def _place(data: Any, loc: Location) -> Location:
    """Pydantic's location without its last parts that name a branch of a union, not a key."""
    place: list[int | str] = []
    node = data
    for part in loc:
        place.append(part)
        if (isinstance(node, CommentedMap) and part in node) or (
            isinstance(node, CommentedSeq) and isinstance(part, int) and part < len(node)
        ):
            node = node[part]
        elif isinstance(node, CommentedMap):
            break  # a key that the file lacks
        else:
            place.pop()
            break
    return tuple(place)


def allowed_values(errors: list[ErrorDetails]) -> str:
    """What one field takes, in words. `errors` are all of that field: one for each allowed type."""
    first = _allowed(errors[0])
    or_auto = any(e["type"] == "literal_error" for e in errors[1:])
    return f"{first}, or auto" if or_auto and "auto" not in first else first


_TYPE_WORDS = {
    "tuple_type": "a list",
    "int_parsing": "a whole number",
    "int_parsing_size": "a whole number",
    "int_type": "a whole number",
    "float_parsing": "a number",
    "float_type": "a number",
    "bool_parsing": "true or false",
    "bool_type": "true or false",
    "string_type": "text",
    "string_unicode": "text",
}


def _allowed(error: ErrorDetails) -> str:
    if error["type"] == "value_error":
        return str(error.get("ctx", {})["error"])
    if error["type"] == "string_pattern_mismatch":
        return "small letters, digits, dots, dashes and underscores, at most 64"
    message = error["msg"].removeprefix("Input should be ").removeprefix("a valid ")
    return _TYPE_WORDS.get(error["type"], message)


def _line(data: Any, where: Location) -> int:
    """The line (from 1) of the value at `where`, or of the nearest part of it that the file has."""
    line = 1
    node = data
    for part in where:
        if isinstance(node, CommentedMap) and part in node:
            line = node.lc.key(part)[0] + 1
            node = node[part]
        elif isinstance(node, CommentedSeq) and isinstance(part, int) and part < len(node):
            line = node.lc.item(part)[0] + 1
            node = node[part]
        else:
            break
    return line


def _fields_at(where: Location) -> tuple[str, ...]:
    """The keys that the file may have at `where`."""
    model: type[BaseModel] = Catalog
    children: dict[str, type[BaseModel]] = {
        "engine": EngineSettings,
        "defaults": Sampling,
        "adapters": Adapter,
        "formats": CallFormat,
        "sampling": Sampling,
        "examples": Example,
    }
    for part in where:
        if isinstance(part, str):
            model = children.get(part, model)
    return tuple(model.model_fields)
