"""What an answer must look like so that its calls can be read and satisfy their schemas.

A constraint is a structural tag as JSON, which vLLM hands to xgrammar. Outside calls the text is
free, unless a call is required. What a grammar cannot say is told in `notes`, and found by reading
the answer afterwards. Everything in a call has an end; only the free text around it has none.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any

from lora_ui.functions.columns import NONE, REQUIRED
from lora_ui.functions.formats import Format
from lora_ui.functions.grammar.narrowing import Narrowing, Unconstrainable
from lora_ui.functions.grammar.nodes import Either, Fields, Node
from lora_ui.functions.grammar.writing import ESCAPED, JSON, PLAIN, PYTHON, Dialect, Grammar, bare
from lora_ui.functions.schema import Function
from lora_ui.strings import word

LONGEST_TAG = 400_000
"""Characters of a structural tag at most: a larger one would hold up the engine for everybody."""
Tag = dict[str, Any]


@dataclass(frozen=True)
class Constraint:
    """A structural tag as JSON, None for free text, and sentences about what it leaves out."""

    structural_tag: str | None = None
    notes: tuple[str, ...] = ()


FREE = Constraint()


def constraint_for(
    format: Format, functions: Sequence[Function], tool_choice: str, parallel: bool
) -> Constraint:
    """The constraint for calls of `functions` in `format`.

    `tool_choice` is `auto`, `required`, `none` or a function's name: then exactly one call of it.
    A schema that no grammar can hold leaves all free, with a note that names the keyword.
    """
    if tool_choice == NONE:
        return FREE
    named = [function for function in functions if function.name == tool_choice]
    tags: list[Tag] = []
    notes: dict[str, None] = {}
    for function in named or functions:
        narrowing = Narrowing(function.parameters)
        try:
            tags.append(_tag(format, function.name, narrowing.arguments()))
        except Unconstrainable as reason:
            note = word(
                "unconstrained", keyword=reason.keyword, name=function.name, path=reason.path
            )
            return Constraint(None, (note,))
        for keyword, path in narrowing.left_out:
            notes[word("left_out", keyword=keyword, name=function.name, path=path)] = None
    required, alone = bool(named) or tool_choice == REQUIRED, bool(named) or not parallel
    whole = _required(format, tags, alone) if required else _optional(format, tags, alone)
    text = json.dumps({"type": "structural_tag", "format": whole}, ensure_ascii=False)
    if len(text) > LONGEST_TAG:
        return Constraint(None, (word("constraint_long"),))
    return Constraint(text, tuple(notes))


# -- one call -----------------------------------------------------------------------------------


def _tag(format: Format, name: str, arguments: Node) -> Tag:
    """The tag of one call; in formats that write a list, of one member of it."""
    match format.body:
        case "call" | "calls":
            key = json.dumps(format.arguments_keys[0])
            begin = f'{{"name": {json.dumps(name, ensure_ascii=False)}, {key}: {format.quote}'
            end = f"{format.quote}}}"
            if format.body == "call":
                before, after = format.call.split("{call}")
                begin, end = before + begin, end + after
            return _tagged(begin, _grammar(arguments, JSON), end)
        case "python":
            return _tagged(f"{name}(", _keywords(arguments), ")")
        case "arguments" | "escaped":
            before, rest = format.call.split("{name}")
            between, after = rest.split(f"{{{format.body}}}")
            dialect = JSON if format.body == "arguments" else ESCAPED
            return _tagged(before + name + between, _grammar(arguments, dialect), after)
        case "parameters":
            before, rest = format.call.split("{name}")
            between, after = rest.split("{parameters}")
            content = _parameters(arguments, format.parameter)
            begin, end = f"{before}{name}{between}", after
            if format.wrap_each:
                begin, end = f"{format.wrap[0]}\n{begin}", f"{end}\n{format.wrap[1]}"
            return _tagged(begin, content, end)


def _tagged(begin: str, content: Tag, end: str) -> Tag:
    return {"type": "tag", "begin": begin, "content": content, "end": end}


def _grammar(node: Node, dialect: Dialect) -> Tag:
    grammar = Grammar(dialect)
    return {"type": "grammar", "grammar": grammar.text(grammar.value(node))}


def _objects(node: Node) -> tuple[Fields, ...]:
    """The objects that arguments may be."""
    if isinstance(node, Either):
        return tuple(one for inner in node.nodes for one in _objects(inner))
    if not isinstance(node, Fields):
        raise Unconstrainable("enum", "$")
    return (node,)


def _keywords(node: Node) -> Tag:
    """Arguments as Python writes them: `a=1, b="x"`."""
    grammar = Grammar(PYTHON)

    def key(name: str | None, _way: Dialect, other: str) -> str:
        return f'{other} "="' if name is None else f'"{bare(name)}="'

    ways = (grammar.members(one, PYTHON, key) for one in _objects(node))
    return {"type": "grammar", "grammar": grammar.text(" | ".join(ways))}


def _parameters(node: Node, template: str) -> Tag:
    """Arguments as tags of their own, one below the other."""
    grammar = Grammar(PLAIN)
    head, rest = template.split("{key}")
    middle, tail = (json.dumps(part) for part in rest.split("{value}"))
    opening = json.dumps(head)

    def key(name: str | None, _way: Dialect, other: str) -> str:
        return f"{opening} {other if name is None else json.dumps(bare(name))} {middle}"

    # what closes a parameter stands before the break to the next one
    apart = replace(PLAIN, comma=f'{tail} "\\n"')
    ways = (
        f"({grammar.members(one, apart, key)} {tail})"
        if _has_required(one)
        else f'({grammar.members(one, apart, key)} {tail} | "")'
        for one in _objects(node)
    )
    return {"type": "grammar", "grammar": grammar.text(" | ".join(ways))}


def _has_required(node: Fields) -> bool:
    return any(one.required for one in node.properties)


# -- all of them --------------------------------------------------------------------------------


def _required(format: Format, tags: list[Tag], alone: bool) -> Tag:
    """Nothing but calls, at least one; just one with `alone`."""
    calls = {
        "type": "tags_with_separator",
        "tags": tags,
        "separator": format.separator if not format.is_list else ", ",
        "at_least_one": True,
        "stop_after_first": alone,
    }
    around = _around(format)
    return _tagged(around[0], calls, around[1]) if around else calls


def _optional(format: Format, tags: list[Tag], alone: bool) -> Tag:
    """Free text, and calls where the text opens one."""
    around = _around(format)
    if around is None and format.begin:
        opening = format.wrap[0] if format.wrap_each else format.begin
        return _triggered(format, opening, tags, alone)
    calls = _required(format, tags, alone)
    if around is not None and around[0].strip() not in ("", "["):
        # a list may be empty: that is how some models say that nothing is to be called
        if format.is_list:
            calls["content"]["at_least_one"] = False
        opening = format.wrap[0] or format.begin
        return _triggered(format, opening, [calls], True)
    # nothing but their own form marks these calls, so the text has nothing that looks like it
    opening = "[" if format.is_list else "{"
    excluded = [opening, *(template.begin for template in format.templates if template.begin)]
    return {"type": "or", "elements": [calls, {"type": "any_text", "excludes": excluded}]}


def _triggered(format: Format, opening: str, tags: list[Tag], alone: bool) -> Tag:
    """Free text in which `opening` begins a call; what else would be read as one stays out."""
    openings = {template.begin for template in format.templates} | {format.wrap[0]}
    excluded = [
        other
        for other in sorted(openings)
        if other and not other.startswith(opening) and not opening.startswith(other)
    ]
    return {
        "type": "triggered_tags",
        "triggers": [opening],
        "tags": tags,
        "at_least_one": False,
        "stop_after_first": alone,
        **({"excludes": excluded} if excluded else {}),
    }


def _around(format: Format) -> tuple[str, str] | None:
    """What opens and closes all calls together, where the format has that."""
    if format.is_list:
        before, after = format.call.split(f"{{{format.body}}}")
        return f"{before}[", f"]{after}"
    return format.wrap if format.wrap[0] and not format.wrap_each else None
