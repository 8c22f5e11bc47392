"""`/healthz`: whether the app can answer now, for load balancers and container platforms."""

from __future__ import annotations

from http import HTTPStatus

from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from lora_ui.engine.protocol import Engine

HEALTH_PATH = "/healthz"
HEALTH_FIELDS = ("state", "stage", "detail", "elapsed_s", "running", "waiting", "error")
"""Of `/engine`, without what says which model and machine this is: anybody may read it."""


def health_routes(engine: Engine) -> list[Route]:
    """The route: 200 while the engine is ready, else 503, with the same fields."""

    def healthz(_: Request) -> Response:
        status = engine.status()
        ready = status.state == "ready"
        return JSONResponse(
            {name: getattr(status, name) for name in HEALTH_FIELDS},
            HTTPStatus.OK if ready else HTTPStatus.SERVICE_UNAVAILABLE,
            {"Cache-Control": "no-store"},
        )

    return [Route(HEALTH_PATH, healthz)]
