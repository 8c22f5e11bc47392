"""Hosting: where the app listens, who may come in, and what they may use."""

from __future__ import annotations

import argparse
import re
from collections.abc import Mapping
from dataclasses import dataclass

from lora_ui.access.accounts import Account, read_accounts
from lora_ui.catalog.models import Limits
from lora_ui.errors import Problem
from lora_ui.layers import flag, pick, pick_switch, short, switch, wrong

METRICS_PATH = "/metrics"
LOOPBACK = ("127.0.0.1", "localhost", "::1")
HF_LOGIN_NEEDS = (
    "SYSTEM",
    "SPACE_ID",
    "OAUTH_CLIENT_ID",
    "OAUTH_CLIENT_SECRET",
    "OAUTH_SCOPES",
    "OPENID_PROVIDER_URL",
)
"""The variables that a Space with `hf_oauth: true` has; SYSTEM is "spaces" there."""

_METRICS = re.compile(rf"(/[\w.-]+)*{METRICS_PATH}")
_ROOT_PATH = re.compile(r"(/[\w.~-]+)+|https?://[\w.:\[\]-]+(/[\w.~-]+)*")


@dataclass(frozen=True)
class Hosting:
    """How people reach the app.

    `root_path` is where a reverse proxy shows it, "" for the proxy's root. `metrics` is the path
    at which Prometheus may read, None for nowhere. `share` asks for a link through Gradio's tunnel.
    `accounts` are pairs of a user's name and the hash of their password, `hf_users` those of
    Hugging Face who may come in; with neither, everybody may. `limits` are those of a public demo,
    None where nobody is limited. `space` is the id of the Space that this runs in.
    """

    host: str = "127.0.0.1"
    port: int = 7860
    root_path: str = ""
    metrics: str | None = None
    share: bool = False
    accounts: tuple[Account, ...] = ()
    hf_users: tuple[str, ...] = ()
    limits: Limits | None = None
    space: str | None = None

    @property
    def is_open(self) -> bool:
        """Whether whoever reaches it may use it without a login and without limits."""
        return not (self.has_login or self.limits)

    @property
    def has_login(self) -> bool:
        """Whether only those come in who log in."""
        return bool(self.accounts or self.hf_users)

    @property
    def is_local(self) -> bool:
        """Whether only this machine reaches it, as far as the settings tell."""
        return self.host in LOOPBACK and not (self.share or self.root_path)

    def address(self, local: str) -> str:
        """Where people find the app that listens at `local`, which ends in a slash."""
        if "://" in self.root_path:
            return f"{self.root_path}/"
        return f"{local}{self.root_path[1:]}/" if self.root_path else local


def add_server_arguments(parser: argparse.ArgumentParser) -> None:
    """The flags of the web server."""
    parser.add_argument("--host", help="address to listen on (default: 127.0.0.1)")
    parser.add_argument("--port", help="port to listen on (default: 7860)")
    parser.add_argument(
        "--root-path", metavar="PATH", help="path or address at which a reverse proxy shows it"
    )
    parser.add_argument(
        "--metrics",
        metavar="PATH",
        nargs="?",
        const=METRICS_PATH,
        help=f"open a path for Prometheus (without PATH: {METRICS_PATH})",
    )
    door = parser.add_argument_group("who may come in, and what they may use")
    door.add_argument(
        "--public",
        metavar="VALUE",
        nargs="?",
        const="true",
        help="the catalog's limits for public demos: true or false (default: true in a Space)",
    )
    door.add_argument(
        "--share",
        metavar="VALUE",
        nargs="?",
        const="true",
        help="a public link through Gradio's tunnel: true or false",
    )
    door.add_argument("--auth", metavar="USER:HASH,…", help="who may log in, with bcrypt hashes")
    door.add_argument(
        "--hf-login", metavar="USER,…", help="users of Hugging Face who may come in (in a Space)"
    )


def read_hosting(
    flags: argparse.Namespace, environment: Mapping[str, str], limits: Limits
) -> Hosting:
    """What flags and variables say; `limits` are the catalog's, used where the app is public."""
    space = environment.get("SPACE_ID") or None
    public = pick_switch(flags, environment, "public")
    accounts = read_accounts(pick(flags, environment, "auth") or "")
    hf_users = _hf_users(pick(flags, environment, "hf_login") or "", environment)
    if accounts and hf_users:
        raise Problem("two_logins")
    return Hosting(
        host=pick(flags, environment, "host")
        or environment.get("GRADIO_SERVER_NAME")
        or Hosting.host,
        port=_port(
            pick(flags, environment, "port")
            or environment.get("GRADIO_SERVER_PORT")
            or str(Hosting.port)
        ),
        root_path=_root_path(
            pick(flags, environment, "root_path") or environment.get("GRADIO_ROOT_PATH") or ""
        ),
        metrics=_metrics(pick(flags, environment, "metrics")),
        share=bool(pick_switch(flags, environment, "share")),
        accounts=accounts,
        hf_users=hf_users,
        limits=limits if (space is not None if public is None else public) else None,
        space=space,
    )


def _metrics(text: str | None) -> str | None:
    """The path for Prometheus: a switch, or a path that cannot be one of the page's own."""
    if text is None or switch(text) is False:
        return None
    if switch(text):
        return METRICS_PATH
    if not _METRICS.fullmatch(text):
        allowed = f"true, false, or a path that ends in {METRICS_PATH}"
        raise wrong(flag("metrics"), text, allowed)
    return text


def _root_path(text: str) -> str:
    text = text.rstrip("/")
    if text and not _ROOT_PATH.fullmatch(text):
        allowed = "a path such as /lora, or an address such as https://example.org/lora"
        raise wrong(flag("root_path"), text, allowed)
    return text


def _hf_users(text: str, environment: Mapping[str, str]) -> tuple[str, ...]:
    users = tuple(part.strip() for part in text.split(",") if part.strip())
    missing = [name for name in HF_LOGIN_NEEDS if not environment.get(name)]
    if users and (missing or environment["SYSTEM"] != "spaces"):
        raise Problem("hf_login_no_space", missing=", ".join(missing or ["SYSTEM=spaces"]))
    return users


def _port(text: str) -> int:
    # Python refuses to read numbers of thousands of digits
    if not text.isdecimal() or len(text) > 5 or not 1 <= int(text) <= 65535:
        raise Problem("bad_port", found=short(text))
    return int(text)
