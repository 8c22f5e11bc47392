"""What the check of an adapter found: one sentence that says what, one that says what to do."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any, Literal

from lora_ui.errors import Problem, Severity
from lora_ui.strings import finding_sentences

Verdict = Literal["ok", "warning", "refused"]


@dataclass(frozen=True)
class Finding:
    """One thing that was found. An `error` refuses the adapter, a `warning` lets it run."""

    code: str
    severity: Severity
    message: str
    fix: str = ""


def finding(code: str, severity: Severity, **params: Any) -> Finding:
    """The finding `code` in words (see `lora_ui.strings`), its parameters filled in."""
    message, fix = finding_sentences(code, **params)
    return Finding(code, severity, message, fix)


def finding_of(problem: Problem) -> Finding:
    """A problem on the way to an adapter's files, as a finding; its sentence holds the fix."""
    return Finding(problem.code, problem.severity, problem.message)


def verdict_of(findings: Iterable[Finding]) -> Verdict:
    """The worst finding decides; `info` alone leaves an adapter ok."""
    severities = {found.severity for found in findings}
    if "error" in severities:
        return "refused"
    return "warning" if "warning" in severities else "ok"
