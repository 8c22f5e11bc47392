"""The little language wish templates are written in.

    (a|b|)          one of the alternatives (the last one is nothing)
    [ in {unit}]    a part that may be left out
    {unit}          the value of parameter `unit`, as a person would say it
    {@day}          the same with its preposition, if it takes one: "on 2025-03-01", but "tomorrow"
    {"text}         the same in quotation marks
    {public:true=for everyone|false=just for me}
                    words that imply the value of a boolean or an enum
    {address.city}  a field of a nested object

A parameter gets an argument exactly when its slot survives the random choices, so a wish that
leaves out `[ in {unit}]` has a reference without `unit`.
"""

from __future__ import annotations

import random
from dataclasses import dataclass
from functools import lru_cache


@dataclass(frozen=True)
class Slot:
    """A place for a value; `words` maps spelled values to the words that imply them."""

    param: str
    mode: str = ""
    words: tuple[tuple[str, str], ...] = ()


@dataclass(frozen=True)
class Sequence:
    parts: tuple[Node, ...]


@dataclass(frozen=True)
class Choice:
    options: tuple[Sequence, ...]


@dataclass(frozen=True)
class Maybe:
    body: Sequence


Node = str | Slot | Sequence | Choice | Maybe


@lru_cache(maxsize=8192)
def parse(template: str) -> Sequence:
    """Read a template; a ValueError names the template when brackets do not match."""
    options, end = _options(template, 0, "")
    if end != len(template) or len(options) != 1:
        raise ValueError(f"stray '|' or bracket at {end} in template {template!r}")
    return options[0]


def _options(text: str, at: int, closer: str) -> tuple[list[Sequence], int]:
    """Parse `a|b|c` up to `closer`; returns the alternatives and the position after them."""
    options: list[Sequence] = []
    parts: list[Node] = []
    while at < len(text) and (text[at] not in ")]" or text[at] != closer):
        char = text[at]
        if char == "(":
            inner, at = _options(text, at + 1, ")")
            parts.append(Choice(tuple(inner)))
        elif char == "[":
            inner, at = _options(text, at + 1, "]")
            parts.append(Maybe(inner[0] if len(inner) == 1 else Sequence((Choice(tuple(inner)),))))
        elif char == "{":
            end = text.index("}", at)
            parts.append(_slot(text[at + 1 : end]))
            at = end
        elif char == "|":
            options.append(Sequence(tuple(parts)))
            parts = []
        elif char in ")]":
            raise ValueError(f"unexpected {char!r} at {at} in template {text!r}")
        elif parts and isinstance(parts[-1], str):
            parts[-1] += char
        else:
            parts.append(char)
        at += 1
    if closer and at >= len(text):
        raise ValueError(f"missing {closer!r} in template {text!r}")
    return [*options, Sequence(tuple(parts))], at


def _slot(text: str) -> Slot:
    mode = text[0] if text[0] in '@"' else ""
    name, _, words = text[len(mode) :].partition(":")
    pairs = (entry.split("=", 1) for entry in words.split("|")) if words else ()
    return Slot(name, mode, tuple((value, said) for value, said in pairs))


def expand(node: Node, rng: random.Random, keep: float = 0.5) -> list[str | Slot]:
    """Make the template's random choices; each optional part stays with probability `keep`."""
    if isinstance(node, str | Slot):
        return [node]
    if isinstance(node, Maybe):
        return expand(node.body, rng, keep) if rng.random() < keep else []
    if isinstance(node, Choice):
        return expand(rng.choice(node.options), rng, keep)
    return [piece for part in node.parts for piece in expand(part, rng, keep)]


def always(node: Node) -> frozenset[str]:
    """The parameters that every expansion mentions."""
    if isinstance(node, Slot):
        return frozenset({node.param})
    if isinstance(node, Choice):
        return frozenset.intersection(*(always(option) for option in node.options))
    if isinstance(node, Sequence):
        return frozenset().union(*(always(part) for part in node.parts))
    return frozenset()


def slots(node: Node) -> list[Slot]:
    """Every slot that some expansion mentions."""
    if isinstance(node, Slot):
        return [node]
    children: tuple[Node, ...] = ()
    if isinstance(node, Maybe):
        children = (node.body,)
    elif isinstance(node, Choice):
        children = node.options
    elif isinstance(node, Sequence):
        children = node.parts
    return [slot for child in children for slot in slots(child)]
