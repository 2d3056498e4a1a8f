#!/bin/sh
# requirements.txt anew from pyproject.toml: every library and tool with its hashes, and no host's name. For maintainers;
# versions that stand and still fit are kept (--upgrade as an argument takes the newest).
set -eu
cd "$(dirname "$0")/.."

tools=$(mktemp -d)
trap 'rm -rf "$tools"' EXIT
/usr/bin/python3 -m venv "$tools"
"$tools/bin/pip" --disable-pip-version-check -q install pip-tools
"$tools/bin/pip-compile" -q --generate-hashes --no-emit-index-url --no-emit-find-links --no-emit-trusted-host \
    --no-header --allow-unsafe --strip-extras --extra dev "$@" -o requirements.txt pyproject.toml
