"""Accounts: what `--auth` takes, and what a password must be."""

from __future__ import annotations

import asyncio
import inspect

import bcrypt
import pytest

from lora_ui.access import accounts
from lora_ui.access.accounts import Accounts, hash_password, read_accounts
from lora_ui.errors import Problem

HTPASSWD = "$2y$05$c4WoMPo3SXsafkva.HHa6uXQZWr7oboPiC2bT/r7q1BB8I2s0BRqC"
"""Of the password `myPassword`, as the manual of Apache's htpasswd shows it."""


def quick_hash(password: str) -> str:
    return bcrypt.hashpw(password.encode(), bcrypt.gensalt(4)).decode()


def admits(user: str, password: str, **known: str) -> bool:
    return asyncio.run(Accounts(tuple(known.items())).admit(user, password))


def test_pairs_with_commas_between_are_accounts():
    text = f" alice:{HTPASSWD} , bob@example.org:{quick_hash('b')},"
    assert [user for user, _ in read_accounts(text)] == ["alice", "bob@example.org"]
    assert read_accounts("") == ()


@pytest.mark.parametrize(
    ("text", "sentence"),
    [
        (f"alice:{HTPASSWD},hunter2", "Entry 2 of --auth has no colon"),
        (f":{HTPASSWD}", "A user’s name has letters"),
        (f"two words:{HTPASSWD}", "A user’s name has letters"),
        ("alice:", "What follows “alice:” in --auth is no bcrypt hash"),
        ("alice:hunter2", "What follows “alice:” in --auth is no bcrypt hash"),
        ("alice:y$05$c4WoMPo3SXsafkva", "What follows “alice:” in --auth is no bcrypt hash"),
        ("alice:$2b$12$" + "z" * 53, "What follows “alice:” in --auth is no bcrypt hash"),
        (f"alice:{HTPASSWD.replace('$05$', '$03$')}", "is no bcrypt hash"),
        ("alice:$apr1$r31x$HqJZimcKQFAMYayBlzkrA/", "is no bcrypt hash"),
        (f"alice:{HTPASSWD},alice:{HTPASSWD}", "--auth names “alice” twice"),
    ],
)
def test_a_wrong_entry_is_a_sentence_without_its_secret(text: str, sentence: str):
    with pytest.raises(Problem) as caught:
        read_accounts(text)
    assert sentence in caught.value.message
    assert "hunter2" not in caught.value.message
    assert "c4WoMPo3SXsafkva" not in caught.value.message


def test_what_htpasswd_prints_is_understood():
    assert admits("alice", "myPassword", alice=HTPASSWD)
    assert not admits("alice", "mypassword", alice=HTPASSWD)


@pytest.mark.parametrize("password", ["ö" * 36, "a\0b", " ", "\ud800"])
def test_odd_passwords_are_compared_as_they_are(password: str):
    given = password.encode(errors="replace")
    known = bcrypt.hashpw(given, bcrypt.gensalt(4)).decode()
    assert admits("alice", password, alice=known)
    assert not admits("alice", f"{password}x", alice=known)


def test_an_overlong_password_is_not_taken_for_its_beginning():
    assert admits("alice", "x" * 72, alice=quick_hash("x" * 72))
    assert not admits("alice", "x" * 73, alice=quick_hash("x" * 72))
    with pytest.raises(
        Problem, match=r"^The password has 74 bytes, but bcrypt looks at no more th"
    ):
        hash_password("ö" * 37)
    with pytest.raises(Problem, match=r"^The password is empty"):
        hash_password("")


def test_an_unknown_user_costs_the_same_check(monkeypatch: pytest.MonkeyPatch):
    checked: list[tuple[bytes, bytes]] = []

    def check(password: bytes, hashed: bytes) -> bool:
        checked.append((password, hashed))
        return True

    monkeypatch.setattr(accounts.bcrypt, "checkpw", check)
    assert not admits("mallory", "guess", alice=HTPASSWD)
    assert admits("alice", "guess", alice=HTPASSWD)
    assert checked == [(b"guess", HTPASSWD.encode())] * 2


def test_gradio_sees_that_the_check_is_to_be_awaited():
    assert inspect.iscoroutinefunction(Accounts((("alice", HTPASSWD),)).admit)
