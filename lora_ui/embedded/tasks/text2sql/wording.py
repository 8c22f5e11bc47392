"""Phrases and grammar: picking a sentence frame, inflecting verbs, finishing a question."""

from __future__ import annotations

import random
import re
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from string import Formatter

from lora_ui.embedded.tasks.base import Split
from lora_ui.embedded.tasks.text2sql.lexicon import read

GRAMMAR = read("grammar")
START, END = "\x02", "\x03"
"""Marks around words that come from the data, whose case must survive."""

KINDS = {"w", "q", "imp", "np", "nps", "t", "m", "c", "e"}
"""How an intent's phrase can be wrapped; see the head of phrases.toml."""


@dataclass(frozen=True)
class Phrase:
    """A sentence frame with the slots it needs; `kind` decides how it can be wrapped."""

    kind: str
    text: str
    slots: frozenset[str]


class Phrasebook:
    """The phrases of one split, by topic ("list.name")."""

    def __init__(self, topics: Mapping[str, tuple[Phrase, ...]]) -> None:
        self.topics = topics

    def pick(self, rng: random.Random, topic: str, slots: Mapping[str, str]) -> Phrase | None:
        """A phrase whose slots are all known, or None."""
        usable = [phrase for phrase in self.topics[topic] if phrase.slots <= slots.keys()]
        return rng.choice(usable) if usable else None

    def say(self, rng: random.Random, topic: str, slots: Mapping[str, str]) -> str | None:
        """A filled-in phrase, or None where none fits."""
        phrase = self.pick(rng, topic, slots)
        return phrase.text.format_map(slots) if phrase else None


@cache
def phrasebook(split: Split) -> Phrasebook:
    """The phrases of a split; those without a word of their own ("{prep}") belong to both."""
    topics = {
        f"{section}.{topic}": tuple(_phrase(text) for text in texts if _belongs(text, split))
        for section, content in read("phrases").items()
        for topic, texts in content.items()
    }
    return Phrasebook(topics)


def _belongs(text: str, split: Split) -> bool:
    return is_wordless(text) or text.startswith("~") == (split == "heldout")


def is_wordless(text: str) -> bool:
    """Whether a phrase is nothing but slots and punctuation."""
    return not re.search(r"\w", re.sub(r"\{\w+\}", "", text))


def _phrase(text: str) -> Phrase:
    text = text.removeprefix("~")
    kind, found, body = text.partition(": ")
    if not found or kind not in KINDS:
        kind, body = "", text
    return Phrase(kind, body, frozenset(slot for _, slot, _, _ in Formatter().parse(body) if slot))


def data_word(text: str) -> str:
    """Mark `text` as taken from the data."""
    return f"{START}{text}{END}"


SINGULAR: dict[str, str] = GRAMMAR["singular_verbs"]


def singular_verb(phrase: str) -> str:
    """A plural verb phrase ("cost more than 5 and are new") for one subject ("costs …")."""
    return re.sub(r"(^|(?<= and )|(?<= or ))(\w+)(?= |$)", lambda hit: _one(hit[2]), phrase)


def _one(verb: str) -> str:
    if verb in SINGULAR:
        return SINGULAR[verb]
    if verb not in THIRD_PERSON:
        return verb
    return verb + ("es" if verb.endswith(("s", "sh", "ch", "o")) else "s")


THIRD_PERSON = frozenset(GRAMMAR["third_person"].split())


def ing(verb: str) -> str:
    """The -ing form of a simple verb."""
    return (verb[:-1] if verb.endswith("e") else verb) + "ing"


def negated(phrase: str) -> str | None:
    """The negation of a plural verb phrase, or None for forms that this cannot negate."""
    verb, _, rest = phrase.partition(" ")
    if verb in ("are", "were"):
        return f"{verb} not {rest}"
    if verb in THIRD_PERSON or verb == "have":
        return f"do not {phrase}"
    return None


def listing(words: list[str], last: str = "and") -> str:
    """ "a", "a and b", "a, b and c"."""
    return words[0] if len(words) == 1 else ", ".join(words[:-1]) + f" {last} {words[-1]}"


CONTRACTIBLE = re.compile(r"\b(are|is|was|were|have|has|do|does|did) not\b")


TYPO_SHARE = 0.03
"""How many questions have a word mistyped."""


def mistyped(rng: random.Random, text: str) -> str:
    """The text with two letters swapped, or one lost, in a word that is not from the data."""
    plain = re.sub(f"{START}.*?{END}", lambda hit: " " * len(hit[0]), text)
    words = list(re.finditer(r"(?<![\w'])[a-z]{5,}(?![\w'])", plain))
    if not words:
        return text
    word = rng.choice(words)
    at = rng.randint(word.start() + 1, word.end() - 3)
    middle = text[at + 1] + text[at] if rng.random() < 0.5 else text[at]
    return text[:at] + middle + text[at + 2 :]


def finish(rng: random.Random, text: str) -> str:
    """Articles, capitals and punctuation; many people care for none of the latter two."""
    text = re.sub(
        r"\b([Aa]) (?=[\x02'\"]*(?!uni|use|one|eur)(?:[aeiouAEI]|hour|ISBN|MB))", r"\1n ", text
    )
    text = re.sub(r"\b([a-z]+)( \1)+\b", r"\1", text)
    if rng.random() < 0.4:
        text = CONTRACTIBLE.sub(lambda hit: f"{hit[1]}n't", text)
    text = re.sub(r" +(?=[ ,])", "", text).strip()
    if rng.random() < TYPO_SHARE:
        text = mistyped(rng, text)
    care = rng.random()
    if (care > 0.8 and text[-1] in "?.") or (care > 0.72 and text[-1] == "."):
        text = text[:-1]
    if (care < 0.6 or 0.72 < care < 0.8) and not text.startswith(START):
        text = text[0].upper() + text[1:]
        text = re.sub(r"(?<![\w'])i(?=$|[ '])", "I", text)
    return text.replace(START, "").replace(END, "")
