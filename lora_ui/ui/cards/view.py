"""From the adapters' states to what the list shows: every word is chosen here."""

from __future__ import annotations

import json
import time
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

from lora_ui.catalog.additions import Added
from lora_ui.compare.asking import printable
from lora_ui.engine.protocol import AdapterStatus, EngineStatus
from lora_ui.strings import word
from lora_ui.ui.adding import Job
from lora_ui.ui.board.views import seconds

BYTES_PER_MB = 1_000_000


@dataclass
class Acts:
    """What a visitor did in the list: sentences on cards by name, and how often something ended."""

    notes: dict[str, str] = field(default_factory=dict)
    ended: int = 0


def cards_view(
    adapters: Iterable[AdapterStatus],
    engine: EngineStatus,
    *,
    added: Iterable[Added] = (),
    jobs: Iterable[Job] = (),
    acts: Acts | None = None,
    moves: bool = True,
) -> dict[str, Any]:
    """The whole list as one visitor sees it; `added` are the visitor's own additions.

    `moves` says whether they may preload and pin.

    Each card travels as one JSON text, so that Gradio sends only those that changed.
    """
    acts = acts or Acts()
    own = {one.adapter.name: one for one in added}
    gpu = not (engine.device or "cpu").startswith(("cpu", "none"))
    ours_first = sorted(adapters, key=lambda one: one.adapter.name not in own)
    cards = [
        _card(one, own.get(one.adapter.name), gpu, acts.notes.get(one.adapter.name, ""), moves)
        for one in ours_first
    ]
    return {
        "cards": [json.dumps(card) for card in cards],
        "jobs": [
            {
                "name": str(job.number),
                "title": printable(job.title),
                "line": printable(job.line.removeprefix(f"{job.title}: ")),
            }
            for job in jobs
        ],
        "ended": acts.ended,
    }


def _card(
    one: AdapterStatus, own: Added | None, gpu: bool, note: str, moves: bool
) -> dict[str, Any]:
    adapter = one.adapter
    may_run = "refused" not in (one.state, one.verdict)
    card = {
        "name": adapter.name,
        "title": printable(adapter.title or adapter.name),
        "description": printable(adapter.description),
        "verdict": one.verdict or "unknown",
        "badges": _badges(one, own, gpu),
        "facts": _facts(one),
        "findings": [
            {"severity": f.severity, "message": printable(f.message), "fix": printable(f.fix)}
            for f in one.findings
        ],
        "live": _live(one),
        "rows": [[word(f"card_{key}"), printable(value)] for key, value in _rows(one) if value],
        "sha256": one.sha256 or "",
        "note": printable(note),
        "acts": {
            "try": may_run,
            "preload": moves and may_run and one.state not in ("slot", "loading"),
            "pin": moves and may_run and not one.pinned,
            "unpin": moves and one.pinned,
            "remove": own is not None,
        },
    }
    said = [card["title"], adapter.name, card["description"], *(b["text"] for b in card["badges"])]
    said += [value for _, value in card["rows"]] + [f["message"] for f in card["findings"]]
    return {**card, "search": " ".join([*said, *card["facts"]]).lower()}


def _badges(one: AdapterStatus, own: Added | None, gpu: bool) -> list[dict[str, str]]:
    """The check's verdict, the effect, where it is now, whether it is pinned, and whose it is."""
    verdict = one.verdict or "unknown"
    badges = [("verdict", verdict, word(f"card_verdict_{verdict}"), word("card_verdict_hint"))]
    if one.has_effect is False:
        badges.append(("effect", "warning", word("no_effect"), word("no_effect_hint")))
    if "refused" not in (one.state, verdict):
        tier = "slot_gpu" if gpu and one.state == "slot" else one.state
        badges.append(("tier", one.state, word(f"card_tier_{tier}"), word("card_tier_hint")))
    elif verdict != "refused":  # the check let it through, but it failed later
        badges.append(("tier", "refused", word("card_tier_refused"), word("card_tier_hint")))
    if one.pinned:
        badges.append(("pin", "", word("card_pinned"), word("card_pinned_hint")))
    if own is not None:
        minutes = max(0, round((own.expires_s - time.time()) / 60))
        hint = word("card_yours_shared" if own.shared else "card_yours_hint")
        badges.append(("own", "", word("card_yours", minutes=minutes), hint))
    elif one.added:
        badges.append(("own", "", word("card_added"), word("card_yours_shared")))
    return [dict(zip(("kind", "value", "text", "hint"), b, strict=True)) for b in badges]


def _facts(one: AdapterStatus) -> list[str]:
    """What it is, in figures; what is not known is left out."""
    known = (
        ("card_rank", one.rank),
        ("card_alpha", f"{one.alpha:g}" if one.alpha is not None else None),
        ("card_size", size(one.bytes) if one.bytes is not None else None),
        ("card_parameters", f"{one.parameters:,}" if one.parameters is not None else None),
        ("card_modules", ", ".join(one.target_modules) or None),
    )
    return [word(key, value=value) for key, value in known if value is not None]


def _live(one: AdapterStatus) -> str:
    if not (one.running or one.waiting or one.tokens):
        return word("card_unused")
    return word("card_live", running=one.running, waiting=one.waiting, tokens=f"{one.tokens:,}")


def _rows(one: AdapterStatus) -> list[tuple[str, str]]:
    return [
        ("source", one.adapter.source),
        ("revision", one.revision or ""),
        ("base", one.base_model or one.adapter.base_model or ""),
        ("loads", _loads(one.load_s)),
    ]


def _loads(load_s: Mapping[str, float]) -> str:
    """The last load from each tier."""
    return ", ".join(
        word(f"card_load_{tier}", value=seconds(load_s[tier]))
        for tier in ("disk", "host")
        if tier in load_s
    )


def size(count: int) -> str:
    """A size as short as it can be read: 3718136 → "3.7 MB", 500000000 → "500 MB"."""
    if 0 < count < BYTES_PER_MB / 10:
        return f"{count / 1000:,.1f} kB"
    if count < 10_000 * BYTES_PER_MB:
        return f"{count / BYTES_PER_MB:,.1f}".removesuffix(".0") + " MB"
    return f"{count / BYTES_PER_MB / 1000:,.1f} GB"
