"""A provider of OpenID Connect on loopback, as the Hub is one: it signs in whom a test says."""

from __future__ import annotations

import secrets
import threading
import time
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import urlencode

import uvicorn
from joserfc import jwt
from joserfc.jwk import KeySet, RSAKey
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse, RedirectResponse
from starlette.routing import Route

from tests.app_process import free_port

CLIENT = {"OAUTH_CLIENT_ID": "the-demo", "OAUTH_CLIENT_SECRET": "its secret"}


@dataclass
class Provider:
    """Running from its making to `end()`; `user` is who signs in next."""

    user: str = "alice"
    port: int = field(default_factory=free_port)
    seconds: int = 3600

    def __post_init__(self) -> None:
        self._key = RSAKey.generate_key(2048, {"kid": "one"}, auto_kid=False)
        self._asked: dict[str, tuple[str, str]] = {}
        routes = [
            Route("/.well-known/openid-configuration", self._discovery),
            Route("/oauth/authorize", self._authorize),
            Route("/oauth/token", self._token, methods=["POST"]),
            Route("/oauth/jwks", self._keys),
        ]
        config = uvicorn.Config(Starlette(routes=routes), port=self.port, log_level="warning")
        self._server = uvicorn.Server(config)
        self._thread = threading.Thread(target=self._server.run, daemon=True)
        self._thread.start()
        while not self._server.started:
            time.sleep(0.01)

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    @property
    def environment(self) -> dict[str, str]:
        """What a Space with `hf_oauth: true` has in its environment."""
        return {
            **CLIENT,
            "SYSTEM": "spaces",
            "SPACE_ID": "somebody/demo",
            "OAUTH_SCOPES": "openid profile",
            "OPENID_PROVIDER_URL": self.url,
        }

    def end(self) -> None:
        self._server.should_exit = True
        self._thread.join(10)

    async def _discovery(self, _: Request) -> JSONResponse:
        return JSONResponse(
            {
                "issuer": self.url,
                "authorization_endpoint": f"{self.url}/oauth/authorize",
                "token_endpoint": f"{self.url}/oauth/token",
                "jwks_uri": f"{self.url}/oauth/jwks",
                "id_token_signing_alg_values_supported": ["RS256"],
            }
        )

    async def _authorize(self, request: Request) -> RedirectResponse:
        asked = request.query_params
        assert asked["client_id"] == CLIENT["OAUTH_CLIENT_ID"]
        code = secrets.token_hex(8)
        self._asked[code] = (self.user, asked["nonce"])
        back = urlencode({"code": code, "state": asked["state"]})
        joint = "&" if "?" in asked["redirect_uri"] else "?"
        return RedirectResponse(f"{asked['redirect_uri']}{joint}{back}")

    async def _token(self, request: Request) -> JSONResponse:
        form = await request.form()
        user, nonce = self._asked.pop(str(form["code"]))
        now = int(time.time())
        claims: dict[str, Any] = {
            "iss": self.url,
            "aud": CLIENT["OAUTH_CLIENT_ID"],
            "sub": user,
            "iat": now,
            "exp": now + self.seconds,
            "nonce": nonce,
            "name": user.title(),
            "preferred_username": user,
            "profile": f"{self.url}/{user}",
            "picture": f"{self.url}/{user}.png",
        }
        told = jwt.encode({"alg": "RS256", "kid": "one"}, claims, self._key)
        return JSONResponse(
            {
                "access_token": secrets.token_hex(8),
                "token_type": "bearer",
                "expires_in": self.seconds,
                "scope": "openid profile",
                "id_token": told,
            }
        )

    async def _keys(self, _: Request) -> JSONResponse:
        return JSONResponse(KeySet([self._key]).as_dict(private=False))
