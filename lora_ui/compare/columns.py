"""A column: what was asked of one adapter, and how its answer stands.

Plain values, no Gradio: the page, the endpoints, the batch and the command line all read these.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, fields
from typing import Any, Literal

from pydantic import BaseModel, ConfigDict, Field

from lora_ui.engine.protocol import FinishReason, Provenance
from lora_ui.sampling import NOTHING_SAID, Sampling

ColumnState = Literal["idle", "waiting", "loading", "running", "done", "stopped", "error"]


class ColumnSpec(BaseModel):
    """What is asked of one column. `system=None` means the adapter's own system message.

    `key` names the column within one page, so that the same adapter may stand there twice.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    key: str = Field(min_length=1, max_length=64)
    adapter: str = Field(min_length=1, max_length=128)
    system: str | None = Field(default=None, max_length=100_000)
    sampling: Sampling = NOTHING_SAID


@dataclass
class Column:
    """One answer as it grows. Times in seconds; what is not known yet is None.

    `ttft_s` runs from the moment the column was asked to its first token, waiting included;
    `tokens_per_s` counts the tokens after the first against the time since the first. `has_effect`
    is False when the adapter was seen to answer exactly like the base model.
    """

    spec: ColumnSpec
    state: ColumnState = "idle"
    detail: str = ""
    text: str = ""
    prompt_text: str | None = None
    prompt_tokens: int | None = None
    tokens: int = 0
    ttft_s: float | None = None
    seconds: float | None = None
    tokens_per_s: float | None = None
    finish_reason: FinishReason | None = None
    stop_reason: str | None = None
    sampling: Sampling | None = None
    error: str | None = None
    provenance: Provenance | None = None
    has_effect: bool | None = None
    warnings: list[str] = field(default_factory=list)

    def as_result(self) -> dict[str, Any]:
        """The column as the endpoint `/compare` answers it."""
        return {
            "adapter": self.spec.adapter,
            "text": self.text,
            "finish_reason": self.finish_reason,
            "prompt_tokens": self.prompt_tokens,
            "tokens": self.tokens,
            "ttft_s": self.ttft_s,
            "seconds": self.seconds,
            "tokens_per_s": self.tokens_per_s,
            "error": self.error,
            "warnings": list(self.warnings),
            "has_effect": self.has_effect,
            "provenance": self.ran(),
        }

    def ran(self) -> dict[str, Any] | None:
        """What answered, and with which settings; None before that was certain."""
        if self.provenance is None:
            return None
        settings = self.sampling.model_dump(mode="json") if self.sampling else {}
        told = {name: getattr(self.provenance, name) for name in PROVENANCE}
        return {**told, "seed": settings.pop("seed", None), "settings": settings}

    def take(self, ran: Mapping[str, Any] | None) -> None:
        """The reverse of `ran`: provenance and settings as another app told them."""
        if not isinstance(ran, Mapping):
            return
        told: dict[str, Any] = {name: ran.get(name) for name in PROVENANCE}
        self.provenance = Provenance(**told)
        known = {**(ran.get("settings") or {}), "seed": ran.get("seed")}
        self.sampling = Sampling.model_validate(
            {name: value for name, value in known.items() if name in Sampling.model_fields}
        )


PROVENANCE = tuple(one.name for one in fields(Provenance))
"""What is told of an answer's origin, beside seed and settings."""
