"""Texts to be copied: names, titles, ids, addresses and whole sentences in endless variety.

Variety is the point: from a name seen twice a model learns the name, from new ones to copy.
"""

from __future__ import annotations

import random
import re
import string
from collections.abc import Callable
from functools import lru_cache

from . import grammar
from .data import load


@lru_cache(maxsize=1)
def pools() -> dict[str, list[str]]:
    """The word pools of pools.yaml, by name."""
    raw = load("pools")
    return {name: text.split("; " if "; " in text else ", ") for name, text in raw.items()}


@lru_cache(maxsize=512)
def _apostrophed(pool: str) -> list[str]:
    return [text for text in pools()[pool] if "'" in text]


def pick(rng: random.Random, pool: str) -> str:
    """A word or text of a pool; those with an apostrophe come up more often than by chance."""
    if (some := _apostrophed(pool)) and rng.random() < 0.07:
        return rng.choice(some)
    return rng.choice(pools()[pool])


# --- invented words: half of what strangers ask about is in no word list -----------------------

_ONSETS = (
    "b", "br", "c", "ch", "d", "dr", "f", "fl", "g", "gr", "h", "j", "k", "kl", "l", "m", "n",
    "p", "pr", "qu", "r", "s", "sh", "st", "t", "tr", "v", "w", "y", "z",
)  # fmt: skip
_VOWELS = ["a", "e", "i", "o", "u", "ai", "ea", "ou", "oo", "ia"]
_CODAS = ["", "", "", "n", "r", "l", "s", "m", "x", "ck", "nd", "th", "sk"]


def invented(rng: random.Random) -> str:
    """A pronounceable capitalised word nobody has seen before, such as 'Brailun'."""
    parts = (
        rng.choice(_ONSETS) + rng.choice(_VOWELS) + rng.choice(_CODAS)
        for _ in range(rng.randint(2, 3))
    )
    return "".join(parts).capitalize()


def person(rng: random.Random) -> str:
    first = pick(rng, "first") if rng.random() < 0.91 else invented(rng)
    last = pick(rng, "last") if rng.random() < 0.85 else invented(rng)
    return f"{first} {last}"


def title(rng: random.Random) -> str:
    """The title of a work or the name of a thing."""
    adjective, noun = pick(rng, "adjective"), pick(rng, "noun")
    shapes = [
        f"The {adjective} {noun}",
        f"{adjective} {noun}",
        f"{noun} of {pick(rng, 'city')}",
        f"{pick(rng, 'first')}'s {noun}",
        f"{noun} {rng.randint(2, 99)}",
        f"{pick(rng, 'city')} {noun}",
        invented(rng) if rng.random() < 0.7 else f"{adjective} {pick(rng, 'noun')}",
    ]
    return rng.choice(shapes)


_PREFIXES = ("ORD", "INV", "TCK", "REF", "AB", "PO", "ID", "NX", "BK", "SKU", "CASE", "T", "US")


def identifier(rng: random.Random) -> str:
    """An order number, a booking code, a serial number …"""
    upper, digits = string.ascii_uppercase, string.digits

    def some(alphabet: str, low: int, high: int) -> str:
        return "".join(rng.choices(alphabet, k=rng.randint(low, high)))

    natural: list[Callable[[], str]] = [
        lambda: some(digits, 3, 5),
        lambda: some(digits, 2, 4),
        lambda: f"#{some(digits, 3, 4)}",
        lambda: f"{rng.choice(_PREFIXES)}-{some(digits, 2, 4)}",
        lambda: f"{rng.choice(_PREFIXES)}{some(digits, 2, 4)}",
        lambda: f"{some(upper, 1, 1)}-{some(digits, 2, 3)}",
        lambda: f"{some(upper, 1, 1)}{some(digits, 2, 3)}",
        lambda: f"{rng.randint(2019, 2026)}-{some(digits, 2, 3)}",
    ]
    rare: list[Callable[[], str]] = [
        lambda: some(upper + digits, 6, 6),
        lambda: f"{some(upper, 2, 3)}-{some(digits, 4, 4)}-{some(upper, 1, 2)}",
        lambda: f"{some(string.ascii_lowercase, 2, 4)}_{some(digits, 2, 4)}",
        lambda: some("abcdef" + digits, 8, 8),
        lambda: some("123456789", 1, 1) + some(digits, 5, 11),
        lambda: f"978-{some(digits, 1, 1)}-{some(digits, 3, 5)}-{some(digits, 4, 4)}",
        lambda: f"{rng.choice(_PREFIXES)}-{some(digits, 5, 8)}",
        lambda: f"{some(upper, 2, 3)}-{some(upper, 2, 2)}-{some(digits, 2, 4)}",
        lambda: f"1Z{some(digits, 3, 3)}{some(upper, 2, 2)}{some(digits, 8, 10)}",
        lambda: f"{some(upper, 2, 2)}{some(digits, 10, 18)}",
        lambda: f"{pick(rng, 'service')}-{some('bcdfghjkmnpqrstvwxz' + digits, 4, 6)}",
    ]
    shapes = natural if rng.random() < 0.85 else rare
    return rng.choice(shapes)()


def _email(rng: random.Random) -> str:
    name = person(rng).lower().replace("'", "").replace(" ", rng.choice([".", "_", "", "-"]))
    name = name.translate(str.maketrans("íüéöç", "iueoc"))
    return (
        f"{rng.choice([name, pick(rng, 'first').lower().replace('í', 'i')])}@{text(rng, 'domain')}"
    )


def _phone(rng: random.Random) -> str:
    digits = "".join(rng.choices(string.digits, k=10))
    shapes = [
        f"+{rng.randint(1, 98)}{digits}",
        f"{digits[:3]}-{digits[3:6]}-{digits[6:]}",
        f"555-{digits[:4]}",
    ]
    return rng.choice([*shapes, f"+{rng.randint(1, 98)} {digits[:3]} {digits[3:]}"])


def _url(rng: random.Random) -> str:
    path = rng.choice(
        ["", "/", f"/{pick(rng, 'word')}", f"/blog/{rng.randint(10, 999)}", "/about", "/menu.html"]
    )
    return f"https://{rng.choice(['', 'www.', 'docs.'])}{text(rng, 'domain')}{path}"


def _place(rng: random.Random) -> str:
    return rng.choices([pick(rng, "city"), pick(rng, "landmark"), _address(rng)], [55, 35, 10])[0]


def _address(rng: random.Random) -> str:
    return f"{rng.randint(1, 240)} {pick(rng, 'street')}"


def _name(rng: random.Random) -> str:
    return pick(rng, "first") if rng.random() < 0.55 else person(rng)


def _city(rng: random.Random) -> str:
    name = pick(rng, "city") if rng.random() < 0.91 else invented(rng)
    return pick(rng, "city_in_country") if rng.random() < 0.03 else name


def _product(rng: random.Random) -> str:
    product = pick(rng, "product")
    return (
        f"{pick(rng, rng.choice(['colour', 'material']))} {product}"
        if rng.random() < 0.35
        else product
    )


def _dish(rng: random.Random) -> str:
    dish = pick(rng, "dish")
    return (
        f"{dish} with {pick(rng, 'ingredient')}"
        if rng.random() < 0.2 and " with " not in dish
        else dish
    )


def _plate(rng: random.Random) -> str:
    letters = "".join(rng.choices(string.ascii_uppercase, k=rng.randint(1, 3)))
    return f"{letters}-{rng.randint(100, 9999)}"


def _hex(rng: random.Random) -> str:
    return "#" + "".join(
        rng.choices("0123456789ABCDEF" if rng.random() < 0.5 else "0123456789abcdef", k=6)
    )


def _pod(rng: random.Random) -> str:
    tail = "".join(rng.choices("bcdfghjkmnpqrstvwxz0123456789", k=rng.randint(4, 6)))
    return f"{pick(rng, 'service')}-{rng.choice(['', f'{rng.randrange(16**6):x}-'])}{tail}"


def _iban(rng: random.Random) -> str:
    country = rng.choice(["DE", "FR", "NL", "GB", "ES", "IT", "AT", "BE"])
    digits = "".join(rng.choices(string.digits, k=rng.choice([12, 14, 18, 20])))
    return f"{country}{digits}"


def _word(rng: random.Random) -> str:
    """A small word for names that programs use."""
    pool = rng.choice(["noun", "adjective", "food", "colour", "material", "animal", ""])
    return (pick(rng, pool) if pool else invented(rng)).lower().replace(" ", "-").replace("'", "")


def _two(rng: random.Random, joint: str) -> str:
    return f"{_word(rng)}{joint}{_word(rng)}"


def _file(rng: random.Random, extensions: str) -> str:
    stem = rng.choice(
        [_word(rng), _two(rng, "_"), _two(rng, "-"), f"{_word(rng)}_{rng.randint(1, 2030)}"]
    )
    return f"{stem}.{rng.choice(extensions.split())}"


def _folder(rng: random.Random) -> str:
    root = rng.choice(["~/", "/home/", "/mnt/", "/srv/", "/data/", "D:\\", "", ""])
    return f"{root}{_two(rng, '/')}" if root else _two(rng, " ").title()


_COINED: dict[str, Callable[[random.Random], str]] = {
    "username": lambda rng: rng.choice([
        _two(rng, rng.choice("._-")), f"{_word(rng)}{rng.randint(1, 99)}",
        f"{pick(rng, 'last').lower()}_{rng.choice(string.ascii_lowercase)}",
    ]),
    "repo": lambda rng: rng.choice([_two(rng, "-"), _two(rng, "/"), _two(rng, "_")]),
    "branch": lambda rng: f"{rng.choice(['feature', 'fix', 'hotfix', 'chore'])}/{_two(rng, '-')}",
    "server": lambda rng: f"{_word(rng)}-{rng.choice(['', 'eu-', 'prod-'])}{rng.randint(1, 40):02}",
    "service": lambda rng: f"{_word(rng)}-{rng.choice(['api', 'service', 'worker', 'gateway'])}",
    "channel": lambda rng: rng.choice([_word(rng), _two(rng, "-")]),
    "table": lambda rng: rng.choice([_two(rng, "_"), f"{_word(rng)}_{rng.randint(1, 2030)}"]),
    "column": lambda rng: f"{_word(rng)}_{rng.choice(['id', 'name', 'date', 'at', 'count'])}",
    "filename": lambda rng: _file(rng, "pdf xlsx txt csv docx pptx md json zip py mp3 log"),
    "photo": lambda rng: _file(rng, "jpg png jpeg webp gif tiff heic"),
    "folder": _folder,
    "domain": lambda rng: f"{_two(rng, rng.choice(['', '-']))}.{rng.choice(_ENDINGS)}",
}  # fmt: skip
"""Pools of names that everyone makes up: beside the pool's own, endless new ones."""
_ENDINGS = ("com", "org", "net", "io", "de", "co.uk", "shop", "dev", "edu", "app", "fr")


TEXTS: dict[str, Callable[[random.Random], str]] = {
    "person": person,
    "name": _name,
    "city": _city,
    "title": title,
    "id": identifier,
    "email": _email,
    "phone": _phone,
    "url": _url,
    "place": _place,
    "address": _address,
    "street_line": _address,
    "hex": _hex,
    "doctor": lambda rng: f"{rng.choice(['Dr.', 'Dr.', 'Dr', 'Doctor'])} {pick(rng, 'last')}",
    "pod": _pod,
    "iban": _iban,
    "product": _product,
    "dish": _dish,
    "number": lambda rng: str(rng.randint(3, 99)),
    "zip": lambda rng: "".join(rng.choices(string.digits, k=5)),
    "plate": _plate,
    "last4": lambda rng: "".join(rng.choices(string.digits, k=4)),
    "ip": lambda rng: ".".join(str(rng.randrange(1, 255)) for _ in range(4)),
    "invented": invented,
    "flight": lambda rng: (
        rng.choice(["LH", "BA", "UA", "KL", "QF", "DL", "AF"]) + str(rng.randint(10, 9999))
    ),
    "company": lambda rng: pick(rng, "company") if rng.random() < 0.9 else invented(rng),
    "project": lambda rng: pick(rng, "project") if rng.random() < 0.7 else title(rng),
    "shop": lambda rng: pick(rng, "shop") if rng.random() < 0.75 else title(rng),
}


def known(kind: str) -> bool:
    """Whether `text` can make texts of this kind."""
    return kind in TEXTS or kind in pools()


def text(rng: random.Random, kind: str) -> str:
    """A text of a kind: by its own rule, by one of its patterns, or from its word pool."""
    if kind in TEXTS:
        return TEXTS[kind](rng)
    if kind in _COINED and rng.random() < 0.5:
        return _COINED[kind](rng)
    if f"{kind}_patterns" in pools() and rng.random() < 0.7:
        return pattern(rng, pick(rng, f"{kind}_patterns"))
    return pick(rng, kind)


def pattern(rng: random.Random, template: str) -> str:
    """A text made by a template whose slots name text kinds."""
    parts = grammar.expand(grammar.parse(template), rng)
    made = "".join(part if isinstance(part, str) else text(rng, part.param) for part in parts)
    return re.sub(r"\ba(?= [aeio])", "an", made)
