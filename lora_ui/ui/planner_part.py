"""The what-if planner: a model's config, settings and a GPU in; what fits, and a catalog's section.

`build_planner_part` lays it out, `wire_planner_part` connects it.
"""

from __future__ import annotations

import json
import secrets
import time
from collections.abc import Sequence
from dataclasses import dataclass
from html import escape
from pathlib import Path
from typing import Any

import gradio as gr
from gradio.utils import get_upload_folder

from lora_ui.catalog.footprint import DTYPE_BYTES
from lora_ui.catalog.models import ALLOWED_RANKS
from lora_ui.compare.asking import printable
from lora_ui.engine.protocol import Engine
from lora_ui.errors import Problem
from lora_ui.memory.planning import (
    ATTENTION,
    GIB,
    Beside,
    Forecast,
    Part,
    Wish,
    forecast,
    read_config_text,
    settings_yaml,
    size,
)
from lora_ui.strings import word

LONGEST_CONFIG = 200_000
"""Characters of a config.json that are looked at; real ones have a few thousand."""
EXAMPLE = {
    "model_type": "llama",
    "hidden_size": 4096,
    "intermediate_size": 11008,
    "num_hidden_layers": 32,
    "num_attention_heads": 32,
    "num_key_value_heads": 32,
    "vocab_size": 32000,
    "max_position_embeddings": 4096,
    "tie_word_embeddings": False,
    "torch_dtype": "float16",
}
"""The shape of Llama-2-7B, so that the form shows something at once."""
_QUIET: dict[str, Any] = {"show_progress": "hidden", "api_visibility": "private"}


@dataclass(frozen=True)
class PlannerPart:
    """The form, in the order of `_wish`'s arguments, and what comes of it."""

    config: gr.Textbox
    file: gr.UploadButton
    fields: tuple[gr.Textbox | gr.Dropdown, ...]
    run: gr.Button
    yaml: gr.DownloadButton
    result: gr.HTML


def build_planner_part() -> PlannerPart:
    """Lay it out with an example in it."""
    gr.HTML(f"<p>{escape(word('planner_hint'))}</p>", elem_id="planner-hint", padding=False)
    with gr.Row(equal_height=False):
        with gr.Column(scale=2, min_width=300):
            config = gr.Textbox(
                label=word("planner_config"),
                value=json.dumps(EXAMPLE, indent=1),
                lines=8,
                max_lines=12,
                elem_id="planner-config",
            )
            file = gr.UploadButton(
                word("planner_file"), file_types=[".json"], size="sm", elem_id="planner-file"
            )
        with gr.Column(scale=3, min_width=300):
            with gr.Row():
                gpu = _field("gpu", "80")
                max_loras = _field("max_loras", "8")
                rank = _choice("rank", tuple(map(str, ALLOWED_RANKS)), "16")
                context = _field("context", "2048")
                share = _field("share", "0.85")
                dtype = _choice("dtype", ("auto", *DTYPE_BYTES), "auto")
                modules = _choice(
                    "modules", ("attention", "all"), "attention", named="planner_modules"
                )
            with gr.Row():
                run = gr.Button(
                    word("planner_run"), variant="primary", elem_id="planner-run", min_width=130
                )
                yaml = gr.DownloadButton(
                    word("planner_yaml"), interactive=False, elem_id="planner-yaml", min_width=130
                )
    result = gr.HTML("", elem_id="planner-result", apply_default_css=False)
    fields = (gpu, max_loras, rank, context, share, dtype, modules)
    return PlannerPart(config, file, fields, run, yaml, result)


def wire_planner_part(part: PlannerPart, engine: Engine) -> None:
    """Connect the form. What the running engine has measured of itself stands for estimates."""

    def plan(config: str, *values: Any) -> list[Any]:
        try:
            found = make_plan(config, values, engine)
        except Problem as problem:
            return [_problem_html(problem.message), _no_file()]
        return [plan_html(found), gr.update(value=_saved(found), interactive=True)]

    def read(path: str | None) -> Any:
        return gr.skip() if path is None else Path(path).read_text("utf-8", "replace")

    outputs = [part.result, part.yaml]
    inputs = [part.config, *part.fields]
    part.run.click(plan, inputs=inputs, outputs=outputs, **_QUIET)
    loaded = part.file.upload(read, inputs=part.file, outputs=part.config, **_QUIET)
    loaded.then(plan, inputs=inputs, outputs=outputs, **_QUIET)


def make_plan(config: str, values: Sequence[Any], engine: Engine | None = None) -> Forecast:
    """The forecast for what the form holds; a `Problem` for the first value that is wrong."""
    shape = read_config_text(printable(str(config or ""))[:LONGEST_CONFIG])
    gpu, max_loras, rank, context, share, dtype, modules = values
    wish = Wish(
        gpu_bytes=round(_number("gpu", gpu) * GIB),
        max_loras=_whole("max_loras", max_loras),
        max_lora_rank=_whole("max_lora_rank", rank),
        max_model_len=_whole("max_model_len", context),
        gpu_memory_utilization=_number("gpu_memory_utilization", share),
        dtype=str(dtype),
        lora_target_modules=None if modules == "all" else ATTENTION,
    )
    return forecast(shape, wish, _measured(engine))


def _measured(engine: Engine | None) -> Beside:
    """The CUDA context is the same for every model; graphs and workspace are not."""
    memory = engine.observe().memory if engine else None
    worker = next(iter(memory.workers), None) if memory else None
    return Beside(context_bytes=worker.context_bytes or None if worker else None)


def _number(name: str, value: Any) -> float:
    try:
        return float(str(value).strip())
    except ValueError:
        raise Problem(
            "plan_value", name=name, found=f"“{printable(str(value))[:40]}”", allowed="a number"
        ) from None


def _whole(name: str, value: Any) -> int:
    number = _number(name, value)
    if not number.is_integer():
        raise Problem("plan_value", name=name, found=value, allowed="a whole number")
    return int(number)


# ---------------------------------------------------------------- what it shows


def plan_html(plan: Forecast) -> str:
    """Whether it fits, a bar of the GPU's memory, its parts in figures, and what to change."""
    verdict = "lui-done" if plan.fits else "lui-problem"
    parts = [
        f'<p class="{verdict}" role="status">{_text(plan.sentence)}</p>',
        _list("lui-advice", plan.advice),
        _bar(plan),
        _table(plan.parts),
        f'<p class="lui-formula">{_text(plan.formula)}</p>',
        _list("lui-notes", plan.notes),
        f"<pre tabindex='0'>{_text(settings_yaml(plan))}</pre>",
    ]
    return f'<div class="lui-plan">{"".join(parts)}</div>'


def _bar(plan: Forecast) -> str:
    whole = max(plan.wish.gpu_bytes, sum(part.bytes for part in plan.parts))
    pieces = "".join(
        f'<i data-part="{part.key}" style="width:{100 * max(part.bytes, 0) / whole:.2f}%"></i>'
        for part in plan.parts
    )
    return f'<div class="lui-plan-bar" aria-hidden="true">{pieces}</div>'


def _table(parts: Sequence[Part]) -> str:
    rows = "".join(
        f'<li><i data-part="{part.key}"></i><span>{_text(part.label)}</span>'
        f"<b>{'' if part.exact else '≈ '}{_text(size(part.bytes))}</b></li>"
        for part in parts
    )
    return f'<ul class="lui-plan-parts">{rows}</ul>'


def _list(css: str, lines: Sequence[str]) -> str:
    items = "".join(f"<li>{_text(line)}</li>" for line in lines)
    return f'<ul class="{css}">{items}</ul>' if items else ""


def _problem_html(words: str) -> str:
    return f'<div class="lui-plan"><p class="lui-problem" role="alert">{_text(words)}</p></div>'


def _text(text: str) -> str:
    return escape(printable(text))


def _no_file() -> Any:
    return gr.update(value=None, interactive=False)


def _saved(plan: Forecast) -> str:
    """A file in Gradio's cache, which the page clears by age."""
    folder = Path(get_upload_folder())
    folder.mkdir(parents=True, exist_ok=True)
    path = folder / f"engine-{time.strftime('%Y%m%d-%H%M%S')}-{secrets.token_hex(8)}.yaml"
    path.write_text(settings_yaml(plan), encoding="utf-8")
    return str(path)


def _field(key: str, value: str) -> gr.Textbox:
    return gr.Textbox(
        label=word(f"planner_{key}"),
        value=value,
        max_lines=1,
        min_width=190,
        elem_id=f"planner-{key.replace('_', '-')}",
    )


def _choice(key: str, choices: Sequence[str], value: str, *, named: str = "") -> gr.Dropdown:
    return gr.Dropdown(
        label=word(f"planner_{key}"),
        choices=[(word(f"{named}_{one}") if named else one, one) for one in choices],
        value=value,
        min_width=190,
        elem_id=f"planner-{key}",
    )
