"""Stories composed of a beginning, some events and an end, in many combinations.

The running count decides which ends are possible (equal shares need a divisor), so stories are
drawn forward. Their wordings are fragments; a `heldout` story uses held-out fragments
throughout.
"""

from __future__ import annotations

from dataclasses import dataclass

from lora_ui.embedded.tasks.math.calc import Number
from lora_ui.embedded.tasks.math.wording import Draw, Steps, expand, family


@dataclass(frozen=True)
class Fragments:
    """The sentence fragments of one split: `{x}` counts an event, `{n}` the beginning."""

    plain: tuple[str, ...]
    grouped: tuple[str, ...]
    summed: tuple[str, ...]
    gains: tuple[str, ...]
    losses: tuple[str, ...]
    food_losses: tuple[str, ...]
    doubled: tuple[str, ...]
    halved: tuple[str, ...]
    joints: tuple[str, ...]
    now: tuple[str, ...]
    share: tuple[str, ...]
    pack: tuple[str, ...]
    sell: tuple[str, ...]
    compare: tuple[str, ...]
    conditional: tuple[str, ...]


TRAIN = Fragments(
    plain=(
        "{A} @have/had {n#} {things}[ in {his} {box}|].",
        "{A} @start/started with {n#} {things}.",
        "There [are|were] {n#} {things} in {As} {box}.",
        "[In the morning|At first|On Monday] {A} @have/had {n#} {things}.",
        "{A} @buy/bought {n#} {things}[ at the market|].",
        "{A} @collect/collected {n#} {things}.",
    ),
    grouped=(
        "{A} @have/had {k} {boxes} with {m} {things} [each|in each].",
        "{A} @buy/bought {k} {boxes} of {things}. Each {box} [has|holds] {m} {things}.",
        "There [are|were] {k} {boxes} in {As} room, each with {m} {things}.",
        "{A} @get/got {k} packs of {m} {things}.",
        "{A} @collect/collected {m} {things} a day for {k} days.",
    ),
    summed=(
        "{A} @have/had {a} {first} and {b} {second} {things}.",
        "{A} @find/found {a} {things} on [Monday|Saturday] and {b} on [Tuesday|Sunday].",
        "{A} @have/had {a} {things} in one {box} and {b} in another.",
        "{A} @buy/bought {a} {things} [in the morning|first] and {b} [in the afternoon|later].",
    ),
    gains=(
        "{he} @buy/bought {x} more",
        "{B} @@give/gave {him} {x} more",
        "{he} @get/got {x} more from {B}",
        "{he} @find/found {x} more",
        "{his} [mother|aunt|father|grandfather] @@bring/brought {him} another {x}",
        "{he} @add/added {x} more",
        "{he} @win/won {x} more",
        "{he} @make/made {x} new ones",
    ),
    losses=(
        "{he} @give/gave {x} [of them |]to {B}",
        "{he} @lose/lost {x}[ of them|]",
        "{he} @sell/sold {x}[ of them|]",
        "{he} @give/gave away {x}",
        "{he} @throw/threw {x} away",
        "{B} @@take/took {x} of them",
        "{he} @use/used {x}[ of them|]",
        "{x} of them @@@get/got lost",
        "{x} of them @@@break/broke",
        "{he} @donate/donated {x}",
    ),
    food_losses=(
        "{he} @eat/ate {x}[ of them|]",
        "{B} @@eat/ate {x}",
        "{x} of them @@@go/went bad",
        "{his} friends @@@eat/ate {x}",
    ),
    doubled=("{B} @@give/gave {him} as many again", "{he} @double/doubled the number of {things}"),
    halved=("{he} @give/gave half of [them|the {things}] to {B}", "{he} @sell/sold half of them"),
    joints=(
        "{}. Then {}",
        "{} and then {}",
        "{}. After that, {}",
        "{}. Later {}",
        "{}. The next day {}",
        "{}, and {}",
    ),
    now=(
        "How many {things} @do {he} have {left}?",
        "How many {things} @do {A} have now?",
        "How many {things} are {there}?",
        "[Work out|Tell me|Find] how many {things} {he} @have now.",
        "What is the number of {things} {A} @have now?",
        "How many @do {he} have now?",
        "How many {things} @do {A} have in the end?",
        "How many {things} are there now?",
        "How many {things} does that make?",
    ),
    share=(
        "{he} @share/shared {all} equally among {j} [friends|children|people]. How many "
        "[{things} |]does each [one|of them] get?",
        "{he} @put/put {all} [evenly |]into {j} {bags}, the same number in each. How many "
        "{things} are in each {bag}?",
    ),
    pack=(
        "{he} @put/put {all} into {bags} of {j}. How many {bags} @do {he} [need|fill]?",
        "{he} @pack/packed {j} {things} in each {bag}. How many {bags} @do/did {he} fill?",
    ),
    sell=(
        "{he} @sell/sold {all} for {p$} each. How much money @do/did {he} [make|get|earn]?",
        "{he} @sell/sold each one for {p$}. How much @do/did {he} earn?",
    ),
    compare=(
        "{B} has {y} {things}. How many more {things} @do {A} have than {B}?",
        "How many more {things} @do {A} have now than {B}, who has {y}?",
    ),
    conditional=(
        "If {{A}} @have/had {{n#}} {{things}}, {} and then {}, how many {{things}} @do {{he}} "
        "have {{left}}?",
        "How many {{things}} @do {{A}} have [now|in the end] if {{he}} @start/started with "
        "{{n}}, {} and {}?",
    ),
)
HELDOUT = Fragments(
    plain=("{A} @own/owned {n#} {things}.", "[Last week|Yesterday] {A} @have/had {n#} {things}."),
    grouped=(
        "{A} @fill/filled {k} {boxes} with {m} {things} each.",
        "There [are|were] {k} {boxes} of {m} {things} in {As} kitchen.",
    ),
    summed=(
        "{A} @get/got {a} {things} from {B} and {b} from {C}.",
        "There [are|were] {a} {things} in {As} {box} and {b} in {his} {bag}.",
    ),
    gains=(
        "{B} @@hand/handed {him} {x} more",
        "{he} @pick/picked up {x} more",
        "{he} @receive/received {x} more as a gift",
    ),
    losses=(
        "{he} @hand/handed {x} of them to {B}",
        "{B} @@borrow/borrowed {x}",
        "{he} @send/sent {x} to {B}",
    ),
    food_losses=("{his} family @@eat/ate {x}", "{he} @serve/served {x} to guests"),
    doubled=("{B} @@bring/brought {him} the same number again",),
    halved=("{he} @lose/lost half of them",),
    joints=("{}. Afterwards {}", "{}, and later {}"),
    now=(
        "How many {things} are there in the end?",
        "How many {things} @do {he} have after that?",
    ),
    share=("{he} @divide/divided {all} equally among {j} cousins. How many does each cousin get?",),
    pack=("{he} @tie/tied {all} into bundles of {j}. How many bundles are there?",),
    sell=("{he} @ask/asked {p$} for each of them and @sell/sold them all. How much is that?",),
    compare=("{B} has {y} {things}. How many {things} more than {B} @do {A} have?",),
    conditional=(
        "If {{A}} @begin/began with {{n}} {{things}}, {} and later {}, how many {{things}} @do "
        "{{he}} have then?",
    ),
)


ALL = ("all {his} {things}", "the {things}", "them all")
REST = ("the rest", "the rest of the {things}", "what is left", "the remaining {things}")


def tell(d: Draw, begin: str, events: int, end: bool) -> Steps:
    """Draw a story; its text goes to the slot `story`."""
    frag = HELDOUT if d.heldout else TRAIN
    food = d.rng.random() < 0.4
    things = d.noun("food" if food else "collect" if d.rng.random() < 0.6 else "office")
    d.box()
    d.box("bag")
    d.unit_word = things.many
    text, lines, count = _begin(d, frag, begin, food)
    d.put(all=d.pick(ALL))
    told = []
    for _ in range(events):
        clause, line, count = _event(d, frag, count, food)
        told.append(clause)
        lines.append(line)
        more = "more" in line or "times" in line
        d.put(all=d.pick(ALL if more else REST), there="there now" if more else "left")
        d.put(left=d.pick(("now", "in the end") if more else ("left", "left", "now")))
    question = d.pick(frag.now)
    if len(told) == 2 and begin == "plain" and not end and d.rng.random() < 0.15:
        text, told, question = d.pick(frag.conditional).format(*told), [], ""
    if told:
        clause = told[0] if len(told) == 1 else d.pick(frag.joints).format(*told)
        text += " " + d.pick(("", "", "Then ", "Later ")) * (len(told) == 1) + clause + "."
    answer: Number = count
    if end:
        question, line, answer = _end(d, frag, count)
        lines.append(line)
    story = expand(d.rng, f"{text} {question}").replace("{all}", str(d.slots["all"]))
    d.put(story=d.fill(story))
    return lines, answer


def _begin(d: Draw, frag: Fragments, kind: str, food: bool) -> tuple[str, list[str], int]:
    if kind == "plain":
        n = d.whole(8, 60) if d.rng.random() < 0.9 else d.whole(30, 150)
        d.put(n=n)
        return d.pick(frag.plain), [], n
    if kind == "grouped":
        k, m = d.whole(2, 10), d.whole(3, 12)
        d.put(k=k, m=m)
        d.wording = d.pick(frag.grouped)
        return d.wording, [d.groups("k", k, m)], k * m
    a, b = d.whole(4, 40), d.whole(4, 40)
    sorts = (
        [("big", "small"), ("large", "little")]
        if food
        else [tuple(d.rng.sample(d.words.colors, 2))]
    )
    first, second = d.pick(sorts)
    d.put(a=a, b=b, first=first, second=second)
    return d.pick(frag.summed), [*d.together(a, b)], a + b


def _event(d: Draw, frag: Fragments, count: int, food: bool) -> tuple[str, str, int]:
    """A clause with its number already in place, the reasoning line and the new count."""
    kind = d.rng.choices(("gain", "loss", "double", "half"), (42, 48, 4, 6))[0]
    if kind == "double":
        return d.pick(frag.doubled), d.times(2, count), count * 2
    if kind == "half" and count % 2 == 0 and count > 4:
        return (
            d.pick(frag.halved),
            d.half(count),
            count // 2,
        )
    if kind == "gain" or count < 6:
        x = d.whole(2, 30)
        return _numbered(d, frag.gains, x), d.more(count, x), count + x
    x = d.whole(2, min(count - 3, 40))
    losses = frag.food_losses * 2 + frag.losses[:4] if food else frag.losses
    return _numbered(d, losses, x), d.gone(count, x), count - x


def _numbered(d: Draw, clauses: tuple[str, ...], x: int) -> str:
    """A clause whose number has a slot of its own, so that two events do not share one."""
    slot = f"x{sum(key.startswith('x') for key in d.slots)}"
    d.slots[slot] = x
    return d.pick(clauses).replace("{x}", "{" + slot + "}")


def _end(d: Draw, frag: Fragments, count: int) -> tuple[str, str, Number]:
    divisors = [j for j in range(2, 13) if count % j == 0 and count // j > 1]
    kind = (
        d.pick(("share", "share", "pack", "sell", "compare"))
        if divisors
        else d.pick(("sell", "compare"))
    )
    if kind == "compare":
        y = d.whole(2, max(2, count - 1))
        d.put(y=y)
        return d.pick(frag.compare), d.difference(count, y), count - y
    if kind == "sell":
        p = d.price(1, 6, whole=0.85) if count <= 20 else d.whole(2, 6)
        d.put(p=p)
        return (
            d.pick(frag.sell),
            d.pay(count, str(d.slots["things"]), p),
            count * p,
        )
    j = d.pick(divisors)
    d.put(j=j)
    if kind == "share":
        return d.pick(frag.share), d.shared("j", count, j, str(d.slots["things"])), count // j
    return d.pick(frag.pack), d.packed(count, j), count // j


STORY = (["{story}"], ["{story}"])


@family(2)
def story_of_two_events(d: Draw) -> Steps:
    return tell(d, "plain", 2, end=False)


@family(2)
def story_with_groups(d: Draw) -> Steps:
    return tell(d, "grouped", 1, end=False)


@family(2)
def story_with_sum(d: Draw) -> Steps:
    return tell(d, "summed", 1, end=False)


@family(2)
def story_with_end(d: Draw) -> Steps:
    kind = d.pick(("plain", "grouped", "summed"))
    return tell(d, kind, 1 if kind == "plain" else 0, end=True)


@family(3)
def story_of_three(d: Draw) -> Steps:
    kind = d.pick(("plain", "grouped", "summed"))
    return tell(d, kind, 2, end=kind == "plain")


@family(3)
def story_to_an_end(d: Draw) -> Steps:
    return tell(d, d.pick(("grouped", "summed")), 1, end=True)
