"""`python -m lora_ui hash`: one account for `--auth`."""

from __future__ import annotations

import argparse
import getpass
import sys

from lora_ui.access.accounts import check_name, hash_password
from lora_ui.cli.engines import OpenEngine
from lora_ui.errors import Problem
from lora_ui.strings import word


def add(commands: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    """Describe the command's flags."""
    parser = commands.add_parser("hash", help=word("cli_hash"), description=word("cli_hash_more"))
    parser.add_argument("user", metavar="USER", help=word("cli_hash_user"))
    parser.set_defaults(run=run)


def run(arguments: argparse.Namespace, _: OpenEngine) -> int:
    """Print `user:hash`; the password is asked for on a terminal, else read from standard input."""
    check_name(arguments.user)
    print(f"{arguments.user}:{hash_password(_password())}")
    return 0


def _password() -> str:
    if not sys.stdin.isatty():
        return sys.stdin.readline().rstrip("\r\n")
    password = getpass.getpass(word("cli_hash_ask"))
    if getpass.getpass(word("cli_hash_again")) != password:
        raise Problem("password_differs")
    return password
