"""The function-calling task: examples without end, and their grader."""

from __future__ import annotations

import random
import re
from collections.abc import Iterator
from functools import lru_cache
from itertools import accumulate
from typing import Any

from lora_ui.embedded.tasks.base import Example, Grade, Split

from . import catalogue, compose, grammar, rounds, wishes
from .catalogue import Function
from .data import load
from .grading import grade_call, render_call
from .grammar import Slot
from .schema import Dressed, Style, dress
from .values import Drawn, draw

SYSTEM = (
    "You are a helpful assistant with access to the following functions. Use them if required -"
)
_OTHER_SYSTEMS = (
    f"SYSTEM: {SYSTEM}",
    "You are a helpful assistant with access to the following functions. Use them if required",
    "You are a helpful assistant with access to the following functions. Use them if required:",
    "You are a helpful assistant, with access to the following functions. Use them when needed -",
    "You have access to the following functions. Use them if required -",
    "You are an assistant that can call these functions:",
)
_LONGEST_LIST = 1700
"""Characters of the list beyond which distractors are dropped (some 600 tokens in all)."""

ROUND_SHARE = 0.25
"""How many of the training examples go beyond a first call."""

_CHATTY_DOMAINS = frozenset((
    "utilities", "news", "translation", "calculators", "science", "images", "school",
    "arithmetic", "expressions", "prices", "geometry", "conversions", "text_tools", "wordplay",
    "topics_news", "lyrics", "countries", "catalogue_search",
))  # fmt: skip
"""Domains that could serve small talk or a question of general knowledge."""

_COMMON_WORDS = frozenset((
    "a", "an", "the", "of", "to", "for", "in", "on", "at", "with", "and", "or", "by", "from",
    "get", "set", "add", "create", "find", "search", "list", "delete", "remove", "update",
    "send", "make", "start", "show", "book", "check", "calculate", "log", "record", "new",
    "up", "it", "is", "whether", "someone", "something", "next", "current",
))  # fmt: skip


@lru_cache(maxsize=1)
def _chat() -> dict[str, list[str]]:
    data = load("chat")
    return {name: block.splitlines() for name, block in data.items()}


def chat_lines(topic: str, split: Split) -> list[tuple[str, str]]:
    """The `prompt => answer` lines of a split."""
    lines = [
        line
        for number, line in enumerate(_chat()[topic])
        if (number % 8 == 4) == (split == "heldout")
    ]
    return [(prompt, answer) for prompt, _, answer in (line.partition(" => ") for line in lines)]


@lru_cache(maxsize=4096)
def _content_words(function: Function) -> frozenset[str]:
    words = re.findall(
        r"[a-z]+", f"{' '.join(function.names)} {function.does}".lower().replace("_", " ")
    )
    return frozenset(word.removesuffix("s") for word in words) - _COMMON_WORDS


def related(left: Function, right: Function) -> bool:
    """Whether functions of different domains might do the same thing."""
    return bool(left.tags & right.tags) or bool(_content_words(left) & _content_words(right))


class FunctionTask:
    """Call the right function with the right arguments, or say that none fits."""

    name = "function"

    def generate(self, seed: int, split: Split) -> Iterator[Example]:
        """An endless stream; `heldout` shares no function and no wording with `train`."""
        rng = random.Random(f"{seed}-{split}")
        number = 0
        while True:
            name = f"function-{split}-{seed}-{number}"
            if split == "train" and rng.random() < ROUND_SHARE:
                yield _round(rng, split, name)
            else:
                yield _example(rng, split, name)
            number += 1

    def rounds(self, seed: int, split: Split) -> Iterator[Example]:
        """An endless stream of what comes after calls; the held-out stream has none of it."""
        rng = random.Random(f"rounds-{seed}-{split}")
        number = 0
        while True:
            yield _round(rng, split, f"function-{split}-{seed}-round-{number}")
            number += 1

    def grade(self, example: Example, text: str) -> Grade:
        """Right: the wanted name and arguments, or rightly no call at all."""
        return grade_call(example.check, text)


TASK = FunctionTask()


def _target(rng: random.Random, split: Split) -> tuple[Function, list[Function]]:
    """A function to wish for, with the near misses of its domain."""
    if rng.random() < 0.18:
        return compose.draw(rng, split)
    function = _pick(rng, split)
    return function, [f for f in catalogue.by_domain(split)[function.domain] if f is not function]


@lru_cache(maxsize=2)
def _weights(split: Split) -> list[float]:
    """Functions with siblings, flags and many parameters teach most; cumulative."""
    siblings = catalogue.by_domain(split)
    return list(
        accumulate(
            (1.6 if len(siblings[f.domain]) > 4 else 1)
            * (0.4 if not f.params else 1)
            * (1.5 if len(f.params) > 2 else 1)
            * (1.6 if any(p.kind == "bool" for p in f.params) else 1)
            * (1.6 if any(p.kind == "bool" and not p.optional for p in f.params) else 1)
            for f in catalogue.functions(split)
        )
    )


def _pick(rng: random.Random, split: Split) -> Function:
    return rng.choices(catalogue.functions(split), cum_weights=_weights(split))[0]


def _strangers(
    rng: random.Random, split: Split, target: Function | None, count: int
) -> list[Function]:
    """Functions of other domains."""
    found: list[Function] = []
    while len(found) < count:
        if rng.random() < 0.12:
            function, _ = compose.draw(rng, split)
        else:
            function = rng.choice(catalogue.functions(split))
        if target is None or not related(target, function):
            found.append(function)
    return found


def _wish(
    rng: random.Random, function: Function, style: Style, split: Split
) -> tuple[str, Dressed]:
    """A wish for a function, with the function dressed so that the wish can be fulfilled."""
    tree = grammar.parse(rng.choice(function.templates))
    parts = grammar.expand(tree, rng, keep=rng.choice([0.1, 0.35, 0.5, 0.7]))
    slots: dict[str, Slot] = {}
    for part in parts:
        if isinstance(part, Slot) and (part.param not in slots or part.words):
            slots[part.param] = part
    dressed = dress(rng, function, style, slots)
    return wishes.speak(rng, wishes.render(rng, parts, dressed.said), split), dressed


def _listing(
    rng: random.Random, style: Style, wanted: list[Dressed], others: list[Function]
) -> str:
    """The list of functions in random order; long lists lose functions nobody asked for."""
    listed = [*wanted]
    names = {entry.name for entry in listed}
    size = len(style.write([entry.description for entry in listed])) if listed else 0
    for function in dict.fromkeys(others):
        entry = dress(rng, function, style)
        size += len(style.write([entry.description]))
        if entry.name in names or (size > _LONGEST_LIST and listed and rng.random() < 0.97):
            continue
        names.add(entry.name)
        listed.append(entry)
    rng.shuffle(listed)
    return style.write([entry.description for entry in listed])


def _system(rng: random.Random, listing: str) -> str:
    head = SYSTEM if rng.random() < 0.9 else rng.choice(_OTHER_SYSTEMS)
    return f"{head}\n{listing}"


def _example(rng: random.Random, split: Split, id: str) -> Example:
    style = Style.draw(rng)
    kind = rng.choices(["call", "missing", "chat"], [78, 12, 10])[0]
    check: dict[str, Any] = {"no_call": True}
    if kind == "chat":
        others = [
            f
            for f in _strangers(rng, split, None, rng.randint(1, 4))
            if f.domain not in _CHATTY_DOMAINS
        ]
        others = others or [compose.draw(rng, split)[0]]
        wish, answer = _small_talk(rng, split, others)
        listing = _listing(rng, style, [], others)
    elif kind == "missing":
        target, near = _target(rng, split)
        wish, _ = _wish(rng, target, style, split)
        near = [f for f in near if not (target.group and f.group == target.group)]
        few = rng.sample(near, min(len(near), rng.choice([0, 1, 1, 2, 3])))
        others = few + _strangers(
            rng, split, target, rng.choice([0, 1, 1, 2]) if few else rng.randint(1, 3)
        )
        answer = _refusal(rng, target.does, others)
        listing = _listing(rng, style, [], others)
    else:
        target, near = _target(rng, split)
        wish, dressed = _wish(rng, target, style, split)
        count = rng.choices([0, 1, 2, 3, 4], [33, 29, 20, 11, 7])[0]
        close = min(len(near), round(count * rng.choice([0, 0.5, 1, 1])))
        others = rng.sample(near, close) + _strangers(rng, split, target, count - close)
        rng.shuffle(others)
        listing = _listing(rng, style, [dressed], others)
        answer = render_call(dressed.name, dressed.arguments)
        check = {"name": dressed.name, "arguments": dressed.arguments}
    messages = [
        {"role": "system", "content": _system(rng, listing)},
        {"role": "user", "content": wish},
    ]
    return Example(id, messages, answer, check)


def _round(rng: random.Random, split: Split, id: str) -> Example:
    """A conversation in which a call has been answered, once or twice, or two wishes are open."""
    style = Style.draw(rng)
    target, near = _target(rng, split)
    wish, first = _wish(rng, target, style, split)
    asked = [first]
    stage = rng.choices(["told", "again", "again_told", "begin"], [62, 18, 10, 10])[0]
    if stage != "told":
        others = [f for f in (*near, *_strangers(rng, split, target, 2)) if f.group != target.group]
        also, second = _wish(rng, rng.choice(others or near or [target]), style, split)
        if second.name != first.name:
            asked.append(second)
            wish = rounds.joined(rng, wish, also)
    few = rng.sample(near, min(len(near), rng.choice([0, 1, 1])))
    listing = _listing(rng, style, asked, few + _strangers(rng, split, target, rng.choice([0, 1])))
    messages = [
        {"role": "system", "content": _system(rng, listing)},
        {"role": "user", "content": wish},
    ]
    said: list[rounds.Result] = []
    done = {"begin": 0, "again": 1, "told": 1}.get(stage, 2)
    for call in asked[:done]:
        said.append(rounds.result_of(rng, split, call.arguments))
        messages += rounds.turns(rng, render_call(call.name, call.arguments), said[-1])
    if len(said) < len(asked):
        call = asked[len(said)]
        check: dict[str, Any] = {"name": call.name, "arguments": call.arguments}
        return Example(id, messages, render_call(call.name, call.arguments), check)
    check = {"no_call": True, "says": [word for result in said for word in result.says]}
    return Example(id, messages, " ".join(result.told for result in said), check)


def _refusal(rng: random.Random, does: str, others: list[Function]) -> str:
    text = rng.choice(_chat()["templates_of_refusal"]).format(does)
    if rng.random() < 0.15:
        text += " " + rng.choice(_chat()["offers"]).format(others[0].does)
    return text


def _small_talk(rng: random.Random, split: Split, others: list[Function]) -> tuple[str, str]:
    """Something no function is for, and what to say to it."""
    topic = rng.choices(["small_talk", "knowledge", "requests"], [35, 35, 30])[0]
    prompt, answer = rng.choice(chat_lines(topic, split))
    parts = grammar.expand(grammar.parse(prompt), rng)
    said: dict[str, Drawn] = {
        part.param: draw(rng, part.param) for part in parts if isinstance(part, Slot)
    }
    pieces = wishes.render(rng, parts, said)
    if answer.startswith("~"):
        return wishes.speak(rng, pieces, split), _refusal(rng, answer[1:], others)
    text = "".join(text for text, _ in pieces)
    return text if rng.random() < 0.8 else text.lower(), answer.format(
        **{key: drawn.text for key, drawn in said.items()}
    )
