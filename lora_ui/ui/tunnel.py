"""`--share`: a public link through Gradio's tunnel.

Gradio's own `launch(share=True)` waits for the tunnel, and its page then loads scripts from another
host. So the tunnel is opened by itself, once the page is there.
"""

from __future__ import annotations

from urllib.parse import urlsplit

import gradio as gr
from gradio.networking import setup_tunnel

from lora_ui.errors import Problem


def open_tunnel(page: gr.Blocks) -> str:
    """The public address of a launched page; a `Problem` says why there is none.

    It may take a minute, and ends with the process.
    """
    try:
        address = setup_tunnel(page.server_name, page.server_port, page.share_token, None, None)
    except Exception as error:  # network, download, disk and helper fail in ways of their own
        reason = str(error.__cause__ or error).strip() or type(error).__name__
        raise Problem("share_unreachable", detail=reason.splitlines()[0]) from error
    return urlsplit(address)._replace(scheme="https").geturl()
