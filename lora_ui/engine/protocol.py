"""What an engine is to the rest of the program: a state to look at and a stream to read.

The local vLLM engine, a remote fleet and the deterministic test engine all speak this protocol;
nothing else in the program knows vLLM.
"""

from __future__ import annotations

from collections.abc import AsyncIterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Literal, Protocol

from lora_ui.catalog.findings import Finding, Verdict
from lora_ui.catalog.models import Adapter
from lora_ui.engine.observation import Mark, Observation
from lora_ui.sampling import Sampling

BASE = "base"
"""The name of the bare model, reserved in every catalog."""

State = Literal["loading", "ready", "failed"]
AdapterState = Literal["slot", "host", "disk", "loading", "refused"]
FinishReason = Literal["stop", "length", "abort", "error"]
Message = dict[str, str]


@dataclass(frozen=True)
class Stage:
    """One step of the start, e.g. "loading weights". `seconds` runs until the next stage begins."""

    name: str
    seconds: float
    done: bool


@dataclass(frozen=True)
class Choice:
    """A setting that the app chose or was given: its key, its value and the reason in words."""

    key: str
    value: str
    reason: str


@dataclass(frozen=True)
class EngineStatus:
    """The engine at one moment; fields that are not known yet are None.

    `running` and `waiting` count requests in the engine and in front of it; `elapsed_s` is the time
    since the start began, or the whole time that it took. `max_tokens` is the most that one answer
    may have, None where only the context limits it. When `state` is "failed", `error` is the
    sentence to show and `log_tail` holds the last lines of the engine's log.
    """

    state: State
    stage: str
    detail: str = ""
    elapsed_s: float = 0.0
    stages: tuple[Stage, ...] = ()
    model: str | None = None
    device: str | None = None
    dtype: str | None = None
    max_loras: int | None = None
    max_lora_rank: int | None = None
    max_model_len: int | None = None
    max_tokens: int | None = None
    running: int = 0
    waiting: int = 0
    choices: tuple[Choice, ...] = ()
    error: str | None = None
    log_tail: tuple[str, ...] = ()


@dataclass(frozen=True)
class AdapterStatus:
    """An adapter as the engine sees it. Sizes in bytes; unknown values are None.

    `state` is the tier that it is in. `sha256` is that of its weights file, `revision` the Hub's
    commit. `has_effect` is False when it was seen to answer exactly like the base. `visitor` is the
    session that added it, None for the catalog's and for what all may use. `load_s` is the time of
    the last load from each tier ("disk", "host"). `tokens` counts what it has answered so far.
    """

    adapter: Adapter
    state: AdapterState
    verdict: Verdict | None = None
    findings: tuple[Finding, ...] = ()
    rank: int | None = None
    alpha: float | None = None
    target_modules: tuple[str, ...] = ()
    base_model: str | None = None
    bytes: int | None = None
    parameters: int | None = None
    sha256: str | None = None
    revision: str | None = None
    has_effect: bool | None = None
    added: bool = False
    visitor: str | None = None
    pinned: bool = False
    load_s: Mapping[str, float] = field(default_factory=dict)
    running: int = 0
    waiting: int = 0
    tokens: int = 0


@dataclass(frozen=True)
class Provenance:
    """What answered a request, exactly. For `base` nothing is known of an adapter.

    `model` is the base model, `engine` vLLM with its version; `sha256` is that of the adapter's
    weights file as it was loaded, `revision` the Hub's commit.
    """

    adapter: str
    model: str
    engine: str
    dtype: str
    device: str
    source: str | None = None
    sha256: str | None = None
    revision: str | None = None


@dataclass(frozen=True)
class Rendered:
    """A prompt exactly as the model gets it: the text after the chat template, and its tokens."""

    text: str
    token_ids: tuple[int, ...]


@dataclass(frozen=True)
class GenerationRequest:
    """Everything that one generation needs; nothing is kept in the engine between requests.

    `sampling` is complete (no open fields but `seed`). `visitor` is the session that asks: what it
    has added, it alone can name. `constraint` is what the answer must look like: a structural tag
    as JSON (`{"type": "structural_tag", "format": …}`, as vLLM's structured output reads it).
    `special_tokens` leaves the tokenizer's special tokens in the text, but never the one that ended
    it: markers such as `[TOOL_CALLS]` are such tokens. A `patient` request is one of many that were
    begun together: where there are limits, it waits rather than be refused.
    """

    request_id: str
    adapter: str
    prompt: Rendered
    sampling: Sampling
    visitor: str | None = None
    constraint: str | None = None
    special_tokens: bool = False
    patient: bool = False


@dataclass(frozen=True)
class Waiting:
    """Not started: `place` counts from 1 among those waiting, `reason` says for what, in words."""

    place: int
    reason: str


@dataclass(frozen=True)
class Loading:
    """The adapter is being read into the engine."""


@dataclass(frozen=True)
class Began:
    """The adapter is in its slot, and exactly this runs."""

    provenance: Provenance


@dataclass(frozen=True)
class Delta:
    """New text. `tokens` counts all answer tokens so far; `time_s` is `time.monotonic()`."""

    text: str
    tokens: int
    time_s: float


@dataclass(frozen=True)
class Finished:
    """The last event of a generation. `stop_reason` is the stop string that ended it, if any."""

    finish_reason: FinishReason
    stop_reason: str | None = None


EngineEvent = Waiting | Loading | Began | Delta | Finished


class Engine(Protocol):
    """One base model with many adapters.

    `generate` never raises for one bad adapter without leaving the engine fit for the others: it
    raises `Problem`. Closing its iterator, or cancelling the task that reads it, aborts it.
    """

    def start(self) -> None:
        """Begin the start in the background; returns at once. Call it once."""
        ...

    def status(self) -> EngineStatus:
        """The state now; cheap, never blocks, callable from any thread."""
        ...

    def adapters(self, visitor: str | None = None) -> Sequence[AdapterStatus]:
        """The catalog's adapters in its order, then the added ones that `visitor` may use.

        The base model is not among them.
        """
        ...

    def observe(self, visitor: str | None = None) -> Observation:
        """What the engine tells of itself now; cheap, never blocks or raises, from any thread.

        Names of adapters that another visitor has added are not told.
        """
        ...

    def marks(self, after: int = 0, visitor: str | None = None) -> Sequence[Mark]:
        """What has happened since the mark with number `after`, the oldest first, 2,000 at most.

        Names of adapters that another visitor has added are not told.
        """
        ...

    async def add(
        self,
        adapter: Adapter,
        folder: Path,
        visitor: str | None = None,
        revision: str | None = None,
    ) -> AdapterStatus:
        """Check the adapter in `folder` and take it in, for `visitor` alone or, None, for all.

        A refused one is taken in, too, so that it shows why. `Problem` when the name is taken among
        those that `visitor` sees. The folder must stay as it is until the adapter is removed.
        """
        ...

    async def remove(self, name: str, visitor: str | None = None) -> None:
        """Let go of an added adapter; what runs on it ends first. `Problem` for the catalog's."""
        ...

    async def preload(self, name: str, visitor: str | None = None) -> None:
        """Bring an adapter into a slot; `Problem` when it is refused or fails to load."""
        ...

    async def pin(self, name: str, pinned: bool, visitor: str | None = None) -> None:
        """Keep an adapter in its slot, or no longer; `Problem` when the slots can't bear it."""
        ...

    async def ready(self) -> None:
        """Return once requests can be served; raise `Problem` when the start has failed."""
        ...

    def render(self, messages: Sequence[Message]) -> Rendered:
        """Apply the base model's chat template; only once ready."""
        ...

    def generate(self, request: GenerationRequest) -> AsyncIterator[EngineEvent]:
        """Stream one answer. Events come in order: Waiting*, Loading?, Began, Delta*, Finished."""
        ...

    def close(self) -> None:
        """End the engine and every process of it. Safe to call twice."""
        ...


@dataclass(frozen=True)
class EngineFacts:
    """What is fixed once the engine has started."""

    model: str
    device: str
    dtype: str
    max_loras: int
    max_cpu_loras: int
    max_lora_rank: int
    max_model_len: int
    target_modules: tuple[str, ...]
    choices: tuple[Choice, ...]
