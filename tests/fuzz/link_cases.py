"""Links as an enemy would write them: the same number is always the same link."""

from __future__ import annotations

import json
import random
import string
from collections.abc import Callable
from urllib.parse import quote, quote_from_bytes

from lora_ui.share.state import STATES, parameters

MARKER = "window.pwned=1"
"""What a script of theirs would do: the page's `pwned` must stay unset."""

TEXTS = (
    f"<script>{MARKER}</script>",
    f"<img src=x onerror={MARKER}>",
    f'"><svg onload={MARKER}>',
    f"javascript:{MARKER}",
    f"');{MARKER};//",
    f"</script><script>{MARKER}</script>",
    f"${{{MARKER}}}",
    f"{{{{constructor.constructor('{MARKER}')()}}}}",
    f"`${{{MARKER}}}`",
    f"\\u003cscript\\u003e{MARKER}\\u003c/script\\u003e",
    f"![x](javascript:{MARKER}) [x](javascript:{MARKER})",
    f"<iframe srcdoc='<script>parent.{MARKER}</script>'></iframe>",
    "{value}",
    "%s%n{0.__class__}",
    "../../../../etc/passwd",
    "__proto__",
    "constructor",
    "hasOwnProperty",
    "\0",
    "\x1b[31m\x07",
    "\u202e\u2066\ufeff\u2028",
    "e" + "\u0301" * 300,
    "🏳️‍🌈" * 20,
    "-1",
    "NaN",
    "Infinity",
    "1e999",
    "0x10",
    "9" * 400,
    "1,000",
    "true",
    "null",
    "[]",
    "{}",
    "",
    " ",
    ",",
    "base",
    "base,math,math,text2sql",
)
BROKEN = ("%", "%f", "%zz", "%ff", "%ed%a0%80", "%c0%af", "%00", "%u0041", "&&", "=", "#", ";", "?")
NAMES = (
    *("v", "tab", "run", "adapter", "key", "__proto__", "constructor", "toString", "__theme"),
    *("prompt[]", "PROMPT", "view", "deep_link", "__sign", "\0", "<b>", "fn_index", "session_hash"),
    *dict.fromkeys(name for model in STATES.values() for name in parameters(model)),
)

Dice = random.Random


def make(number: int) -> str:
    """The query of hostile link `number`, with its `?`."""
    dice = random.Random(number)
    pairs = [_pair(dice, name) for name in _names(dice)]
    if dice.random() < 0.8:
        pairs.insert(0, f"tab={dice.choice([*STATES] * 4 + ['x', '<b>', '', '__proto__'])}")
    if dice.random() < 0.3:
        pairs.append("run=1")
    query = "&".join(pairs)
    if dice.random() < 0.15:
        query = _damaged(dice, query)
    return f"?{query}"


def _names(dice: Dice) -> list[str]:
    names = [dice.choice(NAMES) for _ in range(dice.randint(1, 8))]
    if dice.random() < 0.2:
        names += names[:2]
    return names


def _pair(dice: Dice, name: str) -> str:
    if dice.random() < 0.1:
        return quote(name) + dice.choice(BROKEN) + dice.choice(BROKEN)
    if name == "__theme":
        return "__theme=" + dice.choice(["dark", "light", quote(TEXTS[0])])
    make_text = _MAKERS.get(name, _text) if dice.random() < 0.8 else _text
    text = make_text(dice)
    if dice.random() < 0.1:
        return f"{name}={text.encode('utf-8', 'surrogatepass').decode('latin-1')}"[:2000]
    return f"{quote(name)}={quote_from_bytes(text.encode('utf-8', 'surrogatepass'))}"


def _text(dice: Dice) -> str:
    kind = dice.random()
    if kind < 0.75:
        return dice.choice(TEXTS)
    if kind < 0.85:
        return dice.choice(TEXTS) * dice.choice([2, 30, 1000])
    if kind < 0.88:
        return dice.choice("x<&\0é") * 100_000
    return "".join(chr(dice.randrange(0x11000)) for _ in range(dice.randint(1, 40)))


def _json(dice: Dice) -> str:
    if dice.random() < 0.1:
        return dice.choice(["[", '{"a":', '[{"adapter":']) * dice.choice([3, 500, 50_000])
    columns = [_column(dice) for _ in range(dice.choice([1, 1, 2, 3, 70]))]
    return json.dumps(columns, ensure_ascii=dice.random() < 0.5)


def _column(dice: Dice) -> object:
    if dice.random() < 0.2:
        return dice.choice([None, 1, [], "base", {}, [[[]]], True, dice.choice(TEXTS)])
    names = [dice.choice(NAMES) for _ in range(dice.randint(0, 4))]
    values = [dice.choice([dice.choice(TEXTS), 1, -1, 1e308, True, None, [], {}]) for _ in names]
    adapter = dice.choice(["base", "math", "text2sql", dice.choice(TEXTS), 7])
    return {**dict(zip(names, values, strict=True)), "adapter": adapter}


def _functions(dice: Dice) -> str:
    function = {"name": dice.choice(["f", *TEXTS]), "description": dice.choice(TEXTS)}
    parameter = {"type": dice.choice(["string", "object", *TEXTS]), "enum": [dice.choice(TEXTS)]}
    function["parameters"] = {"type": "object", "properties": {dice.choice(TEXTS): parameter}}
    return json.dumps([function] * dice.choice([1, 2]), ensure_ascii=False)


def _damaged(dice: Dice, query: str) -> str:
    """Some characters changed or missing."""
    signs = list(query[:20_000])
    for _ in range(dice.randint(1, 6)):
        place = dice.randrange(len(signs) + 1)
        signs[place : place + dice.randint(0, 3)] = dice.choice([*BROKEN, *string.punctuation, ""])
    return "".join(signs)


_MAKERS: dict[str, Callable[[Dice], str]] = {
    "columns": _json,
    "functions": _functions,
    "v": lambda dice: dice.choice(["1", "2", "99999", *TEXTS]),
}
