"""Functions nobody wrote down: create/update/delete/list functions of many entities, and machines.

The hand-made catalogue teaches how people wish; this part teaches that any name, any parameter and
any value may come along, and that `update_beehive` is not `create_beehive`.
"""

from __future__ import annotations

import random
from dataclasses import dataclass
from functools import lru_cache

from lora_ui.embedded.tasks.base import Split

from .catalogue import Function, Param, parse_params
from .data import load
from .texts import invented


@dataclass(frozen=True)
class Attribute:
    param: Param
    clauses: tuple[str, ...]


@dataclass(frozen=True)
class Entity:
    """A thing with a title and attributes; `words` are its names ("beehive")."""

    words: tuple[str, ...]
    title_kind: str
    attributes: tuple[str, ...]


@dataclass(frozen=True)
class Parts:
    """The building blocks of one split."""

    attributes: dict[str, Attribute]
    entities: tuple[Entity, ...]
    objects: tuple[str, ...]
    verbs: tuple[str, ...]
    quantities: tuple[Param, ...]
    readings: tuple[str, ...]


@lru_cache(maxsize=2)
def parts(split: Split) -> Parts:
    data = load("entities")
    heldout = split == "heldout"
    attributes: dict[str, Attribute] = {}
    for line in data["attributes"].splitlines():
        head, *clauses = line.split(" || ")
        (param,) = parse_params([f"  {head}"])
        attributes[param.key] = Attribute(param, tuple(clauses[-1:] if heldout else clauses[:-1]))
    entities: list[Entity] = []
    for number, line in enumerate(data["entities"].splitlines()):
        head, _, tail = line.partition(": ")
        kind, _, names = tail.partition("; ")
        if (number % 6 == 5) == heldout:
            names += ", variant" if number % 2 else ", grade"
            entities.append(Entity(tuple(head.split("/")), kind, tuple(names.split(", "))))
    prefix = "heldout_" if heldout else ""
    readings = data["readings"].split(", ")
    return Parts(
        attributes,
        tuple(entities),
        tuple(data[f"{prefix}objects"].split(", ")),
        tuple(data[f"{prefix}verbs"].split(", ")),
        parse_params([f"  {line}" for line in data["quantities"].splitlines()]),
        tuple(readings[-3:] if heldout else readings[:-3]),
    )


def _snake(words: str) -> str:
    return words.replace(" ", "_").replace("-", "_").lower()


def plural(words: str) -> str:
    if words.endswith("y") and words[-2] not in "aeiou":
        return words[:-1] + "ies"
    return words + ("es" if words.endswith(("s", "x", "ch", "sh")) else "s")


def article(words: str) -> str:
    return f"an {words}" if words[0] in "aeiou" else f"a {words}"


def _clause(rng: random.Random, attribute: Attribute) -> str:
    return f" {rng.choice(attribute.clauses)}"


def _joined(rng: random.Random, attributes: list[Attribute], optional: set[str]) -> str:
    """The attributes as one tail of a sentence; the optional ones in brackets."""
    tail = ""
    for attribute in rng.sample(attributes, len(attributes)):
        clause = ("," if tail else "") + _clause(rng, attribute)
        tail += f"[{clause}]" if attribute.param.key in optional else clause
    return tail


_BY_ID: dict[str, tuple[tuple[str, ...], str]] = {
    "delete": (("delete", "remove", "erase"), "delete {a}"),
    "get": (("get", "fetch", "show", "lookup", "read"), "get the details of {a}"),
    "archive": (("archive", "retire"), "archive {a}"),
    "duplicate": (("duplicate", "copy", "clone"), "make a copy of {a}"),
    "approve": (("approve", "sign_off", "confirm"), "approve {a}"),
}
_STAND_INS = {
    **dict.fromkeys(("get", "list", "count", "export"), "read"),
    **dict.fromkeys(("update", "approve"), "change"),
    **dict.fromkeys(("delete", "archive"), "away"),
    **dict.fromkeys(("create", "duplicate"), "create"),
}
OPERATIONS = ("create", "update", "list", "share", "export", "count", *_BY_ID)
FRAMES: dict[str, list[str]] = {k: v.splitlines() for k, v in load("frames").items()}


def frames(operation: str, split: Split) -> tuple[str, ...]:
    """The wishes for an operation; every eighth is held out."""
    return tuple(
        frame
        for number, frame in enumerate(FRAMES[operation])
        if (number % 8 == 3) == (split == "heldout")
    )


def entity_function(rng: random.Random, entity: Entity, operation: str, split: Split) -> Function:
    """One operation on an entity, with a choice of its attributes and of the words for it."""
    known = parts(split).attributes
    word = rng.choice(entity.words)
    name, a, many = _snake(word), article(word), plural(word)
    chosen = [known[key] for key in entity.attributes if rng.random() < 0.7] or [
        known[entity.attributes[0]]
    ]
    fill = {"word": word, "a": a, "many": many}
    form = frames(operation, split)
    identity = Param((rng.choice(["id", f"{name}_id", f"{name}_number", name]),), "id")
    names: tuple[str, ...]
    templates: list[str]
    does, params = "", ()
    if operation == "create":
        optional = {attribute.param.key for attribute in chosen if rng.random() < 0.6}
        label = Param((rng.choice(["name", "title", "label", f"{name}_name"]),), entity.title_kind)
        params = (
            label,
            *(Param(a.param.names, a.param.kind, a.param.key in optional) for a in chosen),
        )
        names = tuple(f"{verb}_{name}" for verb in ("create", "add", "register", "new"))
        does = f"create {a}"
        templates = [
            _with(f.format(**fill, tail=_joined(rng, chosen, optional)), title=label.key)
            for f in form
        ]
    elif operation == "update":
        plain = [
            attribute
            for attribute in chosen
            if not attribute.param.kind.startswith(("bool", "list"))
        ]
        plain = plain or [
            a
            for key in entity.attributes
            if not (a := known[key]).param.kind.startswith(("bool", "list"))
        ]
        params = (identity, *(Param(a.param.names, a.param.kind, True) for a in plain))
        names = tuple(f"{verb}_{name}" for verb in ("update", "edit", "change", "modify"))
        does = f"update {a}"
        templates = []
        for frame in form:
            param = rng.choice(plain).param
            noun = (
                param.key.removesuffix("_minutes")
                .removesuffix("_kg")
                .removesuffix("_m")
                .removesuffix("_kmh")
            )
            text = frame.format(**fill, noun=noun.replace("_", " "))
            templates.append(_with(text, id=identity.key, value=param.key))
    elif operation in ("list", "count"):
        optional = {attribute.param.key for attribute in chosen}
        params = tuple(Param(a.param.names, a.param.kind, True) for a in chosen)
        verbs = ("list", "get", "search", "find") if operation == "list" else ("count",)
        names = tuple(f"{verb}_{_snake(many)}" for verb in verbs)
        does = f"{operation} {many}"
        templates = [f.format(**fill, tail=_joined(rng, chosen[:2], optional)) for f in form]
    elif operation == "share":
        who = Param((rng.choice(["email", "user_email", "recipient", "share_with"]),), "email")
        params = (identity, who)
        names, does = (f"share_{name}", f"grant_{name}_access"), f"share {a} with someone"
        templates = [_with(f.format(**fill), id=identity.key, email=who.key) for f in form]
    elif operation == "export":
        params = (
            Param(
                ("format", "file_format", "file_type"),
                "enum csv=CSV|pdf=PDF|json=JSON|xlsx=Excel,XLSX",
            ),
            Param(("filename", "file_name", "output"), "filename", True),
        )
        names, does = (
            (f"export_{_snake(many)}", f"download_{_snake(many)}"),
            f"export {many} to a file",
        )
        templates = [f.format(**fill) for f in form]
    else:
        verbs, does = _BY_ID[operation]
        params, names, does = (
            (identity,),
            tuple(f"{verb}_{name}" for verb in verbs),
            does.format(a=a),
        )
        templates = [_with(f.format(**fill), id=identity.key) for f in form]
    tags = frozenset(entity.words)
    return Function(
        names,
        does,
        params,
        tuple(templates),
        entity.words[0],
        tags,
        _STAND_INS.get(operation, operation),
    )


def _with(template: str, **slots: str) -> str:
    """Point the frame's slots at the parameters of this function."""
    for slot, key in slots.items():
        template = template.replace(f"{{{slot}}}", f"{{{key}}}")
    return template


def machine_function(rng: random.Random, thing: str, verb: str, split: Split) -> Function:
    """A control of a machine: `calibrate_flux_coil(power, angle)`; some parameters are fantasy."""
    pool = parts(split)
    chosen = rng.sample(pool.quantities, rng.choice([1, 1, 2, 2, 3]))
    params = []
    for param in chosen:
        names = (invented(rng).lower(),) if rng.random() < 0.03 else param.names
        params.append(Param(names, param.kind, rng.random() < 0.35))
    forms = (
        ", {n} {{{k}}}",
        " with {n} {{{k}}}",
        " and set the {n} to {{{k}}}",
        " with {k_a} of {{{k}}}",
    )
    if split == "heldout":
        forms = (", {n}: {{{k}}}",)
    tail = ""
    for param in params:
        noun = param.key.replace("_", " ")
        if param.kind.startswith(("name", "id", "time", "enum", "option", "colour")):
            clause = rng.choice(forms[:3]).format(n=noun, k=param.key)
        else:
            countless = forms[:3] if noun.endswith("s") else forms
            clause = rng.choice(countless).format(n=noun, k=param.key, k_a=article(noun))
        if tail and " with " in tail and clause.startswith(" with "):
            clause = "," + clause[5:]
        tail += f"[{clause}]" if param.optional else clause
    name = f"{_snake(verb)}_{_snake(thing)}"
    templates = (f"{verb} the {thing}{tail}",)
    return Function(
        (name,), f"{verb} the {thing}", tuple(params), templates, thing, frozenset({thing}), verb
    )


def reading_function(thing: str, reading: str, split: Split) -> Function:
    """A sensor of a machine, which has no parameters."""
    name = f"{_snake(thing)}_{_snake(reading)}"
    templates = (
        f"what's the {reading} of the {thing}?",
        f"(check|read|show me) the {reading} of the {thing}",
    )
    if split == "heldout":
        templates = (f"tell me the {reading} of the {thing}",)
    names = (f"get_{name}", f"read_{name}", name)
    return Function(
        names,
        f"read the {reading} of the {thing}",
        (),
        templates,
        thing,
        frozenset({thing}),
        reading,
    )


def draw(rng: random.Random, split: Split) -> tuple[Function, list[Function]]:
    """A composed function with its near misses: other operations on the same thing."""
    pool = parts(split)
    if rng.random() < 0.8:
        entity = rng.choice(pool.entities)
        some = rng.sample(OPERATIONS, rng.randint(2, 5))
        made = [entity_function(rng, entity, operation, split) for operation in some]
        return made[0], made[1:]
    thing = rng.choice(pool.objects)
    verbs = rng.sample(pool.verbs, 2)
    made = [
        machine_function(rng, thing, verbs[0], split),
        reading_function(thing, rng.choice(pool.readings), split),
    ]
    if rng.random() < 0.25:
        made.reverse()
    return made[0], made[1:]
