"""How each format tells a model of functions, writes calls, and takes results back.

Everything goes into ordinary messages, which `Engine.render` puts into the base model's template.
One that takes functions by itself is not given any: each format's `system` text tells of them.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from typing import Any, Protocol

from lora_ui.engine.protocol import Message
from lora_ui.functions.columns import NONE, REQUIRED, Turn
from lora_ui.functions.formats import Format
from lora_ui.functions.schema import Function
from lora_ui.strings import word

FUNCTIONS = "{functions}"
"""Where the list of functions goes in a system message, a format's or an adapter's own."""


class Written(Protocol):
    """A call as far as writing it goes: see `results.Call`."""

    @property
    def name(self) -> str:
        """The function's name."""
        ...

    @property
    def arguments(self) -> Mapping[str, Any]:
        """The arguments by their names."""
        ...


def messages_for(
    format: Format,
    functions: Sequence[Function],
    message: str,
    system: str | None,
    tool_choice: str,
    parallel: bool,
    turns: Sequence[Turn] = (),
) -> list[Message]:
    """The messages of one request: functions and choice, the wish, and the rounds before.

    `system` stands before what the format says of the functions; one that holds `{functions}` says
    it itself. A named function is the only one that the model is told of, and with `none` it is
    told of none.
    """
    told = system_message(format, functions, system, tool_choice, parallel)
    messages = [{"role": "system", "content": told}] if told else []
    messages.append({"role": "user", "content": message})
    for turn in turns:
        messages.append({"role": "assistant", "content": turn.text})
        messages += _results(format, turn)
    return messages


def system_message(
    format: Format,
    functions: Sequence[Function],
    system: str | None,
    tool_choice: str,
    parallel: bool,
) -> str:
    """What the model is told before the wish; "" for nothing."""
    own = system or ""
    if tool_choice == NONE:
        return "" if FUNCTIONS in own else own
    named = [function for function in functions if function.name == tool_choice]
    listed = functions_text(format, named or functions)
    template = own if FUNCTIONS in own else format.system
    said = template.replace(FUNCTIONS, listed)
    parts = [said] if template == own else [own, said]
    if named:
        parts.append(word("told_named", name=tool_choice))
    elif tool_choice == REQUIRED:
        parts.append(word("told_required"))
    if not parallel and not named:
        parts.append(word("told_one"))
    return "\n\n".join(part for part in parts if part)


def functions_text(format: Format, functions: Sequence[Function]) -> str:
    """The functions as this format's models are used to reading them."""
    plain = [_described(function) for function in functions]
    if format.functions_as.startswith("openai"):
        plain = [{"type": "function", "function": one} for one in plain]
    if format.functions_as.endswith("list"):
        return _dumps(plain)
    return "\n".join(_dumps(one) for one in plain)


def call_text(format: Format, calls: Sequence[Written]) -> str:
    """Calls as this format's models write them."""
    if format.body == "python":
        members = (f"{call.name}({_keywords(call.arguments)})" for call in calls)
        return format.call.replace("{python}", f"[{', '.join(members)}]")
    if format.body == "calls":
        members = (_object(format, call) for call in calls)
        return format.call.replace("{calls}", f"[{', '.join(members)}]")
    written = [_one(format, call) for call in calls]
    if format.wrap_each:
        written = [f"{format.wrap[0]}\n{one}\n{format.wrap[1]}" for one in written]
        return format.separator.join(written)
    return f"{format.wrap[0]}{format.separator.join(written)}{format.wrap[1]}"


def result_message(format: Format, name: str, result: str) -> Message:
    """The message that takes the result of the function `name`, a JSON text, back."""
    content = format.result.replace("{name}", name).replace("{result}", result)
    return {"role": format.result_role, "content": content}


def _results(format: Format, turn: Turn) -> list[Message]:
    messages = [result_message(format, name, result) for name, result in turn.results]
    if format.result_role != "user":
        return messages
    # chat templates want user and assistant to take turns
    joined = "\n".join(message["content"] for message in messages)
    return [{"role": "user", "content": joined}] if messages else []


def _described(function: Function) -> dict[str, Any]:
    """The function as it is told; a description that says nothing is left out."""
    told = function.as_json()
    if not function.description:
        del told["description"]
    return told


def _object(format: Format, call: Written) -> str:
    arguments = f"{format.quote}{_dumps(call.arguments)}{format.quote}"
    return f'{{"name": {_dumps(call.name)}, "{format.arguments_keys[0]}": {arguments}}}'


def _one(format: Format, call: Written) -> str:
    if format.body == "call":
        return format.call.replace("{call}", _object(format, call))
    bodies = {
        "arguments": lambda: _dumps(call.arguments),
        "escaped": lambda: _escaped(call.arguments),
        "parameters": lambda: _parameters(format, call.arguments),
    }
    head, tail = format.call.split(f"{{{format.body}}}")
    return f"{head.replace('{name}', call.name)}{bodies[format.body]()}{tail}"


def _parameters(format: Format, arguments: Mapping[str, Any]) -> str:
    pieces: list[str] = []
    for key, value in arguments.items():
        head, tail = format.parameter.split("{value}")
        text = value if isinstance(value, str) else _dumps(value)
        pieces.append(f"{head.replace('{key}', key)}{text}{tail}")
    return "\n".join(pieces)


def _keywords(arguments: Mapping[str, Any]) -> str:
    return ", ".join(f"{key}={_python(value)}" for key, value in arguments.items())


def _python(value: Any) -> str:
    """A JSON value as a Python literal, its strings in double quotes."""
    if isinstance(value, str):
        return _dumps(value).replace("\\/", "/")
    if isinstance(value, list):
        return f"[{', '.join(map(_python, value))}]"
    if isinstance(value, Mapping):
        return f"{{{', '.join(f'{_dumps(k)}: {_python(v)}' for k, v in value.items())}}}"
    return repr(value)


def _escaped(value: Any) -> str:
    """A JSON value as FunctionGemma writes it."""
    if isinstance(value, str):
        return f"<escape>{value}<escape>"
    if isinstance(value, Mapping):
        return f"{{{','.join(f'{key}:{_escaped(one)}' for key, one in value.items())}}}"
    if isinstance(value, list):
        return f"[{','.join(map(_escaped, value))}]"
    return json.dumps(value)


def _dumps(value: Any) -> str:
    return json.dumps(value, ensure_ascii=False)
