"""A JSON schema, Draft 2020-12, as bounded nodes.

What the nodes cannot say is left out and noted where checking the answer afterwards catches it.
Where leaving it out would make the grammar meaningless, the whole schema is `Unconstrainable`.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from typing import Any

from jsonschema import Draft202012Validator

from lora_ui.functions.grammar import patterns
from lora_ui.functions.grammar.merging import ANNOTATIONS, merged
from lora_ui.functions.grammar.nodes import (
    Either,
    Fields,
    Flag,
    Items,
    Literal,
    Node,
    Null,
    Number,
    Property,
    Text,
)

LONGEST_TEXT = 120
"""Characters of a string whose schema sets no limit."""
LONGEST_LIST = 16
"""Items of a list whose schema sets no limit."""
MOST_OTHERS = 8
"""Properties of an object whose schema names none."""
LARGEST = 10**15
"""What numbers stay within: so their digits end."""
HIGHEST_LIMIT = 200
"""A schema's own limits count up to here: grammars grow with them."""
DEEPEST = 12
"""Schemas nested deeper than this are not constrained."""
MOST_NODES = 1000
"""Schemas of more parts than this are not constrained: references can multiply them."""

FORMS = frozenset(("date",))
"""The values of `format` that grammars know and that mean one way of writing."""

_LEFT_OUT: dict[str, tuple[str, ...]] = {
    "any": ("not", "if", "dependentSchemas", "dependentRequired"),
    "array": ("uniqueItems", "contains", "unevaluatedItems"),
    "object": ("patternProperties", "propertyNames", "minProperties", "maxProperties"),
    "number": ("multipleOf",),
}
"""Keywords that no grammar keeps, by the type that they are about."""


class Unconstrainable(Exception):
    """No grammar can be made because of `keyword`, which stands at `path`."""

    def __init__(self, keyword: str, path: str) -> None:
        self.keyword = keyword
        self.path = path
        super().__init__(f"{keyword} at {path}")


class Narrowing:
    """One function's schema on its way to a node. `left_out`: keyword and path of what is lost."""

    def __init__(self, root: Mapping[str, Any]) -> None:
        self.left_out: dict[tuple[str, str], None] = {}
        self._root = root
        self._refs: list[str] = []
        self._seen = 0

    def arguments(self) -> Node:
        """The node of the arguments, which are always an object, or one of several."""
        return self.node({**self._root, "type": "object"}, "$", 0)

    def node(self, schema: Any, path: str, depth: int) -> Node:
        """What satisfies `schema`, as far as a grammar can say it."""
        self._seen += 1
        if depth > DEEPEST or self._seen > MOST_NODES:
            raise Unconstrainable("nesting" if depth > DEEPEST else "size", path)
        if schema is True or schema == {}:
            return anything(depth)
        if not isinstance(schema, Mapping):
            raise Unconstrainable("false", path)
        if "$ref" in schema:
            return self._referred(schema, path, depth)
        for keyword in ("$dynamicRef", "$recursiveRef"):
            if keyword in schema:
                raise Unconstrainable(keyword, path)
        if "allOf" in schema:
            return self._all(schema, path, depth)
        self._leave_out("any", schema, path)
        if "const" in schema or "enum" in schema:
            return self._literal(schema, path)
        for keyword in ("anyOf", "oneOf"):
            if keyword in schema:
                return self._either(keyword, schema, path, depth)
        return self._typed(schema, path, depth)

    # -- what combines schemas --------------------------------------------------------------

    def _referred(self, schema: Mapping[str, Any], path: str, depth: int) -> Node:
        reference = schema["$ref"]
        if reference in self._refs:
            raise Unconstrainable("$ref", path)  # it leads to itself: there is no longest value
        target = self._lookup(reference, path)
        self._refs.append(reference)
        try:
            rest = {key: value for key, value in schema.items() if key != "$ref"}
            return self.node(self._merge((target, rest), path), path, depth)
        finally:
            self._refs.pop()

    def _lookup(self, reference: Any, path: str) -> Any:
        if not isinstance(reference, str) or not reference.startswith("#/"):
            raise Unconstrainable("$ref", path)
        target: Any = self._root
        for part in reference[2:].split("/"):
            key = part.replace("~1", "/").replace("~0", "~")
            if not isinstance(target, Mapping) or key not in target:
                raise Unconstrainable("$ref", path)
            target = target[key]
        return target

    def _all(self, schema: Mapping[str, Any], path: str, depth: int) -> Node:
        rest = {key: value for key, value in schema.items() if key != "allOf"}
        branches = [self._resolved(branch, path) for branch in schema["allOf"]]
        return self.node(self._merge((rest, *branches), path), path, depth + 1)

    def _resolved(self, schema: Any, path: str) -> Any:
        """`schema`, or what it refers to when it does nothing else."""
        seen = 0
        while isinstance(schema, Mapping) and "$ref" in schema and seen <= DEEPEST:
            rest = {key: value for key, value in schema.items() if key != "$ref"}
            schema = self._merge((self._lookup(schema["$ref"], path), rest), path)
            seen += 1
        return schema

    def _merge(self, schemas: tuple[Any, ...], path: str) -> Any:
        return merged(schemas, lambda keyword: self._note(keyword, path))

    def _either(self, keyword: str, schema: Mapping[str, Any], path: str, depth: int) -> Node:
        rest = {k: v for k, v in schema.items() if k != keyword and k not in ANNOTATIONS}
        nodes: list[Node] = []
        refused: Unconstrainable | None = None
        for branch in schema[keyword]:
            whole = self._merge((rest, self._resolved(branch, path)), path) if rest else branch
            try:
                nodes.append(self.node(whole, path, depth + 1))
            except Unconstrainable as reason:
                if reason.keyword != "false":
                    raise
                refused = reason
        if not nodes:
            raise refused or Unconstrainable(keyword, path)
        if keyword == "oneOf" and not _apart(nodes):
            self._note("oneOf", path)
        return nodes[0] if len(nodes) == 1 else Either(tuple(nodes))

    def _literal(self, schema: Mapping[str, Any], path: str) -> Node:
        values = [schema["const"]] if "const" in schema else list(schema["enum"])
        rest = {k: v for k, v in schema.items() if k not in ANNOTATIONS}
        try:
            # only what the other keywords allow as well; references lead through the whole schema
            checks = Draft202012Validator({"$defs": self._root.get("$defs", {}), **rest})
            values = [value for value in values if checks.is_valid(value)]
        except Exception:
            self._note("enum", path)
        if not values:
            raise Unconstrainable("false", path)
        return Literal(tuple(values))

    # -- by type ----------------------------------------------------------------------------

    def _typed(self, schema: Mapping[str, Any], path: str, depth: int) -> Node:
        named = schema.get("type", _likely_types(schema))
        types = [named] if isinstance(named, str) else list(named)
        if not types:
            return anything(depth)
        if "number" in types and "integer" in types:
            types.remove("integer")
        make: dict[str, Callable[[Mapping[str, Any], str, int], Node]] = {
            "string": self._text,
            "number": self._number,
            "integer": self._number,
            "array": self._items,
            "object": self._fields,
        }
        nodes: list[Node] = []
        for name in types:
            if name == "boolean":
                nodes.append(Flag())
            elif name == "null":
                nodes.append(Null())
            elif name in make:
                nodes.append(make[name]({**schema, "type": name}, path, depth))
            else:
                raise Unconstrainable(f"type {name}", path)
        return nodes[0] if len(nodes) == 1 else Either(tuple(nodes))

    def _text(self, schema: Mapping[str, Any], path: str, _depth: int) -> Node:
        shortest = int(schema.get("minLength", 0))
        longest = int(min(schema.get("maxLength", max(LONGEST_TEXT, shortest)), HIGHEST_LIMIT))
        if shortest > longest:
            raise Unconstrainable("minLength", path)
        pattern = schema.get("pattern")
        if pattern is not None:
            if patterns.in_grammar(pattern, lambda expression: f"({expression})") is not None:
                for keyword in ("minLength", "maxLength"):
                    if keyword in schema:
                        self._note(keyword, path)
                return Text(shortest, longest, pattern=pattern)
            self._note("pattern", path)
        form = schema.get("format")
        if form in FORMS and not {"minLength", "maxLength", "pattern"} & schema.keys():
            return Text(shortest, longest, form=form)
        return Text(shortest, longest)

    def _number(self, schema: Mapping[str, Any], path: str, _depth: int) -> Node:
        self._leave_out("number", schema, path)
        whole = schema["type"] == "integer"
        low, high = schema.get("minimum"), schema.get("maximum")
        above, below = schema.get("exclusiveMinimum"), schema.get("exclusiveMaximum")
        if whole:
            low = _most(low, math.floor(above) + 1 if above is not None else None)
            high = _least(high, math.ceil(below) - 1 if below is not None else None)
            low = math.ceil(low) if low is not None else None
            high = math.floor(high) if high is not None else None
            above = below = None
        low, high = _most(low, -LARGEST), _least(high, LARGEST)
        if _most(low, above) > _least(high, below) or above == high or below == low:
            raise Unconstrainable("minimum", path)
        return Number(whole, low, high, above, below)

    def _items(self, schema: Mapping[str, Any], path: str, depth: int) -> Node:
        self._leave_out("array", schema, path)
        fixed = tuple(
            self.node(item, f"{path}[{place}]", depth + 1)
            for place, item in enumerate(schema.get("prefixItems", ()))
        )
        each = schema.get("items", True)
        shortest = int(schema.get("minItems", 0))
        room = HIGHEST_LIMIT if each is not False else len(fixed)
        usual = max(LONGEST_LIST, shortest) if not fixed else max(len(fixed), shortest)
        longest = int(min(schema.get("maxItems", usual), room))
        if shortest > longest:
            raise Unconstrainable("minItems", path)
        if longest == 0:
            return Items((), None, 0, 0)
        node = self.node(each, f"{path}[]", depth + 1) if longest > len(fixed) else None
        return Items(fixed[:longest], node, shortest, longest)

    def _fields(self, schema: Mapping[str, Any], path: str, depth: int) -> Node:
        self._leave_out("object", schema, path)
        named: Mapping[str, Any] = schema.get("properties", {})
        required = list(dict.fromkeys(schema.get("required", ())))
        extra = schema.get("additionalProperties", schema.get("unevaluatedProperties", True))
        properties: list[Property] = []
        for name in dict.fromkeys((*named, *required)):
            must = name in required
            try:
                node = self.node(named.get(name, extra), f"{path}.{name}", depth + 1)
            except Unconstrainable as reason:
                if must or reason.keyword != "false":
                    raise
                continue  # a property that can hold nothing stays out
            properties.append(Property(name, node, must))
        if properties or "properties" in schema or extra is False:
            return Fields(tuple(properties))
        return Fields((), self.node(extra, f"{path}.*", depth + 1), MOST_OTHERS)

    def _leave_out(self, type: str, schema: Mapping[str, Any], path: str) -> None:
        for keyword in _LEFT_OUT[type]:
            if schema.get(keyword) not in (None, False, {}, []):
                self._note(keyword, path)

    def _note(self, keyword: str, path: str) -> None:
        self.left_out[keyword, path] = None


def anything(depth: int) -> Node:
    """Any JSON value of modest size; deep down only plain ones."""
    plain: tuple[Node, ...] = (
        Text(0, LONGEST_TEXT),
        Number(False, -LARGEST, LARGEST),
        Flag(),
        Null(),
    )
    if depth > 2:
        return Either(plain)
    inner = Either(plain)
    return Either(
        (*plain, Items((), inner, 0, LONGEST_LIST), Fields((), inner, MOST_OTHERS)),
    )


def _likely_types(schema: Mapping[str, Any]) -> list[str]:
    """The type that the keywords are about, where none is named."""
    hints = {
        "object": ("properties", "required", "additionalProperties"),
        "array": ("items", "prefixItems", "minItems", "maxItems"),
        "string": ("pattern", "minLength", "maxLength", "format"),
        "number": ("minimum", "maximum", "exclusiveMinimum", "exclusiveMaximum", "multipleOf"),
    }
    return [type for type, keys in hints.items() if any(key in schema for key in keys)][:1]


def _apart(nodes: list[Node]) -> bool:
    """Whether no value can be two of these: each is of a kind of its own."""
    kinds = [type(node) for node in nodes]
    return len(set(kinds)) == len(kinds) and not {Either, Literal} & set(kinds)


def _most(left: Any, right: Any) -> Any:
    """The larger of two bounds, None being none."""
    return max((b for b in (left, right) if b is not None), default=None)


def _least(left: Any, right: Any) -> Any:
    """The smaller of two bounds, None being none."""
    return min((b for b in (left, right) if b is not None), default=None)
