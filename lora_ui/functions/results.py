"""What comes of a model's text: the calls in it, the text around them, and what is wrong."""

from __future__ import annotations

from typing import Any, Literal

from pydantic import BaseModel, ConfigDict, Field, computed_field

ErrorKind = Literal["malformed", "truncated", "unknown_function", "invalid_arguments"]
Verdict = Literal["valid", "invalid", "truncated", "no_call"]


class _Value(BaseModel):
    model_config = ConfigDict(frozen=True)


class Call(_Value):
    """A call whose name is one of the functions and whose arguments satisfy that one's schema.

    `start` and `end` are the characters of the text that hold name and arguments.
    """

    name: str
    arguments: dict[str, Any]
    start: int
    end: int


class CallError(_Value):
    """Why something that looks like a call is none.

    `malformed`: it cannot be read. `truncated`: the token limit cut it off. `unknown_function`: it
    names none of the functions. `invalid_arguments`: the arguments break the schema; `path` then
    leads to the value that does, such as `$.a[0]`. `start` and `end` are the characters meant.
    """

    kind: ErrorKind
    message: str
    start: int
    end: int
    path: str | None = None


class OpenCall(_Value):
    """A call that is still being written: what there is of it so far, unchecked."""

    name: str | None = None
    arguments: dict[str, Any] = Field(default_factory=dict)
    start: int


class ParseResult(_Value):
    """All of one text.

    `calls` are the valid ones, in the order in which they were written. `content` is the text
    outside every call, rejected ones too; None where nothing is left. `format` is the id of the
    format that was read; None where `auto` saw no call. `open` is set in previews alone.
    """

    calls: list[Call] = Field(default_factory=list)
    content: str | None = None
    errors: list[CallError] = Field(default_factory=list)
    format: str | None = None
    open: OpenCall | None = None

    @computed_field
    @property
    def verdict(self) -> Verdict:
        """One word for the whole text. An error outweighs calls that are in order."""
        kinds = {error.kind for error in self.errors}
        if kinds == {"truncated"}:
            return "truncated"
        if kinds:
            return "invalid"
        return "valid" if self.calls else "no_call"
