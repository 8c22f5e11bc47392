"""The gate of `--hf-login`, over a small app: who passes, and what the others are told."""

from __future__ import annotations

import json
import time
from base64 import b64encode
from typing import Any

import pytest
from itsdangerous import TimestampSigner
from starlette.applications import Starlette
from starlette.middleware import Middleware
from starlette.middleware.sessions import SessionMiddleware
from starlette.requests import Request
from starlette.responses import PlainTextResponse
from starlette.routing import Route, WebSocketRoute
from starlette.testclient import TestClient
from starlette.websockets import WebSocket, WebSocketDisconnect

from lora_ui.access.gate import SIGNING_PATHS, Gate

SECRET = "of this test"
OPEN = ("/healthz", *SIGNING_PATHS)


async def inside(_: Request) -> PlainTextResponse:
    return PlainTextResponse("inside")


async def talk(socket: WebSocket) -> None:
    await socket.accept()
    await socket.close()


@pytest.fixture
def client() -> TestClient:
    app = Starlette(
        routes=[
            WebSocketRoute("/talk", talk),
            Route("/{path:path}", inside, methods=["GET", "POST"]),
        ],
        middleware=[
            Middleware(SessionMiddleware, secret_key=SECRET),
            Middleware(Gate, ("Alice", "bob"), OPEN),
        ],
    )
    return TestClient(app)


def session_of(user: Any, expires_at: Any = None, secret: str = SECRET) -> dict[str, str]:
    """The cookie that a sign-in leaves."""
    told = {
        "expires_at": time.time() + 60 if expires_at is None else expires_at,
        "userinfo": {"preferred_username": user},
    }
    data = b64encode(json.dumps({"oauth_info": told}).encode())
    return {"Cookie": f"session={TimestampSigner(secret).sign(data).decode()}"}


@pytest.mark.parametrize("name", ["alice", "ALICE", "bob"])
def test_who_is_on_the_list_passes(client: TestClient, name: str):
    assert client.get("/", headers=session_of(name)).text == "inside"
    assert client.post("/gradio_api/queue/join", headers=session_of(name)).text == "inside"


@pytest.mark.parametrize("path", OPEN)
def test_the_open_paths_are_everybodys(client: TestClient, path: str):
    assert client.get(path).text == "inside"


@pytest.mark.parametrize(
    "path",
    ["/", "/config", "/healthz/", "/healthz/x", "/x/healthz", "//healthz", "/login", "/logout/../"],
)
def test_nothing_else_is(client: TestClient, path: str):
    answer = client.get(path)
    assert answer.status_code == 401
    assert answer.json()["error"].startswith("This demo is open to some users of Hugging Face")


@pytest.mark.parametrize(
    "headers",
    [
        session_of("alice", expires_at=time.time() - 1),
        session_of("alice", expires_at=0),
        session_of("alice", secret="of somebody else"),
        session_of(None),
        {"Cookie": "session=alice"},
    ],
)
def test_a_session_that_does_not_hold_is_none(client: TestClient, headers: dict[str, str]):
    assert client.get("/", headers=headers).status_code == 401


def test_somebody_else_is_told_so(client: TestClient):
    answer = client.get("/", headers={**session_of("<b>mallory"), "Accept": "text/html"})
    assert answer.status_code == 403
    assert "&lt;b&gt;mallory is not on the list" in answer.text
    assert 'href="/logout"' in answer.text
    assert client.post("/gradio_api/upload", headers=session_of("mallory")).status_code == 403


def test_a_link_survives_signing_in(client: TestClient):
    answer = client.get('/?tab=compare&prompt="><b>', headers={"Accept": "text/html"})
    assert answer.status_code == 401
    assert answer.headers["cache-control"] == "no-store"
    address = "/login/huggingface?_target_url=%2F%3Ftab%3Dcompare%26prompt%3D"
    assert address in answer.text
    assert "<b>" not in answer.text


def test_a_socket_is_closed_at_once(client: TestClient):
    with pytest.raises(WebSocketDisconnect), client.websocket_connect("/talk"):
        raise AssertionError("it was opened")
    with client.websocket_connect("/talk", headers=session_of("alice")):
        pass
