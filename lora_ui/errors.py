"""The one family of errors that people see: a code, its parameters, and a sentence with the fix.

The page, the endpoints and the command line all show the same sentence (see `lora_ui.strings`).
"""

from __future__ import annotations

from typing import Any, Literal

from lora_ui.strings import sentence

Severity = Literal["info", "warning", "error"]


class Problem(Exception):
    """Something that a person can put right.

    `code` names the sentence, `params` fill it in, `severity` says whether work goes on.
    """

    def __init__(self, code: str, *, severity: Severity = "error", **params: Any) -> None:
        self.code = code
        self.params = params
        self.severity: Severity = severity
        super().__init__(sentence(code, **params))

    @property
    def message(self) -> str:
        """The whole sentence, fix included."""
        return str(self)

    def again(self) -> Problem:
        """The same for one more who is to be told; a raised exception remembers where it was."""
        return Problem(self.code, severity=self.severity, **self.params)
