"""A zoo of adapters: doubtful ones that have to be refused, unusual ones that have to be served."""

from tests.zoo.doubtful import DOUBTFUL
from tests.zoo.parts import good, random_parts
from tests.zoo.specimen import LIMITS, WIDE, Specimen, smollm2
from tests.zoo.unusual import UNUSUAL

ZOO: list[Specimen] = [*DOUBTFUL, *UNUSUAL]

__all__ = ["LIMITS", "WIDE", "ZOO", "Specimen", "good", "random_parts", "smollm2"]
