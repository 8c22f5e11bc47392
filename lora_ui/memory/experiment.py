"""The article's experiment on this machine: the base alone, N engines, one engine with N adapters.

Each engine is started in turn, in a process of its own, and read at rest (`engine_once`). There are
two ways to give out the KV cache, because that decides the result:

- **equal**: the one engine gets K bytes of KV cache, each of the N separate ones K / N. Both sides
  hold the same tokens, so what differs is what the engines need.
- **article**: each engine takes what it takes by default (on a GPU the whole pool that
  `gpu_memory_utilization` grants), as the article measured it.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal

from lora_ui.catalog.footprint import read_shape
from lora_ui.catalog.models import Adapter, EngineSettings
from lora_ui.catalog.preflight.adapter_config import read_config
from lora_ui.catalog.preflight.reading import BadFile
from lora_ui.errors import Problem
from lora_ui.memory.comparison import ARTICLE
from lora_ui.memory.engine_once import EngineFigures, measure_engine
from lora_ui.settings import Settings

Way = Literal["equal", "article"]
Kind = Literal["base", "separate", "multi"]
WAYS: tuple[Way, ...] = ("equal", "article")
MOST_ADAPTERS = 64
CONTEXTS_EACH = 4
"""So many requests of full length each separate engine's KV cache holds, counted in 16 bits."""
GIB = 1024**3

Measure = Callable[[Settings, str, Path], EngineFigures]


@dataclass(frozen=True)
class Start:
    """One engine to be started: its kind, its number among its kind and its settings."""

    way: Way
    kind: Kind
    number: int
    settings: Settings


@dataclass(frozen=True)
class Measured:
    """One engine that was measured. `times` is above 1 where it stands for others like it."""

    way: Way
    kind: Kind
    number: int
    adapters: tuple[str, ...]
    times: int
    figures: EngineFigures


@dataclass(frozen=True)
class Sums:
    """One way's result: the N separate engines together, the one engine, and what it saves.

    `saved` by the bytes that were read; `saved_by_parts` by the engines' own accounts, which leave
    out what no part accounts for; `article` is the article's share for this N, from …
    to …. None where a figure is lacking.
    """

    way: Way
    adapters: int
    base_bytes: int | None
    separate_bytes: int | None
    multi_bytes: int | None
    separate_tokens: int | None
    multi_tokens: int | None
    saved: float | None
    saved_by_parts: float | None
    article: tuple[float, float] | None


def plan_starts(
    settings: Settings,
    adapters: Sequence[Adapter],
    ways: Sequence[Way],
    kv_bytes: int,
    *,
    each: bool = True,
) -> list[Start]:
    """All engines in the order of their starts.

    `kv_bytes` is the KV cache of the one engine in the equal way. With `each` false, one separate
    engine stands for all.
    """
    starts: list[Start] = []
    for way in ways:
        whole = kv_bytes if way == "equal" else None
        share = kv_bytes // len(adapters) if way == "equal" else None
        starts.append(Start(way, "base", 1, _with(settings, (), whole, lora=False)))
        for number, adapter in enumerate(adapters if each else adapters[:1], 1):
            starts.append(Start(way, "separate", number, _with(settings, (adapter,), share)))
        starts.append(Start(way, "multi", 1, _with(settings, adapters, whole)))
    return starts


def default_kv_bytes(model: Path, settings: Settings, adapters: int) -> int:
    """Room for a few whole contexts for each adapter; 1 GiB each where the shape is unknown."""
    try:
        shape = read_shape(read_config(model / "config.json"))
    except (Problem, BadFile, OSError):
        return adapters * GIB
    each = CONTEXTS_EACH * settings.catalog.engine.max_model_len * shape.kv_numbers * 2
    return adapters * each


def run_experiment(
    starts: Sequence[Start],
    adapters: int,
    logs: Path,
    tell: Callable[[Start, EngineFigures | None], None],
    measure: Measure = measure_engine,
) -> Iterator[Measured]:
    """Start and measure each engine in turn; `tell` hears of each before (None) and after."""
    for index, start in enumerate(starts, 1):
        tell(start, None)
        log = logs / f"{index:02}-{start.way}-{start.kind}-{start.number}.log"
        figures = measure(start.settings, f"{start.kind} {start.number}, {start.way}", log)
        tell(start, figures)
        alone = sum(s.way == start.way and s.kind == "separate" for s in starts) == 1
        yield Measured(
            start.way,
            start.kind,
            start.number,
            tuple(adapter.name for adapter in start.settings.catalog.adapters),
            adapters if start.kind == "separate" and alone else 1,
            figures,
        )


def sums(measured: Sequence[Measured], way: Way, adapters: int) -> Sums | None:
    """One way's result; None while an engine of it has not been measured."""
    mine = [one for one in measured if one.way == way]
    base = [one for one in mine if one.kind == "base"]
    multi = [one for one in mine if one.kind == "multi"]
    separate = [one for one in mine if one.kind == "separate"]
    if not (base and multi) or sum(one.times for one in separate) != adapters:
        return None
    apart, together = total(separate, "bytes"), total(multi, "bytes")
    by_parts = [total(side, "parts_bytes") for side in (multi, separate)]
    return Sums(
        way=way,
        adapters=adapters,
        base_bytes=total(base, "bytes"),
        separate_bytes=apart,
        multi_bytes=together,
        separate_tokens=total(separate, "kv_tokens"),
        multi_tokens=total(multi, "kv_tokens"),
        saved=_saved(together, apart),
        saved_by_parts=_saved(*by_parts),
        article=next(((low, high) for n, low, high in ARTICLE if n == adapters), None),
    )


def total(engines: Sequence[Measured], figure: str) -> int | None:
    """The sum of one figure over several engines; None when one of them lacks it."""
    values = [(getattr(one.figures, figure), one.times) for one in engines]
    if not values or any(value is None for value, _ in values):
        return None
    return sum(value * times for value, times in values)


def _saved(multi: int | None, separate: int | None) -> float | None:
    return 1 - multi / separate if multi is not None and separate else None


def _with(
    settings: Settings, adapters: Sequence[Adapter], kv_bytes: int | None, *, lora: bool = True
) -> Settings:
    """The settings for one engine: these adapters, a slot for each, and this KV cache."""
    engine: EngineSettings = settings.catalog.engine
    update: dict[str, Any] = {"max_loras": max(len(adapters), 1)}
    if kv_bytes is not None:
        update["extra"] = {**engine.extra, "kv_cache_memory_bytes": kv_bytes}
    catalog = settings.catalog.model_copy(
        update={"adapters": tuple(adapters), "engine": engine.model_copy(update=update)}
    )
    given = {**settings.given, "max_loras": "experiment"}
    return dataclasses.replace(settings, catalog=catalog, given=given, lora=lora)
