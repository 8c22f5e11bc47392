"""Money that comes and goes: stories of one purse, with any two to four changes in a row.

What a sentence does to the purse has to be read from its verb ("lends", "puts aside", "is given"),
since every change can stand anywhere in a story.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from lora_ui.embedded.tasks.math.calc import Number
from lora_ui.embedded.tasks.math.wording import Draw, Steps, expand, family

Clauses = tuple[str, ...]
"""Wordings of one kind of sentence; every fifth, from the third on, is held out."""

BEGIN: Clauses = (
    "{A} @have/had {n$}.",
    "{A} @have/had {n$} in {his} [purse|wallet|pocket|savings jar].",
    "{A} @own/owned {n$}.",
    "{A} @go/went to [the market|town|the mall|a fair] with {n$}.",
    "There [are|were] {n$} in {As} [piggy bank|account|cash box].",
    "{A} @start/started the [day|week|month] with {n$}.",
    "{A} @get/got {n$} for {his} birthday.",
    "{A} @take/took {n$} along.",
    "[At first|In the beginning] {A} @have/had {n$} on {his} card.",
    "{A} @have/had saved {n$}.",
)
SPEND: Clauses = (
    "{he} @spend/spent {x$} on [lunch|a taxi|medicine|stamps|petrol]",
    "{he} @buy/bought [a hat|a lamp|a plant|a present] for {x$}",
    "{he} @pay/paid {x$} for [the bus|parking|a haircut|the entrance]",
    "{he} @lose/lost {x$}",
    "{he} @lend/lent {x$} to {B}",
    "{he} @give/gave {B} {x$}",
    "{he} @pay/paid a fine of {x$}",
    "{he} @send/sent {x$} to {his} [son|niece|parents]",
    "a [ticket|meal|book] @@cost/cost {him} {x$}",
    "{he} @donate/donated {x$}",
    "{he} @pay/paid {B} back {x$}",
    "{he} @drop/dropped {x$} into a [drain|collection box]",
    "{B} @@borrow/borrowed {x$} from {him}",
    "{he} @spend/spent {x$}",
)
GET: Clauses = (
    "{he} @earn/earned {x$} by [washing cars|mowing lawns|tutoring|walking dogs]",
    "{B} @@give/gave {him} {x$}",
    "{he} @find/found {x$} [on the street|in a coat|under the sofa]",
    "{his} [aunt|uncle|grandmother] @@send/sent {him} {x$}",
    "{he} @sell/sold [a bike|a jacket|an old phone|a guitar] for {x$}",
    "{he} @win/won {x$}",
    "{he} @get/got {x$} back from {B}",
    "{B} @@pay/paid {him} back {x$}",
    "{he} @get/got a refund of {x$}",
    "{he} @receive/received {x$} for {his} work",
    "{he} @earn/earned another {x$}",
    "{he} @collect/collected {x$} in tips",
)
SPEND_MANY: Clauses = (
    "{he} @buy/bought {k} {goods} for {p$} each",
    "{he} @buy/bought {k} {goods} at {p$} apiece",
    "{he} @pay/paid {p$} each for {k} {goods}",
    "{he} @get/got {k} {goods}, which cost {p$} each",
    "{he} @take/took {k} {goods}. [One|A single] {good} costs {p$}",
    "{he} @buy/bought {k} {goods} that cost {p$} each",
    "{he} @pick/picked {k} {goods} priced at {p$} each",
)
GET_MANY: Clauses = (
    "{he} @work/worked {k} hours for {p$} an hour",
    "{he} @sell/sold {k} {goods} for {p$} each",
    "{he} @save/saved {p$} a week for {k} weeks",
    "{he} @earn/earned {p$} a day for {k} days",
    "{k} friends @@@give/gave {him} {p$} each",
    "{he} @wash/washed {k} cars at {p$} per car",
    "{he} @put/put aside {p$} every month for {k} months",
    "{he} @mow/mowed {k} lawns and @charge/charged {p$} for each",
    "{he} @be/was paid {p$} for each of {k} [lessons|shifts|deliveries]",
)
HALF: Clauses = (
    "{he} @spend/spent half of {his} money on [food|a coat|toys]",
    "{he} @give/gave half of it to {B}",
    "{he} @lose/lost half of it",
    "{he} @spend/spent half of what {he} had",
    "{he} @put/put half of it into {his} sister's account",
    "{he} @donate/donated half of {his} money",
)
JOINTS: Clauses = (". Then ", ". After that ", " and ", ". Later ", ", then ", ". Next ", ". ")
LEFT: Clauses = (
    "How much money @do {he} have [left|now]?",
    "How much @do {A} have [now|in the end]?",
    "How much money @do {A} end up with?",
    "How much is [left|there now]?",
    "What amount @do {he} have now?",
    "With how much money @do {he} go home?",
    "[Find|Work out] how much {he} @have now.",
    "How much money is it now?",
)
MISSING: Clauses = (
    "{he} @want a [phone|bike|game] that costs {y$}. How much more @do {he} need?",
    "A [tablet|camera|coat] costs {y$}. How much is still missing?",
    "How much more must {he} save for a [trip|guitar] that costs {y$}?",
    "How many more {unit} @do {he} need for a [watch|drone] that costs {y$}?",
    "{his} goal is {y$}. How much more @do {he} need to reach it?",
    "{he} @need {y$} in total. How much money is missing?",
)
SHARE: Clauses = (
    "{he} @share/shared the rest equally among {j} [children|friends|nieces]. "
    "How much does each get?",
    "{he} @split/split what {he} had evenly between {j} [people|cousins]. "
    "How much does one of them get?",
    "The money @@be/was divided equally among {j} [helpers|friends]. How much does each receive?",
    "{he} @put/put what was there into {j} envelopes, the same amount in each. "
    "How much is in one envelope?",
    "How much does each of {j} people get if {he} @share/shared it all equally?",
)
BUY: Clauses = (
    "How many [cards|tickets|pens] at {q$} each can {he} buy with [it|the money]?",
    "A [ride|stamp|roll] costs {q$}. How many can {he} get for all {his} money?",
    "{he} @spend/spent all of it on [notebooks|candles] at {q$} each. How many @do {he} get?",
    "How many times can {he} pay {q$} for a [swim|bus ride]?",
    "[Mugs|Plates] cost {q$} each. How many can {he} buy?",
)


@dataclass
class Purse:
    """What is in the purse, and what has been told and reckoned so far."""

    d: Draw
    held: int
    clauses: list[str]
    lines: list[str]

    def tell(self, options: Clauses, **numbers: Number | str) -> None:
        """Add a sentence whose numbers have slots of their own."""
        text = choose(self.d, options)
        for key, value in numbers.items():
            slot = f"{key}{len(self.clauses)}_"
            self.d.slots[slot] = value
            text = text.replace(f"{{{key}}}", f"{{{slot}}}").replace(f"{{{key}$}}", f"{{{slot}$}}")
        self.clauses.append(text)

    def loses(self, amount: int) -> None:
        """Take `amount` out, with its line."""
        self.lines.append(self.d.gone(self.held, amount))
        self.held -= amount

    def gains(self, amount: int) -> None:
        """Put `amount` in, with its line."""
        self.lines.append(self.d.more(self.held, amount))
        self.held += amount


def choose(d: Draw, options: Clauses) -> str:
    """A wording of this problem's split."""
    return d.pick([o for i, o in enumerate(options) if (i % 5 == 2) == d.heldout])


def spend(purse: Purse) -> None:
    """One amount goes; an almost empty purse is filled instead."""
    if purse.held < 4:
        get(purse)
        return
    x = purse.d.whole(1, purse.held * 2 // 3)
    purse.tell(SPEND, x=x)
    purse.loses(x)


def get(purse: Purse) -> None:
    """One amount comes."""
    x = purse.d.whole(2, 60)
    purse.tell(GET, x=x)
    purse.gains(x)


def _good(purse: Purse) -> dict[str, str]:
    noun = purse.d.rng.choice(purse.d.words.nouns["collect"])
    return {"good": noun.one, "goods": noun.many}


def spend_many(purse: Purse) -> None:
    """Several things at one price."""
    p = purse.d.whole(2, 9)
    most = min(9, (purse.held - 1) // p)
    if most < 2:
        spend(purse)
        return
    k, good = purse.d.whole(2, most), _good(purse)
    purse.tell(SPEND_MANY, k=k, p=p, **good)
    purse.lines.append(purse.d.pay(k, good["goods"], p))
    purse.loses(k * p)


def get_many(purse: Purse) -> None:
    """The same amount several times."""
    k, p, good = purse.d.whole(2, 9), purse.d.whole(2, 15), _good(purse)
    purse.tell(GET_MANY, k=k, p=p, **good)
    told = purse.clauses[-1]
    kinds = ("hours", "weeks", "days", "friends", "cars", "months", "lawns")
    kind = next((word for word in kinds if word in told), "times")
    if "goods" in told:
        purse.lines.append(purse.d.pay(k, good["goods"], p))
    else:
        purse.lines.append(purse.d.each(k, kind, p, purse.d.money))
    purse.gains(k * p)


def half(purse: Purse) -> None:
    """Half of it goes, where it can be halved."""
    if purse.held % 2 or purse.held < 6:
        get(purse)
        return
    purse.tell(HALF)
    purse.lines.append(purse.d.half(purse.held))
    purse.held //= 2


EVENTS: dict[Callable[[Purse], None], int] = {
    spend: 30,
    get: 24,
    spend_many: 22,
    get_many: 18,
    half: 6,
}


def _ending(purse: Purse) -> tuple[str, Number]:
    """The question and its answer."""
    d, held = purse.d, purse.held
    kind = d.rng.choices(("left", "missing", "share", "buy"), (58, 18, 14, 10))[0]
    if kind == "missing":
        y = held + d.whole(2, 80)
        d.put(y=y, unit=d.money)
        purse.lines.append(d.missing(y, held))
        return choose(d, MISSING), y - held
    divisors = [j for j in range(2, 11) if held % j == 0 and held // j > 1]
    if kind in ("share", "buy") and divisors:
        j = d.pick(divisors)
        if kind == "share":
            d.put(j=j)
            question = choose(d, SHARE)
            purse.lines.append(d.in_shares(held, d.money, j, "people"))
        else:
            d.put(q=j)
            question = choose(d, BUY)
            purse.lines.append(d.in_groups(held, d.money, j, ""))
        return question, held // j
    return choose(d, LEFT), held


def tell(d: Draw, events: int) -> Steps:
    """Draw a story of `events` changes; its text goes to the slot `story`."""
    d.unit_word = d.money
    n = d.whole(10, 90) if d.rng.random() < 0.8 else d.whole(50, 250, 10)
    d.put(n=n)
    purse = Purse(d, n, [], [])
    for _ in range(events):
        d.rng.choices(list(EVENTS), list(EVENTS.values()))[0](purse)
    question, answer = _ending(purse)
    text = f"{choose(d, BEGIN)} "
    joints = list(JOINTS)
    for number, clause in enumerate(purse.clauses):
        if number:
            text += d.pick(joints if ". [" not in purse.clauses[number - 1] else [". Then ", ". "])
        text += clause
    d.put(story=d.fill(expand(d.rng, f"{text}. {question}")))
    return purse.lines, answer


@family(2)
def ledger_of_two(d: Draw) -> Steps:
    return tell(d, 2)


@family(3)
def ledger_of_three(d: Draw) -> Steps:
    return tell(d, 3)


@family(3)
def ledger_of_four(d: Draw) -> Steps:
    return tell(d, 4)
