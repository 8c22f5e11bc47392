"""The gate of `--hf-login`: whoever is not on the list gets no further than the sign-in page.

It stands in front of everything that the app serves: page, endpoints, queue, uploads and files.
"""

from __future__ import annotations

import time
from collections.abc import Collection, Mapping, Sequence
from html import escape
from http import HTTPStatus
from typing import Any
from urllib.parse import quote

from starlette.requests import Request
from starlette.responses import HTMLResponse, JSONResponse, Response
from starlette.types import ASGIApp, Receive, Scope, Send

from lora_ui.strings import sentence, word

SIGN_IN_PATH = "/login/huggingface"
SIGN_OUT_PATH = "/logout"
SIGNING_PATHS = (SIGN_IN_PATH, "/login/callback", SIGN_OUT_PATH)

_PAGE = """<!doctype html>
<html lang="en"><head><meta charset="utf-8"><title>{title}</title>
<meta name="viewport" content="width=device-width, initial-scale=1">
<style>
:root {{ color-scheme: light dark; }}
body {{ margin: 0; min-height: 100vh; display: grid; place-items: center;
  font: 16px/1.5 system-ui, sans-serif; }}
main {{ max-width: 26rem; padding: 1.5rem; text-align: center; }}
h1 {{ font-size: 1.5rem; margin: 0 0 .5rem; }}
a {{ display: inline-block; margin-top: .75rem; padding: .6rem 1.2rem; border-radius: .5rem;
  background: #4338ca; color: #fff; text-decoration: none; font-weight: 600; }}
a:focus-visible {{ outline: 3px solid #f59e0b; outline-offset: 2px; }}
</style></head><body><main><h1>{title}</h1><p>{sentence}</p>
<a id="go" href="{address}">{button}</a></main>
<script>if (window.top !== window) document.getElementById("go").target = "_blank";</script>
</body></html>"""
"""In the Hub's frame, where a browser may keep the session's cookie back, it opens a new tab."""


def signed_in(session: Mapping[str, Any]) -> str | None:
    """The name of the Hugging Face user whose session this is; None when it has ended."""
    told = session.get("oauth_info") or {}
    if (told.get("expires_at") or 0) <= time.time():
        return None
    return (told.get("userinfo") or {}).get("preferred_username")


class Gate:
    """ASGI middleware that lets `users` pass, and everybody to the `open_paths`.

    It needs the session that Starlette's SessionMiddleware, outside of it, has verified.
    """

    def __init__(self, app: ASGIApp, users: Sequence[str], open_paths: Collection[str]) -> None:
        self._app = app
        self._users = frozenset(user.casefold() for user in users)
        self._open_paths = frozenset(open_paths)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass the request on, or answer it."""
        if scope["type"] == "lifespan" or self._passes(scope):
            await self._app(scope, receive, send)
        elif scope["type"] == "websocket":
            await send({"type": "websocket.close", "code": 1008})
        else:
            await _refusal(Request(scope))(scope, receive, send)

    def _passes(self, scope: Scope) -> bool:
        path = scope["path"].removeprefix(scope.get("root_path", ""))
        user = signed_in(scope["session"])
        return path in self._open_paths or (user is not None and user.casefold() in self._users)


def _refusal(request: Request) -> Response:
    """A page for people, an object for scripts: sign in first, or not with this account."""
    user = signed_in(request.session)
    if user is None:
        status, said, button = HTTPStatus.UNAUTHORIZED, sentence("sign_in_first"), "sign_in"
        target = f"/?{request.url.query}" if request.url.query else "/"
        address = f"{SIGN_IN_PATH}?_target_url={quote(target, safe='')}"
    else:
        status, said = HTTPStatus.FORBIDDEN, sentence("not_on_the_list", user=user)
        address, button = SIGN_OUT_PATH, "sign_out"
    headers = {"Cache-Control": "no-store"}
    if "text/html" not in request.headers.get("accept", ""):
        return JSONResponse({"error": said}, status, headers)
    page = _PAGE.format(
        title=word("app_name"),
        sentence=escape(said),
        address=escape(address),
        button=word(button),
    )
    return HTMLResponse(page, status, headers)
