"""Putting the app together: settings, engine, page, and an orderly end."""

from __future__ import annotations

import argparse
import errno
import gc
import os
import signal
import socket
import threading
from collections.abc import Callable, Iterator
from typing import TYPE_CHECKING

from lora_ui.catalog.additions import Shelf
from lora_ui.errors import Problem
from lora_ui.hosting import LOOPBACK, Hosting, add_server_arguments
from lora_ui.settings import Settings, add_arguments, load_settings
from lora_ui.strings import word

if TYPE_CHECKING:
    import gradio as gr

    from lora_ui.engine.protocol import Engine

SPACE_PROXIES = "127.0.0.1,::1,10.0.0.0/8,100.64.0.0/10,172.16.0.0/12,192.168.0.0/16"
"""From where a Space's proxy may come: what it says of a visitor's address is believed."""

MakeEngine = Callable[[Settings], "Engine"]


def make_engine(settings: Settings) -> Engine:
    """The engine that the app runs on, not started yet."""
    from lora_ui.engine.start import make_engine

    return make_engine(settings)


def main(argv: list[str] | None = None, make_engine: MakeEngine = make_engine) -> None:
    """Run the app until Ctrl-C or SIGTERM; a `Problem` says why it could not start."""
    parser = argparse.ArgumentParser(
        prog="app.py",
        description="One vLLM engine, many LoRA adapters, side by side in a web page.",
    )
    add_server_arguments(parser)
    add_arguments(parser)
    settings = load_settings(parser.parse_args(argv))
    _check_port(settings.hosting)
    ended = threading.Event()
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, lambda *_: ended.set())
    _serve(settings, make_engine, ended)


def may_clear_cache(settings: Settings) -> bool:
    """Whether the page offers to clear the Hub cache.

    `auto` is while only this machine sees it and it is no public demo.
    """
    allowed = settings.catalog.additions.clear_cache
    hosting = settings.hosting
    return hosting.is_local and hosting.limits is None if allowed == "auto" else allowed


def make_shelf(settings: Settings) -> Shelf | None:
    """Where added adapters go; None when the cache cannot be written.

    The page must come up all the same: the engine's start says there what is wrong.
    """
    catalog = settings.catalog
    try:
        return Shelf(
            catalog.additions,
            settings.cache_dir / "added",
            settings.catalog_path.parent,
            [adapter.name for adapter in catalog.adapters],
        )
    except Problem:
        return None


def _check_port(hosting: Hosting) -> None:
    family = socket.AF_INET6 if ":" in hosting.host else socket.AF_INET
    with socket.socket(family) as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((hosting.host, hosting.port))
        except OSError as error:
            code = "port_in_use" if error.errno == errno.EADDRINUSE else "address_unusable"
            raise Problem(
                code, host=hosting.host, port=hosting.port, detail=error.strerror
            ) from None
        except (TypeError, ValueError) as error:  # text that cannot be a host's name
            raise Problem(
                "address_unusable", host=hosting.host, port=hosting.port, detail=error
            ) from None


def _serve(settings: Settings, make_engine: MakeEngine, ended: threading.Event) -> None:
    os.environ.setdefault("GRADIO_ANALYTICS_ENABLED", "False")
    from lora_ui.memory.sampler import Sampler
    from lora_ui.public.engine import PublicEngine
    from lora_ui.public.gate import Gate
    from lora_ui.ui.entrance import entrance
    from lora_ui.ui.page import build_page, launch_options
    from lora_ui.ui.services import Services

    hosting = settings.hosting
    shelf = make_shelf(settings)
    engine, gate = make_engine(settings), None
    if hosting.limits is not None:
        gate = Gate(hosting.limits)
        engine = PublicEngine(engine, gate)
    if hosting.space is not None:
        os.environ.setdefault("FORWARDED_ALLOW_IPS", SPACE_PROXIES)  # read by uvicorn
    sampler = Sampler(engine)
    try:
        services = Services(
            engine=engine,
            catalog=settings.catalog,
            shelf=shelf,
            clears_cache=may_clear_cache(settings),
            sampler=sampler,
            gate=gate,
            space=hosting.space,
            has_login=hosting.has_login,
        )
        page = build_page(services)
        _, url, _ = page.launch(
            server_name=hosting.host,
            server_port=hosting.port,
            prevent_thread_lock=True,
            quiet=True,
            **entrance(hosting, engine, sampler),
            **launch_options(services),
        )
        sampler.start()
        engine.start()  # not before: its imports would hold the page up
        _announce(hosting, url, page)
        ended.wait()
        _end(page)
    finally:
        engine.close()
        sampler.stop()
        if shelf is not None:
            shelf.close()
        gc.freeze()  # or Python would search all of torch for garbage before it ends: seconds


def _end(page: gr.Blocks) -> None:
    print("Ending…", flush=True)
    # a browser that is still connected holds the server for seconds: the engine ends meanwhile
    threading.Thread(target=page.close, args=(False,), name="page-end", daemon=True).start()


def _announce(hosting: Hosting, local: str, page: gr.Blocks) -> None:
    """Print where the page is, and what its operator should know; a share link follows later."""
    address = hosting.address(local)
    runs = "runs_on" if address.startswith(local) else "shown_at"
    print(word(runs, local=local, address=address), flush=True)
    for note in _notes(hosting):
        print(note, flush=True)
    if hosting.share and hosting.space is None:
        threading.Thread(target=_share, args=(page,), name="share", daemon=True).start()


def _notes(hosting: Hosting) -> Iterator[str]:
    if hosting.is_open and hosting.host not in LOOPBACK:
        yield word("open_host", host=hosting.host)
    if hosting.share and hosting.space is not None:
        yield word("share_in_space")
    elif hosting.share and hosting.is_open:
        yield word("open_share")


def _share(page: gr.Blocks) -> None:
    from lora_ui.ui.tunnel import open_tunnel

    try:
        print(word("shared_at", address=open_tunnel(page)), flush=True)
    except Problem as problem:
        print(problem.message, flush=True)
