"""Sampling settings: partial ones that people give, laid over each other until all are known."""

from __future__ import annotations

from pydantic import BaseModel, ConfigDict, Field


class Sampling(BaseModel):
    """How the next token is chosen. `None` means "not said here": the layer below decides.

    Field names and meanings are vLLM's `SamplingParams`.
    """

    model_config = ConfigDict(frozen=True, extra="forbid", allow_inf_nan=False)

    temperature: float | None = Field(
        default=None, ge=0, le=5, description="0 = always the likeliest token"
    )
    top_p: float | None = Field(default=None, gt=0, le=1)
    top_k: int | None = Field(default=None, ge=0, le=1_000_000, description="0 = no limit")
    min_p: float | None = Field(default=None, ge=0, le=1)
    repetition_penalty: float | None = Field(default=None, gt=0, le=10)
    max_tokens: int | None = Field(default=None, ge=1, le=1_000_000)
    stop: tuple[str, ...] = Field(default=(), max_length=16)
    seed: int | None = Field(default=None, ge=0, le=2**63 - 1)

    def over(self, lower: Sampling) -> Sampling:
        """These settings, with what they leave open taken from `lower`.

        Stop strings are never replaced but added up: the catalog's always apply.
        """
        given = self.model_dump(exclude_none=True, exclude={"stop"})
        stop = tuple(dict.fromkeys((*lower.stop, *self.stop)))
        return lower.model_copy(update={**given, "stop": stop})


NOTHING_SAID = Sampling()
"""Leaves everything to the layers below."""

FALLBACK = Sampling(
    temperature=0.0, top_p=1.0, top_k=0, min_p=0.0, repetition_penalty=1.0, max_tokens=128
)
"""What applies when neither the request, the adapter nor the catalog says."""
