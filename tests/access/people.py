"""Two people with passwords, and what is kept from everybody else."""

from __future__ import annotations

import bcrypt

PASSWORDS = {"alice": "correct horse", "bob": "battery staple"}
ACCOUNTS = tuple(
    (user, bcrypt.hashpw(password.encode(), bcrypt.gensalt(4)).decode())
    for user, password in PASSWORDS.items()
)

GUARDED = [
    ("GET", "config"),
    ("GET", "gradio_api/info"),
    ("POST", "gradio_api/queue/join"),
    ("GET", "gradio_api/queue/data?session_hash=x"),
    ("POST", "gradio_api/call/compare"),
    ("POST", "gradio_api/run/engine"),
    ("POST", "gradio_api/upload"),
    ("GET", "gradio_api/file=app.py"),
]
"""What a login of either kind keeps from strangers, as method and path."""
