"""The words of the problems: people, things, prices. `TRAIN` and `HELDOUT` share none of them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

Pronouns = tuple[str, str, str]
"""Subject, possessive and object form."""

HE: Pronouns = ("he", "his", "him")
SHE: Pronouns = ("she", "her", "her")


@dataclass(frozen=True)
class Noun:
    """A countable noun."""

    one: str
    many: str

    def of(self, number: object) -> str:
        """The form that follows `number`."""
        return self.one if number == 1 else self.many

    @property
    def indefinite(self) -> str:
        """The singular with its article."""
        return (
            f"an {self.one}"
            if self.one[0] in "aeio" or self.one.startswith("um")
            else f"a {self.one}"
        )


@dataclass(frozen=True)
class Person:
    """Someone in the third person; a role reads "a baker", later "the baker"."""

    name: str
    pronouns: Pronouns
    role: bool = False


@dataclass(frozen=True)
class Lexicon:
    """All words one split draws from."""

    people: Sequence[Person]
    roles: Sequence[Person]
    nouns: Mapping[str, Sequence[Noun]]
    priced: Sequence[tuple[Noun, int, int]]
    """Goods with the lowest and highest sensible price of one."""
    colors: Sequence[str]
    containers: Sequence[Noun]


def plural(one: str) -> str:
    """The regular plural."""
    if one.endswith("y") and one[-2] not in "aeiou":
        return one[:-1] + "ies"
    return one + ("es" if one.endswith(("s", "x", "ch", "sh")) else "s")


def nouns(text: str) -> tuple[Noun, ...]:
    """Parse "pen, box, mango:mangoes": the plural is given only where it is irregular."""
    pairs = (item.strip().partition(":") for item in text.split(","))
    return tuple(Noun(one, many or plural(one)) for one, _, many in pairs)


def priced(text: str) -> tuple[tuple[Noun, int, int], ...]:
    """Parse "pen 1-3, coffee mug 5-12"."""
    goods = []
    for item in text.split(","):
        name, _, span = item.strip().rpartition(" ")
        low, _, high = span.partition("-")
        goods.append((nouns(name)[0], int(low), int(high)))
    return tuple(goods)


def lexicon(
    *,
    women: str,
    men: str,
    kin: Mapping[str, Pronouns],
    roles: str,
    things: Mapping[str, str],
    goods: str,
    colors: str,
    containers: str,
) -> Lexicon:
    """Build a lexicon; `things` gains the unions `food` and `any` (whatever a person can own)."""
    table = {kind: nouns(text) for kind, text in things.items()}
    table["food"] = table["fruit"] + table["baked"] + table["sweets"]
    table["any"] = table["food"] + table["collect"] * 2 + table["office"] * 2
    people = [Person(n, SHE) for n in women.split()] + [Person(n, HE) for n in men.split()]
    people += [Person(name, pronouns) for name, pronouns in kin.items()]
    return Lexicon(
        people=tuple(people),
        roles=tuple(Person(r.strip(), p, role=True) for r in roles.split(",") for p in (HE, SHE)),
        nouns=table,
        priced=priced(goods),
        colors=tuple(colors.split()),
        containers=nouns(containers),
    )


TRAIN = lexicon(
    women=(
        "Mia Anna Emma Sara Lena Maria Aisha Fatima Priya Ananya Mei Yuki Sakura Ling Nina Olga "
        "Ingrid Freya Chloe "
        "Zoe Amara Ngozi Zainab Leila Yasmin Rosa Lucia Camila Valentina Elena Sofia Julia "
        "Hannah Grace Lily Ruby Ella "
        "Alice Kate Jane Lisa Amy Emily Jessica Linda Susan Mary Betty Nadia Hana Soo-jin Thuy "
        "Linh Aroha Talia Miriam "
        "Ewa Katya Svetlana Astrid Bianca Giulia Claire Amelie Noor Samira Deepa Lakshmi Wanjiru "
        "Abena Akua Sally Wendy"
    ),
    men=(
        "Tom Ben Sam Jack Leo Max Noah Liam Omar Ali Hassan Yusuf Ravi Arjun Vikram Wei Jun "
        "Hiroshi Kenji Minh Duc "
        "Carlos Diego Mateo Pablo Luis Marco Luca Paolo Pierre Hugo Lars Erik Sven Ivan Dmitri "
        "Boris Kofi Kwame Chidi "
        "Emeka Tariq Bilal Karim Ahmed David John James Peter Paul Mark Daniel Michael Robert "
        "George Henry Oliver Jake "
        "Ethan Lucas Josh Ryan Alex Andre Mikael Finn Sean Patrick Amit Sanjay Thabo Tane Isaac "
        "Eli Bob Tim Jerry Mike"
    ),
    kin={
        "Mr. Chen": HE,
        "Mr. Okafor": HE,
        "Mr. Smith": HE,
        "Mrs. Lopez": SHE,
        "Mrs. Patel": SHE,
        "Ms. Johnson": SHE,
        "my sister": SHE,
        "my brother": HE,
        "my friend": HE,
        "my mother": SHE,
        "my dad": HE,
        "Grandma": SHE,
        "Uncle Joe": HE,
        "Aunt Rita": SHE,
    },
    roles="farmer, teacher, shopkeeper, gardener, student, baker, coach, librarian, artist, "
    "chef, store owner, tailor",
    things={
        "fruit": "apple, orange, pear, banana, mango:mangoes, peach, lemon, tomato:tomatoes, "
        "plum, strawberry, cherry, "
        "melon, potato:potatoes, carrot, onion, avocado, lime, coconut",
        "baked": "cookie, muffin, cupcake, pancake, dumpling, samosa, donut, sandwich, brownie, "
        "bread roll, "
        "pie, waffle, "
        "taco, bagel",
        "sweets": "candy, chocolate, lollipop, gummy bear, jelly bean, mint, caramel",
        "collect": "marble, sticker, stamp, coin, shell, postcard, baseball card, badge, button, "
        "bead, toy car, "
        "balloon, "
        "doll, toy, game, puzzle, stone, trading card, key ring, ball, poster",
        "office": "pencil, pen, crayon, eraser, notebook, marker, folder, book, ruler, paper "
        "clip, envelope, magazine, "
        "comic book, paintbrush, glue stick",
        "plant": "rose, tulip, flower, tree, seedling, bush, sunflower, lily, tomato plant",
        "animal": "chicken, cow, goat, duck, horse, pig, rabbit, cat, dog, sheep:sheep, pony, "
        "bird, pigeon, crow",
        "people": "student, child:children, person:people, guest, worker, visitor, tourist, boy, "
        "girl, adult",
        "product": "toy, chair, shirt, lamp, phone, bottle, car, candle, brick, bicycle, box",
        "pack_food": "egg, apple, orange, cookie, cupcake, donut, bottle, tomato:tomatoes, muffin",
        "task": "email, problem, exercise, page, letter, puzzle, form, word",
        "vehicle": "bus, van, minibus, boat, car",
        "transit": "bus, train, minibus, streetcar",
        "costly": "jacket, road bike, phone, tablet, watch, coat, camera, backpack, TV, dress, "
        "bicycle, "
        "suitcase, printer",
    },
    goods=(
        "pen 1-3, pencil 1-2, notebook 2-6, book 5-20, T-shirt 8-25, cap 6-18, sandwich 3-8, "
        "apple 1-2, coffee 2-5, "
        "movie ticket 6-15, toy car 3-12, mug 4-12, cake 8-25, pizza 7-16, hat 8-25, ball 3-15, "
        "puzzle 6-18, "
        "plant 4-15, "
        "bag 10-40, shirt 10-35, burger 4-9, juice 2-4, ticket 5-30, cupcake 2-4, lamp 12-45, "
        "scarf:scarves 7-20, "
        "water bottle 3-12, game 10-40, chair 15-60, ice cream 2-5, muffin 2-4, banana 1-2, "
        "donut 1-3"
    ),
    colors="red blue green yellow white black pink purple",
    containers="box, bag, basket, jar, pack, tray, crate, bowl, packet, drawer",
)

HELDOUT = lexicon(
    women="Beatriz Chiamaka Dalia Esther Farah Greta Hiromi Isla Jaya Keiko Louise Marisol "
    "Nkechi Oksana Paloma Rania",
    men="Anders Bruno Cyrus Dong Esteban Farid Gustav Hamza Ichiro Jabari Kiran Lorenzo Musa "
    "Nikhil Otto Pavel Rashid",
    kin={
        "Mr. Novak": HE,
        "Ms. Tanaka": SHE,
        "my cousin": SHE,
        "my uncle": HE,
        "Grandpa": HE,
        "Dr. Mensah": SHE,
    },
    roles="carpenter, nurse, florist, musician, fisher, beekeeper",
    things={
        "fruit": "apricot, fig, kiwi, nectarine, cucumber, grapefruit",
        "baked": "scone, empanada, croissant, tart, spring roll",
        "sweets": "toffee, marshmallow, truffle, gumdrop",
        "collect": "figurine, magnet, feather, keychain, ribbon, dinosaur model, crystal",
        "office": "stapler, index card, sketchbook, highlighter, dictionary, newspaper",
        "plant": "daisy, cactus:cacti, shrub, orchid",
        "animal": "llama, donkey, goose:geese, hamster, calf:calves",
        "people": "athlete, scout, singer, pupil, hiker",
        "product": "kite, clock, cushion, guitar, drone",
        "pack_food": "kiwi, scone, croissant, peach tart",
        "task": "report, riddle, invoice, paragraph",
        "vehicle": "ferry, tram, taxi",
        "transit": "ferry, tram, metro",
        "costly": "mattress, piano, stroller, telescope, skateboard",
    },
    goods=(
        "calendar 6-15, umbrella 9-25, soup 3-8, sweater 15-45, museum ticket 6-18, kite 7-20, "
        "salad 4-10, vase 8-30, "
        "pair of socks:pairs of socks 3-8, pillow 9-28, pretzel 2-4, jump rope 4-12"
    ),
    colors="orange gray brown silver gold",
    containers="carton, case, bucket, sack, pouch:pouches, tin",
)
