"""One engine with many adapters against one engine for each: what it saves, counted two ways.

**At equal KV tokens**: both sides hold the same number of tokens in their KV caches. N separate
engines need the weights, one slot, graphs, context and workspace N times. That is what sharing the
base model saves.

**The article's way**: what `nvidia-smi` shows. Each engine fills the pool that
`gpu_memory_utilization` grants it, so N of them take N pools and the saving is 1 − 1/N, whatever
the model; most of it is KV cache that was reserved.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, fields
from typing import Protocol

from lora_ui.memory.planning import size
from lora_ui.strings import word

LARGEST = 1000
ARTICLE: tuple[tuple[int, float, float], ...] = (
    (3, 0.666, 0.666),
    (10, 0.875, 0.9),
    (50, 0.97, 0.97),
)
"""The article's points: adapters, and the saving from … to …, as shares."""


class Measured(Protocol):
    """What an engine tells of its memory (`EngineMemory`); None for what it doesn't know."""

    @property
    def weights_bytes(self) -> int | None: ...
    @property
    def slots_bytes(self) -> int | None: ...
    @property
    def slot_bytes(self) -> int | None: ...
    @property
    def kv_reserved_bytes(self) -> int | None: ...
    @property
    def graphs_bytes(self) -> int | None: ...
    @property
    def context_bytes(self) -> int | None: ...
    @property
    def workspace_bytes(self) -> int | None: ...


@dataclass(frozen=True)
class Parts:
    """The parts of one engine in bytes; None where a figure is not known."""

    weights_bytes: int | None
    slot_bytes: int | None
    kv_reserved_bytes: int | None
    graphs_bytes: int | None = None
    context_bytes: int | None = None
    workspace_bytes: int | None = None

    @property
    def unknown(self) -> tuple[str, ...]:
        """The names of the parts that are not known."""
        return tuple(
            field.name.split("_")[0] for field in fields(self) if getattr(self, field.name) is None
        )

    @property
    def complete(self) -> bool:
        """Whether everything is known without which there is no comparison."""
        return not {"weights", "slot", "kv"} & set(self.unknown)

    @property
    def fixed_bytes(self) -> int:
        """Graphs, context and workspace, as far as they are known: each engine has its own."""
        return sum(x or 0 for x in (self.graphs_bytes, self.context_bytes, self.workspace_bytes))


@dataclass(frozen=True)
class Against:
    """One comparison: bytes of the one engine and of the `adapters` separate ones together.

    `saved` is the share that the one engine saves, negative where it needs more.
    """

    adapters: int
    multi_bytes: int
    separate_bytes: int

    @property
    def saved(self) -> float:
        """1 − multi / separate."""
        return 1 - self.multi_bytes / self.separate_bytes


@dataclass(frozen=True)
class Comparison:
    """Both ways for one catalog, the curves, and the formula with the numbers put in.

    `now` has the slots that the engine holds; the curves give each adapter a slot. Where a needed
    figure is unknown, the values are None, the curves empty, and `note` says which.
    """

    adapters: int
    slots: int | None
    now: Against | None
    article: Against | None
    equal_kv_curve: tuple[Against, ...]
    article_curve: tuple[Against, ...]
    formula: str
    filled: str | None
    article_filled: str | None
    note: str | None


def parts_of(memory: Measured | None) -> Parts:
    """The parts that an engine has told of; all unknown while it tells nothing."""
    if memory is None:
        return Parts(None, None, None)
    return Parts(
        weights_bytes=memory.weights_bytes,
        slot_bytes=memory.slot_bytes,
        kv_reserved_bytes=memory.kv_reserved_bytes,
        graphs_bytes=memory.graphs_bytes,
        context_bytes=memory.context_bytes,
        workspace_bytes=memory.workspace_bytes,
    )


def at_equal_kv(parts: Parts, adapters: int, slots_bytes: int | None = None) -> Against:
    """N adapters in one engine against N engines, the KV cache in total the same.

    `parts` must be `complete`. Without `slots_bytes` the one engine has a slot for each adapter.
    """
    assert parts.weights_bytes is not None
    assert parts.slot_bytes is not None
    assert parts.kv_reserved_bytes is not None
    slots = adapters * parts.slot_bytes if slots_bytes is None else slots_bytes
    kv, fixed = parts.kv_reserved_bytes, parts.fixed_bytes
    multi = parts.weights_bytes + slots + kv + fixed
    separate = adapters * (parts.weights_bytes + parts.slot_bytes + fixed) + kv
    return Against(adapters, multi, separate)


def articles_way(pool_bytes: int, adapters: int) -> Against:
    """N engines that each fill a pool of their own, against one: all that each of them holds."""
    return Against(adapters, pool_bytes, adapters * pool_bytes)


def compare(memory: Measured | None, adapters: int) -> Comparison:
    """Measured bytes now, against `adapters` separate engines; see `Comparison`."""
    parts = parts_of(memory)
    adapters = max(adapters, 1)
    if memory is None or not parts.complete:
        lacking = tuple(p for p in parts.unknown if p in ("weights", "slot", "kv"))
        note = word("against_nothing", parts=_names(lacking))
        return Comparison(adapters, None, None, None, (), (), _formula(None), None, None, note)
    slots_bytes = memory.slots_bytes
    slots = slots_bytes // parts.slot_bytes if slots_bytes and parts.slot_bytes else None
    now = at_equal_kv(parts, adapters, slots_bytes)
    pool = now.multi_bytes
    counts = curve_counts()
    return Comparison(
        adapters=adapters,
        slots=slots,
        now=now,
        article=articles_way(pool, adapters),
        equal_kv_curve=tuple(at_equal_kv(parts, n) for n in counts),
        article_curve=tuple(articles_way(pool, n) for n in counts),
        formula=_formula(slots),
        filled=_filled(parts, now, slots_bytes),
        article_filled=word(
            "against_article_filled",
            pool=size(pool),
            adapters=adapters,
            saved=f"{1 - 1 / adapters:.1%}",
        ),
        note=word("against_unknown", parts=_names(parts.unknown)) if parts.unknown else None,
    )


def curve_counts() -> tuple[int, ...]:
    """Numbers of adapters to draw: each one up to 20, then about 12 % apart up to 1,000."""
    counts = list(range(1, 21))
    while counts[-1] < LARGEST:
        counts.append(min(LARGEST, counts[-1] + counts[-1] // 8))
    return tuple(sorted({*counts, *(n for n, _, _ in ARTICLE)}))


def as_json(comparison: Comparison) -> Mapping[str, object]:
    """Plain values for exports: unknown ones are None."""

    def plain(one: Against | None) -> Mapping[str, object] | None:
        if one is None:
            return None
        return {
            "adapters": one.adapters,
            "multi_bytes": one.multi_bytes,
            "separate_bytes": one.separate_bytes,
            "saved": one.saved,
        }

    return {
        "adapters": comparison.adapters,
        "slots": comparison.slots,
        "equal_kv": plain(comparison.now),
        "article": plain(comparison.article),
        "formula": comparison.formula,
        "filled": comparison.filled,
        "note": comparison.note,
    }


def _formula(slots: int | None) -> str:
    return word("against_formula", slots_term="N × S" if slots is None else f"{slots} × S")


def _filled(parts: Parts, now: Against, slots_bytes: int | None) -> str:
    slot = parts.slot_bytes or 0
    return word(
        "against_formula_filled",
        weights=size(parts.weights_bytes or 0),
        slots=size(now.adapters * slot if slots_bytes is None else slots_bytes),
        kv=size(parts.kv_reserved_bytes or 0),
        fixed=size(parts.fixed_bytes),
        slot=size(slot),
        adapters=now.adapters,
        multi=size(now.multi_bytes),
        separate=size(now.separate_bytes),
        saved=f"{now.saved:.1%}",
    )


def _names(parts: tuple[str, ...]) -> str:
    return ", ".join(word(f"against_part_{part}") for part in parts)
