"""Arguments held against a JSON Schema, Draft 2020-12, in bounded time.

jsonschema does the work. Replaced are the keywords that a stranger's schema or a model's text could
make expensive: regular expressions run under a clock (`regex` can stop one, `re` cannot),
references are counted, since a few of them can stand for exponentially many checks, and unique
items are compared by hash. References that lead out of the schema are refused; nothing is fetched.
"""

from __future__ import annotations

import json
import time
from collections.abc import Iterator, Mapping
from contextvars import ContextVar
from dataclasses import dataclass, field
from functools import lru_cache
from typing import Any

import jsonschema
import regex
from jsonschema import FormatChecker
from jsonschema.exceptions import SchemaError, ValidationError
from jsonschema.validators import extend
from referencing import Registry
from referencing.exceptions import NoSuchResource, Unresolvable
from referencing.jsonschema import DRAFT202012

from lora_ui.functions.paths import Path, path_text
from lora_ui.strings import word

REGEX_S = 0.1
"""How long all regular expressions of one text may run together, in seconds of the processor."""
MAX_REFERENCES = 20_000
"""How many references the checks of one text may follow."""
MAX_PATTERN = 2000
"""The longest regular expression, in characters."""
MAX_SCHEMA_DEPTH = 64

_Errors = Iterator[ValidationError]


class OutOfBudget(Exception):
    """A check was given up. `code` is the sentence that says why."""

    def __init__(self, code: str) -> None:
        super().__init__(code)
        self.code = code


@dataclass
class Budget:
    """What the checks of one text may still cost."""

    regex_s: float = REGEX_S
    references: int = MAX_REFERENCES
    gave_up: bool = False


@dataclass(frozen=True)
class Violation:
    """A rule of a schema that a value breaks. `parts` lead to the value, `path` says it as text."""

    path: str
    message: str
    parts: Path = ()
    keyword: str = ""


@dataclass(frozen=True)
class Checker:
    """A schema, ready to be held against arguments. It must have passed `schema_error`."""

    schema: Mapping[str, Any]
    _validator: Any = field(init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        registry: Registry[Any] = Registry(retrieve=_never_fetched)  # pyright: ignore[reportCallIssue]
        made = _Validator(dict(self.schema), registry=registry)
        object.__setattr__(self, "_validator", made)

    def violations(self, arguments: Any, limit: int, budget: Budget) -> list[Violation]:
        """The first `limit` rules that `arguments` break. It never raises on any JSON value."""
        token = _budget.set(budget)
        budget.gave_up = False
        found: list[Violation] = []
        try:
            for error in self._validator.iter_errors(arguments):
                found.append(_violation(error))
                if len(found) >= limit:
                    break
            if budget.gave_up and not found:
                found.append(Violation("$", word(_SLOW)))
        except OutOfBudget as gone:
            found.append(Violation("$", word(gone.code)))
        except (RecursionError, ArithmeticError, ValueError) as error:
            # Schemas that lead to themselves, and numbers beyond what a float holds.
            found.append(Violation("$", word("rule_uncheckable", detail=type(error).__name__)))
        finally:
            _budget.reset(token)
        return found


def schema_error(schema: Mapping[str, Any]) -> Violation | None:
    """Why `schema` cannot be used, or None. Its path leads into the schema."""
    if _depth(schema) > MAX_SCHEMA_DEPTH:
        return Violation("$", word("schema_too_deep", limit=MAX_SCHEMA_DEPTH))
    try:
        jsonschema.Draft202012Validator.check_schema(dict(schema), FormatChecker(formats=()))
    except SchemaError as error:
        best = min(_leaves(error), key=lambda e: -len(e.absolute_path))
        return _violation(best)
    except (RecursionError, ArithmeticError) as error:
        return Violation("$", word("rule_uncheckable", detail=type(error).__name__))
    resolver = Registry().resolver_with_root(DRAFT202012.create_resource(dict(schema)))
    for parts, node in _schemas(schema):
        for message in _own_errors(node, resolver):
            return Violation(path_text(parts), message, parts)
    return None


def _leaves(error: SchemaError) -> Iterator[Any]:
    """The error itself, or those of the branches that were tried."""
    if not error.context:
        yield error
    for inner in error.context or ():
        yield from _leaves(inner)  # pyright: ignore[reportArgumentType]


def _own_errors(node: Mapping[str, Any], resolver: Any) -> Iterator[str]:
    """What is wrong with one subschema beyond Draft 2020-12's own rules."""
    for keyword in ("$ref", "$dynamicRef"):
        target = node.get(keyword)
        if isinstance(target, str):
            try:
                resolver.lookup(target)
            except (Unresolvable, ValueError):
                yield word("schema_reference", target=_short(target))
    patterns = [node["pattern"]] if isinstance(node.get("pattern"), str) else []
    named = node.get("patternProperties")
    if isinstance(named, Mapping):
        patterns += list(named)
        if "unevaluatedProperties" in node:
            yield word("schema_unevaluated")
    for pattern in patterns:
        if len(pattern) > MAX_PATTERN:
            yield word("schema_pattern_long", limit=MAX_PATTERN)
        try:
            _compiled(pattern)
        except (regex.error, ValueError, RecursionError, OverflowError) as error:
            yield word("schema_pattern", pattern=_short(pattern), detail=error)


_DATA = ("enum", "const", "default", "examples", "example")


def _schemas(node: Any, parts: Path = ()) -> Iterator[tuple[Path, Mapping[str, Any]]]:
    """Every object in a schema that may be a subschema. Data that a schema quotes is left out."""
    if isinstance(node, Mapping):
        yield parts, node
        for key, value in node.items():
            if key not in _DATA or isinstance(node.get("type"), Mapping):
                yield from _schemas(value, (*parts, key))
    elif isinstance(node, list):
        for index, value in enumerate(node):
            yield from _schemas(value, (*parts, index))


def _depth(value: Any) -> int:
    """How deep `value` is nested, without recursion."""
    deepest, level = 0, [value]
    while level:
        inner: list[Any] = []
        for node in level:
            if isinstance(node, Mapping):
                inner.extend(node.values())
            elif isinstance(node, list):
                inner.extend(node)
        deepest, level = deepest + 1, inner
        if deepest > MAX_SCHEMA_DEPTH:
            break
    return deepest


_SLOW = "rule_pattern_slow"

_budget: ContextVar[Budget] = ContextVar("budget")


@lru_cache(maxsize=256)
def _compiled(pattern: str) -> Any:
    return regex.compile(pattern)


def _found(pattern: str, text: str) -> bool:
    """Whether `pattern` is in `text`; raises `OutOfBudget` when that takes too long to say."""
    budget = _budget.get()
    if budget.regex_s <= 0:
        raise OutOfBudget("rule_pattern_slow")
    start = time.thread_time()  # a busy machine must not make a search slow
    try:
        return _compiled(pattern).search(text, timeout=budget.regex_s) is not None
    except TimeoutError:
        budget.regex_s = 0
        raise OutOfBudget("rule_pattern_slow") from None
    finally:
        budget.regex_s -= time.thread_time() - start


def _pattern(validator: Any, pattern: str, instance: Any, schema: Any) -> _Errors:
    del schema
    if not validator.is_type(instance, "string"):
        return
    try:
        if not _found(pattern, instance):
            yield ValidationError("pattern")
    except OutOfBudget:
        # Under `not` this error would turn into agreement; the flag tells in any case.
        _budget.get().gave_up = True
        yield ValidationError(_SLOW)


def _pattern_properties(validator: Any, patterns: Any, instance: Any, schema: Any) -> _Errors:
    del schema
    if validator.is_type(instance, "object"):
        for pattern, inner in patterns.items():
            for key, value in instance.items():
                if _found(pattern, key):
                    yield from validator.descend(value, inner, path=key, schema_path=pattern)


def _additional_properties(validator: Any, allowed: Any, instance: Any, schema: Any) -> _Errors:
    if not validator.is_type(instance, "object"):
        return
    own, patterns = schema.get("properties", {}), schema.get("patternProperties", {})
    extra = [k for k in instance if k not in own and not any(_found(p, k) for p in patterns)]
    if validator.is_type(allowed, "object"):
        for key in extra:
            yield from validator.descend(instance[key], allowed, path=key)
    elif not allowed and extra:
        yield ValidationError(", ".join(map(_short, extra[:5])))


def _unique_items(validator: Any, wanted: Any, instance: Any, schema: Any) -> _Errors:
    del schema
    if wanted and validator.is_type(instance, "array"):
        seen: set[str] = set()
        for item in instance:
            key = json.dumps(_canonical(item), sort_keys=True)
            if key in seen:
                yield ValidationError(_short(item))
                return
            seen.add(key)


def _canonical(value: Any) -> Any:
    """`value`, with numbers that are equal written alike (1 and 1.0, but not true)."""
    if isinstance(value, float) and value.is_integer():
        return int(value)
    if isinstance(value, list):
        return [_canonical(item) for item in value]
    if isinstance(value, dict):
        return {key: _canonical(item) for key, item in value.items()}
    return value


def _counted(keyword: str) -> Any:
    inner = jsonschema.Draft202012Validator.VALIDATORS[keyword]

    def follow(validator: Any, target: Any, instance: Any, schema: Any) -> _Errors:
        budget = _budget.get()
        budget.references -= 1
        if budget.references < 0:
            raise OutOfBudget("rule_too_many")
        yield from inner(validator, target, instance, schema) or ()

    return follow


def _never_fetched(uri: str) -> Any:
    raise NoSuchResource(ref=uri)


_Validator: Any = extend(
    jsonschema.Draft202012Validator,
    {
        "pattern": _pattern,
        "patternProperties": _pattern_properties,
        "additionalProperties": _additional_properties,
        "uniqueItems": _unique_items,
        "$ref": _counted("$ref"),
        "$dynamicRef": _counted("$dynamicRef"),
    },
)


_SAID = {
    "type",
    "required",
    "enum",
    "const",
    "additionalProperties",
    "uniqueItems",
    "pattern",
    "minimum",
    "maximum",
    "exclusiveMinimum",
    "exclusiveMaximum",
    "multipleOf",
    "minLength",
    "maxLength",
    "minItems",
    "maxItems",
    "minProperties",
    "maxProperties",
    "anyOf",
    "oneOf",
    "not",
}
"""Keywords that have a sentence of their own, `rule_` and the keyword."""


def _violation(error: Any) -> Violation:
    """The sentence for what jsonschema found, which names the value and the rule."""
    parts: Path = tuple(error.absolute_path)
    keyword = str(error.validator)
    if error.message == _SLOW:
        return Violation(path_text(parts), word(_SLOW), parts, keyword)
    rule = error.validator_value
    if keyword in ("type", "enum") and isinstance(rule, list):
        said = ", ".join(_short(item) if keyword == "enum" else str(item) for item in rule[:12])
    elif keyword == "required" and isinstance(rule, list) and isinstance(error.instance, Mapping):
        said = _missing(error)
    elif keyword in ("additionalProperties", "uniqueItems"):
        said = error.message
    else:
        said = rule if isinstance(rule, (int, float, str)) else _short(rule)
    code = f"rule_{keyword}" if keyword in _SAID else "rule_other"
    message = word(code, found=_short(error.instance), rule=said, keyword=keyword)
    return Violation(path_text(parts), message, parts, keyword)


def _missing(error: Any) -> str:
    """The one name that this error of `required` is about: jsonschema yields one for each."""
    for name in error.validator_value:
        if name not in error.instance and error.message.startswith(repr(name)):
            return _short(name)
    return ", ".join(_short(n) for n in error.validator_value if n not in error.instance)


def _short(value: Any) -> str:
    """`value` as JSON, cut to what fits into a sentence."""
    if isinstance(value, str):
        text = json.dumps(value[:61], ensure_ascii=False)
    elif isinstance(value, (dict, list)):
        text = json.dumps(_sample(value), ensure_ascii=False)
    else:
        text = json.dumps(value) if not isinstance(value, int) or abs(value) < 10**60 else "…"
    return text if len(text) <= 60 else text[:59] + "…"


def _sample(value: Any, depth: int = 3) -> Any:
    """Enough of a value to recognise it, so that a huge one is not written out."""
    if isinstance(value, dict):
        some = list(value.items())[:8] if depth else []
        return {key[:40]: _sample(item, depth - 1) for key, item in some}
    if isinstance(value, list):
        return [_sample(item, depth - 1) for item in value[:8]] if depth else []
    return value[:60] if isinstance(value, str) else value
