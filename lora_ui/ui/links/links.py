"""The masthead as a Gradio component. Its script knows what is set up in every tab.

`window.loraLinks` hears of Gradio's components from frontend-only events (`links_events`) and asks
the custom views itself. It keeps the address bar true, makes links and settings files, and hands
what an opened link says to the views, also to those whose tab Gradio has not drawn yet.
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping, Sequence
from html import escape
from pathlib import Path
from typing import Any

import gradio as gr

from lora_ui.share import all_fields
from lora_ui.share.links import FOREIGN, FOREIGN_PREFIXES
from lora_ui.share.state import MAX_FILE_BYTES, STATES, VERSION, parameters
from lora_ui.share.writing import MAX_LINK_BYTES
from lora_ui.strings import word
from lora_ui.ui.scripts import script

_HERE = Path(__file__).parent
CSS = (_HERE / "links.css").read_text(encoding="utf-8")
_SPACE_ID = re.compile(r"[A-Za-z0-9][\w.-]*/[A-Za-z0-9][\w.-]*", re.ASCII)
_TEMPLATE = """<div id="masthead"><h1>{name}</h1><p>{claim}</p>
<div class="lui-links"></div>{duplicate}{sign_out}
</div><div class="lui-link-notices"></div>"""


def build_links(
    runs: Mapping[str, str],
    ticked: Mapping[str, Sequence[str]],
    space: str | None = None,
    has_login: bool = False,
) -> gr.HTML:
    """The masthead. Its event is `open` ({query, text}): a link's query or a settings file's text
    is to be read; the other is None.

    `runs` are the ids of the tabs' Run buttons, `ticked` the adapters that the page ticks by itself
    in a tab. In a `space`, its id, it says how to have one's own; behind a login, how to leave. As
    an output it takes `opened_view`.
    """
    known = {
        "version": VERSION,
        "limit_bytes": MAX_LINK_BYTES,
        "file_limit_bytes": MAX_FILE_BYTES,
        "foreign": FOREIGN,
        "foreign_prefixes": FOREIGN_PREFIXES,
        "tabs": {tab: _tab(tab, runs.get(tab), ticked.get(tab)) for tab in STATES},
    }
    return gr.HTML(
        value={},
        html_template=_TEMPLATE.format(
            name=escape(word("app_name")),
            claim=escape(word("app_claim")),
            duplicate=_duplicate(space),
            sign_out=f'<a href="logout">{escape(word("sign_out"))}</a>' if has_login else "",
        ),
        js_on_load="\n".join(
            [
                f"const LINKS = {json.dumps(known)};",
                script("links_", _HERE / "writing.js", _HERE / "links.js", _HERE / "menu.js"),
            ]
        ),
        apply_default_css=False,
        elem_id="links",
    )


def _duplicate(space: str | None) -> str:
    """Where the Hub makes a copy of this Space; nothing for what is no id of one."""
    if space is None or not _SPACE_ID.fullmatch(space):
        return ""
    address = f"https://huggingface.co/spaces/{space}?duplicate=true"
    text = escape(word("duplicate_space"))
    return f'<a id="duplicate" href="{address}" target="_blank" rel="noopener">{text}</a>'


def _tab(tab: str, run: str | None, ticked: Sequence[str] | None) -> dict[str, Any]:
    """The tab's parameters in their order, each with its default, and what the script must know."""
    model = STATES[tab]
    defaults = {"adapters": [], **all_fields(model())}
    if ticked is not None:
        defaults["adapters"] = list(ticked)
    return {
        "fields": [[name, defaults[name]] for name in parameters(model)],
        "run": run,
        "has_view": tab != "batch",  # a custom view holds a part of what is set up
    }
