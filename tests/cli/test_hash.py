"""`python -m lora_ui hash`: one account for `--auth`."""

from __future__ import annotations

import asyncio
import io
import os
import pty
import subprocess
import sys

import pytest

from lora_ui.access.accounts import Accounts, read_accounts
from lora_ui.cli import main


def hash_of(monkeypatch: pytest.MonkeyPatch, user: str, typed: str) -> int:
    monkeypatch.setattr(sys, "stdin", io.StringIO(typed))
    return main(["hash", user])


def test_a_line_of_standard_input_becomes_an_account(monkeypatch, capsys):
    assert hash_of(monkeypatch, "alice", "correct horse \nignored\n") == 0
    accounts = read_accounts(capsys.readouterr().out)
    assert [user for user, _ in accounts] == ["alice"]
    assert asyncio.run(Accounts(accounts).admit("alice", "correct horse "))


@pytest.mark.parametrize(
    ("user", "typed", "sentence"),
    [
        ("alice", "\n", "The password is empty"),
        ("alice", "", "The password is empty"),
        ("alice", "x" * 73, "The password has 73 bytes"),
        ("a:b", "secret\n", "A user’s name has letters"),
        ("a,b", "secret\n", "A user’s name has letters"),
    ],
)
def test_what_cannot_be_an_account_is_a_sentence(monkeypatch, capsys, user, typed, sentence):
    assert hash_of(monkeypatch, user, typed) == 2
    said = capsys.readouterr()
    assert said.out == ""
    assert said.err.startswith(sentence)


@pytest.mark.parametrize(("again", "status"), [("secret", 0), ("other", 2)])
def test_on_a_terminal_it_asks_twice_and_shows_nothing(again: str, status: int):
    here, there = pty.openpty()
    process = subprocess.Popen(
        [sys.executable, "-m", "lora_ui", "hash", "alice"],
        stdin=there,
        stdout=subprocess.PIPE,
        stderr=there,
        start_new_session=True,
        preexec_fn=lambda: os.close(os.open(os.ttyname(0), os.O_RDWR)),  # its own terminal
    )
    os.close(there)
    seen = b""
    for text in (b"secret", again.encode()):
        while not seen.endswith((b"Password: ", b"Again: ")):
            seen += os.read(here, 1)
        os.write(here, text + b"\n")
        seen += b"|"
    out, _ = process.communicate(timeout=60)
    os.set_blocking(here, False)
    assert process.returncode == status
    assert b"secret" not in seen
    assert out.startswith(b"alice:$2b$12$") if status == 0 else out == b""
    os.close(here)
