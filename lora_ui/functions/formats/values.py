"""A format as a value: how calls are written, how functions are told, how results go back.

The same template serves both ways. It is written by filling in its placeholders, and read by
looking for the text between them; white space around a placeholder is optional when read.

| placeholder    | written as                                                                    |
|----------------|-------------------------------------------------------------------------------|
| `{call}`       | one object with the name and the arguments                                    |
| `{calls}`      | a list of such objects, all calls at once                                     |
| `{name}`       | the function's name as it is                                                  |
| `{arguments}`  | the arguments as a JSON object (beside `{name}`)                              |
| `{parameters}` | one piece of text an argument, as `parameter` says (beside `{name}`)          |
| `{python}`     | a list of Python calls with keyword arguments, all calls at once              |
| `{escaped}`    | FunctionGemma's own: `{key:<escape>text<escape>,…}` (beside `{name}`)         |
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import cached_property
from typing import Literal

Body = Literal["call", "calls", "arguments", "parameters", "python", "escaped"]
FunctionsAs = Literal["list", "lines", "openai_list", "openai_lines"]

_PLACEHOLDER = re.compile(r"\{(name|call|calls|arguments|parameters|python|escaped)\}")
_ALONE = ("call", "calls", "python")
_BESIDE_A_NAME = ("arguments", "parameters", "escaped")


@dataclass(frozen=True)
class Template:
    """A call template taken apart.

    `begin` opens a call (empty for bare formats), `between` separates name and body where there is
    a name, `end` closes it. White space at the ends is left off: readers take any.
    """

    body: Body
    begin: str
    between: str
    end: str

    @staticmethod
    def of(text: str) -> Template:
        """The parts of `text`; ValueError says what a template must hold."""
        found = list(_PLACEHOLDER.finditer(text))
        names = [match[1] for match in found]
        if len(names) == 1 and names[0] in _ALONE:
            first, last, between = found[0], found[0], ""
        elif len(names) == 2 and names[0] == "name" and names[1] in _BESIDE_A_NAME:
            first, last = found
            between = text[first.end() : last.start()].strip()
        else:
            raise ValueError(
                "a template with {call}, {calls} or {python}, "
                "or with {name} and then {arguments} or {parameters}"
            )
        body: Body = last[1]  # pyright: ignore[reportAssignmentType]
        return Template(body, text[: first.start()].strip(), between, text[last.end() :].strip())


@dataclass(frozen=True)
class Format:
    """How one family of models writes function calls.

    Read and written:
    `call`             template of a call, in the words above
    `variants`         further templates that are read, never written
    `arguments_keys`   the key of the arguments inside `{call}`; the first one is written
    `quote`            what stands around the arguments inside `{call}`: `'` for glaive
    `parameter`        template of one of `{parameters}`, with `{key}` and `{value}`
    `wrap`             markers around all calls, or around each with `wrap_each`
    `separator`        what is written between two calls
    `call_id`          what may stand behind the name, with an id of the call; read, never written
    `end_of_turn`      markers that end the message; the first is the family's usual one

    Written only:
    `functions_as`     what `{functions}` in `system` becomes: plain `{"name", …}` objects or
                       OpenAI's `{"type": "function", …}`, as one JSON list or one object a line
    `system`           system message that tells of `{functions}`
    `result`           how a `{result}` of the function `{name}` goes back
    `result_role`      the role of the message that holds it
    `stop`             stop strings that keep the model from inventing the result itself
    `example`          a text as such a model writes it
    """

    id: str
    title: str
    call: str
    example: str
    variants: tuple[str, ...] = ()
    arguments_keys: tuple[str, ...] = ("arguments", "parameters")
    quote: str = ""
    parameter: str = ""
    wrap: tuple[str, str] = ("", "")
    wrap_each: bool = False
    separator: str = "\n"
    call_id: str = ""
    end_of_turn: tuple[str, ...] = ()
    functions_as: FunctionsAs = "openai_lines"
    system: str = ""
    result: str = "{result}"
    result_role: str = "user"
    stop: tuple[str, ...] = ()
    peculiarities: tuple[str, ...] = ()

    @cached_property
    def template(self) -> Template:
        """`call`, taken apart."""
        return Template.of(self.call)

    @cached_property
    def templates(self) -> tuple[Template, ...]:
        """All templates that are read, the written one first."""
        return (self.template, *map(Template.of, self.variants))

    @property
    def begin(self) -> str:
        """What opens a written call; empty for bare formats."""
        return self.template.begin

    @property
    def end(self) -> str:
        """What closes a written call; empty where nothing does."""
        return self.template.end

    @property
    def body(self) -> Body:
        """What stands between `begin` and `end`."""
        return self.template.body

    @property
    def is_list(self) -> bool:
        """Whether all calls are written as one list."""
        return self.body in ("calls", "python")

    @property
    def is_typed(self) -> bool:
        """Whether values have types of their own; others are cast by the schema."""
        return self.body not in ("parameters", "escaped")
