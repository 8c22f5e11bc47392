"""What the Memory tab's scripts are told, out of what the sampler has found: plain values.

A question is what a browser sends, so it may be anything: what is not understood counts as absent.
"""

from __future__ import annotations

import hashlib
import time
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from lora_ui.compare.asking import printable
from lora_ui.engine.observation import ENGINE_PARTS
from lora_ui.engine.protocol import AdapterStatus, Engine
from lora_ui.memory.against import comparison_charts
from lora_ui.memory.comparison import compare
from lora_ui.memory.export import to_csv, to_json
from lora_ui.memory.figures import Scheme, live_charts
from lora_ui.memory.points import GAP_S, columns_of, engine_devices, points
from lora_ui.memory.readings import Device
from lora_ui.memory.sampler import Sample, Sampler
from lora_ui.strings import word
from lora_ui.ui.cards.view import size
from lora_ui.ui.strip.view import strip_view

if TYPE_CHECKING:
    from lora_ui.engine.observation import Mark, Observation

RANGES_S = (60, 600, 3600, 86_400)
MOST_NEW = 60
"""More samples than these since the last look: then the whole is asked for anew."""
MOST_MARKS = 400
MARKS_A_TICK = 60
_STEP_BYTES = 2**28
"""Charts that compare are made anew when a part of the memory has changed by about that much."""
_MEDIA = {"csv": "text/csv;charset=utf-8", "json": "application/json"}
COUNTED_S = 65.0
"""How far back a tick looks for what is counted over a minute."""


@dataclass(frozen=True)
class MemoryView:
    """The answers to the scripts' questions, for one engine and its sampler."""

    engine: Engine
    sampler: Sampler | None
    adapters: int

    def tick(self, asked: Any, visitor: str | None = None) -> dict[str, Any]:
        """What the strip shows and, with `after` in `asked`, what is new since that sample."""
        sample = self.sampler.latest() if self.sampler else None
        reply = {**self._age(sample), "strip": strip_view(sample, self._speed())}
        asked = asked if isinstance(asked, Mapping) else {}
        after = _whole_number(asked.get("after"))
        if sample is None or self.sampler is None or after is None:
            return reply
        missing = sample.number - after
        if not 0 <= missing <= MOST_NEW:
            return {**reply, "reload": True}
        history = self._history(sample, missing)
        seen = self.engine.observe(visitor)
        raw = columns_of(history, max(0, len(history) - missing))
        before = history[-missing - 1].time_s if missing < len(history) else None
        known = _whole_number(asked.get("mark")) or 0
        return {
            **reply,
            "number": sample.number,
            "version": self._version(sample),
            "points": points(raw, _devices(sample), after=before),
            "marks": marks_view(self.engine.marks(known, visitor)[-MARKS_A_TICK:]),
            "residency": residency_view(seen, self.engine.adapters(visitor)),
            "gpus": gpus_view(sample),
        }

    def whole(self, asked: Any, visitor: str | None = None) -> dict[str, Any]:
        """The charts with all points of a range: `asked` has `range_s` and `scheme`."""
        asked = asked if isinstance(asked, Mapping) else {}
        range_s = asked.get("range_s")
        range_s = range_s if range_s in RANGES_S else RANGES_S[1]
        scheme: Scheme = "dark" if asked.get("scheme") == "dark" else "light"
        sample = self.sampler.latest() if self.sampler else None
        reply = {**self._age(sample), "range_s": range_s, "version": self._version(sample)}
        if self.sampler is None or sample is None:
            return {**reply, "number": None}
        series = self.sampler.series(range_s)
        gap_s = GAP_S if series.width_s is None else 1.6 * series.width_s
        raw = {**series.columns, "time_s": series.time_s}
        seen = self.engine.observe(visitor)
        since = sample.time_s - range_s
        marks = [mark for mark in self.engine.marks(0, visitor) if mark.time_s >= since]
        compared = comparison_charts(compare(seen.memory, self.adapters), scheme)
        return {
            **reply,
            "number": sample.number,
            "step_s": series.width_s or self.sampler.period_s,
            "points": points(raw, _devices(sample), gap_s=gap_s),
            "charts": [*live_charts(sample.reading.source, scheme), *compared],
            "marks": marks_view(marks[-MOST_MARKS:]),
            "residency": residency_view(seen, self.engine.adapters(visitor)),
            "gpus": gpus_view(sample),
        }

    def series(self, asked: Any) -> dict[str, str]:
        """The figures of a range as a file: its name, its text and its media type."""
        asked = asked if isinstance(asked, Mapping) else {}
        range_s = asked.get("range_s")
        range_s = range_s if range_s in RANGES_S else RANGES_S[1]
        form = "json" if asked.get("form") == "json" else "csv"
        if self.sampler is None:
            return {"name": "", "text": "", "type": ""}
        found = self.sampler.series(range_s)
        text = to_json(found) if form == "json" else to_csv(found)
        stamp = time.strftime("%Y%m%d-%H%M%S")
        name = f"memory-{stamp}-{range_s}s.{form}"
        return {"name": name, "text": text, "type": _MEDIA[form]}

    def _age(self, sample: Sample | None) -> dict[str, Any]:
        """How old the last figures are, and by which clock."""
        if sample is None:
            problem = "" if self.sampler else word("memory_no_sampler")
            return {"time_s": time.time(), "sample_s": None, "age_s": None, "problem": problem}
        age_s = sample.age_s()
        return {
            "time_s": round(sample.time_s + age_s, 3),
            "sample_s": round(sample.time_s, 3),
            "age_s": round(age_s, 3),
            "problem": printable(sample.reading.problem or ""),
        }

    def _history(self, sample: Sample, missing: int) -> list[Sample]:
        """The `missing` new samples, and those before that they are counted with."""
        if self.sampler is None:
            return []
        counted = round(COUNTED_S / self.sampler.period_s)
        return self.sampler.since(sample.number - missing - counted)

    def _speed(self) -> float | None:
        """Tokens a second over the last two seconds."""
        if self.sampler is None:
            return None
        latest = self.sampler.latest()
        back = round(2 / self.sampler.period_s) + 1
        recent = self.sampler.since(latest.number - back) if latest else []
        if not recent:
            return None
        last = columns_of(recent, len(recent))
        last["total"] = [0.0] * len(recent)
        return points(last, after=recent[-1].time_s - 0.001)["speed"][-1]

    def _version(self, sample: Sample | None) -> str:
        """What the charts are made for; a page with another version asks for the whole."""
        if sample is None:
            return ""
        parts = [getattr(sample.observation.memory, part, None) for part in ENGINE_PARTS]
        rounded = [None if part is None else part // _STEP_BYTES for part in parts]
        made_for = (sample.reading.source, _devices(sample), rounded)
        return hashlib.blake2b(repr(made_for).encode(), digest_size=8).hexdigest()


def _devices(sample: Sample) -> tuple[int, ...]:
    return engine_devices(sample) if sample.reading.source == "nvml" else ()


def _whole_number(value: Any) -> int | None:
    return value if isinstance(value, int) and not isinstance(value, bool) else None


def marks_view(marks: Sequence[Mark]) -> list[dict[str, Any]]:
    """Marks for the chart and the list under it."""
    return [
        {
            "number": mark.number,
            "time_s": round(mark.time_s, 3),
            "kind": mark.kind,
            "text": printable(mark.text),
        }
        for mark in marks
    ]


def residency_view(seen: Observation, adapters: Sequence[AdapterStatus] = ()) -> dict[str, Any]:
    """Which adapter sits in which slot, and which wait in host memory or on disk."""
    residency = seen.residency
    if not residency.slots:
        return {"slots": [], "text": word("slots_unknown")}
    slots = [
        {
            "index": slot.index + 1,
            "name": printable(slot.name or word("slot_free")),
            "free": slot.name is None,
        }
        for slot in residency.slots
    ]
    hosted = [
        word("slots_host_one", name=printable(one.name), size=size(one.bytes))
        if one.bytes is not None
        else printable(one.name)
        for one in residency.host
    ]
    said = word("slots_host" if hosted else "slots_host_none", names=", ".join(hosted))
    on_disk = [one.bytes or 0 for one in adapters if one.state == "disk"]
    if any(on_disk):
        said += "\n" + word("slots_disk", count=len(on_disk), size=size(sum(on_disk)))
    return {"slots": slots, "text": said}


def gpus_view(sample: Sample) -> list[str]:
    """A line for each GPU: how full, how busy, how hot."""
    return [_gpu(one) for one in sample.reading.devices]


def _gpu(device: Device) -> str:
    facts: Iterable[str | None] = (
        _both("gpu_memory", device.used_bytes, device.total_bytes),
        _one("gpu_utilization", device.utilization, 100),
        _one("gpu_power", device.power_w),
        _one("gpu_temperature", device.temperature_c),
        _one("gpu_reserved", device.reserved_bytes, 1 / 1024**3),
    )
    said = " · ".join(fact for fact in facts if fact)
    return word("gpu_line", index=device.index, name=printable(device.name), facts=said)


def _one(key: str, value: float | None, factor: float = 1) -> str | None:
    return None if value is None else word(key, value=value * factor)


def _both(key: str, used: int | None, total: int | None) -> str | None:
    if used is None or total is None:
        return None
    return word(key, used=used / 1024**3, total=total / 1024**3)
