#!/bin/sh
# Stops every twin that this checkout started and what any killed run left, and removes what was made in the checkout. The
# cache stays: it is made from requirements.txt and setup/packages.txt alone, and another checkout may use it.
set -eu
cd "$(dirname "$0")/.."

for state in .state/demo .state; do
    [ ! -d "$state" ] || /usr/bin/python3 -m lab.remains "$state"
done
/usr/bin/python3 -m lab.sweep >/dev/null
rm -rf .state/demo .state/lab
# Secrets, host keys or a journal that an engineer keeps here are not ours to remove.
[ ! -d .state ] || rmdir .state 2>/dev/null || echo "clean: kept .state, which holds more than the demonstration"
rm -rf .venv .mypy_cache .ruff_cache .pytest_cache .hypothesis .import_linter_cache
find . -name __pycache__ -type d -prune -exec rm -rf {} +
