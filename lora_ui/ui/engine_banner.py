"""The line that says how the engine stands: its start stage by stage, then what it is."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from html import escape
from typing import Any

import gradio as gr

from lora_ui.catalog.models import Limits
from lora_ui.compare.asking import printable
from lora_ui.engine.protocol import AdapterStatus, EngineStatus, Stage
from lora_ui.strings import word
from lora_ui.ui.services import Services

POLL_S = 1.0


@dataclass(frozen=True)
class EngineBanner:
    """The banner's parts. `details` is apart so that redrawing the line leaves it unfolded."""

    line: gr.HTML
    details: gr.HTML
    timer: gr.Timer


def build_engine_banner(services: Services) -> EngineBanner:
    """The banner as it stands when the page is built; `wire_engine_banner` keeps it true."""
    status, adapters = services.engine.status(), services.engine.adapters()
    line, details = line_html(status, adapters), details_html(status, adapters, services.limits)
    return EngineBanner(
        line=gr.HTML(line, elem_id="engine-line", apply_default_css=False),
        details=gr.HTML(details, elem_id="engine-details", apply_default_css=False),
        timer=gr.Timer(POLL_S),
    )


def wire_engine_banner(demo: gr.Blocks, banner: EngineBanner, services: Services) -> None:
    """Look at the engine's cheap status, and answer only when what is shown has changed."""

    def refresh(request: gr.Request, line: str | None, details: str | None) -> tuple[Any, Any]:
        status = services.engine.status()
        adapters = services.engine.adapters(request.session_hash)
        fresh_line = line_html(status, adapters)
        fresh_details = details_html(status, adapters, services.limits)
        return (
            gr.skip() if fresh_line == line else fresh_line,
            gr.skip() if fresh_details == details else fresh_details,
        )

    for event in (banner.timer.tick, demo.load):
        event(
            refresh,
            inputs=[banner.line, banner.details],
            outputs=[banner.line, banner.details],
            queue=False,
            show_progress="hidden",
            api_visibility="private",
        )


def line_html(status: EngineStatus, adapters: Sequence[AdapterStatus] = ()) -> str:
    """The banner's line; nothing in it is taken over unescaped."""
    again = status.state == "loading" and status.model is not None
    said = word("engine_again" if again else f"engine_{status.state}")
    state = _span(said, f"lui-state lui-{status.state}")
    head = f'<strong role="status">{state}</strong>'
    if status.state == "failed":
        body = f'<span class="lui-fault">{_text(status.error or "")}</span>'
    elif status.state == "loading":
        stages = "".join(_stage(stage) for stage in status.stages)
        detail = _span(status.detail) if status.detail else ""
        body = f'<ul class="lui-stages">{stages}</ul>{detail}'
    else:
        body = "".join(_span(fact) for fact in facts(status))
    return f'<div class="lui-engine">{head}{body}{_verdicts(adapters)}</div>'


def facts(status: EngineStatus) -> list[str]:
    """What the running engine is and how busy it is."""
    said = [status.model, status.device, status.dtype]
    for key, value in (
        ("engine_max_loras", status.max_loras),
        ("engine_max_lora_rank", status.max_lora_rank),
        ("engine_context", status.max_model_len),
    ):
        said.append(word(key, value=f"{value:,}") if value is not None else None)
    said.append(word("engine_load", running=status.running, waiting=status.waiting))
    return [fact for fact in said if fact]


def details_html(
    status: EngineStatus, adapters: Sequence[AdapterStatus] = (), limits: Limits | None = None
) -> str:
    """The settings with their reasons, what the adapters' check found, a failed start's log, and
    what visitors of a public demo may use.
    """
    found = [(one.adapter.name, finding) for one in adapters for finding in one.findings]
    parts = []
    if status.state == "failed" and status.log_tail:
        log = _text("\n".join(status.log_tail))
        parts.append(_disclosure(word("engine_log"), f'<pre tabindex="0">{log}</pre>'))
    if status.choices:
        rows = [(choice.key, choice.value, choice.reason) for choice in status.choices]
        parts.append(_disclosure(word("engine_details"), _rows(rows)))
    if found:
        rows = [(name, finding.message, finding.fix) for name, finding in found]
        parts.append(_disclosure(word("engine_findings"), _rows(rows)))
    if limits is not None:
        rows = [
            (word(f"public_{key}"), f"{value:,g}", word(f"public_{key}_why"))
            for key, value in limits
        ]
        parts.append(_disclosure(word("public_title"), _rows(rows)))
    return "".join(parts)


def _verdicts(adapters: Sequence[AdapterStatus]) -> str:
    """How many adapters were refused or come with a warning; nothing when all are well."""
    said = ""
    for verdict, key in (("refused", "engine_some_refused"), ("warning", "engine_some_warned")):
        count = sum(one.verdict == verdict for one in adapters)
        said += _span(word(key, count=count), f"lui-{verdict}") if count else ""
    return said


def _rows(rows: Sequence[tuple[str, str, str]]) -> str:
    """A name, what holds for it, and why, one row each."""
    body = "".join(
        f'<dt>{_text(name)}</dt><dd class="lui-value">{_text(value)}</dd><dd>{_text(why)}</dd>'
        for name, value, why in rows
    )
    return f"<dl>{body}</dl>"


def _stage(stage: Stage) -> str:
    words = word("engine_stage", name=stage.name, seconds=f"{stage.seconds:.1f}")
    return f'<li class="{"lui-past" if stage.done else "lui-now"}">{_text(words)}</li>'


def _disclosure(title: str, body: str) -> str:
    return f'<details class="lui-details"><summary>{_text(title)}</summary>{body}</details>'


def _span(text: str, css: str = "") -> str:
    return f'<span class="{css}">{_text(text)}</span>' if css else f"<span>{_text(text)}</span>"


def _text(text: str) -> str:
    return escape(printable(text))
