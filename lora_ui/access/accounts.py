"""Accounts of `--auth`: names with bcrypt hashes, and the check of a password against them."""

from __future__ import annotations

import asyncio
import re
from collections.abc import Sequence

import bcrypt

from lora_ui.errors import Problem

LONGEST_PASSWORD_BYTES = 72
"""bcrypt looks at no more."""

CHECKS_AT_ONCE = 2
"""Each check keeps a core busy for a while; whoever guesses passwords waits in line."""

# the salt's 22 characters hold 128 bits, so that the last can only be one of four
_HASH = re.compile(r"\$2[aby]\$(0[4-9]|[12]\d|3[01])\$[./A-Za-z0-9]{21}[.Oeu][./A-Za-z0-9]{31}")
_NAME = re.compile(r"[\w.@+-]+")

Account = tuple[str, str]
"""A user's name and the bcrypt hash of their password."""


def read_accounts(text: str) -> tuple[Account, ...]:
    """`user:hash` pairs with commas between; the `Problem` of a wrong one never quotes a hash."""
    accounts: dict[str, str] = {}
    entries = [entry.strip() for entry in text.split(",") if entry.strip()]
    for place, entry in enumerate(entries, start=1):
        user, colon, hashed = (part.strip() for part in entry.partition(":"))
        if not colon:
            raise Problem("account_no_colon", place=place)
        check_name(user)
        if not _HASH.fullmatch(hashed):
            raise Problem("account_no_hash", user=user)
        if user in accounts:
            raise Problem("account_twice", user=user)
        accounts[user] = hashed
    return tuple(accounts.items())


def check_name(user: str) -> None:
    """A `Problem` unless this can be the name of an account."""
    if not _NAME.fullmatch(user):
        raise Problem("account_name")


def hash_password(password: str) -> str:
    """The bcrypt hash of a password; an empty or overlong one is a `Problem`."""
    if not password:
        raise Problem("password_empty")
    given = password.encode()
    if len(given) > LONGEST_PASSWORD_BYTES:
        raise Problem("password_long", found=len(given), limit=LONGEST_PASSWORD_BYTES)
    return bcrypt.hashpw(given, bcrypt.gensalt()).decode()


class Accounts:
    """Who may log in. There is at least one account."""

    def __init__(self, accounts: Sequence[Account]) -> None:
        self._hashes = {user: hashed.encode() for user, hashed in accounts}
        self._somebodys = next(iter(self._hashes.values()))
        self._checks = asyncio.Semaphore(CHECKS_AT_ONCE)

    async def admit(self, user: str, password: str) -> bool:
        """Whether this is the password of `user`.

        An unknown user takes as long: the time must not tell which names exist.
        """
        hashed = self._hashes.get(user)
        given = password.encode(errors="replace")
        async with self._checks:
            # an overlong password cannot have been hashed, but bcrypt would refuse to look
            matches = await asyncio.to_thread(
                bcrypt.checkpw, given[:LONGEST_PASSWORD_BYTES], hashed or self._somebodys
            )
        return matches and hashed is not None and len(given) <= LONGEST_PASSWORD_BYTES
