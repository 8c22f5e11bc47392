"""Several people compared, each with somebody named before: who has how many, and together?

The comparisons are drawn one by one, so that "twice as many as Ann" may refer to the first or to
the last person, and the question may be for one of them, some, all or a difference.
"""

from __future__ import annotations

from dataclasses import dataclass

from lora_ui.embedded.tasks.math.ledger import Clauses, choose
from lora_ui.embedded.tasks.math.sharing import times
from lora_ui.embedded.tasks.math.wording import Draw, Steps, expand, family

VERBS = (
    ("has", "have", "toy"),
    ("collected", "collect", "collect"),
    ("picked", "pick", "fruit"),
    ("sold", "sell", "baked"),
    ("bought", "buy", "office"),
    ("made", "make", "baked"),
    ("ate", "eat", "sweets"),
    ("found", "find", "collect"),
    ("owns", "own", "collect"),
)
FIRST: Clauses = (
    "{who} {verb} {n} {things}.",
    "{who} {verb} {n} {things}.",
    "There are some {things}: {who} {verb} {n} of them.",
    "We know that {who} {verb} {n} {things}.",
)
MORE: Clauses = (
    "{who} {verb} {x} more than {ref}.",
    "{who} {verb} {x} more {things} than {ref}.",
    "{x} more {things} than {ref} is what {who} {verb}.",
    "{who} {verb} {x} {things} more than {ref}.",
    "Compared with {ref}, {who} {verb} {x} more.",
)
FEWER: Clauses = (
    "{who} {verb} {x} fewer than {ref}.",
    "{who} {verb} {x} fewer {things} than {ref}.",
    "{who} {verb} {x} {things} less than {ref}.",
    "{who} {verb} {x} less than {ref}.",
    "Compared with {ref}, {who} {verb} {x} fewer.",
)
TIMES: Clauses = (
    "{who} {verb} {times} as many as {ref}.",
    "{who} {verb} {times} as many {things} as {ref}.",
    "{who} {verb} {times} the number of {things} that {ref} {verb}.",
    "{who} {verb} {times} the amount of {ref}.",
)
HALF: Clauses = (
    "{who} {verb} half as many as {ref}.",
    "{who} {verb} half as many {things} as {ref}.",
    "{who} {verb} half the number of {ref}.",
    "{who} {verb} only half as many as {ref}.",
)
ALL: Clauses = (
    "How many {things} do they {base} [altogether|in total|in all|together]?",
    "How many {things} is that [altogether|in total]?",
    "What is the total number of {things}?",
    "How many {things} do {all} {base} together?",
)
ONE: Clauses = (
    "How many {things} does {last} {base}?",
    "How many does {last} {base}?",
    "What is {last}'s number of {things}?",
    "[Find|Tell me] how many {things} {last} {verb}.",
)
SOME: Clauses = (
    "How many {things} do {one} and {two} {base} together?",
    "How many do {one} and {two} {base} in total?",
    "{one} and {two} put theirs together. How many {things} is that?",
    "What do {one} and {two} {base} together?",
)
GAP: Clauses = (
    "How many more {things} does {one} {base} than {two}?",
    "How many more does {one} {base} than {two}?",
    "What is the difference between {one} and {two}?",
    "By how many {things} is {one} ahead of {two}?",
)
PAST = {"has", "owns"}
"""Verbs that are told in the present, and so asked for with "does"."""


@dataclass(frozen=True)
class Holder:
    """Somebody and how many they have."""

    name: str
    count: int


def _compare(d: Draw, name: str, other: Holder) -> tuple[str, Holder, str]:
    """A sentence that compares `name` with `other`, the new holder, and the line."""
    kinds = ["more", "more", "fewer", "times", "times"] if other.count > 4 else ["more", "times"]
    kinds += ["half"] if other.count % 2 == 0 and other.count > 4 else []
    kind = d.pick(kinds)
    d.put(who=name, ref=other.name)
    if kind == "times":
        k = d.whole(2, 5 if other.count < 30 else 3)
        d.put(times=times(k))
        return choose(d, TIMES), Holder(name, k * other.count), d.times(k, other.count)
    if kind == "half":
        return choose(d, HALF), Holder(name, other.count // 2), d.part(other.count, 2)
    x = d.whole(2, 30) if kind == "more" else d.whole(2, min(25, other.count - 2))
    d.put(x=x)
    if kind == "more":
        return choose(d, MORE), Holder(name, other.count + x), d.more_than(other.count, x)
    return choose(d, FEWER), Holder(name, other.count - x), d.fewer_than(other.count, x)


def _ask(d: Draw, holders: list[Holder], lines: list[str]) -> tuple[str, int]:
    """The question and its answer."""
    *_, last = holders
    d.put(last=last.name, all=" and ".join(h.name for h in holders))
    if len(holders) > 2:
        d.put(all=", ".join(h.name for h in holders[:-1]) + f" and {last.name}")
    kind = d.rng.choices(("all", "one", "some", "gap"), (42, 14 * (len(holders) > 2), 20, 24))[0]
    if kind == "all":
        lines += d.together(*(h.count for h in holders))
        return choose(d, ALL), sum(h.count for h in holders)
    if kind == "one":
        return choose(d, ONE), last.count
    one, two = last, d.pick(holders[:-1])
    if kind == "some":
        d.put(one=one.name, two=two.name)
        lines += d.together(one.count, two.count)
        return choose(d, SOME), one.count + two.count
    one, two = sorted((one, two), key=lambda h: -h.count)
    if one.count == two.count:
        return choose(d, ONE), last.count
    d.put(one=one.name, two=two.name)
    lines.append(d.difference(one.count, two.count))
    return choose(d, GAP), one.count - two.count


def tell(d: Draw, people: int) -> Steps:
    """Draw a chain of `people`; its text goes to the slot `story`."""
    verb, base, kind = d.pick(VERBS)
    things = d.noun("collect" if kind == "toy" else kind)
    d.unit_word = things.many
    pool = [p.name for p in d.words.people if " " not in p.name]
    names = d.rng.sample(pool, people)
    present = verb in PAST
    d.put(verb=verb, base=base, who=names[0], n=d.whole(3, 40))
    holders, lines = [Holder(names[0], int(str(d.slots["n"])))], []
    text = [d.fill(expand(d.rng, choose(d, FIRST)))]
    for name in names[1:]:
        other = holders[-1] if d.rng.random() < 0.65 else d.pick(holders)
        sentence, holder, line = _compare(d, name, other)
        text.append(d.fill(expand(d.rng, sentence)))
        holders.append(holder)
        lines.append(line)
    question, answer = _ask(d, holders, lines)
    if not present:
        question = question.replace(" does ", " did ").replace(" do ", " did ")
    text.append(d.fill(expand(d.rng, question)))
    d.put(story=" ".join(text))
    return lines, answer


@family(2, extras=False)
def chain_of_two(d: Draw) -> Steps:
    return tell(d, 2)


@family(3, extras=False)
def chain_of_three(d: Draw) -> Steps:
    return tell(d, 3)


@family(3, extras=False)
def chain_of_four(d: Draw) -> Steps:
    return tell(d, 4)
