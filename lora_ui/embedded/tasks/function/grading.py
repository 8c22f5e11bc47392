"""Judge an answer: the right function with the right arguments, or rightly no call at all."""

from __future__ import annotations

import json
import re
from typing import Any

from lora_ui.embedded.tasks.base import Grade

CALL = "<functioncall>"
_NAME = re.compile(r"""["']name["']\s*:\s*["']([^"']*)["']""")
_ARGUMENTS = re.compile(r"""["']arguments["']\s*:\s*""")


class UnreadableCall(ValueError):
    """The text after the marker is no function call."""


def render_call(name: str, arguments: dict[str, Any]) -> str:
    """The call as the model is trained to write it; apostrophes in values stay raw."""
    inner = json.dumps(arguments, ensure_ascii=False)
    return f'{CALL} {{"name": {json.dumps(name)}, "arguments": \'{inner}\'}}'


def parse_call(text: str) -> tuple[str, dict[str, Any]]:
    """The name and the arguments of the first call in `text`, which must contain the marker.

    The arguments may be a JSON object in single quotes (the trained form), a bare object, or a JSON
    string that holds an object.
    """
    body = text.split(CALL, 1)[1]
    name, start = _NAME.search(body), _ARGUMENTS.search(body)
    if not name:
        raise UnreadableCall("the call names no function")
    if not start:
        raise UnreadableCall("the call has no arguments")
    raw = body[start.end() :]
    decoder = json.JSONDecoder()
    try:
        if raw.startswith('"'):
            inner, _ = decoder.raw_decode(raw)
            arguments = json.loads(inner)
        else:
            arguments, _ = decoder.raw_decode(raw.removeprefix("'").lstrip())
    except (ValueError, RecursionError) as error:
        raise UnreadableCall(f"the arguments are not JSON: {error}") from error
    if not isinstance(arguments, dict):
        raise UnreadableCall("the arguments are no JSON object")
    return name[1], arguments


def same(left: Any, right: Any) -> bool:
    """Equal by value: 1 is 1.0 but not true; strings count without outer spaces."""
    if isinstance(left, bool) or isinstance(right, bool):
        return left is right
    if isinstance(left, str) and isinstance(right, str):
        return left.strip() == right.strip()
    if isinstance(left, dict) and isinstance(right, dict):
        return left.keys() == right.keys() and all(same(left[key], right[key]) for key in left)
    if isinstance(left, list) and isinstance(right, list):
        return len(left) == len(right) and all(map(same, left, right))
    return bool(left == right)


def _difference(got: dict[str, Any], wanted: dict[str, Any]) -> str:
    if missing := [key for key in wanted if key not in got]:
        return f"missing argument {missing[0]!r}"
    if extra := [key for key in got if key not in wanted]:
        return f"extra argument {extra[0]!r}"
    key = next(key for key in wanted if not same(got[key], wanted[key]))
    return f"argument {key!r} is {got[key]!r}, not {wanted[key]!r}"


def grade_call(check: dict[str, Any], text: str) -> Grade:
    """Judge `text` by a check: {"name", "arguments", "accept"?} or {"no_call": true, "says"?}.

    `says` are texts that an answer in words has to contain, such as the values of a result.
    """
    if check.get("no_call"):
        if CALL in text:
            return Grade(False, "called a function although none fits")
        if not text.strip():
            return Grade(False, "empty answer")
        unsaid = [word for word in check.get("says", []) if word not in text]
        return Grade(False, f"does not say {unsaid[0]!r}") if unsaid else Grade(True)
    if CALL not in text:
        return Grade(False, "no function call")
    try:
        name, arguments = parse_call(text)
    except UnreadableCall as error:
        return Grade(False, str(error))
    if name != check["name"]:
        return Grade(False, f"called {name!r}, not {check['name']!r}")
    if any(same(arguments, wanted) for wanted in [check["arguments"], *check.get("accept", [])]):
        return Grade(True)
    return Grade(False, _difference(arguments, check["arguments"]))
