"""What a link holds: the settings of one tab, as the visitor typed them.

A tab has one model. Its fields, those of `sampling` among them, are the parameters of a link and
the keys of a settings file; `docs/links.md` describes each. What stands at its default is left out
of both, so a default must never change its meaning.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Annotated, Any, ClassVar, Literal

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, ValidationInfo, field_validator

from lora_ui.compare.asking import MAX_CHARACTERS, MAX_COLUMNS, printable, sampling_of
from lora_ui.errors import Problem
from lora_ui.functions.checking import MAX_CHARACTERS as MAX_FUNCTIONS_CHARACTERS

VERSION = 1
"""Of links and settings files; a reader of an older version says that it may miss something."""

MAX_FILE_BYTES = 1_000_000
"""Of a settings file."""


def clean(value: Any) -> Any:
    """A text as a field of the page holds it: sendable, its lines ended by "\\n", without NUL."""
    if not isinstance(value, str):
        return value
    return printable(value).replace("\r\n", "\n").replace("\r", "\n").replace("\0", "")


Text = Annotated[str, BeforeValidator(clean), Field(max_length=MAX_CHARACTERS)]
LongText = Annotated[str, BeforeValidator(clean), Field(max_length=MAX_FILE_BYTES)]
Line = Annotated[str, BeforeValidator(clean), Field(max_length=200, pattern=r"^[^\n]*$")]
Name = Annotated[str, Field(pattern=r"^[a-z0-9][a-z0-9._-]{0,63}$")]
Names = Annotated[tuple[Name, ...], Field(max_length=MAX_COLUMNS)]


class Part(BaseModel):
    """Settings that never change: a visitor who changes something has others."""

    model_config = ConfigDict(frozen=True, extra="forbid", strict=True)


class _SamplingPart(Part):
    @field_validator("*")
    @classmethod
    def _may_be_sampled_with(cls, value: str, info: ValidationInfo) -> str:
        try:
            sampling_of({str(info.field_name): value})
        except Problem as problem:
            raise ValueError(problem.message) from None
        return value


class SamplingTexts(_SamplingPart):
    """The sampling fields in the order of `asking.FIELDS`, each "" where the adapter decides.

    `stop` has one string a line.
    """

    temperature: Line = ""
    top_p: Line = ""
    top_k: Line = ""
    min_p: Line = ""
    repetition_penalty: Line = ""
    max_tokens: Line = ""
    seed: Line = ""
    stop: Text = ""


class BatchSampling(_SamplingPart):
    """Those that the Batch tab has."""

    max_tokens: Line = ""
    temperature: Line = ""
    seed: Line = ""


class ColumnState(Part):
    """A column and what it has of its own. `system` is None for the page's, "" for none at all."""

    adapter: Name
    system: Text | None = None
    sampling: SamplingTexts = SamplingTexts()

    @property
    def is_plain(self) -> bool:
        """Whether it has nothing of its own."""
        return self == ColumnState(adapter=self.adapter)


class CompareState(Part):
    """The Compare tab. The same adapter may have several columns."""

    tab: ClassVar[str] = "compare"
    may_run: ClassVar[bool] = True

    columns: Annotated[tuple[ColumnState, ...], Field(max_length=MAX_COLUMNS)] = ()
    prompt: Text = ""
    system: Text = ""
    sampling: SamplingTexts = SamplingTexts()


class BatchState(Part):
    """The Batch tab. `adapters` is None for those that the page ticks by itself."""

    tab: ClassVar[str] = "batch"
    may_run: ClassVar[bool] = True

    adapters: Names | None = None
    prompts: LongText = ""
    sampling: BatchSampling = BatchSampling()


class FunctionsState(Part):
    """The Functions tab. `functions` is the editor's text, right or wrong; `tool_choice` is auto,
    required, none or a function's name; `adapters` is None for those that the page ticks by itself.
    """

    tab: ClassVar[str] = "functions"
    may_run: ClassVar[bool] = True

    adapters: Names | None = None
    functions: Annotated[
        str, BeforeValidator(clean), Field(max_length=MAX_FUNCTIONS_CHARACTERS)
    ] = ""
    message: Text = ""
    system: Text = ""
    tool_choice: Annotated[Line, Field(min_length=1)] = "auto"
    parallel: bool = True
    decoding: Literal["off", "on", "both"] = "both"
    sampling: SamplingTexts = SamplingTexts()


class AdaptersState(Part):
    """The Adapters tab: what is searched for in its list."""

    tab: ClassVar[str] = "adapters"
    may_run: ClassVar[bool] = False

    search: Line = ""


class MemoryState(Part):
    """The Memory tab: the span of time that its charts show, in seconds."""

    tab: ClassVar[str] = "memory"
    may_run: ClassVar[bool] = False

    range_s: Literal[60, 600, 3600, 86_400] = 600


State = CompareState | BatchState | FunctionsState | AdaptersState | MemoryState
STATES: dict[str, type[State]] = {
    state.tab: state
    for state in (CompareState, BatchState, FunctionsState, AdaptersState, MemoryState)
}
"""The model of each tab, by the tab's name, in the page's order."""


def parts_of(model: type[Part]) -> Iterator[tuple[str, type[Part]]]:
    """The parameters of `model` in their order, each with the model whose field it is."""
    for name, field in model.model_fields.items():
        inner = field.annotation
        if name == "sampling" and isinstance(inner, type) and issubclass(inner, Part):
            yield from parts_of(inner)
        else:
            yield name, model


def parameters(model: type[State]) -> tuple[str, ...]:
    """What a link to this tab may say, besides `v`, `tab` and `run`."""
    names = [name for name, _ in parts_of(model)]
    return ("adapters", *names) if model is CompareState else tuple(names)
