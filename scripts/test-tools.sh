#!/usr/bin/env bash
# Make sure that the tests find Chromium, a font, and the reverse proxies that they run.
set -euo pipefail
PATH=$PATH:/usr/sbin # where nginx is
missing=()
command -v chromium >/dev/null || missing+=(chromium fonts-noto-core)
command -v nginx >/dev/null || missing+=(nginx-light)
command -v caddy >/dev/null || missing+=(caddy)
[ "${#missing[@]}" -gt 0 ] || exit 0
if ! command -v apt-get >/dev/null; then
  echo "The tests need ${missing[*]} on the PATH: install them." >&2
  exit 1
fi
sudo=""
[ "$(id -u)" = 0 ] || sudo=sudo
$sudo apt-get update -qq
DEBIAN_FRONTEND=noninteractive $sudo apt-get install -y -qq "${missing[@]}" >/dev/null
