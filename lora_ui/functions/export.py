"""Calls as others want them: OpenAI's `tool_calls`, and snippets that ask the same question again.

The snippets run as they stand against the app at `url`: Python needs `gradio_client`, the shell
needs `curl`. Message, functions and names may hold any text; it is quoted, never pasted.
"""

from __future__ import annotations

import hashlib
import json
import shlex
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from lora_ui.compare.asking import printable
from lora_ui.functions.columns import Ask, CallColumn, Turn
from lora_ui.functions.results import Call

ENDPOINT = "call_functions"
SAMPLING = (
    "temperature",
    "top_p",
    "max_tokens",
    "seed",
    "top_k",
    "min_p",
    "repetition_penalty",
    "stop",
)


@dataclass(frozen=True)
class Question:
    """What is needed to ask again: the app's address and the arguments of `/call_functions`.

    `arguments` holds only what differs from the endpoint's own defaults.
    """

    url: str
    arguments: Mapping[str, Any]


def question(url: str, ask: Ask, column: CallColumn) -> Question:
    """How a script asks what `column` was asked: the same message, functions and own settings.

    Earlier rounds are not part of it: the endpoint takes one message.
    """
    spec = column.spec
    arguments: dict[str, Any] = {
        "message": ask.message,
        "functions_json": json.dumps([f.as_json() for f in ask.functions], ensure_ascii=False),
        "adapters": [spec.adapter],
    }
    usual = {"format": "auto", "tool_choice": "auto", "constrained": False, "parallel": True}
    told = {
        "format": ask.format,
        "tool_choice": ask.tool_choice,
        "constrained": spec.constrained,
        "parallel": ask.parallel,
    }
    arguments |= {name: value for name, value in told.items() if value != usual[name]}
    if spec.system is not None:
        arguments["system"] = spec.system
    own = spec.sampling.model_dump(mode="json")
    given = {name: own[name] for name in SAMPLING if own[name] not in (None, [])}
    return Question(url.rstrip("/"), _clean({**arguments, **given}))


# ---------------------------------------------------------------- OpenAI's messages


def tool_calls(calls: Sequence[Call], salt: str = "") -> list[dict[str, Any]]:
    """Calls in OpenAI's form: an id each, the arguments as one JSON string.

    The ids follow from `salt` and what is called, so that the same answer has the same ids; give
    each round of a conversation a salt of its own.
    """
    return [
        {
            "id": _id(salt, place, call),
            "type": "function",
            "function": {
                "name": call.name,
                "arguments": json.dumps(call.arguments, ensure_ascii=False),
            },
        }
        for place, call in enumerate(calls)
    ]


def assistant_message(calls: Sequence[Call], content: str | None, salt: str = "") -> dict[str, Any]:
    """An answer as OpenAI's assistant message; `tool_calls` only where there are some."""
    message: dict[str, Any] = {"role": "assistant", "content": content}
    return {**message, "tool_calls": tool_calls(calls, salt)} if calls else message


def tool_messages(calls: Sequence[Call], turn: Turn, salt: str = "") -> list[dict[str, Any]]:
    """The results of a round as OpenAI's tool messages, each with its call's id."""
    return [
        {"role": "tool", "tool_call_id": told["id"], "name": name, "content": result}
        for told, (name, result) in zip(tool_calls(calls, salt), turn.results, strict=False)
    ]


def tool_calls_json(column: CallColumn) -> str:
    """What an ended column holds as an assistant message, indented JSON."""
    parsed = column.parsed
    calls, content = (parsed.calls, parsed.content) if parsed else ([], None)
    message = assistant_message(calls, content, f"round {len(column.spec.turns)}")
    return json.dumps(_clean(message), ensure_ascii=False, indent=2)


def _id(salt: str, place: int, call: Call) -> str:
    said = json.dumps([salt, place, call.name, call.arguments], sort_keys=True)
    return f"call_{hashlib.sha256(said.encode()).hexdigest()[:24]}"


# ---------------------------------------------------------------- snippets


def python_snippet(asked: Question) -> str:
    """A script that asks again through gradio_client and prints each column's calls."""
    return f"""\
from gradio_client import Client

client = Client({asked.url!r}, verbose=False)
answer = client.predict(
{_keywords(asked.arguments)}
    api_name="/{ENDPOINT}",
)
for column in answer["columns"]:
    print(column["adapter"], column["verdict"] or column["error"])
    for call in column["calls"]:
        print(call["name"], call["arguments"])
"""


def openai_snippet(asked: Question) -> str:
    """A script that asks again and prints the answer as OpenAI's assistant message."""
    return f"""\
import json
import uuid

from gradio_client import Client

client = Client({asked.url!r}, verbose=False)
answer = client.predict(
{_keywords(asked.arguments)}
    api_name="/{ENDPOINT}",
)
for column in answer["columns"]:
    message = {{"role": "assistant", "content": column["content"]}}
    if column["calls"]:
        message["tool_calls"] = [
            {{
                "id": f"call_{{uuid.uuid4().hex[:24]}}",
                "type": "function",
                "function": {{
                    "name": call["name"],
                    "arguments": json.dumps(call["arguments"]),
                }},
            }}
            for call in column["calls"]
        ]
    print(json.dumps(message))
"""


def curl_snippet(asked: Question) -> str:
    """Shell lines that ask again: the first request starts it, the second waits for the answer.

    The answer arrives as server-sent events; the last one, `complete`, holds the result.
    """
    address = shlex.quote(f"{asked.url}/gradio_api/call/v2/{ENDPOINT}")
    body = shlex.quote(json.dumps(asked.arguments))
    return f"""\
EVENT=$(curl -sS --fail-with-body {address} \\
  -H 'Content-Type: application/json' \\
  -d {body} | sed 's/.*"event_id": *"\\([^"]*\\)".*/\\1/')
curl -sS -N --fail-with-body {shlex.quote(f"{asked.url}/gradio_api/call/{ENDPOINT}")}/"$EVENT"
"""


EXPORTS = {
    "python": python_snippet,
    "openai": openai_snippet,
    "curl": curl_snippet,
}
"""Id of a kind of snippet → what writes it."""


def exports(url: str, ask: Ask, column: CallColumn) -> dict[str, str]:
    """Everything that can be taken along from an ended column, by id."""
    asked = question(url, ask, column)
    snippets = {name: write(asked) for name, write in EXPORTS.items()}
    return {"tool_calls": tool_calls_json(column), **snippets}


def _keywords(arguments: Mapping[str, Any]) -> str:
    """The arguments as keyword arguments of a call, one a line; `repr` quotes any text."""
    return "\n".join(f"    {name}={value!r}," for name, value in arguments.items())


def _clean(value: Any) -> Any:
    """`value` without lone surrogates, which no file or request could hold."""
    if isinstance(value, str):
        return printable(value)
    if isinstance(value, dict):
        return {_clean(key): _clean(inner) for key, inner in value.items()}
    if isinstance(value, list | tuple):
        return [_clean(inner) for inner in value]
    return value
