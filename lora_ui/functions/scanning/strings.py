"""String literals, decoded: JSON's and Python's."""

from __future__ import annotations

import re
import unicodedata
from json.decoder import JSONDecodeError, scanstring  # pyright: ignore[reportAttributeAccessIssue]

_PLAIN = re.compile(r'[^"\\\x00-\x1f]*+"')
_WITH_APOSTROPHES = re.compile(r'"(?:[^"\\\x00-\x1f]++|\\.)*+"')
_ESCAPE = re.compile(r"\\(.)", re.DOTALL)
_SURROGATE = re.compile(r"[\ud800-\udfff]")


class Stop(Exception):
    """Reading stopped at `pos`: `cut` where the text ends too early, else for the reason `why`."""

    def __init__(self, pos: int, why: str, cut: bool = False) -> None:
        super().__init__(why)
        self.pos, self.why, self.cut = pos, why, cut


def json_string(text: str, pos: int) -> tuple[str, int]:
    """The JSON string whose quote is at `pos`, and the position behind it."""
    plain = _PLAIN.match(text, pos + 1)
    if plain:
        return text[pos + 1 : plain.end() - 1], plain.end()
    try:
        value, end = scanstring(text, pos + 1, True)
    except JSONDecodeError as error:
        return _with_apostrophes(text, pos, error)
    if _SURROGATE.search(value) and not _SURROGATE.search(text, pos, end):
        raise Stop(pos, "why_surrogate")
    return value, end


def _with_apostrophes(text: str, pos: int, error: JSONDecodeError) -> tuple[str, int]:
    r"""As above where only `\'` is wrong: JSON lacks it, and quoted JSON often has it."""
    if error.msg.startswith("Unterminated"):
        raise Stop(len(text), "why_end", cut=True)
    at = min(error.pos, len(text))
    if error.msg.startswith("Invalid control"):
        raise Stop(at, "why_control")
    # For a wrong escape jsonschema's scanner points at the backslash or at what follows it.
    if len(text) - at < 6 and '"' not in text[at + 2 :]:
        raise Stop(len(text), "why_end", cut=True)
    whole = _WITH_APOSTROPHES.match(text, pos)
    if whole and "\\'" in whole[0]:
        mended = _ESCAPE.sub(lambda m: "'" if m[1] == "'" else m[0], whole[0])
        try:
            return scanstring(mended, 1, True)[0], whole.end()
        except JSONDecodeError:
            pass
    raise Stop(at, "why_escape")


_PYTHON = re.compile(r"""([rRuUbBfF]{0,2})('''|\"{3}|'|")""")
_BODIES = {
    "'": re.compile(r"(?:[^'\\\n]++|\\(?:.|\n))*+"),
    '"': re.compile(r'(?:[^"\\\n]++|\\(?:.|\n))*+'),
    "'''": re.compile(r"(?:[^'\\]++|\\(?:.|\n)|'(?!''))*+"),
    '"""': re.compile(r'(?:[^"\\]++|\\(?:.|\n)|"(?!""))*+'),
}
_PYTHON_ESCAPE = re.compile(
    r"\\(x[0-9a-fA-F]{2}|u[0-9a-fA-F]{4}|U[0-9a-fA-F]{8}|N\{[^}\n]{1,80}\}|[0-7]{1,3}|.|\n)",
    re.DOTALL,
)
_SIMPLE = {
    "n": "\n",
    "t": "\t",
    "r": "\r",
    "a": "\a",
    "b": "\b",
    "f": "\f",
    "v": "\v",
    "\n": "",
    "\\": "\\",
    "'": "'",
    '"': '"',
}


def python_string(text: str, pos: int) -> tuple[str, int] | None:
    """The Python string at `pos` and the position behind it; None where none begins there.

    Strings that are computed (`f`) or hold no text (`b`) are refused.
    """
    opening = _PYTHON.match(text, pos)
    if opening is None:
        return None
    prefix, quote = opening[1].lower(), opening[2]
    if set(prefix) & {"f", "b"}:
        raise Stop(pos, "why_prefix")
    body = _BODIES[quote].match(text, opening.end())
    assert body is not None
    end = body.end()
    if not text.startswith(quote, end):
        # Left over at the end may be a lone backslash, or part of a threefold quote.
        if len(text) - end <= 2 and text[end : end + 1] != "\n":
            raise Stop(len(text), "why_end", cut=True)
        raise Stop(end, "why_string")
    value = body[0] if "r" in prefix else _PYTHON_ESCAPE.sub(lambda m: _unescaped(m, pos), body[0])
    return value, end + len(quote)


def _unescaped(match: re.Match[str], pos: int) -> str:
    code = match[1]
    if code in _SIMPLE:
        return _SIMPLE[code]
    if code[0] in "xuU" and len(code) > 1:
        number = int(code[1:], 16)
    elif code[0] in "01234567":
        number = int(code, 8)
    elif code[0] == "N" and len(code) > 1:
        try:
            return unicodedata.lookup(code[2:-1])
        except KeyError:
            raise Stop(pos, "why_escape") from None
    elif code[0] in "xuUN":
        raise Stop(pos, "why_escape")
    else:
        return "\\" + code
    if number > 0x10FFFF or 0xD800 <= number <= 0xDFFF:
        raise Stop(pos, "why_escape")
    return chr(number)
