"""What stands around the page: logins, `/healthz`, and the path that Prometheus reads."""

from __future__ import annotations

from typing import Any

from starlette.middleware import Middleware
from starlette.requests import Request
from starlette.routing import BaseRoute

from lora_ui.access.accounts import Accounts
from lora_ui.access.gate import SIGNING_PATHS, Gate, signed_in
from lora_ui.engine.protocol import Engine
from lora_ui.hosting import Hosting
from lora_ui.memory.sampler import Sampler
from lora_ui.strings import word
from lora_ui.ui.health import HEALTH_PATH, health_routes
from lora_ui.ui.memory_endpoints import metrics_routes

STARTUP_PATH = "/gradio_api/startup-events"
"""Gradio asks its own server for it at the start; it tells nothing, and again it does nothing."""

LOGIN_STYLE = "<style>.main > .wrap, .main > .wrap > .panel { background: none; }</style>"
"""Gradio's login has boxes behind it that are not of the page's colours."""


def entrance(hosting: Hosting, engine: Engine, sampler: Sampler) -> dict[str, Any]:
    """What `Blocks.launch()` is given so that those come in who may, and find it where it is.

    Health and metrics are outside of every login.
    """
    routes: list[BaseRoute] = [*health_routes(engine), *metrics_routes(sampler, hosting.metrics)]
    given: dict[str, Any] = {
        "root_path": hosting.root_path,
        "share": False,  # also against Gradio's own variable; ours is opened once the page is there
    }
    middleware: list[Middleware] = []
    if hosting.accounts:
        given["auth"] = Accounts(hosting.accounts).admit
        given["auth_message"] = f"{LOGIN_STYLE}{word('log_in')}"
    if hosting.hf_users:
        open_paths = (HEALTH_PATH, STARTUP_PATH, *SIGNING_PATHS, *filter(None, [hosting.metrics]))
        signing_routes, sessions = _signing_in()
        routes += signing_routes
        middleware += [*sessions, Middleware(Gate, hosting.hf_users, open_paths)]
        given["auth_dependency"] = _user_of  # so that Gradio, too, knows who asks
    return {**given, "app_kwargs": {"routes": routes, "middleware": middleware}}


def _user_of(request: Request) -> str | None:
    return signed_in(request.session)


def _signing_in() -> tuple[list[BaseRoute], list[Middleware]]:
    """Gradio's way to sign in with Hugging Face, and the sessions that it needs.

    Gradio gives them only to a page with a LoginButton, which keeps nobody out and which this page
    has no use for: so an app of their own gets them, and lends them.
    """
    from fastapi import FastAPI
    from gradio.oauth import attach_oauth

    lender = FastAPI(openapi_url=None)
    attach_oauth(lender)
    return lender.routes, lender.user_middleware
