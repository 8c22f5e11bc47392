"""`/memory` for gradio_client, and a path that Prometheus reads where the operator opens one."""

from __future__ import annotations

from typing import Any

from gradio.events import api
from prometheus_client import CONTENT_TYPE_LATEST
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from lora_ui.memory.export import memory_result, prometheus_text
from lora_ui.memory.sampler import Sampler
from lora_ui.ui.services import Services


def register_memory_endpoint(services: Services) -> None:
    """Add `/memory` to the page that is being built."""

    def memory() -> dict[str, Any]:
        """Where the memory is now: devices, and the parts of the engine's own.

        It is what was last measured, age_s ago; over 2 s that is no longer the state of now. source
        is "nvml" or "host"; on the host, devices has one entry for the machine's memory. What is
        not known is null; problem is a sentence when something could not be measured.

        Example: client.predict(api_name="/memory")["devices"][0]["used_bytes"]
        """
        return memory_result(services.sampler)

    api(memory, api_name="memory", queue=False)


def metrics_routes(sampler: Sampler, path: str | None) -> list[Route]:
    """The route for Prometheus at `path`; none without one."""
    if path is None:
        return []

    def metrics(_: Request) -> Response:
        return Response(prometheus_text(sampler), media_type=CONTENT_TYPE_LATEST)

    return [Route(path, metrics)]
