"""What the strip says, in words and figures."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

from lora_ui.memory.points import GIB
from lora_ui.memory.sampler import Sample
from lora_ui.strings import word

if TYPE_CHECKING:
    from lora_ui.engine.observation import Residency


def strip_view(sample: Sample | None, speed: float | None) -> dict[str, Any]:
    """The facts of the last sample and the share of memory that the bar shows.

    `speed` is in tokens a second. What is unknown is left out.
    """
    if sample is None:
        return {"share": None, "facts": []}
    own, total, key = _memory(sample)
    share = own / total if own is not None and total else None
    facts = [
        {"name": name, "label": word(f"strip_{name}"), "text": text, "hint": word(f"strip_{hint}")}
        for name, text, hint in _facts(sample, speed, (own, total, key))
    ]
    return {"share": None if share is None else round(share, 4), "facts": facts}


def _facts(
    sample: Sample, speed: float | None, memory: tuple[int | None, int | None, str]
) -> Iterator[tuple[str, str, str]]:
    own, total, key = memory
    if own is not None and total:
        text = word("strip_memory_value", own=_gib(own), total=_gib(total))
        yield "memory", text, f"memory_hint_{key}"
    load = sample.observation.load
    if load.kv_used_fraction is not None:
        yield "kv", word("strip_kv_value", value=100 * load.kv_used_fraction), "kv_hint"
    form = "strip_requests_value" if load.waiting else "strip_requests_idle"
    yield "requests", word(form, running=load.running, waiting=load.waiting), "requests_hint"
    if speed is not None:
        yield "speed", word("strip_speed_value", value=speed), "speed_hint"
    residency = sample.observation.residency
    if residency.slots:
        text = word("strip_slots_value", taken=_taken(residency), slots=len(residency.slots))
        yield "slots", text, "slots_hint"


def _taken(residency: Residency) -> int:
    return sum(slot.name is not None for slot in residency.slots)


def _memory(sample: Sample) -> tuple[int | None, int | None, str]:
    """What the engine holds, of how much, and whose figures these are.

    On a GPU where nobody can tell whose memory it is, all that is in use.
    """
    reading = sample.reading
    if reading.source == "host":
        host = reading.host
        return (host.rss_bytes, host.total_bytes, "host") if host else (None, None, "host")
    devices = [one for one in reading.devices if one.own_bytes] or list(reading.devices[:1])
    if any(one.own_bytes is None for one in devices):
        own, key = _sum(one.used_bytes for one in devices), "used"
    else:
        own, key = _sum(one.own_bytes for one in devices), "nvml"
    return own, _sum(one.total_bytes for one in devices), key


def _sum(values: Iterator[int | None]) -> int | None:
    known = [value for value in values if value is not None]
    return sum(known) if known else None


def _gib(count: int) -> str:
    return f"{count / GIB:,.2f}" if count < 100 * GIB else f"{count / GIB:,.0f}"
