"""Two people with passwords."""

from __future__ import annotations

import bcrypt

PASSWORDS = {"alice": "correct horse", "bob": "battery staple"}
ACCOUNTS = tuple(
    (user, bcrypt.hashpw(password.encode(), bcrypt.gensalt(4)).decode())
    for user, password in PASSWORDS.items()
)
