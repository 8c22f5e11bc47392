"""Paths into a JSON value: `$.to[1]` as text, `("to", 1)` in parts."""

from __future__ import annotations

import json
import re

Path = tuple[str | int, ...]

_PLAIN = re.compile(r"[A-Za-z_]\w*", re.ASCII)


def path_text(parts: Path) -> str:
    """`$.a[0]` for `("a", 0)`. Keys that are no plain names stand in brackets and quotes."""
    text = "$"
    for part in parts:
        if isinstance(part, int):
            text += f"[{part}]"
        elif _PLAIN.fullmatch(part):
            text += f".{part}"
        else:
            text += f"[{json.dumps(part, ensure_ascii=False)}]"
    return text
