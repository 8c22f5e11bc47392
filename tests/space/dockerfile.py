"""A Dockerfile's steps, carried out in a folder of this machine instead of a container.

What the image's user does is done for real: in a home of its own, with a Python of its own, and
with nothing of the caller's environment but where pip finds packages. What root does there
(Debian's packages, the user) is not done here; the caller checks it.
"""

from __future__ import annotations

import os
import re
import shlex
import shutil
import subprocess
import sys
from dataclasses import dataclass, field
from pathlib import Path

IMAGE_HOME = "/home/user"
SYSTEM_PATH = "/usr/local/bin:/usr/bin:/bin"


@dataclass(frozen=True)
class Step:
    """One instruction; `user` is who carries it out."""

    word: str
    rest: str
    user: str


def read(path: Path) -> list[Step]:
    """The instructions in order, continued lines joined."""
    text = re.sub(r"^\s*#.*\n", "", path.read_text(encoding="utf-8"), flags=re.MULTILINE)
    steps: list[Step] = []
    user = "root"
    for line in re.sub(r"\\\n", " ", text).splitlines():
        word, _, rest = line.strip().partition(" ")
        if word == "USER":
            user = rest
        elif word:
            steps.append(Step(word, rest.strip(), user))
    return steps


@dataclass
class Build:
    """Carries out the user's steps over a context folder, below `root`."""

    context: Path
    root: Path
    environment: dict[str, str] = field(default_factory=dict)
    done: list[str] = field(default_factory=list)
    """The commands of RUN that were carried out."""

    def __post_init__(self) -> None:
        self.home.mkdir(parents=True)
        self.folder = self.home
        # where pip puts what a user installs; an environment of its own, so it sees nothing else
        subprocess.run([sys.executable, "-m", "venv", self.home / ".local"], check=True)
        self.environment = {"PATH": SYSTEM_PATH, "LANG": "C.UTF-8", **_pip_settings()}

    @property
    def home(self) -> Path:
        return self.root / "home" / "user"

    def here(self, text: str) -> str:
        """`text` of the image with its folders where they are here."""
        return text.replace(IMAGE_HOME, str(self.home))

    def carry_out(self, steps: list[Step]) -> None:
        """All steps of the image's user; raises with the output of the one that fails."""
        for step in steps:
            if step.word == "WORKDIR":
                self.folder = Path(self.here(step.rest))
                self.folder.mkdir(parents=True, exist_ok=True)
            elif step.word == "ENV":
                self._set(step.rest)
            elif step.user != "root":
                getattr(self, f"_{step.word.lower()}", self._leave)(step.rest)

    def shell(self, command: str) -> subprocess.CompletedProcess[str]:
        """Run a command as the image's shell would."""
        return subprocess.run(
            ["/bin/sh", "-c", command],
            cwd=self.folder,
            env=self.environment,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            check=False,
        )

    def _run(self, command: str) -> None:
        said = self.shell(command)
        assert said.returncode == 0, f"{command}\n{said.stdout[-4000:]}"
        self.done.append(command)

    def _copy(self, rest: str) -> None:
        *_, source, target = rest.split()
        if source != ".":
            shutil.copy(self.context / source, self.folder / target)
            return
        # .dockerignore names what is let through
        for line in (self.context / ".dockerignore").read_text().splitlines():
            if line.startswith("!") and (self.context / line[1:]).is_dir():
                shutil.copytree(self.context / line[1:], self.folder / line[1:], dirs_exist_ok=True)
            elif line.startswith("!"):
                shutil.copy(self.context / line[1:], self.folder)

    def _set(self, rest: str) -> None:
        for pair in shlex.split(rest):
            name, _, value = pair.partition("=")
            filled = re.sub(r"\$(\w+)", lambda m: self.environment.get(m[1], ""), value)
            self.environment[name] = self.here(filled)

    def _leave(self, rest: str) -> None:
        """ARG without a value, EXPOSE, HEALTHCHECK and CMD do nothing while an image is built."""


def _pip_settings() -> dict[str, str]:
    """Where this machine's pip finds packages: variables, and the caller's own file."""
    found = {name: value for name, value in os.environ.items() if name.startswith("PIP_")}
    own = Path("~/.config/pip/pip.conf").expanduser()
    if own.is_file():
        found.setdefault("PIP_CONFIG_FILE", str(own))
    return found
