"""The parser on text that arrives in chunks."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from lora_ui.functions.formats import AUTO
from lora_ui.functions.parsing import parse, readable
from lora_ui.functions.results import ParseResult
from lora_ui.functions.schema import Function, read_functions

_ALWAYS = 4096
_GROWTH = 1 / 16


class StreamParser:
    """Collects chunks; `preview` shows what there is, `finish` gives the result.

    The result is that of the whole text, however it was cut into chunks. A preview of a long text
    is made anew once the text has grown by a sixteenth, so that all previews together take time
    that grows with the text's length, however often one is asked for.
    """

    def __init__(
        self, functions: Sequence[Mapping[str, Any] | Function], format: str = AUTO
    ) -> None:
        """TypeError or ValueError as of `parse_calls`."""
        self._functions = read_functions(functions)
        self._formats = readable(format)
        self._chunks: list[str] = []
        self._length = 0
        self._seen = -1
        self._preview = ParseResult()

    def feed(self, chunk: str) -> None:
        """Takes the next piece of the text."""
        self._chunks.append(chunk)
        self._length += len(chunk)

    @property
    def text(self) -> str:
        """All text so far."""
        if len(self._chunks) > 1:
            self._chunks = ["".join(self._chunks)]
        return self._chunks[0] if self._chunks else ""

    def preview(self) -> ParseResult:
        """What the text so far holds. A call that is not complete yet is `open`, and no error."""
        grown = self._length - self._seen
        if self._seen < 0 or (
            grown and (self._length <= _ALWAYS or grown >= self._length * _GROWTH)
        ):
            self._seen = self._length
            self._preview = parse(self.text, self._functions, self._formats, "stop", preview=True)
        return self._preview

    def finish(self, finish_reason: str = "stop") -> ParseResult:
        """The result of the whole text, as `parse_calls` gives it."""
        return parse(self.text, self._functions, self._formats, finish_reason)
