"""The catalog's values: what `adapters.yaml` may say, key by key."""

from __future__ import annotations

import re
from typing import Annotated, Any, Literal

from pydantic import BaseModel, ConfigDict, Field, field_validator, model_validator

from lora_ui.functions.formats import AUTO, Format, FunctionsAs, Template, known_ids
from lora_ui.sampling import NOTHING_SAID, Sampling

Auto = Literal["auto"]
EMBEDDED = "embedded"
EMBEDDED_MODEL = "HuggingFaceTB/SmolLM2-135M-Instruct"
ALLOWED_RANKS = (1, 8, 16, 32, 64, 128, 256, 320, 512)
"""The values that vLLM takes for `max_lora_rank`."""

_HUB = re.compile(r"hf:[\w.-]+/[\w.-]+(@[\w./-]+)?")


class _Strict(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class EngineSettings(_Strict):
    """The `engine:` section. `auto` is decided at start, from the catalog and the hardware."""

    model: str = Field(
        default=EMBEDDED, description="embedded, hf:owner/repo[@revision], or a local folder"
    )
    max_loras: Annotated[int, Field(ge=1, le=4096)] | Auto = "auto"
    max_lora_rank: int | Auto = "auto"
    max_cpu_loras: Annotated[int, Field(ge=1, le=100_000)] | Auto = "auto"
    lora_target_modules: tuple[str, ...] | Auto = "auto"
    specialize_active_lora: bool | Auto = "auto"
    max_model_len: Annotated[int, Field(ge=64)] = 2048
    dtype: Literal["auto", "bfloat16", "float16", "float32"] = "auto"
    gpu_memory_utilization: Annotated[float, Field(gt=0, le=1)] = 0.85
    fair_wait_s: Annotated[float, Field(ge=0, le=3600)] = 1.0
    extra: dict[str, Any] = Field(
        default_factory=dict, description="any other argument of vLLM's AsyncEngineArgs"
    )

    @field_validator("max_lora_rank")
    @classmethod
    def _rank_is_one_of_vllms(cls, value: int | Auto) -> int | Auto:
        if value != "auto" and value not in ALLOWED_RANKS:
            raise ValueError(f"one of auto, {', '.join(map(str, ALLOWED_RANKS))}")
        return value

    @field_validator("lora_target_modules")
    @classmethod
    def _some_module_is_served(cls, value: tuple[str, ...] | Auto) -> tuple[str, ...] | Auto:
        if not value:
            raise ValueError("names of modules, or auto")
        return value

    @field_validator("extra")
    @classmethod
    def _extra_leaves_the_rest_alone(cls, value: dict[str, Any]) -> dict[str, Any]:
        own = {*cls.model_fields, "served_model_name", "enable_lora", "worker_extension_cls"}
        if taken := sorted(own & set(value)):
            raise ValueError(f"arguments that have no key of their own ({', '.join(taken)} has)")
        return value

    @field_validator("model")
    @classmethod
    def _hub_names_are_whole(cls, value: str) -> str:
        return _source(value)


class Example(_Strict):
    """A prompt to try. `system` replaces the adapter's own system message when it is given."""

    title: str
    prompt: str
    system: str | None = None


class Adapter(_Strict):
    """One entry of `adapters:`."""

    name: Annotated[str, Field(pattern=r"^[a-z0-9][a-z0-9._-]{0,63}$")]
    source: Annotated[str, Field(min_length=1)]
    base_model: str | None = None
    title: str = ""
    description: str = ""
    system: str | None = None
    format: str | None = Field(default=None, description="function-call format id, e.g. glaive")
    sampling: Sampling = NOTHING_SAID
    examples: tuple[Example, ...] = ()

    @field_validator("name")
    @classmethod
    def _base_is_reserved(cls, value: str) -> str:
        if value == "base":
            raise ValueError("any name but base, which stands for the bare model")
        return value

    @field_validator("source")
    @classmethod
    def _source_is_whole(cls, value: str) -> str:
        return _source(value)


class Additions(_Strict):
    """The `additions:` section: what visitors may add while the app runs, and how much of it."""

    hub: bool = True
    uploads: bool = True
    folders: tuple[str, ...] = Field(
        default=(), description="local folders below which adapters may be added"
    )
    shared: bool = False
    clear_cache: bool | Auto = "auto"
    max_mb: Annotated[float, Field(gt=0)] = 500
    max_per_visitor: Annotated[int, Field(ge=0)] = 5
    max_mb_per_visitor: Annotated[float, Field(gt=0)] = 1000
    keep_minutes: Annotated[float, Field(gt=0)] = 120


class Limits(_Strict):
    """The `limits:` section: what one visitor of a public demo may use. Counted in answers.

    An answer is what one column writes. `per_minute` is how many a visitor may ask for; of those,
    `at_once` are written at the same time, the others wait for them. `columns` are those of one
    comparison, `tokens` those of one answer. `running` answers of all visitors are written at the
    same time, `queue` more wait. `timeout_s` is the longest that an answer may take once its turn
    has come.
    """

    columns: Annotated[int, Field(ge=1)] = 8
    tokens: Annotated[int, Field(ge=1)] = 256
    per_minute: Annotated[int, Field(ge=1)] = 60
    at_once: Annotated[int, Field(ge=1)] = 8
    running: Annotated[int, Field(ge=1)] = 48
    queue: Annotated[int, Field(ge=0)] = 200
    timeout_s: Annotated[float, Field(gt=0)] = 120


class CallFormat(_Strict):
    """One entry of `formats:`: a function-call format of the catalog's own, as templates."""

    id: Annotated[str, Field(pattern=r"^[a-z0-9][a-z0-9._-]{0,63}$")]
    title: str = ""
    call: str
    parameter: str = ""
    quote: Literal["", "'"] = ""
    arguments_keys: Annotated[tuple[str, ...], Field(min_length=1)] = ("arguments", "parameters")
    separator: str = "\n"
    end_of_turn: tuple[str, ...] = ()
    stop: tuple[str, ...] = ()
    system: str = "You may call these functions:\n{functions}"
    functions_as: FunctionsAs = "list"
    result: str = "{result}"
    result_role: str = "user"

    @field_validator("id")
    @classmethod
    def _id_is_new(cls, value: str) -> str:
        if value == AUTO or value in known_ids():
            raise ValueError("an id of its own: this one is known already")
        return value

    @field_validator("call")
    @classmethod
    def _call_is_a_template(cls, value: str) -> str:
        if not Template.of(value).begin:
            raise ValueError("a template that begins with a marker")
        return value

    @field_validator("parameter")
    @classmethod
    def _parameter_is_a_template(cls, value: str) -> str:
        before, key, rest = value.partition("{key}")
        middle, found, after = rest.partition("{value}")
        if value and not (key and found and before.strip() and middle.strip() and after.strip()):
            raise ValueError("a template with {key} and then {value}, and a marker around each")
        return value

    @model_validator(mode="after")
    def _parts_fit(self) -> CallFormat:
        template = Template.of(self.call)
        if template.body == "parameters" and not (self.parameter and template.end):
            raise ValueError("a call with {parameters} needs an end marker and the key parameter")
        return self

    def as_format(self) -> Format:
        """The entry as the parser and the prompts take it."""
        values: dict[str, Any] = self.model_dump() | {
            "title": self.title or self.id,
            "example": self.call,
        }
        return Format(**values)


class Catalog(_Strict):
    """A whole catalog file. Relative sources count from the file's folder."""

    engine: EngineSettings = EngineSettings()
    defaults: Sampling = NOTHING_SAID
    additions: Additions = Additions()
    limits: Limits = Limits()
    formats: tuple[CallFormat, ...] = ()
    adapters: tuple[Adapter, ...] = ()

    def adapter(self, name: str) -> Adapter | None:
        """The entry called `name`, if there is one."""
        return next((a for a in self.adapters if a.name == name), None)


def _source(value: str) -> str:
    if value.startswith("hf:") and not _HUB.fullmatch(value):
        raise ValueError("hf:owner/repo or hf:owner/repo@revision")
    return value
