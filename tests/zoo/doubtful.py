"""Adapters that must not run: each would crash, be half loaded, or answer as another one."""

from __future__ import annotations

from tests.zoo.doubtful_configs import CONFIGS
from tests.zoo.doubtful_files import FILES
from tests.zoo.doubtful_tensors import TENSORS
from tests.zoo.specimen import Specimen

DOUBTFUL: list[Specimen] = [*FILES, *CONFIGS, *TENSORS]
